"""How sure is a recall?  Bootstrap over units, and Wilson's interval where hits or misses are few.

Units are those of `units`: images with their texts, or groups of near-duplicates.  Letters here: U units, Q recalls.
"""
import math
import statistics
from typing import NamedTuple

import numpy as np
from scipy import special

from vsrlab.measure.units import FEW, Units, recalls, resampled

SMALL = 60                     # fewer units than this: no bootstrap


class Interval(NamedTuple):
    """Where a number may lie; both ends in per cent."""
    low: float
    high: float
    by: str                    # "bootstrap" or "Wilson"


def intervals(u: Units, level: float = 95.0, draws: int = 2000, seed: int = 0) -> dict:
    """{"text R@1": Interval, ..., "image R@10": Interval, "rsum": Interval} of units (U, Q), per cent.

    Percentile bootstrap, `draws` draws of units.  Where `scarce` says so, Wilson's interval with the effective number of
    queries; rsum is then put together from the six intervals.
    """
    found = np.percentile(u.resampled(draws, seed), [50 - level / 2, 50 + level / 2], axis=0)
    ends = [Interval(float(low), float(high), "bootstrap") for low, high in found.T]
    for q, (hits, asked) in enumerate(zip(u.hits.T, u.asked.T)):
        if scarce(hits, asked):
            ends[q] = Interval(*wilson_of_units(hits, asked, level), "Wilson")
    if scarce(u.hits, u.asked):
        ends[-1] = Interval(*_of_a_sum(u, ends[:-1]), "Wilson")
    return dict(zip([*u.names, "rsum"], ends))


def share_interval(hits, asked, level: float = 95.0, draws: int = 2000, seed: int = 0) -> Interval:
    """Interval of one share, sum(hits) / sum(asked) over units (U,), by the same rule."""
    hits, asked = np.asarray(hits, float), np.asarray(asked, float)
    if scarce(hits, asked):
        return Interval(*wilson_of_units(hits, asked, level), "Wilson")
    drawn = resampled(np.stack([hits, asked], 1), draws, seed)
    low, high = np.percentile(recalls(drawn[:, :1], drawn[:, 1:])[:, 0], [50 - level / 2, 50 + level / 2])
    return Interval(float(low), float(high), "bootstrap")


def scarce(hits, asked) -> bool:
    """Are fewer than 15 units with a miss, fewer than 15 with a hit, or fewer than 60 in all?  (U,), or (U, Q): in any column."""
    hits, asked = (x.reshape(len(x), -1) for x in (hits, asked))
    return bool((asked - hits > 1e-9).any(1).sum() < FEW or (hits > 0).any(1).sum() < FEW or (asked > 0).sum(0).min() < SMALL)


def wilson(hits: float, n: float, level: float = 95.0) -> tuple:
    """Interval of a share, hits of n independent cases (Wilson 1927): (low, high), per cent; (nan, nan) for no case."""
    return _wilson(hits / n, n, statistics.NormalDist().inv_cdf(0.5 + level / 200)) if n else (float("nan"), float("nan"))


def wilson_of_units(hits, asked, level: float = 95.0) -> tuple:
    """Wilson's interval of sum(hits) / sum(asked) over units (U,) whose queries depend on each other: (low, high), per cent.

    The number of queries is replaced by the effective one, p (1 - p) / v, with v the variance of the ratio of sums over units
    (Kish 1965, Survey sampling; Dean and Pagano 2015 compare such intervals), and the normal quantile by Student's t with
    K - 1 degrees for K units.  Where all units answer alike, v = 0 says nothing, and a unit counts as one query.
    """
    hits, asked = hits[asked > 0], asked[asked > 0]
    count, total = len(asked), asked.sum()
    if count < 2:
        return (0.0, 100.0) if count else (float("nan"), float("nan"))
    p = hits.sum() / total
    v = count / (count - 1) * ((hits - p * asked) ** 2).sum() / total ** 2
    effective = min(p * (1 - p) / v, total) if v > 1e-15 else count
    return _wilson(p, effective, float(special.stdtrit(count - 1, 0.5 + level / 200)))


def _wilson(p, n, z):
    """Those p that are no more than z standard errors of their own from the share that was seen."""
    middle, half = p + z * z / (2 * n), z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return tuple(100 * float(np.clip(x / (1 + z * z / n), 0, 1)) for x in (middle - half, middle + half))


def _of_a_sum(u, ends):
    """Limits of the sum of the recalls from the limits of each and their correlations over units (Zou and Donner 2008, MOVER).

    Recalls whose units all answer alike have no correlation to be seen; it is taken for 1, which makes the interval wider.
    """
    p = recalls(u.hits.sum(0), u.asked.sum(0))[:-1]
    gap = u.hits - p / 100 * u.asked
    size = np.sqrt((gap ** 2).sum(0))
    seen = size > 1e-9
    scaled = gap / np.where(seen, size, 1)
    related = np.where(seen[:, None] & seen, scaled.T @ scaled, 1.0)
    below, above = (np.abs(p - [interval[end] for interval in ends]) for end in (0, 1))
    far = [math.sqrt(max(side @ related @ side, 0.0)) for side in (below, above)]
    return float(p.sum() - far[0]), float(p.sum() + far[1])


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
