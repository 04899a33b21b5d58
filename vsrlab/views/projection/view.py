"""The projection: images and captions of the joint space in one map, with the numbers that say how far to believe it."""
import numpy as np

from vsrlab.data.thumbnail import photo_of
from vsrlab.errors import Problem, unknown
from vsrlab.explain.choosing import passing
from vsrlab.explain.explanation import Pair, explain_pair
from vsrlab.figures import projection as figures
from vsrlab.page import html
from vsrlab.page.thumbnails import Pictures
from vsrlab.space import nearness
from vsrlab.space.atlas import COLOURS, METHODS, Atlas
from vsrlab.space.maps import Map
from vsrlab.views.projection import page, words
from vsrlab.views.projection.selection import contents, ends
from vsrlab.views.state import LINES, State
from vsrlab.views.view import View
from vsrlab.wording import cut, thousands

CARDS = 24                 # pairs that have a card in the offline page: half the longest ones, half a random sample
THUMB = 150                # pixels of their photos


def projection(run, index, method: str | None = None, *, colour: str | None = None, most: int = 2000, seed: int = 0,
               word: str | None = None, groups: int = 8, lines: str | None = None, closed: bool | None = None, map=None,
               state: State | None = None) -> "ProjectionView":
    """Where images and captions lie in the joint space.

    method   "pca", at once, or "umap", which takes `view.atlas.seconds()`
    colour   "rank", "modality", "cluster" (`groups` of k-means) or "word" with word="dog"
    most     points at most, half of them images: a random sample with `seed`, each image with one of its captions
    lines    pair lines: "longest" (the worst twentieth), "all" or "none"
    closed   lay the mean image on the mean caption first, so that a wide gap between them does not hide everything else
    map      a file that `view.map.save` wrote, or a Map: the same sample at the same places
    state    a State shared with other views: the pair it looks at is ringed, and choosing a point makes it the query
    What is None stays as the state has it: in a new one "pca", coloured by "rank", with the "longest" lines, the gap open.
    """
    saved = map if map is None or isinstance(map, Map) else Map.open(map)
    state = state if state is not None else State()
    asked, answer = ends(state)
    held = asked | answer
    atlas = Atlas(run, index, most, seed, groups, state.closed if closed is None else closed, saved,
                  (held.get("image"), held.get("text")))
    wanted = {"method": saved.method if saved else method, "colour": colour, "word": word, "lines": lines, "closed": atlas.closed}
    return ProjectionView(atlas, state).choose(**{key: value for key, value in wanted.items() if value is not None})


