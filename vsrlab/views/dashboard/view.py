"""The dashboard: gallery, attention, relation graph and map on one state.  A choice in one moves the others."""
from functools import cached_property
from pathlib import Path

from vsrlab import draw, wording
from vsrlab.errors import Problem, unknown
from vsrlab.explain.explanation import Explanation, Pair, explain
from vsrlab.explain.lacks import no_relations
from vsrlab.figures.board import board
from vsrlab.page import html
from vsrlab.retrieval.index import Index
from vsrlab.views.belief.follow import ViewBelief
from vsrlab.views.dashboard import page, words
from vsrlab.views.dashboard.page import TITLES
from vsrlab.views.gallery import page as gallery_html
from vsrlab.views.gallery.view import GalleryView
from vsrlab.views.pair_view import lead
from vsrlab.views.state import DEFAULTS, State
from vsrlab.views.view import View
from vsrlab.views.whatif import WhatIf

LIMIT, STILL = 600_000, 150_000        # bytes of the whole output, above which notebooks become heavy; of them for the picture
BRIEF = "attention", "relations", "projection"        # parts of which the page holds what is drawn, without tabs of the rest
STILLS = "gallery", "attention"        # the parts of the still picture: two, so that its letters can be read


def dashboard(run, index: Index | None = None, query=None, *, text=None, image=None, state: State | str | Path | None = None,
              parts=tuple(TITLES), **options) -> "DashboardView":
    """Linked views of one model and one corpus.

    run, index  a trained run and its index of a corpus; an index alone will do
    query       a sentence of your own or the row of an image, as in `gallery`; or text=, image=.  None opens on a near miss
    state       a State, or the file that `dashboard(...).state.save(path)` wrote: everything opens where it was left
    parts       which views, of gallery, attention, relations, versus, projection; the gallery is always there
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
    """Views on the state of a gallery.  What the model cannot show is said in one sentence instead.

    parts    name -> view                  missing  name -> why there is no such view
    whatif   the pair that all views show, run once for all of them
    """
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

    @property
    def hurried(self) -> bool:
        """Is a person waiting?  All parts hurry together, see View."""
        return self.gallery.hurried

    @hurried.setter
    def hurried(self, value: bool):
        for view in self.parts.values():
            view.hurried = value

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
        from vsrlab.views.attention.view import AttentionView
        return self._joined(AttentionView(*self._opened, self.state)), ""

    def _relations(self):
        from vsrlab.views.relations.view import RelationsView
        record, pair = self._opened
        missing = no_relations(record) if record.affinity is None else ""
        return self._joined(RelationsView(record, pair, self.state)), missing

    def _versus(self):
        from vsrlab.views.dashboard.beside import BesideView
        return BesideView(self.index, self.state), ""

    def _projection(self):
        from vsrlab.views.projection.view import projection
        return projection(self.index.run, self.index, state=self.state), ""

    @cached_property
    def whatif(self) -> WhatIf:
        """What runs the pair again for all views, so that each wish is computed once."""
        return WhatIf(*self._opened)

    def _joined(self, view):
        """The view on the pair of all views, with its belief."""
        view.whatif, view.belief = self.whatif, ViewBelief(view)
        return view

    def reopen(self, path):
        """Everything as it was when `state.save(path)` wrote it; one step back undoes it."""
        kept = State.load(path)
        values = {key: getattr(kept, key) for key in DEFAULTS}
        self.state.set(**values)
        self.state.set(**values)               # another pair lets go of words and regions; these were kept with it

    def follow(self) -> Explanation:
        """Turn to the pair that the state looks at; -> its record with the knobs and words that the state asks for."""
        return self.whatif.trained(self.state)

    def looked_at(self) -> str:
        """The pair, its score and its place, with everything that the state wishes."""
        if "attention" in self.parts:
            return self.parts["attention"].lead()
        return lead(self.whatif, self.state, self.whatif.mu_sentence(self.state, "tests are those"))

    def pinned(self) -> list:
        """A line for each pinned pair."""
        return words.pinned(self.gallery.branches[0], self.state)

    def text(self) -> str:
        """What the query finds, the pair that is looked at, the pinned ones, and what the model cannot show."""
        found = words.found(self.gallery.answers[0], self.index.corpus)
        return " ".join([found, f"Looked at: {self.looked_at()}", *self.pinned(), *self.missing.values()])

    def table(self):
        """The gallery's table; the other parts have their own: `view.parts["attention"].table()`."""
        return self.gallery.table()

    def verdict(self) -> str:
        """The answer that is looked at, in at most 20 words."""
        return self.gallery.verdict()

    def figure(self):
        """One sheet: what the query finds, and below it where the words look, or what else the model can show."""
        names = [name for name in (*STILLS, *self.parts) if name in self.parts]
        drawn, others = dict.fromkeys(names[:2]), list(dict.fromkeys(names))[2:]
        figures = {TITLES[name]: self.parts[name].figure() for name in drawn}
        also = f"Live and in the page: {wording.several(TITLES[name].lower() for name in others)}." if others else ""
        told = [*self.pinned(), self.gallery.footer(), *self.missing.values(), also]
        return board(figures, self.verdict(), " ".join(filter(None, told)))

    def png(self, dpi: float = 96) -> bytes:
        """The sheet as PNG; in a notebook with as many dots as fit into STILL bytes."""
        figure, told, notebook = self.figure(), self.text(), dpi <= 96
        drawn = draw.png(figure, dpi, told)
        while notebook and len(drawn) > STILL:
            dpi *= 0.9
            drawn = draw.png(figure, dpi, told)
        return drawn

    def html(self) -> str:
        """The workspace of all parts, as many as fit beside the picture; each reacts on its own, and they stand on one screen."""
        top = "".join(f"<p>{html.escape(line)}</p>" for line in self.pinned())
        notes = "".join(html.notice(lack) for lack in self.missing.values())
        size, fragments = STILL + 20_000, {}
        for name, view in self.parts.items():
            fragment = view.html(brief=True) if name in BRIEF else view.html()
            fragment = fragment.replace(html.sheet(), "")                    # the card around them has it
            size += len(fragment.encode())
            if size > LIMIT:
                size -= len(fragment.encode())
                fragment = html.notice(f"left out: the page would pass {LIMIT // 1000:,} kB; vl.{name}(...) shows it alone.")
            fragments[name] = fragment
        return page.fragment(fragments, lead=self.verdict(), top=top, notes=notes, numbers=self.numbers(),
                             foot=self.gallery.footer(), opened=self.state.tab)

    def numbers(self) -> str:
        """What stands behind the picture, as HTML: the pair, what the query finds, the recalls of the whole gallery."""
        told = f"Looked at: {self.looked_at()}", self.gallery.text()
        said = "".join(f"<p>{html.escape(line)}</p>" for line in told)
        gallery = self.gallery
        return said + "".join(gallery_html.recalls(b, [b.mu], self.state.mu) for b in gallery.branches)
