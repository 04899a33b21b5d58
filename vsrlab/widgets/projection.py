"""The live map: points are buttons, UMAP stands behind a button with its expected time, a rectangle becomes a contact sheet."""
import ipywidgets
import numpy as np

from vsrlab import colours
from vsrlab.errors import Problem
from vsrlab.page import html
from vsrlab.space.atlas import COLOURS
from vsrlab.views import host
from vsrlab.views.projection import page
from vsrlab.views.projection.selection import keep, kept
from vsrlab.views.state import LINES
from vsrlab.widgets import points
from vsrlab.widgets.base import Choice, Live
from vsrlab.wording import cut

CLICKABLE = 200                # pairs whose two points are buttons; the sliders reach all others
WITHIN = ("within_images", "within_texts")      # ... and what is selected on it
DRAWN = ("method", "closed", "colour", "colour_word", "lines")      # keys of the state: how the map is drawn
SHEET = 64                     # photos of a contact sheet
POINTS = ("{r} .points,{r} .points>div{{position:absolute;inset:0;margin:0;width:auto;height:auto;display:block;overflow:visible}}"
          "{r} .points button{{position:absolute;width:12px;height:12px;min-width:0;margin:-6px 0 0 -6px;padding:0;border:0;"
          "background:transparent;border-radius:50%;font-size:0;line-height:0;cursor:pointer;box-shadow:none}}"
          "{r} .points button:hover{{box-shadow:0 0 0 2px {dark}}}"
          "{r} .points button.mod-active{{box-shadow:0 0 0 2px {dark},0 0 0 5px {light}}}"
          "{r} .over{{position:absolute;inset:0;pointer-events:none}}")


HOW = ('<p class="quiet">Large points are images, small ones captions. Drag to move, wheel to zoom, the lasso or Shift and drag to '
       "select; a click makes a point the query.</p>")
LAYER = (".vsr .layer{position:relative;display:block;flex:1 1 480px;min-width:260px;overflow:hidden}"
         ".vsr .layer .over{position:absolute;left:6px;bottom:6px;pointer-events:none;margin:0;z-index:5}"
         ".vsr .under{display:flex;gap:6px;max-width:340px;background:#fcfcfa;color:#262626;border:1px solid #d9d9d3;padding:4px;"
         "font-size:12px;line-height:1.3}")


