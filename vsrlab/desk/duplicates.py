"""Near-duplicates of a whole gallery: pairs whose vectors, or whose rows or columns of scores, point the same way around the mean.

`retrieval.likeness` asks the same of a few; here all pairs are compared, with a random projection where scores are many.
Letters: N things of one side; D numbers of a vector, or scores of each.
"""
import numpy as np

from vsrlab.errors import Problem
from vsrlab.measure.ranks import blocks

WIDE = 256                     # directions that many scores are projected on, to find candidates
SLACK = 0.05                   # a candidate may look so much less alike: eight deviations of the cosine of two projections at 0.95
ENOUGH = 50                    # scores with which two rows or columns can be told apart
ROWS = 1024                    # things that are compared with all others together


def pairs_alike(vectors, cosine: float) -> tuple:
    """(first (P,), second (P,), cosine (P,)) of all pairs of vectors (N, D) whose cosine around their mean is at least `cosine`."""
    unit = _unit(np.asarray(vectors, np.float32) - np.mean(vectors, 0, dtype=np.float64).astype(np.float32))
    found = []
    for start in range(0, len(unit), ROWS):
        like = unit[start:start + ROWS] @ unit[start:].T
        one, other = np.nonzero(np.triu(like >= cosine, 1))
        found.append((one + start, other + start, like[one, other]))
    return tuple(map(np.concatenate, zip(*found)))


def duplicates(scores, side: str, means, cosine: float) -> tuple:
    """The same of images by their rows of scores (I, T), or of texts by their columns: two passes, exact.

    means  the mean row (T,) for the "image" side, the mean column (I,) for the "text" side
    A projection on 256 random directions finds candidates; their cosines are then taken from all scores.
    """
    images, texts = scores.shape
    width = texts if side == "image" else images
    if width < ENOUGH:
        raise Problem(f"there are only {width} scores of each {side}, too few to tell near-duplicates; give vectors with "
                      "vl.from_embeddings.")
    rng = np.random.default_rng(0)
    drawn = rng.standard_normal((width, WIDE), dtype=np.float32) / np.float32(np.sqrt(WIDE))
    low = np.zeros((images if side == "image" else texts, WIDE), np.float32)
    square = np.zeros(len(low))
    for start, block in _centred(scores, side, means):
        at = slice(start, start + len(block))
        if side == "image":
            low[at], square[at] = block @ drawn, np.einsum("it,it->i", block, block)
        else:
            low += block.T @ drawn[at]
            square += np.einsum("it,it->t", block, block)
    length = np.sqrt(np.maximum(square, 1e-24))
    one, other = _candidates(_unit(low), cosine - SLACK)
    exact = (_of_rows if side == "image" else _of_columns)(scores, means, one, other) / (length[one] * length[other])
    kept = exact >= cosine
    return one[kept], other[kept], exact[kept]


def _centred(scores, side, means):
    means = np.asarray(means, np.float32)
    for start, block in blocks(scores):
        yield start, (block - (means if side == "image" else means[start:start + len(block), None])).astype(np.float32)


def _candidates(low, least) -> tuple:
    found = []
    for start in range(0, len(low), ROWS):
        one, other = np.nonzero(np.triu(low[start:start + ROWS] @ low[start:].T >= least, 1))
        found.append((one + start, other + start))
    return tuple(map(np.concatenate, zip(*found)))


def _of_rows(scores, means, one, other) -> np.ndarray:
    """(P,) products of pairs of centred rows."""
    line = lambda row: np.asarray(scores[int(row)], np.float64) - means
    found, at, first = np.empty(len(one)), -1, None
    for n, (a, b) in enumerate(zip(one, other)):            # in the order of `one`: each is read once
        if a != at:
            at, first = a, line(a)
        found[n] = first @ line(b)
    return found


def _of_columns(scores, means, one, other) -> np.ndarray:
    """(P,) products of pairs of centred columns, in one pass."""
    found = np.zeros(len(one))
    for _, block in _centred(scores, "text", means) if len(one) else ():
        for start in range(0, len(one), 2 ** 14):
            at = slice(start, start + 2 ** 14)
            found[at] += np.einsum("ip,ip->p", block[:, one[at]], block[:, other[at]])
    return found


def _unit(x) -> np.ndarray:
    return (x / np.maximum(np.linalg.norm(x, axis=1, keepdims=True), 1e-12)).astype(np.float32)
