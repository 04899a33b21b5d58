"""The relation graph on the photo: who reads whom in each layer, and what it does to the score when a relation is cut."""
import numpy as np

from vsrlab import sentences
from vsrlab.errors import Problem, unknown
from vsrlab.explain.edges import moved
from vsrlab.explain.explanation import Explanation, Pair, explain
from vsrlab.explain.lacks import no_relations
from vsrlab.explain.reasoning import Agreement, Cuts, distances, nearest, overlaps
from vsrlab.figures.layout import plain_sheet
from vsrlab.figures.relations import matrix_sheet, relation_sheet
from vsrlab.page import html, stage
from vsrlab.views.belief.follow import Under
from vsrlab.views.lead import mixed, noted, remixed
from vsrlab.views.relations import page as relations_html
from vsrlab.views.relations import parts as relations_parts
from vsrlab.views.relations import words as said
from vsrlab.views.relations.graph import Graph, Style, base, graph, middles
from vsrlab.views.state import State
from vsrlab.views.view import View
from vsrlab.views.whatif import WhatIf

GONE = ("This record was read from a file and cannot run again; for effects open the pair with "
        "vl.relations(run, index, image, text).")


def relations(run, index, image, text, state: State | None = None, strip: bool = True, **options) -> "RelationsView":
    """Which regions of an image read which, layer by layer, and what that does to the score with a text.

    run, index   a trained run and its index of a corpus
    image        row of the image in the corpus, or its id
    text         row of the text, or a sentence of your own
    state        a State shared with other views; or give as options: layer=2, region=7, and how it is drawn: edges="effect",
                 each=2, mass=0.5, sign="plus", norm="row", gate="overlap", layout="circle"
    strip        under the view, whether the affinities of its layer can be believed, tested when first looked at; False for none
    """
    record = explain(run, index, image, text)
    view = RelationsView(record, Pair(run, index, image, text), state)
    view.strip = Under(view, view.tested) if strip else None
    view.state.point_at(record)
    return view.choose(**options)


