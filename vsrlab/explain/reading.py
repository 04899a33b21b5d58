"""Reading, measured: what a memory over regions comes to believe step by step, and how much of that is the order.

A GRU reads the regions one after the other.  Attributions over it bunch on the last steps whatever stands there, so
the effect of a position and the effect of a content are only told apart by reading in other orders.
"""
from functools import cached_property
from typing import NamedTuple

import numpy as np
import torch

from vsrlab.errors import Problem
from vsrlab.explain.lacks import no_memory
from vsrlab.explain.pair import AT_ONCE, Pair
from vsrlab.explain.record import Explanation

ORDERS, SPLIT = 20, 8       # of reading; those of them in which every region is left out once


class Rival(NamedTuple):
    """The caption that the shown one is compared with."""
    row: int
    text: str
    right: bool                # does it belong to the image?


class Course(NamedTuple):
    """The memory after each region, in the order of reading."""
    order: np.ndarray          # (R,)  the region read at each step
    shown: np.ndarray          # (R,)  cosine with the caption of the pair
    rival: np.ndarray | None   # (R,)  cosine with the rival; None where the gallery has no other caption
    update: np.ndarray         # (R,)  length of the memory's change, against its length after the step
    replaced: np.ndarray | None   # (R,)  the share of the memory that a region replaces: 1 - update gate, mean over D


class Shuffled(NamedTuple):
    """The same regions read in other orders."""
    orders: np.ndarray         # (N, R)  region read at each step
    cosine: np.ndarray         # (N, R)  of the memory and the caption after each step
    score: np.ndarray          # (N,)
    rank: np.ndarray           # (N,)    of the image for the text, from zero
    true_rank: int             # of the image as it is read

    @property
    def moved(self) -> float:
        """The share of orders that change the rank."""
        return float((self.rank != self.true_rank).mean())


class Bunching(NamedTuple):
    """What leaving one region out does to the cosine of image and text, over many orders of reading."""
    position: np.ndarray       # (R,)  mean size of the effect at each step, over orders
    content: np.ndarray        # (R,)  mean size of the effect of each region, over orders
    by_position: float         # share of the variance of the sizes that the step explains, chance taken off
    by_content: float          # share that the region explains

    @property
    def last_third(self) -> float:
        """The share of all effect that the last third of the steps carries; a third would be even."""
        late = len(self.position) - len(self.position) // 3
        return float(self.position[late:].sum() / max(self.position.sum(), 1e-12))


