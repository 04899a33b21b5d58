"""The live timeline: the steps are the buttons; other orders of reading at once, position against content behind a button."""
import ipywidgets
import numpy as np

from vsrlab.page import html, stage
from vsrlab.views.timeline import chart, page, words
from vsrlab.widgets.base import Choice, Live
from vsrlab.widgets.belief import BeliefPart


class TimelineWidget(Live):
    """Click a step, read in more or other orders, tell position from content.  Offline: TimelineView.html."""
    draws = ("side", "query", "typed", "candidate", "region", "mu", "control", "orders", "seed")

    def __init__(self, view):
        self.lead, self.chart, self.photo, self.told, self.result = (ipywidgets.HTML() for _ in range(5))
        self.belief = BeliefPart(self)
        self.steps = Choice().add_class("steps")
        self._offered = self._drawn = self.orders = None     # the pair of the steps, the reading that is drawn, the slider
        side = ipywidgets.VBox()
        curves = ipywidgets.Box([self.chart, self.steps]).add_class("chart")
        picture = ipywidgets.Box([self.photo]).add_class("stage")
        super().__init__(view, [self.lead, curves, ipywidgets.Box([picture, side]).add_class("beside"), self.result,
                                self.belief.button])
        self._stops.append(self.belief.both)
        self.listen(self.steps, lambda n: {"region": None if n is None else int(view.reading.course.order[n])})
        side.children = [*(self._controls() if view.alive else ()), self.told]

    def redraw(self):
        """The chart of this reading, the step that is held, and what is said."""
        view, e = self.view, self.view.follow()
        self.lead.value = html.opening(view.verdict(), view.lead()) + html.notice(view.note())
        self.belief.follow(view.belief)
        if self.orders is not None:
            self.orders.value = view.orders
        if view.reading is None:
            self.photo.value = stage.photo(e, view.note())
            self.styled("")
            return
        r, order, step = view.reading, view.reading.course.order, view.step
        if self._offered != e.image_id:
            self._offered = e.image_id
            self.steps.offer([str(n + 1) for n in range(len(order))], [e.region_name(int(region)) for region in order])
            self.photo.value = stage.photo(e, words.course(r))
        wanted = step if view.state.region is not None and view.state.region in order else None
        if self.steps.value != wanted:
            self.steps.hold(wanted)
        if self._drawn is not r:
            self._drawn, self.chart.value = r, chart.chart(r, view.alive)
            self.result.value = self._split() if r.bunched else ""
        found, held = page.targets(r), f"r{int(order[step])}"
        lines = [words.course(r), words.gain(r), *([words.order(r.shuffled, e.gallery[0])] if view.alive else []), words.ARTEFACT]
        about = "".join(f"<p>{html.escape(line)}</p>" for line in lines if line)
        self.told.value = f'<div style="min-height:88px">{stage.said(found, held)}</div>{about}'
        rules = page.styles(self.root, page.live(self.root, order, held), found)
        self.styled(rules)

    def _controls(self) -> list:
        """How many shuffled orders, other ones, position against content, a step back."""
        view = self.view
        self.orders = ipywidgets.IntSlider(value=view.orders, min=5, max=100, step=5, description="orders", continuous_update=False,
                                           layout={"width": "100%"})
        self.orders.observe(self._more_orders, "value")
        other, split, back = (ipywidgets.Button(description=name, layout={"width": "auto"}) for name in
                              ("Other orders", "Position or content?", "Step back"))
        other.on_click(lambda _: self._again(seed=view.seed + 1))
        split.on_click(lambda _: self._long())
        back.on_click(lambda _: self.attempt(view.state.undo))
        split.disabled = not view.split
        return [self.orders, ipywidgets.Box([other, split, back], layout={"flex_flow": "row wrap"})]

    def _more_orders(self, change):
        self._again(orders=change["new"])

    def _again(self, **options):
        if not self._busy:
            self.attempt(lambda: self.view.choose(**options))

    def _long(self):
        """Every region left out of several orders: seconds, with a word before it."""
        r = self.view.reading
        runs = min(len(r.shuffled.orders), 8) * np.size(r.course.order)
        self.say(f"computing, {runs} readings …")

        def act():
            self.result.value = self._split()
        if self.attempt(act):
            self.say("done")

    def _split(self) -> str:
        r = self.view.reading
        return f"<p>{html.escape(words.bunching(r.bunching))}</p>{chart.order(r)}"
