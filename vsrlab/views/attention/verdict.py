"""The verdict line of the attention view: what the open word or region points at, how strongly, and whether that is right."""
import numpy as np

from vsrlab import sentences
from vsrlab.explain.belief import WORTH
from vsrlab.explain.choosing import flat
from vsrlab.explain.pointing.mix import said
from vsrlab.explain.record import Explanation
from vsrlab.views.attention import pointed
from vsrlab.views.attention.lit import Drawn
from vsrlab.wording import few, significant


def seen(e: Explanation, d: Drawn, key: str) -> str:
    """What "w3", a word, "r7", a region, or "none" points at, in at most 15 words."""
    if key[0] == "w":
        return word(e, d, int(key[1:]))
    if key[0] == "r":
        column = d.matrix[:, int(key[1:])]
        best = int(np.argmax(column))
        means = f"{region(e, int(key[1:])).capitalize()} means most to “{few(e.words[best], 1)}”"
        return f"{means}: {d.quantity} {_number(d, column[best])}."
    if not d.overall.any():
        return "Without any one region: no measurable change of the score."
    if d.even and flat(d.overall):
        return "All words together have no preference: their attention is nearly even."
    best = int(np.argmax(d.overall))
    return f"All words together point most at {region(e, best)}: {d.quantity} {_number(d, d.overall[best])}."


def word(e: Explanation, d: Drawn, place: int) -> str:
    """What one word points at."""
    row, name = d.matrix[place], f"“{few(e.words[place], 1)}”"
    best = int(np.argmax(row))
    if d.even and flat(row):
        return f"{name} has no preference: its attention is nearly even."
    if d.quantity == "attention":
        verb = "looks most at" if d.even else "is looked at most by"
        times = f", {len(row) * row[best]:.1f} times even attention" if d.even else f", {_number(d, row[best])}"
        return f"{name} {verb} {region(e, best)}{times}{right(e, place, best)}."
    if d.quantity == "cosine":
        return f"{name} is most like {region(e, best)}, cosine {_number(d, row[best])}{right(e, place, best)}."
    if d.quantity == "pointing":
        phrase = few(said(e, pointed.phrase(e, place, d.held)))
        times = f"{len(row) * row[best]:.1f} times even weight"
        return f"“{phrase}” points most at {region(e, best)}, {times}{beside(e, d, place, best)}."
    if not row.any():
        return f"{name} changes the score measurably with no region."
    small = "" if abs(row[best]) >= WORTH * abs(e.score) else ": real, but negligible"
    share = f"{_number(d, row[best])} of {significant(e.score, False)}"
    return f"{name} adds most with {region(e, best)}, {share}{small or right(e, place, best)}."


def right(e: Explanation, place: int, best: int) -> str:
    """': right', ': elsewhere', or which part of its thing a word points at; "" where nobody knows."""
    if e.truth is None or not e.truth[place]:
        return ""
    part = sentences.part_of(e, best, e.truth[place])
    return ": right" if best in e.truth[place] else f": its {few(part, 1)}" if part else ": elsewhere"


def beside(e: Explanation, d: Drawn, place: int, best: int) -> str:
    """':' and whether a region is right, beside the place that people have drawn for the phrase, or the truth of a scene."""
    unit = pointed.unit_of(d.human, place)
    if unit is None:
        return right(e, place, best)
    return {"right": ": right", "part": ": a part", "elsewhere": ": elsewhere"}[unit.verdict(best, e.places[best])]


def region(e: Explanation, place: int) -> str:
    """'region 7 (dog)', of a long label the first two words."""
    label = few(e.label(place), 2)
    return f"region {place}" + (f" ({label})" if label else "")


def _number(d: Drawn, value: float) -> str:
    return significant(value, d.signed)
