"""The live gallery: one HTML value for all answers, list boxes for the keyboard, a slider for mu; no grid of buttons."""
import threading

import ipywidgets

from vsrlab import wording
from vsrlab.desk.causes import RULES
from vsrlab.errors import Problem
from vsrlab.page import html
from vsrlab.page.lights import Hooks
from vsrlab.views.gallery import page as gallery_html
from vsrlab.views.gallery.listed import choices
from vsrlab.views.gallery.words import MARKS
from vsrlab.views.state import BANDS
from vsrlab.widgets.base import Choice, Live

SIDES = {"caption → photos": "text", "photo → captions": "image"}
LISTED = 200                           # failures in the list box; the buttons reach all


class GalleryWidget(Live):
    """Ask, walk through failures, weigh the branches, choose an answer.  Static twin: GalleryView.html."""
    draws = ("side", "query", "typed", "candidate", "mu", "order", "pinned", "holds", "band", "cause", "judged",
             "within_images", "within_texts")
    turn = 0

    def __init__(self, view):
        self.lead, self.page, self.told, self.measures = (ipywidgets.HTML() for _ in range(4))
        self.picks = Choice().add_class("picks")
        self.answers = ipywidgets.Select(description="answers", options=[("", None)], rows=6)
        self.failures = ipywidgets.Select(description="failures", options=[("", None)], rows=7)
        self._listed = self._ask_for = self._offered = None
        walk, more = self._walk(view), ipywidgets.Accordion(selected_index=None)
        found = ipywidgets.Box([self.page, self.picks]).add_class("picks-stage")
        lists = ipywidgets.Box([self.answers, self.failures]).add_class("lists")
        super().__init__(view, [self.lead, self._asking(view), found, self.told.add_class("told"), walk, lists, more,
                                self.measures.add_class("measures")])
        self.listen(self.answers, lambda row: {} if row is None else {"candidate": row})
        self.listen(self.picks, lambda n: {} if n is None else {"candidate": view.answers[0].found[n].row})
        self.failures.observe(self._go, "value")
        more.children, more.titles = [self._more(view)], ["Sort, filter, pin"]
        self.bind(self.side, "side", lambda side: self._turn(side))
        self.bind(self.order, "order")
        for key in ("band", "cause", "judged"):
            self.bind(getattr(self, key), key)
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
        asks, self.page.value, told, found = view.body(lambda key: "", held)
        self.told.value = told + gallery_html.pins(view.names, view.branches, s)
        hooks = Hooks(str, lambda key: f"{self._button(key)}.t.{key}:hover", lambda key: "" if key == held else None)
        self.styled(view.styles(self.root, found, hooks))
        self.lead.value = html.opening(view.verdict()) + html.notice(view.note()) + asks
        self.answers.options = [(self._label(view.answers[0], a), a.row) for a in shown]
        self.answers.value = None if chosen is None else shown[chosen].row
        self._pick(shown, chosen)
        measured = "".join(gallery_html.recalls(b, [b.mu], s.mu) for b in view.branches)
        words = html.details("In words", f"<p>{html.escape(view.text())}</p>{measured}")
        self.measures.value = f'{words}<p class="foot">{html.escape(view.footer())}</p>'
        self._offer(view.failures())
        asked = (s.side, s.query, s.typed)
        if asked != self._ask_for:
            self._ask_for = asked
            threading.Thread(target=self._ahead, args=(asked,), daemon=True).start()

    def _pick(self, shown, chosen):
        """A button over each card, where photos are the answers of one model: a click chooses it."""
        cards = self.view.state.side == "text" and len(self.view.branches) == 1
        offered = [a.row for a in shown] if cards else []
        if offered != self._offered:
            self._offered = offered
            self.picks.offer([f"{a.rank + 1}" for a in shown][:len(offered)],
                             [f"choose {self.view.corpus.ids[row]}" for row in offered])
        self.picks.hold(chosen if offered else None)

    @staticmethod
    def _button(key) -> str:
        """The button over a card, as a further selector of what is under the pointer; "" where there is none."""
        return f".picks button:nth-of-type({int(key[3:]) + 1}):hover," if key.startswith("m0") else ""

    def _ahead(self, asked):
        """Make thumbnails that the slider of mu may ask for, while nobody waits and until the query changes."""
        for row in self.view.soon():
            if asked != self._ask_for:
                return
            self.view.pictures(row)

    def close(self):
        """Close the widgets and stop listening to the view."""
        self._ask_for = None
        super().close()

    def _label(self, found, a) -> str:
        sign, said = MARKS[a.mark]
        corpus = self.view.corpus
        name = corpus.ids[a.row] if found.query.side == "text" else wording.cut(corpus.texts[a.row], 60)
        return f"{a.rank + 1:,} {sign} {said} · {wording.signed(a.score, False, a.digits)} · {name}"

    def _offer(self, rows):
        """The failures in the list box, the present query chosen when it is one of them."""
        s, corpus = self.view.state, self.view.corpus
        self.holds.value = s.holds
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
        self.mu, own = None, self.field(self.own, self._ask)
        self.note = self.own.note
        if view.mu_of is not None:
            top = max(4.0, 2 * view.mu_of.mu)
            self.mu = ipywidgets.FloatSlider(value=view.mu_of.mu, min=0, max=top, step=0.05, description="μ (global)",
                                             continuous_update=False)
            self.mu.add_class("mu")
        row = ipywidgets.Box([self.side, *own, *([] if self.mu is None else [self.mu])], layout={"flex_flow": "row wrap"})
        return row.add_class("asking")

    def _ask(self, sentence):
        if not sentence:
            return
        try:
            self.view.ask(text=sentence)
        except Problem as problem:
            asked = self.view.query
            former = f"“{wording.cut(asked.text, 40)}”" if asked.side == "text" else self.view.corpus.ids[asked.row]
            raise Problem(f"{problem} Shown are still the answers to {former}.") from None

    def _filter(self, view) -> list:
        """Which failures are listed: with a word in their caption, a rank of some band, a suspected cause, a judgement or a tag."""
        drop = lambda name, options: ipywidgets.Dropdown(options=options, description=name, layout={"width": "190px"})
        any_ = lambda names: [("any", ""), *((name, name) for name in names if name)]
        self.band, self.cause = drop("rank", list(BANDS)), drop("cause", any_(RULES))
        self.judged = drop("judged", any_(choices(view.branches[0].scored)))
        self.holds = ipywidgets.Text(placeholder="with this word", continuous_update=False, layout={"width": "130px"})
        self.holds.observe(lambda change: self._busy or self.attempt(lambda: self.view.state.set(holds=change["new"])), "value")
        return [self.holds, self.band, self.cause, self.judged]

    def _walk(self, view):
        """Former and next answer and failure, and the failures' order.

        The buttons are the way of the keyboard: JupyterLab keeps the arrow keys of list boxes for itself.
        """
        found = []
        for name, act in (("‹ answer", lambda: self._look(-1)), ("answer ›", lambda: self._look(1)),
                          ("‹ failure", lambda: self.view.step(-1)), ("failure ›", lambda: self.view.step(1))):
            found.append(ipywidgets.Button(description=name, layout={"width": "auto"}))
            found[-1].on_click(lambda _, act=act: self.attempt(act))
        return ipywidgets.Box(found, layout={"flex_flow": "row wrap"}).add_class("walk")

    def _look(self, by):
        """To the next answer, or the former one."""
        rows = [a.row for a in self.view.answers[0].found]
        now = rows.index(self.view.state.candidate) if self.view.state.candidate in rows else -1
        self.view.state.candidate = rows[(now + by) % len(rows)]

    def _more(self, view):
        orders = {said: key for key, said in view.orders.items()}
        self.order = ipywidgets.Dropdown(options=orders, description="sort", layout={"width": "330px"})
        turn, pin, undo = (ipywidgets.Button(description=name, layout={"width": "auto"}) for name in
                           ("Search with the chosen answer", "Pin or let go", "Step back"))
        turn.on_click(lambda _: self.attempt(lambda: self.view.ask_with(self._candidate())))
        pin.on_click(lambda _: self.attempt(self._pin))
        undo.on_click(lambda _: self.attempt(self.view.state.undo))
        return ipywidgets.Box([self.order, *self._filter(view), turn, pin, undo], layout={"flex_flow": "row wrap"})

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
