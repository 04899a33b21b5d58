"""Atlas: a random sample of images and texts in one space, its maps, what colours them, and the numbers that judge them."""
import re
from functools import cached_property
from typing import NamedTuple

import numpy as np

from vsrlab.errors import Problem, needs_pair, unknown
from vsrlab.scoring import encode_texts
from vsrlab.space import maps as project
from vsrlab.space import nearness
from vsrlab.space.maps import Map
from vsrlab.wording import signed

COLOURS = ("rank", "modality", "cluster", "word")
METHODS = ("pca", "umap")
TRUSTED = 0.8                  # below it a number is marked
RANKS = ((1, "rank 1"), (5, "2 to 5"), (10, "6 to 10"), (100, "11 to 100"), (np.inf, "above 100"))
ORDERED = ("#02765a", "#1f7396", "#7b6fb0", "#c44e00", "#571300")                  # good to bad; lightness differs as well
GROUPS = ("#0173b2", "#b35806", "#02765a", "#c44e00", "#a54a94", "#7a4f25", "#5a5a5a", "#1f7396")


class Colouring(NamedTuple):
    """Which group each point is in, and what the groups are called."""
    by: str
    names: list
    colours: list
    group: np.ndarray          # (N,)


class Quality(NamedTuple):
    """How far a map can be believed.  Shares; 1 is best."""
    trust: float               # trustworthiness, k = 15: are neighbours on the map neighbours in the space?
    seeds: float               # share of neighbours that a map of another seed keeps; 1 for PCA, which has no seed
    gap: nearness.Gap          # between images and texts, over the whole corpus


