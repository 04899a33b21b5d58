"""Ranks first: every number of retrieval is a function of two rank arrays.  numpy alone.

Directions are named by what is sought, as in the field's tables: "text" numbers belong to images that look
for their texts, "image" numbers to texts that look for their image.  Ranks count from 0; what people read
(median and mean rank) counts from 1.
"""
import math
from typing import NamedTuple

import numpy as np

from vsrlab.errors import Problem, unknown

AT = (1, 5, 10)
TIES = ("worst", "mean", "best")
ROWS = 255                     # images of a block: the largest count that fits the byte in which columns are summed
TIE = 0.02                     # of the standard deviation of a query's wrong answers: a smaller gap is nearly a tie


class Ranks(NamedTuple):
    """How many wrong answers stand at or above the best right one, for every query.  0 is perfect, -1: nothing to find."""
    of_images: np.ndarray      # (I,)  an image looks for a text
    of_texts: np.ndarray       # (T,)  a text looks for its image

    @property
    def excluded(self) -> int:
        """Images that no text describes; they are left out of every number."""
        return int((self.of_images < 0).sum())

    def __repr__(self):
        said = f", {self.excluded} of them without a text and left out" if self.excluded else ""
        return f"Ranks of {len(self.of_images)} images{said}, and of {len(self.of_texts)} texts"


def ranks(scores, image_of_text, ties: str = "worst") -> Ranks:
    """scores (I, T): an array, a memory map, or anything with a shape, a dtype and rows `scores[a:b]` that are made when asked for.
    Text t describes image image_of_text[t]; any number of texts an image.

    A wrong answer with the same score as the best right one stands above it ("worst", so that a model that scores
    everything alike earns nothing), below it ("best"), or half each ("mean", ranks are then floats).
    An image that no text describes stays in the gallery of the texts and gets rank -1 itself.
    One pass over blocks of 255 images; two where rows are made when asked for, unless `scores.pairs(images, texts)` gives the
    scores (T,) of the right pairs first.  The extra memory is two bytes for each score of a block.
    Raises Problem for scores that are not finite or do not fit the texts.
    """
    if ties not in TIES:
        raise unknown("rule for ties", ties, TIES)
    tests = {"worst": ("level",), "best": ("above",), "mean": ("above", "level")}[ties]
    return _of(_wrong(*checked_scores(scores, image_of_text), tests), ties)


def ranks_by_ties(scores, image_of_text) -> dict:
    """{"worst": Ranks, "mean": Ranks, "best": Ranks} of scores (I, T), in one pass; see `ranks`."""
    wrong = _wrong(*checked_scores(scores, image_of_text), ("above", "level"))
    return {rule: _of(wrong, rule) for rule in TIES}


def _of(wrong, ties) -> Ranks:
    if ties == "mean":
        return Ranks(*((above + level) / 2 for above, level in zip(wrong["above"], wrong["level"])))
    return Ranks(*wrong["level" if ties == "worst" else "above"])


def _wrong(scores, owner, tests) -> dict:
    """How many wrong answers stand above, or level with or above, the best right one: test -> (of images (I,), of texts (T,))."""
    own, best, told = own_scores(scores, owner)
    images, texts = scores.shape
    row, column = ({test: np.zeros(n, np.int64) for test in tests} for n in (images, texts))
    compare = {"above": np.greater, "level": np.greater_equal}
    for start, block in blocks(scores):
        if told:                                  # two ways to one number may differ in its last digit: never count it as wrong
            mine = np.flatnonzero((owner >= start) & (owner < start + ROWS))
            block[owner[mine] - start, mine] = -np.inf
        for test in tests:
            for i, line in enumerate(compare[test](block, best[start:start + ROWS, None])):
                row[test][start + i] = np.count_nonzero(line)
            column[test] += np.add.reduce(compare[test](block, own).view(np.uint8), axis=0, dtype=np.uint8)
    if "level" in tests and not told:             # the right ones are level with themselves and are not wrong
        row["level"] -= np.bincount(owner, weights=own == best[owner], minlength=images).astype(np.int64)
        column["level"] -= 1
    for test in tests:
        row[test][np.bincount(owner, minlength=images) == 0] = -1
    return {test: (row[test], column[test]) for test in tests}


