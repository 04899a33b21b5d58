"""Digest: all that the error desk asks of a whole matrix of scores, found in one pass over it and kept.

Letters: I images, T texts; N queries of a side, K answers that are kept of each, 20 or as many as there are.
A side is named by who asks: "text" queries look for their image, "image" queries for their texts.
"""
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from vsrlab.errors import Problem, unknown
from vsrlab.measure.ranks import TIE, TIES, Ranks, blocks, checked_scores, own_scores

KEPT = 20                      # answers of every query
SIDES = ("text", "image")
WIDE = 2 ** 20                 # scores that are widened to float64 together


class Side(NamedTuple):
    """What is known of the N queries of one side.  nan and rank -1: an image without a text has nothing to find."""
    worst: np.ndarray          # (N,)    rank of the best right answer from 0, ties counted against it
    best: np.ndarray           # (N,)    the same, ties counted for it
    score: np.ndarray          # (N,)    of the best right answer
    wrong: np.ndarray          # (N,)    score of the best wrong answer; nan where every answer is right
    mean: np.ndarray           # (N,)    of all scores of the query
    deviation: np.ndarray      # (N,)    of all scores of the query
    spread: np.ndarray         # (N,)    deviation of the scores of its wrong answers
    rows: np.ndarray           # (N, K)  the first answers: of equal scores the right ones last, then in the order of rows
    scores: np.ndarray         # (N, K)  their scores

    @property
    def hit(self) -> np.ndarray:
        """(N,) is the first answer right?"""
        return self.worst == 0

    @property
    def failed(self) -> np.ndarray:
        """(N,) is the first answer wrong?"""
        return self.worst > 0

    @property
    def margin(self) -> np.ndarray:
        """(N,) score of the best right answer minus that of the best wrong one: below 0 for a failure."""
        return self.score - self.wrong

    @property
    def margin_sd(self) -> np.ndarray:
        """(N,) the margin in deviations of the wrong answers' scores; nan where these are all alike."""
        return self.margin / np.where(self.spread > 0, self.spread, np.nan)

    @property
    def tied(self) -> np.ndarray:
        """(N,) is it nearly a tie: a margin of 0, or below 2 % of the deviation of the wrong answers?  See `measure.ranks.tie`."""
        return (np.abs(self.margin) < TIE * self.spread) | (self.margin == 0)


@dataclass(frozen=True, repr=False)
class Digest:
    """Both sides of a matrix (I, T)."""
    text: Side                 # N = T
    image: Side                # N = I

    def __repr__(self) -> str:
        return f"Digest of {len(self.image.worst):,} images x {len(self.text.worst):,} texts, the first {self.kept('text')} answers"

    def side(self, side: str) -> Side:
        """The queries of "text" or "image"."""
        if side not in SIDES:
            raise unknown("side", side, SIDES)
        return getattr(self, side)

    def kept(self, side: str) -> int:
        """How many answers of each query of a side are kept."""
        return self.side(side).rows.shape[1]

    def ranks(self, ties: str = "worst") -> Ranks:
        """Ranks by a rule for ties, as `measure.ranks.ranks` gives them."""
        if ties not in TIES:
            raise unknown("rule for ties", ties, TIES)
        of = {"worst": lambda s: s.worst, "best": lambda s: s.best, "mean": lambda s: (s.worst + s.best) / 2}[ties]
        return Ranks(of(self.image), of(self.text))

    def found(self, side: str, k: int = 10) -> np.ndarray:
        """N_k: how many queries of the other side have each image (side="image"), or each text, among their first k."""
        asking = self.side({"image": "text", "text": "image"}.get(side, side))
        if not 1 <= k <= asking.rows.shape[1]:
            raise Problem(f"k={k}: the digest keeps the first {asking.rows.shape[1]} answers; ask for 1 to {asking.rows.shape[1]}.")
        return np.bincount(asking.rows[:, :k].ravel(), minlength=len(self.side(side).worst))

    def arrays(self) -> dict:
        """{"text worst": ..., "image rows": ...}: what a file keeps."""
        return {f"{side} {name}": x for side in SIDES for name, x in self.side(side)._asdict().items()}

    @classmethod
    def of_arrays(cls, arrays: dict) -> "Digest":
        """From what `arrays` gave; a KeyError where one is missing."""
        return cls(*(Side(*(arrays[f"{side} {name}"] for name in Side._fields)) for side in SIDES))


