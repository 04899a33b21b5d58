"""The live desk: a list that is filtered, the failure that is shown, a verdict by button or by key."""
import ipywidgets

from vsrlab.desk.causes import RULES
from vsrlab.desk.judgements import VERDICTS
from vsrlab.page import html
from vsrlab.retrieval.failures.listing import BANDS, ORDERS
from vsrlab.retrieval.failures.listing import VERDICTS as JUDGED
from vsrlab.views.desk import words as said
from vsrlab.views.desk.view import PAGE
from vsrlab.widgets.base import Live
from vsrlab.wording import cut

HINT = "v valid, w wrong, u unsure, n next, b back"
KEYS = {"v": "valid", "w": "wrong", "u": "unsure"}
NARROW, WIDE = {"width": "210px"}, {"width": "100%"}


class DeskWidget(Live):
    """Filter, look, judge.  Static twin: DeskView.html."""
    draws = ("side", "query")

    def __init__(self, view):
        self.lead, self.page, self.foot = (ipywidgets.HTML() for _ in range(3))
        self.list = ipywidgets.Select(options=[("", None)], rows=7, layout=WIDE)
        self.first, self._made = 0, None
        parts = self._filters(view), self.list, self._pages(), self.page, self._verdicts(view)
        super().__init__(view, [self.lead, *parts, self.foot])
        self.list.observe(self._go, "value")

    def redraw(self):
        """Show the list and the failure that the view names."""
        view = self.view
        self.lead.value = html.opening(view.verdict(), f"{view.top()} {self._listed()}")
        why = view.why
        part, style = view.part(why) if why is not None else (html.notice("No failure is listed; let go of a filter."), "")
        self.page.value = part
        self.style_sheet.value = f"<style>{html.sheet()}{style}</style>"
        self.foot.value = f'<p class="foot">{html.escape(said.footer(view.scored))}</p>'
        self._offer()

    def _listed(self) -> str:
        return said.listed(self.view.rows, self.view.wanted, self.view.tally)

    def _offer(self):
        """The page of the list on which the shown failure stands, with a mark for what is judged."""
        view, rows = self.view, self.view.rows.tolist()
        if view.state.query in rows:
            self.first = rows.index(view.state.query) // PAGE * PAGE
        made = (view.wanted, self.first, id(view.scored))
        if made != self._made:
            self._made = made
            table = view.scored.queries(view.side).loc[rows[self.first:self.first + PAGE]]
            mark = {"": "", "valid": "≈ ", "wrong": "✗ ", "undecided": "? "}
            lines = [(f"{mark[said.verdict(one.judged, one.valid)]}{one.rank + 1:,} · {cut(one.text or one.id, 60)}", int(row))
                     for row, one in zip(table.index, table.itertuples())]
            self.list.options = lines or [("no failure", None)]
        self.list.value = view.state.query if view.state.query in rows else None
        end = min(self.first + PAGE, len(rows))
        self.where.value = f'<p class="quiet">{self.first + 1 if rows else 0:,} to {end:,} of {len(rows):,}</p>'

    def _filters(self, view):
        drop = lambda what, options: ipywidgets.Dropdown(description=what, options=options, layout=NARROW)
        any_ = lambda names: [("any", ""), *((name, name) for name in names if name)]
        self.word = ipywidgets.Text(description="word", placeholder="of the caption", continuous_update=False, layout=NARROW)
        self.cause = drop("cause", any_(RULES))
        self.slice = drop("slice", any_(view.slices))
        self.band, self.verdict = drop("rank", any_(BANDS)), drop("judged", any_(JUDGED))
        self.order = drop("order", list(ORDERS))
        self.filters = {"word": self.word, "cause": self.cause, "slice": self.slice, "band": self.band, "verdict": self.verdict,
                        "order": self.order}
        for name, control in self.filters.items():
            value = getattr(view.wanted, name)
            control.value = value
            control.observe(lambda change: self.attempt(self._filter), "value")
        shown = [control for name, control in self.filters.items() if name != "slice" or view.slices]
        return ipywidgets.Box(shown, layout={"flex_flow": "row wrap"})

    def _filter(self):
        if not self._busy:
            self.first, self._made = 0, None
            self.view.filter(**{name: control.value.strip() for name, control in self.filters.items()})
            self.refresh()

    def _pages(self):
        self.where = ipywidgets.HTML()
        back, on = (self._button(name, lambda by=by: self._turn(by)) for name, by in (("‹ fifty", -1), ("fifty ›", 1)))
        return ipywidgets.Box([back, on, self.where], layout={"flex_flow": "row wrap"})

    def _turn(self, by):
        """To the first failure of another page."""
        rows = self.view.rows
        if len(rows):
            pages = -(-len(rows) // PAGE)
            self.view.state.query = int(rows[(self.first // PAGE + by) % pages * PAGE])

    def _verdicts(self, view):
        self.chosen = ipywidgets.SelectMultiple(description="causes", options=list(RULES), rows=4, layout={"width": "300px"})
        self.note = ipywidgets.Text(description="note", layout={"width": "300px"})
        self.author = ipywidgets.Text(value=view.author, description="judge", layout=NARROW)
        self.letter = ipywidgets.Text(description="keys", placeholder=HINT, layout={"width": "360px"})
        self.letter.observe(lambda change: self.attempt(lambda: self._key(change["new"])), "value")
        buttons = [self._button(verdict, lambda verdict=verdict: self._say(verdict)) for verdict in VERDICTS]
        steps = [self._button(name, lambda by=by: self.view.step(by)) for name, by in (("‹ failure", -1), ("failure ›", 1))]
        self.bulk = ipywidgets.Dropdown(description="all listed", options=[("judge none", ""), *((v, v) for v in VERDICTS)],
                                        layout=NARROW)
        bulk = self._button("judge all listed", self._say_all)
        rows = ([*buttons, *steps, self.letter], [self.chosen, self.note, self.author], [self.bulk, bulk])
        return ipywidgets.VBox([ipywidgets.Box(row, layout={"flex_flow": "row wrap"}) for row in rows])

    def _button(self, name, act):
        made = ipywidgets.Button(description=name, layout={"width": "auto"})
        made.on_click(lambda _: self.attempt(act))
        return made

    def _key(self, typed: str):
        """One letter is one act; the box is emptied for the next."""
        letter = typed.strip()[-1:].lower()
        if not letter:
            return
        self.letter.value = ""
        if letter in KEYS:
            self._say(KEYS[letter])
        elif letter in "nb":
            self.view.step(1 if letter == "n" else -1)
        else:
            self.complain(f"{letter!r} is no key: {HINT}.")

    def _say(self, verdict):
        self.view.author = self.author.value.strip()
        before = self.view.state.query
        self.view.say(verdict, tuple(self.chosen.value), self.note.value.strip())
        self._said(before)

    def _say_all(self):
        if not self.bulk.value:
            self.complain("choose what all listed failures are first: valid, wrong or unsure.")
            return
        self.view.author = self.author.value.strip()
        many = self.view.say_all(self.bulk.value, tuple(self.chosen.value), self.note.value.strip())
        self.bulk.value = ""
        self._said(self.view.state.query)
        self.say(f"{many:,} failures judged")

    def _said(self, before):
        """After a verdict: nothing chosen for the next one; where the failure stayed the same, it is drawn again."""
        self.chosen.value, self.note.value = (), ""
        if before == self.view.state.query:
            self.refresh()

    def _go(self, change):
        if not self._busy and change["new"] is not None and change["new"] != self.view.state.query:
            self.attempt(lambda: self.view.state.set(query=change["new"]))
