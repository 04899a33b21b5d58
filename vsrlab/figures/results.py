"""Results as a picture: every recall with its interval and the level of chance, one model or several."""
import numpy as np
from matplotlib.figure import Figure

from vsrlab import colours, draw
from vsrlab.figures.layout import WIDTH
from vsrlab.measure.ranks import AT

MARKERS = "osD^vP*X"


@draw.look()
def results(*measured, title: str = "Retrieval") -> Figure:
    """Results of `evaluate`, side by side: recalls in per cent with 95 % intervals; the dotted mark is chance."""
    figure = draw.sheet(WIDTH, 3.15 + 0.16 * len(measured))
    draw.headline(figure, title)
    for left, side, said in ((0.6, "text", "a photo looks for its captions"), (4.9, "image", "a sentence looks for its photo")):
        ax = draw.panel(figure, left, 0.75, 3.6, 1.75)
        for n, result in enumerate(measured):
            _column(ax, result, side, n, len(measured))
        ax.set(xlim=(-0.5, len(AT) - 0.5), ylim=(0, 100), xticks=range(len(AT)), ylabel="per cent of queries")
        ax.set_xticklabels([f"R@{k}" for k in AT])
        ax.set_title(said)
        ax.grid(axis="y")
    across, down = figure.get_size_inches()
    for n, result in enumerate(measured):
        low, high = result.interval["rsum"]
        line = f"{MARKERS[n % len(MARKERS)]}".translate(str.maketrans("osD^vP*X", "●■◆▲▼✚★✖"))
        line += f"  {_name(result)}: rsum {result['rsum']:.1f} [{low:.1f}, {high:.1f}], chance {result.chance['rsum']:.1f}"
        figure.text(0.6 / across, (0.5 + 0.16 * (len(measured) - 1 - n)) / down, line, fontsize=8.5, parse_math=False)
    who, how = measured[0].footer().split("; ", 1)
    draw.footer(figure, f"{who}; {how}" if len(measured) == 1 else how)
    return figure


def _column(ax, result, side, n, many):
    """One model's three recalls, set beside those of the others."""
    names = [f"{side} R@{k}" for k in AT]
    x = np.arange(len(AT)) + (n - (many - 1) / 2) * min(0.22, 0.7 / many)
    value = np.array([result[name] for name in names])
    low, high = np.array([result.interval[name] for name in names]).T
    ax.errorbar(x, value, [value - low, high - value], fmt=MARKERS[n % len(MARKERS)], markersize=6, capsize=3, linewidth=1.4)
    for at, number, top in zip(x, value, high):
        ax.text(at, min(top + 2, 96), f"{number:.1f}", ha="center", va="bottom", fontsize=7.5)
    ax.plot(np.arange(len(AT)), [result.chance[name] for name in names], linestyle="", marker="_", markersize=18,
            color=colours.MUTED)


def _name(result) -> str:
    return " + ".join(model["run"] for model in result.stamp["models"])
