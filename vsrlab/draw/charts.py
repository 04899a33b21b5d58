"""Charts: heat maps, bars, the score taken apart, curves, and colour bars that name their quantity."""
import numpy as np
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize, TwoSlopeNorm
from matplotlib.patches import Rectangle
from matplotlib.patheffects import Stroke

from vsrlab.colours import CARD, DARK, HIGHLIGHT, MINUS, MUTED, PLUS

MAGNITUDE, SIGNED = "cividis", "PuOr"


def scale(values, limit=None, signed=False):
    """(norm, colour map name) of a quantity: from zero up, or centred at zero when it has a sign."""
    top = float(limit if limit is not None else np.nanmax(np.abs(values), initial=0.0)) or 1.0
    return (TwoSlopeNorm(0.0, -top, top), SIGNED) if signed else (Normalize(0.0, top), MAGNITUDE)


def heat(ax, matrix, rows, columns, signed=False, limit=None, chosen=None, marked=(), number=False):
    """A matrix as a heat map, rows down and columns across, drawn by seaborn; -> its mesh.

    `chosen` row gets a frame; `marked` [(row, column), ...] are dots: the truth.
    """
    import seaborn
    norm, colours = scale(matrix, limit, signed)
    seaborn.heatmap(matrix, ax=ax, cmap=colours, norm=norm, cbar=False, linewidths=0.6, linecolor=CARD, annot=number, fmt=".2f",
                    annot_kws={"fontsize": 6.5}, xticklabels=columns, yticklabels=rows)
    for label in (*ax.get_xticklabels(), *ax.get_yticklabels()):
        label.set_parse_math(False)
    ax.tick_params(length=0)
    ax.set_yticklabels(ax.get_yticklabels(), rotation=0)
    for row, column in marked:
        ax.plot(column + 0.5, row + 0.5, "o", markersize=4.2, markerfacecolor="white", markeredgecolor="black", markeredgewidth=1)
    if chosen is not None:
        frame = Rectangle((0, chosen), matrix.shape[1], 1, fill=False, edgecolor=HIGHLIGHT, linewidth=1.6, clip_on=False, zorder=5)
        frame.set_path_effects([Stroke(linewidth=3.4, foreground=DARK), Stroke()])
        ax.add_patch(frame)
    return ax.collections[0]


def colour_bar(ax, quantity, values, limit=None, signed=False, vertical=False):
    """A colour bar that names its quantity and its range; -> the bar."""
    norm, colours = scale(values, limit, signed)
    bar = ax.figure.colorbar(ScalarMappable(norm, colours), cax=ax, orientation="vertical" if vertical else "horizontal",
                             ticks=[norm.vmin, 0, norm.vmax] if signed else [norm.vmin, norm.vmax], format="%.2g")
    bar.outline.set_visible(False)
    bar.ax.tick_params(length=0, labelsize=7.5)
    bar.set_label(quantity, fontsize=8, labelpad=-6 if not vertical else 2 if signed else -12)
    return bar


def bars(ax, names, values, marked=(), number="%.2f", size=8.5, span=(0.0, 0.0)):
    """Horizontal bars from the top down, each with its name and number; negative ones orange and hatched; -> the bars.

    `marked` bars get a check mark; `span` is the least range, so that two panels can share one scale.
    """
    values = np.asarray(values, float)
    drawn = ax.barh(np.arange(len(values)), values, height=0.62, color=[PLUS if v >= 0 else MINUS for v in values])
    for bar, v in zip(drawn, values):
        bar.set_hatch("" if v >= 0 else "////")
        bar.set_edgecolor(CARD)
    low, high = min(span[0], values.min(initial=0)), max(span[1], values.max(initial=0), 1e-9)
    room = 0.30 * (high - low)                                         # for the numbers
    ax.set(xlim=(low - room * (low < 0), high + room), ylim=(len(values) - 0.45, -0.55), xticks=[], yticks=range(len(values)))
    ax.set_yticklabels([f"{'✓ ' if n in marked else ''}{name}" for n, name in enumerate(names)], fontsize=size, parse_math=False)
    ax.tick_params(length=0)
    ax.spines[["bottom", "left"]].set_visible(False)
    ax.axvline(0, color="#8a8a8a", linewidth=0.8)
    for n, v in enumerate(values):
        ax.text(v, n, f" {number % v} ", va="center", ha="left" if v >= 0 else "right", fontsize=size, color=DARK)
    return drawn


