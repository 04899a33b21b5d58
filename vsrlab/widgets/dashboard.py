"""The live dashboard: the live views of all parts on one state, and a line to step back and to keep the session."""
import ipywidgets

from vsrlab.page import html
from vsrlab.views.dashboard.view import TITLES
from vsrlab.widgets.base import Live

LINKED = ("side", "query", "typed", "candidate")
WISHED = ("mu", "sharpness", "direction", "edits", "hidden_words", "hidden_regions")      # what changes the pair's score
GRID = {"grid_template_columns": "repeat(auto-fit, minmax(440px, 1fr))", "grid_gap": "12px"}


class DashboardWidget(Live):
    """Each part listens to the state itself and draws only for its own keys; here stand the pair and the session."""
    draws = (*LINKED, *WISHED, "pinned")

    def __init__(self, view):
        self.lead = ipywidgets.HTML()
        self.live = {name: part.widget() for name, part in view.parts.items()}
        notes = ipywidgets.HTML("".join(map(html.notice, view.missing.values())))
        others = [self._titled(name, widget) for name, widget in self.live.items() if name != "gallery"]
        super().__init__(view, [self.lead, self._session(), notes, self.live["gallery"],
                                ipywidgets.GridBox(others, layout=GRID)])
        self.layout.max_width = "none"

    def redraw(self):
        """The pair that is looked at and the pinned ones; the parts draw themselves."""
        self.style_sheet.value = f"<style>{html.sheet()}</style>"
        told = f"Looked at: {self.view.looked_at()}", *self.view.pinned()
        self.lead.value = "".join(f'<p class="lead">{html.escape(line)}</p>' for line in told)

    @staticmethod
    def _titled(name, widget):
        return ipywidgets.VBox([ipywidgets.HTML(f'<p class="lead"><b>{TITLES[name]}</b></p>'), widget])

    def _session(self):
        """Step back, save, open."""
        names = "Step back", "Save", "Open"
        back, keep, again = (ipywidgets.Button(description=name, layout={"width": "auto"}) for name in names)
        self.path = ipywidgets.Text(value="session.json", description="session", layout={"width": "260px"})
        back.on_click(lambda _: self.attempt(self.view.state.undo))
        keep.on_click(lambda _: self.attempt(self._save))
        again.on_click(lambda _: self.attempt(self._open))
        return ipywidgets.Box([back, self.path, keep, again], layout={"flex_flow": "row wrap"})

    def _save(self):
        self.say(f"saved to {self.view.state.save(self.path.value)}")

    def _open(self):
        self.view.reopen(self.path.value)

    def close(self):
        """Close the parts as well."""
        for widget in self.live.values():
            widget.close()
        super().close()
