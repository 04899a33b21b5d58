"""The relation graph on the photo: who reads whom in each layer, and what it does to the score when a relation is cut."""
import numpy as np

from vsrlab.course.own import with_own
from vsrlab.errors import Problem, unknown
from vsrlab.explain.choosing import moved
from vsrlab.explain.explanation import Explanation, Pair
from vsrlab.explain.lacks import no_relations
from vsrlab.explain.reasoning import Agreement, Cuts, distances, nearest, overlaps
from vsrlab.figures.layout import plain_sheet
from vsrlab.figures.relations import matrix_sheet, relation_sheet
from vsrlab.page import html
from vsrlab.views.pair_view import PairView, within
from vsrlab.views.relations import page, parts, verdict, words
from vsrlab.views.relations.graph import EFFECTS, Graph, Style, base, graph, middles
from vsrlab.views.relations.named import named_regions
from vsrlab.views.state import State

GONE = ("This record was read from a file and cannot run again; for effects open the pair with "
        "vl.relations(run, index, image, text).")


def relations(run, index, image, text, state: State | None = None, strip: bool = True, relate=None,
              **options) -> "RelationsView":
    """Which regions of an image read which, layer by layer, and what that does to the score with a text.

    run, index   a trained run and its index of a corpus
    image        row of the image in the corpus, or its id
    text         row of the text, or a sentence of your own
    state        a State shared with other views; or give as options: layer=2, region=7, and how it is drawn: edges="effect",
                 each=2, mass=0.5, sign="plus", norm="row", gate="overlap", layout="circle"
    strip        under the view, whether the affinities of its layer can be believed, tested when first looked at; False for none
    relate       a function of your own, relate(v, theta, phi, g, r), which then makes the relations: see vl.course
    """
    return RelationsView.of_pair(with_own(run, "relate", relate), index, image, text, state, strip, **options)