class Atlas:
    """A sample of images, each with one of its texts, as points of the joint space: first the images, then their texts.

    most   points at most, half of them images; drawn at random with `seed`, never the first rows
    closed the mean image and the mean caption are taken off their sides first: without it a wide gap between images and
           captions is all that a map shows (`gap`, cosines and neighbours are always those of the space as it is)
    saved  a Map that `save` wrote for the same corpus: its sample and places are taken over
    held   (row of an image, row of a text or a sentence) that has to be in the sample; what is None or not in the corpus, not
    like   an Atlas whose sample is taken over; it becomes the `other` one
    """

    def __init__(self, run, index, most: int = 2000, seed: int = 0, groups: int = 8, closed: bool = False,
                 saved: Map | None = None, held: tuple | None = None, like: "Atlas | None" = None):
        needs_pair("vl.projection", run, index)
        self.run, self.index, self.corpus, self.groups, self.seed = run, index, index.corpus, groups, seed
        owner = np.asarray(self.corpus.image_of_text)
        if most < 4:
            raise Problem(f"most={most}: a map needs at least 4 points, two images and two texts.")
        self.told = np.unique(owner)                                     # images that a text describes
        self.images = self.told[project.sample(len(self.told), most // 2, seed)]
        rng = np.random.default_rng([seed, 1])
        self.texts = np.array([rng.choice(self.corpus.texts_of(image)) for image in self.images], int)
        self.closed, self.maps, self._quality, self.added = closed, {}, {}, 0
        if like is not None:
            self.images, self.texts, self.added, self.other = like.images, like.texts, like.added, like
        elif saved is not None:
            self._take(saved)
        elif held is not None:
            self._hold(*held, rng)
        if len(self.images) < 2:
            raise Problem(f"{self.corpus.name} has {len(self.images)} image with a text; a map needs at least two.")

    def __len__(self) -> int:
        return 2 * len(self.images)

    @property
    def rows(self) -> np.ndarray:
        """(N,) rows of images, then of texts, in the corpus."""
        return np.concatenate([self.images, self.texts])

    @property
    def is_text(self) -> np.ndarray:
        """(N,) True for the points that are texts."""
        return np.arange(len(self)) >= len(self.images)

    @cached_property
    def every(self) -> tuple:
        """All images (I, D) and all texts (T, D) of the index, unit length: the full space."""
        return tuple(nearness.unit(side.vector.float().cpu().numpy()) for side in (self.index.images, self.index.texts))

    @cached_property
    def points(self) -> np.ndarray:
        """(N, D) what is mapped."""
        return np.concatenate([self._moved(self.every[0][self.images], 0), self._moved(self.every[1][self.texts], 1)])

    @cached_property
    def other(self) -> "Atlas":
        """The same sample with the gap closed, or open again."""
        return Atlas(self.run, self.index, len(self), self.seed, self.groups, not self.closed, like=self)

    def _moved(self, vectors, side):
        """Vectors of one side (0 images, 1 texts) as they are mapped."""
        return nearness.unit(vectors - self.every[side].mean(0)) if self.closed else vectors

    @cached_property
    def ranks(self) -> np.ndarray:
        """(N,) from 0: of an image's best text among all texts, and of a text's image among all images."""
        return np.concatenate([self.index.ranks.of_images[self.images], self.index.ranks.of_texts[self.texts]])

    def map(self, method: str) -> Map:
        """PCA at once; UMAP takes `seconds`.  Each is made once."""
        if method not in METHODS:
            raise unknown("map", method, METHODS)
        if method not in self.maps:
            found = project.pca(self.points) if method == "pca" else project.umap(self.points, seed=self.seed)
            self.maps[method] = found
            self.maps[method].about.update(corpus=self.corpus.name, split=self.corpus.split, weights=self.run.fingerprint,
                                           images=self.images.tolist(), texts=self.texts.tolist(), closed=self.closed)
        return self.maps[method]

    def seconds(self) -> float:
        """Expected time of UMAP: two fits, since the second one tells how much of the first is chance; 0 when it is there."""
        return 0.0 if "umap" in self.maps else project.umap_seconds(len(self), fits=2)

    def quality(self, method: str) -> Quality:
        """How far the map of a method can be believed; for UMAP it takes a second fit.  Computed once."""
        if method not in self._quality:
            made = self.map(method)
            other = project.umap(self.points, seed=self.seed + 1).places if method == "umap" else made.places
            gap = nearness.gap(*self.every, self.corpus.image_of_text)
            trust, seeds = nearness.trustworthiness(self.points, made.places), nearness.overlap(made.places, other)
            self._quality[method] = Quality(trust, seeds, gap)
        return self._quality[method]

    def colouring(self, by: str, word: str = "") -> Colouring:
        """Groups by "rank", "modality", "cluster" (k-means in the full space) or "word" (in the caption, or one of the image's)."""
        if by == "rank":
            group = np.searchsorted([top for top, _ in RANKS], self.ranks + 1)
            return Colouring(by, [name for _, name in RANKS], list(ORDERED), group)
        if by == "modality":
            return Colouring(by, ["images", "captions"], [GROUPS[0], GROUPS[1]], self.is_text.astype(int))
        if by == "cluster":
            return Colouring(by, [f"cluster {n + 1}" for n in range(self._clusters.max() + 1)], list(GROUPS), self._clusters)
        if by != "word":
            raise unknown("colour", by, COLOURS)
        if not word.strip():
            raise Problem("colour='word' needs a word; give one, as word='dog'.")
        has = self._holds(word.strip())
        return Colouring(by, [f"with “{word.strip()}”", "without"], [GROUPS[1], "#6b7f8c"], np.where(has, 0, 1))

    @cached_property
    def _clusters(self):
        return project.clusters(self.points, self.groups, self.seed)

    def _holds(self, word):
        search = re.compile(rf"\b{re.escape(word)}\b", re.IGNORECASE).search
        any_of = lambda texts: any(search(self.corpus.texts[t]) for t in texts)
        return np.array([*(any_of(self.corpus.texts_of(i)) for i in self.images), *(any_of([t]) for t in self.texts)], bool)

    def lengths(self, method: str) -> np.ndarray:
        """(I,) of the pair lines on the map."""
        places, n = self.map(method).places, len(self.images)
        return nearness.lengths(places[:n], places[n:], np.arange(n))

    @cached_property
    def cosines(self) -> np.ndarray:
        """(I,) of the pairs in the full space."""
        return (self.every[0][self.images] * self.every[1][self.texts]).sum(1)

    def vector(self, *, text=None, image: int | None = None) -> np.ndarray:
        """(1, D) of a sentence or the row of a text, or of the row of an image; unit length, in the full space."""
        if isinstance(text, str):
            vocabulary = self.run.vocabulary
            return nearness.unit(encode_texts(self.run.model, [vocabulary.require(text)], vocabulary).vector.float().cpu().numpy())
        return self.every[0][[image]] if image is not None else self.every[1][[text]]

    def neighbours(self, k: int = 5, **what) -> dict:
        """The true neighbours of image=row or text=row among all: {"images": [(row, cosine), ...], "texts": [...]}."""
        vector, found = self.vector(**what), {}
        for name, side, own in (("images", self.every[0], what.get("image")), ("texts", self.every[1], what.get("text"))):
            rows, cosines = nearness.nearest(side, vector, k + (own is not None))
            found[name] = [(int(r), float(c)) for r, c in zip(rows[0], cosines[0]) if r != own][:k]
        return found

    def point(self, *, text=None, image: int | None = None) -> int | None:
        """The point of the row of an image or of a text, if the sample holds it."""
        if isinstance(text, str):
            return None
        found = np.flatnonzero((self.rows == (text if image is None else image)) & (self.is_text == (image is None)))
        return int(found[0]) if len(found) else None

    def place(self, method: str, **what) -> np.ndarray:
        """Where image=row, or text=row or a sentence, lies on the map, (2,): its point, or by `transform` without one."""
        point = self.point(**what)
        if point is not None:
            return self.map(method).places[point]
        return self.map(method).transform(self._moved(self.vector(**what), int(what.get("image") is None)))[0]

    def standing(self, image: int, text) -> str:
        """Cosine and ranks of an image and a text."""
        cosine = f"cosine {signed(float(self.vector(image=image)[0] @ self.vector(text=text)[0]), False)}"
        if isinstance(text, str):
            return f"{cosine}; nobody knows the right image of a sentence of one's own"
        rank = self.index.ranks.of_texts[text] + 1
        if self.corpus.image_of_text[text] != image:
            return f"{cosine}; they do not belong together: the right image of this caption stands at rank {rank:,}"
        best = self.index.ranks.of_images[image] + 1
        return f"{cosine}; ranks {best:,} (caption for the image) and {rank:,} (image for the caption)"

    def hubs(self, k: int = 10) -> list:
        """[(row of an image, how many of all texts have it among their k nearest), ...], most often first: 20 of them."""
        times = nearness.occurrences(self.every[0], self.every[1], k)
        return [(int(r), int(times[r])) for r in np.argsort(-times, kind="stable")[:20]]

    def _hold(self, image, text, rng):
        """Put an image, a text and the image of that text into the sample, in the place of others."""
        known = text is not None and not isinstance(text, str) and 0 <= text < len(self.corpus.texts)
        needed = dict.fromkeys((image, int(self.corpus.image_of_text[text]) if known else None))
        needed = [i for i in needed if i is not None and i in self.told]
        absent = [i for i in needed if i not in self.images]
        others = rng.permutation(np.flatnonzero(~np.isin(self.images, needed)))
        for n, new in zip(others, absent):
            self.images[n], self.texts[n] = new, rng.choice(self.corpus.texts_of(new))
        if known:
            self.texts[self.images == self.corpus.image_of_text[text]] = text
        order, self.added = np.argsort(self.images), len(absent)
        self.images, self.texts = self.images[order], self.texts[order]

    def _take(self, saved):
        about = saved.about
        if about.get("weights") != self.run.fingerprint or about.get("corpus") != self.corpus.name:
            raise Problem(f"the map was made of {about.get('corpus')} by weights {about.get('weights')}, not of {self.corpus.name} "
                          f"by {self.run.fingerprint}; open the run it belongs to, or project again.")
        self.images, self.texts = np.array(about["images"], int), np.array(about["texts"], int)
        self.maps[saved.method], self.closed = saved, bool(about["closed"])
