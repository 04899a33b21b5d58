"""Branches: the scores of a whole gallery as the sum they are, so that another mu ranks everything anew at once."""
from collections import OrderedDict
from functools import cached_property

import numpy as np

from vsrlab.errors import unknown
from vsrlab.explain.pair import changed, knob
from vsrlab.measure.ranks import Ranks, ranks
from vsrlab.retrieval.index import Index
from vsrlab.scoring import encode_texts, score_all

KEPT = 8                       # values of mu whose ranks are kept
ORDERS = {"rank": "deepest right answer first", "gap": "largest lead of a wrong answer first",
          "disagreement": "global and local ranks farthest apart first", "random": "in random order"}


class Branches:
    """What an index scores, by branch: S = local + mu x global, where the model has both; the two matrices are made once.

    `mu` is the trained weight, None for a model of one branch: then nothing here can be mixed, and `only` names the branch.
    """

    def __init__(self, index: Index):
        self.index, model = index, index.run.model
        mu = knob(model, "mu")
        self.mu = None if mu is None else abs(float(mu))             # VSR++ may learn it, and counts its size
        self.only = None if self.mu is not None else "global" if knob(model, "direction") is None else "local"
        self._ranks, self._typed = OrderedDict(), OrderedDict()

    @cached_property
    def matrices(self) -> dict:
        """{"global": (I, T), "local": (I, T)} without mu, or the one there is; one pass over the gallery beside the scores'."""
        return self._split(self.index.images, self.index.texts, self.index.scores)

    def typed(self, sentence: str) -> dict:
        """The same for a sentence of one's own: {"global": (I,), "local": (I,)}.  Raises Problem when no word is known."""
        if sentence not in self._typed:
            run = self.index.run
            text = encode_texts(run.model, [run.vocabulary.require(sentence)], run.vocabulary).rows([0])
            whole = score_all(run.model, self.index.images, text)
            _keep(self._typed, sentence, {k: v[:, 0] for k, v in self._split(self.index.images, text, whole).items()})
        return self._typed[sentence]

    def weighed(self, mu: float | None = None) -> dict:
        """{"global": mu, "local": 1}, or {the one branch: 1}: what the branches are multiplied with before they are added."""
        return {self.only: 1.0} if self.only else {"global": self.mu if mu is None else mu, "local": 1.0}

    def scores(self, mu: float | None = None) -> np.ndarray:
        """(I, T) float32 for another mu; None for the trained one, and then they are those of the index itself."""
        if mu is None or self.only or mu == self.mu:
            return self.index.scores
        mixed = np.multiply(self.matrices["global"], np.float32(mu))
        return np.add(mixed, self.matrices["local"], out=mixed)

    def ranks(self, mu: float | None = None) -> Ranks:
        """Ranks of every query for another mu, ties counted against the model."""
        if mu is None or self.only or mu == self.mu:
            return self.index.ranks
        if mu not in self._ranks:
            _keep(self._ranks, mu, ranks(self.scores(mu), self.index.corpus.image_of_text))
        return self._ranks[mu]

    @cached_property
    def apart(self) -> Ranks:
        """How far the two branches disagree on each query: |log| of the ratio of its ranks; zeros where there is one branch."""
        owner = self.index.corpus.image_of_text
        sides = [ranks(m, owner) for m in self.matrices.values()]
        return Ranks(*(np.abs(np.log((np.maximum(a, 0) + 1) / (np.maximum(b, 0) + 1))) for a, b in zip(sides[0], sides[-1])))

    def lead(self, side: str, mu: float | None = None) -> np.ndarray:
        """How much the best answer of each query scores above its best right one, (T,) or (I,); 0 for a success."""
        scores, owner = self.scores(mu), np.asarray(self.index.corpus.image_of_text)
        own = scores[owner, np.arange(len(owner))]
        if side == "text":
            return scores.max(0) - own
        best = np.full(len(scores), -np.inf, np.float32)
        np.maximum.at(best, owner, own)
        return np.where(np.isfinite(best), scores.max(1) - best, 0)

    def failures(self, side: str, order: str = "rank", mu: float | None = None) -> np.ndarray:
        """Rows of the texts (or images) whose first answer is wrong, in one of the ORDERS."""
        if order not in ORDERS:
            raise unknown("order", order, ORDERS)
        of = lambda r: r.of_texts if side == "text" else r.of_images
        rank = of(self.ranks(mu))
        failed = np.flatnonzero(rank > 0)
        if order == "random":
            return np.random.default_rng(0).permutation(failed)
        key = {"rank": lambda: rank, "gap": lambda: self.lead(side, mu), "disagreement": lambda: of(self.apart)}[order]()
        return failed[np.argsort(-key[failed], kind="stable")]

    def _split(self, images, texts, scores) -> dict:
        """Both branches from the scores and one more pass with mu = 0; the model's own `match` makes them all."""
        if self.only:
            return {self.only: scores}
        model = self.index.run.model
        local = score_all(changed(model, mu=0.0), images, texts)
        whole = scores if self.mu else score_all(changed(model, mu=1.0), images, texts)
        share = np.subtract(whole, local)
        return {"global": np.divide(share, np.float32(self.mu or 1), out=share), "local": local}


def differ(one: Branches, other: Branches, side: str, mu: float | None = None) -> np.ndarray:
    """(T,) or (I,): log of the ratio of two models' ranks for each query, positive where `other` does better."""
    a, b = ((r.of_texts if side == "text" else r.of_images) for r in (one.ranks(mu), other.ranks(mu)))
    return np.where(a < 0, 0.0, np.log((np.maximum(a, 0) + 1) / (np.maximum(b, 0) + 1)))


def _keep(store, key, value):
    """Add to a store of the KEPT newest."""
    store[key] = value
    if len(store) > KEPT:
        store.popitem(last=False)