def own_scores(scores, owner):
    """Each text's score with its own image (T,), each image's best score with one of its texts (I,), -inf of none, and whether
    `pairs` told."""
    own = getattr(scores, "pairs", lambda *_: None)(owner, np.arange(len(owner)))
    told = own is not None
    own = own if told else np.empty(len(owner), np.result_type(scores.dtype, np.float32))
    for start in range(0, 0 if told else scores.shape[0], ROWS):
        mine = np.flatnonzero((owner >= start) & (owner < start + ROWS))
        if isinstance(scores, np.ndarray):        # of a memory map no more is read than these
            own[mine] = scores[owner[mine], mine]
        elif len(mine):
            own[mine] = np.asarray(scores[start:start + ROWS])[owner[mine] - start, mine]
    best = np.full(scores.shape[0], -np.inf, own.dtype)
    np.fmax.at(best, owner, own)                  # what is not finite is refused with its block
    return own, best, told


def checked_scores(scores, image_of_text) -> tuple:
    """(scores as an array or what answers like one, owners (T,)), or a Problem where they do not fit."""
    if hasattr(scores, "detach"):             # a tensor: numpy knows neither its device nor half floats with 8 bits of range
        scores = scores.detach().cpu()
        scores = (scores if scores.dtype.itemsize > 2 else scores.float()).numpy()
    scores = scores if isinstance(getattr(scores, "dtype", None), np.dtype) else np.asarray(scores)
    owner, shape = np.asarray(image_of_text), tuple(scores.shape)
    if len(shape) != 2 or owner.shape != shape[1:] or not math.prod(shape):
        raise Problem(f"scores are {shape} for {owner.size} texts; expected (I, T): a row for each image, "
                      "a column for each text.")
    if owner.dtype.kind not in "iu":
        raise Problem(f"image_of_text holds {owner.dtype}; give the row of an image for each text, as whole numbers.")
    if not 0 <= owner.min() <= owner.max() < shape[0]:
        raise Problem(f"texts belong to image rows {owner.min()} to {owner.max()}, "
                      f"but the scores have rows 0 to {shape[0] - 1}.")
    return scores, owner


def blocks(scores):
    """[(first row, (n, T) scores of n rows), ...]: numbers that compare fast (half floats take ten times as long), refused when not
    finite."""
    for start in range(0, scores.shape[0], ROWS):
        block = np.asarray(scores[start:start + ROWS])
        block = block.astype(np.float32) if block.dtype == np.float16 else block
        if not np.isfinite(block).all():
            i, t = np.argwhere(~np.isfinite(block))[0]
            raise Problem(f"the score of image {start + i} and text {t} is {block[i, t]}; NaN is never larger than anything and "
                          "would rank first. Look for a loss that diverged or features that are not finite (vsrlab doctor FOLDER).")
        yield start, block


def order(scores, right=None) -> np.ndarray:
    """The candidates of one query, best first: (N,) rows.

    scores (N,); right (N,) says which candidates are right, None: nobody knows.  Of equal scores the right ones stand last, so
    that the first right one stands at the rank that `ranks` gives the query; what is still equal stands in the order of its rows.
    """
    scores = np.asarray(scores)
    last = np.zeros(len(scores), bool) if right is None else np.asarray(right, bool)
    return np.lexsort((last, -scores.astype(np.result_type(scores.dtype, np.float32))))


def place(scores, row: int, right=None, score=None):
    """The rank of one candidate, from 0, where `order` puts it.

    score  what it might score instead, one number or many: then the ranks that it would have, with the same shape
    """
    scores, n = np.asarray(scores), np.arange(len(scores))
    right = np.zeros(len(scores), bool) if right is None else np.asarray(right, bool)
    ahead = (right < right[row]) | (right == right[row]) & (n < row)               # of those that score the same
    score = np.asarray(scores[row] if score is None else score)[..., None]
    above = (scores > score) & (n != row) | (scores == score) & ahead
    return above.sum(-1) if above.ndim > 1 else int(above.sum())


