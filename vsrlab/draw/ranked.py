"""Rows in an order: bars with intervals and the points behind them, and points of value against cost; drawn by seaborn."""
import numpy as np

from vsrlab.colours import CARD, DARK, HIGHLIGHT, MUTED, PLUS


def ranked(ax, names, values, low, high, points, marked=(), level=None, size=8.0):
    """Horizontal bars from the top down with their 95 % intervals; `points` [(N,), ...] are the values each is the mean of.

    marked   rows drawn hatched and light, as they are of another kind      level    of chance, a dotted upright
    """
    import seaborn
    y = np.arange(len(names))
    seaborn.barplot(x=np.asarray(values, float), y=list(map(str, y)), ax=ax, color="#b2abd2", width=0.66, orient="h")
    for n, bar in enumerate(ax.patches):
        if n in marked:
            bar.set(hatch="////", facecolor="#d8daeb", edgecolor=CARD)
    gap = [np.maximum(np.asarray(values) - low, 0), np.maximum(np.asarray(high) - values, 0)]
    ax.errorbar(values, y, xerr=gap, fmt="none", ecolor=DARK, elinewidth=1.1, capsize=2.5)
    for n, found in enumerate(points):
        if len(found) > 1:
            ax.plot(found, np.full(len(found), n), "o", markersize=3.4, markerfacecolor="white", markeredgecolor=PLUS,
                    markeredgewidth=0.9, zorder=4)
    if level is not None:
        ax.axvline(level, color=MUTED, linewidth=0.9, linestyle=(0, (1, 2)))
    ax.set(yticks=y, ylim=(len(names) - 0.4, -0.6), xlabel="", ylabel="", xlim=(0, 1.16 * max(max(high), 1e-9)))
    ax.set_yticklabels(list(names), fontsize=size, parse_math=False)
    for n, (value, end) in enumerate(zip(values, high)):
        ax.text(end, n, f"  {value:.0f}", va="center", fontsize=size, color=DARK)
    ax.tick_params(axis="y", length=0)
    ax.grid(axis="x")
    return ax.patches


def against(ax, x, y, low, high, names, front=(), size=7.5):
    """Points with upright intervals over a cost on a scale of powers of ten, each with its name; those of `front` are filled.

    front    rows that no other beats in both: none is cheaper and better
    """
    import seaborn
    x, y = np.asarray(x, float), np.asarray(y, float)
    ax.errorbar(x, y, [np.maximum(y - low, 0), np.maximum(high - y, 0)], fmt="none", ecolor=MUTED, elinewidth=0.8, capsize=1.5)
    inside = [n in front for n in range(len(x))]
    seaborn.scatterplot(x=x, y=y, hue=inside, palette={True: HIGHLIGHT, False: CARD}, edgecolor=DARK, s=34, ax=ax, legend=False,
                        zorder=4)
    ax.set_xscale("log")
    left, right = ax.get_xlim()
    ax.set(xlim=(left, right * (right / left) ** 0.22), xlabel="", ylabel="")
    for axis in (ax.xaxis.set_major_formatter, ax.xaxis.set_minor_formatter):
        axis(lambda value, place: f"{value:g}" if f"{value:e}"[0] in "125" else "")
    ax.grid(True)
    _names(ax, x, y, names, size)
    return ax.collections


def _names(ax, x, y, names, size):
    """Names to the right of their points, moved up or down where one would cover another."""
    from vsrlab.draw.look import points
    wide, high = points(ax)
    (left, right), (bottom, top) = np.log(ax.get_xlim()), ax.get_ylim()
    place = lambda n: np.array([(np.log(x[n]) - left) / (right - left) * wide, (y[n] - bottom) / (top - bottom) * high])
    taken = []
    for n in np.argsort(y)[::-1]:
        at, length = place(n), 0.62 * size * len(str(names[n]))
        for shift in (0, -9, 9, -18, 18, -27, 27, -36, 36):
            spot = (at[0] + 6, at[1] + shift)
            if all(abs(spot[1] - t[1]) > size + 0.5 or spot[0] + length < t[0] or t[0] + t[2] < spot[0] for t in taken):
                break
        taken.append((*spot, length))
        ax.annotate(str(names[n]), (x[n], y[n]), xytext=(6, shift), textcoords="offset points", va="center", fontsize=size,
                    color=DARK, parse_math=False, annotation_clip=False,
                    arrowprops=dict(arrowstyle="-", color=MUTED, linewidth=0.5) if shift else None)


def dots(ax, names, values, low, high, whole, bold=(), faint=(), size=8.0):
    """A dot with its 95 % interval for each row, from the top down, and an upright at the value of the whole; -> the dots.

    bold  rows whose dots are filled and whose names are bold;  faint  rows that are grey
    """
    drawn = []
    for n, (value, start, end) in enumerate(zip(values, low, high)):
        colour = MUTED if n in faint else DARK
        if np.isfinite([value, start, end]).all():
            ax.plot((start, end), (n, n), color=colour, linewidth=1.4, alpha=0.5 if n in faint else 1, solid_capstyle="butt")
        drawn += ax.plot([value], [n], "o", markersize=6, markeredgecolor=colour, color=PLUS if n in bold else CARD,
                         alpha=0.6 if n in faint else 1, zorder=4)
    ax.axvline(whole, color=MUTED, linewidth=0.9, linestyle=(0, (4, 2)))
    ax.set(yticks=range(len(names)), ylim=(len(names) - 0.4, -0.6), xlabel="", ylabel="")
    for n, label in enumerate(ax.set_yticklabels(list(names), fontsize=size, parse_math=False)):
        label.set(color=MUTED if n in faint else DARK, weight="bold" if n in bold else "normal")
    ax.tick_params(axis="y", length=0)
    ax.grid(axis="x")
    return drawn
