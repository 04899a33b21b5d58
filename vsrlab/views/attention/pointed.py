"""The pointed region in the attention view: what is said of it, and the parts of the mix for the folded numbers."""
import numpy as np

from vsrlab.explain.pointing import mix
from vsrlab.explain.record import Explanation
from vsrlab.wording import several, signed, significant

PARTS = 3                    # regions of a phrase whose parts are listed
COLUMNS = ("phrase", "region", "cosine × weight", "log confidence × weight", "log area × weight", "label named", "sum",
           "share of exp(sum)")
VERDICTS = {"right": "it points right", "part": "it points at a part: the middle is right and the extent is not",
            "elsewhere": "it points elsewhere"}


def phrase(e: Explanation, word: int, held=()) -> tuple:
    """The positions of the phrase that a word is read with; `held` are those of a phrase that was asked for."""
    return tuple(held) if word in held else mix.phrase_of(e, word)


def said(e: Explanation, row, word: int, held=(), human=()) -> str:
    """Which region a phrase points at by its weights (R,), by what, and where people have drawn its place whether that is right.

    human  of Unit: phrases whose places people have drawn
    """
    words = phrase(e, word, held)
    best, *others = np.argsort(-row, kind="stable")[:3]
    cosine = float(np.asarray(e.cosine, float)[list(words), best].mean())
    told = (f"“{mix.said(e, words)}” points at {e.region_name(best)}, weight {significant(row[best], False)} (cosine "
            f"{significant(cosine)}, detector {e.confidence[best]:.2f}, {100 * mix.shares(e.boxes)[best]:.0f} % of the photo)")
    told += f"; then {several(f'{e.region_name(r)} {significant(row[r], False)}' for r in others)}." if others else "."
    unread = "The vocabulary knows no word of it: the model reads <unk>." if e.unknown[list(words)].all() else ""
    return " ".join(filter(None, (told, unread, judged(e, row, unit_of(human, word)))))


def unit_of(human, word: int):
    """The phrase with a place that people have drawn that a word stands in, or None."""
    return next((unit for unit in human if word in unit.words), None)


def judged(e: Explanation, row, unit) -> str:
    """Whether the largest of a row (R,) lies where people have drawn a phrase; "" for none."""
    if unit is None:
        return ""
    best, boxes = int(np.argmax(row)), "box" if len(unit.boxes) == 1 else "boxes"
    return f"Beside the human {boxes} of “{mix.said(e, unit.words)}” {VERDICTS[unit.verdict(best, e.places[best])]}."


def rows(e: Explanation, matrix, held=()) -> list:
    """Of every phrase its first regions, with the parts of the mix, which add up to the sum; the largest sum is pointed at.

    matrix  (W, R) the weights
    """
    mixed, found = mix.mix_of(e), []
    for words in dict.fromkeys(phrase(e, w, held) for w in e.written):
        parts = mix.parts(e, words, mixed)
        for n, r in enumerate(np.argsort(-parts.total, kind="stable")[:PARTS]):
            numbers = [signed(x[r]) for x in (*parts, parts.total)] + [significant(matrix[words[-1]][r], False)]
            found.append((mix.said(e, words) if n == 0 else "", e.region_name(r), *numbers))
    return found
