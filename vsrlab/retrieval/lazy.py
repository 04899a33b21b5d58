"""Scores that are made when they are read: a block of rows, a row or a column at a time, never all of them."""
from abc import ABC, abstractmethod
from numbers import Integral

import numpy as np


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

    def _mean(self, parts):
        total = sum(np.asarray(part, np.float32) for part in parts)
        return total / np.float32(len(self.members))
