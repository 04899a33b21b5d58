"""Scores that are made when they are read: a block of rows, a row or a column at a time, never all of them."""
from abc import ABC, abstractmethod
from numbers import Integral

import numpy as np

WIDE = 8192                    # vectors that are widened to float64 together


class Lazy(ABC):
    """A matrix (I, T) of which `scores[a:b]`, `scores[i]`, `scores[:, t]` and `scores[i, t]` are made when they are asked for."""
    shape: tuple
    dtype = np.dtype(np.float32)
    ndim = 2

    @abstractmethod
    def rows(self, start: int, stop: int) -> np.ndarray:
        """(stop - start, T) scores of some images."""

    @abstractmethod
    def column(self, text: int) -> np.ndarray:
        """(I,) scores of one text."""

    def pairs(self, images, texts) -> np.ndarray | None:
        """(N,) scores of image n with text n; None where that is no quicker than reading blocks."""
        return None

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, at):
        rows, columns = at if isinstance(at, tuple) else (at, slice(None))
        if isinstance(rows, Integral):
            row = range(len(self))[rows]
            return self.rows(row, row + 1)[0][columns]
        start, stop, step = rows.indices(len(self))
        if (start, stop, step) == (0, len(self), 1) and isinstance(columns, Integral):
            return self.column(range(self.shape[1])[columns])
        if step != 1:
            raise IndexError("rows are read by a number or by a slice without a step, scores[a:b].")
        return self.rows(start, max(start, stop))[:, columns]

    def __array__(self, dtype=None, copy=None):
        return np.asarray(self.rows(0, len(self)), dtype=dtype)


class Mean(Lazy):
    """The mean of several matrices of one shape."""

    def __init__(self, members: list):
        self.members, self.shape = members, tuple(members[0].shape)

    def rows(self, start, stop):
        return self._mean(m[start:stop] for m in self.members)

    def column(self, text):
        return self._mean(m[:, text] for m in self.members)

    def pairs(self, images, texts):
        found = [m.pairs(images, texts) if isinstance(m, Lazy) else None for m in self.members]
        return None if any(part is None for part in found) else self._mean(found)

    def _mean(self, parts):
        total = sum(np.asarray(part, np.float32) for part in parts)
        return total / np.float32(len(self.members))


class Negated(Lazy):
    """Distances as scores: each with a minus, so that the nearest comes first."""

    def __init__(self, x):
        self.x, self.shape = x, tuple(x.shape)

    def rows(self, start, stop):
        return -np.asarray(self.x[start:stop], np.float32)

    def column(self, text):
        return -np.asarray(self.x[:, text], np.float32)


class Product(Lazy):
    """The scores of vectors (I, D) and (T, D): each the product of an image's and a text's.

    It is added up in float64 and then rounded to float32, so that equal vectors score alike wherever they stand in a block, and a
    column is the same as the blocks say.
    """

    def __init__(self, images: np.ndarray, texts: np.ndarray):
        self.vectors, self.shape = {"image": images, "text": texts}, (len(images), len(texts))

    def rows(self, start, stop):
        return self._product(self.vectors["image"][start:stop], self.vectors["text"])

    def column(self, text):
        return self._product(self.vectors["text"][text:text + 1], self.vectors["image"])[0]

    def pairs(self, images, texts):
        found = np.empty(len(images), np.float32)
        for start in range(0, len(images), WIDE):
            at = slice(start, start + WIDE)
            one, other = self.vectors["image"][images[at]], self.vectors["text"][texts[at]]
            found[at] = np.einsum("nd,nd->n", one.astype(np.float64), other.astype(np.float64))
        return found

    @staticmethod
    def _product(few, many) -> np.ndarray:
        """(n, N) float32"""
        few, found = np.asarray(few, np.float64), np.empty((len(few), len(many)), np.float32)
        for start in range(0, len(many), WIDE):
            found[:, start:start + WIDE] = few @ np.asarray(many[start:start + WIDE], np.float64).T
        return found
