"""Is a model worse, or a new one better, on some of the queries?  A slice of them beside the rest.

Letters: N queries; S slices; a unit is an image with its texts, or a group of near-duplicates, see `units`.
"""
import math
from typing import NamedTuple

import numpy as np
from scipy import special

from vsrlab.errors import Problem
from vsrlab.measure.paired import holm

LEAST = 30                     # units with a query in the slice; with fewer a slice is too small to be tested


class Slice(NamedTuple):
    """A slice beside the rest of the queries.  In per cent of queries; nan where there is nothing to say."""
    queries: int
    units: int                 # with a query in the slice
    inside: float              # the share in the slice
    outside: float             # the share in the rest
    difference: float          # inside minus outside
    low: float
    high: float                # its interval
    p: float                   # of this slice alone
    holm: float                # adjusted for all slices that were tested; nan: too small

    @property
    def small(self) -> bool:
        """Too small to be tested: fewer than 30 units, or no query in the rest."""
        return self.units < LEAST or not np.isfinite(self.p)


def slice_difference(gain, unit, inside, level: float = 95.0) -> Slice:
    """Beside the rest, what do the queries of a slice add?

    gain (N,)    1 and 0 for hit and miss; or 1, 0 and -1 for repaired, unchanged and broken by a second model
    unit (N,)    the number of each query's unit, from 0;   inside (N,)  is the query in the slice?
    The difference of two ratios of sums has the standard error of its influences: unit k with d of m queries in the slice and
    e of o in the rest moves it by (d - p m) / sum m - (e - q o) / sum o.  Student's t has n - 1 degrees for the n units with a
    query in the slice, not one for each unit of the rest (linearisation: Binder 1983; Cameron and Miller 2015).
    In a slice of some 40 queries that error is now and then far too small: with it alone, one or more of 20 null slices were
    found in 9 % of trials where a quarter of the queries hit, in 17 % where all slices were so small.  So it is never taken
    smaller than `_expected`, and fewer than 4 % were.
    """
    gain, unit, inside = np.asarray(gain, float), np.asarray(unit), np.asarray(inside, bool)
    if not gain.shape == unit.shape == inside.shape:
        raise Problem(f"a slice of {inside.size} queries does not fit {gain.size} results of {unit.size} queries; "
                      "give True or False for every query.")
    of_units = lambda values, where: np.bincount(unit[where], weights=values[where], minlength=int(unit.max(initial=-1)) + 1)
    (d, m), (e, o) = ((of_units(gain, where), of_units(np.ones(len(gain)), where)) for where in (inside, ~inside))
    n, nan = int((m > 0).sum()), float("nan")
    p, q = (float(x.sum() / y.sum()) if y.sum() else nan for x, y in ((d, m), (e, o)))
    found = Slice(int(inside.sum()), n, 100 * p, 100 * q, 100 * (p - q), nan, nan, nan, nan)
    if n < 2 or not o.sum():
        return found
    influence = (d - p * m) / m.sum() - (e - q * o) / o.sum()
    error = math.sqrt(max(n / (n - 1) * (influence ** 2).sum(), _expected(gain - gain.mean(), of_units, m, o)))
    t = abs(p - q) / error if error > 1e-12 else math.inf if abs(p - q) > 1e-12 else 0.0
    half = 100 * error * float(special.stdtrit(n - 1, 0.5 + level / 200))
    return found._replace(low=found.difference - half, high=found.difference + half, p=2 * float(special.stdtr(n - 1, -t)))


def _expected(gap, of_units, m, o) -> float:
    """The variance of the difference if the slice is like all queries: their variance, and their covariance within a unit.

    gap (N,) of each query from the mean of all; m, o (U,) queries of a unit in the slice and in the rest.
    """
    all_of_them = np.ones(len(gap), bool)
    variance = (gap ** 2).sum() / max(len(gap) - 1, 1)
    pairs = ((m + o) * (m + o - 1)).sum()
    covariance = ((of_units(gap, all_of_them) ** 2).sum() - (gap ** 2).sum()) / max(pairs, 1)
    apart = 1 / m.sum() + 1 / o.sum()                          # the squares of what each query weighs in the difference, summed
    together = ((m / m.sum() - o / o.sum()) ** 2).sum()        # and of what each unit weighs
    return float((variance - covariance) * apart + covariance * together)


def slice_differences(gain, unit, slices: dict, level: float = 95.0) -> dict:
    """{name: Slice} of {name: inside (N,)}, their p values adjusted by Holm over all slices that are large enough.

    A slice that was found by looking at the failures must be tested on units that did not find it.
    """
    found = {name: slice_difference(gain, unit, inside, level) for name, inside in slices.items()}
    adjusted = holm({name: one.p for name, one in found.items() if not one.small})
    return {name: one._replace(holm=adjusted.get(name, float("nan"))) for name, one in found.items()}
