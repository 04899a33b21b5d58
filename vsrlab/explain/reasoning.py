"""Reasoning, measured: what the relations between regions do to the score, and whether they are more than geometry.

An affinity says how much one region reads another.  What that matters to a pair is another question, answered by
cutting the relation, running the pair again, and doing the same to as many relations chosen at random.
"""
from typing import NamedTuple

import numpy as np
import torch

from vsrlab.errors import Problem
from vsrlab.explain.explanation import explain_pair
from vsrlab.explain.lacks import no_relations
from vsrlab.explain.pair import AT_ONCE, Pair
from vsrlab.explain.record import Explanation
from vsrlab.measure.concordance import spearman

COUNTS = (1, 2, 4, 8, 16, 32)


class Cut(NamedTuple):
    """What N cuts do.  The other images keep their scores: only this one reasons without the relations."""
    change: np.ndarray         # (N,)  score with the relations cut, minus the score as it is
    rank: np.ndarray           # (N,)  rank of the image for the text, from zero, ties counted against it


class Against(NamedTuple):
    """The k strongest relations of a layer cut together, and as many at random, several times."""
    counts: np.ndarray         # (K,)
    strongest: Cut             # of (K,)
    random: Cut                # of (K, draws)

    @property
    def beaten(self) -> np.ndarray:
        """(K,) the share of random cuts that change the score less than the strongest relations do."""
        return (np.abs(self.random.change) < np.abs(self.strongest.change)[:, None]).mean(1)


class Agreement(NamedTuple):
    """Affinity against effect, relation by relation."""
    edges: list                # of (reader, read)
    affinity: np.ndarray       # (E,)  as computed
    change: np.ndarray         # (E,)  of the score when it is cut
    rho: float                 # rank correlation of their sizes


class Geometry(NamedTuple):
    """Rank correlations of the size of the affinity over all ordered pairs of different regions."""
    overlap: float             # with intersection over union
    nearness: float            # with minus the distance of the middles


