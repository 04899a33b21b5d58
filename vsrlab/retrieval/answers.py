"""Answers: what a query finds, taken apart: rank, branches, gap to the next, near-duplicates; the truth always among them."""
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from vsrlab.data.lookup import image_row, text_of
from vsrlab.errors import Problem
from vsrlab.explain.choosing import passing
from vsrlab.measure.ranks import TIE, order, tie
from vsrlab.retrieval.branches import Branches, branches_of, differ
from vsrlab.retrieval.likeness import Likeness
from vsrlab.retrieval.scored import Scored, scored_of
from vsrlab.wording import decimals

SEARCHED = 5                   # candidates that folding may look at for each answer shown
NEAR = 10                      # a query opens the view when its right answer is among so many


class Query(NamedTuple):
    """What is asked: a text of the gallery, a sentence of one's own (row None), or an image."""
    side: str                  # "text" looks for images, "image" looks for texts
    row: int | None
    text: str | None

    @classmethod
    def of(cls, scored, text=None, image=None) -> "Query":
        """From the row of a text or a sentence, or the row or id of an image.  A sentence of the gallery is found there.

        scored  a Scored or an Index.  Raises Problem for rows and ids that do not exist, for a sentence without a known word, and
        for a sentence of one's own where no model can score it.
        """
        scored = scored_of(scored, "a query")
        if (text is None) == (image is None):
            raise Problem("give one query: a sentence in quotes, text= the row of a text, or image= the row or id of an image.")
        if image is not None:
            return cls("image", image_row(scored.corpus, image), None)
        if not isinstance(text, str):
            return cls("text", *text_of(scored.corpus, None, text))
        known = text in scored.texts
        run = scored.run if known else scored.scorer.run
        if run is not None:
            run.vocabulary.require(text, passing())
        return cls("text", scored.texts.index(text) if known else None, text)


class Answer(NamedTuple):
    """One answer."""
    rank: int                  # from 0; a right answer stands below the wrong ones that score the same
    row: int                   # of an image, or of a text
    score: float
    right: bool | None         # None: nobody knows the answers to a sentence of one's own
    mark: str                  # "right", "valid" (has the words of a right one), "twin" (near-duplicate of one), "wrong", "unknown"
    terms: dict                # {"global": mu x cosine, "local": ...}; they add up to the score
    gap: float | None          # what it scores above the next one that is not folded into it; None for the last
    tied: bool = False         # is the gap 0, or below 2 % of the standard deviation of the wrong answers' scores?
    folded: tuple = ()         # (rank, row) of near-duplicates that are not shown
    digits: int = 3            # decimals that tell scores of this query apart


@dataclass(frozen=True, repr=False)
class Answers:
    """The first answers to a query, near-duplicates folded, and every right one however deep it lies."""
    query: Query
    found: tuple               # of Answer, by rank
    k: int                     # so many of them come first; the others are right answers from farther down
    gallery: int               # candidates there were
    mu: float | None           # as used; None for a model of one branch
    branches: Branches

    def __repr__(self) -> str:
        query, things = (f"“{self.query.text}”", "images") if self.query.side == "text" else (f"image {self.query.row}", "texts")
        right = f", best right answer at rank {self.truths[0].rank + 1}" if self.truths else ""
        return f"Answers: {query} among {self.gallery} {things}{right}; vl.show(...) draws them"

    @property
    def scored(self) -> Scored:
        """The scores that the answers are from."""
        return self.branches.scored

    @property
    def truths(self) -> list:
        """The right answers, best first."""
        return [a for a in self.found if a.right]

    @property
    def first(self) -> tuple:
        """The answers among the first k."""
        return self.found[:self.k]

    @property
    def deep(self) -> tuple:
        """The right answers below the first k."""
        return self.found[self.k:]

    def cut(self, k: int) -> "Answers":
        """The first k and the right ones."""
        return replace(self, found=tuple(a for n, a in enumerate(self.found) if n < k or a.right), k=min(k, self.k))


