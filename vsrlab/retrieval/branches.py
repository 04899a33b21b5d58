"""Branches: the scores of a whole gallery as the sum they are, so that another mu ranks everything anew at once."""
from collections import OrderedDict
from functools import cached_property

import numpy as np

from vsrlab.errors import unknown
from vsrlab.measure.ranks import Ranks, blocks, ranks
from vsrlab.retrieval.scored import Scored, scored_of
from vsrlab.scoring import encode_texts, score_all

KEPT = 8                       # values of mu whose ranks are kept, and sentences whose scores are
SAMPLE, CLOSE = 24, 1e-5       # images and texts on which the global branch is compared with the cosine, and how near they must lie
ORDERS = {"rank": "deepest right answer first", "gap": "largest surplus of a wrong answer first",
          "disagreement": "global and local ranks farthest apart first", "random": "in random order"}


class Branches:
    """What a model scores on a gallery, by branch: S = local + mu x global, where it has both; the two matrices are made once.

    `mu` is the trained weight, None for a model of one branch and for scores without their model: then nothing can be mixed.
    """

    def __init__(self, scored: Scored):
        self.scored = scored_of(scored, "Branches")
        self.index = self.scored.index
        mu = None if self.index is None else self.index.run.model.knob("mu")
        self.mu = None if mu is None else abs(float(mu))             # VSR++ may learn it, and counts its size
        self._ranks, self._typed = OrderedDict(), OrderedDict()

    @property
    def only(self) -> str | None:
        """The one branch of a model that has no mu; None where there are several terms."""
        if self.mu is not None or self.scored.terms:
            return None
        return "score" if self.index is None else "global" if self.index.run.model.compares == "vectors" else "local"

    @cached_property
    def matrices(self) -> dict:
        """{"global": (I, T), "local": (I, T)} without mu, or the terms that are known; with mu one pass over the gallery."""
        if self.mu is None:
            return self.scored.terms or {self.only: self.scored.scores}
        return self._split(self.index.images, self.index.texts, self.scored.scores)

    def weighed(self, mu: float | None = None) -> dict:
        """{"global": mu, "local": 1}, or 1 for each term: what the branches are multiplied with before they are added."""
        if self.mu is None:
            return dict.fromkeys(self.scored.terms or (self.only,), 1.0)
        return {"global": self.mu if mu is None else mu, "local": 1.0}

    def trained(self, mu: float | None) -> bool:
        """Does this mu leave the scores as they are?"""
        return mu is None or self.mu is None or mu == self.mu

    def scores(self, mu: float | None = None):
        """(I, T) for another mu; None for the trained one, and then they are those that the gallery was scored with."""
        if self.trained(mu):
            return self.scored.scores
        mixed = np.multiply(self.matrices["global"], np.float32(mu))
        return np.add(mixed, self.matrices["local"], out=mixed)

    def of_text(self, text, mu: float | None = None) -> np.ndarray:
        """(I,) scores of a text with every image: of a row, or of a sentence of one's own."""
        if self.trained(mu):
            return self._whole(text)[1] if isinstance(text, str) else self.scored.of_text(text)
        parts = self.typed(text) if isinstance(text, str) else {k: m[:, text] for k, m in self.matrices.items()}
        return _mixed(parts, self.weighed(mu))

    def of_image(self, image: int, mu: float | None = None) -> np.ndarray:
        """(T,) scores of an image with every text."""
        if self.trained(mu):
            return self.scored.of_image(image)
        return _mixed({k: m[image] for k, m in self.matrices.items()}, self.weighed(mu))

    def terms(self, images, texts, scores, mu: float | None = None) -> list:
        """[{branch: what it adds}, ...] of some pairs and their (N,) scores: one image with N texts, or N images with one text.

        images, texts  rows; a text may be a sentence of one's own
        """
        if self.trained(mu) and self.mu is not None:
            text = self._whole(texts[0])[0] if isinstance(texts[0], str) else self.index.texts.rows(list(texts))
            return self.index.parts(self.index.images.rows(list(images)), text, scores)
        if self.only:
            return [{self.only: float(score)} for score in scores]
        weights = self.weighed(mu)
        if isinstance(texts[0], str):
            found = {k: np.asarray(part)[list(images)] for k, part in self.typed(texts[0]).items()}
        else:
            found = {k: [m[i, t] for i in images for t in texts] for k, m in self.matrices.items()}
        return [{k: float(np.float32(weights[k]) * found[k][n]) for k in found} for n in range(len(scores))]

    def typed(self, sentence: str) -> dict:
        """{"global": (I,), "local": (I,)} of a sentence of one's own, without mu.  Raises Problem when no word is known."""
        text, whole = self._whole(sentence)
        if self.mu is None:
            return {self.only: whole}
        return {k: part[:, 0] for k, part in self._split(self.index.images, text, whole[:, None]).items()}

    def _whole(self, sentence) -> tuple:
        """(Encoding, (I,) scores) of a sentence of one's own, kept for the next question."""
        if sentence not in self._typed:
            index = self.scored.scorer
            text = encode_texts(index.run.model, [index.run.vocabulary.require(sentence)], index.run.vocabulary).rows([0])
            _keep(self._typed, sentence, (text, score_all(index.run.model, index.images, text)[:, 0]))
        return self._typed[sentence]

    def ranks(self, mu: float | None = None) -> Ranks:
        """Ranks of every query for another mu, ties counted against the model."""
        if self.trained(mu):
            return self.scored.ranks
        if mu not in self._ranks:
            _keep(self._ranks, mu, ranks(self.scores(mu), self.scored.image_of_text))
        return self._ranks[mu]

    @cached_property
    def disagreement(self) -> Ranks:
        """How far the two branches disagree on each query: |log| of the ratio of its ranks; zeros where there is one branch."""
        sides = [ranks(m, self.scored.image_of_text) for m in self.matrices.values()]
        return Ranks(*(np.abs(np.log((np.maximum(a, 0) + 1) / (np.maximum(b, 0) + 1))) for a, b in zip(sides[0], sides[-1])))

    def surplus(self, side: str, mu: float | None = None) -> np.ndarray:
        """How much the best answer of each query scores above its best right one, (T,) or (I,); 0 for a success."""
        owner, images = self.scored.image_of_text, len(self.scored)
        row, column, own = np.empty(images), np.full(len(owner), -np.inf), np.empty(len(owner))
        for start, block in blocks(self.scores(mu)):
            row[start:start + len(block)] = block.max(1)
            np.maximum(column, block.max(0), out=column)
            mine = np.flatnonzero((owner >= start) & (owner < start + len(block)))
            own[mine] = block[owner[mine] - start, mine]
        if side == "text":
            return column - own
        best = np.full(images, -np.inf)
        np.maximum.at(best, owner, own)
        return np.where(np.isfinite(best), row - best, 0)

    def failures(self, side: str, order: str = "rank", mu: float | None = None) -> np.ndarray:
        """Rows of the texts (or images) whose first answer is wrong, in one of the ORDERS."""
        if order not in ORDERS:
            raise unknown("order", order, ORDERS)
        of = lambda r: r.of_texts if side == "text" else r.of_images
        rank = of(self.ranks(mu))
        failed = np.flatnonzero(rank > 0)
        if order == "random":
            return np.random.default_rng(0).permutation(failed)
        key = {"rank": lambda: rank, "gap": lambda: self.surplus(side, mu), "disagreement": lambda: of(self.disagreement)}[order]()
        return failed[np.argsort(-key[failed], kind="stable")]

    def _split(self, images, texts, scores) -> dict:
        """Both branches.  Where the model's own `match` makes the global one the product of the two vectors, as SAMPLE images and
        texts tell, it is one product for the whole gallery; else there is a pass over the gallery, with mu = 0.
        """
        some = [np.linspace(0, len(x.mask) - 1, min(SAMPLE, len(x.mask))).astype(int).tolist() for x in (images, texts)]
        look = self._passed(images.rows(some[0]), texts.rows(some[1]), np.asarray(scores)[np.ix_(*some)])["global"]
        ours, theirs = (side.vector.float().cpu().numpy() for side in (images, texts))
        if np.abs(ours[some[0]] @ theirs[some[1]].T - look).max() > CLOSE:
            return self._passed(images, texts, scores)
        shared = ours @ theirs.T
        return {"global": shared, "local": np.asarray(scores) - np.float32(self.mu) * shared}

    def _passed(self, images, texts, scores) -> dict:
        """Both branches from the scores and one more pass with mu = 0; the model's own `match` makes them all."""
        model = self.index.run.model
        local = score_all(model.with_knobs(mu=0.0), images, texts)
        whole = np.asarray(scores) if self.mu else score_all(model.with_knobs(mu=1.0), images, texts)
        share = np.subtract(whole, local)
        return {"global": np.divide(share, np.float32(self.mu or 1), out=share), "local": local}


def branches_of(what) -> Branches:
    """Branches themselves, or those of a Scored or an Index."""
    return what if isinstance(what, Branches) else Branches(what)


def differ(one: Branches, other: Branches, side: str, mu: float | None = None) -> np.ndarray:
    """(T,) or (I,): log of the ratio of two models' ranks for each query, positive where `other` does better."""
    a, b = ((r.of_texts if side == "text" else r.of_images) for r in (one.ranks(mu), other.ranks(mu)))
    return np.where(a < 0, 0.0, np.log((np.maximum(a, 0) + 1) / (np.maximum(b, 0) + 1)))


def _mixed(parts, weights) -> np.ndarray:
    return sum(np.float32(weights[k]) * np.asarray(part) for k, part in parts.items())


def _keep(store, key, value):
    """Add to a store of the KEPT newest."""
    store[key] = value
    if len(store) > KEPT:
        store.popitem(last=False)
