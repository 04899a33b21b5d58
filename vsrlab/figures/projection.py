"""Maps as figures: points in groups, pair lines, rings; and the regions of one image layer by layer."""
import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from vsrlab import draw
from vsrlab.colours import DARK, MUTED, PLUS
from vsrlab.draw.text import broken
from vsrlab.explain.record import Explanation
from vsrlab.figures.layout import EDGE, WIDTH, plain_sheet
from vsrlab.space import maps as project

MAP = 5.6                  # width and height of the map, inches
MARKERS = ("o", "^")       # images, captions


@draw.look()
def projection(places, is_text, groups, names, colours, text: str, *, title: str = "", pairs=(), chosen=None, new=(),
               photo=None, card: str = "", foot: str = "") -> Figure:
    """A map of points (N, 2): circles are images, triangles captions; `groups` (N,) choose the colour.

    pairs   (M, 2) points joined by a line       chosen  (2, 2) places of an image and a caption that are ringed and joined
    new     (M, 2) places of points that are not among them, drawn hollow
    photo, card   of the chosen pair, beside the map
    """
    figure = draw.sheet(WIDTH, MAP + 0.85)
    draw.headline(figure, title)
    ax = draw.panel(figure, EDGE, 0.5, MAP, MAP)
    scatter(ax, places, is_text, groups, colours)
    if len(pairs):
        ax.add_collection(LineCollection([places[list(p)] for p in pairs], colors=DARK, linewidths=0.7, alpha=0.6, zorder=2))
    if chosen is not None:
        ring = {"marker": "o", "markersize": 11, "markerfacecolor": "none"}
        ax.plot(*chosen.T, color=DARK, linewidth=1.6, zorder=5, **ring)
    for place in new:
        ax.plot(*place, "D", markersize=6.5, markerfacecolor="white", markeredgecolor=DARK, markeredgewidth=1.8, zorder=6)
    _beside(figure, is_text, groups, names, colours, text, photo, card)
    draw.footer(figure, foot)
    return figure


def scatter(ax, places, is_text, groups, colours, size: float | None = None) -> list:
    """One collection for each group of images and of captions; many points are small."""
    size = size or float(np.clip(16_000 / max(len(places), 1), 5, 30))
    drawn = []
    for group in np.unique(groups):
        for kind, marker in enumerate(MARKERS):
            some = (groups == group) & (is_text == kind)
            if some.any():
                style = {"marker": marker, "color": colours[group], "linewidths": 0, "alpha": 0.75, "zorder": 3}
                drawn.append(ax.scatter(*places[some].T, s=size, **style))
    ax.set(xticks=[], yticks=[])
    ax.spines[["top", "right"]].set_visible(True)
    ax.margins(0.04)
    ax.set_aspect("equal", adjustable="datalim")
    return drawn


def _beside(figure, is_text, groups, names, colours, text, photo, card):
    """Legend, what is said, and the chosen pair."""
    left, wide = EDGE + MAP + 0.25, WIDTH - MAP - 2 * EDGE - 0.25
    high = 0.2 * (len(names) + 1)
    ax = draw.panel(figure, left, 0.5, wide, high, frame=False)
    ax.set(xlim=(0, wide), ylim=(high, 0))
    lines = [("● images   ▲ captions", DARK)]
    for n, name in enumerate(names):
        here = groups == n
        lines.append((f"■ {name}: {int((here & ~is_text).sum()):,} ● {int((here & is_text).sum()):,} ▲", colours[n]))
    for n, (line, colour) in enumerate(lines):
        ax.text(0, 0.1 + 0.2 * n, line[0], color=colour, fontsize=8.5, va="center")
        ax.text(0.16, 0.1 + 0.2 * n, line[1:].strip(), color=DARK, fontsize=8.5, va="center", parse_math=False)
    top, tall = 0.6 + high, lambda said: len(broken(said, 8, wide * 72)) * 8 * 1.35 / 72 + 0.12
    free = MAP + 0.5 - top - tall(card) - tall(text)
    if photo is not None and free > 0.7:
        across = min(wide, (free - 0.1) * photo.shape[1] / photo.shape[0])
        draw.photo(draw.panel(figure, left, top, across, across * photo.shape[0] / photo.shape[1]), photo)
        top += across * photo.shape[0] / photo.shape[1] + 0.1
    for said in (card, text):
        draw.paragraph(draw.panel(figure, left, top, wide, tall(said)), said, 8)
        top += tall(said)