def digest(scores, image_of_text, kept: int = KEPT) -> Digest:
    """One pass over scores (I, T), as `measure.ranks.ranks` reads them, blocks of 255 images.

    Where rows are made when they are asked for and `scores.pairs` does not tell the right pairs, two passes.  Extra memory: five
    bytes for each score of a block, and about 25 `kept` numbers for each text.  Raises Problem for scores that are not finite.
    """
    scores, owner = checked_scores(scores, image_of_text)
    own, best, told = own_scores(scores, owner)
    images, texts = scores.shape
    rows, columns = _Rows(owner, best, min(kept, texts), float(own[0])), _Columns(owner, own, images, min(kept, images))
    with ThreadPoolExecutor(1) as beside:           # rows and columns are looked at side by side
        for start, block in blocks(scores):
            block = block if block.dtype.kind == "f" else block.astype(own.dtype)
            if told:                               # two ways to one number may differ in its last digit: there is one right score
                mine = np.flatnonzero((owner >= start) & (owner < start + len(block)))
                block[owner[mine] - start, mine] = own[mine]
            of_rows = beside.submit(rows.add, start, block)
            columns.add(start, block, _columns_sums(block, float(own[0])))
            of_rows.result()
    return Digest(columns.side(float(own[0])), rows.side(own))


