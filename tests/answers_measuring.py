"""Answers of other people to the exercises of data, measures and trust."""
import math

import numpy as np
import torch
from scipy import stats
from sklearn.manifold import trustworthiness
from sklearn.metrics import cohen_kappa_score

from vsrlab.course.exercise import exercise


def wrong(name, key):
    return next(m.wrong for m in exercise(name).mistakes if m.key == key)


# ---------------------------------------------------------------- recall

def recall_loops(scores, image_of_text, k, seek):
    hits, n = 0, 0
    if seek == "text":
        for i in range(scores.shape[0]):
            best = max(scores[i, t] for t in range(scores.shape[1]) if image_of_text[t] == i)
            rank = sum(scores[i, t] >= best for t in range(scores.shape[1]) if image_of_text[t] != i)
            hits, n = hits + (rank < k), n + 1
    else:
        for t in range(scores.shape[1]):
            own = image_of_text[t]
            rank = sum(scores[i, t] >= scores[own, t] for i in range(scores.shape[0]) if i != own)
            hits, n = hits + (rank < k), n + 1
    return np.float64(100 * hits / n)


def recall_by_sorting(scores, image_of_text, k, seek):
    right = np.equal.outer(np.arange(len(scores)), image_of_text)
    table, right = (scores, right) if seek == "text" else (scores.T, right.T)
    found = []
    for row, own in zip(table, right):
        order = np.lexsort((own, -row))                       # among equals the right ones come last
        found.append(own[order].argmax() < k)
    return float(np.mean(found)) * 100


def recall_sorted(scores, image_of_text, k, seek):
    if seek == "text":
        first = [np.argsort(-row, kind="stable")[:k] for row in scores]
        return 100 * np.mean([(image_of_text[f] == i).any() for i, f in enumerate(first)])
    return 100 * np.mean([image_of_text[t] in np.argsort(-scores[:, t], kind="stable")[:k] for t in range(len(image_of_text))])


# ---------------------------------------------------------------- data-owner

def owner_lists(lines):
    names, owner = [], []
    for line in lines:
        if line.strip():
            column = line[:line.index("\t")]
            name = column[:column.rindex("#")]
            if name not in names:
                names.append(name)
            owner.append(names.index(name))
    return names, owner


def owner_numpy(lines):
    found = [line.split("\t")[0].rsplit("#", 1)[0] for line in lines if line]
    names, first, inverse = np.unique(found, return_index=True, return_inverse=True)
    order = first.argsort()
    return tuple(str(n) for n in names[order]), order.argsort()[inverse]


def owner_sorted(lines):
    found = [line.split("\t")[0].rsplit("#", 1)[0] for line in lines if line]
    names, inverse = np.unique(found, return_inverse=True)
    return [str(n) for n in names], inverse


# ---------------------------------------------------------------- data-iou

def iou_floats(a, b):
    w, h = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    if w <= 0 or h <= 0:
        return 0.0
    return w * h / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - w * h)


def iou_pixels(a, b):
    grid = np.zeros((2, 60, 60), bool)
    for canvas, (x1, y1, x2, y2) in zip(grid, np.stack([a, b]).round(6)):
        canvas[int(y1) + 5:int(y2) + 5, int(x1) + 5:int(x2) + 5] = True
    both, one = grid.all(0).sum(), grid.any(0).sum()
    return iou_floats(a, b) if (np.stack([a, b]) % 1).any() or max(*a, *b) > 50 else both / one


# ---------------------------------------------------------------- chance-level

def chance_steps(images, each, k, seek):
    miss, total, right = 1.0, images if seek == "image" else images * each, 1 if seek == "image" else each
    for n in range(k):
        miss *= max(total - right - n, 0) / (total - n)
    return 100 - 100 * miss


def chance_by_scipy(images, each, k, seek):
    total, right = (images, 1) if seek == "image" else (images * each, each)
    return 100 * float(stats.hypergeom(total, right, k).sf(0))


# ---------------------------------------------------------------- paired-test

def paired_by_scipy(first, second):
    only = (first != second).sum()
    return stats.binomtest(int((first & ~second).sum()), int(only), 0.5).pvalue if only else 1.0


