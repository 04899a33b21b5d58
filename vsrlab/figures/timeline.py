"""Figure of the memory over the regions: what it believes step by step, in this order and in others."""
import numpy as np
from matplotlib.figure import Figure

from vsrlab import colours, draw, sentences, wording
from vsrlab.draw.bands import band, signed_bars
from vsrlab.draw.filmstrip import filmstrip
from vsrlab.draw.text import broken
from vsrlab.explain.reading import Bunching, Course, Rival, Shuffled
from vsrlab.explain.record import Explanation
from vsrlab.figures.layout import EDGE, WIDTH

LEFT, RIGHT = 0.75, 1.35                       # margins of the curves, inches: the names stand on the right
NUMBERS = 40                                   # of regions under their pictures, at most: more would touch


@draw.look()
def timeline_sheet(e: Explanation, course: Course, rival: Rival | None, text: str, shuffled: Shuffled | None = None,
                   bunching: Bunching | None = None, step: int | None = None) -> Figure:
    """Cosines of the memory with two captions after each step, the share it replaces, the regions, and the order's part.

    shuffled, bunching   other orders of reading; None for a record without its model
    step                 the step that is marked
    """
    words = len(broken(text, 8.8, (WIDTH - 2 * EDGE) * 72)) * 8.8 * 1.35 / 72 + 0.1
    figure = draw.sheet(WIDTH, 4.95 + words + (1.65 if bunching else 0.0))
    draw.headline(figure, f"Reading {wording.cut(e.image_id, 30)}: “{wording.cut(e.text, 60)}”")
    panel = lambda top, high: draw.panel(figure, LEFT, top, WIDTH - LEFT - RIGHT, high)
    _course(panel(0.6, 1.6), course, rival, shuffled, step)
    _ahead(panel(2.35, 0.6), course)
    _replaced(panel(3.1, 0.55), course)
    _regions(panel(3.68, 0.3), panel(3.98, 0.2), e, course.order)
    draw.paragraph(draw.panel(figure, EDGE, 4.35, WIDTH - 2 * EDGE, words), text, 8.8)
    if bunching:
        _order(figure, 4.85 + words, bunching)
    draw.footer(figure, sentences.footer(e))
    return figure


def _course(ax, course, rival, shuffled, step):
    x = np.arange(len(course.order))
    if shuffled is not None and len(x) > 1:
        band(ax, x, shuffled.cosine.T, zero=False)
    if np.isfinite(course.shown).all():
        ends = [("this caption", course.shown, colours.PLUS, "-")]
        if course.rival is not None:
            ends.append(("best right one" if rival.right else "best wrong one", course.rival, colours.MINUS, "--"))
        for n, (name, values, colour, dash) in enumerate(sorted(ends, key=lambda c: -c[1][-1])):
            ax.plot(x, values, dash, color=colour, linewidth=1.8)
            ax.text(1.01, 0.95 - 0.14 * n, name, transform=ax.transAxes, fontsize=8, color=colour, va="top")
    else:
        ax.text(0.5, 0.5, "needs the model: the record is from a file", ha="center", color=colours.MUTED, transform=ax.transAxes)
    if step is not None:
        ax.axvline(step, color=colours.DARK, linewidth=0.9, linestyle=(0, (1, 2)))
    ax.set(xlim=(-0.5, len(x) - 0.5), xticks=[])
    ax.set_ylabel("cosine with memory", fontsize=8)
    grey = "; grey: this caption in shuffled orders (90 %)" if shuffled else ""
    ax.set_title("the memory after each region" + grey, fontsize=9)


def _ahead(ax, course):
    """By how much the memory is nearer to this caption than to the other: the curves above may be too close to tell."""
    if course.rival is None:
        ax.set_axis_off()
        return
    ahead = course.shown - course.rival
    signed_bars(ax, ahead)
    ax.set(xlim=(-0.5, len(ahead) - 0.5), xticks=[])
    ax.set_ylabel("ahead", fontsize=8)
    ax.text(len(ahead) - 0.4, 0.5, "  this − the other", fontsize=7.5, va="center", color=colours.MUTED, transform=_beside(ax))


def _beside(ax):
    """x as data, y as a fraction of the axes."""
    return ax.get_xaxis_transform()


def _replaced(ax, course):
    values, name = (course.update, "change") if course.replaced is None else (course.replaced, "replaced")
    ax.bar(np.arange(len(values)), values, width=0.72, color=colours.PLUS)
    ax.set(xlim=(-0.5, len(values) - 0.5), xticks=[], ylim=(0, max(1.0, values.max())))
    ax.set_ylabel(name, fontsize=8)
    ax.text(len(values) - 0.4, 0.5, "  share of the memory\n  that a region replaces" if course.replaced is not None else
            "  length of the change", fontsize=7.5, va="center", color=colours.MUTED, transform=_beside(ax))


def _regions(film, names, e, order):
    """Pictures of the regions in the order of reading, and their numbers."""
    image = e.picture()
    if image is not None and e.boxes is not None:
        filmstrip(film, image, e.boxes[order])
    else:
        film.set_axis_off()
    names.set_axis_off()
    names.set(xlim=(-0.5, len(order) - 0.5), ylim=(0, 1))
    every = -(-len(order) // NUMBERS)
    for n, region in list(enumerate(order))[::every]:
        names.text(n, 0.95, str(region), ha="center", va="top", fontsize=7)
    names.text(len(order) - 0.4, 0.95, "  region, as read", fontsize=7.5, va="top", color=colours.MUTED)


def _order(figure, top, b: Bunching):
    """The effect of leaving a region out: by the step at which it stood, and by what it is."""
    wide = (WIDTH - LEFT - EDGE - 0.7) / 2
    most = max(b.position.max(), b.content.max()) * 1.08 or 1.0
    titles = (f"by position, whatever stands there (explains {100 * b.by_position:.0f} %)",
              f"by region, wherever it stands (explains {100 * b.by_content:.0f} %)")
    for n, (values, title) in enumerate(zip((b.position, b.content), titles)):
        ax = draw.panel(figure, LEFT + n * (wide + 0.7), top, wide, 0.85)
        first = 1 - n                                              # steps are counted from 1, regions from 0
        ax.bar(first + np.arange(len(values)), values, width=0.75, color=colours.PLUS)
        ax.set(xlim=(first - 0.6, first + len(values) - 0.4), ylim=(0, most))
        ax.set_title(title, fontsize=8.5)
        ax.set_xlabel("step" if n == 0 else "region", fontsize=8)
        ax.tick_params(labelsize=7)
    figure.axes[-2].set_ylabel("effect", fontsize=8)
