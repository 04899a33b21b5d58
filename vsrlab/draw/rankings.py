"""Rank against rank of two models: bubbles on two scales of powers of ten, and the diagonal."""
import numpy as np

from vsrlab.colours import CARD, DARK, MUTED, PLUS

STEPS = 8                      # cells of a power of ten, from rank 10 on; below it each rank has its own


def rank_against_rank(ax, first, second, size=7.5):
    """Ranks (N,) of two models, from 0, drawn from 1: a bubble for each cell, its area the number of queries; -> the bubbles.

    Below the diagonal the second model ranks the right answer higher.  The counts of both first, of one alone and of neither
    stand in their corners.
    """
    a, b = np.asarray(first), np.asarray(second)
    most = max(a.max(initial=0), b.max(initial=0)) + 1
    cell = lambda rank: np.where(rank < 9, rank + 1.0, 10 ** (np.round(np.log10(rank + 1.0) * STEPS) / STEPS))
    places, many = np.unique(np.stack([cell(a), cell(b)], 1), axis=0, return_counts=True)
    drawn = ax.scatter(*places.T, s=6 + 700 * many / max(many.max(), 1), color=PLUS, alpha=0.55, edgecolor=CARD, linewidth=0.6)
    end = 1.6 * max(most, 10)
    ax.plot((0.4, end), (0.4, end), color=MUTED, linewidth=0.9, linestyle=(0, (4, 2)), zorder=0)
    ax.set(xscale="log", yscale="log", xlim=(0.4, end), ylim=(0.4, end))
    ax.set_aspect("equal")
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_formatter(lambda value, place: f"{value:,.0f}")
        axis.set_minor_formatter(lambda value, place: "")
    counts = (("both first", (a == 0) & (b == 0), 0.02, 0.02), ("repaired", (a > 0) & (b == 0), 0.98, 0.02),
              ("broken", (a == 0) & (b > 0), 0.02, 0.98), ("both wrong", (a > 0) & (b > 0), 0.98, 0.98))
    card = {"boxstyle": "square,pad=0.2", "facecolor": CARD, "edgecolor": "none", "alpha": 0.85}
    for name, which, x, y in counts:
        ax.text(x, y, f"{name} {which.sum():,}", transform=ax.transAxes, fontsize=size, color=DARK, bbox=card, zorder=5,
                ha="left" if x < 0.5 else "right", va="bottom" if y < 0.5 else "top")
    ax.grid(True)
    return drawn
