"""Relations between regions on the photo: nodes at the middle of their boxes, curved arrows from reader to read."""
import numpy as np
from matplotlib.patches import FancyArrowPatch
from matplotlib.patheffects import Normal, Stroke

from vsrlab.colours import HIGHLIGHT, MINUS, PLUS
from vsrlab.draw.look import points


def relations(ax, boxes, edges, weights, most=None, chosen=None, node=8.5):
    """Edges [(reader, read), ...] with signed weights (E,) between the middles of boxes (R, 4); -> (arrows, nodes).

    Purple adds, orange and dashed takes away; width is the size of the weight against `most`.
    Regions without an edge are small dots.  Nodes that would cover each other are pushed apart.
    """
    middles = apart((boxes[:, :2] + boxes[:, 2:]) / 2, points(ax), 2.3 * node, sorted({r for e in edges for r in e}))
    most = most or max((abs(w) for w in weights), default=1.0) or 1.0
    order = np.argsort(np.abs(weights))                                # strong ones on top
    arrows = [_arrow(ax, middles[edges[e][0]], middles[edges[e][1]], weights[e], abs(weights[e]) / most, node) for e in order]
    linked = {r for e in edges for r in e}
    nodes = [_node(ax, middle, r, r in linked, r == chosen, node) for r, middle in enumerate(middles)]
    return arrows, nodes


def _arrow(ax, start, end, weight, size, node):
    thick = 1.0 + 3.2 * min(size, 1.0)
    arrow = FancyArrowPatch(start, end, arrowstyle=f"-|>,head_length={3.2 + thick},head_width={1.6 + thick * 0.7}",
                            mutation_scale=1, connectionstyle="arc3,rad=0.22", shrinkA=node, shrinkB=node + 1.5, linewidth=thick,
                            joinstyle="miter", color=PLUS if weight >= 0 else MINUS,
                            linestyle="-" if weight >= 0 else (0, (2.2, 1.4)), zorder=4)
    solid = {"dash_offset": 0, "dash_list": None}                      # the light border is never broken
    arrow.set_path_effects([Stroke(linewidth=thick + 2.4, foreground="white", alpha=0.9, dashes=solid), Normal()])
    return ax.add_patch(arrow)


def _node(ax, middle, region, linked, chosen, node):
    if not linked and not chosen:
        return ax.plot(*middle, "o", markersize=4, markerfacecolor="white", markeredgecolor="black", zorder=3)[0]
    dot = ax.plot(*middle, "o", markersize=2 * node, markerfacecolor=HIGHLIGHT if chosen else "white", markeredgecolor="black",
                  markeredgewidth=1.1, zorder=5)[0]
    ax.text(*middle, str(region), fontsize=node, ha="center", va="center", color="black", zorder=6, weight="bold")
    return dot


def apart(middles, size, least, which, steps=60):
    """Move the nodes `which` until no two are nearer than `least` points on axes of `size` points; the others stay."""
    scale = np.array(size, float)
    at = np.array(middles, float) * scale
    which = np.asarray(which, int)
    for _ in range(steps if len(which) > 1 else 0):
        gap = at[which][:, None] - at[which][None]                     # (N, N, 2)
        far = np.hypot(*gap.transpose(2, 0, 1))
        np.fill_diagonal(far, np.inf)
        close = far < least
        if not close.any():
            break
        turn = np.arange(len(which)) * 2.4                             # two nodes in one place part in different directions
        aside = np.stack([np.cos(turn), np.sin(turn)], -1)[:, None]
        way = np.where(far[..., None] > 1e-6, gap / np.maximum(far, 1e-6)[..., None], aside)
        at[which] += 0.5 * (way * np.where(close, least - far + 0.5, 0)[..., None]).sum(1)
        at[which] = np.clip(at[which], least / 2, scale - least / 2)
    return at / scale
