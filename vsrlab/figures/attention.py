"""Figures of the attention of one pair: on the photo, as words by regions, as a sum of words.  Explanation in, Figure out."""
from typing import NamedTuple

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from vsrlab import colours, draw, sentences, wording
from vsrlab.colours import HIGHLIGHT, TAKES
from vsrlab.draw.text import broken
from vsrlab.errors import unknown
from vsrlab.explain.choosing import FULL, best_word, light
from vsrlab.explain.lacks import no_attention
from vsrlab.explain.record import Explanation
from vsrlab.figures.layout import EDGE, WIDTH, listing, pair_sheet, plain_sheet, write

NUMBERED, LISTED = 3, 12     # regions with a number on the photo, and in the list beside it
MANY = 30                    # words whose heat map fits under the photo
BRIGHTEST = "added up where boxes overlap, full where it is most"
QUANTITIES = {"attention": "attention", "cosine": "cosine of word and region", "contribution": "part of the local score"}

class Lit(NamedTuple):
    """What is lit on the photo of a pair, listed and said beside it."""
    weights: np.ndarray            # (R,)   light
    regions: dict                  # outlined region -> (strength -1 to 1, negative where it takes away; the number there or "")
    title: str                     # of the list
    names: list                    # (N,)
    values: list                   # (N,)
    said: str                      # under the list
    scale: str                     # what light and outlines mean
    marked: tuple = ()             # places of the list with a check mark: the truth
    word: int | None = None        # chosen word of the caption
    full: float | None = None      # weight of full light; None: the most that falls anywhere
    human: tuple = ()              # (B, 4) boxes that people have drawn for the word's phrase


@draw.look()
def attention(e: Explanation, word: int | str | None = None, top: int = 3, heat: bool = False, believed: str = "",
              note: str = "") -> Figure:
    """Where one word looks: the photo lit by its attention, the caption underlined by what each word adds, the numbers.

    `word` is a position or a word of the caption; by default the one that adds most.  `top` regions are outlined, the first
    few numbered.  `heat=True` puts the words-by-regions heat map underneath; `believed` says how far it can be trusted, `note`
    what is odd.  A model without attention is said so.
    """
    if e.attention is None:
        return plain_sheet(e, note or no_attention(e))
    word = best_word(e) if word is None else e.word(word)
    weights = e.attention[word]
    words_look = e.direction != "i-t"
    shown = light(weights, float(weights.max())) if words_look else weights / max(weights.max(), 1e-12)
    order = [int(r) for r in np.argsort(-weights, kind="stable")[:top] if shown[r] > 0]
    tags = {r: (shown[r], f"{r}: {wording.significant(weights[r], False)}" if n < NUMBERED else "") for n, r in enumerate(order)}
    most = f"none where it is even, full at the largest or at {FULL} times even" if words_look else BRIGHTEST
    scale = f"Light: attention, {most}; outlined: the {top} strongest regions."
    below = " ".join(filter(None, (note, sentences.pointed(e), believed)))
    drawn = of_word(e, word, weights, tags, sentences.attention(e, word), scale, 1.0 if words_look else None, light=shown)
    return lit(e, drawn, below, heat="attention" if heat else "")


def of_word(e: Explanation, word: int | None, weights, regions: dict, said: str, scale: str, full: float | None = None,
            title: str = "", light=None) -> Lit:
    """The light of one word, or of all together (None), with the list of its weights (R,); the others as in Lit.  Its `light` is
    the weights' own where none is given."""
    listed = np.argsort(-np.abs(weights), kind="stable")[:min(max(len(regions), 6), LISTED)]
    true = e.truth[word] if e.truth is not None and word is not None else ()
    verb = "looks at" if e.direction != "i-t" else "is looked at by"
    names, marked = [e.short_name(r) for r in listed], tuple(n for n, r in enumerate(listed) if r in true)
    title = title or f"“{e.words[word]}” {verb}"
    return Lit(weights if light is None else light, regions, title, names, weights[listed], said, scale, marked, word, full)


@draw.look()
def lit(e: Explanation, shown: Lit, below: str = "", *, heat: str = "", headline: str = "", words=(), regions=(),
        under=()) -> Figure:
    """The sheet of a lit pair.

    below           what has to be known about it, below the photo
    heat            "attention" or another quantity of the record, to put its heat map underneath; one of more than MANY words
                    would be longer than a screen, and `words_by_regions` draws it alone
    headline        in place of the score and rank of the record
    words, regions  left out: struck through and hatched
    under           (W,) small texts under the words; () for none
    """
    gone, heat = "Struck through or hatched: left out." if len(words) + len(regions) else "", heat if len(e.words) <= MANY else ""
    scale = shown.scale if e.boxes is not None else "Without boxes no region can be lit."
    high, known = 0.19 * len(e.words), " ".join(filter(None, (scale, _marks(e, shown), gone, e.unsure)))
    column = 0.45 + 0.2 * len(shown.names) + _tall(shown.said, 8.8, 3.0)
    tall, grey = _tall(below, 8.8), _tall(known, 7.5)
    sheet = pair_sheet(e, shown.word, e.word_part, extra=0.15 + tall + grey + (high + 1.15 if heat else 0.0), column=column,
                       under=under, struck=words)
    if headline:
        sheet.figure.texts[0].remove()
        draw.headline(sheet.figure, headline)
    _light(sheet.photo, e, shown, regions)
    column = sheet._replace(rest=sheet.rest - 0.2)                     # room for numbers of many digits
    end = listing(column, shown.title, shown.names, shown.values, sheet.top, shown.marked, number=None)
    write(sheet, shown.said, end)
    _across(sheet, sheet.below + 0.12, known, 7.5, colours.MUTED)
    _across(sheet, sheet.below + 0.12 + grey, below, 8.8, colours.DARK)
    if heat:
        _heat(sheet.figure, e, heat, sheet.below + 0.4 + grey + tall, high, shown.word)
    return sheet.figure