class Reading:
    """The reading of one pair; every part is computed when it is first asked for.

    orders, seed   how many shuffled orders are drawn, and which
    shuffled       those of another reading of as many regions, to be taken over: `bunching` reads in the same orders
    """

    def __init__(self, e: Explanation, pair: Pair | None = None, orders: int = ORDERS, seed: int = 0,
                 shuffled: Shuffled | None = None):
        if e.memory is None:
            raise Problem(no_memory(e))
        self.e, self.pair, self.draws, self.seed = e, pair, orders, seed
        if shuffled is not None:
            self.shuffled = shuffled

    @cached_property
    def rival(self) -> Rival | None:
        """The best caption on the other side: a wrong one where the pair's caption is right, a right one where it is wrong."""
        if self.pair is None:
            return None
        index, e = self.pair.index, self.e
        scores, owner = np.array(index.scores[e.image], float), np.asarray(index.corpus.image_of_text)
        may = owner == e.image if e.right is False else owner != e.image
        may &= np.array([t != e.text for t in index.corpus.texts])
        if not may.any():
            return None
        row = int(np.where(may, scores, -np.inf).argmax())
        return Rival(row, index.corpus.texts[row], bool(owner[row] == e.image))

    @cached_property
    def course(self) -> Course:
        """Step by step; a record without its model has no vectors of captions, and its cosines are NaN."""
        e, order = self.e, self.order
        memory = np.asarray(e.memory, float)[order]
        before = np.concatenate([np.zeros_like(memory[:1]), memory[:-1]])
        update = np.linalg.norm(memory - before, axis=1) / np.maximum(np.linalg.norm(memory, axis=1), 1e-12)
        replaced = None if e.gates is None else 1 - np.asarray(e.gates, float).mean(1)[order]      # PyTorch's gate 1 keeps
        if self.pair is None:
            return Course(order, np.full(len(memory), np.nan), None, update, replaced)
        rival = None if self.rival is None else cosines(memory, _plain(self.pair.index.texts.rows([self.rival.row]).vector)[0])
        return Course(order, cosines(memory, self._text), rival, update, replaced)

    @cached_property
    def order(self) -> np.ndarray:
        """(R,) the region read at each step; a record without its model is taken to be read in the order of its regions."""
        return self._steps(len(self.e.memory))

    def _steps(self, count: int) -> np.ndarray:
        """(count,) which of so many regions the model reads at each step; it is asked, so that both always agree."""
        order = None if self.pair is None else self.pair.model.reading_order(count)
        return np.arange(count) if order is None else order.cpu().numpy()

    @cached_property
    @torch.no_grad()
    def head(self) -> bool:
        """Does the model change the last memory before it compares it (batch norm of VSRN's Flickr30K head)?"""
        last = self.pair.encode_image()
        return bool(abs(cosines(_plain(last.seen["memory"])[0, self.order[-1]], _plain(last.vector)[0]) - 1) > 1e-3)

    @cached_property
    def shuffled(self) -> Shuffled:
        """Other orders: the graph does not mind them, the memory does."""
        pair, rng = self._pair(), np.random.default_rng(self.seed)
        orders = np.stack([rng.permutation(pair.regions.shape[1]) for _ in range(self.draws)])
        with torch.no_grad():
            images = pair.encode_image(regions=pair.regions[0][torch.as_tensor(orders, device=pair.device)])
            score = pair.model.match(images, pair.encode_text()).scores[:, 0].double().cpu().numpy()
        column = pair.against_images() if pair.text_row is None else np.asarray(pair.index.scores[:, pair.text_row])
        memory = _plain(images.seen["memory"])[:, self.order]
        return Shuffled(orders[:, self.order], cosines(memory, self._text), score, pair.rank(column, score),
                        pair.rank(column, self.e.score))

    @property
    def bunched(self) -> bool:
        """Is `bunching` there already?  It takes seconds."""
        return "bunching" in vars(self)

    @cached_property
    def bunching(self) -> Bunching:
        """Leave every region out of some of the orders: SPLIT x R readings, the only slow part."""
        orders = self.shuffled.orders[:SPLIT]
        regions = orders.shape[1]
        if regions < 3:
            raise Problem(f"the image has {regions} region(s); position and content are told apart from three on.")
        size = np.stack([self._lost(order) for order in orders])                       # (N, R) by step
        steps = np.tile(np.arange(regions), (len(orders), 1))
        by_region = np.zeros(regions)
        np.add.at(by_region, orders, size)
        return Bunching(size.mean(0), by_region / len(orders), explained(size.ravel(), steps.ravel()),
                        explained(size.ravel(), orders.ravel()))

    @torch.no_grad()
    def _lost(self, order) -> np.ndarray:
        """(R,) size of the change of cosine when the region of each step is left out of one order (region read at each step)."""
        without = np.stack([self._rows(np.delete(order, n)) for n in range(len(order))])      # (R, R - 1)
        found = [self._cosine(without[start:start + AT_ONCE]) for start in range(0, len(order), AT_ONCE)]
        return np.abs(self._cosine(self._rows(order)[None]) - np.concatenate(found))

    def _rows(self, order) -> np.ndarray:
        """The rows that regions have to stand in for the model to read them in this order."""
        rows = np.empty(len(order), int)
        rows[self._steps(len(order))] = order
        return rows

    def _cosine(self, rows) -> np.ndarray:
        """(N,) cosine of image and text for the regions in these rows (N, R')."""
        regions = self.pair.regions[0][torch.as_tensor(rows, device=self.pair.device)]
        return cosines(_plain(self.pair.encode_image(regions=regions).vector), self._text)

    @cached_property
    @torch.no_grad()
    def _text(self) -> np.ndarray:
        return _plain(self._pair().encode_text().vector)[0]

    def _pair(self) -> Pair:
        if self.pair is None:
            raise Problem("this record was read from a file and cannot run again; open the pair with "
                          "vl.timeline(run, index, image, text).")
        return self.pair


def _plain(x) -> np.ndarray:
    return x.detach().double().cpu().numpy()


def cosines(vectors, one) -> np.ndarray:
    """Vectors (..., D) with one (D,): (...,)."""
    return vectors @ one / np.maximum(np.linalg.norm(vectors, axis=-1) * np.linalg.norm(one), 1e-12)


def explained(values, group) -> float:
    """Share of the variance of values (N,) that their group (N,) explains, less what chance would (epsilon squared), 0 to 1."""
    count = np.bincount(group)
    count = count[count > 0]
    means = np.bincount(group, weights=values)[np.unique(group)] / count
    whole, between = ((values - values.mean()) ** 2).sum(), (count * (means - values.mean()) ** 2).sum()
    free, left = len(count) - 1, len(values) - len(count)
    if whole <= 1e-18 or left <= 0:
        return 0.0
    return float(np.clip((between - free * (whole - between) / left) / whole, 0, 1))
