"""The live gallery: one HTML value for all answers, list boxes for the keyboard, a slider for mu; no grid of buttons."""
import threading

import ipywidgets

from vsrlab import wording
from vsrlab.errors import Problem
from vsrlab.page import html
from vsrlab.page.lights import Hooks
from vsrlab.views.gallery import page as gallery_html
from vsrlab.views.gallery.words import MARKS
from vsrlab.widgets.base import Live

SIDES = {"caption → photos": "text", "photo → captions": "image"}
LISTED = 200                           # failures in the list box; the buttons reach all


class GalleryWidget(Live):
    """Ask, walk through failures, weigh the branches, choose an answer.  Static twin: GalleryView.html."""
    draws = ("side", "query", "typed", "candidate", "mu", "order", "pinned")

    def __init__(self, view):
        self.lead, self.page, self.measures = (ipywidgets.HTML() for _ in range(3))
        self.answers = ipywidgets.Select(description="answers", options=[("", None)], rows=6, layout={"width": "100%"})
        self.failures = ipywidgets.Select(description="failures", options=[("", None)], rows=6, layout={"width": "100%"})
        self._listed = self._asked = None
        walk, more = self._walk(view), ipywidgets.Accordion(selected_index=None)
        lists = ipywidgets.HBox([self.answers, self.failures])
        super().__init__(view, [self.lead, self._asking(view), self.page, lists, walk, more, self.measures])
        self.listen(self.answers, lambda row: {} if row is None else {"candidate": row})
        self.failures.observe(self._go, "value")
        more.children, more.titles = [self._more()], ["Search with this, pin, step back"]
        self.bind(self.side, "side", lambda side: self._turn(side))
        self.bind(self.order, "order")
        if self.mu is not None:
            trained = view.mu_of.mu
            unless = lambda mu: {"mu": None if abs(mu - trained) < 1e-9 else mu}                       # None: as trained
            self.bind(self.mu, "mu", unless, lambda mu: trained if mu is None else mu)

    def redraw(self):
        """Show the query and the answers that the state names."""
        view, s = self.view, self.view.state
        shown = view.answers[0].found
        chosen = next((n for n, a in enumerate(shown) if a.row == s.candidate), None)
        held = f"m0a{chosen or 0}"
        body, found = view.body(lambda key: "", held)
        self.page.value = body + gallery_html.pins(view.names, view.branches, s)
        hooks = Hooks(part=str, hover=lambda key: f".t.{key}:hover", held=lambda key: "" if key == held else None)
        self.style_sheet.value = f"<style>{html.sheet()}{view.styles(self.root, found, hooks)}</style>"
        self.lead.value = f'<p class="lead">{html.escape(view.text())}</p>'
        self.answers.options = [(self._label(view.answers[0], a), a.row) for a in shown]
        self.answers.value = None if chosen is None else shown[chosen].row
        measured = "".join(gallery_html.recalls(b, [b.mu], s.mu) for b in view.branches)
        self.measures.value = f'{measured}<p class="foot">{html.escape(view.footer())}</p>'
        self._offer(view.failures())
        asked = (s.side, s.query, s.typed)
        if asked != self._asked:
            self._asked = asked
            threading.Thread(target=self._ahead, args=(asked,), daemon=True).start()

    def _ahead(self, asked):
        """Make thumbnails that the slider of mu may ask for, while nobody waits and until the query changes."""
        for row in self.view.soon():
            if asked != self._asked:
                return
            self.view.pictures(row)

    def close(self):
        """Close the widgets and stop listening to the view."""
        self._asked = None
        super().close()

    def _label(self, found, a) -> str:
        sign, said = MARKS[a.mark]
        corpus = self.view.corpus
        name = corpus.ids[a.row] if found.query.side == "text" else wording.cut(corpus.texts[a.row], 60)
        return f"{a.rank + 1:,} {sign} {said} · {wording.signed(a.score, False, a.digits)} · {name}"

    def _offer(self, rows):
        """The failures in the list box, the present query chosen when it is one of them."""
        s, corpus = self.view.state, self.view.corpus
        listed = (s.side, tuple(rows[:LISTED]))
        if listed != self._listed:
            self._listed = listed
            of = self.view.branches[0].ranks(s.mu)
            rank = of.of_texts if s.side == "text" else of.of_images
            name = (lambda row: wording.cut(corpus.texts[row], 60)) if s.side == "text" else (lambda row: corpus.ids[row])
            lines = [(f"rank {rank[row] + 1:,} · {name(row)}", int(row)) for row in rows[:LISTED]]
            self.failures.options = lines or [("no failure", None)]
        self.failures.value = s.query if s.query in listed[1] else None
        self.failures.description = f"{len(rows):,} failures"

    def _asking(self, view):
        """Direction, own sentence, mu."""
        self.side = ipywidgets.Dropdown(options=SIDES, description="search", layout={"width": "230px"})
        self.own = ipywidgets.Text(placeholder="your own sentence, then Enter", continuous_update=False)
        if any(b.index is None for b in view.branches):
            self.own.placeholder = "a caption of the gallery, word for word, then Enter"
        self.own.layout.flex = "1 1 240px"
        self.own.observe(lambda change: self.attempt(lambda: self._ask(change["new"].strip())), "value")
        self.mu = None
        if view.mu_of is not None:
            top = max(4.0, 2 * view.mu_of.mu)
            self.mu = ipywidgets.FloatSlider(value=view.mu_of.mu, min=0, max=top, step=0.05, description="μ (global)",
                                             continuous_update=False)
            self.mu.add_class("mu")
        return ipywidgets.Box([w for w in (self.side, self.own, self.mu) if w is not None], layout={"flex_flow": "row wrap"})

    def _ask(self, sentence):
        if sentence:
            self.view.ask(text=sentence)

    def _walk(self, view):
        """Former and next answer and failure, and the failures' order.

        The buttons are the way of the keyboard: JupyterLab keeps the arrow keys of list boxes for itself.
        """
        found = []
        for name, act in (("‹ answer", lambda: self._look(-1)), ("answer ›", lambda: self._look(1)),
                          ("‹ failure", lambda: self.view.step(-1)), ("failure ›", lambda: self.view.step(1))):
            found.append(ipywidgets.Button(description=name, layout={"width": "auto"}))
            found[-1].on_click(lambda _, act=act: self.attempt(act))
        orders = {said: key for key, said in view.orders.items()}
        self.order = ipywidgets.Dropdown(options=orders, description="sort", layout={"width": "360px"})
        return ipywidgets.Box([*found, self.order], layout={"flex_flow": "row wrap"})

    def _look(self, by):
        """To the next answer, or the former one."""
        rows = [a.row for a in self.view.answers[0].found]
        now = rows.index(self.view.state.candidate) if self.view.state.candidate in rows else -1
        self.view.state.candidate = rows[(now + by) % len(rows)]

    def _more(self):
        turn, pin, undo = (ipywidgets.Button(description=name, layout={"width": "auto"}) for name in
                           ("Search with the chosen answer", "Pin or let go", "Step back"))
        turn.on_click(lambda _: self.attempt(lambda: self.view.ask_with(self._candidate())))
        pin.on_click(lambda _: self.attempt(self._pin))
        undo.on_click(lambda _: self.attempt(self.view.state.undo))
        return ipywidgets.Box([turn, pin, undo], layout={"flex_flow": "row wrap"})

    def _candidate(self) -> int:
        if self.view.state.candidate is None:
            raise Problem("no answer is chosen; choose one in the list of answers first.")
        return self.view.state.candidate

    def _pin(self):
        """Keep the pair of query and chosen answer on the page, or let it go."""
        self._candidate()
        pair, pinned = self.view.state.pair, [tuple(p) for p in self.view.state.pinned]
        self.view.state.pinned = tuple(p for p in pinned if p != pair) if pair in pinned else (*pinned, pair)

    def _turn(self, side) -> dict:
        """The other direction: the chosen answer becomes the query."""
        if side != self.view.state.side:
            self.view.ask_with(self._candidate())
        return {}

    def _go(self, change):
        if not self._busy and change["new"] is not None and change["new"] != self.view.state.query:
            self.attempt(lambda: self.view.ask(**{self.view.state.side: change["new"]}))
