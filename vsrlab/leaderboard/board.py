"""Leaderboard: rows of measured systems, sorted, tested against each other, with every exit."""
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from vsrlab import files
from vsrlab.errors import Problem, unknown
from vsrlab.figures import leaderboard as figures
from vsrlab.leaderboard import page, printed, saved, words
from vsrlab.leaderboard.entry import COSTS, NUMBERS, Entry
from vsrlab.measure.paired import LEVEL, difference_limits, holm, sign_flips
from vsrlab.page import html

KINDS = ("md", "csv", "html", "json", "png", "svg", "pdf")


@dataclass(frozen=True)
class Difference:
    """A row beside the one that it is tested against, in one number: points, and how likely chance alone makes them."""
    key: str
    difference: float            # this row minus the other
    low: float                   # 95 % of the paired difference over images
    high: float
    p: float                     # paired randomisation over images, 10,000 draws
    holm: float                  # p adjusted for the number of rows

    def words(self) -> str:
        """'behind', 'ahead', or 'cannot be told apart'."""
        return "cannot be told apart" if self.holm >= LEVEL else "ahead" if self.difference > 0 else "behind"


def sortable(by: str):
    """Refuse a name that rows cannot be sorted by."""
    if by not in (*NUMBERS, *COSTS):
        raise unknown("column to sort by", by, (*NUMBERS, *COSTS))


def kind_of(path) -> str:
    """What a file will hold, by its ending."""
    kind = Path(path).suffix.lower().removeprefix(".")
    if kind not in KINDS:
        raise unknown("file ending", Path(path).suffix or "(none)", ["." + k for k in KINDS])
    return kind


