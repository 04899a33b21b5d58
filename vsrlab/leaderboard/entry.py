"""What a leaderboard holds: the measurement of each run, and the rows they make, over seeds.

Letters: U units (images), T texts.  How deep the right answer of a query lay is one character: "3" the first answer was right,
"2" one of the first five, "1" of the first ten, "0" none of these, "x" the query has no right answer.
"""
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from vsrlab.measure.ranks import AT, Ranks
from vsrlab.measure.significance import intervals
from vsrlab.measure.units import Units, units

SIX = [f"{side} R@{k}" for side in ("text", "image") for k in AT]        # text: image -> text; image: text -> image
NUMBERS = [*SIX, "rsum"]
COSTS = {"parameters": "numbers that training changes", "cpu": "seconds of training, of one core", "wall": "seconds of training",
         "image_ms": "ms to encode an image", "text_ms": "ms to encode a text", "pair_us": "µs to match a pair"}


@dataclass(frozen=True)
class Measured:
    """One run, or the mean scores of several, on the gallery of the board."""
    seeds: list                  # of the run; of an ensemble, of its members
    values: dict                 # six recalls and rsum, per cent, and median and mean ranks from 1
    answers: list = field(repr=False)        # [of I images, of T texts]: a character for each query, see above
    epochs: int = 0
    parameters: int = 0
    cpu: float | None = None     # seconds of training: of one core; None where a stopped process did not tell
    wall: float | None = None    # ... on the clock of the wall
    image_ms: float | None = None
    text_ms: float | None = None
    pair_us: float | None = None
    run: str = ""                # name of the run's folder
    weights: str = ""            # fingerprint
    versions: dict = field(default_factory=dict)         # see run.environment
    settings: dict = field(default_factory=dict)         # as they were asked for

    def ranks(self) -> Ranks:
        """Ranks that give the same recalls: the first place that each answer's character allows."""
        return Ranks(*(np.array([PLACE[c] for c in side], dtype=np.int64) for side in self.answers))


PLACE = {"x": -1, "3": 0, "2": AT[0], "1": AT[1], "0": AT[2]}


def answers_of(ranks: Ranks) -> list:
    """[I characters, T characters] of ranks from 0; -1 is a query without a right answer."""
    return ["".join("x" if r < 0 else str(sum(r < k for k in AT)) for r in side) for side in ranks]


@dataclass(frozen=True)
class Entry:
    """One row of the board: a model over its seeds."""
    key: str                     # "dspe:structure=0"
    model: str
    label: str                   # "DSPE, structure=0"
    options: dict = field(default_factory=dict)          # that this row alone has
    runs: list = field(default_factory=list)             # of Measured, one a seed
    failed: dict = field(default_factory=dict)           # seed -> the sentence of what went wrong
    waiting: list = field(default_factory=list)          # seeds that were not reached
    ensemble: bool = False
    owner: np.ndarray | None = field(default=None, repr=False)           # (T,) row of the image of each text
    folds: int = 1

    @property
    def done(self) -> bool:
        """Is there a number to show?"""
        return bool(self.runs)

    @property
    def seeds(self) -> list:
        return [s for run in self.runs for s in run.seeds]

    def __getitem__(self, name: str) -> float:
        """The mean over seeds of a recall, rsum or a cost; nan where it is not known."""
        found = [run.values.get(name) if name not in COSTS else getattr(run, name) for run in self.runs]
        return float(np.mean(found)) if found and all(x is not None for x in found) else float("nan")

    @property
    def epochs(self) -> int:
        return max((run.epochs for run in self.runs), default=0)

    @property
    def spread(self) -> float | None:
        """Standard deviation of rsum over seeds; None for one seed."""
        found = [run.values["rsum"] for run in self.runs]
        return float(np.std(found, ddof=1)) if len(found) > 1 else None

    @cached_property
    def units(self) -> Units:
        """What each image with its texts answers, the mean over the seeds."""
        of = [units(run.ranks(), self.owner, folds=self.folds) for run in self.runs]
        return of[0]._replace(hits=np.mean([u.hits for u in of], axis=0))

    @cached_property
    def interval(self) -> dict:
        """name -> Interval, 95 % over images, of the mean over the seeds."""
        return intervals(self.units)