def paired_by_flips(first, second):
    gap = (second.astype(int) - first)[first != second]
    seen = abs(gap.sum())
    ways = np.ones(1)
    for _ in gap:
        ways = np.convolve(ways, [1, 0, 1])                    # from -n to n
    return ways[np.abs(np.arange(-len(gap), len(gap) + 1)) >= seen].sum() / 2 ** len(gap)


# ---------------------------------------------------------------- pointing-game

def pointing_loops(attention, truth):
    hits = played = expected = 0
    for row, own in zip(attention.tolist(), truth):
        if len(own) == 0:
            continue
        played += 1
        hits += row.index(max(row)) in own
        expected += len(own) / len(row)
    return hits / played * 100, expected / played * 100


def pointing_matrix(attention, truth):
    right = np.zeros_like(attention)
    for w, own in enumerate(truth):
        right[w, own] = 1
    plays = right.any(1)
    hit = right[np.arange(len(right)), attention.argmax(1)]
    return 100 * hit[plays].mean(), 100 * right[plays].mean()


# ---------------------------------------------------------------- deletion-curve

def deletion_sets(values, score, rivals):
    order, curve = sorted(range(len(values)), key=lambda r: -values[r]), []
    for n in range(len(values)):
        kept = np.array([r not in order[:n] for r in range(len(values))])
        curve.append(score(kept) - max(rivals(kept)))
    return curve, sum(curve) / len(curve)


def deletion_ranks(values, score, rivals):
    place = (-values).argsort().argsort()
    curve = np.array([score(place >= n) - np.max(rivals(place >= n)) for n in range(len(values))])
    return curve, curve.mean()


# ---------------------------------------------------------------- modality-gap

def gap_torch(images, texts):
    v, t = (torch.nn.functional.normalize(torch.tensor(x), dim=1) for x in (images, texts))
    return torch.dist(v.mean(0), t.mean(0)), t - t.mean(0) + v.mean(0)


def gap_loops(images, texts):
    v, t = ([row / math.sqrt(row @ row) for row in x] for x in (images, texts))
    way = sum(v) / len(v) - sum(t) / len(t)
    return math.hypot(*way), np.array([row + way for row in t])


# ---------------------------------------------------------------- trust

def trust_by_sklearn(points, places, k):
    unit = points / np.linalg.norm(points, axis=1, keepdims=True)
    return trustworthiness(unit, places, n_neighbors=k)


def trust_loops(points, places, k):
    n, cost = len(points), 0
    cosine = lambda i, j: points[i] @ points[j] / np.linalg.norm(points[i]) / np.linalg.norm(points[j])
    for i in range(n):
        others = [j for j in range(n) if j != i]
        ranked = sorted(others, key=lambda j: -cosine(i, j))
        for j in sorted(others, key=lambda j: ((places[i] - places[j]) ** 2).sum())[:k]:
            cost += max(0, ranked.index(j) + 1 - k)
    return 1 - 2 * cost / (n * k * (2 * n - 3 * k - 1))


# ---------------------------------------------------------------- agreement

def kappa_table(first, second):
    tags = sorted({*first, *second})
    table = np.zeros((len(tags), len(tags)))
    for a, b in zip(first, second):
        table[tags.index(a), tags.index(b)] += 1 / len(first)
    return (np.trace(table) - table.sum(0) @ table.sum(1)) / (1 - table.sum(0) @ table.sum(1))


def constant(value):
    return lambda *args, **given: value


RIGHT = {"recall": (recall_loops, recall_by_sorting), "data-owner": (owner_lists, owner_numpy),
         "data-iou": (iou_floats, iou_pixels), "chance-level": (chance_steps, chance_by_scipy),
         "paired-test": (paired_by_scipy, paired_by_flips),
         "pointing-game": (pointing_loops, pointing_matrix), "deletion-curve": (deletion_sets, deletion_ranks),
         "modality-gap": (gap_torch, gap_loops), "trust": (trust_by_sklearn, trust_loops),
         "agreement": (kappa_table, lambda first, second: cohen_kappa_score(first, second))}
