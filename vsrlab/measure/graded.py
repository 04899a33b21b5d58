"""Numbers of queries with several right answers, some righter than others: AP, R-Precision, mAP@R, nDCG, MRR, hit@K, recall@K.

All read the strict order: score; of equal scores the lower grade first, so wrong ones before right ones; then the row.
Letters: Q queries, P pairs of a query and a right answer.  Every number is a share between 0 and 1.
"""
import numpy as np

from vsrlab.errors import unknown
from vsrlab.measure.ranks import AT, blocks

GAINS = ("linear", "power")    # of nDCG: the grade, as trec_eval takes it, or 2^grade - 1 (Burges and others 2005)


def places(scores, images, texts, grades, side: str) -> np.ndarray:
    """(P,) where each right answer stands from 0, in one pass over scores (I, T); two where rows are made when asked for.

    images, texts (P,)  rows of a pair;  grades (P,)  above 0
    side   who asks: "text" or "image"
    """
    images, texts, grades = np.asarray(images, int), np.asarray(texts, int), np.asarray(grades, float)
    if side == "image":
        return _of_images(scores, images, texts, grades)
    own = at_pairs(scores, images, texts)
    above, level = np.zeros(len(own), np.int64), np.zeros(len(own), np.int64)
    for start, block in blocks(scores):
        for at in range(0, len(own), 2 ** 14):
            some = slice(at, at + 2 ** 14)
            column = block[:, texts[some]]
            mine = np.flatnonzero((images[some] >= start) & (images[some] < start + len(block)))
            column[images[some][mine] - start, mine] = own[some][mine]           # two ways to a score may differ in its last digit
            above[some] += (column > own[some]).sum(0)
            level[some] += (column == own[some]).sum(0)
    for pair in np.flatnonzero(level > 1):
        line, same = np.asarray(scores[:, int(texts[pair])]), texts == texts[pair]
        above[pair] += _ahead(np.flatnonzero(line == own[pair]), images[pair], images[same], grades[same], grades[pair])
    return above


def _of_images(scores, images, texts, grades):
    found, order = np.empty(len(images), np.int64), np.argsort(images, kind="stable")
    ends = np.searchsorted(images[order], np.arange(scores.shape[0] + 1))
    for start, block in blocks(scores):
        for image, line in enumerate(block, start):
            mine = order[ends[image]:ends[image + 1]]
            for pair in mine:
                level = np.flatnonzero(line == line[texts[pair]])
                ahead = _ahead(level, texts[pair], texts[mine], grades[mine], grades[pair]) if len(level) > 1 else 0
                found[pair] = np.count_nonzero(line > line[texts[pair]]) + ahead
    return found


def _ahead(level, row, right, grades, grade) -> int:
    """How many answers of one score stand before the one at `row`: of a lower grade, or of the same and an earlier row."""
    of = dict(zip(right.tolist(), grades.tolist()))
    return sum((of.get(other, 0.0), other) < (grade, row) for other in level.tolist() if other != row)


def at_pairs(scores, images, texts) -> np.ndarray:
    """(P,) the scores of pairs given by their rows (P,)."""
    told = getattr(scores, "pairs", lambda *_: None)(images, texts)
    if told is not None:
        return told
    own = np.empty(len(images), np.result_type(scores.dtype, np.float32))
    for start, block in blocks(scores):
        mine = np.flatnonzero((images >= start) & (images < start + len(block)))
        own[mine] = block[images[mine] - start, texts[mine]]
    return own


def numbers(place, query, grade, at=AT, gain: str = "linear") -> dict:
    """name -> (Q,) numbers of each query that has a right answer, in the order of their numbers; "query" (Q,) names them.

    place, query, grade (P,)  of every right answer: where it stands, whose it is, and its grade

    AP           mean precision at the right answers
    R-Precision  share of right ones among the first R, R being how many there are
    mAP@R        (1/R) sum over the first R of precision x rightness (Musgrave, Belongie and Lim 2020; ECCV Caption)
    nDCG@K       gain over log2(rank + 2), ranks from 0, over that of the best order (Järvelin and Kekäläinen 2002)
    hit@K        is there a right one among the first K?  Called R@K in this field
    recall@K     share of the right ones among the first K
    """
    if gain not in GAINS:
        raise unknown("gain", gain, GAINS)
    place, query, grade = np.asarray(place), np.asarray(query), np.asarray(grade, float)
    order = np.lexsort((place, query))
    place, query, worth = place[order], query[order], (grade if gain == "linear" else 2 ** grade - 1)[order]
    names, first, many = np.unique(query, return_index=True, return_counts=True)
    each = np.repeat(np.arange(len(names)), many)                                # query of each pair, from 0
    nth = np.arange(len(place)) - first[each] + 1                                # right ones up to and with this one
    total = lambda x: np.bincount(each, weights=x, minlength=len(names))
    precision, inside = nth / (place + 1), place < many[each]
    found = {"query": names, "AP": total(precision) / many, "R-Precision": total(inside) / many,
             "mAP@R": total(precision * inside) / many, "MRR": 1 / (place[first] + 1)}
    by_worth = np.lexsort((-worth, each))
    best = worth[by_worth]
    for k in at:
        ideal = total(best / np.log2(nth + 1) * (nth <= k))
        found |= {f"hit@{k}": (place[first] < k).astype(float), f"recall@{k}": total(place < k) / many,
                  f"nDCG@{k}": total(worth / np.log2(place + 2) * (place < k)) / ideal}
    return found
