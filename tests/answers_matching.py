"""Answers of other people to the exercises of losses, attention and reasoning."""
import numpy as np
import torch
from torch import nn
from torch.nn import functional as fn

from vsrlab.course.exercise import exercise
from vsrlab.models.matcher import Matcher
from vsrlab.values import Encoding, Match

hinge, attend, relate = (exercise(name).solution for name in ("hinge", "attend", "relate"))


def wrong(name, key):
    return next(m.wrong for m in exercise(name).mistakes if m.key == key)


# ---------------------------------------------------------------- hinge

def hinge_loops(scores, image, margin=0.2, hardest=True):
    total = scores.sum() * 0
    for a in range(len(scores)):
        row = [(margin + scores[a, c] - scores[a, a]).clamp(min=0) for c in range(len(scores)) if image[c] != image[a]]
        col = [(margin + scores[c, a] - scores[a, a]).clamp(min=0) for c in range(len(scores)) if image[c] != image[a]]
        for costs in (row, col):
            if costs:
                total = total + (torch.stack(costs).max() if hardest else torch.stack(costs).sum())
    return total


def hinge_infinite(scores, image, margin=0.2, hardest=True):
    s, d = scores.masked_fill(image[:, None] == image[None], float("-inf")), torch.diagonal(scores)
    r, c = fn.relu(margin + s - d.unsqueeze(1)), fn.relu(margin + s - d.unsqueeze(0))
    return (r.max(1).values.sum() + c.max(0).values.sum()) if hardest else r.sum() + c.sum()


def hinge_own_captions(scores, image, margin=0.2, hardest=True):
    total = 0
    for d in (1, 0):
        costs = (margin + scores - scores.diag().unsqueeze(d)).clamp(min=0).masked_fill(torch.eye(len(scores)) > .5, 0)
        total = total + (costs.amax(d).sum() if hardest else costs.sum())
    return total


# ---------------------------------------------------------------- attend

def attend_loops(words, regions, sharpness=9.0, leak=0.1):
    s = torch.stack([torch.stack([fn.cosine_similarity(w, v, dim=0) for v in regions]) for w in words])
    s = torch.where(s > 0, s, leak * s)
    n = s / s.pow(2).sum(0).sqrt()
    a = torch.stack([torch.softmax(sharpness * row, 0) for row in n])
    unit = regions / regions.norm(dim=1, keepdim=True)
    rel = torch.stack([fn.cosine_similarity(w, sum(a[i, r] * unit[r] for r in range(len(unit))), dim=0)
                       for i, w in enumerate(words)])
    return [a, rel, rel.mean()]


def attend_einsum(words, regions, sharpness=9.0, leak=0.1):
    e, v = words / words.pow(2).sum(1, keepdim=True) ** .5, regions / regions.pow(2).sum(1, keepdim=True) ** .5
    s = torch.einsum("wd,rd->wr", e, v)
    s = torch.maximum(s, leak * s)
    z = (sharpness * s / torch.sqrt((s * s).sum(dim=0, keepdim=True))).exp()
    a = z / z.sum(1, keepdim=True)
    c = torch.einsum("wr,rd->wd", a, v)
    rel = (e * c).sum(1) / c.norm(dim=1)
    return a, rel, rel.sum() / len(rel)


def attend_over_words(words, regions, sharpness=9.0, leak=0.1):
    s = fn.leaky_relu(fn.cosine_similarity(words[:, None], regions[None], dim=2), leak)
    z = (sharpness * fn.normalize(s, dim=0)).exp()
    a = z / z.sum(0)
    rel = fn.cosine_similarity(words, a @ fn.normalize(regions, dim=1), dim=1)
    return a, rel, rel.mean()


# ---------------------------------------------------------------- relate

def relate_einsum(v, theta, phi, g, r):
    a = torch.einsum("id,jd->ij", theta(v), phi(v)) / v.shape[0]
    return torch.stack([v[i] + r(sum(a[i, j] * g(v)[j] for j in range(len(v)))[None])[0] for i in range(len(v))]), a


def relate_step_by_step(v, theta, phi, g, r):
    query, key, value, many = theta(v), phi(v), g(v), v.size(0)
    a = torch.empty(many, many, dtype=v.dtype)
    for i in range(many):
        for j in range(many):
            a[i, j] = query[i].dot(key[j]) / many
    return torch.add(r(torch.mm(a, value)), v), a


