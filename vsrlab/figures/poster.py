"""The qualitative figure of a paper: queries down, two models across, the first answers of each with right and wrong marks."""
from typing import NamedTuple

from matplotlib.figure import Figure

from vsrlab import colours, draw
from vsrlab.data.thumbnail import photo_of
from vsrlab.draw.text import broken
from vsrlab.figures.layout import EDGE
from vsrlab.wording import signed

WIDE, ASKED, BETWEEN = 11.0, 2.3, 0.3          # inches: the sheet, the column of the queries, the space between columns
TALL, LINE, LEAD = 1.9, 0.17, 0.19             # the most a photo may take; lines of a caption and of a sentence that asks
NOTE = 0.13                                    # a line of small letters


class PosterRow(NamedTuple):
    """One query: the Answers of each model, and why it was chosen."""
    answers: list
    why: str = ""


@draw.look()
def poster_sheet(rows: list, names: list, foot: str, k: int = 3, mixed: str = "") -> Figure:
    """Rows of queries; in the columns the first k answers of each model, and the rank of a right one that is not among them.

    mixed   ' with μ 0 (trained 2)' where the scores are weighed otherwise than the model learnt to
    """
    column = (WIDE - 2 * EDGE - ASKED - BETWEEN * len(names)) / len(names)
    highs = [_high(row, k, column) for row in rows]
    figure = draw.sheet(WIDE, 0.85 + sum(highs) + 0.2 + NOTE * len(broken(foot, 7, (WIDE - 2 * EDGE) * 72)))
    apart = ", near-duplicates folded" * any(_folds(found, k) for row in rows for found in row.answers)
    draw.headline(figure, f"{' and '.join(names)}: the first {k} answers{mixed}{apart}")
    for n, name in enumerate(names):
        draw.paragraph(draw.panel(figure, _left(n, column), 0.48, column, 0.25), name, 10.5, weight="bold")
    top = 0.85
    for letter, row, high in zip("abcdefghijklmnopqrstuvwxyz", rows, highs):
        draw.panel(figure, EDGE, top - 0.09, WIDE - 2 * EDGE, 0.001).set(xticks=[], yticks=[])
        _asked(figure, row, letter, top)
        for n, found in enumerate(row.answers):
            (_photos if found.query.side == "text" else _captions)(figure, found, _left(n, column), top, column, k)
        top += high
    draw.footer(figure, foot, lines=9)
    return figure


def _left(n, column) -> float:
    return EDGE + ASKED + BETWEEN + n * (column + BETWEEN)


def _high(row, k, column) -> float:
    corpus, query = row.answers[0].scored.corpus, row.answers[0].query
    why = 0.15 * len(broken(row.why, 7.5, ASKED * 72)) if row.why else 0
    if query.side == "image":
        across, down = photo_of(corpus, query.row).size or (4, 3)
        lines = max(_lines(found, column, k) for found in row.answers)
        return max(min(ASKED * down / across, TALL) + 0.22 + why, lines * LINE + k * 0.08 + 0.25) + 0.2
    under = 0.42 + NOTE * any(_folds(found, k) for found in row.answers)
    return max(LEAD * len(_letters("a", query.text)) + 0.1 + why, column / k * 0.75 + under) + 0.2


def _letters(letter, text) -> list:
    """The lines of a sentence that asks."""
    return broken(f"({letter}) “{text}”", 10, ASKED * 72, "bold")


def _shown(found, a, column) -> list:
    """The lines of a caption, three at most."""
    weight = "bold" if a.right else "normal"
    return draw.shortened(found.scored.corpus.texts[a.row], 9, (column - 0.6) * 72, 3, weight).split("\n")


def _lines(found, column, k) -> int:
    return sum(len(_shown(found, a, column)) + bool(a.folded) for a in found.first[:k])


def _folds(found, k) -> bool:
    """Does one of the first k answers stand for near-duplicates, so that ranks are left out?"""
    return any(a.folded for a in found.first[:k])


def folded(a) -> str:
    """'+2 near-duplicates', or nothing: what an answer stands for."""
    return f"+{len(a.folded)} near-duplicate{'s' * (len(a.folded) > 1)}" if a.folded else ""


def _asked(figure, row, letter, top):
    """The query, its letter, and why it was chosen."""
    corpus, query = row.answers[0].scored.corpus, row.answers[0].query
    if query.side == "image":
        photo = photo_of(corpus, query.row)
        across, down = photo.size or (4, 3)
        high = min(ASKED * down / across, TALL)
        ax = draw.panel(figure, EDGE, top, high * across / down, high)
        draw.photo(ax, photo.pixels(), photo.size, "no photo")
        draw.paragraph(draw.panel(figure, EDGE, top + high + 0.04, ASKED, 0.2), f"({letter}) {corpus.ids[query.row]}", 8)
        end = top + high + 0.22
    else:
        high = LEAD * len(_letters(letter, query.text))
        draw.paragraph(draw.panel(figure, EDGE, top, ASKED, high), f"({letter}) “{query.text}”", 10, weight="bold")
        end = top + high + 0.06
    draw.paragraph(draw.panel(figure, EDGE, end, ASKED, 0.6), row.why, 7.5, colours.MUTED)


def _photos(figure, found, left, top, column, k):
    wide = (column - 0.1 * (k - 1)) / k
    for n, a in enumerate(found.first[:k]):
        photo = photo_of(found.scored.corpus, a.row, 240)
        ax = draw.panel(figure, left + n * (wide + 0.1), top, wide, wide * 0.75)
        draw.photo(ax, photo.pixels(), photo.size, "no photo")
        if a.right is not None:
            draw.verdict(ax, a.right, 9)
        said = f"{a.rank + 1} · {signed(a.score, False, a.digits)}"
        draw.paragraph(draw.panel(figure, left + n * (wide + 0.1), top + wide * 0.75 + 0.05, wide, 0.16), said, 8)
        under = draw.panel(figure, left + n * (wide + 0.1), top + wide * 0.75 + 0.21, wide, NOTE)
        draw.paragraph(under, folded(a), 7, colours.MUTED)
    _beyond(figure, found, left, top + wide * 0.75 + 0.22 + NOTE * _folds(found, k), column, k)


def _captions(figure, found, left, top, column, k):
    for a in found.first[:k]:
        mark, colour, weight = ("✓", colours.RIGHT, "bold") if a.right else ("✗", colours.WRONG, "normal")
        draw.paragraph(draw.panel(figure, left, top, 0.3, 0.2), f"{a.rank + 1}", 9)
        draw.paragraph(draw.panel(figure, left + 0.22, top - 0.02, 0.3, 0.2), mark, 11, colour, "bold")
        for part in _shown(found, a, column):
            draw.paragraph(draw.panel(figure, left + 0.46, top, column - 0.46, 0.2), part, 9, weight=weight)
            top += LINE
        draw.paragraph(draw.panel(figure, left + 0.46, top, column - 0.46, NOTE), folded(a), 7, colours.MUTED)
        top += LINE * bool(a.folded) + 0.08
    _beyond(figure, found, left, top, column, k)


def _beyond(figure, found, left, top, column, k):
    """Where the right answer stands when it is not among the first k."""
    best = next(iter(found.truths), None)
    if best is not None and best not in found.first[:k]:
        said = f"… the right one stands at rank {best.rank + 1:,}"
        draw.paragraph(draw.panel(figure, left, top, column, 0.18), said, 8, colours.WRONG)