class RelationsView(View):
    """The view of one pair.  Without `pair` (a record from a file) it shows everything that needs no second run of the model."""
    live = "relations.RelationsWidget"

    def __init__(self, record: Explanation, pair: Pair | None = None, state: State | None = None, strip=None, **options):
        super().__init__(state, strip)
        self.whatif, self.style, self._of, self._cuts, self._agreed = WhatIf(record, pair), Style(), record, None, {}
        self.choose(**options)

    def choose(self, **options) -> "RelationsView":
        """Set layer and region, counted from 0, or how the graph is drawn, checked: choose(layer=0, edges="effect", each=3)."""
        shared = {k: options.pop(k) for k in ("layer", "region") if k in options}
        for key, count in (("layer", self.layers), ("region", self.e.regions)):
            if shared.get(key) is not None and self.layers and not 0 <= shared[key] < count:
                raise Problem(f"there are {key}s 0 to {count - 1}; {key} {shared[key]} was asked for.")
        for key in options:
            if key not in Style.__dataclass_fields__:
                raise unknown("option of the relation view", key, ["layer", "region", *Style.__dataclass_fields__])
        style = self.style.but(**options)
        if style.edges == "effect" and self.whatif.pair is None:
            raise Problem(GONE)
        self.style = style
        self.state.set(**shared)
        return self

    @property
    def e(self) -> Explanation:
        """The record of the pair that the state looks at, as the model was trained."""
        self.whatif.follow(self.state)
        if self.whatif.record is not self._of:
            self._of, self._cuts, self._agreed = self.whatif.record, None, {}
        return self._of

    @property
    def layers(self) -> int:
        return 0 if self.e.affinity is None else len(self.e.affinity)

    @property
    def layer(self) -> int:
        """The layer that is drawn: the state's, or the last.  The change of a layer needs one before it."""
        layer = self.state.layer if self.state.layer is not None and 0 <= self.state.layer < self.layers else self.layers - 1
        return max(layer, 1) if self.style.edges == "difference" and self.layers > 1 else layer

    @property
    def region(self) -> int | None:
        """The region whose own relations are drawn; None for the overview."""
        region = self.state.region
        return region if region is not None and 0 <= region < self.e.regions else None

    @property
    def cuts(self) -> Cuts | None:
        """The cuts of this pair, each computed once; None without a model to run."""
        e = self.e
        if self._cuts is None and self.whatif.pair is not None and self.layers:
            self._cuts = Cuts(self.whatif.pair, e)
        return self._cuts

    def graph(self, layer: int | None = None, edges: str | None = None, egos=None) -> Graph:
        """The relations of a layer as they are drawn; the view's own layer and kind of edges by default."""
        layer, style = self.layer if layer is None else layer, self.style.but(edges=edges or self.style.edges)
        return graph(self.e, layer, style, lambda wanted: self.cuts.edges(layer, wanted).change, egos)

    def agreement(self) -> Agreement:
        """Affinity against effect over the relations of the layer: hundreds of runs of the model, seconds."""
        if self.cuts is None:
            raise Problem(self.note() or GONE)
        if self.layer not in self._agreed:
            self._agreed[self.layer] = self.cuts.agreement(self.layer)
        return self._agreed[self.layer]

    def lead(self) -> str:
        """The pair, its score and ranks as the model gives them, and what another μ makes of them."""
        return " ".join(filter(None, (sentences.match(self.e), self.remixed())))

    def remixed(self) -> str:
        return remixed(self.whatif, self.state, "what cutting does and whether it can be believed were measured")

    def note(self) -> str:
        """One sentence when the model has no graph, or the record has something odd; "" when all is well."""
        e = self.e
        missing = "" if self.layers else no_relations(e)
        one = "The image has a single region: nothing else can be read." if self.layers and e.regions == 1 else ""
        return noted((missing, one, *(n for n in e.notes if "no attention" not in n)), self.state)

    def tested(self) -> tuple | None:
        """What the strip puts to the test: the affinities of the drawn layer."""
        return ("edges", "affinity", {"layer": self.layer}) if self.layers and self.e.regions > 1 else None

    def said(self) -> list:
        """What the numbers say, a sentence or two each, in the order of the picture."""
        e, layer = self.e, self.layer
        g = self.graph(egos=[] if self.region is None else [self.region])
        told = [said.overview(e, g) if self.region is None else said.ego(e, g, self.region)]
        if self.cuts and e.regions > 1:
            edges = g.ego[self.region] if self.region is not None else g.edges
            told += [said.cut(e, self.cuts, layer, edges[0])] if edges else []
            told += [said.against(self.cuts.against(layer))]
        agreed = [said.agreement(self._agreed[layer])] if layer in self._agreed else []
        return [*told, *agreed, *filter(None, (said.turned(e, layer), said.where(e, layer)))]

    def text(self) -> str:
        verdict = self.believed()
        about = self.said()[:1 if verdict else 2] if self.layers else []
        return " ".join(filter(None, (self.lead(), self.note(), *about, verdict)))

    def table(self):
        """One row for every ordered pair of regions of the layer; effects where they were computed."""
        import pandas as pd
        e = self.e
        if not self.layers:
            return pd.DataFrame(columns=["layer", "reader", "reader_label", "read", "read_label", "affinity", "shown"])
        reader, read = np.nonzero(~np.eye(e.regions, dtype=bool))
        labels, g = np.array(e.labels if e.labels is not None else [""] * e.regions), self.graph(egos=[])
        edges, affinity = list(zip(reader.tolist(), read.tolist())), np.asarray(e.affinity[self.layer], float)
        columns = {"layer": self.layer + 1, "reader": reader, "reader_label": labels[reader], "read": read,
                   "read_label": labels[read], "affinity": affinity[reader, read], "shown": [edge in g.edges for edge in edges]}
        if self.cuts:
            done = dict(zip(g.edges, zip(*self.cuts.edges(self.layer, g.edges))))
            columns["score_change_when_cut"] = [done.get(edge, (np.nan, 0))[0] for edge in edges]
            columns["rank_when_cut"] = [done[edge][1] + 1 if edge in done else np.nan for edge in edges]
        if e.boxes is not None:
            columns |= {"overlap": overlaps(e.boxes)[reader, read], "distance": distances(e.boxes, e.size)[reader, read]}
        return pd.DataFrame(columns)

    def moved(self):
        """DataFrame: how far each layer turns each region (1 - cosine), and its most similar region before and after the layer."""
        import pandas as pd
        e = self.e
        if e.layers is None or not self.layers:
            raise Problem(no_relations(e))
        layers = np.asarray(e.layers, float)
        labels = e.labels if e.labels is not None else [""] * e.regions
        columns = {"region": range(e.regions), "label": labels} | {f"layer_{n + 1}": turn for n, turn in enumerate(moved(layers))}
        if e.regions > 1:
            columns |= {"most_similar_before": nearest(layers[self.layer]), "most_similar_after": nearest(layers[self.layer + 1])}
        return pd.DataFrame(columns).sort_values(f"layer_{self.layer + 1}", ascending=False, ignore_index=True)

    def html(self, brief: bool = False) -> str:
        """The offline fragment; `brief` has the drawn layer alone, without the tabs of the others."""
        e, strip = self.e, self.strip.html() if self.strip else ""
        if not self.layers:
            picture = f'<div class="stage">{stage.photo(e, self.text())}</div>'
            return html.card(html.unique(), html.notice(self.note()) + picture + strip, lead=self.lead(), foot=sentences.footer(e))
        kinds = [("affinity", n) for n in range(self.layers)] + [("difference", n) for n in range(1, self.layers)]
        kinds += [("effect", self.layer)] if self.cuts and e.regions > 1 else []
        kinds = [(self.style.edges, self.layer)] if brief else kinds
        graphs, layers = [self.graph(layer, kind) for kind, layer in kinds], [layer for _, layer in kinds]
        opened, photo = kinds.index((self.style.edges, self.layer)), self.style.layout == "photo"
        return relations_html.fragment(e, graphs, layers, opened, self.held, middles(e, self.style.layout, graphs[opened].linked),
                                       lead=self.lead(), below=self.belief() + strip, note=self.note(), cuts=self.cuts, photo=photo)

    @property
    def held(self) -> str:
        """The chosen target of the picture: "r7", or "none" for the overview."""
        return "none" if self.region is None else f"r{self.region}"

    def belief(self) -> str:
        """The part under the picture: the strongest relations cut together against random ones, and the geometry."""
        e, layer, words = self.e, self.layer, []
        drawn = ""
        if self.cuts and e.regions > 1:
            a = self.cuts.against(layer)
            words, drawn = [said.against(a)], relations_parts.against(a, said.against(a))
        words += [said.agreement(self._agreed[layer])] if layer in self._agreed else []
        words += [said.turned(e, layer), said.where(e, layer)]
        told = f"<div><b>Layer {layer + 1}</b> " + "".join(f"<p>{html.escape(w)}</p>" for w in words if w) + "</div>"
        return f'<div class="beside" style="padding-top:10px">{drawn}{told}</div>'

    def figure(self):
        """The graph on the photo with its strongest relations; below, cut against random, the regions moved most, the geometry."""
        e = self.e
        if not self.layers or e.regions < 2:
            return plain_sheet(e, self.note())
        g = self.graph(egos=[] if self.region is None else [self.region])
        edges = g.edges if self.region is None else g.ego[self.region]
        at = middles(e, self.style.layout, sorted({r for edge in edges for r in edge}))
        cut = self.cuts.edges(self.layer, edges) if self.cuts else None
        told = " ".join(filter(None, (self.note(), self.remixed(), *self.said(), e.unsure, self.believed())))
        cells, against = ([said.cell(c) for c in cut.change], self.cuts.against(self.layer)) if cut else (None, None)
        return relation_sheet(mixed(self.whatif, self.state), self.layer, edges, g.of(edges), g.most, told, at, self.region,
                              g.quantity, self.style.layout == "photo", cells, against)

    def matrix(self):
        """The whole layer as a matrix, readers down and read across: for papers, and where arrows would be a hairball."""
        if not self.layers:
            return plain_sheet(self.e, self.note())
        weights, name = base(self.e, self.layer, self.style.but(edges="affinity") if self.style.edges == "effect" else self.style)
        return matrix_sheet(self.e, weights, name)