def relate_soft(v, theta, phi, g, r):
    a = (theta(v) @ phi(v).mT).softmax(-1)
    return v + r(a @ g(v)), a


def _soft_without_residual(v, theta, phi, g, r):
    a = torch.softmax(theta(v) @ phi(v).T, 1)
    return r(a @ g(v)), a


# ---------------------------------------------------------------- loss-sum-vs-max

def pushed_loops(scores, image, margin=0.2, hardest=True):
    size = len(scores)
    pushes = np.zeros((size, size))
    for along in (0, 1):
        table = scores if along == 0 else scores.T
        for a in range(size):
            wrong = [c for c in range(size) if image[c] != image[a]]
            costs = {c: margin + table[a, c] - table[a, a] for c in wrong}
            paid = [c for c in costs if costs[c] > 0]
            for c in [max(paid, key=costs.get)] if hardest and paid else paid:
                pushes[(a, c) if along == 0 else (c, a)] += 1
    return pushes


def pushed_by_autograd(scores, image, margin=0.2, hardest=True):
    s = torch.tensor(scores, requires_grad=True)
    hinge(s, torch.tensor(image), margin, hardest).backward()
    return s.grad * (1 - torch.eye(len(s)))


def pushed_at_all(scores, image, margin=0.2, hardest=True):
    return (pushed_loops(scores, image, margin, hardest) > 0) + 0


# ---------------------------------------------------------------- attend-i-t

def attend_i_t_by_attend(words, regions, sharpness=4.0, leak=0.1):
    return attend(regions, words, sharpness, leak)


def attend_i_t_loops(words, regions, sharpness=4.0, leak=0.1):
    s = torch.stack([torch.stack([fn.cosine_similarity(v, w, dim=0) for w in words]) for v in regions])
    s = torch.where(s > 0, s, leak * s)
    a = torch.stack([torch.softmax(sharpness * row, 0) for row in s / s.norm(dim=0)])
    e = words / words.norm(dim=1, keepdim=True)
    rel = torch.stack([fn.cosine_similarity(v, (row[:, None] * e).sum(0), dim=0) for v, row in zip(regions, a)])
    return a, rel, sum(rel) / len(rel)


def attend_i_t_without_shares(words, regions, sharpness=4.0, leak=0.1):
    e, v = fn.normalize(words), fn.normalize(regions)
    s = v @ e.T
    a = (sharpness * torch.maximum(s, leak * s)).softmax(-1)
    rel = fn.cosine_similarity(regions, a @ e)
    return a, rel, rel.mean()


# ---------------------------------------------------------------- pool-lse

def lse_by_hand(relevance, lam=6.0):
    x = relevance * lam
    top = max(x)
    return (top + torch.log(sum(torch.exp(one - top) for one in x))) / lam


def lse_two_by_two(relevance, lam=6.0):
    total = lam * relevance[0]
    for one in relevance[1:]:
        total = torch.logaddexp(total, lam * one)
    return total / lam


# ---------------------------------------------------------------- gru-step

def gru_by_torch(x, h, w, u, b, c):
    cell = nn.GRUCell(len(x), len(h), dtype=torch.float64)
    cell.load_state_dict({"weight_ih": w, "weight_hh": u, "bias_ih": b, "bias_hh": c})
    d = len(h)
    z = torch.sigmoid((w @ x + b + u @ h + c)[d:2 * d])
    return cell(x[None], h[None])[0].detach(), z


def gru_by_parts(x, h, w, u, b, c):
    d = len(h)
    a, m = w @ x + b, u @ h + c
    r, z = 1 / (1 + torch.exp(-(a[:d] + m[:d]))), 1 / (1 + torch.exp(-(a[d:2 * d] + m[d:2 * d])))
    n = torch.tanh(a[2 * d:] + r * m[2 * d:])
    return n + z * (h - n), z


def gru_as_printed(x, h, w, u, b, c):
    new, z = gru_by_parts(x, h, w, u, b, c)
    n = (new - z * h) / (1 - z)
    return z * n + (1 - z) * h, z


# ---------------------------------------------------------------- mix