def _columns_sums(block, middle) -> np.ndarray:
    """(2, T) sums, and sums of squares, of the scores of each column minus `middle`, in float64."""
    step, found = max(1, WIDE // block.shape[1]), np.zeros((2, block.shape[1]))
    for start in range(0, len(block), step):
        wide = block[start:start + step].astype(np.float64)
        wide -= middle
        found[0] += wide.sum(0)
        found[1] += np.square(wide, out=wide).sum(0)
    return found


def _moments(sums, count, middle) -> tuple:
    """(mean, deviation) of `count` scores from their sums and squares around `middle`; nan of none."""
    count = np.where(np.asarray(count) > 0, count, np.nan)
    mean = sums[0] / count
    return mean + middle, np.sqrt(np.maximum(sums[1] / count - mean ** 2, 0))


def first(line, right, k: int) -> np.ndarray:
    """The first k candidates of scores (N,) as `measure.ranks.order` would put them; `right` are the rows of the right ones."""
    chosen = np.flatnonzero(line >= np.partition(line, len(line) - k)[len(line) - k])
    behind = chosen + len(line) * (chosen[:, None] == right).any(1)
    return chosen[np.lexsort((behind, -line[chosen]))][:k]


class _Rows:
    """Images that ask."""

    def __init__(self, owner, best, k, middle):
        self.k, self.best, self.owner, self.middle, images = k, best, owner, middle, len(best)
        by_image = np.argsort(owner, kind="stable")
        self.texts = np.split(by_image, np.cumsum(np.bincount(owner, minlength=images))[:-1])       # rows of each image's texts
        self.level, self.above = np.full(images, -1), np.full(images, -1)
        self.rows, self.scores = np.empty((images, k), np.int32), np.empty((images, k), best.dtype)
        self.wrong, self.sums = np.full(images, np.nan, best.dtype), np.empty((2, images))

    def add(self, start, block):
        """A block (B, T) of images, from row `start` on."""
        for image, line in enumerate(block, start):
            wide = line.astype(np.float64) - self.middle
            self.sums[:, image] = wide.sum(), wide @ wide
            mine = self.texts[image]
            rows = self.rows[image] = first(line, mine, self.k)
            self.scores[image] = line[rows]
            wrong = next((row for row in rows if self.owner[row] != image), None)
            if wrong is None and len(mine) < len(line):
                wrong = first(np.where(self.owner == image, -np.inf, line), mine, 1)[0]
            self.wrong[image] = np.nan if wrong is None else line[wrong]
            if len(mine):
                own = line[mine]
                self.above[image] = np.count_nonzero(line > self.best[image])
                self.level[image] = np.count_nonzero(line >= self.best[image]) - np.count_nonzero(own >= self.best[image])

    def side(self, own) -> Side:
        middle, each = self.middle, np.bincount(self.owner, minlength=len(self.best))
        mine = np.stack([np.bincount(self.owner, weights=(own.astype(float) - middle) ** n, minlength=len(each)) for n in (1, 2)])
        mean, deviation = _moments(self.sums, len(self.owner), middle)
        spread = _moments(self.sums - mine, len(self.owner) - each, middle)[1]
        score = np.where(each > 0, self.best, np.nan).astype(self.best.dtype)
        return Side(self.level, self.above, score, self.wrong, mean, deviation, spread, self.rows, self.scores)


class _Columns:
    """Texts that ask: the best k images of each, kept while blocks of images go by."""

    def __init__(self, owner, own, images, k):
        self.owner, self.own, self.images, self.k, texts = owner, own, images, k, len(owner)
        self.level, self.above = np.full(texts, -1), np.zeros(texts, np.int64)            # the right one is level with itself
        self.sums, self.waiting, self.count = np.zeros((2, texts)), [], 0
        self.rows, self.scores = np.full((texts, k), -1, np.int32), np.full((texts, k), -np.inf, own.dtype)

    def add(self, start, block, sums):
        """A block (B, T) of images, from row `start` on, and the sums (2, T) of its scores and their squares."""
        self.sums += sums
        for count, compare in ((self.level, np.greater_equal), (self.above, np.greater)):
            count += np.add.reduce(compare(block, self.own).view(np.uint8), axis=0, dtype=np.uint8)
        least = self.scores[:, -1]
        better = block > least
        last = np.flatnonzero(self.rows[:, -1] == self.owner)              # of equal scores the right one gives way
        better[:, last] |= block[:, last] == least[last]
        if np.count_nonzero(better) > 2 * self.k * len(self.owner) and len(block) > self.k:
            better &= block >= np.partition(block, len(block) - self.k, axis=0)[len(block) - self.k]
        row, column = np.nonzero(better)
        self.waiting.append(((row + start).astype(np.int32), column.astype(np.int32), block[row, column]))
        self.count += len(row)
        if start == 0 or self.count > 2 * self.k * len(self.owner):
            self.merge()

    def merge(self):
        """Put what waits among the best of each text."""
        row, column, score = (np.concatenate(parts) for parts in zip(*self.waiting))
        self.waiting, self.count = [], 0
        each, order = np.bincount(column, minlength=len(self.owner)), np.argsort(column)
        place = np.arange(len(order)) - np.repeat(np.cumsum(each) - each, each)                # of each among those of its text
        rows, scores = (np.full((len(each), self.k + each.max()), empty, of.dtype) for empty, of in ((-1, row), (-np.inf, score)))
        rows[:, :self.k], scores[:, :self.k] = self.rows, self.scores
        for padded, of in ((rows, row), (scores, score)):
            padded[column[order], self.k + place] = of[order]
        behind = (rows + (rows == self.owner[:, None]) * np.int64(self.images) + (rows < 0) * np.int64(2 * self.images))
        at = np.lexsort((behind, -scores))[:, :self.k]
        self.rows, self.scores = (np.take_along_axis(padded, at, 1) for padded in (rows, scores))

    def side(self, middle) -> Side:
        """What was counted of every text; `middle` was taken from the scores before they were summed."""
        if self.waiting:
            self.merge()
        mean, deviation = _moments(self.sums, self.images, middle)
        own = self.own.astype(float) - middle
        spread = _moments(self.sums - np.stack([own, own ** 2]), self.images - 1, middle)[1]
        first_wrong = (self.rows[:, 0] == self.owner).astype(int)                     # one image of a text is right
        wrong = (np.take_along_axis(self.scores, first_wrong[:, None], 1)[:, 0] if self.k > 1 else
                 np.where(first_wrong, np.nan, self.scores[:, 0]))
        return Side(self.level, self.above, self.own, wrong, mean, deviation, spread, self.rows, self.scores)
