"""Figures of the relation graph: on the photo with what cutting does, and as a matrix.  Explanation in, Figure out."""
import numpy as np
from matplotlib.figure import Figure

from vsrlab import colours, draw, sentences, wording
from vsrlab.draw.bands import band, scatter
from vsrlab.draw.text import broken
from vsrlab.errors import Problem
from vsrlab.explain.choosing import moved, strongest
from vsrlab.explain.lacks import no_relations
from vsrlab.explain.reasoning import Against, distances, overlaps
from vsrlab.explain.record import Explanation
from vsrlab.figures.layout import EDGE, WIDTH, Sheet, beside, listing, pair_sheet, plain_sheet, write

TITLES = {"sentence": "adds to score", "affinity": "affinity", "effect": "adds to score", "difference": "change"}
LISTED, READ, PANELS = 9, 4, 1.95
WEIGHT, CHANGE, HEAD = 0.68, 0.72, 0.55        # columns of numbers beside the bars of the listing, and its head, inches


@draw.look()
def relation_sheet(e: Explanation, layer: int, edges, weights, most: float, text: str, at, region: int | None = None,
                   quantity: str = "affinity", photo: bool = True, cut=None, against: Against | None = None, named=None,
                   read=None) -> Figure:
    """The graph of a layer: edges [(reader, read), ...] with weights (E,), and under it what can be said about them.

    at       (R, 2) places of the nodes, fractions of the photo or, without `photo`, of an empty field
    cut      (E,) what the score does when each of the edges is cut, written out; None without a model to run
    against  the strongest relations cut together and as many at random
    named    {region: word of the sentence};  read  (R,) how much all others read each region, against the most
    """
    words = len(broken(text, 8.8, (WIDTH - 2 * EDGE) * 72)) * 8.8 * 1.35 / 72 + 0.1
    sheet = pair_sheet(e, column=0.72 + 0.2 * (LISTED + READ), extra=PANELS + words + 0.35)
    _graph(sheet.photo, e, edges, weights, most, region, np.asarray(at), photo, named or {}, read)
    end = _listing(sheet, e, edges, weights, f"layer {layer + 1} of {len(e.affinity)}", TITLES[quantity], cut)
    _read(sheet, e, layer, end)
    draw.paragraph(draw.panel(sheet.figure, EDGE, sheet.below + 0.15, WIDTH - 2 * EDGE, words), text, 8.8)
    panels = [draw.panel(sheet.figure, left, sheet.below + words + 0.5, wide, PANELS - 0.75)
              for left, wide in ((0.8, 2.1), (3.75, 1.5), (6.4, 2.1))]
    _against(panels[0], against)
    _moved(panels[1], e, layer)
    _geometry(panels[2], e, layer)
    return sheet.figure


def _graph(ax, e, edges, weights, most, region, at, photo, named, read):
    """Nodes and arrows; a line leads from a node that had to make room to the middle of its box; a ring: how much it is read."""
    linked = sorted({r for edge in edges for r in edge} | {*named})
    if read is not None:
        for r in linked:
            ax.plot(*at[r], "o", markersize=9 + 16 * float(read[r]), markerfacecolor="none", markeredgecolor=colours.DARK,
                    alpha=0.6, zorder=3)
    if named:
        draw.labels(ax, at[[*named]], [*named.values()])
    draw.dim(ax, 0.4 if photo else 1.0)
    if photo and e.boxes is not None:
        draw.boxes(ax, e.boxes[linked], 0.6, alpha=0.45)
        middle = (e.boxes[:, :2] + e.boxes[:, 2:]) / 2
        for r in linked:
            ax.plot(*zip(at[r], middle[r]), color=colours.DARK, linewidth=0.7, zorder=3)
    draw.relations(ax, np.concatenate([at, at], 1), edges, weights, 1.6 * most, region, node=7.5)     # thinner: there are many


