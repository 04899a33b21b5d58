"""What is in print, read from `printed.json`: papers, their tables, the rows of these, and the cells of the rows."""
import json
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

FILE = Path(__file__).with_name("printed.json")
DIRECTIONS = {"i2t": "image -> text", "t2i": "text -> image", "both": "both directions"}
METRICS = ("R@1", "R@5", "R@10", "MedR", "MeanR", "mR", "relative R@1 gain %", "R@1 gain (as printed, %)")


@dataclass(frozen=True)
class PrintedTable:
    """One printed table, and where it was read."""
    id: str                      # "scan-t1"
    paper: dict                  # authors, title, place, year, short
    subject: str                 # what the table is about
    read_in: str                 # "slides", "poster", "list", "abstract"
    where: str                   # the same as a sentence
    number: int | None = None    # as printed; None where it could not be read
    note: str = ""
    legend: dict = field(default_factory=dict)      # short names of its rows -> their meaning

    @property
    def dashes(self) -> bool:
        """Is this a grid, so that a cell without a figure is one that the paper does not report?"""
        return self.read_in in ("slides", "poster")

    def cite(self) -> str:
        """The source on one line: 'Lee et al., SCAN, ECCV 2018, Table 1 (slides)'."""
        names = self.paper["authors"].split(", ")
        who = f"{names[0]} et al." if len(names) > 2 else " and ".join(names)
        what = f"Table {self.number}" if self.number else self.subject
        return f"{who}, {self.paper['short']}, {self.paper['place']} {self.paper['year']}, {what} ({self.read_in})"

    def title(self) -> str:
        """The source and what the table is about."""
        return f"{self.cite()}: {self.subject}" if self.number else self.cite()

    def reference(self) -> str:
        """The source in full."""
        p = self.paper
        return f"{p['authors']}: {p['title']}, {p['place']} {p['year']}; read in: {self.where}"


@dataclass(frozen=True)
class Cell:
    """One figure."""
    direction: str               # "i2t": an image looks for its texts; "t2i": a text looks for its image; "both": the mean
    metric: str                  # R@K in per cent; MedR, MeanR: ranks from 1; mR: mean of the six recalls
    value: float | None          # None: not legible
    status: str = "read"         # of Book.statuses
    note: str = ""
    printed: str = ""            # what could be read there
    corrected: str = ""          # what an earlier reading said of it, and why it was changed

    @property
    def key(self) -> tuple:
        """(direction, metric): the column of a table that it stands in."""
        return self.direction, self.metric

    def number(self) -> str:
        """The value as it would be printed, or 'unread'."""
        return "unread" if self.value is None else figure(self.value, self.metric)


@dataclass(frozen=True)
class PrintedRow:
    """One row of a table, for one data set and split."""
    table: PrintedTable
    label: str                   # as printed
    system: str
    dataset: str
    split: str
    cells: dict                  # (direction, metric) -> Cell; what the table does not report is not there
    variant: str = ""
    visual: str = ""             # image features, where the table names them
    textual: str = ""
    note: str = ""

    def name(self) -> str:
        """The printed label, and the variant where that says more."""
        if self.variant and self.label in self.variant:
            return self.variant
        return f"{self.label}: {self.variant}" if self.variant and self.variant not in self.label else self.label

    def full(self) -> str:
        """The system and the name of the row, not twice the same."""
        return self.name() if self.name().startswith(self.system) else f"{self.system}: {self.name()}"

    def data(self) -> str:
        """Data set and split in short: "Flickr30K 1K"."""
        return f"{self.dataset} {self.split.removeprefix('test-')}"


@dataclass(frozen=True)
class Conflict:
    """One figure that two tables print differently."""
    system: str
    dataset: str
    split: str
    direction: str
    metric: str
    printed: tuple               # (value, PrintedTable, label of the row), ...
    why: str
    variant: str = ""
    use: float | None = None     # None: say both


@dataclass(frozen=True)
class Book:
    statuses: dict               # "read", "repaired", ... -> what it means
    systems: dict                # name -> about, why, row, options, aliases
    tables: dict                 # id -> PrintedTable
    rows: tuple                  # of PrintedRow
    conflicts: tuple             # of Conflict
    beside: tuple                # sentences about the conflicts
    corrections: tuple           # dicts: table, row, dataset, cells, field, was, now, why

    def columns(self, table: PrintedTable) -> list:
        """(direction, metric) of the columns that a table has, in the order of reading."""
        there = {key for row in self.rows if row.table.id == table.id for key in row.cells}
        return [(d, m) for d in DIRECTIONS for m in METRICS if (d, m) in there]


@cache
def read() -> Book:
    """The whole file, once."""
    raw = json.loads(FILE.read_text(encoding="utf-8"))
    tables = {name: PrintedTable(name, raw["papers"][t["paper"]], t["subject"], t["read_in"], raw["read_in"][t["read_in"]],
                          t.get("number"), t.get("note", ""), t.get("legend", {})) for name, t in raw["tables"].items()}
    changed = {}
    for c in raw["corrections"]:
        changed.setdefault((c["table"], c["row"], c["dataset"]), []).append(c)
    rows = tuple(_row(tables, changed, line) for line in raw["rows"])
    conflicts = tuple(Conflict(**{**c, "printed": tuple((v, tables[t], label) for v, t, label in c["printed"])})
                      for c in raw["conflicts"])
    return Book(raw["statuses"], raw["systems"], tables, rows, conflicts, tuple(raw["beside"]), tuple(raw["corrections"]))


def _row(tables, changed, line) -> PrintedRow:
    """A line of the file; a plain number is a cell that was read as it stands."""
    found, cells = changed.get((line["table"], line["row"], line["dataset"]), []), {}
    for direction in DIRECTIONS:
        for metric, cell in line.get(direction, {}).items():
            cell = cell if isinstance(cell, dict) else {"value": cell}
            why = "; ".join(f"{c['field']} was {c['was'] or 'empty'}: {c['why']}" for c in found
                            if c["cells"] == "all" or f"{direction} {metric}" in c["cells"])
            cells[direction, metric] = Cell(direction, metric, **{"printed": shown(cell, metric), **cell}, corrected=why)
    more = {name: line[name] for name in ("variant", "visual", "textual", "note") if name in line}
    return PrintedRow(tables[line["table"]], line["row"], line["system"], line["dataset"], line["split"], cells, **more)


def shown(cell: dict, metric: str) -> str:
    """What is printed, where nothing else is known of it: the value, if it was read there."""
    return figure(cell["value"], metric) if cell.get("status", "read") in ("read", "suspect") else ""


def figure(value: float, metric: str) -> str:
    """A number with the decimals that it has: '67.9', '42.0', '55.14', a median rank of '26'."""
    least = 0 if metric == "MedR" else 1
    return next(f"{value:.{digits}f}" for digits in (least, 1, 2) if round(value, digits) == value or digits == 2)
