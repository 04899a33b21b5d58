"""The projection: images and captions of the joint space in one map, with the numbers that say how far to believe it."""
import numpy as np

from vsrlab import html, nearness
from vsrlab.errors import Problem, unknown
from vsrlab.explain.explanation import Pair, explain_pair
from vsrlab.explain.photo import photo_of
from vsrlab.figures import projection as figures
from vsrlab.project import Map
from vsrlab.sentences import cut, number
from vsrlab.views import projection_html
from vsrlab.views.atlas import COLOURS, METHODS, TRUSTED, Atlas
from vsrlab.views.gallery_html import Pictures
from vsrlab.views.state import State
from vsrlab.views.view import View

CARDS = 24                 # pairs that have a card in the offline page: half the longest ones, half a random sample
THUMB = 150                # pixels of their photos
WIDE = 0.8                 # a gap that fills the map; unit vectors of two unrelated directions are 1.4 apart
LINES = ("none", "longest", "all")


def projection(run, index, method: str = "pca", *, colour: str = "rank", most: int = 2000, seed: int = 0, word: str = "",
               groups: int = 8, lines: str = "longest", closed: bool = False, map=None,
               state: State | None = None) -> "ProjectionView":
    """Where images and captions lie in the joint space.

    method   "pca", at once, or "umap", which takes `view.atlas.seconds()`
    colour   "rank", "modality", "cluster" (`groups` of k-means) or "word" with word="dog"
    most     points at most, half of them images: a random sample with `seed`, each image with one of its captions
    lines    pair lines: "longest" (the worst twentieth), "all" or "none"
    closed   lay the mean image on the mean caption first, so that a wide gap between them does not hide everything else
    map      a file that `view.map.save` wrote, or a Map: the same sample at the same places
    state    a State shared with other views: its query is ringed, and choosing a point makes it the query
    """
    saved = map if map is None or isinstance(map, Map) else Map.open(map)
    view = ProjectionView(Atlas(run, index, most, seed, groups, closed, saved), state)
    return view.choose(method=saved.method if saved else method, colour=colour, word=word, lines=lines)


