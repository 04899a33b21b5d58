"""Answers: what a query finds, taken apart: rank, branches, gap to the next, near-duplicates; the truth always among them."""
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from vsrlab.data.lookup import image_row, text_of
from vsrlab.errors import Problem
from vsrlab.retrieval.branches import Branches
from vsrlab.retrieval.found import Found, Retrieval
from vsrlab.retrieval.index import Index

SAME = 0.95                    # cosine from which two images, or two texts, are near-duplicates
TIE = 0.01                     # a smaller gap to the next answer is as good as none
SEARCHED = 5                   # candidates that folding may look at for each answer shown


class Query(NamedTuple):
    """What is asked: a text of the corpus, a sentence of one's own (row None), or an image."""
    side: str                  # "text" looks for images, "image" looks for texts
    row: int | None
    text: str | None

    @classmethod
    def of(cls, index: Index, text=None, image=None) -> "Query":
        """From the row of a text or a sentence, or the row or id of an image.  A sentence of the corpus is found there."""
        if (text is None) == (image is None):
            raise Problem("give one query: a sentence in quotes, text= the row of a text, or image= the row or id of an image.")
        if image is not None:
            return cls("image", image_row(index.corpus, image), None)
        row, text = text_of(index.corpus, index.run.vocabulary, text)
        if row is None and text in index.corpus.texts:
            row = index.corpus.texts.index(text)
        return cls("text", row, text)


class Answer(NamedTuple):
    """One answer."""
    rank: int                  # from 0; a right answer stands below the wrong ones that score the same
    row: int                   # of an image, or of a text
    score: float
    right: bool | None         # None: nobody knows the answers to a sentence of one's own
    mark: str                  # "right", "valid" (has the words of a right one), "twin" (near-duplicate of one), "wrong", "unknown"
    terms: dict                # {"global": mu x cosine, "local": ...}; they add up to the score
    gap: float | None          # what it scores above the next one that is not folded into it; None for the last
    folded: tuple = ()         # (rank, row) of near-duplicates that are not shown

    @property
    def tied(self) -> bool:
        return self.gap is not None and self.gap < TIE


@dataclass(frozen=True, repr=False)
class Answers:
    """The first answers to a query, near-duplicates folded, and every right one however deep it lies."""
    query: Query
    found: tuple               # of Answer, by rank
    k: int                     # so many of them come first; the others are right answers from farther down
    gallery: int               # candidates there were
    mu: float | None           # as used; None for a model of one branch
    branches: Branches

    @property
    def truths(self) -> list:
        return [a for a in self.found if a.right]

    @property
    def first(self) -> tuple:
        return self.found[:self.k]

    @property
    def deep(self) -> tuple:
        return self.found[self.k:]

    def retrieval(self, k: int) -> Retrieval:
        """The same for the still figure, cut to the first k and the right ones."""
        shown = [a for n, a in enumerate(self.found) if n < k or a.right]
        image = self.query.row if self.query.side == "image" else None
        text_row = self.query.row if self.query.side == "text" else None
        found = tuple(Found(a.rank, a.row, a.score, a.right, a.terms) for a in shown)
        return Retrieval(self.query.text, image, text_row, found, min(k, self.k), self.branches.index)


class Likeness:
    """Which images, and which texts, are near-duplicates: cosine of their vectors of at least `same`, or all captions equal.

    The gallery's mean is taken out of the vectors first: without that every two images of a young model are alike.
    """

    def __init__(self, index: Index, same: float | None = SAME):
        if same is not None and not 0 < same <= 1:
            raise Problem(f"same={same!r}: near-duplicates need a cosine between 0 and 1, for example {SAME}; None folds nothing.")
        self.index, self.same = index, same

    @cached_property
    def _vectors(self) -> dict:
        return {"image": _centred(self.index.images.vector), "text": _centred(self.index.texts.vector)}

    @cached_property
    def words(self) -> list:
        """Each text without case and spaces: equal ones say the same."""
        return [" ".join(text.lower().split()).rstrip(".") for text in self.index.corpus.texts]

    @cached_property
    def _captions(self) -> list:
        """The words of all captions of each image."""
        found = [set() for _ in self.index.corpus.ids]
        for words, image in zip(self.words, self.index.corpus.image_of_text):
            found[image].add(words)
        return found

    def said(self, side: str, row: int) -> set:
        """The words of a text, or of all captions of an image."""
        return {self.words[row]} if side == "text" else self._captions[row]

    def alike(self, side: str, row: int, others) -> np.ndarray:
        """(N,) which of some images (or texts) are near-duplicates of one."""
        others = np.asarray(others, int)
        if self.same is None:
            return np.zeros(len(others), bool)
        vectors, said = self._vectors[side], self.said(side, row)
        equal = np.array([bool(said) and said == self.said(side, other) for other in others], bool)
        return (vectors[others] @ vectors[row] >= self.same) | equal


