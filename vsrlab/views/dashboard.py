"""The dashboard: gallery, attention, relation graph and map on one state.  A choice in one moves the others."""
from functools import cached_property
from pathlib import Path

from vsrlab import html, sentences
from vsrlab.errors import Problem, unknown
from vsrlab.explain.explanation import Pair, explain
from vsrlab.figures.board import board
from vsrlab.index import Index
from vsrlab.views.gallery import GalleryView
from vsrlab.views.state import DEFAULTS, State
from vsrlab.views.view import View

TITLES = {"gallery": "What the query finds", "attention": "Where the words look", "relations": "Which regions read which",
          "projection": "Where both lie in the joint space"}
LIMIT = 1_000_000              # bytes of the page, above which notebooks become heavy


def dashboard(run, index: Index | None = None, query=None, *, text=None, image=None, state: State | str | Path | None = None,
              parts=tuple(TITLES), **options) -> "DashboardView":
    """Four linked views of one model and one corpus.

    run, index  a trained run and its index of a corpus; an index alone will do
    query       a sentence of your own or the row of an image, as in `gallery`; or text=, image=.  None opens on a near miss
    state       a State, or the file that `dashboard(...).state.save(path)` wrote: everything opens where it was left
    parts       which views, of gallery, attention, relations, projection; the gallery is always there
    options     keys of the state: mu=1.0, word=3, layer=0
    """
    index = run if index is None else index
    if not isinstance(index, Index):
        raise Problem("a dashboard looks at a corpus through a model: vl.dashboard(run, vl.index(run, corpus)).")
    for part in parts:
        if part not in TITLES:
            raise unknown("part of the dashboard", part, TITLES)
    state = State.load(state) if isinstance(state, (str, Path)) else state
    gallery = GalleryView(index, state=state)
    if query is not None:
        text, image = (query, image) if isinstance(query, str) else (text, query)
    if text is not None or image is not None:
        gallery.ask(text=text, image=image)
    gallery.choose(**options)
    return DashboardView(gallery, parts)


class DashboardView(View):
    """Views on the state of a gallery.  What the model cannot show is said in one sentence instead."""
    live = "dashboard.DashboardWidget"

    def __init__(self, gallery: GalleryView, parts=tuple(TITLES)):
        super().__init__(gallery.state)
        self.gallery, self.index = gallery, gallery.branches[0].index
        if self.state.candidate is None:
            self.state.candidate = gallery.answers[0].found[0].row
        self.parts, self.missing = {"gallery": gallery}, {}
        for name in parts:
            if name != "gallery":
                self._add(name)
        self.state.watch(("query", "typed", "candidate"), self._complete)

    def _complete(self, _):
        """A new query without an answer, as from the map: its first answer is looked at."""
        if self.state.candidate is None and (self.state.typed or self.state.query is not None):
            self.state.candidate = self.gallery.answers[0].found[0].row

    def _add(self, name):
        """One more view, or the sentence why there is none."""
        try:
            view, lack = getattr(self, f"_{name}")()
        except Problem as problem:
            view, lack = None, str(problem)
        if lack:
            self.missing[name] = lack
        else:
            self.parts[name] = view

    @cached_property
    def _opened(self) -> tuple:
        """The pair on which the dashboard opened; from there each view follows the state."""
        run, pair = self.index.run, self.state.pair
        return explain(run, self.index, *pair), Pair(run, self.index, *pair)

    def _attention(self):
        from vsrlab.views.attention import AttentionView
        return AttentionView(*self._opened, self.state), ""

    def _relations(self):
        from vsrlab.views.relations import RelationsView
        record, pair = self._opened
        return RelationsView(record, pair, self.state), sentences.no_relations(record) if record.affinity is None else ""

    def _projection(self):
        from vsrlab.views.projection import projection
        return projection(self.index.run, self.index, state=self.state), ""

    def reopen(self, path):
        """Everything as it was when `state.save(path)` wrote it; one step back undoes it."""
        kept = State.load(path)
        values = {key: getattr(kept, key) for key in DEFAULTS}
        self.state.set(**values)
        self.state.set(**values)               # another pair lets go of words and regions; these were kept with it

    def looked_at(self) -> str:
        """The pair that all views show."""
        if "attention" in self.parts:
            return sentences.match(self.parts["attention"].e)
        return sentences.match(explain(self.index.run, self.index, *self.state.pair))

    def text(self) -> str:
        return " ".join([self.gallery.text(), f"Looked at: {self.looked_at()}", *self.missing.values()])

    def table(self):
        """The gallery's table; the other parts have their own: `view.parts["attention"].table()`."""
        return self.gallery.table()

    def figure(self):
        """One sheet with the figure of every part."""
        drawn = {TITLES[name]: view.figure() for name, view in self.parts.items()}
        return board(drawn, self.looked_at().split(". ")[0], " ".join([self.gallery.footer(), *self.missing.values()]))

    def html(self) -> str:
        """The fragments of all parts, one below the other, as many as fit into LIMIT bytes; each reacts on its own."""
        made, size = [html.notice(lack) for lack in self.missing.values()], 20_000
        for name, view in self.parts.items():
            fragment = view.html()
            size += len(fragment.encode())
            if size > LIMIT:
                size -= len(fragment.encode())
                fragment = html.notice(f"left out: the page would pass {LIMIT // 1000:,} kB; vl.{name}(...) shows it alone.")
            made.append(f'<h3 style="font-size:15px">{TITLES[name]}</h3>{fragment}')
        return html.card(html.unique(), "".join(made), lead=f"Looked at: {self.looked_at()}", label="dashboard")
