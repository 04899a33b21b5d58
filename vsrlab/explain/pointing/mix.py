"""The pointed region of a word or phrase: the largest of a stated mix of what the model and the detector know of each region.

    w1 x cosine of phrase and region  +  w2 x log confidence  +  w3 x log area  +  w4 where its label is what the phrase names

The model's cosine tells what, hardly how far: vectors of overlapping boxes are nearly the same.  Confidence and area tell the
extent, and know nothing of the words.  A phrase that names a class of the detector ("a young boy": person) has other weights than
one that does not ("wet grass"): of what the detector does not know, its confidence says little, and the area more.

Weights are of one detector; where none were chosen for it, or there is no confidence, the cosine points alone.
"""
import re
from functools import cache
from importlib.resources import files
from typing import NamedTuple

import numpy as np

from vsrlab.data.words import tokenise
from vsrlab.errors import Problem
from vsrlab.explain.choosing import passing
from vsrlab.explain.record import Explanation

LEAST = 0.01               # confidence and share of the photo are taken for this at least: a cell of a grid has no confidence


class Weights(NamedTuple):
    """Weights of the parts."""
    cosine: float = 1.0
    confidence: float = 0.0    # of the natural logarithm of the detector's score
    area: float = 0.0          # of the natural logarithm of the share of the photo
    label: float = 0.0         # of 1 where the detector's label is what the phrase names, else 0

    def __str__(self) -> str:
        parts = ((self.cosine, "cosine"), (self.confidence, "log confidence"), (self.area, "log area"), (self.label, "label named"))
        return " + ".join(f"{weight:g} × {name}" for weight, name in parts if weight) or "nothing"


class Mix(NamedTuple):
    """How the regions of a detector are weighed."""
    named: Weights = Weights()     # of a phrase that names a class of the detector
    other: Weights = Weights()     # of any other
    classes: str = ""              # file of vsrlab/explain with the words that name its classes; "" for none

    @property
    def plain(self) -> bool:
        """Is it the cosine alone?"""
        return self == PLAIN

    def of(self, e: Explanation, words) -> Weights:
        """The weights for a phrase, given as the positions of its words."""
        return self.named if self.names(e, words) else self.other

    def names(self, e: Explanation, words) -> frozenset:
        """The classes of the detector that a phrase names: those of its last word that names any."""
        known = vocabulary(self.classes) if self.classes else {}
        return next((known[e.words[w].lower()] for w in reversed(list(words)) if e.words[w].lower() in known), frozenset())

    def __str__(self) -> str:
        if self.named == self.other:
            return str(self.named)
        return f"{self.named} where the phrase names a class of the detector, else {self.other}"


PLAIN = Mix()
# First words of an extractor's name: the weights that bench/belief_on_photos.py --choose found for it, on phrases of every second
# photo of the development split.  Their ratios choose the region; their size says how sharp the shares are.
MIXES = {"boxes of SSD-MobileNetV2": Mix(Weights(8.0, 0.5, 0.25, 3.0), Weights(15.0, 0.25, 1.0), "coco_words.txt")}


@cache
def vocabulary(file: str) -> dict:
    """{word: classes of a detector that it names} of a file of vsrlab/explain."""
    found = {}
    for line in files("vsrlab").joinpath("explain", file).read_text(encoding="utf-8").splitlines():
        name, _, words = line.partition(":")
        for word in words.split() if not line.startswith("#") else ():
            found[word] = found.get(word, frozenset()) | {name}
    return found


class Parts(NamedTuple):
    """What the regions of a picture have for one phrase, each times its weight; they add up to the mix."""
    cosine: np.ndarray         # (R,)
    confidence: np.ndarray     # (R,)
    area: np.ndarray           # (R,)
    label: np.ndarray          # (R,)

    @property
    def total(self) -> np.ndarray:
        """(R,) the mix."""
        return np.sum(self, axis=0)


def mix_of(e: Explanation) -> Mix:
    """The weights for the extractor of a record; PLAIN where none were chosen for it, or where nobody detected its regions."""
    name = e.provenance.get("extractor") or ""
    known = next((mix for start, mix in MIXES.items() if name.startswith(start)), PLAIN)
    return PLAIN if lacks(e) else known


def lacks(e: Explanation) -> str:
    """Why confidence and area cannot help to point, in a sentence; "" where they can."""
    if e.boxes is None or e.confidence is None or not np.any(e.confidence):
        return "These regions have no detector's confidence, so the cosine points alone."
    return ""