def answers(branches: Branches, query: Query, k: int = 10, mu: float | None = None, likeness: Likeness | None = None) -> Answers:
    """Rank the gallery for one query: the first k answers after folding, then the right ones from farther down.

    mu  another weight of the global branch; None: the trained one
    """
    if k < 1:
        raise Problem(f"k={k}: show at least one answer.")
    corpus, sought = branches.index.corpus, "image" if query.side == "text" else "text"
    terms, right = _terms(branches, query, mu), _right(corpus, query)
    total = sum(terms.values())
    order = np.lexsort((np.zeros(len(total)) if right is None else right, -total))     # the right one last among equals
    likeness = likeness or Likeness(branches.index)
    shown, folded = _fold(order[:k * SEARCHED], right, k, likeness, sought)
    deep = [] if right is None else [n for n in np.flatnonzero(right[order]) if n > shown[-1]]
    marks = _marks([order[n] for n in (*shown, *deep)], right, query, likeness, sought)
    made = []
    for n, mark in zip((*shown, *deep), marks):
        row = int(order[n])
        taken = {rank for rank, _ in folded.get(n, ())}
        after = next((m for m in range(n + 1, len(order)) if m not in taken), None)
        gap = None if after is None else float(total[row] - total[order[after]])
        made.append(Answer(int(n), row, float(total[row]), None if right is None else bool(right[row]), mark,
                           {name: float(t[row]) for name, t in terms.items()}, gap, tuple(folded.get(n, ()))))
    used = None if branches.only else branches.weighed(mu)["global"]
    return Answers(query, tuple(made), len(shown), len(order), used, branches)


def _terms(branches, query, mu) -> dict:
    """{branch: (N,)} of every candidate, weighed."""
    if query.row is None:
        found = branches.typed(query.text)
    else:
        found = {k: m[:, query.row] if query.side == "text" else m[query.row] for k, m in branches.matrices.items()}
    return {k: np.float32(weight) * found[k] for k, weight in branches.weighed(mu).items()}


def _right(corpus, query):
    """(N,) which candidates belong to the query; None when nobody knows."""
    owner = np.asarray(corpus.image_of_text)
    if query.side == "image":
        return owner == query.row
    return None if query.row is None else np.arange(len(corpus)) == owner[query.row]


def _fold(order, right, k, likeness, sought) -> tuple:
    """Ranks of the first k that are no near-duplicates of an earlier one, and {rank: [(rank, row), ...]} of what they stand for.

    A right answer is never folded away.
    """
    shown, folded = [], {}
    for n, row in enumerate(order):
        home = None if right is not None and right[row] else next(iter(np.flatnonzero(
            likeness.alike(sought, row, order[shown]))), None)
        if home is not None:
            folded.setdefault(shown[home], []).append((n, int(row)))
        elif len(shown) < k:
            shown.append(n)
        else:
            break
    return shown, folded


def _marks(rows, right, query, likeness, sought) -> list:
    if right is None:
        return ["unknown"] * len(rows)
    truths = np.flatnonzero(right)
    words = set().union(*(likeness.said("text", t) for t in ([query.row] if query.side == "text" else truths)))
    twins = np.zeros(len(rows), bool)
    for truth in truths:
        twins |= likeness.alike(sought, truth, rows)
    return ["right" if right[row] else "valid" if words & likeness.said(sought, row) else "twin" if twin else "wrong"
            for row, twin in zip(rows, twins)]


def _centred(vectors) -> np.ndarray:
    """(N, D) of length one around their mean."""
    x = vectors.float().cpu().numpy()
    x = x - x.mean(0)
    return x / np.maximum(np.linalg.norm(x, axis=1, keepdims=True), 1e-12)
