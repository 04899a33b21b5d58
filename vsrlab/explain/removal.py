"""Removal: what a pair scores when some of its regions, words or edges are gone, in many orders at once."""
from typing import NamedTuple

import numpy as np
import torch

from vsrlab.errors import Problem, unknown
from vsrlab.explain.contest import Contest
from vsrlab.explain.lacks import who_has
from vsrlab.explain.pair import Pair

WHAT = ("regions", "words", "edges")
RULES = {"mean": "replaced by the mean region", "drop": "left out, so that the sequence gets shorter", "zero": "set to zero"}
AT_ONCE = 256             # changed pairs of one pass; bounds memory
STEPS = 8                 # how often a curve looks while things are taken out


class Outcome(NamedTuple):
    """What became of changed pairs; all of one shape."""
    score: np.ndarray
    margin: np.ndarray    # score minus the best rival's; the score itself where the gallery holds no rival
    rank: np.ndarray      # from 0, in the whole gallery, of the changed image for its text (a changed text for its image)


class Removal:
    """The pieces of a pair that can be taken out, and what the pair scores without them.

    what   "regions", "words" (markers stay) or "edges": relations between two different regions in one layer of reasoning
    rule   what removing means for regions and words: "mean" (the mean region, the mean word vector), "drop" (gone from graph,
           memory and attention; the sequence gets shorter) or "zero" (outside of all the model has seen); an edge is set to 0
    layer  of the edges; -1 is the last
    """

    def __init__(self, pair: Pair, what: str = "regions", rule: str = "mean", layer: int = -1):
        if what not in WHAT:
            raise unknown("kind of piece", what, WHAT)
        if rule not in RULES:
            raise unknown("removal rule", rule, RULES)
        self.pair, self.what, self.rule = pair, what, rule if what != "edges" else "zero"
        self.contest = Contest(pair, "words" if what == "words" else "regions")
        if what == "edges":
            self.layers = _layers(pair)
            if not -self.layers <= layer < self.layers:
                raise Problem(f"layer {layer} was asked for; the model has layers 0 to {self.layers - 1}.")
            self.layer, count = layer % self.layers, pair.regions.shape[1]
            self.pieces = np.argwhere(~np.eye(count, dtype=bool))                    # (P, 2) reader, read
        else:
            self.pieces = self.contest.removable                                     # (P,)
            self.blank = None if rule == "drop" else self.contest.blank(rule)
        if len(self.pieces) < 2:
            raise Problem(f"the pair has {len(self.pieces)} {what} to take out, and an order needs at least two; "
                          "look at another pair.")

    def __len__(self) -> int:
        return len(self.pieces)

    @torch.no_grad()
    def without(self, gone) -> Outcome:
        """gone (N, P) True for pieces that are taken out -> Outcome of (N,)."""
        gone = torch.as_tensor(np.asarray(gone, bool), device=self.pair.device)
        scores = torch.cat([self._scores(part) for part in gone.split(AT_ONCE)])
        score = scores[:, 0].double().cpu().numpy()
        margin = self.contest.read(scores, "margin").double().cpu().numpy() if scores.shape[1] > 1 else score
        return Outcome(score, margin, self.contest.ranks(score))

    def _scores(self, gone):
        x = self.contest.inputs.expand(len(gone), -1, -1)
        if self.what == "edges":
            kept = torch.ones(len(gone), self.layers, *[x.shape[1]] * 2, device=x.device)
            reader, read = torch.as_tensor(self.pieces.T, device=x.device)
            kept[:, self.layer, reader, read] = (~gone).float()
            return self.contest(x, edges=kept)
        where = torch.zeros(x.shape[:2], dtype=torch.bool, device=x.device)
        where[:, self.pieces] = gone
        if self.rule == "drop":
            return self.contest(x, mask=~where)
        return self.contest(torch.where(where[..., None], self.blank, x))

    def along(self, orders, counts) -> Outcome:
        """orders (N, P) of pieces, counts (S,) -> Outcome of (N, S): the first `count` pieces of each order are gone."""
        place = np.argsort(orders, axis=1)                                           # (N, P) when each piece goes
        gone = place[:, None, :] < np.asarray(counts)[None, :, None]                 # (N, S, P)
        found = self.without(gone.reshape(-1, gone.shape[-1]))
        return Outcome(*(x.reshape(gone.shape[:2]) for x in found))

    def counts(self, steps: int = STEPS) -> np.ndarray:
        """How many pieces are gone at each look, never none and never all.

        Regions and words: evenly spread, and `count` is in it when P - count is, so that a curve of an order is the mirrored
        curve of its reverse.  Edges, of which there are very many: 1, 2, 4, ... up to half of them.
        """
        p = len(self)
        if self.what == "edges":
            return 2 ** np.arange(min(steps, int(np.log2(p))))
        half = np.linspace(0, p, min(steps, p - 1) + 2)[1:-1]
        low = np.unique(np.maximum(1, np.round(half[half <= p / 2] - 1e-9)).astype(int))
        return np.unique(np.concatenate([low, p - low]))


def random_orders(n: int, pieces: int, seed: int) -> np.ndarray:
    """(n, P): the same for every explanation of the same seed."""
    return np.random.default_rng(seed).permuted(np.tile(np.arange(pieces), (n, 1)), axis=1)


def reads_edges(model) -> bool:
    """Has the model a layer in which regions read each other, whose edges can be cut?"""
    return "relations" in model.shows


@torch.no_grad()
def _layers(pair) -> int:
    affinity = pair.encode_image().seen.get("affinity") if reads_edges(pair.model) else None
    if affinity is None or not affinity.shape[1]:
        raise Problem(f"{pair.run.settings.model} has no layer in which regions read each other; take what='regions', "
                      f"or a model that has ({who_has('relations')}).")
    return affinity.shape[1]