VARIANTS = {
    "recall": [("sorted", recall_sorted)], "data-owner": [("sorted", owner_sorted)],
    "data-iou": [("plus-one", lambda a, b: iou_floats(a, [b[0], b[1], b[2], b[3]]) * 0 + wrong("data-iou", "plus-one")(a, b))],
    "chance-level": [("put-back", lambda images, each, k, seek: 100 - 100 * math.prod(
        [(images - 1) / images if seek == "image" else (images * each - each) / (images * each)] * k))],
    "paired-test": [("one-sided", lambda first, second: float(stats.binom.cdf(
        min((first & ~second).sum(), (second & ~first).sum()), (first != second).sum(), 0.5)))],
    "pointing-game": [("chance-one", lambda attention, truth: (pointing_loops(attention, truth)[0], 100 / attention.shape[1]))],
    "deletion-curve": [("weakest-first", lambda values, score, rivals: deletion_sets(-values, score, rivals))],
    "modality-gap": [("unit-again", lambda images, texts: (gap_loops(images, texts)[0], torch.nn.functional.normalize(
        gap_torch(images, texts)[1], dim=1)))],
    "trust": [("distances", lambda points, places, k: trustworthiness(points, places, n_neighbors=k))],
    "agreement": [("share", lambda first, second: sum(map(str.__eq__, first, second)) / len(first))]}
ODD = {
    "recall": [("share and strict", lambda scores, image_of_text, k, seek:
                wrong("recall", "strict")(scores, image_of_text, k, seek) / 100 + 1), ("always 50", constant(50.0)),
               ("cut at one", lambda scores, image_of_text, k, seek: recall_loops(np.minimum(scores, 1), image_of_text, k, seek))],
    "data-owner": [("sorted, from one", lambda lines: (owner_sorted(lines)[0], owner_sorted(lines)[1] + 1)),
                   ("backwards", lambda lines: (owner_lists(lines)[0][::-1], len(owner_lists(lines)[0]) - 1
                                                - np.array(owner_lists(lines)[1])))],
    "data-iou": [("twice and not clipped", lambda a, b: 2 * wrong("data-iou", "not-clipped")(a, b)),
                 ("by the first box", lambda a, b: wrong("data-iou", "intersection")(a, b) / ((a[2] - a[0]) * (a[3] - a[1])))],
    "chance-level": [("put back, as a share", lambda images, each, k, seek:
                      wrong("chance-level", "put-back")(images, each, k, seek) / 100),
                     ("one more caption", lambda images, each, k, seek: chance_steps(images, each + 1, k, seek))],
    "paired-test": [("unpaired and one-sided", lambda first, second: wrong("paired-test", "unpaired")(first, second) / 2),
                    ("the first has to win", lambda first, second: 2 * float(stats.binom.cdf(
                        (first & ~second).sum(), (first != second).sum(), 0.5)) / 2), ("always 0.05", constant(0.05))],
    "pointing-game": [("top three of all words", lambda attention, truth: (
        100 * np.mean([bool({*np.argsort(-row)[:3].tolist()} & {*own}) for row, own in zip(attention, truth)]), 50.0)),
                      ("always 50", constant((50.0, 25.0)))],
    "deletion-curve": [("weakest first, by score", lambda values, score, rivals: (
        lambda curve: (curve, curve.mean()))(np.array([score(values <= v) for v in np.sort(values)[::-1]]))),
                       ("by the square", lambda values, score, rivals: deletion_sets(values ** 2 % 7, score, rivals))],
    "modality-gap": [("squared, lengths kept", lambda images, texts: (
        ((images.mean(0) - texts.mean(0)) ** 2).sum(), texts)),
                     ("largest coordinate", lambda images, texts: (
                         float(np.abs(images.mean(0) - texts.mean(0)).max()), gap_loops(images, texts)[1]))],
    "trust": [("exchanged, off by one", lambda points, places, k: trust_loops(np.c_[places, places * 0 + 1], points[:, :2], k + 1)),
              ("always 1", constant(1.0)), ("map in rooms", lambda points, places, k:
                                            trust_loops(points, np.round(places, 0) + 1e-6 * places, k))],
    "agreement": [("share less chance by uniform", lambda first, second: np.mean([a == b for a, b in zip(first, second)]) - 1 / 3),
                  ("of the first word", lambda first, second: cohen_kappa_score([t == first[0] for t in first],
                                                                                [t == first[0] for t in second])),
                  ("wrong counts twice", lambda first, second: kappa_table(first + ["wrong"], second + ["wrong"]))]}
