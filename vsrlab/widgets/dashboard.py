"""The live dashboard: a workspace of the live views of all parts on one state, and a line to step back and to keep the session."""
import ipywidgets

from vsrlab.page import html
from vsrlab.views.dashboard.page import STYLE, TITLES
from vsrlab.views.state import TABS
from vsrlab.widgets.base import Live

NARROW = "search", "relations"            # tabs of a narrow screen; a wide one shows these parts beside the others
LINKED = ("side", "query", "typed", "candidate")
WISHED = ("mu", "sharpness", "direction", "edits", "hidden_words", "hidden_regions")      # what changes the pair's score
BEHIND = {"attention": "pair", "relations": "pair", "versus": "versus", "projection": "map"}      # part -> its place
TIPS = {"search": "Search: the query, its answers and all failures", "pair": "Where the words look",
        "relations": "Relations: which regions read which", "versus": "The right answer beside the wrong one",
        "map": "The map of the joint space", "numbers": "What stands behind the picture; save and open a session"}


class DashboardWidget(Live):
    """Each part listens to the state itself and draws only for its own keys; here stand the verdict, the tabs and the session."""
    draws = (*LINKED, *WISHED, "pinned", "tab")
    turn = 2

    def __init__(self, view):
        self.lead, self.numbers = ipywidgets.HTML(), ipywidgets.HTML()
        for name, part in view.parts.items():
            part.waits = BEHIND.get(name, "pair") not in (view.state.tab, *(["pair"] if view.state.tab in NARROW else []))
        self.live = {name: part.widget() for name, part in view.parts.items()}
        notes = ipywidgets.HTML("".join(map(html.notice, view.missing.values())))
        pair = [self._titled(name) for name in ("attention", "relations") if name in self.live]
        self.places = {"pair": ipywidgets.Box(pair).add_class("panes")} if pair else {}
        for name in ("versus", "projection"):
            if name in self.live:
                self.places[BEHIND[name]] = self._titled(name)
        back, *session = self._session()
        self.places["numbers"] = ipywidgets.VBox([ipywidgets.Box(session, layout={"flex_flow": "row wrap"}), self.numbers])
        self.tabs = [key for key in TABS if key in self.places or key == "search" or key == "relations" and len(pair) > 1]
        self.tab = ipywidgets.ToggleButtons(options=[(TABS[key], key) for key in self.tabs], tooltips=[TIPS[k] for k in self.tabs])
        self.tab.style.button_width = "auto"
        bar = ipywidgets.Box([self.lead, back]).add_class("topline")
        found = ipywidgets.VBox([self.live["gallery"]]).add_class("found")
        shown = ipywidgets.VBox([*self.places.values()]).add_class("shown")
        super().__init__(view, [bar, notes, ipywidgets.Box([self.tab.add_class("parts"), found, shown]).add_class("work")])
        self.add_class("workspace")
        self.bind(self.tab, "tab", show=self._there)

    def _there(self, key: str) -> str:
        """The tab of the state, or the first where the model has no such part."""
        return key if key in self.tabs else next(iter(self.places))

    def _place(self, key: str) -> str:
        """What stands at the right while a tab is open: those that only a narrow screen has are parts of the first."""
        return key if key in self.places else next(iter(self.places))

    def redraw(self):
        """The pair that is looked at, the pinned ones and the open tab; the parts draw themselves, those behind a tab later."""
        view, opened = self.view, self._there(self.view.state.tab)
        self.styled(STYLE)
        pinned = "".join(f'<p class="quiet">{html.escape(line)}</p>' for line in view.pinned())
        self.lead.value = f'<p class="lead"><b>{html.escape(view.verdict())}</b></p>{pinned}'
        shown = self._place(opened)
        for key, place in self.places.items():
            place.layout.display = None if key == shown else "none"
        for key in self.tabs:
            (self.add_class if key == opened else self.remove_class)(f"open-{key}")
        for name, widget in self.live.items():
            widget.reveal(BEHIND.get(name, shown) == shown)
        if opened == "numbers":
            self.numbers.value = view.numbers()

    def _titled(self, name):
        title = ipywidgets.HTML(f"<h3>{TITLES[name]}</h3>")
        return ipywidgets.VBox([title, self.live[name]])

    def _session(self) -> list:
        """Step back, save, open; what goes wrong stands under the path."""
        names = "Step back", "Save", "Open"
        back, keep, again = (ipywidgets.Button(description=name, layout={"width": "auto"}) for name in names)
        self.path = ipywidgets.Text(value="session.json", description="session")
        back.on_click(lambda _: self.attempt(self.view.state.undo))
        keep.on_click(lambda _: self.attempt(self._save, self.path.note))
        again.on_click(lambda _: self.attempt(lambda: self.view.reopen(self.path.value), self.path.note))
        return [back, *self.field(self.path), keep, again]

    def _save(self):
        self.say(f"saved to {self.view.state.save(self.path.value)}")

    def close(self):
        """Close the parts as well."""
        for widget in self.live.values():
            widget.close()
        super().close()