class RelationsView(PairView):
    """The relations between the regions of one pair, as the model was trained.

    style  how the graph is drawn; which layer and region are looked at stands in the state
    """
    live = "relations.RelationsWidget"
    measured = "what cutting does and whether it can be believed were measured"

    def __init__(self, record: Explanation, pair: Pair | None = None, state: State | None = None, **options):
        super().__init__(record, pair, state)
        self.style, self._cuts, self._agreed, self._named = Style(), None, {}, None
        if pair is not None and self.layers and self.e.regions > 1 and self.named:
            self.style = Style(edges="sentence")
        self.choose(**options)

    def choose(self, **options) -> "RelationsView":
        """Set layer and region, counted from 0, or how the graph is drawn, checked: choose(layer=0, edges="effect", each=3)."""
        self.follow()
        shared = {key: options.pop(key) for key in ("layer", "region") if key in options}
        if self.layers:
            within("layer", shared.get("layer"), self.layers)
            within("region", shared.get("region"), self.e.regions)
        for key in options:
            if key not in Style.__dataclass_fields__:
                raise unknown("option of the relation view", key, ["layer", "region", *Style.__dataclass_fields__])
        style = self.style.but(**options)
        if style.edges in EFFECTS and self.whatif.pair is None:
            raise Problem(GONE)
        self.style = style
        self.state.set(**shared)
        self.follow()
        return self

    def forget(self):
        """Let go of the cuts of the former pair."""
        self._cuts, self._agreed, self._named = None, {}, None

    @property
    def named(self) -> dict:
        """{region: word} of the things that the sentence names; {} without a model to run."""
        if self._named is None:
            self._named = {} if self.whatif.pair is None else named_regions(self.record, self.whatif.pair)
        return self._named

    @property
    def layers(self) -> int:
        """How many layers of reasoning the model has."""
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
    def open_target(self) -> str:
        """The key of the chosen target: "r7", or "none" for the overview."""
        return "none" if self.region is None else f"r{self.region}"

    @property
    def cuts(self) -> Cuts | None:
        """The cuts of this pair, each computed once; None without a model to run."""
        if self._cuts is None and self.whatif.pair is not None and self.layers:
            self._cuts = Cuts(self.whatif.pair, self.record)
        return self._cuts

    @property
    def cuttable(self) -> bool:
        """Are there a model to run and relations to cut?"""
        return self.whatif.pair is not None and self.layers > 0 and self.e.regions > 1

    def graph(self, layer: int | None = None, edges: str | None = None, egos=None) -> Graph:
        """The relations of a layer as they are drawn; the view's own layer and kind of edges by default.

        egos  regions whose own relations are wanted as well; None for all
        """
        e = self.follow()
        layer, style = self.layer if layer is None else layer, self.style.but(edges=edges or self.style.edges)
        return graph(e, layer, style, lambda wanted: self.cuts.edges(layer, wanted).change, egos, self.named)

    def drawn(self) -> tuple:
        """(Graph, [(reader, read), ...]): the layer and the edges of it that are drawn, those of the chosen region or all."""
        self.follow()
        if self.region is None:
            g = self.graph(egos=[])
            return g, g.edges
        g = self.graph(egos=[self.region])
        return g, g.ego[self.region]

    def agreement(self) -> Agreement:
        """Affinity against effect over the relations of the layer: hundreds of runs of the model, seconds."""
        self.follow()
        if self.cuts is None:
            raise Problem(self.note() or GONE)
        if self.layer not in self._agreed:
            self._agreed[self.layer] = self.cuts.agreement(self.layer)
        return self._agreed[self.layer]

    def tested(self) -> tuple | None:
        """The affinities of the drawn layer."""
        self.follow()
        return ("edges", "affinity", {"layer": self.layer}) if self.layers and self.e.regions > 1 else None

    def missing(self) -> list:
        """That the model has no graph, or the image a single region."""
        if not self.layers:
            return [no_relations(self.e)]
        return ["The image has a single region: nothing else can be read."] if self.e.regions == 1 else []

    def seen(self) -> str:
        """What cutting every relation does, and which one does most; without a model, which affinity is largest."""
        g, edges = self.drawn() if self.layers else (None, ())
        return verdict.seen(self.e, g, edges, self.cuts if self.cuttable else None)

    def said(self) -> list:
        """What the numbers say, a sentence or two each, in the order of the picture."""
        e, layer, (g, edges) = self.follow(), self.layer, self.drawn()
        told = [words.overview(e, g) if self.region is None else words.ego(e, g, self.region)]
        if self.cuttable and edges:
            told.append(words.one_cut(e, self.cuts, layer, edges[0]))
        return [*told, *self.verdicts()]

    def verdicts(self) -> list:
        """What is said of the whole layer: the strongest cut together, affinity against effect, what moved, and the geometry."""
        e, layer = self.follow(), self.layer
        told = [words.all_cut(self.cuts)] if self.cuttable else []
        told += [words.against(self.cuts.against(layer))] if self.cuttable and not self.hurried else []
        told += [words.agreement(self._agreed[layer])] if layer in self._agreed else []
        return [*told, *filter(None, (words.turned(e, layer), words.where(e, layer)))]

    def about(self) -> list:
        """What the graph shows; the first sentence alone where the belief speaks as well."""
        if not self.layers:
            return []
        return self.said()[:1] if self.belief else self.said()[:2]

    def table(self):
        """One row for every ordered pair of regions of the layer; effects where they were computed."""
        import pandas as pd
        e = self.follow()
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
        e = self.follow()
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
        e = self.follow()
        if not self.layers:
            return self.plain(self.text())
        kinds = [("affinity", n) for n in range(self.layers)] + [("difference", n) for n in range(1, self.layers)]
        kinds += [("effect", self.layer)] if self.cuttable else []
        kinds = [("sentence", self.layer)] * (self.cuttable and bool(self.named)) + kinds
        kinds = [(self.style.edges, self.layer)] if brief else kinds
        graphs, layers = [self.graph(layer, kind) for kind, layer in kinds], [layer for _, layer in kinds]
        opened = kinds.index((self.style.edges, self.layer))
        at, below = middles(e, self.style.layout, graphs[opened].linked), self.layer_html() + self.below()
        return page.fragment(e, graphs, layers, opened, self.open_target, at, lead=self.verdict(), more=self.lead(),
                             note=self.note(), below=below, cuts=self.cuts, photo=self.style.layout == "photo")

    def layer_html(self) -> str:
        """The part under the picture: the strongest relations cut together against random ones, and what is said of the layer."""
        told, drawn = self.verdicts(), ""
        if self.cuttable and not self.hurried:
            drawn = parts.against(self.cuts.against(self.layer), told[1])
        lines = "".join(f"<p>{html.escape(line)}</p>" for line in told)
        return f'<div class="beside" style="padding-top:10px">{drawn}<div><b>Layer {self.layer + 1}</b> {lines}</div></div>'

    def figure(self):
        """The graph on the photo with its strongest relations; below, cut against random, the regions moved most, the geometry."""
        e = self.follow()
        if not self.layers or e.regions < 2:
            return plain_sheet(e, self.note())
        g, edges = self.drawn()
        at = middles(e, self.style.layout, sorted({r for edge in edges for r in edge}))
        cells, against = None, None
        if self.cuts:
            changes, score = self.cuts.edges(self.layer, edges).change, self.cuts.score
            cells = [words.share(x, score) if self.style.edges in EFFECTS else words.cell(x) for x in changes]
            against = self.cuts.against(self.layer)
        told = " ".join(filter(None, (self.note(), self.change(), *self.said(), e.unsure, self.believed())))
        return relation_sheet(self.whatif.with_mu(self.state), self.layer, edges, g.of(edges), g.most, told, at, self.region,
                              g.quantity, self.style.layout == "photo", cells, against, g.named, g.read)

    def matrix(self):
        """The whole layer as a matrix, readers down and read across: for papers, and where arrows would be a hairball."""
        e = self.follow()
        if not self.layers:
            return plain_sheet(e, self.note())
        weights, name = base(e, self.layer, self.style.but(edges="affinity") if self.style.edges in EFFECTS else self.style)
        return matrix_sheet(e, weights, name)


