"""Choosing: the word on which a picture opens, the regions and relations worth showing, and what lights up for a chosen one."""
from functools import cache
from importlib.resources import files
from typing import NamedTuple

import numpy as np

from vsrlab.explain.record import Explanation

FLAT = 0.95               # share of the most entropy above which nothing is preferred
FULL = 8                  # times even attention at which light is full, at least


class Target(NamedTuple):
    """What lights up when `key` is chosen: "w3" a word, "r7" a region, "none" nothing; pages and figures draw it."""
    key: str
    regions: dict          # region -> (strength 0 to 1, negative where it takes away; the number to write there or "")
    words: dict            # word -> strength 0 to 1
    said: str              # the line beside the photo, plain text
    edges: bool = False    # arcs from the region to its neighbours
    under: str = ""        # what stands under the word, whatever is chosen


@cache
def passing() -> frozenset:
    """Words that a picture does not open on, of passing.txt: function words, numbers, and verbs that captions share.

    Nouns and colours point.  A verb that is also a common noun of things to be seen (a park, a watch, a fly) is not in the list.
    """
    lines = files("vsrlab").joinpath("explain", "passing.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())


def best_word(e: Explanation) -> int:
    """Position of the written word that adds most to the local score, passing words aside while there are others."""
    written = e.written if len(e.written) else np.arange(len(e.words))
    telling = np.array([w for w in written if e.words[w].lower() not in passing()], int)
    candidates = telling if len(telling) else written
    parts = e.word_part if e.word_part is not None else np.zeros(len(e.words))
    return int(candidates[np.argmax(parts[candidates])])


def chosen(values, top: int = 3, mass: float | None = None) -> np.ndarray:
    """Regions worth showing by their values (R,), strongest first: the `top`, or as many as hold the share `mass` of all size.

    A value of zero is never shown.
    """
    size = np.abs(np.asarray(values, float))
    order = np.argsort(-size, kind="stable")
    if mass is not None:
        top = int(np.searchsorted(np.cumsum(size[order]), mass * size.sum() - 1e-9)) + 1
    return order[:top][size[order[:top]] > 0]


def spread(weights) -> tuple:
    """Entropy of a distribution and the most it could be, in bits."""
    p = np.asarray(weights, float) / max(np.sum(weights), 1e-12)
    return float(-(p * np.log2(np.maximum(p, 1e-12))).sum()), float(np.log2(max(len(p), 1)))


def flat(weights) -> bool:
    """Has an attention (R,) no preference?  Its entropy is above FLAT of the most it could be."""
    bits, most = spread(weights)
    return len(weights) > 1 and bits > FLAT * most


def light(weights, full: float = 0.0) -> np.ndarray:
    """Attention (R,) as light, 0 to 1: none at what an even attention would give, 1 / R, full at `full` or at FULL times that,
    whichever is more; none anywhere where there is no preference."""
    even = 1 / max(len(weights), 1)
    if flat(weights):
        return np.zeros(len(weights))
    return np.clip((np.asarray(weights, float) - even) / (max(full, min(FULL * even, 1.0)) - even + 1e-12), 0, 1)


def strongest(affinity, each=2, percentile=95.0, region=None, most=None):
    """The `each` strongest relations of every region that lie above a percentile of all sizes.

    affinity (R, R): row the region that reads, column the one it reads; signed, so size is what counts.
    A region's relation to itself is no arrow.  With `region`, only what it reads and what reads it, without
    the percentile.  `most` cuts the list.  -> edges [(reader, read), ...] and weights (E,), strongest first.
    """
    size = np.abs(np.array(affinity, float))
    np.fill_diagonal(size, -1.0)
    others = size[size >= 0]
    least = np.percentile(others, percentile) if len(others) and region is None else 0.0
    kept = []
    for reader in range(len(size)):
        best = np.argsort(-size[reader], kind="stable")[:each]
        kept += [(reader, int(read)) for read in best if size[reader, read] >= max(least, 1e-12)]
    if region is not None:
        inward = np.argsort(-size[:, region], kind="stable")[:each]
        kept = [e for e in kept if e[0] == region] + [(int(r), region) for r in inward if size[r, region] > 1e-12]
    kept = sorted(dict.fromkeys(kept), key=lambda e: -size[e])[:most]
    return kept, np.array([affinity[e] for e in kept])


def moved(layers):
    """layers (L+1, R, D) -> (L, R): how far each layer turns each region, 1 - cosine between before and after."""
    unit = layers / np.maximum(np.linalg.norm(layers, axis=-1, keepdims=True), 1e-12)
    return 1 - (unit[:-1] * unit[1:]).sum(-1)
