"""Likeness: which images, and which texts, of a gallery are near-duplicates."""
from collections import OrderedDict
from functools import cached_property

import numpy as np

from vsrlab.errors import Problem
from vsrlab.measure.ranks import blocks
from vsrlab.retrieval.scored import Scored

SAME = 0.95                    # cosine from which two images, or two texts, are near-duplicates
ENOUGH = 50                    # scores with which two rows, or two columns, can be told apart: few numbers are alike by chance
KEPT = 256                     # rows or columns of scores that are kept for the next question


class Likeness:
    """Near-duplicates: a cosine of at least `same`, or all captions equal.

    The cosine is of vectors of the joint space, where they are known; else of two images' rows of scores, or of two texts'
    columns.  The gallery's mean is taken out first: without that every two images of a young model are alike.
    """

    def __init__(self, scored: Scored, same: float | None = SAME):
        if same is not None and not 0 < same <= 1:
            raise Problem(f"same={same!r}: near-duplicates need a cosine between 0 and 1, for example {SAME}; None folds nothing.")
        self.scored, self.same = scored, same
        self._vectors, self._units, self._words = {}, OrderedDict(), {}

    def __repr__(self) -> str:
        return f"Likeness: {self.rule()}"

    def rule(self) -> str:
        """What counts as a near-duplicate, in words."""
        if self.same is None:
            return "nothing folded"
        cosines = {"vectors": f"cosine of the centred vectors from {self.same}, or ",
                   "scores": f"cosine of centred rows or columns of scores from {self.same}, or ", "captions": ""}
        return f"near-duplicates folded: {cosines[self._by('image')]}equal captions"

    def said(self, side: str, row: int) -> set:
        """The words of a text, or of all captions of an image, without case and spaces: equal ones say the same."""
        if (side, row) not in self._words:
            texts = [row] if side == "text" else self.scored.texts_of(row)
            self._words[side, row] = {" ".join(self.scored.texts[t].lower().split()).rstrip(".") for t in texts}
        return self._words[side, row]

    def alike(self, side: str, row: int, others) -> np.ndarray:
        """(N,) which of some images (or texts) are near-duplicates of one."""
        others, said = np.asarray(others, int), self.said(side, row)
        if self.same is None or not len(others):
            return np.zeros(len(others), bool)
        equal = np.array([bool(said) and said == self.said(side, other) for other in others], bool)
        if self._by(side) == "captions":
            return equal
        return (self._rows(side, others) @ self._rows(side, [row])[0] >= self.same) | equal

    def _by(self, side) -> str:
        """What the cosine is of: "vectors", "scores", or only "captions" where scores are too few."""
        if side not in self._vectors:
            found = self.scored.vectors(side)
            self._vectors[side] = None if found is None else (found, found.mean(0, dtype=np.float64))
        if self._vectors[side] is not None:
            return "vectors"
        return "scores" if self.scored.scores.shape[side == "image"] >= ENOUGH else "captions"

    def _rows(self, side, rows) -> np.ndarray:
        """(N, D) of length one around the gallery's mean."""
        if self._by(side) == "vectors":
            vectors, mean = self._vectors[side]
            return _unit(vectors[np.asarray(rows)] - mean)
        for row in map(int, rows):
            if (side, row) not in self._units:
                line = self.scored.of_image(row) if side == "image" else self.scored.of_text(row)
                self._units[side, row] = _unit(line - self._means[side])
            self._units.move_to_end((side, row))
        found = np.stack([self._units[side, int(row)] for row in rows])
        while len(self._units) > KEPT:
            self._units.popitem(last=False)
        return found

    @cached_property
    def _means(self) -> dict:
        """{"image": the mean row of scores (T,), "text": the mean column (I,)}; one pass over the gallery."""
        images, texts = self.scored.scores.shape
        row, column = np.zeros(texts), np.empty(images)
        for start, block in blocks(self.scored.scores):
            row += block.sum(0, dtype=np.float64)
            column[start:start + len(block)] = block.mean(1, dtype=np.float64)
        return {"image": row / images, "text": column}


def _unit(x) -> np.ndarray:
    return (x / np.maximum(np.linalg.norm(x, axis=-1, keepdims=True), 1e-12)).astype(np.float32)
