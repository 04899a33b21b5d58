"""Graph: which relations of a layer are drawn, by sign, size and place, and where their nodes are.  Numbers in, edges out."""
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from vsrlab.draw.arrows import apart
from vsrlab.errors import Problem, unknown
from vsrlab.explain.choosing import strongest
from vsrlab.explain.reasoning import overlaps
from vsrlab.explain.record import Explanation

EDGES = {"sentence": "effect, between what the sentence names first", "affinity": "affinity",
         "effect": "what the relation adds to the score",
         "difference": "change of the affinity since the layer before"}
SIGNS = {"both": "both signs", "plus": "positive only", "minus": "negative only"}
NORMS = {"raw": "as computed", "row": "share of all that a region reads", "max": "against the largest of the layer"}
GATES = {"any": "anywhere", "overlap": "overlapping regions only", "far": "regions that do not overlap"}
LAYOUTS = {"photo": "on the photo", "circle": "on a circle"}
MOST, PERCENTILE, TIMES = 12, 95.0, 12
NAMED, OTHER = 8, 4                # relations of a sentence that are drawn: between the regions it names, and others
EFFECTS = "sentence", "effect"     # kinds of edges that run the model


@dataclass(frozen=True)
class Style:
    """How a graph is drawn; what is looked at (layer, region) is in the state."""
    edges: str = "affinity"            # a key of EDGES
    each: int = 2                      # strongest relations of every region ...
    mass: float | None = None          # ... of those that hold this share of all; None: above the 95th percentile of the layer
    sign: str = "both"                 # a key of SIGNS
    norm: str = "raw"                  # a key of NORMS
    gate: str = "any"                  # a key of GATES
    layout: str = "photo"              # a key of LAYOUTS

    def but(self, **changes) -> "Style":
        """The same with some changed, checked."""
        for key, names in (("edges", EDGES), ("sign", SIGNS), ("norm", NORMS), ("gate", GATES), ("layout", LAYOUTS)):
            if key in changes and changes[key] not in names:
                raise unknown(key, changes[key], names)
        new = replace(self, **changes)
        if not 1 <= new.each <= MOST or new.mass is not None and not 0 < new.mass <= 1:
            raise Problem(f"each={new.each}, mass={new.mass}: draw 1 to {MOST} relations of each region, "
                          "and a share between 0 and 1.")
        return new


class Graph(NamedTuple):
    """The relations of one layer as they are drawn."""
    name: str                  # "layer 2", "layer 1 → 2", "effect, layer 4"
    quantity: str              # a key of EDGES
    weights: np.ndarray        # (R, R)  row reads column; NaN where it was not computed
    edges: list                # of (reader, read): the overview, strongest first
    ego: dict                  # region -> its own edges, both ways, strongest first
    norm: str = "raw"
    named: dict = {}           # region -> the word of the sentence that names it
    read: np.ndarray | None = None     # (R,) how much all others read each region, against the most: the size of a node

    @property
    def most(self) -> float:
        """What full width means: the largest size of the layer."""
        return float(np.nanmax(np.abs(_others(self.weights)), initial=0.0)) or 1.0

    def of(self, edges) -> np.ndarray:
        """(E,) weights of some edges [(reader, read), ...]."""
        return np.array([self.weights[e] for e in edges], float)

    @property
    def linked(self) -> list:
        """Regions with an edge in the overview."""
        return sorted({r for e in self.edges for r in e})

    @property
    def returned(self) -> float | None:
        """Reciprocity: the share of the drawn relations whose other direction is drawn as well."""
        return sum((b, a) in self.edges for a, b in self.edges) / len(self.edges) if self.edges else None


def graph(e: Explanation, layer: int, style: Style, cut=None, egos=None, named=None) -> Graph:
    """The graph of a layer.  `cut` (edges -> change of the score) is needed for effects; `egos` are the regions whose own
    relations are wanted, all by default; `named` {region: word} of the sentence.

    Effects are computed for the relations that are strongest by affinity, because every one of them is a run of the model; for
    "sentence" all between the named regions, and those that depart most from what everybody reads.
    """
    matrix, name = base(e, layer, style)
    allowed, named = gated(e, style.gate), named or {}
    pick = np.where(allowed & with_sign(matrix, "both" if style.edges in EFFECTS else style.sign), matrix, 0.0)
    over = overview(departing(pick) if style.edges == "sentence" else pick, style)
    ego = {r: strongest(pick, style.each, region=r)[0] for r in (range(len(matrix)) if egos is None else egos)}
    read = read_by_all(e.affinity[layer])
    if style.edges not in EFFECTS:
        return Graph(name, style.edges, matrix, over, ego, style.norm, named, read)
    between = [(a, b) for a in named for b in named if a != b and allowed[a, b]] if style.edges == "sentence" else []
    if style.edges == "sentence":
        over = between + [edge for edge in over if edge not in between][:OTHER]
    wanted = list(dict.fromkeys(over + [e for edges in ego.values() for e in edges]))
    weights = np.full(matrix.shape, np.nan)
    for edge, change in zip(wanted, cut(wanted)):
        weights[edge] = -change
    fits = lambda edges: sorted((e for e in edges if with_sign(weights[e], style.sign)), key=lambda e: -abs(weights[e]))
    shown = fits(between)[:NAMED] + fits([edge for edge in over if edge not in between])
    return Graph(name, style.edges, weights, shown, {r: fits(edges) for r, edges in ego.items()}, "raw", named, read)


