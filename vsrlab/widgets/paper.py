"""The live paper mode: a click on a row lights its numbers, a click on a word or a box asks for those of another one."""
import ipywidgets

from vsrlab.page import html, stage
from vsrlab.page.lights import Hooks, line_of
from vsrlab.page.lights import rules as lit
from vsrlab.views.paper import page
from vsrlab.widgets.base import Choice, Live


class PaperWidget(Live):
    """Rows, words and boxes are buttons.  Offline: PaperView.html."""
    draws = ("side", "query", "typed", "candidate", "word", "region", "equation")

    def __init__(self, view):
        self.lead, self.photo, self.told = (ipywidgets.HTML() for _ in range(3))
        self.rows, self.words, self.boxes = (Choice().add_class(name) for name in ("rows", "words", "boxes"))
        self._pair = None
        picture = ipywidgets.Box([self.photo, self.boxes]).add_class("stage")
        super().__init__(view, [self.lead, self.words, self.rows, ipywidgets.Box([picture, self.told]).add_class("beside")])
        self.listen(self.rows, lambda n: {"equation": None if n is None else view.rows[n].step.key})
        self.listen(self.words, lambda word: {"word": word})
        self.listen(self.boxes, lambda region: {"region": region})

    def redraw(self):
        """The row that is open, and its light."""
        view, e = self.view, self.view.follow()
        keys = [row.step.key for row in view.rows]
        if self._pair != (e.image_id, e.text):
            self._pair = e.image_id, e.text
            self.rows.offer([page.name_of(row) for row in view.rows], [row.step.words for row in view.rows])
            self.words.offer(list(e.words))
            self.boxes.offer([str(r) for r in range(e.regions)], [e.region_name(r) for r in range(e.regions)])
            self.photo.value = stage.photo(e, view.lead())
        for choice, wanted in ((self.rows, keys.index(view.open)), (self.words, view.word), (self.boxes, view.state.region)):
            if choice.value != wanted:
                choice.hold(wanted)
        row = view[view.open]
        self.lead.value = html.opening(view.verdict(), view.lead()) + html.notice(view.told.note)
        self.told.value = (f'<p>{page.equation(row.step.latex)} <span class="quiet">{html.escape(row.shape)}</span></p>'
                           f"{page.inside(view, row)}")
        self.styled(self._light(e, row.target(e, view.word, view.state.region)))

    def _light(self, e, target) -> str:
        """The style of the one row that is open."""
        part = lambda key: f".{self.root} .{'words' if key[0] == 'w' else 'boxes'} button:nth-of-type({int(key[1:]) + 1})"
        hooks = Hooks(part=part, hover=lambda key: None, held=lambda key: "")
        boxes = "".join(html.css(f".{self.root} .boxes button:nth-of-type({r + 1})", at) for r, at in enumerate(stage.geometry(e)))
        rows = html.css(f".{self.root} .rows, .{self.root} .rows > div", {"width": "100%", "flex-flow": "row wrap"})
        shade = html.css(f".{self.root} .shade", {"opacity": 1 if target.regions else 0})
        return (rows + boxes + " ".join(page.STYLE.replace("ROOT", f".vsr.{self.root}").split()) + shade
                + stage.bindings(e, self.root, hooks, []) + line_of(self.root, target.key)
                + lit(self.root, [target], hooks, places=e.places))
