"""The list of failures as the desk shows it: filtered by word, cause, slice, rank and verdict, in one of several orders."""
from dataclasses import dataclass, fields

import numpy as np

from vsrlab.desk.slicing import captions_of, ready
from vsrlab.desk.wordlists import tokens
from vsrlab.errors import unknown
from vsrlab.retrieval.failures.tally import Tally
from vsrlab.retrieval.scored import Scored

BANDS = {"": (0, np.inf), "rank 2 to 5": (1, 4), "rank 6 to 10": (5, 9), "rank 11 to 100": (10, 99),
         "rank above 100": (100, np.inf)}
VERDICTS = ("", "not judged", "judged", "valid", "wrong", "undecided")
ORDERS = ("largest margin", "deepest right answer", "may be valid first", "nearly ties first", "random")


@dataclass(frozen=True)
class Wanted:
    """Which failures, and in which order; "" does not filter."""
    word: str = ""             # of the caption that asks; of a photo that asks, of the caption that was found
    cause: str = ""
    slice: str = ""            # of captions, see `slices_of`
    band: str = ""             # of the rank of the right answer
    verdict: str = ""
    order: str = "largest margin"

    def __post_init__(self):
        for name, value, among in (("band", self.band, BANDS), ("verdict", self.verdict, VERDICTS), ("order", self.order, ORDERS)):
            if value not in among:
                raise unknown(name, value, [one for one in among if one])

    @property
    def filtered(self) -> bool:
        """Is anything left out?"""
        return any(getattr(self, f.name) for f in fields(self) if f.name != "order")


def slices_of(scored: Scored) -> dict:
    """{name: (T,) bool} of the ready slices of captions."""
    return ready(scored, captions_of(scored))


def listed(scored: Scored, found: Tally, wanted: Wanted, slices: dict | None = None) -> np.ndarray:
    """Rows of the failures that are wanted, in order.

    found   the tally of the side: causes of a failure that it did not look at are not known, and do not match
    slices  of `slices_of`; {} or None where a photo asks
    """
    table, side = scored.queries(found.side), found.side
    table = table[table["rank"] > 0]
    keep = np.ones(len(table), bool)
    rows = table.index.to_numpy()
    if wanted.word:
        asked = [scored.texts[row if side == "text" else winner] for row, winner in zip(rows, table["winner"])]
        keep &= [wanted.word.lower() in tokens(text) for text in asked]
    named = dict(zip(found.rows.tolist(), ({reason.cause for reason in some} for some in found.found)))
    if wanted.cause:
        keep &= [wanted.cause in named.get(row, ()) for row in rows]
    if wanted.slice:
        if wanted.slice not in (slices or {}):
            raise unknown("slice", wanted.slice, slices or {})
        keep &= slices[wanted.slice][rows]
    low, high = BANDS[wanted.band]
    keep &= ((table["rank"] >= low) & (table["rank"] <= high)).to_numpy()
    keep &= judged(table, wanted.verdict)
    table, rows = table[keep], rows[keep]
    reasons = dict(zip(found.rows.tolist(), map(len, found.valid)))
    key = {"largest margin": lambda: table["margin_sd"].fillna(0), "deepest right answer": lambda: -table["rank"],
           "may be valid first": lambda: np.array([-reasons.get(row, 0) for row in rows]),
           "nearly ties first": lambda: table["margin_sd"].fillna(0).abs(),
           "random": lambda: np.random.default_rng(0).permutation(len(rows))}[wanted.order]()
    return rows[np.argsort(np.asarray(key, float), kind="stable")]


def judged(table, verdict: str) -> np.ndarray:
    """(N,) which rows of `Scored.queries` a person judged so; `verdict` of VERDICTS.  Judged is the pair with the first answer."""
    judged, valid = table["judged"].to_numpy() > 0, table["valid"]
    return {"": np.ones(len(table), bool), "not judged": ~judged, "judged": judged,
            "valid": valid.eq(True).fillna(False).to_numpy(bool), "wrong": valid.eq(False).fillna(False).to_numpy(bool),
            "undecided": judged & valid.isna().to_numpy()}[verdict]
