"""How sure is a recall?  Bootstrap intervals over images, a paired randomisation test, McNemar's test.  numpy alone.

The texts of one image are not independent of each other, so both resampling methods draw whole images,
each with its texts.  Ranks are those of `ranking`: from 0, and -1 for a query that has nothing to find.
"""
import math
import statistics

import numpy as np

from vsrlab.errors import Problem
from vsrlab.measure.ranks import AT, Ranks


def shares(r: Ranks, image_of_text, at=AT) -> dict:
    """What each image adds to each number: name -> (I,), whose sum is the number ("text R@1", ..., "rsum")."""
    owner, asked = np.asarray(image_of_text), r.of_images >= 0
    table = {f"text R@{k}": 100 * (asked & (r.of_images < k)) / asked.sum() for k in at}
    for k in at:
        table[f"image R@{k}"] = 100 * np.bincount(owner, weights=r.of_texts < k, minlength=len(asked)) / len(owner)
    return table | {"rsum": sum(table.values())}


def intervals(r: Ranks, image_of_text, at=AT, level: float = 95.0, draws: int = 1000, seed: int = 0) -> dict:
    """Percentile bootstrap over images: {"text R@1": (low, high), ..., "rsum": (low, high)}, per cent."""
    names, parts = zip(*shares(r, image_of_text, at).items())
    parts = np.stack(parts, 1)                                                       # (I, numbers)
    owner, images = np.asarray(image_of_text), len(parts)
    size = np.stack([r.of_images >= 0, np.bincount(owner, minlength=images)], 1).astype(float)    # queries of each image, both ways
    rng, found = np.random.default_rng(seed), []
    for _ in range(draws):
        times = np.bincount(rng.integers(images, size=images), minlength=images)     # how often each image was drawn
        drawn = (times @ size) / size.sum(0)                                         # the drawn queries, as a share of all
        six = (times @ parts)[:-1] / np.repeat(np.where(drawn > 0, drawn, 1), len(at))
        found.append([*six, six.sum()])
    low, high = np.percentile(found, [50 - level / 2, 50 + level / 2], axis=0)
    return {name: (float(a), float(b)) for name, a, b in zip(names, low, high)}


def paired(a: Ranks, b: Ranks, image_of_text, at=AT, flips: int = 10_000, seed: int = 0) -> dict:
    """Paired randomisation test: name -> p, how often chance alone would set two models this far apart.

    Under the null hypothesis the two models' results for an image may be swapped, together with those of its texts.
    """
    if a.of_images.shape != b.of_images.shape or a.of_texts.shape != b.of_texts.shape:
        raise Problem(f"ranks of {a.of_images.shape} images and {a.of_texts.shape} texts cannot be paired with {b.of_images.shape} "
                      f"and {b.of_texts.shape}; measure both models on the same corpus.")
    first, second = shares(a, image_of_text, at), shares(b, image_of_text, at)
    gaps = np.stack([first[name] - second[name] for name in first], 1)               # (I, numbers)
    gaps = gaps[(gaps != 0).any(1)]
    rng, as_far, seen = np.random.default_rng(seed), np.zeros(len(first), np.int64), abs(gaps.sum(0))
    for start in range(0, flips, 1000):
        signs = rng.integers(0, 2, (min(1000, flips - start), len(gaps)), dtype=np.int8) * 2.0 - 1
        as_far += (abs(signs @ gaps) >= seen - 1e-9).sum(0)
    return {name: float((1 + n) / (1 + flips)) for name, n in zip(first, as_far)}


def mcnemar(rank_a, rank_b, k: int = 1) -> float:
    """Exact McNemar test of R@K: the p value that as many queries, answered by one model alone, fall to one side.

    It takes queries to be independent, which the texts of one image are not: for them `paired` is the fairer test.
    """
    hit_a, hit_b = (np.asarray(r)[np.asarray(rank_a) >= 0] < k for r in (rank_a, rank_b))
    only_a, only_b = int((hit_a & ~hit_b).sum()), int((hit_b & ~hit_a).sum())
    n, few = only_a + only_b, min(only_a, only_b)
    log = [math.lgamma(n + 1) - math.lgamma(i + 1) - math.lgamma(n - i + 1) - n * math.log(2) for i in range(few + 1)]
    return min(1.0, 2 * sum(map(math.exp, log)))


def wilson(hits: float, n: int, level: float = 95.0) -> tuple:
    """Interval of a share, hits of n independent cases (Wilson 1927): (low, high), per cent; (nan, nan) for no case."""
    if not n:
        return float("nan"), float("nan")
    z, p = statistics.NormalDist().inv_cdf(0.5 + level / 200), hits / n
    middle, half = p + z * z / (2 * n), z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return tuple(100 * float(np.clip(x / (1 + z * z / n), 0, 1)) for x in (middle - half, middle + half))


def bootstrap(parts, size=None, level: float = 95.0, draws: int = 2000, seed: int = 0) -> tuple:
    """Percentile bootstrap of a mean over cases: (low, high).

    parts (N,) of each case and its size (N,) give the ratio of sums, sum(parts) / sum(size), whole cases drawn: for words that
    come in images.  Without `size` it is the plain mean.
    """
    parts = np.asarray(parts, float)
    size = np.ones(len(parts)) if size is None else np.asarray(size, float)
    if not size.sum():
        return float("nan"), float("nan")
    drawn = np.random.default_rng(seed).integers(len(parts), size=(draws, len(parts)))
    found = parts[drawn].sum(1) / np.maximum(size[drawn].sum(1), 1e-12)
    return tuple(float(x) for x in np.percentile(found, [50 - level / 2, 50 + level / 2]))