def departing(matrix) -> np.ndarray:
    """(R, R) what is read beyond what every region reads of it: without the mean of its column."""
    others = _others(matrix)
    mean = others.sum(0) / max(len(matrix) - 1, 1)
    return np.where(others != 0, others - mean, 0.0)


def read_by_all(matrix) -> np.ndarray:
    """(R,) the mean size of what the others read of each region, against the largest."""
    size = np.abs(_others(matrix)).sum(0)
    return size / (size.max(initial=0.0) or 1.0)


def base(e: Explanation, layer: int, style: Style) -> tuple:
    """(matrix (R, R), name): the affinity of a layer or its change since the layer before, in the norm that is asked for."""
    affinity = np.asarray(e.affinity, float)
    if style.edges == "difference":
        if layer < 1:
            raise Problem("the first layer has none before it; choose layer 2 or a later one to see what changed.")
        return normalised(affinity[layer] - affinity[layer - 1], style.norm), f"layer {layer} → {layer + 1}"
    if style.edges in EFFECTS:
        return affinity[layer], f"{style.edges}, layer {layer + 1}"
    return normalised(affinity[layer], style.norm), f"layer {layer + 1}"


def normalised(matrix, norm: str) -> np.ndarray:
    """Relations (R, R) without those of a region to itself: as they are, as shares of their row's size, or against the largest."""
    size = np.abs(_others(matrix))
    scale = {"raw": 1.0, "row": size.sum(1, keepdims=True), "max": size.max(initial=0.0)}[norm]
    return _others(matrix) / np.maximum(scale, 1e-12)


def with_sign(values, sign: str):
    """Which values, (...), have the sign, a key of SIGNS: (...) bool."""
    return {"both": values == values, "plus": values > 0, "minus": values < 0}[sign]


def gated(e: Explanation, gate: str) -> np.ndarray:
    """(R, R) which pairs of regions may be related by where they lie."""
    if gate == "any" or e.boxes is None:
        return np.ones((e.regions, e.regions), bool)
    return (overlaps(e.boxes) > 0) == (gate == "overlap")


def overview(matrix, style: Style) -> list:
    """The few relations of each region that are worth an arrow, strongest first; where all read a few hubs, TIMES `each` in all."""
    edges, weights = strongest(matrix, style.each, PERCENTILE if style.mass is None else 0.0)
    if style.mass is None or not edges:
        return edges[:TIMES * style.each]
    size = np.sort(np.abs(_others(matrix)).ravel())[::-1]
    count = int(np.searchsorted(np.cumsum(size), style.mass * size.sum() - 1e-12))
    return [e for e, w in zip(edges, weights) if abs(w) >= size[min(count, len(size) - 1)] - 1e-15][:TIMES * style.each]


def middles(e: Explanation, layout: str, linked, wide=560.0, room=38.0, least=25.0) -> np.ndarray:
    """(R, 2) where the nodes are, fractions: the middles of the boxes, or a circle by detector score.

    On the photo linked nodes are pushed apart until `room` of `wide` lies between them, so that an arrow can be seen, and all
    nodes until `least` does, so that each can be pointed at.
    """
    across, down = e.size or (4, 3)
    if layout == "circle":
        order = np.argsort(-np.asarray(e.confidence), kind="stable") if e.confidence is not None else np.arange(e.regions)
        turn = np.empty(e.regions)
        turn[order] = 2 * np.pi * np.arange(e.regions) / max(e.regions, 1) - np.pi / 2
        short = min(1.0, down / across), min(1.0, across / down)
        return 0.5 + 0.44 * np.stack([np.cos(turn) * short[0], np.sin(turn) * short[1]], 1)
    size = wide, wide * down / across
    at = apart(apart(home(e), size, room, list(linked)), size, least, range(e.regions))
    return np.clip(at, 0.02, 0.98)


def home(e: Explanation) -> np.ndarray:
    """(R, 2) the middles of the boxes, or of the tiles of a grid where the corpus has none."""
    at = e.places
    return (at[:, :2] + at[:, 2:]) / 2


def _others(matrix) -> np.ndarray:
    """A copy with zeros on the diagonal: a region's relation to itself is no relation."""
    copy = np.array(matrix, float)
    np.fill_diagonal(copy, 0.0)
    return copy
