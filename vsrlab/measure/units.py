"""Units: what a test of significance draws or flips as one.  numpy alone.

The texts of one image are not independent of each other, so a unit is an image with all its texts, or a group of
near-duplicate images with all theirs (Cameron and Miller 2015, A practitioner's guide to cluster-robust inference).
Letters here: U units; Q recalls, "text R@1", ..., "image R@10".
"""
from typing import NamedTuple

import numpy as np

from vsrlab.errors import Problem
from vsrlab.measure.ranks import AT, Ranks

FEW = 15                       # fewer units than this that hold a miss, a hit or a difference: large-sample methods do not hold
SIDES = ("text", "image")      # what is sought, as in ranks


class Units(NamedTuple):
    """What each unit answers: a recall is 100 times the sum of a column of hits over the sum of the same column of asked."""
    names: tuple               # (Q,)  of the recalls
    hits: np.ndarray           # (U, Q)  queries of a unit with a right answer among the first K
    asked: np.ndarray          # (U, Q)  queries of a unit that have something to find; the same for every recall of a side

    def resampled(self, draws: int = 2000, seed: int = 0) -> np.ndarray:
        """(draws, Q + 1) the recalls and rsum of units drawn with replacement, per cent."""
        side = len(self.names) // 2
        sums = resampled(np.concatenate([self.hits, self.asked[:, ::side]], 1), draws, seed)
        return recalls(sums[:, :2 * side], np.repeat(sums[:, 2 * side:], side, 1))


def units(r: Ranks, image_of_text, groups=None, folds: int = 1, at=AT) -> Units:
    """Hits and queries of each unit, from ranks (I,), (T,) and the owners (T,) of the texts.

    groups  (I,) the label of each image's group; images with one label are one unit.  None: an image is a unit.
    folds   the images are so many galleries of one size, one after the other, and a recall is the mean of theirs: a query
            then weighs in proportion to 1 / the queries of its gallery, so that sums over units still give that mean
    Raises Problem when the groups do not fit the images.
    """
    owner, images = np.asarray(image_of_text), len(r.of_images)
    unit = np.arange(images) if groups is None else grouped(groups, images)
    hits, asked = [], []
    for rank, image in zip(r, (np.arange(images), owner)):
        image, rank = image[rank >= 0], rank[rank >= 0]
        fold = image * folds // max(images, 1)
        weight = (len(rank) / folds / np.maximum(np.bincount(fold, minlength=folds), 1))[fold]
        total = lambda of, where=unit[image]: np.bincount(where, weights=of, minlength=unit.max() + 1)
        hits += [total(weight * (rank < k)) for k in at]
        asked += [total(weight)] * len(at)
    return Units(tuple(f"{side} R@{k}" for side in SIDES for k in at), np.stack(hits, 1), np.stack(asked, 1))


def grouped(groups, images: int) -> np.ndarray:
    """(I,) the number of each image's group, from any labels; groups are numbered in the order in which they appear."""
    groups = np.asarray(groups)
    if groups.shape != (images,):
        raise Problem(f"groups of shape {groups.shape} for {images} images; give one label for each image, the same for "
                      "near-duplicates.")
    _, first, group = np.unique(groups, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(first))[group]


def recalls(hits, asked) -> np.ndarray:
    """(..., Q) hits and queries -> (..., Q + 1): the recalls and their sum, in per cent."""
    found = 100 * hits / np.where(asked > 0, asked, 1)
    return np.concatenate([found, found.sum(-1, keepdims=True)], -1)


def resampled(rows, draws: int, seed: int = 0) -> np.ndarray:
    """Bootstrap: (U, n) rows -> (draws, n) sums of U rows drawn with replacement (Efron 1979).

    Where few rows differ, how often each kind is drawn is one multinomial draw: the same law in less time.
    """
    rng, rows = np.random.default_rng(seed), np.asarray(rows, float)
    kinds, many = np.unique(rows, axis=0, return_counts=True)
    if 16 * len(kinds) <= len(rows):
        return rng.multinomial(len(rows), many / len(rows), size=draws) @ kinds
    short, found = rows.astype(np.float32), []                      # float32 holds counts exactly, and percentiles to 1e-6
    number = np.uint16 if len(rows) < 2 ** 16 else np.uint32
    for start in range(0, draws, 100):
        drawn = rng.integers(0, len(rows), (min(100, draws - start), len(rows)), number)
        times = np.stack([np.bincount(line, minlength=len(rows)) for line in drawn])        # how often each row was drawn
        found.append(times.astype(np.float32) @ short)
    return np.concatenate(found).astype(float)