def tie(scores, right=None) -> float:
    """The gap below which two answers to a query are nearly a tie: 2 % of the standard deviation of the wrong answers' scores.

    scores (N,), right (N,) as in `order`; where nobody knows the right ones, of all scores.  A gap of 0 is a tie in any case.
    """
    wrong = np.asarray(scores, float) if right is None else np.asarray(scores, float)[~np.asarray(right, bool)]
    return TIE * float(wrong.std()) if len(wrong) else 0.0


def asked(rank) -> np.ndarray:
    """The ranks of queries that have something to find."""
    rank = np.asarray(rank)
    return rank[rank >= 0]


def recall(rank, k: int) -> float:
    """R@K of image-text matching: per cent of queries with a right answer among the first K (TREC calls it success at K)."""
    rank = asked(rank)
    return 100 * float((rank < k).mean()) if len(rank) else float("nan")


def mean_reciprocal_rank(rank) -> float:
    """MRR: the mean of 1 / rank of the first right answer, ranks from 1; between 0 and 1 (Voorhees 1999, TREC-8)."""
    rank = asked(rank)
    return float((1 / (rank + 1)).mean()) if len(rank) else float("nan")


def summary(r: Ranks, at=AT) -> dict:
    """{"text R@1", ..., "image R@10", "rsum"; "text medr", "text meanr", "text mrr", and the same of "image"}.

    Recalls in per cent, MRR between 0 and 1.  Median and mean rank count from 1, and a median between two ranks is rounded
    down, as all the official codes print it.
    """
    sides = {"text": asked(r.of_images), "image": asked(r.of_texts)}
    table = {f"{side} R@{k}": recall(rank, k) for side, rank in sides.items() for k in at}
    table["rsum"] = sum(table.values())
    for side, rank in sides.items():
        table[f"{side} medr"] = float(math.floor(np.median(rank)) + 1)
        table[f"{side} meanr"] = float(rank.mean()) + 1
        table[f"{side} mrr"] = mean_reciprocal_rank(rank)
    return table


def chance(images: int, image_of_text, at=AT) -> dict:
    """The recalls a random order would have on average: a level to draw beside every recall."""
    texts, own = len(image_of_text), np.bincount(image_of_text, minlength=images)
    own = own[own > 0]

    def hit(k):                                     # 1 - all of the first k texts are wrong, drawn without putting back
        drawn = np.arange(min(k, texts))
        return 1 - np.prod(np.clip(texts - own[:, None] - drawn, 0, None) / (texts - drawn), axis=1)
    table = {f"text R@{k}": 100 * float(hit(k).mean()) for k in at} | {f"image R@{k}": 100 * min(k / images, 1.0) for k in at}
    return table | {"rsum": sum(table.values())}


def galleries(scores, image_of_text, fold: int = 1000, folds: int = 5):
    """The scores and owners of each of `folds` galleries of `fold` consecutive images, as "COCO 1K" is measured."""
    owner = np.asarray(image_of_text)
    if scores.shape[0] < fold * folds:
        raise Problem(f"{folds} folds of {fold} images need {fold * folds}, there are {scores.shape[0]}; "
                      "leave the folds out to rank in one gallery.")
    if folds == 1 and fold == scores.shape[0]:                               # all of it: nothing to cut out
        yield scores, owner
        return
    for start in range(0, fold * folds, fold):
        mine = np.flatnonzero((owner >= start) & (owner < start + fold))
        whole = len(mine) and mine[-1] - mine[0] + 1 == len(mine)
        columns = slice(mine[0], mine[-1] + 1) if whole else mine            # a slice reads no more of a memory map than it must
        yield scores[start:start + fold][:, columns], owner[mine] - start


def fold_ranks(scores, image_of_text, fold: int = 1000, folds: int = 5, ties: str = "worst") -> list:
    """Ranks within each gallery of `galleries`."""
    return [ranks(some, owner, ties) for some, owner in galleries(scores, image_of_text, fold, folds)]


def fold_summary(folds: list, at=AT) -> dict:
    """The mean of the folds' summaries, number by number; rsum is the sum of the six mean recalls."""
    tables = [summary(r, at) for r in folds]
    return {name: float(np.mean([table[name] for table in tables])) for name in tables[0]}