def _listing(sheet: Sheet, e, edges, weights, title, quantity, cut) -> float:
    """The first edges by name, with a bar and a number each, and what the score does when it is cut; -> where it ends."""
    edges, weights = edges[:LISTED], np.asarray(weights)[:LISTED]
    indent = max(1.5, min(0.4 * sheet.rest, 2.2))           # beside a tall photo there is room for long names
    names = [draw.shortened(f"{e.short_name(a)} → {e.short_name(b)}", 7.5, (indent - 0.1) * 72) for a, b in edges]
    panel = lambda left, top, wide: draw.panel(sheet.figure, sheet.side + left, sheet.top + top, wide, 0.25)
    draw.paragraph(panel(0, 0, sheet.rest), f"{title}: who reads → whom", 9.5, weight="bold")
    if not edges:
        draw.paragraph(panel(0, 0.3, sheet.rest), "nothing to draw")
        return sheet.top + 0.65
    wide, high = sheet.rest - indent - WEIGHT - (0.0 if cut is None else CHANGE), 0.2 * len(edges)
    draw.paragraph(panel(indent, HEAD - 0.19, wide + WEIGHT), quantity, 8, colour=colours.MUTED)
    ax = draw.panel(sheet.figure, sheet.side + indent, sheet.top + HEAD, wide, high)
    draw.bars(ax, names, weights, size=7.5)
    beside(ax, weights)
    if cut is not None:
        left = indent + wide + WEIGHT
        what = "when cut" if cut and cut[0].endswith("%") else "change when cut"
        draw.paragraph(panel(left, HEAD - 0.34, CHANGE), what, 8, colour=colours.MUTED)
        for n, said in enumerate(cut[:LISTED]):
            draw.paragraph(panel(left, HEAD + 0.04 + 0.2 * n, CHANGE), said, 7.5)
    return sheet.top + HEAD + high + 0.15


def _read(sheet: Sheet, e, layer, top):
    """The regions that the others read most: hubs."""
    size = np.abs(np.asarray(e.affinity[layer], float))
    np.fill_diagonal(size, 0.0)
    order = np.argsort(-size.sum(0), kind="stable")[:READ]
    listing(sheet, "read most (sum of sizes)", [e.short_name(r) for r in order], size.sum(0)[order], top, indent=1.35, number=None)


def _against(ax, a: Against | None):
    """Change of the score when the k strongest relations are cut, and when as many random ones are."""
    ax.set_title("the strongest cut; grey: at random", fontsize=8.5, loc="left", x=-0.2)
    if a is None:
        return _empty(ax, "needs the model: the record is from a file")
    x = np.arange(len(a.counts))
    band(ax, x, a.random.change, a.strongest.change)
    ax.set_xticks(x, a.counts)
    ax.set_xlabel("relations cut", fontsize=8)
    ax.set_ylabel("change of score", fontsize=8)
    low, high = ax.get_ylim()
    ax.set_ylim(min(low, -wording.NOISE), max(high, wording.NOISE))        # rounding is not blown up to a finding
    ax.tick_params(labelsize=7.5)


def _moved(ax, e, layer):
    ax.set_title("moved most (1 − cosine)", fontsize=8.5, loc="left", x=-0.3)
    if e.layers is None:
        return _empty(ax, "the record has no layers")
    turn = moved(np.asarray(e.layers, float))[layer]
    order = np.argsort(-turn, kind="stable")[:6]
    draw.bars(ax, [draw.shortened(e.short_name(r), 7.5, 52) for r in order], turn[order], size=7.5)
    beside(ax, turn[order], False)


def _geometry(ax, e, layer):
    ax.set_title("is it geometry? size of affinity", fontsize=8.5, loc="left", x=-0.2)
    if e.boxes is None:
        return _empty(ax, "the corpus has no boxes")
    other = ~np.eye(e.regions, dtype=bool)
    size, far = np.abs(np.asarray(e.affinity[layer], float))[other], distances(e.boxes, e.size)[other]
    scatter(ax, far, size, (overlaps(e.boxes)[other] > 0).astype(int), ("apart", "overlapping"))
    ax.set(ylim=(0, size.max() * 1.3 or 1))
    ax.set_xlabel("distance, widths of the photo", fontsize=8)
    ax.tick_params(labelsize=7.5)
    ax.legend(fontsize=7, frameon=False, loc="upper center", ncols=2, handletextpad=0.2, borderpad=0)


def _empty(ax, why):
    ax.set_axis_off()
    ax.text(0.5, 0.5, why, ha="center", va="center", color=colours.MUTED, fontsize=8, transform=ax.transAxes)


