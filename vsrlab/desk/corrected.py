"""As labelled, as corrected: what hit@1 becomes when failures turn out to be none, and how sure that is."""
from typing import NamedTuple

import numpy as np

from vsrlab.measure.ranks import AT
from vsrlab.measure.significance import Interval, share_interval


class Corrected(NamedTuple):
    """One side's recalls, per cent."""
    side: str
    labelled: dict             # K -> hit@K, only own pairs being right
    corrected: dict            # K -> hit@K, pairs that most people call valid being right as well: a lower bound while some
                               # failures are not judged
    queries: int               # with something to find
    failures: int              # at 1
    judged: int                # failures at 1 whose first answer somebody judged
    valid: int                 # of these, called valid by most
    sample: int                # failures of the random sample; 0: the judged ones were picked
    estimate: float | None     # of the corrected hit@1, from the sample; None without one
    interval: Interval | None  # of the estimate: that of the share of valid ones in the sample
    wrong_own: tuple           # own pairs that most people call wrong: listed, never removed

    def __str__(self) -> str:
        said = f"R@1 {self.labelled[1]:.1f} % as labelled; {self.judged:,} of {self.failures:,} failures were judged, "
        said += f"{self.valid:,} of them valid"
        if self.estimate is not None:
            said += (f"; corrected about {self.estimate:.1f} % [{self.interval.low:.1f}, {self.interval.high:.1f}], an estimate "
                     f"from a random sample of {self.sample:,} failures")
        else:
            exact = self.judged == self.failures
            said += f"; corrected {'' if exact else 'at least '}{self.corrected[1]:.1f} %"
            said += "" if exact else " (the judged ones were picked, so this is a bound and no estimate)"
        own = f"; {len(self.wrong_own)} own pairs were called wrong and still count as right" if self.wrong_own else ""
        return said + own + "."


def corrected(known, owner, verdicts: dict, line_of, side: str, sample=None) -> Corrected:
    """The Corrected of one side.

    known     digest.Side;  owner (T,) row of the image of each text
    verdicts  {(image row, text row): (judges, valid or None)};  line_of  row of a query -> its scores (N,)
    sample    rows of queries that were drawn at random from the failures, all of them judged; None: judged ones were picked
    """
    rank = np.array(known.worst)
    first = {n: verdict for (n, answer), verdict in _by_query(verdicts, side).items() if known.rows[n, 0] == answer}
    extra = {}
    for (n, answer), (_, valid) in _by_query(verdicts, side).items():
        if valid and (owner[n] != answer if side == "text" else owner[answer] != n):
            extra.setdefault(n, []).append(answer)
    for n, answers in extra.items():
        line = line_of(n)
        right = np.zeros(len(line), bool)
        right[answers] = True
        right |= np.arange(len(line)) == owner[n] if side == "text" else owner == n
        if rank[n] >= 0:
            rank[n] = np.count_nonzero(line[~right] >= line[right].max())
    asked, failed = known.worst >= 0, np.flatnonzero(known.failed)
    share = lambda of, k: 100 * float((of[asked] < k).mean()) if asked.any() else float("nan")
    said = [first[n] for n in failed if n in first]
    estimate = interval = None
    if sample is not None and len(sample):
        unit = np.unique(owner[sample] if side == "text" else np.asarray(sample), return_inverse=True)[1]
        good = np.array([first[n][1] is True for n in sample], float)
        ends = share_interval(np.bincount(unit, good), np.bincount(unit))
        rest = 1 - share(known.worst, 1) / 100
        onto = lambda x: share(known.worst, 1) + rest * x
        estimate, interval = onto(100 * good.mean()), Interval(onto(ends.low), onto(ends.high), ends.by)
    own = tuple((image, text) for (image, text), (_, valid) in verdicts.items() if valid is False and owner[text] == image)
    valid = sum(valid is True for _, valid in said)
    return Corrected(side, {k: share(known.worst, k) for k in AT}, {k: share(rank, k) for k in AT}, int(asked.sum()), len(failed),
                     len(said), valid, 0 if sample is None else len(sample), estimate, interval, own)


def _by_query(verdicts, side) -> dict:
    """{(query, answer): verdict}"""
    return verdicts if side == "image" else {(text, image): said for (image, text), said in verdicts.items()}