class Leaderboard:
    """Rows in an order, with how they were measured.

    rows     of Entry      stamp    how all of them were measured, see Result      chance   name -> a random order's
    owner    (T,) row of the image of each text      dataset  its published name, where the corpus's does not tell
    """

    def __init__(self, rows, stamp: dict, chance: dict, owner, dataset: str = "", by: str = "rsum", most: bool = True):
        self.stamp, self.chance, self.owner, self.dataset, self.by, self.most = stamp, chance, owner, dataset, by, most
        key = lambda row: (math.isnan(row[by]), -row[by] if most else row[by])
        self.rows = sorted((r for r in rows if r.done), key=key) + [r for r in rows if not r.done]
        self._tests = {}

    @property
    def done(self) -> list:
        """The rows that have numbers."""
        return [row for row in self.rows if row.done]

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, key: str) -> Entry:
        """A row by its key or its label."""
        for row in self.rows:
            if key in (row.key, row.label):
                return row
        raise unknown("row of the leaderboard", key, [row.key for row in self.rows])

    def sorted(self, by: str = "rsum", most: bool | None = None) -> "Leaderboard":
        """The same rows in another order: by a recall, "rsum", or a cost.

        most  the largest first; None: so for recalls, and the smallest first for costs
        """
        sortable(by)
        most = by in NUMBERS if most is None else most
        return Leaderboard(self.rows, self.stamp, self.chance, self.owner, self.dataset, by, most)

    def only(self, keys) -> "Leaderboard":
        """The board of some rows, in the order of their numbers; tests are then corrected for these alone."""
        chosen = [self[key] for key in ([keys] if isinstance(keys, str) else keys)]
        return Leaderboard(chosen, self.stamp, self.chance, self.owner, self.dataset, self.by, self.most)

    def beside(self, other: "Leaderboard") -> "Leaderboard":
        """One board with the rows of both; of two rows with one key the other board's stands.

        Raises Problem unless both were measured on the same gallery in the same way.
        """
        odd = [name for name in {**self.stamp, **other.stamp} if self.stamp.get(name) != other.stamp.get(name)]
        if odd or not np.array_equal(self.owner, other.owner):
            what = ", ".join(odd) or "which text is of which image"
            raise Problem(f"these leaderboards cannot stand beside each other, they differ in {what}; measure both on one gallery.")
        theirs = {row.key for row in other.rows}
        rows = [row for row in self.rows if row.key not in theirs] + other.rows
        return Leaderboard(rows, self.stamp, self.chance, self.owner, self.dataset, self.by, self.most)

    def best(self) -> Entry:
        """The row with the highest rsum; an ensemble only where there is nothing else."""
        if not self.done:
            raise Problem("no row of this leaderboard has a number yet; call vl.leaderboard again to go on.")
        return max(self.done, key=lambda row: (not row.ensemble, row["rsum"]))

    def tests(self, against: str | None = None, number: str = "rsum") -> dict:
        """key -> Difference of every other row from one, the best single model if none is named; Holm over the rows.

        A model is here the mean over its seeds: the hits of each image are averaged, and images are what is drawn and flipped.
        """
        if number not in NUMBERS:
            raise unknown("number", number, NUMBERS)
        base = self.best() if against is None else self[against]
        if not base.done:
            raise Problem(f"{base.key} has no numbers yet, so nothing can be tested against it.")
        if (base.key, number) not in self._tests:
            others = [row for row in self.done if row is not base]
            p = {row.key: sign_flips(base.units, row.units)[number] for row in others}
            ends, adjusted = {row.key: difference_limits(base.units, row.units)[number] for row in others}, holm(p)
            self._tests[base.key, number] = {row.key: Difference(row.key, row[number] - base[number], *ends[row.key], p[row.key],
                                                                 adjusted[row.key]) for row in others}
        return self._tests[base.key, number]

    def table(self):
        """A pandas DataFrame, one row a system and one for chance; the tests are those against the best row."""
        import pandas
        tests = self.tests() if self.done else {}
        lines = []
        for row in self.rows:
            low, high = row.interval["rsum"][:2] if row.done else (np.nan, np.nan)
            test = tests.get(row.key)
            told = {name: getattr(test, name) if test else np.nan for name in ("difference", "p", "holm")}
            lines.append({"row": row.key, "system": row.label, "seeds": " ".join(map(str, row.seeds)), "ensemble": row.ensemble,
                          **{name: row[name] for name in NUMBERS}, "spread": np.nan if row.spread is None else row.spread,
                          "low": low, "high": high, **told, "epochs": row.epochs, **{name: row[name] for name in COSTS},
                          "published": printed.said(self, row), "note": words.note(row)})
        if self.chance:
            lines.append({"row": "chance", "system": "chance", **{name: self.chance[name] for name in NUMBERS}})
        return pandas.DataFrame(lines)

    def text(self) -> str:
        """The table for a terminal, with what has to be known beside it."""
        return words.text(self)

    def markdown(self) -> str:
        return words.markdown(self)

    def html(self) -> str:
        """One offline fragment; its columns are chosen by CSS alone."""
        return page.fragment(self)

    def figure(self, cost: str = "cpu"):
        """Bars of rsum with intervals, and rsum against a cost, on one sheet."""
        return figures.both(self, self._cost(cost))

    def chart(self):
        """Bars of rsum: the mean over seeds, its 95 % interval over images, and a dot for each seed."""
        return figures.chart(self)

    def scatter(self, cost: str = "cpu"):
        """rsum against a cost, on a scale of powers of ten: "cpu", "wall", "parameters", "image_ms", "text_ms", "pair_us"."""
        return figures.scatter(self, self._cost(cost))

    def _cost(self, name):
        if name not in COSTS:
            raise unknown("cost", name, COSTS)
        self.best()
        return name

    def save(self, path) -> Path:
        """Write a file, whole or not at all; its ending says how: .md .csv .html .json .png .svg .pdf."""
        path, kind = Path(path), kind_of(path)
        if kind in ("png", "svg", "pdf"):
            figure = self.figure()
            made = lambda file: figure.savefig(file, format=kind, dpi=150)
        else:
            made = {"md": self.markdown, "csv": lambda: words.csv(self), "json": lambda: saved.text(self),
                    "html": lambda: html.page(words.title(self), self.html())}[kind]()
        path.parent.mkdir(parents=True, exist_ok=True)
        return files.write(path, made) if callable(made) else files.write_text(path, made)

    def show(self):
        """The picture in a notebook: `figure()`."""
        return self.figure()

    def __repr__(self) -> str:
        return self.text()

    def _repr_html_(self) -> str:
        return self.html()