def terms(ax, parts: dict, size=8.0, limit=None):
    """The score as one bar of its parts, {"2 × global": 0.62, "local": 0.34}; negative parts run to the left; -> the bars."""
    up = down = 0.0
    drawn = []
    shades = dict(zip(parts, (PLUS, "#b2abd2", "#d8daeb")))
    for name, value in parts.items():
        start = up if value >= 0 else down
        drawn += ax.barh([0], [value], left=[start], height=0.8, color=shades.get(name, MUTED), hatch="" if value >= 0 else "////",
                         edgecolor=CARD)
        up, down = (up + value, down) if value >= 0 else (up, down + value)
    ax.set(xlim=(min(down, 0), max(limit or 0, up, 1e-9)), ylim=(-0.5, 0.5), xticks=[], yticks=[])
    for side in ax.spines.values():
        side.set_visible(False)
    return drawn


def lines(ax, x, series: dict, best=None, chance=None, zero=False):
    """Curves {name: (N,)} over x, each named at its end as well as by colour and dash; -> the lines.

    `best` is a dotted upright, `chance` a dotted level.  `zero` starts the scale at zero, or goes by powers of ten where
    values differ fifty-fold, as the sum of hinges of a warm-up does from their maximum.
    """
    drawn, dashes = [], ("-", "--", "-.", (0, (1, 1)), (0, (5, 1, 1, 1)), (0, (8, 2)))
    for n, (name, y) in enumerate(series.items()):
        y = np.asarray(y, float)
        drawn += ax.plot(x, y, linestyle=dashes[n % len(dashes)], marker="o" if np.isfinite(y).sum() < 3 else "", label=name)
    finite = np.array([v for y in series.values() for v in y if np.isfinite(v)] or [0.0])
    if zero and finite.min() > 0 and finite.max() > 50 * finite.min():
        ax.set_yscale("log")
    elif zero:
        ax.set_ylim(bottom=0)
    _names_at_the_end(ax, x, {name: y[-1] for name, y in series.items()}, finite)
    for name, y in series.items():                                     # what ends earlier is named where it ends
        if len(known := np.flatnonzero(np.isfinite(np.asarray(y, float)))) and known[-1] < len(x) - 1:
            ax.annotate(name, (x[known[-1]], y[known[-1]]), xytext=(6, 0), textcoords="offset points", fontsize=8, va="center",
                        color=DARK)
    if best is not None:
        ax.axvline(best, color=DARK, linewidth=0.9, linestyle=(0, (1, 2)))
    if chance is not None:
        ax.axhline(chance, color=MUTED, linewidth=0.9, linestyle=(0, (1, 2)))
        ax.text(x[0], chance, f" chance {chance:.3g}", color=MUTED, fontsize=7, va="bottom")
    ax.grid(axis="y")
    return drawn


def _names_at_the_end(ax, x, ends: dict, finite):
    """Names beside the last points, pushed apart so that none covers another."""
    to, back = (np.log, np.exp) if ax.get_yscale() == "log" else (lambda v: v, lambda v: v)
    low, high = (0.0 if ax.get_yscale() != "log" and ax.get_ylim()[0] == 0 else to(finite.min())), to(finite.max())
    height = -np.inf
    for name in sorted((name for name in ends if np.isfinite(ends[name])), key=ends.get):
        height = max(to(ends[name]), height + 0.085 * ((high - low) or 1.0))
        ax.annotate(name, (x[-1], back(height)), xytext=(5, 0), textcoords="offset points", fontsize=8, va="center", color=DARK,
                    parse_math=False, annotation_clip=False)