def answers(what, query: Query, k: int = 10, mu: float | None = None, likeness: Likeness | None = None) -> Answers:
    """Rank the gallery for one query: the first k answers after folding, then the right ones from farther down.

    what  Branches, a Scored or an Index
    mu    another weight of the global branch; None: the trained one
    """
    if k < 1:
        raise Problem(f"k={k}: ask for at least one answer.")
    branches = branches_of(what)
    scored, sought = branches.scored, "image" if query.side == "text" else "text"
    asked = query.text if query.row is None else query.row
    total = branches.of_text(asked, mu) if query.side == "text" else branches.of_image(asked, mu)
    right = _right(scored, query)
    ranked, least = order(total, right), tie(total, right)
    digits = decimals(least / TIE, 3)                    # two digits of the wrong answers' standard deviation, three at least
    likeness = likeness or Likeness(scored)
    shown, folded = _fold(ranked[:k * SEARCHED], right, k, likeness, sought)
    deep = [] if right is None else [int(n) for n in np.flatnonzero(right[ranked]) if n > shown[-1]]
    places = [*shown, *deep]
    rows = [int(ranked[n]) for n in places]
    terms = branches.terms(*((rows, [asked]) if query.side == "text" else ([asked], rows)), total[rows], mu)
    made = []
    for n, row, mark, parts in zip(places, rows, _marks(rows, right, query, likeness, sought), terms):
        taken = {rank for rank, _ in folded.get(n, ())}
        after = next((m for m in range(n + 1, len(ranked)) if m not in taken), None)
        gap = None if after is None else float(total[row]) - float(total[ranked[after]])
        made.append(Answer(n, row, float(total[row]), None if right is None else bool(right[row]), mark, parts, gap,
                           gap is not None and (gap < least or gap <= 0), tuple(folded.get(n, ())), digits))
    used = None if branches.mu is None else branches.weighed(mu)["global"]
    return Answers(query, tuple(made), len(shown), len(ranked), used, branches)


def first(what, query: Query, mu: float | None = None) -> int:
    """The row of the first answer to a query, without taking it apart."""
    branches = branches_of(what)
    asked = query.text if query.row is None else query.row
    total = branches.of_text(asked, mu) if query.side == "text" else branches.of_image(asked, mu)
    return int(order(total, _right(branches.scored, query))[0])


def called(term: str, terms) -> str:
    """The name of a term of a score: beside the local one the global one is weighted, and says so."""
    return "μ × global" if term == "global" and "local" in terms else term


def retrieve(what, k: int = 5, **asked) -> Answers:
    """The first k answers to text= or image=, as in `Query.of`, and every right one, nothing folded."""
    branches = branches_of(what)
    return answers(branches, Query.of(branches.scored, **asked), k, likeness=Likeness(branches.scored, None))


def opening(one: Branches, other: Branches | None = None) -> tuple:
    """(row of the text that teaches most, why): found, but not at once; of two models, where their ranks lie farthest apart."""
    if other is not None:
        apart = np.abs(differ(one, other, "text"))
        return int(apart.argmax()), "on this sentence the ranks of the two models lie farthest apart"
    ranks = one.ranks().of_texts
    near = ranks[ranks < NEAR]
    row = int((ranks == (near.max() if len(near) else ranks.min())).argmax())
    return row, ("of all sentences whose photo is among the first ten, this one's lies deepest" if len(near) else
                 "no photo is found among the first ten; this one comes nearest")


def _right(scored, query):
    """(N,) which candidates belong to the query; None when nobody knows."""
    if query.side == "image":
        return scored.image_of_text == query.row
    return None if query.row is None else np.arange(len(scored)) == scored.image_of_text[query.row]


def _fold(ranked, right, k, likeness, sought) -> tuple:
    """Ranks of the first k that are no near-duplicates of an earlier one, and {rank: [(rank, row), ...]} of what they stand for.

    A right answer is never folded away.
    """
    shown, folded = [], {}
    for n, row in enumerate(ranked):
        home = None if right is not None and right[row] else next(iter(np.flatnonzero(
            likeness.alike(sought, row, ranked[shown]))), None)
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
