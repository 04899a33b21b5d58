"""Is one model better than another on the same queries?  Paired tests over units, and intervals of the paired difference.

Both models' hits are Units of the same images and texts, see `units`; U units, Q recalls.  Differences are second minus first.
"""
import math
from typing import NamedTuple

import numpy as np
from scipy import special

from vsrlab.errors import Problem
from vsrlab.measure.significance import SMALL
from vsrlab.measure.units import FEW, Units, recalls

LEVEL = 0.05                   # of a test: below it a model is called ahead


class Limits(NamedTuple):
    """Where a paired difference may lie, points of per cent."""
    low: float
    high: float

    @property
    def unseen(self) -> float:
        """Half the interval: a difference up to this would not be seen."""
        return (self.high - self.low) / 2


def net(first: Units, second: Units) -> np.ndarray:
    """(U, Q) queries of a unit that the second model answers and the first does not, less the other way round."""
    if first.asked.shape != second.asked.shape or not np.allclose(first.asked, second.asked):
        raise Problem(f"{len(first.asked)} and {len(second.asked)} units with {first.asked.sum():.0f} and {second.asked.sum():.0f} "
                      "queries cannot be paired; measure both models on the same corpus.")
    return np.round(second.hits - first.hits, 9)                  # weights of galleries leave dust where nothing differs


def sign_flips(first: Units, second: Units, flips: int = 10_000, seed: int = 0) -> dict:
    """Paired randomisation test: name -> p of the six recalls and rsum, two-sided.

    Under the null hypothesis the two models' results for a unit may be swapped, all its queries together.  p = (1 + n) /
    (1 + flips), n of the random flips being as far from zero as what was seen (Fisher 1935; Smucker, Allan and Carterette 2007
    for retrieval).  Where fewer than 15 units differ, all ways to flip them are counted and p is exact.
    """
    gaps = net(first, second)
    gaps, weights = gaps[(gaps != 0).any(1)], 100 / first.asked.sum(0)
    far = lambda sums: np.abs(np.concatenate([sums, (sums @ weights)[:, None]], 1))
    seen = far(gaps.sum(0)[None])[0] - 1e-6
    as_far = sum((far(sums) >= seen).sum(0) for sums in _flipped(gaps, flips, seed))
    exact = len(gaps) < FEW
    p = as_far / 2 ** len(gaps) if exact else (1 + as_far) / (1 + flips)
    return dict(zip([*first.names, "rsum"], map(float, p)))


def _flipped(gaps, flips, seed):
    """Sums of gaps (G, Q) with random signs, in blocks (<= 1000, Q); with each of the 2^G signs where G is small."""
    count = len(gaps)
    gaps = gaps.astype(np.float32) if (gaps == np.rint(gaps)).all() else gaps           # sums of whole numbers are exact in float32
    if count < FEW:
        signs = [np.arange(2 ** count)[:, None] >> np.arange(count) & 1]
    else:
        rng = np.random.default_rng(seed)
        packed = (rng.integers(0, 256, (min(1000, flips - start), -(-count // 8)), np.uint8) for start in range(0, flips, 1000))
        signs = (np.unpackbits(eight, axis=1, count=count) for eight in packed)
    for block in signs:
        yield (2 * (block.astype(gaps.dtype) @ gaps) - gaps.sum(0)).astype(float)


def mcnemar(rank_a, rank_b, k: int = 1) -> float:
    """Exact McNemar test of R@K over independent queries (McNemar 1947): the p value, two-sided.

    It asks whether the queries that one model alone answers fall to one side.  The texts of one image are not independent
    queries: for them there is `mcnemar_of_units`.
    """
    hit_a, hit_b = (np.asarray(r)[np.asarray(rank_a) >= 0] < k for r in (rank_a, rank_b))
    only_a, only_b = int((hit_a & ~hit_b).sum()), int((hit_b & ~hit_a).sum())
    n, few = only_a + only_b, min(only_a, only_b)
    log = [math.lgamma(n + 1) - math.lgamma(i + 1) - math.lgamma(n - i + 1) - n * math.log(2) for i in range(few + 1)]
    return min(1.0, 2 * sum(map(math.exp, log)))


def mcnemar_of_units(gap) -> float:
    """McNemar's test adjusted for units of dependent queries: the p value, two-sided, from the net repaired of each unit (U,).

    z = sum d / sqrt(sum d^2) is compared with the normal law (Obuchowski 1998; Durkalski and others 2003).  Where fewer than
    15 units differ, that law does not hold, and all ways to flip their signs are counted in its place.
    """
    gap = np.asarray(gap, float)
    gap = gap[gap != 0]
    if len(gap) >= FEW:
        return math.erfc(abs(gap.sum()) / math.sqrt(2 * (gap ** 2).sum()))
    sums = np.concatenate(list(_flipped(gap[:, None], 0, 0)))
    return float((np.abs(sums) >= abs(gap.sum()) - 1e-6).mean())


def holm(p: dict) -> dict:
    """p values adjusted so that the chance of even one false finding among them stays below the level (Holm 1979)."""
    adjusted, so_far = {}, 0.0
    for n, name in enumerate(sorted(p, key=p.get)):
        so_far = max(so_far, min(1.0, (len(p) - n) * p[name]))
        adjusted[name] = so_far
    return {name: adjusted[name] for name in p}


def difference_limits(first: Units, second: Units, level: float = 95.0, draws: int = 2000, seed: int = 0) -> dict:
    """name -> Limits of the difference of the six recalls and rsum: percentile bootstrap of the paired difference over units.

    Where fewer than 15 units differ, or there are fewer than 60, the draws hold too little: the interval is then that of a
    mean with one unit added that the first model alone answers, and one that the second alone does (Bonett and Price 2012 for
    single queries), with Student's t.
    """
    gaps, asked = net(first, second), first.asked
    found = first._replace(hits=gaps).resampled(draws, seed)
    limits = [Limits(float(low), float(high)) for low, high in np.percentile(found, [50 - level / 2, 50 + level / 2], axis=0).T]
    parts = 100 * gaps / asked.sum(0)                                            # what a unit adds to each difference, points
    parts = np.concatenate([parts, parts.sum(1, keepdims=True)], 1)
    one = recalls(np.ones(gaps.shape[1]), asked.sum(0))                          # what one query adds; to rsum, one of each recall
    count = np.append((asked > 0).sum(0), (asked > 0).any(1).sum())
    for q in np.flatnonzero(((parts != 0).sum(0) < FEW) | (count < SMALL)):
        most = 100 * (gaps.shape[1] if q == gaps.shape[1] else 1)                # rsum is the last column
        limits[q] = Limits(*(float(np.clip(end, -most, most)) for end in _with_two_more(parts[:, q], one[q], count[q], level)))
    return dict(zip([*first.names, "rsum"], limits))


def _with_two_more(part, one, count, level):
    """Limits of a difference from what `count` units add to it, and two more that add `one` and minus `one`."""
    more = count + 2
    variance = ((part ** 2).sum() + 2 * one ** 2 - part.sum() ** 2 / more) * more / (more - 1)
    half = float(special.stdtrit(more - 1, 0.5 + level / 200)) * math.sqrt(variance)
    middle = float(part.sum())
    return [(middle + side * half) * count / more for side in (-1, 1)]
