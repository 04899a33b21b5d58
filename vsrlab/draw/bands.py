"""A line on the band of what chance does, and a scatter with a sign."""
import numpy as np

from vsrlab.colours import CARD, DARK, MINUS, MUTED, PLUS

GREY = "#d9d9d3"


def band(ax, x, random, line=None, level=90.0, zero=True):
    """`line` (N,) over the middle `level` per cent of random ones (N, draws), with a level at zero; -> (the band, the line)."""
    low, high = np.percentile(random, [50 - level / 2, 50 + level / 2], axis=1)
    area = ax.fill_between(x, low, high, color=GREY, linewidth=0, zorder=1)
    drawn = None if line is None else ax.plot(x, line, color=PLUS, marker="o", markersize=3.2, zorder=3)[0]
    if zero:
        ax.axhline(0, color=MUTED, linewidth=0.8, linestyle=(0, (2, 2)), zorder=2)
    return area, drawn


def signed_bars(ax, values):
    """Bars of a signed quantity at 0, 1, ...: purple up, orange and hatched down; -> the bars."""
    colours = [PLUS if v >= 0 else MINUS for v in values]
    drawn = ax.bar(np.arange(len(values)), values, width=0.72, color=colours, edgecolor=CARD, linewidth=0)
    for bar, value in zip(drawn, values):
        bar.set_hatch("" if value >= 0 else "////")
    ax.axhline(0, color=MUTED, linewidth=0.8)
    return drawn


def scatter(ax, x, y, groups, names):
    """Points of a few groups (N,) of 0, 1, ...: filled circles, open triangles; -> one collection each."""
    marks = (("o", DARK, DARK), ("^", "none", PLUS))
    style = {"s": 11, "linewidths": 0.7, "alpha": 0.75}
    return [ax.scatter(x[groups == n], y[groups == n], marker=mark, facecolors=face, edgecolors=edge, label=name, **style)
            for n, (name, (mark, face, edge)) in enumerate(zip(names, marks)) if (groups == n).any()]
