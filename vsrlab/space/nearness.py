"""Who is near whom: neighbours in the full space, and the measures of how much of that a map keeps.

N points, D dimensions, places (N, 2) on a map.  Directions count and lengths do not: every point is scaled to
length one, and near means a large cosine, as in the scores.
"""
from typing import NamedTuple

import numpy as np

from vsrlab.errors import Problem

K = 15                # neighbours of the measures
BLOCK = 512           # rows compared at once: 512 x 5,000 cosines are 10 MB


def unit(points) -> np.ndarray:
    """(N, D) float32 of length one; zeros stay zeros.  Raises Problem for what is not a finite matrix."""
    points = np.asarray(points, np.float32)
    if points.ndim != 2 or not np.isfinite(points).all():
        odd = " and some are not finite" if points.ndim == 2 else ""
        raise Problem(f"points are {points.shape}{odd}; expected (N, D) numbers: one row each.")
    return points / np.maximum(np.linalg.norm(points, axis=1, keepdims=True), 1e-12)


def nearest(points, queries, k: int, skip_self: bool = False):
    """The k points (N, D) with the largest cosine to each query (M, D), exactly: rows (M, k) and cosines (M, k), best first.

    `skip_self` when the queries are the points: no point is its own neighbour.  Equal cosines stand in the order of their rows.
    """
    points, queries = unit(points), unit(queries)
    k = min(k, len(points) - skip_self)
    rows, cosines = np.empty((len(queries), k), np.int64), np.empty((len(queries), k), np.float32)
    for at in range(0, len(queries), BLOCK):
        near = queries[at:at + BLOCK] @ points.T
        if skip_self:
            near[np.arange(len(near)), at + np.arange(len(near))] = -np.inf
        some = np.sort(np.argpartition(-near, min(k, near.shape[1]) - 1, axis=1)[:, :k], axis=1)
        value = np.take_along_axis(near, some, 1)
        order = np.argsort(-value, axis=1, kind="stable")
        rows[at:at + BLOCK], cosines[at:at + BLOCK] = np.take_along_axis(some, order, 1), np.take_along_axis(value, order, 1)
    return rows, cosines


def trustworthiness(points, places, k: int = K) -> float:
    """Are neighbours on the map neighbours in the space?  1 for always, about 0.5 for a random map (Venna and Kaski 2001).

    T = 1 - 2 / (N k (2N - 3k - 1)) * sum over each point's k neighbours on the map of max(0, rank in the space - k).
    """
    points, places = unit(points), np.asarray(places, np.float32)
    n = len(points)
    k = min(k, (n - 1) // 2)
    if k < 1:
        return float("nan")
    surplus = 0
    for at in range(0, n, BLOCK):
        near = points[at:at + BLOCK] @ points.T
        own = np.arange(len(near)), at + np.arange(len(near))
        near[own] = np.inf                                                       # rank 0 is the point itself
        beside = _beside(places, at, k)
        for column in beside.T:
            rank = (near > np.take_along_axis(near, column[:, None], 1)).sum(1)
            surplus += int(np.maximum(0, rank - k).sum())
    return 1 - 2 / (n * k * (2 * n - 3 * k - 1)) * surplus


def overlap(one, other, k: int = K) -> float:
    """The share of the k neighbours of a point that two maps (N, 2) of the same points have in common, on average."""
    n = len(one)
    k = min(k, n - 1)
    if k < 1:
        return float("nan")
    common = 0
    for at in range(0, n, BLOCK):
        a, b = _beside(one, at, k), _beside(other, at, k)
        common += int((a[:, :, None] == b[:, None, :]).sum())
    return common / (n * k)


def _beside(places, at, k):
    """The k nearest on the map of a block of points, without themselves: (B, k) rows."""
    places = np.asarray(places, np.float64)
    block = places[at:at + BLOCK]
    far = np.square(block[:, None] - places[None]).sum(-1)
    far[np.arange(len(block)), at + np.arange(len(block))] = np.inf
    return np.argpartition(far, k - 1, axis=1)[:, :k]


class Gap(NamedTuple):
    """How far images and texts lie apart (Liang, Zhang, Kwon, Yeung, Zou: Mind the Gap, NeurIPS 2022), and pairs within it."""
    distance: float       # between the mean image and the mean text, both of length one at most: 0 to 2
    pairs: float          # mean cosine of a text with its image
    others: float         # mean cosine of a text with any other image


def gap(images, texts, image_of_text) -> Gap:
    """images (I, D), texts (T, D), image_of_text (T,) -> Gap."""
    images, texts, owner = unit(images), unit(texts), np.asarray(image_of_text)
    own = np.einsum("td,td->t", texts, images[owner])
    every = float(texts.sum(0, dtype=np.float64) @ images.sum(0, dtype=np.float64))
    others = (every - float(own.sum())) / max(1, len(texts) * (len(images) - 1))
    return Gap(float(np.linalg.norm(images.mean(0) - texts.mean(0))), float(own.mean()), others)


def lengths(images, texts, image_of_text) -> np.ndarray:
    """(T,) how far each text's place lies from its image's, on the map; images (I, 2), texts (T, 2)."""
    return np.linalg.norm(np.asarray(texts) - np.asarray(images)[image_of_text], axis=1)


def longest(length, share: float = 0.05) -> np.ndarray:
    """Rows of the longest share of the pairs, longest first; at least one."""
    length = np.asarray(length)
    return np.argsort(-length, kind="stable")[:max(1, round(share * len(length)))] if len(length) else np.zeros(0, int)


def occurrences(points, queries, k: int = 10) -> np.ndarray:
    """(N,) how often each point is among the k nearest of a query: what is often there is a hub."""
    return np.bincount(nearest(points, queries, k)[0].reshape(-1), minlength=len(points))