@draw.look()
def region_maps(e: Explanation) -> Figure:
    """The regions of one image before and after each layer, in the two main directions of all of them: one panel a stage."""
    if e.layers is None or len(e.layers) * e.regions < 4:
        return plain_sheet(e, f"{e.provenance.get('model', 'This model')} has no layers in which regions change.")
    stages, regions = np.asarray(e.layers).shape[:2]
    found = project.regions(e.layers)
    places = found.places.reshape(stages, regions, 2)
    wide = (WIDTH - 2 * EDGE - 0.12 * (stages - 1)) / stages
    figure = draw.sheet(WIDTH, 0.75 + wide + 0.6)
    draw.headline(figure, f"{e.image_id}: its regions, layer by layer")
    low, high = places.min((0, 1)), places.max((0, 1))
    pad = 0.08 * np.maximum(high - low, 1e-6)
    for n, stage in enumerate(places):
        ax = draw.panel(figure, EDGE + n * (wide + 0.12), 0.75, wide, wide)
        ax.set_title("as encoded" if n == 0 else f"after layer {n}", fontsize=8.5)
        if n:
            for a, b in zip(places[n - 1], stage):
                ax.plot(*zip(a, b), color=MUTED, linewidth=0.5, zorder=1)
        ax.scatter(*stage.T, s=12, color=PLUS, zorder=3)
        for r in _apart(places[-1]):
            left = stage[r][0] > (low[0] + high[0]) / 2
            ax.annotate(draw.shortened(e.short_name(r), 6.5, 60), stage[r], xytext=(-4 if left else 4, 0), zorder=4,
                        textcoords="offset points", ha="right" if left else "left", va="center", fontsize=6.5)
        ax.set(xlim=(low[0] - pad[0], high[0] + pad[0]), ylim=(low[1] - pad[1], high[1] + pad[1]), xticks=[], yticks=[])
    draw.footer(figure, f"PCA of all {stages} stages together, {100 * found.settings['variance']:.0f} % of their variance; "
                        "a grey line is the way from the stage before")
    return figure


def _apart(places, most: int = 4) -> list:
    """Points that lie far from each other: those whose names are written."""
    found = [int(np.linalg.norm(places - places.mean(0), axis=1).argmax())]
    while len(found) < min(most, len(places)):
        found.append(int(np.linalg.norm(places[:, None] - places[found], axis=-1).min(1).argmax()))
    return found


@draw.look()
def aligned(one, other, is_text, groups, colours, names=("before", "after")) -> Figure:
    """Two maps of the same points beside each other, the second turned, mirrored and scaled onto the first."""
    side = (WIDTH - 2 * EDGE - 0.3) / 2
    figure = draw.sheet(WIDTH, side + 0.9)
    laid = project.align(other, one)
    moved = np.linalg.norm(laid - one, axis=1) / max(np.linalg.norm(one - one.mean(0), axis=1).mean(), 1e-12)
    draw.headline(figure, f"Two maps, laid on each other: a point moves {moved.mean():.2f} of the mean distance from the middle")
    for n, (places, name) in enumerate(zip((one, laid), names)):
        ax = draw.panel(figure, EDGE + n * (side + 0.3), 0.7, side, side)
        ax.set_title(name, fontsize=9)
        scatter(ax, np.asarray(places), is_text, groups, colours)
    return figure