class Cuts:
    """The cuts of one pair, each computed once.  Raises Problem for a model whose regions do not read each other."""

    def __init__(self, pair: Pair, e: Explanation):
        if e.affinity is None or not len(e.affinity):
            raise Problem(no_relations(e))
        self.pair, self.affinity, self._known = pair, np.asarray(e.affinity, float), {}
        self.layers, self.regions = self.affinity.shape[:2]
        self.text = pair.encode_text()
        self.score = float(e.score)
        self.column = pair.against_images() if pair.text_row is None else np.asarray(pair.index.scores[:, pair.text_row])

    @property
    def rank(self) -> int:
        """Of the image as it is."""
        return self.pair.rank(self.column, self.score)

    def edges(self, layer: int, edges) -> Cut:
        """Each of N relations [(reader, read), ...] of a layer cut alone; what was asked before is remembered."""
        new = [e for e in dict.fromkeys(map(tuple, edges)) if (layer, *e) not in self._known]
        found = self.groups(layer, [[e] for e in new])
        self._known |= {(layer, *e): values for e, values in zip(new, zip(*found))}
        values = [self._known[layer, *e] for e in map(tuple, edges)]
        return Cut(np.array([c for c, _ in values], float), np.array([r for _, r in values], int))

    def everything(self) -> Cut:
        """All relations between different regions cut in every layer: of (1,), computed once."""
        if "everything" not in self._known:
            keep = np.tile(np.eye(self.regions, dtype=bool), (1, self.layers, 1, 1))
            change = self._scores(keep) - self.score
            self._known["everything"] = Cut(change, self.pair.rank(self.column, self.score + change))
        return self._known["everything"]

    def groups(self, layer: int, groups) -> Cut:
        """Each of N groups of relations [[(reader, read), ...], ...] of a layer cut together."""
        changes, layer = [np.zeros(0)], range(self.layers)[layer]
        for start in range(0, len(groups), AT_ONCE):
            some = groups[start:start + AT_ONCE]
            keep = np.ones((len(some), *self.affinity.shape), bool)
            for n, group in enumerate(some):
                keep[n, layer, [a for a, _ in group], [b for _, b in group]] = False
            changes.append(self._scores(keep) - self.score)
        change = np.concatenate(changes)
        return Cut(change, self.pair.rank(self.column, self.score + change))

    def random(self, layer: int, draws: int = 20, seed: int = 0) -> Cut:
        """Single relations at random: what cutting any relation does."""
        every, rng = pairs(self.regions), np.random.default_rng([seed, layer])
        return self.edges(layer, [every[n] for n in rng.permutation(len(every))[:draws]])

    def against(self, layer: int, counts=COUNTS, draws: int = 20, seed: int = 0) -> Against:
        """The k strongest relations together, for each k of `counts`, against `draws` random choices of k.  Computed once."""
        key = ("against", layer, tuple(counts), draws, seed)
        if key not in self._known:
            every, rng = pairs(self.regions), np.random.default_rng([seed, layer])
            counts = [k for k in counts if k <= len(every) // 2] or [1]
            order = sorted(every, key=lambda e: -abs(self.affinity[layer][e]))
            chosen = [order[:k] for k in counts]
            chosen += [[every[n] for n in rng.permutation(len(every))[:k]] for k in counts for _ in range(draws)]
            cut, k = self.groups(layer, chosen), len(counts)
            apart = lambda x: x[k:].reshape(k, draws)
            self._known[key] = Against(np.array(counts), Cut(*(x[:k] for x in cut)), Cut(*map(apart, cut)))
        return self._known[key]

    def agreement(self, layer: int, most: int = 400, seed: int = 0) -> Agreement:
        """Affinity against effect over all relations of a layer, or `most` of them at random."""
        every = pairs(self.regions)
        if len(every) > most:
            every = [every[n] for n in np.sort(np.random.default_rng([seed, layer]).permutation(len(every))[:most])]
        affinity, change = np.array([self.affinity[layer][e] for e in every]), self.edges(layer, every).change
        return Agreement(every, affinity, change, spearman(np.abs(affinity), np.abs(change)))

    @torch.no_grad()
    def _scores(self, keep) -> np.ndarray:
        """Scores of the pair with the relations `keep` (N, L, R, R), through the two calls that score it."""
        images, pair = len(keep), self.pair
        regions, mask = pair.regions.expand(images, -1, -1), torch.ones(images, self.regions, dtype=torch.bool, device=pair.device)
        edges = torch.as_tensor(keep, dtype=pair.regions.dtype, device=pair.device)
        encoded = pair.model.encode_images(*pair.beside(regions, mask), edges=edges)
        return pair.model.paired(encoded, self.text).double().cpu().numpy()


def pairs(regions: int) -> list:
    """Every (reader, read) of two different regions; of a single region, its relation to itself."""
    return [(a, b) for a in range(regions) for b in range(regions) if a != b] or [(0, 0)]


def overlaps(boxes, others=None) -> np.ndarray:
    """(N, M) intersection over union of boxes (N, 4) and others (M, 4); None: of the boxes with each other."""
    a, b = np.reshape(boxes, (-1, 1, 4)), np.reshape(boxes if others is None else others, (1, -1, 4))
    both = np.clip(np.minimum(a[..., 2:], b[..., 2:]) - np.maximum(a[..., :2], b[..., :2]), 0, None).prod(-1)
    area = lambda x: np.clip(x[..., 2:] - x[..., :2], 0, None).prod(-1)
    return both / np.maximum(area(a) + area(b) - both, 1e-12)


def distances(boxes, size=None) -> np.ndarray:
    """(R, R) distances of the middles, in widths of the photo; `size` (width, height) keeps its shape."""
    middle = (boxes[:, :2] + boxes[:, 2:]) / 2 * (1, 1 if size is None else size[1] / size[0])
    return np.linalg.norm(middle[:, None] - middle[None], axis=-1)


def geometry(affinity, boxes, size=None) -> Geometry:
    """Is it just geometry?  affinity (R, R) against where the boxes (R, 4) lie."""
    other = ~np.eye(len(boxes), dtype=bool)
    strength = np.abs(affinity)[other]
    return Geometry(spearman(strength, overlaps(boxes)[other]), spearman(strength, -distances(boxes, size)[other]))


def nearest(regions) -> np.ndarray:
    """(R,) the most similar other region of each, by the cosine of their vectors (R, D)."""
    unit = regions / np.maximum(np.linalg.norm(regions, axis=-1, keepdims=True), 1e-12)
    near = unit @ unit.T
    np.fill_diagonal(near, -np.inf)
    return near.argmax(1)


def agreements(run, index, layer: int = -1, images: int = 20, most: int = 100, seed: int = 0) -> np.ndarray:
    """(N,) rank correlations of affinity and effect, one for each of some images with their first text: a set, not an anecdote."""
    owner = np.asarray(index.corpus.image_of_text)
    rows = np.random.default_rng(seed).permutation(np.unique(owner))[:images]
    found = []
    for row in rows:
        pair = Pair(run, index, int(row), int(np.flatnonzero(owner == row)[0]))
        cuts = Cuts(pair, explain_pair(pair))
        found.append(cuts.agreement(range(cuts.layers)[layer], most, seed).rho)
    return np.array(found)
