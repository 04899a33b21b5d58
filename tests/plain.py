"""The equations as plain float64 loops, one item at a time: slow, short, and independent of the models."""
import itertools
import math

import torch

from vsrlab.values import Encoding


def double(x):
    return torch.as_tensor(x).detach().double()


def gru(x, w_x, w_h, b_x, b_h):
    """x (P, F) -> states (P, D) and update gates (P, D), one step after the other; gate order reset, update, new."""
    x, w_x, w_h, b_x, b_h = map(double, (x, w_x, w_h, b_x, b_h))
    d = w_h.shape[1]
    h, states, updates = torch.zeros(d).double(), [], []
    for now in x:
        a, b = w_x @ now + b_x, w_h @ h + b_h
        r, z = torch.sigmoid(a[:d] + b[:d]), torch.sigmoid(a[d:2 * d] + b[d:2 * d])
        n = torch.tanh(a[2 * d:] + r * b[2 * d:])
        h = (1 - z) * n + z * h
        states.append(h)
        updates.append(z)
    return torch.stack(states), torch.stack(updates)


def weights(module, suffix=""):
    return [getattr(module, f"{name}_l0{suffix}") for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")]


def bigru(x, forward, backward):
    """Mean of both directions (P, D), and the mean of the last forward and the first backward state (D,)."""
    there, back = gru(x, *forward)[0], gru(double(x).flip(0), *backward)[0].flip(0)
    return (there + back) / 2, (there[-1] + back[0]) / 2


def whole(parts, mask=None):
    """Parts (N, P, D) as an Encoding."""
    mask = torch.ones(parts.shape[:2], dtype=torch.bool) if mask is None else mask
    return Encoding(parts[:, 0], parts * mask[..., None], mask, {})


def pairs(images, texts):
    """(i, t, real regions of i, real words of t) for every pair."""
    for i, t in itertools.product(range(len(images.mask)), range(len(texts.mask))):
        yield i, t, images.parts[i][images.mask[i]], texts.parts[t][texts.mask[t]]


def rows_of_length_one(x):
    return torch.stack([row / row.norm() for row in double(x)])


def first_norm(raw, how):
    """raw (queries, parts): the norm of SCAN's code, for each part over the queries."""
    x = torch.where(raw < 0, 0.1 * raw, raw) if how.startswith("clipped") else raw
    if how == "softmax":
        return torch.exp(x) / torch.exp(x).sum(0)
    if how.endswith("l2norm"):
        return x / ((x ** 2).sum(0).sqrt() + 1e-8)
    if how.endswith("l1norm"):
        return x / (x.abs().sum(0) + 1e-8)
    return x


def scan(regions, words, direction="t-i", pooling="mean", temperature=9.0, lse=6.0, raw_norm="clipped_l2norm"):
    """SCAN's score of one image and one text, its attention (queries, parts) and relevances: regions (R, D), words (W, D)."""
    regions, words = double(regions), double(words)
    queries, parts = (words, regions) if direction == "t-i" else (regions, words)
    raw = torch.tensor([[float(q @ p) for p in parts] for q in queries], dtype=torch.float64)
    if pooling in ("summax", "meanmax"):
        best = raw.amax(1)
        looks = torch.nn.functional.one_hot(raw.argmax(1), len(parts)).double()
        return best.sum() if pooling == "summax" else best.mean(), looks, best
    x, attention, relevance = first_norm(raw, raw_norm), [], []
    for n, q in enumerate(queries):
        a = torch.exp(temperature * (x[n] - x[n].max()))
        a = a / a.sum()
        context = sum(weight * part for weight, part in zip(a, parts))
        attention.append(a)
        relevance.append((q @ context) / max(float(q.norm() * context.norm()), 1e-8))
    r = torch.stack(relevance)
    score = {"mean": r.mean(), "sum": r.sum(), "max": r.max(), "lse": torch.log(torch.exp(lse * r).sum()) / lse}[pooling]
    return score, torch.stack(attention), r


def reason(v, theta, phi, g, w, statistics=None, edges=None):
    """One step of VSRN's graph for images v (I, R, D): (weight, bias) of four projections; `statistics` (mean, variance,
    scale, shift) of batch norm, None: those of this batch with scale 1 and shift 0.  -> v after the step, affinities."""
    v = double(v)
    updates, affinities = [], []
    for n, image in enumerate(v):
        project = lambda pair, image=image: image @ double(pair[0]).T + (0 if pair[1] is None else double(pair[1]))
        affinity = project(theta) @ project(phi).T / len(image)
        if edges is not None:
            affinity = affinity * double(edges[n])
        affinities.append(affinity)
        updates.append(affinity @ project(g) @ double(w[0]).T + (0 if w[1] is None else double(w[1])))
    every = torch.cat(updates)
    found = statistics or (every.mean(0), every.var(0, unbiased=False), 1.0, 0.0)
    mean, variance, scale, shift = map(double, found)
    return torch.stack([v[n] + (u - mean) / torch.sqrt(variance + 1e-5) * scale + shift for n, u in enumerate(updates)]), affinities


def hinge(scores, right, margin, hardest):
    """Both hinges, pair by pair."""
    total, n = 0.0, len(scores)
    for i in range(n):
        for_image = [max(0.0, margin + float(scores[i, j] - scores[i, i])) for j in range(n) if not right[i, j]]
        for_text = [max(0.0, margin + float(scores[j, i] - scores[i, i])) for j in range(n) if not right[j, i]]
        for found in (for_image, for_text):
            total += (max(found, default=0.0) if hardest else sum(found))
    return total


def caption_loss(captioner, regions, words):
    """Minus the log-likelihood of one caption without its pads: regions (R, D), words [ids]."""
    p = {name: double(x) for name, x in captioner.state_dict().items()}
    enter = double(regions) @ p["enter.weight"].T + p["enter.bias"]
    states, _ = gru(enter, *(p[f"encoder.{n}_l0"] for n in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")))
    h, total = states[-1], 0.0
    for now, following in zip(words[:-1], words[1:]):
        strength = torch.stack([(p["strength.weight"] @ torch.tanh(
            p["of_region.weight"] @ s + p["of_region.bias"] + p["of_state.weight"] @ h))[0] for s in states])
        a = torch.softmax(strength, 0)
        x = torch.cat([p["embed.weight"][now], sum(weight * s for weight, s in zip(a, states))])
        d = len(h)
        i = p["decoder.weight_ih"] @ x + p["decoder.bias_ih"]
        j = p["decoder.weight_hh"] @ h + p["decoder.bias_hh"]
        r, z = torch.sigmoid(i[:d] + j[:d]), torch.sigmoid(i[d:2 * d] + j[d:2 * d])
        h = (1 - z) * torch.tanh(i[2 * d:] + r * j[2 * d:]) + z * h
        logits = p["out.weight"] @ h + p["out.bias"]
        total += math.log(float(torch.exp(logits - logits.max()).sum())) + float(logits.max() - logits[following])
    return total
