"""Hubs as a figure: ten photos with how often they are found, before and after; of captions a list of bars."""
import numpy as np
from matplotlib.figure import Figure

from vsrlab import colours, draw
from vsrlab.data.thumbnail import photo_of
from vsrlab.draw.text import broken
from vsrlab.figures.layout import EDGE, WIDTH

ACROSS = 5


@draw.look()
def hubs_sheet(scored, rows: list, side: str, title: str, text: str, foot: str) -> Figure:
    """rows [(row, name, N_k before, N_k after or None), ...]; side  "image": photos, "text": captions."""
    wide = WIDTH - 2 * EDGE
    said = 0.165 * len(broken(text, 8.5, wide * 72)) + 0.15
    below = 0.14 * len(broken(foot, 7, wide * 72)) + 0.2
    high = _photos_high(rows) if side == "image" else 0.24 * len(rows) + 0.1
    figure = draw.sheet(WIDTH, 0.5 + said + high + below)
    draw.headline(figure, title)
    draw.paragraph(draw.panel(figure, EDGE, 0.42, wide, said), text, 8.5)
    (_photos if side == "image" else _captions)(figure, scored, rows, 0.5 + said)
    draw.footer(figure, foot, lines=9)
    return figure


def counted(before: int, after: int | None) -> str:
    """'412 → 38', or the one number."""
    return f"{before:,}" if after is None else f"{before:,} → {after:,}"


def _photos_high(rows) -> float:
    return -(-len(rows) // ACROSS) * (_across() * 0.75 + 0.5)


def _across() -> float:
    return (WIDTH - 2 * EDGE - 0.15 * (ACROSS - 1)) / ACROSS


def _photos(figure, scored, rows, top):
    wide = _across()
    for n, (row, name, before, after) in enumerate(rows):
        left, at = EDGE + (n % ACROSS) * (wide + 0.15), top + (n // ACROSS) * (wide * 0.75 + 0.5)
        photo = photo_of(scored.corpus, row, 240)
        ax = draw.panel(figure, left, at, wide, wide * 0.75)
        draw.photo(ax, photo.pixels(), photo.size, "no photo")
        ax.set_anchor("N")
        draw.paragraph(draw.panel(figure, left, at + wide * 0.75 + 0.05, wide, 0.18), counted(before, after), 9, weight="bold")
        draw.paragraph(draw.panel(figure, left, at + wide * 0.75 + 0.22, wide, 0.16), draw.shortened(name, 7, wide * 72), 7,
                       colours.MUTED)


def _captions(figure, scored, rows, top):
    left = 5.2
    ax = draw.panel(figure, left, top, WIDTH - left - EDGE - 0.5, 0.24 * len(rows))
    names = [draw.shortened(f"{scored.texts[row]}", 8, (left - EDGE) * 72 - 14) for row, *_ in rows]
    draw.bars(ax, names, np.array([before for _, _, before, _ in rows], float), number="%.0f", size=8)