def _tall(text: str, size: float, wide: float = WIDTH - 2 * EDGE) -> float:
    """Height of a paragraph of so many inches' width, in inches."""
    return len(broken(text, size, wide * 72)) * size * 1.35 / 72 + 0.08 if text else 0.0


def _across(sheet, top: float, text: str, size: float, colour: str):
    """A paragraph of the sheet's width from `top` inches down; nothing for no text."""
    if text:
        draw.paragraph(draw.panel(sheet.figure, EDGE, top, WIDTH - 2 * EDGE, _tall(text, size)), text, size, colour)


def _marks(e: Explanation, shown: Lit) -> str:
    """What underlines and check marks mean."""
    parts, told = e.word_part, []
    if parts is not None:
        takes = ", orange and broken: what it takes" if (parts < 0).any() else ""
        told.append(f"Underline of a word: what it adds to the local score{takes}.")
    if shown.marked:
        told.append("✓: the truth.")
    if len(shown.human):
        told.append("Yellow, dotted: the box that people have drawn.")
    return " ".join(told)


def _light(ax, e: Explanation, shown: Lit, hidden):
    """Light, outlines, numbers, and the boxes that were left out."""
    if e.boxes is None:
        return
    draw.spotlight(ax, e.boxes, shown.weights, full=shown.full)
    for adds, colour, dash in ((False, TAKES, "--"), (True, "white", "-")):
        some = [r for r, (strength, _) in shown.regions.items() if (strength >= 0) == adds][::-1]
        draw.boxes(ax, e.boxes[some], 1.0 + 2.4 * np.abs([shown.regions[r][0] for r in some]).clip(0, 1), colour, dash)
    draw.boxes(ax, np.reshape(shown.human, (-1, 4)), 1.8, HIGHLIGHT, (0, (2, 1.4)))
    for x1, y1, x2, y2 in e.boxes[list(hidden)]:
        ax.add_patch(Rectangle((x1, y1), x2 - x1, y2 - y1, fill=False, edgecolor=colours.MINUS, hatch="///", linewidth=1.4,
                               zorder=3))
    tags = [(r, tag) for r, (_, tag) in shown.regions.items() if tag]
    draw.tags(ax, e.boxes[[r for r, _ in tags]], [tag for _, tag in tags], lit=e.boxes[[*shown.regions]])


@draw.look()
def words_by_regions(e: Explanation, quantity: str = "attention") -> Figure:
    """The heat map for papers, words down and regions across: "attention", "cosine" or "contribution"; dots are the truth."""
    if quantity not in QUANTITIES:
        raise unknown("quantity", quantity, QUANTITIES)
    if getattr(e, quantity) is None:
        return plain_sheet(e, no_attention(e))
    high = 0.24 * len(e.words)
    figure = draw.sheet(WIDTH, high + 1.65)
    draw.headline(figure, f"{QUANTITIES[quantity].capitalize()}: “{wording.cut(e.text, 60)}” on {wording.cut(e.image_id, 24)}")
    _heat(figure, e, quantity, 0.65, high)
    draw.footer(figure, sentences.footer(e))
    return figure


def _heat(figure, e, quantity, top, high, chosen=None):
    """The matrix of a pair with its colour bar, at `top` inches; over it what its marks mean, under it the regions."""
    matrix = getattr(e, quantity)
    named = e.labels is not None and any(e.labels)
    columns = [e.short_name(r) if named and matrix.shape[1] <= 40 else str(r) for r in range(matrix.shape[1])]
    marked = [(w, r) for w, regions in enumerate(e.truth or ()) for r in regions]
    columns = [draw.shortened(column, 7, 54) for column in columns]
    ax = draw.panel(figure, 1.1, top, WIDTH - 2.1, high)
    draw.heat(ax, matrix, e.words, columns, quantity != "attention", chosen=chosen, marked=marked)
    ax.tick_params(axis="x", labelrotation=90 if named else 0, labelsize=7)
    marks = filter(None, ("White dots: the truth." if marked else "", "Framed: the chosen word." if chosen is not None else ""))
    if legend := " ".join(marks):
        draw.paragraph(draw.panel(figure, 1.1, top - 0.2, WIDTH - 2.1, 0.18), legend, 7.5, colour=colours.MUTED)
    side = draw.panel(figure, WIDTH - 0.75, top, 0.13, min(high, 1.8))
    draw.colour_bar(side, QUANTITIES[quantity], matrix, signed=quantity != "attention", vertical=True)


@draw.look()
def contributions(e, other=None) -> Figure:
    """Each word's part of the local score, as bars; with `other`, the same text on another image, side by side."""
    shown = [e] if other is None else [e, other]
    if any(x.contribution is None for x in shown):
        return plain_sheet(e, no_attention(e))
    high = 0.2 * len(e.words)
    figure = draw.sheet(WIDTH, high + 1.4)
    draw.headline(figure, "What each word adds to the local score" + ("" if e.exact else " (softmax shares, approximate)"))
    parts = np.concatenate([x.word_part for x in shown])
    for n, x in enumerate(shown):
        wide = (WIDTH - 2 * EDGE) / len(shown)
        ax = draw.panel(figure, EDGE + n * wide + 0.9, 0.8, wide - 1.1, high)
        draw.bars(ax, x.words, x.word_part, number="%+.3f", span=(min(parts.min(), 0), parts.max()))
        ax.set_title(draw.shortened(f"{x.image_id}: local {x.score_local:.3f}", 10, (wide - 1.1) * 64))
    draw.footer(figure, sentences.footer(e))
    return figure
