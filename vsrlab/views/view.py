"""View: a picture of numbers with the same exits everywhere: show, figure, html, table, text, save."""
import importlib
import io
import json
from abc import ABC, abstractmethod
from pathlib import Path

from vsrlab import draw, files
from vsrlab.errors import path_of, unknown
from vsrlab.page import html
from vsrlab.views import host
from vsrlab.views.state import DEFAULTS, State

KINDS = ("png", "svg", "pdf", "html", "csv", "json")


class View(ABC):
    """What a view has to bring: four exits that need no notebook.  What it gets: `save`, `show` and the live widget.

    state    what is selected and how it is drawn; views that share one move together
    live     "file.Class" in vsrlab.widgets: the live part; "" for none
    waits    is the live part first drawn when somebody opens the tab before it?
    hurried  is a person waiting, so that nothing is tested that takes hundreds of runs of the model and that nobody asked for?
    """
    live = ""
    waits = False
    hurried = False

    def __init__(self, state: State | None = None):
        self.state = state if state is not None else State()

    @abstractmethod
    def text(self) -> str:
        """Two to five sentences made from the numbers: the alternative text of every picture."""

    def verdict(self) -> str:
        """What the view shows and of which size, in at most 20 words: the line above the picture; "" for none."""
        return ""

    @abstractmethod
    def table(self):
        """The numbers as a pandas DataFrame."""

    @abstractmethod
    def figure(self):
        """A matplotlib Figure, made without pyplot."""

    @abstractmethod
    def html(self) -> str:
        """One offline fragment: it reacts to hover and keys without a kernel, a script or the network."""

    def alone(self) -> str:
        """The fragment as an output or a file of its own: `html()`, unless that is a part of another view's card."""
        return self.html()

    def __repr__(self) -> str:
        return f"{type(self).__name__}: {self.text()} Run the cell again to interact."

    def png(self, dpi: int = 96) -> bytes:
        """The figure as PNG; 96 dots an inch are a page's width, and keep a notebook of real photos light."""
        return draw.png(self.figure(), dpi, self.text())

    def save(self, path) -> Path:
        """Write the view to a file; its ending says how: .png .svg .pdf .html .csv .json.  A former file is replaced at once."""
        path = path_of("a view that is saved", path)
        kind = path.suffix.lower().removeprefix(".")
        if kind not in KINDS:
            raise unknown("file ending", path.suffix or "(none)", ["." + k for k in KINDS])
        made = self._written(kind)
        return files.write(path, lambda file: file.write(made))

    def show(self):
        """The still picture as an output of its own, then the part that reacts as a second one.

        The first is a PNG with its text: all that GitHub, slides and a reader aloud can use, and they would choose HTML
        and strip its style if both were one output.  The second is the live widget; what it leaves in a saved notebook, and
        what stands there where nobody is at the screen (a notebook run by a program), is the offline HTML.  While the live
        widget is drawn its style sheet hides the still before it, so a person sees one of them, never both.
        A plain script gets the sentence.
        """
        if not host.notebook():
            print(repr(self))
            return
        still = lambda: ({"image/png": self.png(), "text/plain": repr(self)}, {"image/png": {"alt": self.text()}})
        widget = self.widget() if host.front_end() else None
        if widget is None:
            host.display(*still())
            host.display({"text/html": self.alone(), "text/plain": repr(self)})
            return
        fill = host.reserve()                    # the still comes first and takes longest: a person sees the live view before it
        host.adopt(widget.over_still())
        self.hurried = True
        try:
            bundle = {"text/html": self.alone(), "text/plain": repr(self)}
        finally:
            self.hurried = False
        host.display(bundle | {k: v for k, v in widget._repr_mimebundle_().items() if k not in bundle})
        fill(*still())

    _ipython_display_ = show

    def widget(self):
        """The live part (ipywidgets), or None when the view has none or ipywidgets is not installed."""
        module, _, name = self.live.partition(".")
        try:
            return getattr(importlib.import_module(f"vsrlab.widgets.{module}"), name)(self) if name else None
        except ModuleNotFoundError as error:
            if error.name != "ipywidgets":
                raise
            return None

    def _written(self, kind: str) -> bytes:
        if kind == "html":
            return html.page(self.text().split(". ")[0], self.alone()).encode()
        if kind == "csv":
            return files.csv_text(self.table()).encode()
        if kind == "json":
            chosen = {k: v for k, v in ((k, getattr(self.state, k)) for k in DEFAULTS) if v != DEFAULTS[k]}
            values = {"view": type(self).__name__, "text": self.text(), "state": chosen}
            return json.dumps(values | {"table": json.loads(self.table().to_json(orient="records"))}, indent=1).encode()
        if kind == "png":
            return self.png(150)
        buffer = io.BytesIO()
        self.figure().savefig(buffer, format=kind)
        return buffer.getvalue()