def mix_loops(local, whole, image_of_text, mu, grid):
    best, most = None, -1
    for m in grid:
        hits = 0
        for t, own in enumerate(image_of_text):
            column = local[:, t] + m * whole[:, t]
            hits += all(column[i] < column[own] for i in range(len(column)) if i != own)
        if hits > most:
            best, most = m, hits
    return [np.add(local, np.multiply(whole, mu)), best]


def mix_at_once(local, whole, image_of_text, mu, grid):
    stack = local[None] + np.asarray(grid)[:, None, None] * whole[None]
    right = np.arange(len(local))[:, None] == image_of_text[None]
    hits = (np.where(right, stack, -9e9).max(1) > np.where(right, -9e9, stack).max(1)).sum(1)
    return torch.tensor(local + mu * whole), grid[hits.argmax()]


def mix_with_mu_on_local(local, whole, image_of_text, mu, grid):
    _, best = mix_loops(whole, local, image_of_text, mu, grid)
    return mu * local + whole, best


# ---------------------------------------------------------------- my-matcher

MyMatcher = exercise("my-matcher").solution


class LoopingMatcher(Matcher):
    def __init__(self, features, vocabulary, *, dim=32):
        super().__init__()
        self.embed, self.words = nn.Linear(features, dim), nn.Embedding(vocabulary, dim)

    def side(self, x, mask):
        parts = torch.where(mask.unsqueeze(-1), x / x.norm(dim=-1, keepdim=True), 0.0)
        total = parts.sum(dim=1)
        return Encoding(total / total.norm(dim=-1, keepdim=True), parts, mask, {})

    def encode_images(self, regions, mask):
        return self.side(self.embed(regions), mask)

    def encode_texts(self, words, mask):
        return self.side(self.words(words), mask)

    def match(self, images, texts):
        rows = []
        for v, real in zip(images.parts, images.mask):
            rows.append(torch.stack([(w[there] @ v[real].T).max(dim=1).values.mean() for w, there in zip(texts.parts, texts.mask)]))
        return Match(torch.stack(rows), {})


class MaskedMatcher(MyMatcher):
    def match(self, images, texts):
        c = torch.einsum("twd,ird->twir", texts.parts, images.parts)
        c = torch.where(images.mask, c, torch.tensor(float("-inf"), dtype=c.dtype)).max(-1).values       # (T, W, I)
        c = (c * texts.mask[..., None]).sum(1) / texts.mask.sum(1)[:, None]
        return Match(c.T, {})


class AddingMatcher(LoopingMatcher):
    def match(self, images, texts):
        each = [[(w[there] @ v[real].T).amax(1).sum() for w, there in zip(texts.parts, texts.mask)]
                for v, real in zip(images.parts, images.mask)]
        return Match(torch.stack([torch.stack(row) for row in each]), {})


class TwoMistakes(wrong("my-matcher", "mean-over-regions")):
    def match(self, images, texts):
        return Match(super().match(images, texts).scores * texts.mask.sum(1), {})


class ComparesTheBatch(MyMatcher):
    def match(self, images, texts):
        scores = super().match(images, texts).scores
        return Match(scores - scores.mean(0), {})


class ReadsInOrder(MyMatcher):
    def match(self, images, texts):
        falling = 0.9 ** torch.arange(images.mask.shape[1], dtype=images.parts.dtype)
        return super().match(images._replace(parts=images.parts * falling[:, None]), texts)


class LearnsNothing(MyMatcher):
    def match(self, images, texts):
        return Match(super().match(images, texts).scores.detach().clone().requires_grad_() * 1.5, {})


RIGHT = {"hinge": (hinge_loops, hinge_infinite), "attend": (attend_loops, attend_einsum),
         "relate": (relate_einsum, relate_step_by_step), "loss-sum-vs-max": (pushed_loops, pushed_by_autograd),
         "attend-i-t": (attend_i_t_by_attend, attend_i_t_loops), "pool-lse": (lse_by_hand, lse_two_by_two),
         "gru-step": (gru_by_torch, gru_by_parts), "mix": (mix_loops, mix_at_once), "my-matcher": (LoopingMatcher, MaskedMatcher)}
