"""A row with the numbers of one pair, as a person reads them: its shape, first numbers, the row of the chosen word, its light."""
from typing import NamedTuple

import numpy as np

from vsrlab.explain.choosing import Target
from vsrlab.explain.record import Explanation
from vsrlab.paper_mode.one_pass import Pass
from vsrlab.paper_mode.source import Cut, cut
from vsrlab.paper_mode.step import Step
from vsrlab.wording import signed

CORNER, LONGEST, LIT = 3, 40, 3                 # rows and columns shown first; numbers of a word's row; numbers on the photo
LETTERS = {"W": "words", "R": "regions", "D": "joint space", "F": "features", "X": "word vector", "H": "hidden units or heads",
           "B": "pairs", "2": "both ways", "3": "window widths"}


class Shown(NamedTuple):
    """A row and its numbers.

    value    (...) as the model computed it, or worked out; None where this run has none, and `why` says so
    read     is it what the model computed?
    departs  the sentence about the paper, "" for none
    """
    step: Step
    value: np.ndarray | None
    read: bool
    departs: str
    why: str = ""

    @property
    def code(self) -> Cut | None:
        """The lines of the source."""
        return cut(*self.step.code) if self.step.code[0] else None

    @property
    def shape(self) -> str:
        """'(W, R) = (9, 36)', or 'one number'."""
        if not self.step.letters:
            return "one number"
        said = f"({', '.join(self.step.letters)})"
        return said if self.value is None else f"{said} = ({', '.join(map(str, self.value.shape))})"

    @property
    def corner(self) -> list:
        """The first three rows of the first three numbers, as text; of more axes the first table."""
        if self.value is None:
            return []
        x = self.value
        while x.ndim > 2:
            x = x[0]
        return [[number(v) for v in row[:CORNER]] for row in np.atleast_2d(x)[:CORNER]]

    def of_word(self, word: int) -> list:
        """The numbers of a word, as text, at most LONGEST; [] where the row has no axis of words."""
        if self.value is None or "W" not in self.step.letters:
            return []
        return [number(v) for v in np.atleast_1d(self.value.take(word, self.step.letters.index("W"))).ravel()[:LONGEST]]

    def target(self, e: Explanation, word: int, region: int | None) -> Target:
        """What lights up when the row is chosen: the numbers of the word or the region, or all that the row speaks of."""
        letters, x = self.step.letters, self.value
        regions, words = {}, {}
        if x is None:
            pass
        elif letters == ["W", "R"]:
            regions, words = lit(x[word]), {word: 1.0}
        elif letters[-2:] == ["R", "R"]:
            table = x[0] if x.ndim == 3 else x
            at = int(np.abs(table).sum(1).argmax()) if region is None else region
            regions = lit(table[at])
        elif letters == ["R"]:
            regions = lit(x)
        elif letters == ["W"]:
            words = {w: abs(float(v)) / (np.abs(x).max() or 1.0) for w, v in enumerate(x)}
        elif letters[:1] == ["R"]:
            regions = {r: (1.0, "") for r in range(len(x))}
        elif letters[:1] == ["W"]:
            words = dict.fromkeys(range(len(x)), 1.0)
        return Target(self.step.key, {r: v for r, v in regions.items() if r < e.regions},
                      {w: v for w, v in words.items() if w < len(e.words)}, self.step.words)


def number(value: float) -> str:
    """Three decimals with a true minus; very small and large ones with an exponent."""
    size = abs(float(value))
    return f"{value:.1e}".replace("-", "−") if size >= 1e4 or 0 < size < 5e-4 else signed(float(value), False, 3)


def lit(x) -> dict:
    """{region: (strength from −1 to 1, its number where it is one of the largest)}"""
    most, first = np.abs(x).max() or 1.0, set(np.argsort(-np.abs(x), kind="stable")[:LIT])
    return {r: (float(v) / most, number(v) if r in first else "") for r, v in enumerate(x)}


def shown(p: Pass) -> list:
    """Every row of a pass."""
    found = []
    for step in p.steps.values():
        why = step.unless(p)
        departs = step.departs(p) if callable(step.departs) else step.departs
        found.append(Shown(step, None if why else p[step.key], step.read is not None, departs, why))
    return found
