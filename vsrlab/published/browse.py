"""published: the figures that papers print, chosen by system, data set, split, direction and measure."""
from pathlib import Path

from vsrlab import files
from vsrlab.errors import Problem, unknown
from vsrlab.page import html
from vsrlab.published import book, names, page, words
from vsrlab.wording import several

FEW = 40                         # rows that a repr shows


class Found:
    """What was asked for.  Brings the exits: repr, `text()`, `table()`, `html()`, `save(path)`."""
    title = ""

    def __repr__(self) -> str:
        return self.text(FEW)

    def _repr_html_(self) -> str:
        return self.html()

    def save(self, path, kind: str = "") -> Path:
        """Write a file; its ending says how, or `kind` does: "md" or "markdown", "csv", "html" (offline, with a filter)."""
        path = Path(path)
        write = {"md": self.markdown, "csv": lambda: files.csv_text(self.table()),
                 "html": lambda: html.page(self.title, self.html()), "markdown": self.markdown}
        kind = kind or path.suffix.lower().removeprefix(".")
        if kind not in write:
            raise unknown("file ending", path.suffix or "(none)", ["." + k for k in write])
        content = write[kind]()
        path.parent.mkdir(parents=True, exist_ok=True)
        return files.write_text(path, content)


class Published(Found):
    """Rows of printed tables and the cells of them that were asked for."""

    def __init__(self, rows, wanted, title: str):
        self.rows, self.wanted, self.title = rows, wanted, title

    def cells(self, row=None) -> list:
        """The cells of one row, or of all, that were asked for."""
        return [cell for r in ([row] if row else self.rows) for cell in r.cells.values() if self.asked(cell.key)]

    def asked(self, key) -> bool:
        """Whether a (direction, metric) was asked for."""
        return key[0] in self.wanted["direction"] and key[1] in self.wanted["metric"]

    def columns(self, table) -> list:
        """(direction, metric) of a table, those that were asked for."""
        return [key for key in book.read().columns(table) if self.asked(key)]

    def __len__(self) -> int:
        """How many figures, unread ones included."""
        return len(self.cells())

    def table(self):
        """A pandas DataFrame, one row a cell, each with its source; `value` is NaN where the cell could not be read."""
        import pandas
        lines = [{"system": row.system, "dataset": row.dataset, "split": row.split, "direction": cell.direction,
                  "metric": cell.metric, "value": cell.value, "status": cell.status,
                  "note": "; ".join(filter(None, (cell.note, row.note))), "printed": cell.printed, "row": row.label,
                  "variant": row.variant, "visual": row.visual, "textual": row.textual, "table": row.table.id,
                  "source": row.table.cite(), "corrected": cell.corrected} for row in self.rows for cell in self.cells(row)]
        names = ("system dataset split direction metric value status note printed row variant visual textual table source "
                 "corrected").split()
        return pandas.DataFrame(lines, columns=names).astype({"value": float})

    def text(self, rows: int | None = None) -> str:
        """A table to read, grouped by source; `rows`: no more than so many."""
        return words.text(self, rows)

    def markdown(self) -> str:
        """The figures that were found, in Markdown, each row with its source."""
        return words.markdown(self)

    def html(self) -> str:
        """One offline fragment whose filter works by CSS alone."""
        return page.figures(self)


class Conflicts(Found):
    """Figures that two tables print differently, and which to use."""

    def __init__(self, conflicts, title: str):
        self.conflicts, self.title = conflicts, title

    def __len__(self) -> int:
        return len(self.conflicts)

    def table(self):
        """A pandas DataFrame, one row a conflict: what is printed where, and which to use (NaN: say both)."""
        import pandas
        lines = [{"system": c.system, "dataset": c.dataset, "split": c.split, "direction": c.direction, "metric": c.metric,
                  "variant": c.variant, "printed": "; ".join(words.claim(*one) for one in c.printed), "use": c.use, "why": c.why}
                 for c in self.conflicts]
        return pandas.DataFrame(lines, columns="system dataset split direction metric variant printed use why".split())

    def text(self, rows: int | None = None) -> str:
        """A list to read; `rows`: no more than so many."""
        return words.conflicts(self, rows)

    def markdown(self) -> str:
        """The conflicts in Markdown, with all that was printed."""
        return words.conflicts_markdown(self)

    def html(self) -> str:
        """One offline fragment whose filter works by CSS alone."""
        return page.conflicts(self)


def published(system=None, dataset=None, split=None, direction=None, metric=None, conflicts: bool = False) -> Found:
    """The figures in print of image-text matching: 2,166 cells, each with its table, its row, and how it was read.

    system     "SCAN", or a row of the zoo such as "vsepp", or several in a list; None: all
    dataset    "Flickr8K", "Flickr30K", "COCO"
    split      "test-1K" (of COCO: the mean of five galleries), "test-5K", "test-1K (1 fold)", "unspecified"
    direction  "i2t": an image looks for its texts; "t2i": a text looks for its image; "both": means over the two
    metric     "R@1", "R@5", "R@10" (per cent), "MedR", "MeanR" (ranks from 1), "mR" (mean of the six recalls)
    conflicts  instead the recalls that two tables print differently

    Raises Problem for an unknown name, and where nothing is printed about what was asked.
    """
    whole = book.read()
    asked = {"system": system, "dataset": dataset, "split": split, "direction": direction, "metric": metric}
    wanted = {what: names.chosen(what, value) for what, value in asked.items()}
    title = names.title(asked, wanted)
    if conflicts:
        fits = [c for c in whole.conflicts if all(getattr(c, what) in wanted[what] for what in wanted)]
        return Conflicts(fits, f"Conflicts among the published figures: {title}")
    found = Published([row for row in whole.rows if row.system in wanted["system"]], wanted, f"Published figures: {title}")
    everywhere = sorted({row.data() for row in found.rows if row.cells})
    found.rows = [row for row in found.rows if row.dataset in wanted["dataset"] and row.split in wanted["split"]
                  and (found.cells(row) or row.table.dashes and found.columns(row.table))]
    if not found.rows:
        raise Problem(f"no table prints {title}; of {names.title({'system': system}, wanted)} there are figures on "
                      f"{several(everywhere)}. Leave something out to see them.")
    return found
