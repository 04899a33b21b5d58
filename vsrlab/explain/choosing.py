"""Choosing: the word on which a picture opens, the regions worth showing, and what lights up for a chosen word or region."""
from functools import cache
from importlib.resources import files
from typing import NamedTuple

import numpy as np

from vsrlab.explain.record import Explanation


class Target(NamedTuple):
    """What lights up when `key` is chosen: "w3" a word, "r7" a region, "none" nothing; pages and figures draw it."""
    key: str
    regions: dict          # region -> (strength 0 to 1, negative where it takes away; the number to write there or "")
    words: dict            # word -> strength 0 to 1
    said: str              # the line beside the photo, plain text
    edges: bool = False    # arcs from the region to its neighbours


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
