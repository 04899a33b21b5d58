"""The relation graph in words: who reads whom, what cutting does, what a layer turns, and whether it is geometry."""
import numpy as np

from vsrlab.explain.choosing import moved
from vsrlab.explain.reasoning import Against, Agreement, Cuts, geometry, nearest
from vsrlab.explain.record import Explanation
from vsrlab.views.relations.graph import EDGES, EFFECTS, NORMS, Graph
from vsrlab.wording import NOISE, decimals, several, signed, significant

TOLD = 3                   # relations told of a region, each way
NOTHING = "no measurable change"
GEOMETRY = (0.6, "mostly geometry"), (0.3, "partly geometry"), (0.0, "hardly geometry")        # least size of a rank correlation
AGREEMENT = ((0.5, "a strong relation matters more"), (0.2, "affinity is a weak guide to what matters"),
             (-np.inf, "affinity does not tell what matters"))                                 # least rank correlation


def edge(e: Explanation, relation, arrow=" → ") -> str:
    """'0 dog → 1 frisbee': a relation (reader, read), or a single region (region,)."""
    return arrow.join(e.short_name(r) for r in relation)


def size(g: Graph, value: float) -> str:
    """A weight as its graph counts it."""
    if g.quantity in EFFECTS:
        return change(value)
    return f"{100 * value:+.0f} %".replace("-", "−") if g.norm == "row" else significant(value)


def overview(e: Explanation, g: Graph) -> str:
    """The strongest of what is drawn."""
    if not g.edges:
        return f"{g.name.capitalize()}: nothing is drawn; the regions do not read each other, or a filter hides what they read."
    top = several(f"{edge(e, r, ' reads ')} ({size(g, g.weights[r])})" for r in g.edges[:2])
    negative = int((g.of(g.edges) < 0).sum())
    back = f", {100 * g.returned:.0f} % answered by the opposite one" if g.returned else ""
    if g.quantity == "sentence":
        return sentence(e, g)
    kind = {"affinity": "strongest", "effect": "largest effect on the score", "difference": "changed most"}[g.quantity]
    return f"{g.name.capitalize()}: {len(g.edges)} relations are drawn, {negative} of them negative{back}; {kind}: {top}."


def sentence(e: Explanation, g: Graph) -> str:
    """The relations between the regions that the sentence names, the largest effect first."""
    called = several(f"“{word}” region {r}" for r, word in g.named.items())
    between = [r for r in g.edges if g.named.keys() >= {*r}]
    name = lambda r: f"{g.named[r[0]]} reads {g.named[r[1]]} ({size(g, g.weights[r])}, {percent(g.weights[r], e.score)})"
    top = f" What they add, the most first: {several(map(name, between[:2]))}." if between else ""
    others = len(g.edges) - len(between)
    return f"Named by the sentence: {called}; {len(between)} relations between them are drawn, and {others} others.{top}"


def percent(value: float, score: float) -> str:
    """'+0.4 % of the score'."""
    return f"{significant(100 * value / (abs(score) or 1.0))} % of the score"


def all_cut(cuts: Cuts) -> str:
    """All relations cut at once, in every layer, beside the score as it is."""
    every = cuts.everything()
    moved = float(every.change[0])
    if abs(moved) < NOISE:
        return f"All relations cut in all layers: {NOTHING} of the score."
    stays = every.rank[0] == cuts.rank
    rank = f", the rank stays {cuts.rank + 1:,}" if stays else f", rank {cuts.rank + 1:,} → {every.rank[0] + 1:,}"
    digits = decimals(moved, 3)
    old, new = (signed(x, False, digits) for x in (cuts.score, cuts.score + moved))
    return (f"All relations cut in all layers: score {old} → {new} ({percent(moved, cuts.score)})"
            f"{rank if len(cuts.column) > 1 else ''}.")


def ego(e: Explanation, g: Graph, region: int, cuts: Cuts | None = None, layer: int = -1) -> str:
    """What a region reads and what reads it; with `cuts`, what the strongest of them does when it is cut."""
    edges = g.ego.get(region, [])
    told = lambda some, other: several(f"{edge(e, (r[other],))} {size(g, g.weights[r])}" for r in some[:TOLD])
    reads, readers = [r for r in edges if r[0] == region], [r for r in edges if r[1] == region]
    text = f"{e.region_name(region).capitalize()} reads {told(reads, 1)}; it is read by {told(readers, 0)}."
    return f"{text} {one_cut(e, cuts, layer, edges[0])}" if cuts and edges else text


