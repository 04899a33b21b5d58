"""Order-embeddings.  Vendrov, Kiros, Fidler, Urtasun, ICLR 2016: a sentence stands above its image in every coordinate."""
import numpy as np

from vsrlab.errors import Problem
from vsrlab.paper_mode.papers.shared import ROOT, batch, losses, score
from vsrlab.paper_mode.papers.vsepp import sides
from vsrlab.paper_mode.step import Step, Told


def steps(run) -> list:
    """The rows for measure="order"; the root of VSE++'s program is another measure."""
    if run.model.measure != "order":
        raise Problem(f"paper mode of order-embeddings tells of measure='order', and this run has {run.model.measure!r}; "
                      "train one with vl.Settings(model='order').")
    image, text = (_renamed(step, key) for step, key in zip(sides(run), ("image", "text")))
    return [image, text,
            Step("violation", r"d = \max(0,\ t - v)",
                 "How far the sentence lies beyond its image, coordinate by coordinate: the more general side has the smaller "
                 "numbers.",
                 "D", lambda p: np.maximum(0, p["text"] - p["image"]), lambda p: p.seen("violation"), (ROOT, "order violation")),
            Step("penalty", r"E(t, v) = \|\max(0,\ t - v)\|^2", "The violation as one number: its squared length. 0 where the "
                 "order holds.",
                 "", lambda p: (p["violation"] ** 2).sum(), code=(ROOT, "order score")),
            Step("score", r"S(i, c) = -E(t, v)", "A pair scores higher the less the order is violated; 0 is the best there is.", "",
                 lambda p: -p["penalty"], score, (ROOT, "order score")),
            batch(), *losses(run)]


def _renamed(step: Step, key: str) -> Step:
    from dataclasses import replace
    return replace(step, key=key, printed="", latex=step.latex + r",\quad \mathrm{then\ } |\cdot|",
                   departs="Both sides are made positive by their absolute values, as in the program.")


TOLD = Told("order", steps)
