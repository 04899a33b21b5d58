"""The live relation graph: the nodes are the buttons; layers, signs and sizes are controls; long work waits for a button."""
import ipywidgets

from vsrlab.page import html, stage
from vsrlab.views.relations import graph, page, words
from vsrlab.widgets.base import Choice, Live
from vsrlab.widgets.belief import BeliefPart

MASSES = {"top 5 %": 0.0, "half of all weight": 0.5, "80 % of it": 0.8, "95 % of it": 0.95, "all": 1.0}


class RelationsWidget(Live):
    """Click a node, walk to its neighbours, change layer and quantity, cut.  Offline: RelationsView.html."""
    draws = ("side", "query", "typed", "candidate", "layer", "region", "mu", "control", "graph")

    def __init__(self, view):
        self.lead, self.photo, self.told, self.result = (ipywidgets.HTML() for _ in range(4))
        self.told.layout.min_height = "410px"                # so that nothing below jumps
        self.belief = BeliefPart(self, lambda: view.layer_html() if view.layers else "")
        self.nodes = Choice().add_class("nodes")
        self.controls: dict = {}
        self._offered = self._judged = None                  # the image of the nodes, the image and layer of the result
        side, self.more = ipywidgets.VBox(), ipywidgets.Accordion(selected_index=None)
        picture = ipywidgets.Box([self.photo, self.nodes]).add_class("stage")
        super().__init__(view, [self.lead, ipywidgets.Box([picture, side]).add_class("beside"), self.belief.button,
                                self.more])
        self._stops.append(self.belief.both)
        self.listen(self.nodes, lambda region: {"region": region})
        side.children = [*(self._controls() if view.layers else ()), self.told]
        if view.layers:
            self.more.children = [ipywidgets.Box(self._more(), layout={"flex_flow": "row wrap"})]
            self.more.titles = ["More: shares, places, circle, cut together"]

    def redraw(self):
        """Nodes and arrows of the layer, and what is said; nothing that takes hundreds of runs."""
        view, e = self.view, self.view.follow()
        if view.state.graph:
            view.choose(**view.state.graph)                  # as another copy of the view drew it last
        self.lead.value = html.opening(view.verdict(), view.lead()) + html.notice(view.note())
        if self._offered != e.image_id:
            self._offered = e.image_id
            many = e.regions if view.layers else 0
            self.nodes.offer([str(r) for r in range(many)], [e.region_name(r) for r in range(many)])
        if self.nodes.value != view.region and view.layers:
            self.nodes.hold(view.region)
        if self._judged != (e.image_id, e.text, view.layer):
            self._judged, self.result.value = (e.image_id, e.text, view.layer), ""
        self.belief.follow(view.belief)
        if not view.layers:
            self.photo.value = stage.photo(e, view.note())
            self.styled("")
            return
        self._draw(view, e)

    def _draw(self, view, e):
        """Arrows, nodes and what is said; the effect of a held region's own relations is computed at once, the rest is not."""
        held, layer, known = view.open_target, view.layer, view.style.edges != "effect"
        g = view.graph() if known else view.drawn()[0]
        at = graph.middles(e, view.style.layout, {r for edge in [*g.edges, *g.ego.get(view.region, ())] for r in edge})
        targets = page.targets(e, g, None, layer)
        if view.region is not None and view.cuts:
            own = 1 + view.region
            targets[own] = targets[own]._replace(said=words.ego(e, g, view.region, view.cuts, layer))
        photo = stage.photo(e, words.overview(e, g)) if view.style.layout == "photo" else _field(e)
        self.photo.value = photo + page.arrows(e, g, at, "", view.style.layout == "photo")
        self.told.value = page.side(e, g, targets, held, view.cuts, layer, live=True)
        rules = page.styles(self.root, page.live(self.root, held, known), e, at, [("", targets)])
        self.styled(rules)
        for key, control in self.controls.items():           # what the code chose, the controls show
            control.value = self._of_style(key)

    def _style(self, key: str, control):
        """Tie a control to an option of the drawing; -> the control."""
        self.controls[key] = control
        control.value = self._of_style(key)

        def heard(change):
            if self._busy:
                return
            wanted = (change["new"] or None) if key == "mass" else change["new"]
            if self.attempt(lambda: self.view.choose(**{key: wanted})):
                self.view.state.graph = {**self.view.state.graph, key: wanted}
            else:
                self._busy, control.value, self._busy = True, self._of_style(key), False
        control.observe(heard, "value")
        return control

    def _of_style(self, key):
        """The value of a control; a slider has no None, so the percentile is a share of zero."""
        value = getattr(self.view.style, key)
        return value or 0.0 if key == "mass" else value

    def _controls(self) -> list:
        """The five controls: layer, quantity, relations of each region, sign, normalisation."""
        view, wide = self.view, {"width": "100%"}
        slider = lambda name, top: ipywidgets.IntSlider(min=1, max=top, description=name, continuous_update=False, layout=wide)
        named = lambda names: [(label, key) for key, label in names.items()]
        choose = lambda name, names: ipywidgets.Dropdown(options=named(names), description=name, layout=wide)
        return [self.bind(slider("layer", view.layers), "layer", lambda v: {"layer": v - 1}, lambda _: view.layer + 1),
                self._style("edges", choose("arrows", graph.EDGES)), self._style("each", slider("of each", graph.MOST)),
                self._style("sign", choose("sign", graph.SIGNS)), self._style("norm", choose("size", graph.NORMS))]

    def _more(self) -> list:
        view, narrow = self.view, {"width": "290px"}
        named = lambda names: [(label, key) for key, label in names.items()]
        choose = lambda name, names: ipywidgets.Dropdown(options=named(names), description=name, layout=narrow)
        mass = ipywidgets.SelectionSlider(options=list(MASSES.items()), description="share", continuous_update=False, layout=narrow)
        play = ipywidgets.Play(min=1, max=view.layers, value=view.layer + 1, interval=1000, description="layers")
        cut, agree, back = (ipywidgets.Button(description=name, layout={"width": "auto"}) for name in
                            ("Cut the strongest, against random", "Affinity against effect", "Step back"))
        cut.on_click(lambda _: self._long(150, lambda: view.cuts and view.cuts.against(view.layer)))
        agree.on_click(lambda _: self._long(400, view.agreement))
        back.on_click(lambda _: self.attempt(view.state.undo))
        play = self.bind(play, "layer", lambda v: {"layer": v - 1}, lambda _: view.layer + 1)
        cuts = [] if view.belief else [cut]                  # the button of the belief cuts them too
        return [self._style("mass", mass), self._style("gate", choose("where", graph.GATES)),
                self._style("layout", choose("places", graph.LAYOUTS)), play, *cuts, agree, back, self.result]

    def _long(self, runs: int, work):
        """Work of many runs of the model, with a word before it and its result after."""
        self.say(f"computing, about {runs} runs of the model …")

        def act():
            work()
            self.result.value = self.view.layer_html()
        if self.attempt(act):
            self.say("done")


def _field(e) -> str:
    """An empty field of the photo's shape, for nodes on a circle."""
    across, down = e.size or (4, 3)
    shape = f"padding-top:{100 * down / across:.4g}%;background:#ffffff"
    return f'<div role="img" aria-label="regions on a circle" style="{shape}"></div>'
