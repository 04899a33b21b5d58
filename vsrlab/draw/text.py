"""Text in pictures: a caption whose words carry weights, headlines, paragraphs, the grey line at the foot.

Text from data may hold dollar signs, so mathematics is never parsed.
"""
from functools import lru_cache

import numpy as np
from matplotlib.font_manager import FontProperties
from matplotlib.patches import FancyBboxPatch, Rectangle
from matplotlib.textpath import text_to_path

from vsrlab.colours import DARK, HIGHLIGHT, MINUS, MUTED, PLUS
from vsrlab.draw.fonts import unsaid
from vsrlab.draw.look import points
from vsrlab.wording import rtl


@lru_cache(maxsize=4096)
def extent(text: str, size: float, weight: str = "normal") -> tuple:
    """Width and height of a text in points, without drawing it; a little generous, for small letters are drawn wider."""
    with unsaid():                       # a sign without a font is told of when it is drawn
        wide, high, _ = text_to_path.get_text_width_height_descent(text, FontProperties(size=size, weight=weight), ismath=False)
    return wide * (1.05 if size < 9 else 1.02), high


def wrap(texts, size, width, gap=6.0):
    """Left edge and line of each text when they are set one after the other into `width` points: [(x, line), ...]."""
    x, line, places = 0.0, 0, []
    for text in texts:
        wide = extent(text, size)[0]
        if places and x + wide > width:
            x, line = 0.0, line + 1
        places.append((x, line))
        x += wide + gap
    return places


def lines_needed(texts, size, width) -> int:
    """How many lines `caption` will take in `width` points."""
    return wrap(texts, size, width)[-1][1] + 1 if len(texts) else 1


def caption(ax, words, weight=None, chosen=None, muted=(), struck=(), size=12.0, leading=2.1, under=()):
    """The words of a caption (W,), underlined as thickly as their weight (W,), signed; -> their texts.  Arabic runs to the left.

    `chosen` is highlighted, `muted` (markers) are grey, `struck` words are crossed out, `under` (W,) are small texts below them.  A
    negative weight is orange and broken.
    """
    ax.set_axis_off()
    wide, high = points(ax)
    ax.set(xlim=(0, wide), ylim=(high, 0))
    most = 0 if weight is None else np.abs(weight).max()
    drawn, back = [], rtl(" ".join(words[w] for w in range(len(words)) if w not in set(muted)))
    for w, (word, (x, line)) in enumerate(zip(words, wrap(words, size, wide))):
        length, y = extent(word, size)[0], size * (1.05 + leading * line)
        x = wide - x - length if back else x
        if w == chosen:
            ax.add_patch(FancyBboxPatch((x - 1, y - size * 0.92), length + 2, size * 1.24, boxstyle="round,pad=1.5",
                                        facecolor=HIGHLIGHT, edgecolor=DARK, linewidth=0.9, zorder=1))
        drawn.append(ax.text(x, y, word, fontsize=size, color=MUTED if w in muted else DARK, va="baseline", parse_math=False,
                             style="italic" if w in muted else "normal", zorder=3))
        if w in struck:
            ax.plot((x, x + length), (y - size * 0.3,) * 2, color=MINUS, linewidth=1.4, zorder=4)
        if len(under) and under[w]:
            ax.text(x + length / 2, y + size * 1.55, under[w], fontsize=0.62 * size, color=MUTED, ha="center", parse_math=False)
        if most > 0:
            _underline(ax, x, y + size * 0.5, length, 5.5 * weight[w] / most)
    return drawn


def _underline(ax, x, y, length, thick):
    """A bar `thick` points high under a word; broken in pieces when it takes away."""
    colour = PLUS if thick >= 0 else MINUS
    pieces = [(x, length)] if thick >= 0 else [(left, min(4.0, x + length - left)) for left in np.arange(x, x + length, 6.0)]
    for left, wide in pieces:
        ax.add_patch(Rectangle((left, y), wide, max(abs(thick), 0.35), facecolor=colour, edgecolor="none", zorder=2))


def paragraph(ax, text, size=9.0, colour=DARK, weight="normal", leading=1.35):
    """A text set into the width of the axes, from its top; -> the lines as texts."""
    ax.set_axis_off()
    wide, high = points(ax)
    ax.set(xlim=(0, wide), ylim=(high, 0))
    return [ax.text(0, size * (1 + leading * n), line, fontsize=size, color=colour, weight=weight, va="baseline", parse_math=False)
            for n, line in enumerate(broken(text, size, wide, weight))]


def broken(text, size, width, weight="normal") -> list:
    """The lines of a text set into `width` points."""
    lines = [""]
    for word in str(text).split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and extent(longer, size, weight)[0] > width:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


def shortened(text, size, width, lines=1, weight="normal") -> str:
    """A text cut to so many lines of `width` points, with an ellipsis when something was left out."""
    pieces = broken(text, size, width, weight)
    if len(pieces) <= lines and all(extent(p, size, weight)[0] <= width for p in pieces):
        return "\n".join(pieces)
    kept = pieces[:lines]
    while kept[-1] and extent(kept[-1] + " …", size, weight)[0] > width:
        kept[-1] = kept[-1][:-1].rstrip()
    return "\n".join([*kept[:-1], kept[-1] + " …"])


def headline(figure, text, top=0.12, left=0.2, size=11.0):
    """The title of a sheet, at so many inches from its upper left corner; whole, it is the alternative text of a bare Figure."""
    across, down = figure.get_size_inches()
    figure.set_label(text)
    text = shortened(text, size, (across - 2 * left) * 72, weight="bold")
    return figure.text(left / across, 1 - top / down, text, fontsize=size, weight="bold", va="top", parse_math=False)


def footer(figure, text, left=0.2, bottom=0.1, lines=2):
    """The grey line that says where the numbers come from."""
    across, down = figure.get_size_inches()
    text = shortened(text, 7, (across - 2 * left) * 72, lines)
    return figure.text(left / across, bottom / down, text, fontsize=7, color=MUTED, va="bottom", parse_math=False)
