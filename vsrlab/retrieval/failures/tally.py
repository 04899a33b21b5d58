"""Tally: how often each rule for causes fires among the failures of a gallery, all of them or a random sample."""
from typing import NamedTuple

import numpy as np

from vsrlab.desk.causes import RULES, causes, measured, reasons_valid
from vsrlab.errors import unknown
from vsrlab.retrieval.failures.records import record_of
from vsrlab.retrieval.scored import Scored

MOST = 3000                    # failures whose causes are looked for: a thousand take about a second


class Tally(NamedTuple):
    """Causes of the failures of one side.  A failure may have several, or none."""
    side: str
    failures: int              # at 1, in all
    rows: np.ndarray           # (N,) rows of the queries that were looked at, ascending: all failures, or a random sample
    found: list                # N lists of Reason, the surest first
    valid: list                # N lists of reasons why the pair may be valid, in words

    @property
    def sampled(self) -> bool:
        """Was a random sample looked at, and not all?"""
        return len(self.rows) < self.failures

    def named(self) -> list:
        """N texts: the names of the causes, '; ' between them."""
        return ["; ".join(reason.cause for reason in some) for some in self.found]

    def table(self):
        """A pandas DataFrame, a row for each rule that fired: failures, share (%), measured precision and recall, kind."""
        import pandas
        count = {name: sum(any(r.cause == name for r in some) for some in self.found) for name in RULES}
        lines = [{"cause": name, "failures": n, "share": 100 * n / len(self.rows), "precision": measured(name).precision,
                  "recall": measured(name).recall, "kind": measured(name).kind} for name, n in count.items() if n]
        columns = ["cause", "failures", "share", "precision", "recall", "kind"]
        return pandas.DataFrame(sorted(lines, key=lambda line: (line["kind"] != "cause", -line["failures"])), columns=columns)

    @property
    def without(self) -> int:
        """Failures for which no rule fired."""
        return sum(not some for some in self.found)


def tally(scored: Scored, side: str = "text", others=(), most: int = MOST, seed: int = 0) -> Tally:
    """The Tally of the failures at 1; of a random sample where there are more than `most`.

    others  more Scored of the same gallery, whose agreement is a reason that a pair may be valid
    """
    if side not in ("text", "image"):
        raise unknown("side", side, ("text", "image"))
    failed = np.flatnonzero(scored.digest.side(side).failed)
    rows = failed if len(failed) <= most else np.sort(np.random.default_rng(seed).choice(failed, most, replace=False))
    records = [record_of(scored, side, int(row), others) for row in rows]
    return Tally(side, len(failed), rows, [causes(one) for one in records], [reasons_valid(one) for one in records])
