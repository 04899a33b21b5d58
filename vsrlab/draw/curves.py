"""Training curves from a run's log: losses, recalls, rsum, each with its name at its end; and the same in words."""
import numpy as np
from matplotlib.figure import Figure

from vsrlab.draw.charts import lines
from vsrlab.draw.look import look, panel, sheet
from vsrlab.draw.text import footer, headline
from vsrlab.errors import Problem

WIDTH = 8.8                    # of the sheet, inches
RECALLS = ("text R@1", "text R@10", "image R@1", "image R@10")


@look()
def curves(log: list, chance: float | None = None, title: str = "Training", batch: int = 0) -> Figure:
    """A run's log (one dict an epoch) as three panels: loss and its parts where there is one, recalls, rsum with its best epoch.

    `chance` is the rsum of a random order; it is taken from the log where that has it.  Where a run warmed up with the sum of
    hinges these are two losses and two lines; `batch`, the pairs of a batch, divides both by how many hinges they add.
    """
    if not log:
        raise Problem("the log holds no epoch yet; train for one epoch or more.")
    x = [line["epoch"] for line in log]
    column = lambda name: np.array([line.get(name, np.nan) for line in log], float)
    named = list(dict.fromkeys(name for line in log for name in line))
    losses = {name.removeprefix("loss "): column(name) for name in named if name.split(" ")[0] == "loss"}
    if len(losses) == 2:                                           # one part is the whole
        losses = {"loss": losses["loss"]}
    label = "loss"
    if set(warmed := [line.get("hinge") for line in log]) == {"sum", "max"} and list(losses) == ["loss"]:
        terms = {"sum": 2 * batch * (batch - 1), "max": 2 * batch} if batch else {"sum": 1, "max": 1}
        losses = {kind: np.where([one == kind for one in warmed], losses["loss"], np.nan) / terms[kind] for kind in terms}
        label = "loss of one hinge" if batch else "loss"
    recalls = {name: column(name) for name in RECALLS if name in named}
    chance = log[-1].get("chance") if chance is None else chance
    best = max(log, key=lambda line: line.get("rsum", -np.inf))["epoch"]
    figure = sheet(WIDTH, 3.0)
    headline(figure, title)
    panels = [(label, losses, None)] * bool(losses) + [("recall, %", recalls, None), ("rsum", {"rsum": column("rsum")}, chance)]
    for left, (name, series, floor) in zip((0.55, 3.35, 6.35), panels):
        ax = panel(figure, left, 0.75, 1.85, 1.6)
        lines(ax, x, series, best if series is not losses else None, floor, zero=True)
        ax.set_title(name)
        ax.set_xlabel("epoch")
        ax.set_xticks(sorted({x[0], best, x[-1]}))
    footer(figure, training(log, chance))
    return figure


def training(log: list, chance: float | None = None) -> str:
    """What a log says: how long, how good, against chance, and whether it has stopped to learn."""
    if not log:
        return "No epoch is finished."
    best = max(log, key=lambda line: line.get("rsum", float("-inf")))
    text = (f"{len(log)} epoch{'s' * (len(log) != 1)}; best rsum {best['rsum']:.1f} after epoch {best['epoch']}" if best["epoch"]
            else f"Solved without an epoch; rsum {best['rsum']:.1f}")
    text += f", chance {chance:.1f}." if chance is not None else "."
    text += f" {_losses(log)}" if "loss" in log[0] else ""
    return " ".join(filter(None, (text, log[-1].get("alarm"))))


def _losses(log: list) -> str:
    """The first and the last loss; of the sum of hinges and of their maximum apart, since these are two losses."""
    said = []
    for kind in dict.fromkeys(line.get("hinge") for line in log):
        some = [line["loss"] for line in log if line.get("hinge") == kind and "loss" in line]
        said.append((kind, f"{some[0]:.3g}" + (f" to {some[-1]:.3g}" if len(some) > 1 else "")))
    if len(said) == 1:
        return f"Loss {said[0][1]}."
    parts = (f"{span} ({'sum' if kind == 'sum' else 'maximum'} of hinges)" for kind, span in said)
    return f"Two different losses: {', then '.join(parts)}."