VARIANTS = {
    "hinge": [("own-captions", hinge_own_captions),
              ("mean", lambda scores, image, margin=.2, hardest=True: hinge_infinite(scores, image, margin, hardest) / len(image))],
    "attend": [("softmax-axis", attend_over_words)], "relate": [("softmax", relate_soft)],
    "loss-sum-vs-max": [("at-all", pushed_at_all)], "attend-i-t": [("not-shared", attend_i_t_without_shares)],
    "pool-lse": [("overflow", lambda relevance, lam=6.: torch.log(sum(torch.exp(lam * r) for r in relevance)) / lam)],
    "gru-step": [("z-exchanged", gru_as_printed)], "mix": [("wrong-side", mix_with_mu_on_local)],
    "my-matcher": [("sum-over-words", AddingMatcher)]}
ODD = {
    "hinge": [("rows only and mean", lambda scores, image, margin=.2, hardest=True:
               wrong("hinge", "rows-only")(scores, image, margin, hardest) / len(scores)),
              ("half the margin", lambda scores, image, margin=.2, hardest=True: hinge(scores, image, margin / 2, hardest)),
              ("squared", lambda scores, image, margin=.2, hardest=True: hinge(scores, image, margin, hardest) ** 2),
              ("scores of other size", lambda scores, image, margin=.2, hardest=True: hinge(2 * scores, image, margin, hardest)),
              ("upside down", lambda scores, image, margin=.2, hardest=True: -hinge(scores, image, margin, hardest)),
              ("cost grows with the scores", lambda scores, image, margin=.2, hardest=True:
               hinge(scores * (1 + scores.detach().mean()), image, margin, hardest))],
    "attend": [("softmax over words and no sharpness", lambda words, regions, sharpness=9., leak=.1:
                wrong("attend", "softmax-axis")(words, regions, 1., leak)),
               ("best region only", lambda words, regions, sharpness=9., leak=.1: attend(words, regions, 1e6, leak)),
               ("first region first", lambda words, regions, sharpness=9., leak=.1:
                attend(words, regions * (1 + torch.arange(len(regions)))[:, None] + 1, sharpness, leak)),
               ("long regions and inner products", lambda words, regions, sharpness=9., leak=.1:
                wrong("attend", "not-cosine")(words, 3 * regions, sharpness, leak))],
    "relate": [("softmax and no residual", _soft_without_residual),
               ("only itself", lambda v, theta, phi, g, r: (v + r(g(v)), torch.eye(len(v), dtype=v.dtype))),
               ("reads only what stands before", lambda v, theta, phi, g, r: (lambda a: (v + r(a @ g(v)), a))(
                   (theta(v) @ phi(v).T / len(v)).tril()))],
    "loss-sum-vs-max": [("rows, without margin", lambda scores, image, margin=.2, hardest=True:
                         wrong("loss-sum-vs-max", "rows-only")(scores, image, 0., hardest)),
                        ("twice", lambda scores, image, margin=.2, hardest=True: 2 * pushed_loops(scores, image, margin, hardest))],
    "attend-i-t": [("flat and not shared", lambda words, regions, sharpness=4., leak=.1:
                    wrong("attend-i-t", "not-shared")(words, regions, 1., leak)),
                   ("each word has a place", lambda words, regions, sharpness=4., leak=.1:
                    attend(regions, words + torch.arange(len(words))[:, None], sharpness, leak))],
    "pool-lse": [("mean and not divided", lambda relevance, lam=6.: lam * relevance.mean()),
                 ("largest two", lambda relevance, lam=6.: relevance.topk(min(2, len(relevance))).values.mean())],
    "gru-step": [("no reset, z exchanged", lambda x, h, w, u, b, c: (lambda n, z: (z * n + (1 - z) * h, z))(
                  torch.tanh((w @ x + b + u @ h + c).chunk(3)[2]), torch.sigmoid((w @ x + b + u @ h + c).chunk(3)[1]))),
                 ("nothing happens", lambda x, h, w, u, b, c: (h.clone(), torch.ones_like(h)))],
    "mix": [("shares of ranks", lambda local, whole, image_of_text, mu, grid: (
             (1 - mu) * local.argsort(0) + mu * whole.argsort(0), 0.5)),
            ("always the first", lambda local, whole, image_of_text, mu, grid: (local + mu * whole, float(grid[0]) + .1))],
    "my-matcher": [("mean over regions, sum over words", TwoMistakes), ("compares the batch", ComparesTheBatch),
                   ("reads in order", ReadsInOrder), ("learns nothing", LearnsNothing)]}
