"""Live: a view with controls.  A control sets a key of the state, a change of the state redraws; callbacks only set values."""
import time

import ipywidgets

from vsrlab.errors import Problem
from vsrlab.page import html
from vsrlab.views.state import PAIR
from vsrlab.widgets.later import Later


class Live(ipywidgets.VBox):
    """The frame of every live view: a style sheet, the view's own parts, and a line that says how it goes.

    draws   keys of the state that the view draws; it is redrawn when one of them changes, see Later
    turn    which views of a state are drawn first: those of a low number
    shown   False while it lies behind a tab: then it waits
    """
    draws: tuple = ()
    turn = 1

    def __init__(self, view, children):
        self.view, self.root, self.shown = view, html.unique(), not view.waits
        self._stops, self._busy, self._old = [], False, view.waits
        self.style_sheet = ipywidgets.HTML(layout={"display": "none"})
        self.status = ipywidgets.HTML()
        self.status.add_class("status")
        super().__init__([self.style_sheet, *children, self.status])
        self.add_class("vsr").add_class(self.root)
        self._stops.append(view.state.watch(self.draws, self.refresh))
        if self.shown:
            self.draw()

    def over_still(self) -> "Live":
        """Shown right after its own still picture, which is hidden while this is drawn; without a kernel nothing hides it."""
        return self.add_class("over-still")

    def redraw(self):
        """Set the values of the parts from the view."""
        raise NotImplementedError

    def styled(self, rules: str):
        """The style sheet of this view and of every fragment in it."""
        self.style_sheet.value = f"<style>{html.sheet()}{html.themed(rules)}</style>"

    def refresh(self, changed=()):
        """Draw when the clicks have come to rest; behind a tab, when the tab is opened.  `changed`: keys of the state."""
        if self.shown:
            Later.of(self.view.state).ask(self, any(key in PAIR for key in changed))
        else:
            self._old = True

    def reveal(self, shown: bool):
        """Open or close the tab before it."""
        self.shown, self.layout.display = shown, "" if shown else "none"
        if shown and self._old:
            self._old = False
            self.refresh()

    def draw(self):
        """Redraw, say how long it took, or say in one red sentence what went wrong; what was drawn before stays."""
        self.say("computing …")
        started, self._busy = time.perf_counter(), True
        if self.attempt(self.redraw):
            self.say(f"drawn in {1000 * (time.perf_counter() - started):.0f} ms")
        self._busy = False

    def attempt(self, act, beside=None) -> bool:
        """Call `act`; an error becomes one red sentence in the view, because a stack trace in a callback is seen by nobody.

        beside  an HTML beside the control that was used: the sentence stands there, where the person looks
        """
        try:
            act()
        except Problem as problem:
            self.complain(str(problem), beside)
        except Exception as error:
            self.complain(f"this did not work ({type(error).__name__}: {error}); take the last step back, or run the cell again.",
                          beside)
        else:
            if beside is not None:
                beside.value = ""
            return True
        return False

    def say(self, text: str):
        """Put a sentence into the line that says how it goes."""
        self.status.value = f'<p class="quiet" role="status">{html.escape(text)}</p>'

    def complain(self, text: str, beside=None):
        """Put a sentence there that something went wrong, in red and announced by a reader aloud."""
        place = self.status if beside is None else beside
        place.value = f'<p class="notice" role="alert"><b>Note.</b> {html.escape(text)}</p>'

    def field(self, control, act=None) -> list:
        """[control, the place of its errors, `control.note`], side by side in a row; with `act`, what was typed is handed to it."""
        control.note = ipywidgets.HTML().add_class("beside-field")
        control.add_class("field")
        if act is not None:
            control.observe(lambda change: self._busy or self.attempt(lambda: act(change["new"].strip()), control.note), "value")
        return [control, control.note]

    def bind(self, control, key: str, read=None, show=lambda value: value, also=()):
        """Tie a control to a key of the state, both ways; -> the control.

        read   value of the control -> keys of the state to set; None: the key itself
        show   value of the key -> value of the control
        also   further keys that change what is shown
        """
        self.listen(control, read or (lambda value: {key: value}))

        def follow(_=None):
            value = show(getattr(self.view.state, key))
            if control.value != value:
                control.value = value
        follow()
        self._stops.append(self.view.state.watch([key, *also], lambda _: self.attempt(follow)))
        return control

    def listen(self, control, read):
        """Only from the control to the state; not while `redraw` sets the control itself."""
        def heard(change):
            if not self._busy:
                self.attempt(lambda: self.view.state.set(**read(change["new"])))
        control.observe(heard, "value")
        return control

    def close(self):
        """Stop listening and close every part: a cell that runs again leaves nothing behind."""
        while self._stops:
            self._stops.pop()()
        Later.of(self.view.state).forget(self)
        for widget in self.parts():
            for own in (widget.layout, getattr(widget, "style", None)):          # models of their own in the front end
                if isinstance(own, ipywidgets.Widget):
                    own.close()
            ipywidgets.Widget.close(widget)

    def parts(self) -> list:
        """This widget and everything in it."""
        def inside(widget):
            yield widget
            for child in getattr(widget, "children", ()):
                yield from inside(child)
        return list(inside(self))


class Choice(ipywidgets.ToggleButtons):
    """A row of buttons of which one can be held; a second click on it lets go (value None).  Values are 0, 1, 2, ..."""

    def __init__(self):
        super().__init__(options=[], value=None)
        self._held = None
        self.on_msg(self._clicked)

    def offer(self, labels, tooltips=()):
        """Other buttons.  ipywidgets finds a button by its label, so the second "a" gets a space without width."""
        self.hold(None)
        self.tooltips = list(tooltips)
        before = lambda n: list(labels[:n]).count(labels[n])
        self.options = [(label + before(n) * "\u200b", n) for n, label in enumerate(labels)]

    def hold(self, value):
        """Choose from outside, as a click would."""
        self._held = value
        self.value = value

    def _clicked(self, _, content, buffers):
        # the front end sends the value first, if it is new, and the click always
        if content.get("event") == "click":
            self.hold(None if self.value == self._held else self.value)
