"""The live belief: behind a button until it was asked for, because it takes hundreds of runs of the model."""
import time

import ipywidgets


class BeliefPart:
    """One place among the children of a live view: the button or, once it was pressed or all is known, the belief.

    live  the view's widget; `self.button` has to be one of the children it is made with
    also  -> HTML that belongs to the belief and stands before it
    """

    def __init__(self, live, also=lambda: ""):
        self.live, self.also, self._drawn = live, also, None
        self.button = ipywidgets.Button(description="Can this be believed?", layout={"width": "auto"})
        self.shown = ipywidgets.HTML()
        self.button.on_click(lambda _: self._asked())

    def follow(self, belief):
        """Show what is known of a ViewBelief, and the button where it would have to be computed; nothing for None."""
        self.button.layout.display = "none" if belief is None else ""
        if belief is None or not belief.known():
            self.shown.value, self._drawn = "", None
            return self._place(self.button)
        if self._drawn is None or self._drawn is not belief.now():
            self._draw(belief)
        self._place(self.shown)

    def both(self):
        """Button and belief among the children, so that closing the view closes them."""
        self.live.children = [*(c for c in self.live.children if c not in (self.button, self.shown)), self.button, self.shown]

    def _draw(self, belief):
        self._drawn, self.shown.value = belief.now(), self.also() + belief.html()

    def _asked(self):
        """A word before the work, how long it took after it; what went wrong in one red sentence."""
        self.live.say("computing, about 2,000 runs of the model …")
        started = time.perf_counter()
        if self.live.attempt(self._compute):
            self.live.say(f"tested in {time.perf_counter() - started:.1f} s")

    def _compute(self):
        self._draw(self.live.view.belief)
        self._place(self.shown)

    def _place(self, widget):
        if widget not in self.live.children:
            self.live.children = [widget if c in (self.button, self.shown) else c for c in self.live.children]
