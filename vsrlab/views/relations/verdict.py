"""The verdict line of the relation graph: what all relations do to score and rank together, and which one does most."""
import numpy as np

from vsrlab.explain.belief import WORTH
from vsrlab.explain.reasoning import Cuts
from vsrlab.explain.record import Explanation
from vsrlab.views.relations.graph import EFFECTS, Graph
from vsrlab.views.relations.words import NOTHING
from vsrlab.wording import NOISE, few, signed, significant


def seen(e: Explanation, g: Graph | None, edges, cuts: Cuts | None) -> str:
    """At most 15 words.  An effect below WORTH of the score, or of its distance from the next one, is real, but negligible."""
    if g is None:
        return "This model has no layer in which regions read each other."
    if e.regions < 2:
        return "The image has a single region: nothing else can be read."
    most = f"{name(e, g, edges[0])} most" if len(edges) else "nothing"
    if cuts is None:
        size = f", {significant(g.weights[edges[0]])}" if len(edges) else ""
        return f"Regions read {most}{size}; what that does to the score was not tested."
    every, whole = cuts.everything(), abs(cuts.score) or 1.0
    moved = float(every.change[0])
    if abs(moved) < NOISE:
        return f"All relations cut: {NOTHING} of the score."
    share = f"{signed(100 * moved / whole, digits=1 if abs(moved) >= 1e-3 * whole else 3)} %"
    others = np.delete(cuts.column, cuts.pair.image)
    near = float(np.abs(others - cuts.score).min()) if len(others) else 0.0
    if abs(moved) < WORTH * max(whole, near):
        return f"All relations cut: score {share}: real, but negligible."
    rank = f", rank {cuts.rank + 1:,} → {every.rank[0] + 1:,}" if len(cuts.column) > 1 else ""
    adds = f"; {most}" if g.quantity in EFFECTS and len(edges) else ""
    return f"All relations cut: score {share}{rank}{adds}."


def name(e: Explanation, g: Graph, edge) -> str:
    """'dog → frisbee': the words of the sentence that name the two regions, or their labels."""
    return " → ".join(few(g.named.get(r) or e.short_name(r), 2) for r in edge)
