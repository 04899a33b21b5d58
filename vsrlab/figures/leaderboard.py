"""A leaderboard as a picture: bars of rsum with intervals, and rsum against a cost.  A board is read by its attributes."""
import numpy as np
from matplotlib.figure import Figure

from vsrlab import draw
from vsrlab.figures.layout import EDGE, WIDTH

LEFT = 1.95                      # inches for the names of rows
CALLED = {"cpu": "seconds of one core to train", "wall": "seconds to train", "parameters": "numbers that training changes",
          "image_ms": "ms to encode an image", "text_ms": "ms to encode a text", "pair_us": "µs to match a pair"}


@draw.look()
def chart(board, title: str = "rsum of every system") -> Figure:
    """Bars of rsum: means over seeds with 95 % intervals over images, a small circle for each seed."""
    high = 0.23 * max(len(board.done), 2)
    figure = draw.sheet(WIDTH, high + 1.25)
    draw.headline(figure, title)
    _bars(figure, board, LEFT, WIDTH - LEFT - EDGE, high)
    draw.footer(figure, _foot(board))
    return figure


@draw.look()
def scatter(board, cost: str = "cpu", title: str = "rsum against cost") -> Figure:
    """rsum against one of the costs; filled: no other row is both cheaper and better."""
    figure = draw.sheet(WIDTH, 5.35)
    draw.headline(figure, title)
    _points(figure, board, cost, 0.65, WIDTH - 0.65 - EDGE, 3.85)
    draw.footer(figure, f"filled: no other row is both cheaper and better; {_foot(board)}")
    return figure


@draw.look()
def both(board, cost: str = "cpu", title: str = "Every system: what it reaches, and what it costs") -> Figure:
    """The bars, and beside them the points."""
    high = max(0.23 * len(board.done), 3.2)
    figure = draw.sheet(1.6 * WIDTH, high + 1.3)
    draw.headline(figure, title)
    _bars(figure, board, LEFT, 0.72 * WIDTH - LEFT, high)
    _points(figure, board, cost, 0.72 * WIDTH + 0.7, 0.88 * WIDTH - 0.7 - EDGE, high)
    draw.footer(figure, f"filled: no other row is both cheaper and better; {_foot(board)}")
    return figure


def _bars(figure, board, left, wide, high):
    rows = board.done
    ends = np.array([row.interval["rsum"][:2] for row in rows]).reshape(-1, 2)
    ax = draw.panel(figure, left, 0.5, wide, high)
    names = [draw.shortened(row.label, 8, LEFT * 72 - 16) for row in rows]
    each, together = [[run.values["rsum"] for run in row.runs] for row in rows], [n for n, row in enumerate(rows) if row.ensemble]
    draw.ranked(ax, names, [row["rsum"] for row in rows], ends[:, 0], ends[:, 1], each, together, board.chance.get("rsum"))
    ax.set_xlabel(f"rsum, of 600; dotted: chance {board.chance.get('rsum', float('nan')):.1f}")


def _points(figure, board, cost, left, wide, high):
    rows = [row for row in board.done if row[cost] > 0]
    ax = draw.panel(figure, left, 0.5, wide, high)
    if not rows:
        ax.text(0.5, 0.5, f"no row has {CALLED[cost]}", ha="center", transform=ax.transAxes)
        return
    x, y = (np.array([row[name] for row in rows]) for name in (cost, "rsum"))
    ends = np.array([row.interval["rsum"][:2] for row in rows])
    front = [n for n in range(len(rows)) if not ((x < x[n]) & (y > y[n])).any()]
    draw.against(ax, x, y, ends[:, 0], ends[:, 1], [row.label for row in rows], front)
    ax.set(xlabel=CALLED[cost], ylabel="rsum")


def _foot(board) -> str:
    s = board.stamp
    seeds = sorted({len(row.seeds) for row in board.done})
    return (f"{' '.join(filter(None, (s['corpus'], s['split'])))}, {s['gallery'][0]} images x {s['gallery'][1]} texts; means over "
            f"{' or '.join(map(str, seeds))} seeds (circles), bars of error: 95 % over images; hatched: two models together")
