"""Paper mode: the equations of a paper, each with its words, its code, its shape and the numbers of one pair."""
import copy
from functools import cache

from vsrlab.errors import Missing, unknown
from vsrlab.explain.choosing import best_word
from vsrlab.explain.explanation import Explanation, Pair
from vsrlab.lesson_runs import NAMES, lesson_run
from vsrlab.paper_mode import shelf
from vsrlab.paper_mode.one_pass import Pass
from vsrlab.paper_mode.shown import Shown, shown
from vsrlab.papers import title
from vsrlab.retrieval.index import index as indexed
from vsrlab.views.pair_view import PairView, within
from vsrlab.views.paper import page, still, tables
from vsrlab.views.state import State

SCENES = dict(images=12, seed=2, split="test")          # what is looked at where nothing else is given


@cache
def stored(name: str) -> tuple:
    """(run, index) of a stored run on a few scenes."""
    if name not in NAMES:
        raise Missing(f"no run of {name} comes with the kit; train one and give it: vl.paper({name!r}, run, vl.index(run, "
                      f"corpus)).")
    from vsrlab.data.scenes import scenes
    run = lesson_run(name)
    return run, indexed(run, scenes(**SCENES))


def paper(name: str, run=None, index=None, image=0, text=0, state: State | None = None, **options) -> "PaperView":
    """A paper row by row: equation, words, code, shape, the numbers of one pair, what is otherwise than in the paper.

    name         "vsepp", "vse0", "scan", "vsrn", "vsrpp", "order", "dvsa" or "saem"
    run, index   a trained run of that model and its index; left out, the stored run of the lessons on twelve scenes
    image, text  rows of the index, an id, a sentence of your own
    options      word="dog" or region=7, whose numbers are shown; equation="eq-2", the row that is open

    `.at("eq-2")` is one row alone.  `.show()`, `.html()`, `.figure()`, `.table()` and `.save(file)` as of every view.
    """
    shelf.told(name)
    run, index = stored(name) if run is None and index is None else (run, index)
    view = PaperView.of_pair(run, index, image, text, state, strip=False)
    view.name = name
    return view.choose(**options)


class PaperView(PairView):
    """The rows of a paper; `only` is the key of the one row of a view that `at` made."""
    live = "paper.PaperWidget"
    name, only = "", None

    def __init__(self, record: Explanation, pair: Pair | None = None, state: State | None = None):
        super().__init__(record, pair, state)
        self._rows = None

    def forget(self):
        """Let go of the rows of the former pair."""
        self._rows = None

    @property
    def told(self):
        """What is told of the paper: note, questions, printed tables."""
        return shelf.told(self.name)

    @property
    def rows(self) -> list:
        """Of Shown, in the order of the paper; computed once a pair."""
        if self._rows is None:
            pair = self.whatif.pair
            self._rows = shown(Pass(pair, shelf.steps(self.name, pair.run)))
        return [row for row in self._rows if self.only in (None, row.step.key)]

    def __getitem__(self, key: str) -> Shown:
        """A row by its key."""
        for row in self.rows:
            if row.step.key == key:
                return row
        raise unknown("row of this paper", key, [row.step.key for row in self.rows])

    def at(self, key: str) -> "PaperView":
        """One row alone, of the same pair."""
        self.follow()
        one = copy.copy(self)
        one.only = self[key].step.key
        one._rows = self._rows
        return one

    def choose(self, word=None, region=None, equation=None) -> "PaperView":
        """Whose numbers are shown, and which row is open."""
        e, rows = self.follow(), self.rows if self.name else []                  # a run of another model is refused here
        within("region", region, e.regions)
        if equation is not None and equation not in [row.step.key for row in rows]:
            raise unknown("row of this paper", equation, [row.step.key for row in rows])
        wished = {"word": None if word is None else e.word(word), "region": region, "equation": equation}
        self.state.set(**{key: value for key, value in wished.items() if value is not None})
        return self

    @property
    def word(self) -> int:
        """The chosen word, or the one that adds most."""
        word = self.state.word
        return word if word is not None and 0 <= word < len(self.e.words) else best_word(self.record)

    @property
    def open(self) -> str:
        """The key of the row that is open: the chosen one, or the first with a word's numbers."""
        keys = [row.step.key for row in self.rows]
        telling = [row.step.key for row in self.rows if row.step.letters == ["W", "R"]]
        return self.state.equation if self.state.equation in keys else (telling or keys)[0]

    def targets(self) -> list:
        """What each row lights up."""
        return [row.target(self.e, self.word, self.state.region) for row in self.rows]

    def tested(self) -> None:
        """Nothing: the numbers are those of the pass."""

    def seen(self) -> str:
        """Which row is open, of how many, and its shape."""
        row = self[self.open]
        of = f" of {len(self.rows)}" if len(self.rows) > 1 else ""
        return f"{title(self.name)}, row {page.name_of(row)}{of}: {row.shape}."

    def missing(self) -> list:
        """Nothing: rows without numbers say so themselves."""
        return []

    def about(self) -> list:
        """The open row in words, with its shape and what is otherwise; the paper's note."""
        row = self[self.open]
        said = f"{title(self.name)}, {'one row' if self.only else f'{len(self.rows)} rows'}. "
        said += f"{row.step.printed or row.step.key}: {row.step.words} {row.shape[0].upper()}{row.shape[1:]}."
        return [said, *filter(None, (row.why and f"No numbers: {row.why}.", row.departs, self.told.note))]

    def table(self):
        """A row an equation: LaTeX, words, shape, first numbers, the numbers of the word, code, departure, exercise."""
        import pandas as pd
        self.follow()
        return pd.DataFrame([{
            "row": row.step.key, "printed": row.step.printed, "equation": row.step.latex, "words": row.step.words,
            "shape": row.shape,
            "numbers": "; ".join(" ".join(line) for line in row.corner) or row.why,
            "of the word": " ".join(row.of_word(self.word)), "read": row.read, "departs": row.departs,
            "exercise": row.step.exercise,
            "code": row.code.text if row.code else "", "where": row.code.place if row.code else ""} for row in self.rows])

    def html(self) -> str:
        """The rows as parts that unfold, the photo and the sentence above them; what is open lights up."""
        self.follow()
        return page.fragment(self, tables.beside(self))

    def figure(self):
        """The rows as a sheet: equation, words, shape and numbers."""
        self.follow()
        return still.sheet(self)
