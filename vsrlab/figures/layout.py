"""The sheet that every figure of a pair shares: score, caption, photo on the left, numbers on the right, provenance."""
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from vsrlab import draw, sentences, wording
from vsrlab.draw.text import broken, lines_needed
from vsrlab.explain.record import Explanation

WIDTH, EDGE = 8.8, 0.2                          # of every sheet and its margin, inches
PHOTO = (5.0, 4.3)                              # the most a photo may take
STRIP = 1.7                                     # the least height of a photo, inches: 160 pixels of a page
SIZE, LEADING = 12.0, 2.1                       # of the caption: points, and lines' distance in sizes


class Sheet(NamedTuple):
    """A sheet with its caption and photo drawn, and the places, in inches, that are left."""
    figure: Figure
    photo: Axes
    top: float          # upper edge of the photo
    side: float         # left edge of the column beside the photo
    rest: float         # width of that column
    below: float        # lower edge of photo and column


def pair_sheet(e: Explanation, chosen=None, weight=None, extra: float = 0.0, column: float = 3.2, under=(), struck=()) -> Sheet:
    """The caption with its chosen word and weights (W,), the photo, a column of at least `column` inches, `extra` inches below.

    under   (W,) what stands in small print under the words; () for nothing
    struck  places of the words that are crossed out
    """
    image = e.picture()
    across, down = e.size or ((image.shape[1], image.shape[0]) if image is not None else (4, 3))
    wide = min(PHOTO[0], PHOTO[1] * across / down)
    high = max(wide * down / across, STRIP)              # a strip is drawn taller than it is, and the frame says so
    rows = lines_needed(e.words, SIZE, (WIDTH - 2 * EDGE) * 72)
    leading = LEADING + 0.7 * (len(under) > 0)
    top = 0.55 + rows * SIZE * leading / 72
    below = top + max(high, column)
    figure = draw.sheet(WIDTH, below + extra + 0.35)
    draw.headline(figure, sentences.score(e) + f" · rank {e.image_rank + 1:,} of {e.gallery[0]:,} images")
    draw.caption(draw.panel(figure, EDGE, 0.5, WIDTH - 2 * EDGE, top - 0.5), e.words, weight, chosen, np.flatnonzero(e.markers),
                 struck, leading=leading, under=under)
    ax = draw.panel(figure, EDGE, top, wide, high)
    why = "no photo: boxes on an empty frame" if e.boxes is not None else "no photo and no boxes"
    draw.photo(ax, image, (across, down), why, fill=high == STRIP)
    if high == STRIP:
        ax.set_xlabel(f"{across / down:.0f} times as wide as high; drawn taller", fontsize=7, color=draw.MUTED, labelpad=2)
    draw.footer(figure, sentences.footer(e))
    side = EDGE + wide + 0.3
    return Sheet(figure, ax, top, side, WIDTH - side - EDGE, below)


def plain_sheet(e: Explanation, why: str) -> Figure:
    """The pair when the model has nothing of the kind that was asked for: the photo, its boxes, and the reason in words."""
    sheet = pair_sheet(e, column=2.0)
    if e.boxes is not None:
        draw.boxes(sheet.photo, e.boxes, 0.7, alpha=0.6)
    write(sheet, f"{why} {sentences.match(e)}", sheet.top)
    return sheet.figure


def write(sheet: Sheet, text: str, top: float, size: float = 8.8) -> float:
    """A paragraph in the column from `top` inches down; -> where it ends."""
    high = len(broken(text, size, sheet.rest * 72)) * size * 1.35 / 72 + 0.05
    draw.paragraph(draw.panel(sheet.figure, sheet.side, top, sheet.rest, high), text, size)
    return top + high


def listing(sheet: Sheet, title: str, names, values, top: float, marked=(), indent=1.15, number: str | None = "%.2f",
            span=(0.0, 0.0)) -> float:
    """A titled list of bars in the column from `top` inches down, their numbers at their ends; -> where it ends.

    number   how they are written; None writes two significant digits in a column beside the bars
    """
    names = [draw.shortened(name, 8, indent * 72 - 14) for name in names]
    draw.paragraph(draw.panel(sheet.figure, sheet.side, top, sheet.rest, 0.25), title, 9.5, weight="bold")
    high = 0.2 * max(len(names), 1)
    ax = draw.panel(sheet.figure, sheet.side + indent, top + 0.2, sheet.rest - indent - (0.0 if number else 0.5), high)
    draw.bars(ax, names, values, marked, number or "%.2f", 8, span)
    if number is None:
        beside(ax, values, False)
    return top + 0.2 + high + 0.15


def beside(ax, values, sign: bool = True):
    """The numbers of horizontal bars in a column beside them, where they meet neither bars nor names."""
    for text, value in zip(ax.texts, values):
        text.set(text=wording.significant(value, sign), x=1.04, horizontalalignment="left", transform=ax.get_yaxis_transform())
