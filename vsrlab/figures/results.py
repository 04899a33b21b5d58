"""Results as a picture: every recall with its interval and the level of chance, one model or several, and two compared."""
import numpy as np
from matplotlib.figure import Figure

from vsrlab import colours, draw, sentences
from vsrlab.draw.text import broken
from vsrlab.figures.layout import EDGE, WIDTH
from vsrlab.measure.ranks import AT
from vsrlab.wording import signed

MARKERS = "osD^vP*X"
SIDES = ((0.6, "text", "a photo looks for its captions"), (4.9, "image", "a sentence looks for its photo"))


@draw.look()
def results(*measured, title: str = "Retrieval") -> Figure:
    """Results of `evaluate`, side by side: recalls in per cent with 95 % intervals; the dotted mark is chance."""
    figure = draw.sheet(WIDTH, 3.15 + 0.16 * len(measured))
    draw.headline(figure, title)
    _recalls(figure, measured)
    _legend(figure, measured, 0.5)
    _source(figure, measured)
    return figure


@draw.look()
def comparison(c, title: str = "Two models") -> Figure:
    """A Comparison: the recalls of both, below them their differences, points of per cent, with 95 % intervals.

    A filled mark: one of the two is ahead (Holm); a hollow one: they cannot be told apart.  The words stand below.
    """
    words, size = sentences.comparison(c), 8.8
    high = len(broken(words, size, (WIDTH - 2 * EDGE) * 72)) * size * 1.35 / 72 + 0.1
    figure = draw.sheet(WIDTH, 5.3 + high)
    draw.headline(figure, title)
    _recalls(figure, (c.first, c.second))
    reach = 1.25 * max(abs(end) for name in c.holm for end in c.interval[name]) or 1.0
    for left, side, _ in SIDES:
        ax = draw.panel(figure, left, 2.95, 3.6, 1.3)
        for x, name in enumerate(f"{side} R@{k}" for k in AT):
            y, inside = c.difference[name], colours.DARK if c.ahead(name) else colours.CARD
            ax.errorbar(x, y, [[abs(y - end)] for end in c.interval[name]], fmt="o", markersize=6, capsize=3, linewidth=1.4,
                        color=colours.DARK, markerfacecolor=inside)
            ax.text(x + 0.12, y, signed(y, digits=1), va="center", fontsize=7.5)
        ax.axhline(0, color=colours.MUTED, linewidth=0.9)
        ax.set(xlim=(-0.5, len(AT) - 0.5), ylim=(-reach, reach), xticks=range(len(AT)), ylabel="difference, points")
        ax.set_xticklabels([f"R@{k}" for k in AT])
        ax.grid(axis="y")
    _legend(figure, (c.first, c.second), 0.5 + high)
    draw.paragraph(draw.panel(figure, EDGE, 4.9, WIDTH - 2 * EDGE, high), words, size)
    _source(figure, (c.first, c.second))
    return figure


def _recalls(figure, measured):
    """Two panels of recalls, a direction each."""
    for left, side, said in SIDES:
        ax = draw.panel(figure, left, 0.75, 3.6, 1.75)
        for n, result in enumerate(measured):
            _column(ax, result, side, n, len(measured))
        ax.set(xlim=(-0.5, len(AT) - 0.5), ylim=(0, 100), xticks=range(len(AT)), ylabel="per cent of queries")
        ax.set_xticklabels([f"R@{k}" for k in AT])
        ax.set_title(said)
        ax.grid(axis="y")


def _column(ax, result, side, n, many):
    """One model's three recalls, set beside those of the others."""
    names = [f"{side} R@{k}" for k in AT]
    x = np.arange(len(AT)) + (n - (many - 1) / 2) * min(0.22, 0.7 / many)
    value = np.array([result[name] for name in names])
    low, high = np.array([result.interval[name] for name in names]).T
    ax.errorbar(x, value, [np.maximum(value - low, 0), np.maximum(high - value, 0)], fmt=MARKERS[n % len(MARKERS)], markersize=6,
                capsize=3, linewidth=1.4)
    for at, name, top in zip(x, names, high):
        ax.text(at, min(top + 2, 96), f"{result[name]:.1f}{'*' * result.few(name)}", ha="center", va="bottom", fontsize=7.5)
    ax.plot(np.arange(len(AT)), [result.chance[name] for name in names], linestyle="", marker="_", markersize=18,
            color=colours.MUTED)


def _legend(figure, measured, bottom):
    """A line for each result, `bottom` inches from the lower edge: its mark, its name and its rsum."""
    across, down = figure.get_size_inches()
    for n, result in enumerate(measured):
        line = f"{MARKERS[n % len(MARKERS)]}".translate(str.maketrans("osD^vP*X", "●■◆▲▼✚★✖"))
        line += f"  {_name(result)}: rsum {result.with_interval('rsum')}, chance {result.chance['rsum']:.1f}"
        figure.text(0.6 / across, (bottom + 0.16 * (len(measured) - 1 - n)) / down, line, fontsize=8.5, parse_math=False)


def _source(figure, measured):
    who, how = measured[0].footer().split("; ", 1)
    draw.footer(figure, f"{who}; {how}" if len(measured) == 1 else how)


def _name(result) -> str:
    return " + ".join(model["run"] for model in result.stamp["models"])
