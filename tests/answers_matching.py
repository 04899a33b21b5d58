"""Answers of other people to the exercises of losses, attention and reasoning."""
import torch
from torch.nn import functional as fn

from vsrlab.course.exercise import exercise

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


RIGHT = {"hinge": (hinge_loops, hinge_infinite), "attend": (attend_loops, attend_einsum),
         "relate": (relate_einsum, relate_step_by_step)}
VARIANTS = {
    "hinge": [("own-captions", hinge_own_captions),
              ("mean", lambda scores, image, margin=.2, hardest=True: hinge_infinite(scores, image, margin, hardest) / len(image))],
    "attend": [("softmax-axis", attend_over_words)], "relate": [("softmax", relate_soft)]}
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
                   (theta(v) @ phi(v).T / len(v)).tril()))]}
