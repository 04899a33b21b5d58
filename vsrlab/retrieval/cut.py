"""A cut run: of every query the first answers that another program wrote down, and no more.

It has ids, texts and owners as a Scored has, and answers what its lists can tell: recalls up to the depth that all queries share.
"""
from dataclasses import dataclass, field
from typing import Any, Callable, NamedTuple

import numpy as np

from vsrlab.errors import Problem, unknown
from vsrlab.measure.ranks import AT, recall

SOUGHT = {"text": "image", "image": "text"}        # a text looks for its image


class Listed(NamedTuple):
    """The lists of one side, N queries: the answers of each in the strict order (score, then wrong ones, then rows)."""
    rows: list                 # N arrays of rows of answers, best first; an empty one for a query that the run does not have
    scores: list               # N arrays
    depth: int                 # answers that every query of the run has
    asked: np.ndarray          # (N,) does the run have the query?


@dataclass(frozen=True, repr=False)
class Cut:
    """The lists of one model, of text queries, of image queries, or of both."""
    name: str
    ids: list                  # I strings
    texts: list                # T strings
    image_of_text: np.ndarray  # (T,)
    text_ids: list             # T strings
    lists: dict                # side -> Listed
    split: str = ""
    dataset: str = ""
    photo: Callable | None = field(default=None)
    note: str = ""

    def __repr__(self) -> str:
        many = {"text": len(self.texts), "image": len(self.ids)}
        said = (f"the first {one.depth} answers of {int(one.asked.sum()):,} of {many[side]:,} {side} queries"
                for side, one in self.lists.items())
        return f"Cut run of {self.name}: {', '.join(said)}"

    def of(self, side: str) -> Listed:
        """The lists of a side; a Problem where the run has none."""
        if side not in SOUGHT:
            raise unknown("side", side, SOUGHT)
        if side not in self.lists:
            raise Problem(f"{self.name} lists answers to {next(iter(self.lists))} queries only, so nothing is known of {side} "
                          "queries; give the run of the other direction too: vl.from_run([one, other], texts).")
        return self.lists[side]

    def ranks(self, side: str) -> np.ndarray:
        """(N,) rank from 0 of the best right answer, ties against it; the depth where it is not listed, -1: nothing to find."""
        listed, found = self.of(side), []
        right = self.image_of_text if side == "image" else None
        has = np.ones(len(self.texts), bool) if side == "text" else np.bincount(right, minlength=len(self.ids)) > 0
        for n, rows in enumerate(listed.rows):
            place = np.flatnonzero(rows == self.image_of_text[n] if side == "text" else right[rows] == n)
            found.append(min(int(place[0]), listed.depth) if len(place) else listed.depth)
        return np.where(has, found, -1)

    def recall(self, side: str, k: int) -> float:
        """hit@K of a side's queries, per cent, for K up to the common depth; a query that the run does not have is a miss."""
        depth = self.of(side).depth
        if not 1 <= k <= depth:
            raise Problem(f"{self.name} keeps the first {depth} answers of every {side} query, so recall at {k} is not known; ask "
                          f"for 1 to {depth}, or write a longer run.")
        return recall(self.ranks(side), k)

    def summary(self) -> dict:
        """{"image R@1": ..., ...}: the recalls at 1, 5 and 10 that the depth allows, named by what is sought as in tables."""
        return {f"{SOUGHT[side]} R@{k}": self.recall(side, k) for side in self.lists for k in AT if k <= self.lists[side].depth}

    def __getitem__(self, name: str) -> float:
        """A number by its name, "image R@5"; mean and median ranks, MRR and rsum are refused."""
        sought, _, what = name.partition(" ")
        side = SOUGHT.get(sought)
        if what.startswith("R@") and what[2:].isdigit() and side:
            return self.recall(side, int(what[2:]))
        raise Problem(f"{self.name} is a cut run, and {name!r} needs the ranks of all right answers, also of those below the cut; "
                      f"ask for a recall, such as {next(iter(self.summary()), 'image R@1')!r}, or give the whole matrix with "
                      "vl.from_scores.")

    def top(self, side: str, k: int = 10) -> list:
        """[(rows, scores), ...] of the first k answers of every query."""
        return [(rows[:k], scores[:k]) for rows, scores in zip(*self.of(side)[:2])]

    def queries(self, side: str):
        """A pandas DataFrame: a row for each query; rank is the depth where the right answer is not listed."""
        import pandas
        listed, texts = self.of(side), side == "text"
        names, others = (self.text_ids, self.ids) if texts else (self.ids, self.text_ids)
        first = [int(rows[0]) if len(rows) else -1 for rows in listed.rows]
        rank = self.ranks(side)
        return pandas.DataFrame({
            "id": names, "text": self.texts if texts else [""] * len(names), "side": side, "rank": rank,
            "listed": (rank >= 0) & (rank < listed.depth), "hit": rank == 0, "winner": first,
            "winner_id": [others[row] if row >= 0 else "" for row in first],
            "winner_score": [float(scores[0]) if len(scores) else np.nan for scores in listed.scores]})


def whole(what, door: str) -> Any:
    """The thing itself, unless it is a cut run: a Problem for a door that needs every score."""
    if isinstance(what, Cut):
        side, one = next(iter(what.lists.items()))
        raise Problem(f"{door} needs every score, and {what.name} is a cut run; ask it for recall({side!r}, {one.depth}), "
                      f"queries({side!r}) or top({side!r}), or give the whole matrix with vl.from_scores.")
    return what
