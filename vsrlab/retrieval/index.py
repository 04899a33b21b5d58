"""Index: a corpus encoded once, its scores, its ranks, and search in both directions."""
import numbers
import warnings
from functools import cached_property
from typing import NamedTuple

import numpy as np
import torch

from vsrlab.data.batches import same_features
from vsrlab.data.corpus import Corpus
from vsrlab.data.words import knows, same_words
from vsrlab.errors import Problem, needs
from vsrlab.measure.ranks import Ranks, ranks
from vsrlab.run import Run
from vsrlab.scoring import Shelf, encode_images, encode_texts, evaluating, score_all
from vsrlab.values import Encoding

__all__ = ["Hit", "Hits", "Index", "ensemble", "index", "score_all"]


class Hit(NamedTuple):
    """One answer of a search."""
    rank: int                  # 0 is the best
    score: float
    row: int                   # of the image or of the text in the corpus
    right: bool | None         # does it belong to the query?  None for a sentence that is not one of the corpus
    what: str                  # the text, or the id of the image
    parts: dict                # what the score is made of, where the model tells: {"global": ..., "local": ...}


class Hits(list):
    """The best answers to a query, best first."""

    def __init__(self, query, index: "Index", hits):
        super().__init__(hits)
        self.query, self.index = query, index

    @property
    def sought(self) -> str:
        """"images" for a sentence, "texts" for an image."""
        return "images" if isinstance(self.query, str) else "texts"

    def __repr__(self) -> str:
        query = self.query if isinstance(self.query, str) else f"image {self.query} ({self.index.corpus.ids[self.query]})"
        mark = {True: "✓", False: "✗", None: " "}
        lines = (f"{h.rank + 1:4d} {mark[h.right]} {h.score:7.3f}  {h.what}" for h in self)
        return "\n".join([f"{query} -> {self.sought}", *lines])


class Index:
    """A corpus as one model sees it: every image and every text encoded once."""

    def __init__(self, run: Run, corpus: Corpus, images: Encoding, texts: Shelf):
        self.run, self.corpus, self.images, self.texts = run, corpus, images, texts

    def __repr__(self) -> str:
        return f"Index of {len(self.corpus)} images and {len(self.corpus.texts)} texts ({self.corpus.name}) by {self.run.name}"

    @cached_property
    def scores(self) -> np.ndarray:
        """(I, T) float32, computed when first asked for."""
        return score_all(self.run.model, self.images, self.texts)

    @cached_property
    def ranks(self) -> Ranks:
        return ranks(self.scores, self.corpus.image_of_text)

    def search(self, query, k: int = 10) -> Hits:
        """A sentence finds its k best images; an image, by its row, finds its k best texts.

        Raises Problem for a sentence without a word the model knows, and for a row that is not there.
        """
        if k < 1:
            raise Problem(f"k={k}: ask for at least one answer.")
        if isinstance(query, str):
            return self._images_of(query, k)
        if not isinstance(query, numbers.Integral) or isinstance(query, bool) or not 0 <= query < len(self.corpus):
            raise Problem(f"{query!r} is no query: give a sentence in quotes, or the row of an image, 0 to {len(self.corpus) - 1}.")
        return self._texts_of(int(query), k)

    def _images_of(self, sentence, k):
        text = encode_texts(self.run.model, [self.run.vocabulary.require(sentence)], self.run.vocabulary).rows([0])
        known = [t for t, other in enumerate(self.corpus.texts) if other == sentence]
        right = {int(self.corpus.image_of_text[t]) for t in known}
        scores = score_all(self.run.model, self.images, text)[:, 0]
        best = top(scores, k)
        parts = self._parts(self.images.rows(torch.from_numpy(best)), text)
        return Hits(sentence, self, [Hit(rank, float(scores[row]), int(row), int(row) in right if known else None,
                                         self.corpus.ids[row], part) for rank, (row, part) in enumerate(zip(best, parts))])

    def _texts_of(self, image, k):
        one = self.images.rows([image])
        scores = score_all(self.run.model, one, self.texts)[0]
        best = top(scores, k)
        parts = self._parts(one, self.texts.rows(best))
        return Hits(image, self, [Hit(rank, float(scores[row]), int(row), bool(self.corpus.image_of_text[row] == image),
                                      self.corpus.texts[row], part) for rank, (row, part) in enumerate(zip(best, parts))])

    @torch.no_grad()
    def _parts(self, images, texts) -> list:
        """[{"global": ..., "local": ...}, ...] of the answers to one image or one text, {} where the model has one score only."""
        with evaluating(self.run.model) as model:
            seen = model.match(images, texts).seen
        found = {name: seen[name].flatten().tolist() for name in ("global", "local") if name in seen}
        return [{name: values[n] for name, values in found.items()} for n in range(len(images.mask) * len(texts.mask))]


def index(run: Run, corpus: Corpus, batch: int = 128) -> Index:
    """Encode a corpus: each image once, each text once, `batch` images at a time; lean, without what was seen on the way.

    Raises Problem for features of another size, and when the run knows no word of any text; warns when of some.
    """
    needs("vl.index", run, Run)
    needs("vl.index", corpus, Corpus)
    same_features(run.features, corpus)
    same_words(run.vocabulary, corpus)
    unread = sum(not knows(run.vocabulary, text) for text in corpus.texts)
    if unread:
        warnings.warn(f"{unread:,} of {len(corpus.texts):,} texts of {corpus.name} hold no word that {run.name} knows: it reads "
                      "<unk> throughout, and cannot tell them apart.", stacklevel=2)
    images = encode_images(run.model, corpus, batch)
    return Index(run, corpus, images, encode_texts(run.model, corpus.texts, run.vocabulary, 2 * batch))


def top(scores: np.ndarray, k: int) -> np.ndarray:
    """Rows of the k largest scores, largest first, equal ones in the order of their rows."""
    some = np.argpartition(-scores, k - 1)[:k] if k < len(scores) else np.arange(len(scores))
    some = np.flatnonzero(scores >= scores[some].min())          # all that tie with the last one
    return some[np.argsort(-scores[some], kind="stable")][:k]


def ensemble(indexes: list) -> np.ndarray:
    """The mean of the score matrices of several models on one corpus, (I, T): what the literature's ensembles are."""
    if not indexes:
        raise Problem("an ensemble needs at least one index.")
    first = indexes[0].corpus
    for other in indexes[1:]:
        if not alike(first, other.corpus):
            raise Problem(f"{other.corpus!r} is not the corpus of the others, {first!r}; index all runs on one and the same.")
    return np.mean([one.scores for one in indexes], axis=0, dtype=np.float32)


def alike(a: Corpus, b: Corpus) -> bool:
    """The same images and texts in the same order; features may differ, for models may read different ones."""
    return a is b or (a.ids == b.ids and a.texts == b.texts and np.array_equal(a.image_of_text, b.image_of_text))
