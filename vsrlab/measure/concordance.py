"""Do scores order pairs as people's grades do?  Spearman's rho, Kendall's tau-b, the area under the ROC curve, with intervals.

Letters: N pairs of an image and a text.  A number is nan where scores or grades never vary.
"""
from typing import NamedTuple

import numpy as np

NAMES = ("Spearman", "Kendall tau-b", "AUC")


class Number(NamedTuple):
    """A coefficient with its 95 % interval; nan where there is none."""
    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}]"


def ranked(x) -> np.ndarray:
    """Ranks of some numbers from 1 up, equal values sharing their mean rank."""
    _, place, count = np.unique(x, return_inverse=True, return_counts=True)
    return (np.cumsum(count) - (count - 1) / 2)[place]


def spearman(a, b) -> float:
    """Rank correlation of two lists, equal values sharing their mean rank; NaN when one of them never varies."""
    a, b = ranked(np.round(a, 12)), ranked(np.round(b, 12))
    return float(np.corrcoef(a, b)[0, 1]) if a.std() and b.std() else float("nan")


def kendall(a, b) -> float:
    """Kendall's tau-b of two lists, which takes account of ties (Kendall 1945); NaN when one of them never varies."""
    from scipy.stats import kendalltau
    return float(kendalltau(a, b).statistic) if len(a) > 1 else float("nan")


def auc(scores, right) -> float:
    """How often a right pair scores higher than a wrong one, ties counted half (Mann and Whitney 1947); NaN without one of both."""
    right, place = np.asarray(right, bool), ranked(scores)
    n, m = right.sum(), (~right).sum()
    return float((place[right].sum() - n * (n + 1) / 2) / (n * m)) if n and m else float("nan")


def agreement(scores, grades, right) -> np.ndarray:
    """(3,) the coefficients of NAMES: of scores (N,) with grades (N,), and with right (N,), True where a pair is accepted."""
    return np.array([spearman(scores, grades), kendall(scores, grades), auc(scores, right)])


def concordance(scores, grades, right, units, draws: int = 400, seed: int = 0) -> dict:
    """{name of NAMES: (S,) of Number} of several scores (S, N) on the same pairs; then "difference": of every score but the first
    to the first, {name: (S - 1,) of Number}.

    units  (N,) whose pairs are drawn together by the bootstrap: rows of images
    """
    scores, grades, right = np.atleast_2d(scores), np.asarray(grades, float), np.asarray(right, bool)
    told = lambda rows: np.stack([agreement(line[rows], grades[rows], right[rows]) for line in scores])      # (S, 3)
    _, unit = np.unique(units, return_inverse=True)
    of = [np.flatnonzero(unit == u) for u in range(unit.max() + 1)]
    rng, own = np.random.default_rng(seed), told(slice(None))
    drawn = np.stack([told(np.concatenate([of[u] for u in rng.integers(len(of), size=len(of))])) for _ in range(draws)])
    found = {name: [_number(own[s, n], drawn[:, s, n]) for s in range(len(scores))] for n, name in enumerate(NAMES)}
    apart = {name: [_number(own[s, n] - own[0, n], drawn[:, s, n] - drawn[:, 0, n]) for s in range(1, len(scores))]
             for n, name in enumerate(NAMES)}
    return found | {"difference": apart}


def _number(value, drawn) -> Number:
    known = drawn[np.isfinite(drawn)]
    low, high = np.percentile(known, (2.5, 97.5)) if len(known) else (np.nan, np.nan)
    return Number(float(value), float(low), float(high))