class ProjectionView(View):
    """The map of an Atlas.  Which pair is chosen stands in the state; how the map is drawn, in the view."""
    live = "projection.ProjectionWidget"

    def __init__(self, atlas: Atlas, state: State | None = None, strip=None):
        super().__init__(state, strip)
        self.atlas, self.method, self.colour, self.word, self.lines = atlas, "pca", "rank", "", "longest"
        self.pictures = Pictures(atlas.corpus, THUMB)

    def choose(self, **options) -> "ProjectionView":
        """Set how the map is drawn, checked: choose(method="umap", colour="word", word="dog", lines="all")."""
        allowed = {"method": METHODS, "colour": COLOURS, "lines": LINES, "closed": (False, True), "word": None}
        for key, value in options.items():
            if key not in allowed:
                raise unknown("choice", key, allowed)
            if allowed[key] and value not in allowed[key]:
                raise unknown(key, value, allowed[key])
        wanted = {k: options.get(k, getattr(self, k)) for k in allowed}
        if wanted["colour"] == "word":
            self.atlas.colouring("word", wanted["word"])
        atlas = self.atlas if wanted.pop("closed") == self.closed else self.atlas.other
        atlas.map(wanted["method"])
        self.atlas = atlas
        for key, value in wanted.items():
            setattr(self, key, value)
        return self

    @property
    def closed(self) -> bool:
        """Is the gap between images and captions taken out of the map?"""
        return self.atlas.closed

    @property
    def map(self) -> Map:
        """The Map that is drawn: `.save(path)` keeps it, `projection(..., map=path)` opens it."""
        return self.atlas.map(self.method)

    @property
    def longest(self) -> np.ndarray:
        """The pairs whose lines are drawn."""
        length = self.atlas.lengths(self.method)
        return {"none": np.zeros(0, int), "longest": nearness.longest(length), "all": np.arange(len(length))}[self.lines]

    @property
    def point(self) -> int | None:
        """The point that the state asks with, if the sample holds it: its image, or its text."""
        s, atlas = self.state, self.atlas
        if s.query is None or s.typed:
            return None
        found = np.flatnonzero((atlas.rows == s.query) & (atlas.is_text == (s.side == "text")))
        return int(found[0]) if len(found) else None

    @property
    def pair(self) -> int:
        """The chosen pair, or the longest one: a view never opens empty."""
        n = len(self.atlas.images)
        return self.point % n if self.point is not None else int(nearness.longest(self.atlas.lengths(self.method))[0])

    @property
    def new(self) -> np.ndarray | None:
        """Where the state's query lies when the sample does not hold it, by `transform`."""
        s = self.state
        if self.point is not None or not (s.typed or s.query is not None):
            return None
        asked = {"text": s.typed or s.query} if s.side == "text" else {"image": s.query}
        return self.atlas.place(self.method, **asked)

    def select(self, point: int):
        """Make a point the query, and its partner the answer that is looked at: other views of the state follow."""
        n, atlas = len(self.atlas.images), self.atlas
        if not 0 <= point < 2 * n:
            raise Problem(f"the map has points 0 to {2 * n - 1}: images, then captions; {point} was asked for.")
        image, text = int(atlas.images[point % n]), int(atlas.texts[point % n])
        side, query, candidate = ("text", text, image) if point >= n else ("image", image, text)
        self.state.set(side=side, query=query, candidate=candidate, typed="")

    def ask(self, text: str):
        """Place a sentence of your own on the map."""
        self.state.set(side="text", typed=self.atlas.run.vocabulary.require(text), query=None, candidate=None)

    def around(self, x=(-np.inf, np.inf), y=(-np.inf, np.inf)) -> np.ndarray:
        """The points inside a rectangle of the map."""
        places = self.map.places
        return np.flatnonzero(((places >= (x[0], y[0])) & (places <= (x[1], y[1]))).all(1))

    def contents(self, points) -> str:
        """What a selection of points is like, against all."""
        points = np.asarray(points, int)
        if not len(points):
            return "No point lies there."
        ranks, text = self.atlas.ranks, self.atlas.is_text
        said = f"{number(len(points))} points, {number((~text[points]).sum())} images and {number(text[points].sum())} captions"
        return f"{said}; R@1 {100 * (ranks[points] == 0).mean():.0f} % (all: {100 * (ranks == 0).mean():.0f} %)."

    def said(self) -> str:
        """What is on the map and how far it can be believed."""
        a, q = self.atlas, self.atlas.quality(self.method)
        n, told = len(a.images), len(a.told)
        drawn = "all" if n == told else f"a random sample of {number(told)}, seed {a.seed}"
        text = f"{self.method.upper()} of {number(n)} images ({drawn}) and one caption of each, coloured by {self.colour}."
        text += " The mean image lies on the mean caption." if self.closed else ""
        text += f" Trustworthiness {q.trust:.2f} at k = 15" + (
            ", low: look at the true neighbours, not at the map." if q.trust < TRUSTED else ".")
        if self.method == "umap":
            text += f" Another seed keeps {100 * q.seeds:.0f} % of the neighbours."
        text += (f" Modality gap {q.gap.distance:.2f}: a caption has cosine {q.gap.pairs:.2f} with its image "
                 f"and {q.gap.others:.2f} with others.")
        hidden = q.gap.distance > WIDE and not self.closed
        return text + " So wide a gap hides the rest; closed=True takes it out of the map." * hidden

    def about(self) -> str:
        """The chosen pair in a sentence."""
        a, p, n = self.atlas, self.pair, len(self.atlas.images)
        length = a.lengths(self.method)
        times = length[p] / max(float(np.median(length)), 1e-12)
        why = "" if self.point is not None else "The longest line: "
        return (f"{why}{a.corpus.ids[a.images[p]]} and “{cut(a.corpus.texts[a.texts[p]])}”, {times:.1f} times the middle line, "
                f"cosine {a.cosines[p]:.2f}; ranks {number(a.ranks[p] + 1)} (caption for the image) and "
                f"{number(a.ranks[n + p] + 1)} (image for the caption).")

    def text(self) -> str:
        new = f" “{cut(self.state.typed)}” is placed as a hollow mark." if self.new is not None and self.state.typed else ""
        local = getattr(self.atlas.run.model, "direction", None)
        beyond = " The model's score also compares words with regions, which this space does not show." if local else ""
        return f"{self.said()} {self.about()}{new}{beyond}"

    def table(self):
        """One row for each point."""
        import pandas as pd
        a, places = self.atlas, self.map.places
        ids = [*(a.corpus.ids[r] for r in a.images), *(a.corpus.texts[r] for r in a.texts)]
        return pd.DataFrame({"kind": np.where(a.is_text, "caption", "image"), "row": a.rows, "what": ids, "x": places[:, 0],
                             "y": places[:, 1], "rank": a.ranks + 1, "cluster": a.colouring("cluster").group + 1,
                             "pair_cosine": np.tile(a.cosines, 2), "pair_length": np.tile(a.lengths(self.method), 2)})

    def figure(self):
        a, c, n = self.atlas, self.atlas.colouring(self.colour, self.word), len(self.atlas.images)
        photo = photo_of(a.corpus, int(a.images[self.pair]), 320).pixels()
        return figures.projection(self.map.places, a.is_text, c.group, c.names, c.colours, self.said(), title=self.title(),
                                  pairs=[(p, n + p) for p in self.longest], chosen=(self.pair, n + self.pair), new=self.new,
                                  photo=photo, card=self.about(), foot=self.footer())

    def layers(self):
        """A Figure: the regions of the chosen image before and after each layer of reasoning."""
        a = self.atlas
        return figures.region_maps(explain_pair(Pair(a.run, a.index, int(a.images[self.pair]), int(a.texts[self.pair]))))

    def html(self) -> str:
        a, at = self.atlas, projection_html.frame(self.map.places)
        others = [c for c in COLOURS if c != self.colour and (c != "word" or self.word)]
        colourings = [a.colouring(c, self.word) for c in (self.colour, *others)]
        return projection_html.fragment(a, at, colourings, self.shown(), self.longest, a.quality(self.method), self.method,
                                        self.pictures, lead=self.text(), foot=self.footer(), table=self.hubs(), new=self.mark())

    def mark(self) -> str:
        """The hollow mark of a query that the sample does not hold, as SVG."""
        new = self.new
        return "" if new is None else projection_html.hollow(projection_html.frame(self.map.places, new))

    def shown(self, most: int = CARDS) -> list:
        """Pairs that can be opened: the chosen one, the longest (half of them), and a random sample."""
        length = self.atlas.lengths(self.method)
        longest = nearness.longest(length, 1.0)[:most // 2].tolist()
        others = np.random.default_rng(self.atlas.seed).permutation(len(length)).tolist()
        return list(dict.fromkeys([self.pair, *longest, *others]))[:most]

    def hubs(self) -> str:
        """The images that are most often among the 10 nearest of a caption, as HTML."""
        rows = [(self.atlas.corpus.ids[r], number(times)) for r, times in self.atlas.hubs()]
        expected = 10 * len(self.atlas.corpus.texts) / len(self.atlas.corpus)
        told = html.table(("image", "among the 10 nearest of so many captions"), rows, f"an even share would be {expected:.0f}")
        return html.details("hubs: images that are near to everything", told)

    def title(self) -> str:
        return f"The joint space by {self.method.upper()}: {number(len(self.atlas.images))} images with a caption each"

    def footer(self) -> str:
        a, p = self.atlas, self.map.settings
        made, corpus = ", ".join(f"{k} {v}" for k, v in p.items()), f"{a.corpus.name} {a.corpus.split}".strip()
        return " · ".join((a.run.settings.model, a.run.name, a.run.fingerprint, corpus, f"{self.method} {made}"))
