"""Figures of belief: the curves of an explanation on the band of random orders, with its control; dot plots of many methods, and
of the answers of the pointing game."""
import numpy as np
from matplotlib.figure import Figure

from vsrlab import colours, draw, wording
from vsrlab.draw.bands import GREY
from vsrlab.draw.text import broken
from vsrlab.explain.belief import METHODS, Belief
from vsrlab.figures.layout import EDGE, WIDTH

HIGH = 1.55                # of the curves, inches
ROW, NAMES, SHARES = 0.3, 1.75, 2.1        # inches: of a method, of the names, of the shares beside
ANSWERS, PLACES = 1.65, 1.75               # inches: of the names of answers, of the words beside them


@draw.look()
def belief_sheet(b: Belief, text: str, names=(), title: str = "") -> Figure:
    """Deletion and insertion beside each other, the values of the explanation and of its control below, the verdict on top.

    names  of the P pieces, for the axis of the control; only as many as fit are written
    title  what is tested, in place of the method's name
    """
    said = len(broken(text, 8.8, (WIDTH - 2 * EDGE) * 72)) * 8.8 * 1.35 / 72 + 0.1
    control = b.control is not None and b.what != "edges"
    figure = draw.sheet(WIDTH, 0.45 + said + HIGH + 0.75 + 1.15 * control)
    title = title or f"{METHODS[b.method].capitalize()} of the {b.what}"
    draw.headline(figure, f"{title}: {b.mark}")
    draw.paragraph(draw.panel(figure, EDGE, 0.4, WIDTH - 2 * EDGE, said), text, 8.8)
    top = 0.65 + said
    curves = [("deletion: the strongest go first", b.deletion, b.random)]
    curves += [] if b.insertion is None else [("insertion: the strongest come first", b.insertion, b.random_insertion)]
    left = 1.1 if b.what == "edges" else 0.75                          # their margins differ in the sixth digit
    for n, (name, own, random) in enumerate(curves):
        _curve(draw.panel(figure, left + 4.2 * n, top, 3.6, HIGH), b, name, own, random)
    if control:
        _control(figure, b, top + HIGH + 0.75, names)
    return figure


def _curve(ax, b: Belief, title, own, random):
    """One's own curve over the middle 90 % of the random ones, with the pair as it is as a dotted level."""
    low, middle, high = np.percentile(random.margin, (5, 50, 95), axis=0)
    ax.fill_between(b.counts, low, high, color=GREY, linewidth=0)
    ax.plot(b.counts, middle, color=colours.MUTED, linewidth=1, linestyle="--")
    ax.plot(b.counts, own.margin, color=colours.PLUS, marker="o", markersize=3)
    ax.axhline(b.whole.margin, color=colours.DARK, linewidth=0.8, linestyle=(0, (1, 2)))
    ax.set_title(title, fontsize=8.5)
    ax.set_xlabel(f"{b.what} {'gone' if own is b.deletion else 'present'}, of {len(b.values)}; grey: random orders", fontsize=8)
    ax.set_ylabel(b.measure, fontsize=8)
    ax.ticklabel_format(axis="y", useOffset=False)
    ax.tick_params(labelsize=7.5)
    if b.what == "edges":
        ax.set_xscale("log", base=2)
        ax.set_xticks(b.counts, b.counts)


def _control(figure, b: Belief, top, names):
    """The same explanation by the trained model and under random weights, on one scale."""
    rows = np.stack([b.values, b.control])
    signed = bool((rows < 0).any())
    ax = draw.panel(figure, 1.25, top, WIDTH - 2.2 - EDGE, 0.5)
    draw.heat(ax, rows, ["trained", "random weights"], names if 0 < len(names) <= 24 else False, signed, float(np.abs(rows).max()))
    ax.tick_params(labelsize=7.5)
    ax.set_title(f"{METHODS[b.method]}, one scale for both; rank correlation {wording.signed(b.agreement)}", fontsize=8.5)
    draw.colour_bar(draw.panel(figure, WIDTH - 0.75, top, 0.12, 0.5), "", rows, float(np.abs(rows).max()), signed, vertical=True)



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


@draw.look()
def pointing(table, headline: str, said: str, foot: str, blind=()) -> Figure:
    """A table of `vl.pointing_game`, without its difference; `blind` are the rows that read no word, drawn grey."""
    wide = WIDTH - 2 * EDGE
    head = 0.22 * len(broken(headline, 10.5, wide * 72, "bold")) + 0.1
    told, high = 0.165 * len(broken(said, 8.5, wide * 72)) + 0.15, ROW * len(table) + 0.1
    figure = draw.sheet(WIDTH, 0.2 + head + told + 0.35 + high + 0.5 + 0.14 * len(broken(foot, 7, wide * 72)) + 0.1)
    figure.set_label(headline)
    draw.paragraph(draw.panel(figure, EDGE, 0.15, wide, head), headline, 10.5, weight="bold")
    draw.paragraph(draw.panel(figure, EDGE, 0.15 + head, wide, told), said, 8.5)
    top, values = 0.5 + head + told, lambda name: table[name].to_numpy(float)
    each = (wide - ANSWERS - PLACES - 0.25) / 2
    faint = [n for n, name in enumerate(table["model"]) if name in blind]
    columns = ((f"overlap of {table.attrs['least']:g} or more, %", "hit rate", "low", "high"),
               ("middle in the box, %", "centre", "centre low", "centre high"))
    for n, (title, *names) in enumerate(columns):
        ax = draw.panel(figure, EDGE + ANSWERS + n * (each + 0.25), top, each, high)
        rows = [draw.shortened(name, 8, ANSWERS * 72 - 10) for name in table["model"]] if n == 0 else [""] * len(table)
        draw.dots(ax, rows, *map(values, names), values(names[0])[0], bold=[0], faint=faint)
        ax.set(xlim=(0, 122), xticks=range(0, 101, 25))
        ax.set_xlabel(title, fontsize=8)
        for row, value in enumerate(values(names[0])):
            ax.text(121, row, f"{value:.0f}", ha="right", va="center", fontsize=7.5, color=colours.DARK)
    _within(figure, table, WIDTH - EDGE - PLACES + 0.15, top, high)
    draw.footer(figure, foot, lines=4)
    return figure


def _within(figure, table, left: float, top: float, high: float):
    """Beside the dots: how often an answer lies on its own place and on the other's of a caption."""
    draw.paragraph(draw.panel(figure, left, top - 0.25, PLACES, 0.2), "own place, the other's, %", 8, colours.MUTED)
    side = draw.panel(figure, left, top, PLACES - 0.15, high)
    side.set(ylim=(len(table) - 0.4, -0.6), xlim=(0, 1))
    side.set_axis_off()
    for n, (own, other, gap) in enumerate(zip(table["own"], table["other"], table["within"])):
        known = np.isfinite(gap)
        side.text(0, n, f"{own:.0f}, {other:.0f}: {gap:+.1f}".replace("-", "−") if known else "–", fontsize=8, va="center")
