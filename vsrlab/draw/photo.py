"""A photo and its regions: light where the weight is, double outlines that show on any background, numbered tags."""
import numpy as np
from matplotlib.patches import Rectangle
from matplotlib.patheffects import Normal, Stroke

from vsrlab.colours import MUTED, RIGHT, WRONG
from vsrlab.draw.look import points
from vsrlab.draw.places import outside
from vsrlab.draw.text import extent


def photo(ax, pixels=None, size=None, why="no photo", fill=False):
    """The photo (H, W, 3), or an empty frame of `size` (width, height) that says why; -> the image or the frame.

    fill  draw it as high as its axes, whatever its shape: for strips
    """
    width, height = (pixels.shape[1], pixels.shape[0]) if pixels is not None else (4, 3) if size is None else size
    width, height = points(ax) if fill else (width, height)
    ax.set(xlim=(0, 1), ylim=(1, 0), xticks=[], yticks=[])
    ax.set_aspect(height / width)
    for spine in ax.spines.values():
        spine.set_visible(False)
    if pixels is not None:
        return ax.imshow(pixels, extent=(0, 1, 1, 0), aspect=height / width, interpolation="bilinear", zorder=0)
    ax.text(0.015, 0.985, why, color=MUTED, va="bottom", fontsize=7.5, parse_math=False, zorder=2)
    return ax.add_patch(Rectangle((0, 0), 1, 1, facecolor="#ececea", edgecolor="#8a8a8a", zorder=0))


def dim(ax, strength=0.5, colour="white"):
    """A veil over the photo, so that what is drawn on it stands out."""
    return ax.add_patch(Rectangle((0, 0), 1, 1, facecolor=colour, edgecolor="none", alpha=strength, zorder=1))


def spotlight(ax, boxes, weight, strength=0.66, cells=240, full=None):
    """Light where the weight is: regions (R, 4) add their weight (R,), the rest of the photo goes dark.

    `full` is the weight of full light; None: the most that falls anywhere.
    """
    middle = (np.arange(cells) + 0.5) / cells
    across = (boxes[:, :1] <= middle) & (middle < boxes[:, 2:3])                      # (R, cells)
    down = (boxes[:, 1:2] <= middle) & (middle < boxes[:, 3:])
    light = np.einsum("r,ry,rx->yx", np.clip(weight, 0, None).astype(float), down, across)
    shade = np.zeros((cells, cells, 4))
    shade[..., 3] = strength * (1 - np.sqrt((light / max(full or light.max(), 1e-12)).clip(0, 1)))   # root: weak ones stay visible
    return ax.imshow(shade, extent=(0, 1, 1, 0), aspect=ax.get_aspect(), interpolation="bilinear", zorder=1)


def boxes(ax, boxes, width=1.6, colour="white", dash="-", alpha=1.0):
    """Boxes (R, 4) with a dark outline under a light one; `width` in points, one number or (R,); -> R patches."""
    drawn = []
    for (x1, y1, x2, y2), thick in zip(boxes, np.broadcast_to(width, len(boxes))):
        patch = Rectangle((x1, y1), x2 - x1, y2 - y1, fill=False, edgecolor=colour, linewidth=float(thick), linestyle=dash,
                          alpha=alpha, zorder=3)
        dark = float(thick) + min(2.2, 0.5 + float(thick))
        patch.set_path_effects([Stroke(linewidth=dark, foreground="black", alpha=0.85 * alpha), Stroke()])
        drawn.append(ax.add_patch(patch))
    return drawn


def tags(ax, boxes, texts, size=8, lit=None):
    """A small dark tag with white text for each box, outside of the `lit` boxes (N, 4; None: its own), with a line to its box where
    it lies apart; on the upper edge where there is no room, moved down where two would collide; -> texts."""
    wide, high = points(ax)
    taken, drawn = [], []
    card = {"boxstyle": "square,pad=0.22", "facecolor": "black", "alpha": 0.86, "edgecolor": "white", "linewidth": 0.6}
    for (x1, y1, x2, y2), text in zip(boxes, texts):
        w, h = (extent(text, size)[0] + 6) / wide, (size + 5) / high
        x, y = min(max(x1, 0), 1 - w), outside((x1, y1, x2, y2), (w, h), boxes if lit is None else lit, taken, (1.0, 1.0))
        if y is None:
            y = min(max(y1 - h, 0), 1 - h)
            while any(abs(x - a) < max(w, c) and abs(y - b) < h for a, b, c, _ in taken) and y + 2 * h <= 1:
                y += h / 4
        elif y + h < y1 - 0.01 or y > y2 + 0.01:
            at = x + min(w, 12 / wide) / 2
            ax.plot((at, at), (y + h, y1) if y + h < y1 else (y2, y), color="white", linewidth=1, zorder=5,
                    path_effects=[Stroke(linewidth=2.6, foreground="black"), Normal()])
        taken.append((x, y, w, h))
        drawn.append(ax.text(x + 3 / wide, y + h / 2, text, color="white", fontsize=size, va="center", zorder=6, bbox=card,
                             parse_math=False))
    return drawn


def labels(ax, at, texts, size=9):
    """Words beside points (N, 2), fractions of the photo, with a light edge and inside of the picture; -> texts."""
    wide, high = points(ax)
    drawn = []
    for (x, y), text in zip(at, texts):
        x = min(max(x + 9 / wide, 0.0), 1 - extent(text, size, "bold")[0] / wide)
        y = min(max(y - 9 / high, size / high), 1 - 2 / high)
        drawn.append(ax.text(x, y, text, fontsize=size, weight="bold", va="bottom", zorder=8, parse_math=False,
                             path_effects=[Stroke(linewidth=3, foreground="white"), Normal()]))
    return drawn


def verdict(ax, right: bool, size=10):
    """Right or wrong in three ways: check mark or cross, green or orange, whole or broken frame; -> (frame, mark)."""
    colour, dash = (RIGHT, "-") if right else (WRONG, (0, (3, 2)))
    frame = ax.add_patch(Rectangle((0, 0), 1, 1, fill=False, edgecolor=colour, linestyle=dash, linewidth=2.6, clip_on=False,
                                   zorder=5))
    card = {"boxstyle": "circle,pad=0.22", "facecolor": colour, "edgecolor": "white", "linewidth": 1.2}
    wide, high = points(ax)
    mark = ax.text(1 - 0.8 * size / wide, 0.8 * size / high, "✓" if right else "✗", color="white", fontsize=size, weight="bold",
                   ha="center", va="center", bbox=card, zorder=7)
    return frame, mark
