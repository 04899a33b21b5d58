"""What stands below the rows: what the paper leaves open, its printed tables, and what the kit measures."""
import numpy as np

from vsrlab.lesson_runs import measured
from vsrlab.measure.ranks import ranks, summary
from vsrlab.page import html
from vsrlab.papers import title
from vsrlab.published.book import read
from vsrlab.scoring import score_all

MU = (0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0)
SHOWN = [(way, f"R@{k}") for way in ("i2t", "t2i") for k in (1, 5, 10)]
HALVES = ("vsrn", "scan", "vsrpp")                       # Global, Local and both, as the rows of the poster's Table 1


def beside(view) -> str:
    """HTML of all that; "" for a paper without."""
    told = view.told
    if view.only or not (told.questions or told.tables):
        return ""
    questions = "".join(f"<li>{html.escape(question)}</li>" for question in told.questions)
    parts = [html.details(f"What the poster leaves open: {len(told.questions)} questions", f"<ol>{questions}</ol>")]
    parts += [html.details(*printed(name)) for name in told.tables]
    parts.append(html.details("What this kit measures: its halves on scenes", halves()))
    parts.append(html.details("What this kit measures: μ of this run, turned after training", turned(view)))
    return "".join(parts)


def printed(name: str) -> tuple:
    """(title, table as HTML) of a printed table; a question mark where a figure could not be read for certain."""
    book = read()
    rows = [(row.name(), *(_cell(row.cells.get(key)) for key in SHOWN)) for row in book.rows if row.table.id == name]
    columns = ("row", *(f"{'text' if way == 'i2t' else 'image'} {metric}" for way, metric in SHOWN))
    return book.tables[name].title(), html.table(columns, rows, "? inferred or repaired; – not legible.")


def _cell(cell) -> str:
    if cell is None or cell.value is None:
        return "–"
    return f"{cell.value:g}" + ("" if cell.status == "read" else "?")


def halves() -> str:
    """The rsums of the stored runs."""
    told = measured()
    rows = []
    for name in HALVES:
        run = told["runs"][name]
        rsums = list(run["rsum"].values())
        rows.append((title(name), str(run["epochs"]), f"{run['stored']['rsum']:.1f}", ", ".join(f"{x:.1f}" for x in rsums)))
    size = f"{told['test']['images']} generated scenes that no run was trained on"
    return html.table(("system", "epochs", "rsum of the stored run (one seed)", "rsum by seed"), rows,
                      f"On {size}: another corpus than the poster's, so only the order of the rows can be compared.")


def turned(view) -> str:
    """R@1 both ways on the index of the view, for several weights of the global score."""
    pair = view.whatif.pair
    index, model = pair.index, pair.model
    local, both = (score_all(model.with_knobs(mu=mu), index.images, index.texts) for mu in (0.0, 1.0))
    rows = []
    for mu in MU:
        found = summary(ranks(np.asarray(local) + mu * (np.asarray(both) - np.asarray(local)), index.corpus.image_of_text))
        rows.append((f"{mu:g}", f"{found['text R@1']:.1f}", f"{found['image R@1']:.1f}"))
    many = len(index.corpus)
    return html.table(("μ", "text R@1", "image R@1"), rows, f"On the {many} images of this index, with the weights of μ = "
                      f"{float(abs(model.mu)):g}; the poster trains a model for each μ.")