class ProjectionView(View):
    """The map of an Atlas.  Which pair is chosen and how the map is drawn stands in the state, so copies of the view agree."""
    live = "projection.ProjectionWidget"

    def __init__(self, atlas: Atlas, state: State | None = None):
        super().__init__(state)
        self._atlas, self.pictures = atlas, Pictures(atlas.corpus, THUMB)

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
        self._of(wanted["closed"]).map(wanted["method"])                 # what takes time or fails, before anything changes
        self.state.set(**{"colour_word" if key == "word" else key: value for key, value in options.items()})
        return self

    def _of(self, closed: bool) -> Atlas:
        """The atlas of the sample with the gap open or closed."""
        return self._atlas if self._atlas.closed == closed else self._atlas.other

    @property
    def atlas(self) -> Atlas:
        """The sample and its maps, with the gap open or closed as the state has it."""
        return self._of(self.state.closed)

    @property
    def method(self) -> str:
        """"pca" or "umap"."""
        return self.state.method

    @property
    def colour(self) -> str:
        """What colours the points."""
        return self.state.colour

    @property
    def word(self) -> str:
        """The word that is sought in the captions when `colour` is "word"."""
        return self.state.colour_word

    @property
    def lines(self) -> str:
        """Which pair lines are drawn."""
        return self.state.lines

    @property
    def closed(self) -> bool:
        """Is the gap between images and captions taken out of the map?"""
        return self.state.closed

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
        return self.atlas.point(**asked) if (asked := ends(self.state)[0]) else None

    @property
    def pair(self) -> int:
        """The sampled pair of the image that is looked at, or of the query; else the longest one: a view never opens empty."""
        image = self.atlas.point(image=self.state.pair[0]) if self.state.pair else None
        if image is not None:
            return image
        n = len(self.atlas.images)
        return self.point % n if self.point is not None else int(nearness.longest(self.atlas.lengths(self.method))[0])

    @property
    def looked(self) -> tuple:
        """(image, text or sentence) that is ringed and told of: the pair of the state, or the sampled `pair`."""
        return self.state.pair or (int(self.atlas.images[self.pair]), int(self.atlas.texts[self.pair]))

    @property
    def ends(self) -> np.ndarray:
        """(2, 2) places of the image and of the text that are looked at."""
        return np.array([self.atlas.place(self.method, **one) for one in ({"image": self.looked[0]}, {"text": self.looked[1]})])

    @property
    def new(self) -> np.ndarray:
        """(M, 2) where the query and the answer of the state lie when the sample does not hold them, by `transform`."""
        absent = (end for end in ends(self.state) if end and self.atlas.point(**end) is None)
        return np.array([self.atlas.place(self.method, **end) for end in absent]).reshape(-1, 2)

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
        self.state.set(side="text", typed=self.atlas.run.vocabulary.require(text, passing()), query=None, candidate=None)

    def around(self, x=(-np.inf, np.inf), y=(-np.inf, np.inf)) -> np.ndarray:
        """The points inside a rectangle of the map."""
        places = self.map.places
        return np.flatnonzero(((places >= (x[0], y[0])) & (places <= (x[1], y[1]))).all(1))

    def contents(self, points) -> str:
        """What a selection of points is like, against all, and the words that stand out in it."""
        return contents(self.atlas, points)

    def said(self) -> str:
        """What is on the map and how far it can be believed."""
        return words.said(self.atlas, self.method, self.colour)

    def about(self) -> str:
        """The pair that is looked at, in a sentence, and the sentence of one's own that has no answer yet."""
        image, text = self.looked
        a, s, (one, other) = self.atlas, self.state, self.ends
        times = np.linalg.norm(one - other) / max(float(np.median(a.lengths(self.method))), 1e-12)
        why = "Looked at: " if s.pair or self.point is not None else "The longest line: "
        caption = text if isinstance(text, str) else a.corpus.texts[text]
        own = f"; “{cut(s.typed)}” is placed as a hollow mark" if s.typed else ""
        return (f"{why}{a.corpus.ids[image]} and “{cut(caption)}”, {times:.1f} times the middle line, "
                f"{a.standing(image, text)}{own}.")

    def text(self) -> str:
        """What is on the map, how far it can be believed, the pair that is looked at, and what the map does not show."""
        local = self.atlas.run.model.compares != "vectors"
        beyond = " The model's score also compares words with regions, which this space does not show." if local else ""
        return f"{self.said()} {self.about()}{beyond}"

    def verdict(self) -> str:
        return words.verdict(self.atlas, self.method)

    def table(self):
        """One row for each point."""
        import pandas as pd
        a, places = self.atlas, self.map.places
        ids = [*(a.corpus.ids[r] for r in a.images), *(a.corpus.texts[r] for r in a.texts)]
        return pd.DataFrame({"kind": np.where(a.is_text, "caption", "image"), "row": a.rows, "what": ids, "x": places[:, 0],
                             "y": places[:, 1], "rank": a.ranks + 1, "cluster": a.colouring("cluster").group + 1,
                             "pair_cosine": np.tile(a.cosines, 2), "pair_length": np.tile(a.lengths(self.method), 2)})

    def figure(self):
        """The map with its pair lines, and beside it the legend, the sentences and the pair that is looked at."""
        a, c, n = self.atlas, self.atlas.colouring(self.colour, self.word), len(self.atlas.images)
        photo = photo_of(a.corpus, self.looked[0], 320).pixels()
        return figures.projection(self.map.places, a.is_text, c.group, c.names, c.colours, self.said(), title=self.title(),
                                  pairs=[(p, n + p) for p in self.longest], chosen=self.ends, new=self.new,
                                  photo=photo, card=self.about(), foot=self.footer())

    def layers(self):
        """A Figure: the regions of the image that is looked at, before and after each layer of reasoning."""
        return figures.region_maps(explain_pair(Pair(self.atlas.run, self.atlas.index, *self.looked)))

    def html(self, brief: bool = False) -> str:
        """The map with a tab for each colouring, and rings of pairs that open under the pointer; `brief` has a third of them."""
        a, at = self.atlas, page.frame(self.map.places)
        others = [c for c in COLOURS if c != self.colour and (c != "word" or self.word)]
        colourings = [a.colouring(c, self.word) for c in (self.colour, *others)]
        cards = self.cards(CARDS // 3 if brief else CARDS)
        return page.fragment(a, at, colourings, cards, self.longest, a.quality(self.method), self.method, self.pictures,
                             lead=self.verdict(), more=self.text(), foot=self.footer(), table=self.hubs(), new=self.mark())

    def mark(self) -> str:
        """The hollow marks of what is looked at and not in the sample, as SVG."""
        return "".join(map(page.hollow, page.frame(self.map.places, self.new)))

    def cards(self, most: int = CARDS) -> list:
        """What the offline page can open, first the pair that is looked at: a page.Card each."""
        a, at, n = self.atlas, page.frame(self.map.places), len(self.atlas.images)
        made = [page.Card(f"p{p}", int(a.images[p]), int(a.texts[p]), at[[p, n + p]]) for p in self.shown(most)]
        if self.looked == (made[0].image, made[0].text):
            return made
        return [page.Card("looked", *self.looked, page.frame(self.map.places, self.ends)), *made[:-1]]

    def shown(self, most: int = CARDS) -> list:
        """Sampled pairs that can be opened: that of what is looked at, the longest (half of them), and a random sample."""
        length = self.atlas.lengths(self.method)
        longest = nearness.longest(length, 1.0)[:most // 2].tolist()
        others = np.random.default_rng(self.atlas.seed).permutation(len(length)).tolist()
        return list(dict.fromkeys([self.pair, *longest, *others]))[:most]

    def hubs(self) -> str:
        """The images that are most often among the 10 nearest of a caption, as HTML."""
        rows = [(self.atlas.corpus.ids[r], thousands(times)) for r, times in self.atlas.hubs()]
        expected = 10 * len(self.atlas.corpus.texts) / len(self.atlas.corpus)
        told = html.table(("image", "among the 10 nearest of so many captions"), rows, f"an even share would be {expected:.0f}")
        return html.details("hubs: images that are near to everything", told)

    def title(self) -> str:
        """What stands over the figure."""
        return f"The joint space by {self.method.upper()}: {thousands(len(self.atlas.images))} images with a caption each"

    def footer(self) -> str:
        """Where the numbers come from, and how the map was made."""
        a, p = self.atlas, self.map
        corpus = f"{a.corpus.name} {a.corpus.split}".strip()
        return " · ".join((a.run.settings.model, f"run {a.run.name}", f"checkpoint {a.run.fingerprint}", corpus, p.made()))