def one_cut(e: Explanation, cuts: Cuts, layer: int, relation) -> str:
    """One relation cut, beside as many chosen at random."""
    one, chance = cuts.edges(layer, [relation]), cuts.random(layer).change
    rank = f"rank {cuts.rank + 1:,} → {one.rank[0] + 1:,}" if one.rank[0] != cuts.rank else f"the rank stays {cuts.rank + 1:,}"
    rank = f", {rank}" if len(cuts.column) > 1 else ""
    mean, spread = chance.mean(), chance.std()
    band = f"{significant(mean)} ± {significant(spread, False)}" if max(abs(mean), spread) >= NOISE else NOTHING
    share = f" ({percent(one.change[0], cuts.score)})" if abs(one.change[0]) >= NOISE else ""
    return f"Cut {edge(e, relation)}: {changes(one.change[0])}{share}{rank} (random relations: {band})."


def change(value: float) -> str:
    """A change of the score as a number, '−0.0012', or that rounding hides it."""
    return significant(value) if abs(value) >= NOISE else NOTHING


def changes(value: float) -> str:
    """A change of the score as a clause: 'the score changes by −0.0012'."""
    return f"the score changes by {significant(value)}" if abs(value) >= NOISE else f"{NOTHING} of the score"


def share(value: float, score: float) -> str:
    """A change of the score in a column of them, against the score: '−0.050 %' or 'none'."""
    return f"{significant(100 * value / (abs(score) or 1.0))} %" if abs(value) >= NOISE else "none"


def cell(value: float) -> str:
    """A change of the score in a column of them: '−0.0012' or 'none'."""
    return significant(value) if abs(value) >= NOISE else "none"


def against(a: Against, k: int = 8) -> str:
    """What cutting the k strongest relations together does, beside as many at random."""
    n = int(np.abs(a.counts - k).argmin())
    k, draws, share = int(a.counts[n]), a.random.change.shape[1], a.beaten[n]
    low, high = np.percentile(a.random.change[n], [5, 95])
    band = f"{significant(low)} to {significant(high)}" if max(abs(low), abs(high)) >= NOISE else NOTHING
    name = f"Cut the {k} strongest relations together" if k > 1 else "Cut the strongest relation"
    if abs(a.strongest.change[n]) < NOISE:
        return f"{name}: {NOTHING} of the score ({draws} random choices of as many: {band})."
    most = f"all {draws}" if share == 1 else f"{100 * share:.0f} % of {draws}"
    verdict = (f"more than {most} random choices of as many" if share >= 0.95 else
               f"no better than chance: {100 * share:.0f} % of {draws} random choices of as many change it less")
    return f"{name}: {changes(a.strongest.change[n])}, {verdict} (those: {band})."


def where(e: Explanation, layer: int) -> str:
    """Is the affinity more than geometry?"""
    if e.boxes is None or e.regions < 3:
        return ""
    g = geometry(e.affinity[layer], e.boxes, e.size)
    most = np.nanmax(np.abs([g.overlap, g.nearness, 0.0]))
    verdict = next(said for least, said in GEOMETRY if most >= least)
    rho = lambda x: "undefined (nothing varies)" if np.isnan(x) else signed(x)
    return f"Size of affinity against overlap: rank correlation {rho(g.overlap)}; against nearness {rho(g.nearness)}: {verdict}."


def agreement(a: Agreement) -> str:
    """Does a strong affinity mean a strong effect?"""
    if np.isnan(a.rho):
        return f"Over {len(a.edges)} relations affinity and effect cannot be compared: one of them never varies."
    verdict = next(said for least, said in AGREEMENT if a.rho >= least)
    return f"Over {len(a.edges)} relations, sizes of affinity and effect have rank correlation {signed(a.rho)}: {verdict}."


def turned(e: Explanation, layer: int) -> str:
    """Which region the layer turns most, and what it is near to before and after."""
    if e.layers is None:
        return ""
    layers = np.asarray(e.layers, float)
    turn = moved(layers)[layer]
    most = int(turn.argmax())
    if turn[most] < NOISE:
        return "The layer turns no region measurably: it is the identity."
    middle = significant(np.median(turn), False) if np.median(turn) >= NOISE else "not measurably"
    text = f"The layer turns {e.region_name(most)} most (1 − cosine {significant(turn[most], False)}; the middle region {middle})"
    if e.regions < 3:
        return text + "."
    before, after = nearest(layers[layer])[most], nearest(layers[layer + 1])[most]
    stays = f"; most similar to it stays {e.region_name(after)}."
    return text + (stays if before == after else f"; most similar to it was {e.region_name(before)} and is {e.region_name(after)}.")


def legend(g: Graph) -> str:
    """What width and colour mean: quantity, range and rule."""
    rule = "; width against the largest drawn" if g.quantity in EFFECTS else f", {NORMS[g.norm]}"
    return f"{EDGES[g.quantity]}{rule}; an arrow runs from the region that reads to the one it reads" + (
        "; ring: how much all others read a region" if g.read is not None else "")
