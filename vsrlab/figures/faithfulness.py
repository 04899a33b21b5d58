"""Which explanation can be believed, as a dot plot: a row a method, its two tests as two dots, chance as an upright."""
import numpy as np
from matplotlib.figure import Figure

from vsrlab import colours, draw
from vsrlab.draw.text import broken
from vsrlab.figures.layout import EDGE, WIDTH

ROW, NAMES, SHARES = 0.3, 1.75, 2.1        # inches: of a method, of the names, of the shares beside


@draw.look()
def faithfulness(table, headline: str, foot: str) -> Figure:
    """A table of `explain.faithfulness.faithfulness`, sorted as it is to be drawn; `headline` is the sentence over it."""
    wide = WIDTH - 2 * EDGE
    head, high = 0.22 * len(broken(headline, 10.5, wide * 72, "bold")) + 0.1, ROW * len(table) + 0.1
    figure = draw.sheet(WIDTH, 0.2 + head + 0.45 + high + 0.5 + 0.14 * len(broken(foot, 7, wide * 72)) + 0.1)
    figure.set_label(headline)
    draw.paragraph(draw.panel(figure, EDGE, 0.15, wide, head), headline, 10.5, weight="bold")
    top, values = 0.2 + head + 0.35, lambda name: table[name].to_numpy(float)
    ax = draw.panel(figure, EDGE + NAMES, top, wide - NAMES - SHARES, high)
    names = [draw.shortened(name, 8, NAMES * 72 - 10) for name in table["method"]]
    draw.dots(ax, names, values("beaten"), values("beaten low"), values("beaten high"), 50, bold=range(len(table)))
    rows = np.arange(len(table)) + 0.22
    ax.hlines(rows, values("insertion low"), values("insertion high"), color=colours.MINUS, linewidth=1.4)
    ax.plot(values("by insertion"), rows, "D", markersize=5, color=colours.CARD, markeredgecolor=colours.MINUS, zorder=5)
    ax.set(xlim=(0, 103))
    ax.set_xlabel("random orders beaten, % of them on average, with 95 % intervals; dashed: chance", fontsize=8)
    both = np.isfinite(values("by insertion")).any()
    said = "● deletion: the score falls faster" + "   ◇ insertion: it rises faster" * bool(both)
    draw.paragraph(draw.panel(figure, EDGE + NAMES, top - 0.25, wide - NAMES, 0.2), said, 8, colours.MUTED)
    left = WIDTH - EDGE - SHARES + 0.15
    draw.paragraph(draw.panel(figure, left, top - 0.25, SHARES, 0.2), "pairs that beat 90 % of them", 8, colours.MUTED)
    side = draw.panel(figure, left, top, SHARES - 0.15, high)
    side.set(ylim=ax.get_ylim(), xlim=(0, 1))
    side.set_axis_off()
    for n, (_, row) in enumerate(table.iterrows()):
        share = f"{row['better']:.0f} % [{row['low']:.0f}, {row['high']:.0f}]; by chance {row['chance']:.0f}"
        side.text(0, n, share, fontsize=8, va="center")
    draw.footer(figure, foot, lines=3)
    return figure