class ProjectionWidget(Live):
    """Choose a point, colour the map, place a sentence, look at what lies in a rectangle.  Offline: ProjectionView.html.

    offered  the points that have a button, in the order of the buttons
    """
    draws = ("side", "query", "typed", "candidate", *DRAWN, *WITHIN)

    def __init__(self, view):
        self.lead, self.drawing, self.over, self.beside, self.numbers, self.sheet = (ipywidgets.HTML() for _ in range(6))
        self.points, self._drawn, self.offered = Choice().add_class("points"), None, []
        self.layer = points.layer(self._selected_points, self._under) if host.front_end() else None
        self.picture = ipywidgets.Box([self.drawing, self.over.add_class("over"), self.points]).add_class("stage")
        controls, more = self._controls(view), ipywidgets.Accordion(selected_index=None)
        middle = ipywidgets.Box([self.picture, self.beside]).add_class("beside")
        super().__init__(view, [self.lead, controls, middle, self.sheet, self.numbers, more])
        self.listen(self.points, self._selected)
        more.children, more.titles = [self._selection()], ["Lines, selection by place"]

    def redraw(self):
        """Points, rings and cards of what the state asks with and looks at."""
        view, atlas = self.view, self.view.atlas
        self._follow()
        at = page.frame(view.map.places)
        self._draw(at)
        ends = page.frame(view.map.places, view.ends)
        self.lead.value = html.opening(view.verdict(), view.text())
        held = None if view.point is None else next((k for k, p in enumerate(self.offered) if p == view.point), None)
        if self.points.value != held:
            self.points.hold(held)
        line = page.lines([ends], "line", f'stroke="{colours.DARK}" stroke-width="2"')
        rings = "".join(f'<circle cx="{x:.0f}" cy="{y:.0f}" r="7" fill="none" stroke="{colours.DARK}" stroke-width="1.6"/>'
                        for x, y in ends)
        if self.layer is None:
            self.over.value = svg(line + rings + view.mark())
        else:
            self._hold()
        self._sheet()
        colouring = atlas.colouring(view.colour, view.word)
        side = view.state.side if view.point is not None else ""
        self.beside.value = (HOW * (self.layer is not None) + page.legend(colouring, atlas.is_text)
                             + page.card(atlas, *view.looked, view.pictures, side))

    def _draw(self, at):
        """The points and their buttons, when the map or its colours are others than before."""
        view, atlas = self.view, self.view.atlas
        wanted = tuple(getattr(view.state, key) for key in DRAWN)
        if wanted == self._drawn:
            return
        if self.layer is not None:
            self._draw_layer()
            self._drawn = wanted
            return
        longest = page.sampled(at, view.longest)
        lines = page.lines(longest, "longest", f'stroke="{colours.DARK}" stroke-opacity=".35"')
        drawn = page.drawing(at, atlas.is_text, atlas.colouring(view.colour, view.word))
        self.drawing.value = svg(drawn + lines, "#fff")
        if self._drawn is None or self._drawn[:2] != wanted[:2]:
            pairs, n = view.shown(CLICKABLE), len(atlas.images)
            self.offered = [*pairs, *(n + p for p in pairs)]
            names = [atlas.corpus.ids[atlas.images[p]] for p in pairs]
            names += [cut(atlas.corpus.texts[atlas.texts[p]]) for p in pairs]
            self.points.offer(names, names)
            button = f".{self.root} .points button:nth-of-type"
            places = "".join(html.css(f"{button}({k + 1})", {"left": f"{x:.2f}%", "top": f"{y:.2f}%"})
                             for k, (x, y) in enumerate(100 * at[self.offered] / page.SIDE))
            rules = POINTS.format(r=f".{self.root}", dark=colours.DARK, light=colours.HIGHLIGHT)
            self.styled(rules + places)
            self.numbers.value = page.numbers(atlas.quality(view.method), view.method)
        self._drawn = wanted

    def _draw_layer(self):
        """The same by jupyter-scatter: zoom, pan, lasso."""
        view, first = self.view, self.layer.scatter is None
        self.layer.draw(view.map.places, view.atlas.is_text, view.atlas.colouring(view.colour, view.word))
        self.numbers.value = page.numbers(view.atlas.quality(view.method), view.method)
        if first:
            self.picture.children = [self.layer.box, self.over]
            self.picture.add_class("layer").remove_class("stage")
            self.styled(LAYER)

    def _hold(self):
        """What the state asks with or has selected is marked on the layer, and its pair joined."""
        view, atlas = self.view, self.view.atlas
        found, (image, text) = kept(atlas, view.state), view.looked
        ends = atlas.point(image=image), atlas.point(text=text)
        self.layer.hold(found if len(found) else [end for end in ends if end is not None])
        self.layer.join(None if None in ends else ends)

    def _selected(self, n) -> dict:
        """A click makes a point the query, a second one lets go."""
        if n is None:
            return {"query": None, "candidate": None, "typed": ""}
        self.view.select(self.offered[n])
        return {}

    def _controls(self, view):
        """Map, colour, word, lines, own sentence."""
        self.method = ipywidgets.ToggleButtons(options=[("PCA", "pca"), (self._umap(view), "umap")], value=view.method)
        self.method.style.button_width = "auto"
        drop = lambda name, options, value: ipywidgets.Dropdown(options=options, description=name, value=value)
        type_in = lambda hint, value="": ipywidgets.Text(placeholder=hint, value=value, continuous_update=False)
        self.colour, self.lines = drop("colour by", COLOURS, view.colour), drop("lines", LINES, view.lines)
        self.closed = ipywidgets.Checkbox(value=view.closed, description="close the gap", indent=False)
        self.word, self.own = type_in("word present, e.g. dog", view.word), type_in("place your own sentence, then Enter")
        for control, width in ((self.colour, 190), (self.lines, 190), (self.closed, 120)):
            control.layout.width = f"{width}px"
        for key in ("method", "colour", "lines", "closed"):
            getattr(self, key).observe(lambda change, key=key: self._choose(**{key: change["new"]}), "value")
        word = self.field(self.word, lambda word: word == view.word or view.choose(colour="word", word=word))
        own = self.field(self.own, lambda said: said and view.ask(said))
        return ipywidgets.Box([self.method, self.colour, self.closed, *word, *own], layout={"flex_flow": "row wrap"})

    @staticmethod
    def _umap(view) -> str:
        seconds = view.atlas.seconds()
        return f"UMAP (about {seconds:.0f} s, one core: it keeps its seed)" if seconds else "UMAP"

    def _choose(self, **options):
        """Another map or colour; what cannot be drawn is told, and the control goes back."""
        if self._busy or all(getattr(self.view, k) == v for k, v in options.items()):
            return
        self.say(f"computing … {self.view.atlas.seconds():.0f} s" if options.get("method") == "umap" else "computing …")
        if not self.attempt(lambda: self.view.choose(**options), self.word.note if options.get("colour") == "word" else None):
            self._busy = True
            self._follow()
            self._busy = False

    def _follow(self):
        """The controls show what the state says, whoever changed it."""
        offered = [("PCA", "pca"), (self._umap(self.view), "umap")]
        if list(self.method.options) != offered:
            self.method.options = offered
        for key in ("method", "colour", "lines", "closed", "word"):
            getattr(self, key).value = getattr(self.view, key)

    def _selection(self):
        """Two range sliders and what lies between them."""
        span = lambda name: ipywidgets.IntRangeSlider(value=(0, 100), min=0, max=100, description=name, continuous_update=False,
                                                      layout={"width": "320px"}, style={"description_width": "90px"})
        self.across, self.down = span("left to right"), span("bottom to top")
        look = ipywidgets.Button(description="Show what lies there", layout={"width": "auto"})
        look.on_click(lambda _: self.attempt(self._look))
        return ipywidgets.Box([self.lines, self.across, self.down, look], layout={"flex_flow": "row wrap"})

    def _look(self):
        """What lies in the rectangle of the sliders becomes the selection."""
        view = self.view
        low, high = view.map.places.min(0), view.map.places.max(0)
        edge = lambda axis, slider: low[axis] + (high[axis] - low[axis]) * (np.array(slider.value) / 100 + (-1e-6, 1e-6))
        found = view.around(edge(0, self.across), edge(1, self.down))
        if not len(found):
            raise Problem("no point lies there; widen the sliders.")
        keep(view.atlas, found, view.state)

    def _selected_points(self, found):
        """A lasso selects, a click on one point makes it the query, and a click beside the points lets go."""
        if len(found) == 1:
            self.attempt(lambda: self.view.select(int(found[0])))
        else:
            self.attempt(lambda: keep(self.view.atlas, found, self.view.state))

    def _under(self, point):
        """The photo and the caption of the point under the pointer."""
        view, atlas = self.view, self.view.atlas
        if point is None or point >= len(atlas):
            self.over.value = ""
            return
        n = point % len(atlas.images)
        row, text = int(atlas.images[n]), atlas.corpus.texts[atlas.texts[n]]
        photo = view.pictures.element(row, atlas.corpus.ids[row], 96)
        self.over.value = f'<div class="under">{photo}<span>{html.escape(cut(text, 60))}</span></div>'

    def _sheet(self):
        """A contact sheet of the images of the selection, with what it holds in a sentence."""
        view, atlas = self.view, self.view.atlas
        found = kept(atlas, view.state)
        if not len(found):
            self.sheet.value = ""
            return
        images = [int(atlas.images[p]) for p in found if p < len(atlas.images)][:SHEET]
        photos = "".join(view.pictures.element(r, atlas.corpus.ids[r], 72) for r in images)
        texts = "".join(f"<li>{html.escape(cut(atlas.corpus.texts[atlas.rows[p]]))}</li>" for p in found if atlas.is_text[p])
        self.sheet.value = (f'<p role="status"><b>Selected:</b> {html.escape(view.contents(found))}</p>'
                            f'<div style="display:flex;flex-wrap:wrap;gap:4px;max-height:240px;overflow:auto">{photos}</div>'
                            + html.details("captions", f"<ul>{texts}</ul>"))


def svg(body: str, ground: str = "none") -> str:
    """SVG shapes as a drawing that fills its place, on a ground of some colour."""
    side = page.SIDE
    return f'<svg aria-hidden="true" viewBox="0 0 {side} {side}" style="width:100%;display:block;background:{ground}">{body}</svg>'
