"""A mixture of two matrices as a figure: rsum over mu, and what each of the two finds alone."""
import numpy as np
from matplotlib.figure import Figure

from vsrlab import draw
from vsrlab.draw.text import broken
from vsrlab.figures.layout import EDGE, WIDTH


@draw.look()
def mix_sheet(mus, rsum, chosen, cells: dict, title: str, text: str, foot: str) -> Figure:
    """mus, rsum (N,), mus[0] being 0;  chosen  mu or None;  cells {title: {name: count}}, a list of bars each."""
    wide, size = WIDTH - 2 * EDGE, 8.5
    said = 0.165 * len(broken(text, size, wide * 72)) + 0.15
    below = 0.14 * len(broken(foot, 7, wide * 72)) + 0.2
    figure = draw.sheet(WIDTH, 0.55 + said + 2.9 + below + 0.45)
    draw.headline(figure, title)
    draw.paragraph(draw.panel(figure, EDGE, 0.42, wide, said), text, size)
    top = 0.6 + said
    ax = draw.panel(figure, 0.75, top, 3.7, 2.7)
    draw.lines(ax, np.asarray(mus), {"": np.asarray(rsum)}, best=chosen)
    ax.set_xscale("symlog", linthresh=float(mus[1]))
    ax.set_xlim(0, float(mus[-1]))
    ax.set(xlabel="μ", ylabel="rsum, of 600")
    for n, (name, counts) in enumerate(cells.items()):
        at = top + n * 1.4
        draw.paragraph(draw.panel(figure, 5.0, at, 3.6, 0.2), name, 8.5, weight="bold")
        bars = draw.panel(figure, 6.6, at + 0.22, 1.6, 0.8)
        names = [draw.shortened(one, 8, 110) for one in counts]
        draw.bars(bars, names, np.array(list(counts.values()), float), number="%.0f", size=8)
    draw.footer(figure, foot, lines=9)
    return figure