@draw.look()
def matrix_sheet(e: Explanation, weights, name: str) -> Figure:
    """Relations (R, R) as a matrix: rows read columns; a region's relation to itself is left out."""
    many, cell = len(weights) > 20, 0.17 if len(weights) > 12 else 0.3
    names = [draw.shortened(e.short_name(r), 7, 66) for r in range(len(weights))]
    side = max(cell * len(weights), 1.6)
    figure = draw.sheet(max(side + 2.4, 5.6), side + 2.0)
    draw.headline(figure, f"Relations of {name}: {wording.cut(e.image_id, 40)}")
    ax = draw.panel(figure, 1.2, 0.5, side, side)
    draw.heat(ax, weights, names, names, signed=True)
    ax.tick_params(axis="x", labelrotation=90, labelsize=6 if many else 7.5)
    ax.tick_params(axis="y", labelsize=6 if many else 7.5)
    ax.set_ylabel("reads", fontsize=8)
    ax.set_xlabel("is read", fontsize=8)
    bar = draw.panel(figure, 1.4 + side, 0.5, 0.13, min(side, 1.8))
    draw.colour_bar(bar, "affinity", weights, signed=True, vertical=True)
    draw.footer(figure, sentences.footer(e))
    return figure


@draw.look()
def relations(e: Explanation, layer: int = -1, region: int | None = None, each: int = 2, percentile: float = 95.0,
              most: int = 16) -> Figure:
    """The relation graph on the photo: who reads whom in one layer, with sign and size; `region` shows its own edges only.

    Every region's `each` strongest relations above the percentile of the layer are drawn, and no more than `most` of
    them, so that it stays readable.
    """
    if e.affinity is None:
        return plain_sheet(e, no_relations(e))
    layers, regions = e.affinity.shape[:2]
    if not -layers <= layer < layers or region is not None and not 0 <= region < regions:
        raise Problem(f"layer {layer}, region {region}: the model has layers 0 to {layers - 1} and regions 0 to {regions - 1}.")
    layer %= layers
    edges, weights = strongest(e.affinity[layer], each, percentile, region, most)
    sheet = pair_sheet(e, column=3.6)
    draw.dim(sheet.photo, 0.35)
    if e.boxes is not None:
        linked = sorted({r for edge in edges for r in edge})
        draw.boxes(sheet.photo, e.boxes[linked if len(linked) <= 8 else []], 0.6, alpha=0.45)
        draw.relations(sheet.photo, e.boxes, edges, weights, chosen=region, node=8.5 if len(linked) <= 14 else 7.0)
    names = [f"{e.short_name(a)} → {e.short_name(b)}" for a, b in edges[:8]]
    wide = max((draw.extent(name, 8)[0] for name in names), default=0) / 72 + 0.3
    title = f"layer {layer + 1} of {layers}: who reads whom, affinity"
    end = listing(sheet, title, names, weights[:8], sheet.top, indent=float(np.clip(wide, 1.35, sheet.rest - 1.0)),
                  number="%+.2f")
    write(sheet, "An arrow runs from the region that reads to the one it reads; orange and dashed is negative. "
          + sentences.relations(e, layer, region, most), end)
    return sheet.figure


@draw.look()
def reasoning(e: Explanation) -> Figure:
    """What happens inside, in numbers: how far each layer turns each region, and how much each region changes the memory."""
    if e.layers is None and e.memory is None:
        return plain_sheet(e, no_relations(e))
    rows = []
    if e.layers is not None:
        rows.append(("1 − cosine of a region before and after the layer",
                     {f"layer {n + 1}": turn for n, turn in enumerate(moved(np.asarray(e.layers, float)))}))
    if e.memory is not None:
        memory = np.asarray(e.memory, float)
        final = memory @ memory[-1] / np.maximum(np.linalg.norm(memory, axis=1) * np.linalg.norm(memory[-1]), 1e-12)
        series = {"cosine with the last memory": final}
        if e.gates is not None:
            series["update gate, mean"] = np.asarray(e.gates, float).mean(1)
        rows.append(("the memory after each region", series))
    figure = draw.sheet(WIDTH, 0.55 + 2.3 * len(rows))
    draw.headline(figure, f"Reasoning over the regions of {wording.cut(e.image_id, 40)}")
    for n, (title, series) in enumerate(rows):
        ax = draw.panel(figure, 0.6, 0.75 + 2.3 * n, WIDTH - 2.6, 1.45)
        draw.lines(ax, np.arange(len(next(iter(series.values())))), series)
        ax.set_title(title)
        ax.set_xlabel("region, in the order it is read")
    draw.footer(figure, sentences.footer(e))
    return figure