def parts(e: Explanation, words, mix: Mix) -> Parts:
    """The parts of the mix for a phrase, given as the positions of its words: its cosine is the mean of theirs."""
    cosine, nothing = np.asarray(e.cosine, float)[list(words)].mean(0), np.zeros(e.regions)
    if mix.plain:
        return Parts(cosine, nothing, nothing, nothing)
    own, names = mix.of(e, words), mix.names(e, words)
    named = np.array([label in names for label in e.labels], float) if e.labels is not None else nothing
    return Parts(own.cosine * cosine, own.confidence * np.log(np.maximum(e.confidence, LEAST)), own.area * np.log(shares(e.boxes)),
                 own.label * named)


def shares(boxes) -> np.ndarray:
    """(R,) areas of boxes (R, 4) as shares of the photo, what lies outside of it left out; LEAST at least."""
    x1, y1, x2, y2 = np.clip(np.asarray(boxes, float), 0, 1).T
    return np.maximum(np.clip(x2 - x1, 0, None) * np.clip(y2 - y1, 0, None), LEAST)


def weights(e: Explanation, words, mix: Mix) -> np.ndarray:
    """(R,) the mix as weights that sum to one: exp of it, divided by the sum.  The pointed region has the largest."""
    total = parts(e, words, mix).total
    grown = np.exp(total - total.max())
    return grown / grown.sum()


def phrase_of(e: Explanation, word: int) -> tuple:
    """The positions of the phrase that a word stands in: "brown dog" for either of its words.

    A phrase is a run of words with nothing but spaces between them and no `passing` word (articles, numbers, common verbs) among
    them: a rule for English captions.  A passing word, or a marker, is its own phrase.
    """
    telling = lambda w: 0 <= w < len(e.words) and not e.markers[w] and e.words[w].lower() not in passing()
    joined = lambda w: re.fullmatch(r"\s+", e.text[e.spans[w][1]:e.spans[w + 1][0]]) is not None
    start = stop = word
    while telling(word) and telling(start - 1) and joined(start - 1):
        start -= 1
    while telling(word) and telling(stop + 1) and joined(stop):
        stop += 1
    return tuple(range(start, stop + 1))


def positions_of(e: Explanation, phrase: str) -> tuple:
    """The positions of several words that stand one after the other in the caption, given as they are written."""
    words = [word for word, _, _ in tokenise(phrase)]
    starts = [s for s in range(len(e.words) - len(words) + 1) if [w.lower() for w in e.words[s:s + len(words)]] == words]
    if not words or not starts:
        raise Problem(f"{phrase!r} is not in the caption; its words are: {', '.join(e.words[w] for w in e.written)}.")
    return tuple(range(starts[0], starts[0] + len(words)))


def light(weights, full: float = 0.0) -> np.ndarray:
    """Weights (R,) that sum to one as light, 0 to 1: none where all are alike, full at `full` or at the largest."""
    even, weights = 1 / max(len(weights), 1), np.asarray(weights, float)
    return np.clip((weights - even) / max(max(full, weights.max(initial=0)) - even, 1e-12), 0, 1)


def said(e: Explanation, words) -> str:
    """A phrase as it is written: 'brown dog'."""
    return " ".join(e.words[w] for w in words)


def pointing_weights(e: Explanation, mix: Mix, held: tuple = ()) -> np.ndarray:
    """(W, R): each word's row is that of its phrase; `held` are positions that are read as one phrase, whatever the rule says."""
    held, found = [w for w in held if w < len(e.words)], {}
    for w in range(len(e.words)):
        words = tuple(held) if w in held else phrase_of(e, w)
        if words not in found:
            found[words] = weights(e, words, mix)
    return np.stack([found[tuple(held) if w in held else phrase_of(e, w)] for w in range(len(e.words))])


def pointing_matrix(e: Explanation, scenes: bool) -> tuple:
    """(name, (W, R)) of the quantity that points: on scenes attention; on photos the mix, or the cosine where nothing can be mixed;
    else interaction; ("", None) without any."""
    if not scenes and e.cosine is not None and not mix_of(e).plain:
        return "pointing", pointing_weights(e, mix_of(e))
    names = ("attention", "cosine", "interaction") if scenes else ("cosine", "attention", "interaction")
    name = next((name for name in names if getattr(e, name) is not None), "")
    return name, np.asarray(getattr(e, name), float) if name else None
