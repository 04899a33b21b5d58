"""Index: a corpus encoded once, its scores, its ranks, and search in both directions."""
import hashlib
import numbers
import re
import warnings
from functools import cached_property
from typing import NamedTuple

import numpy as np
import torch

from vsrlab.data.batches import same_features, same_nets
from vsrlab.data.corpus import Corpus
from vsrlab.data.sources import same_source
from vsrlab.data.words import knows, same_words
from vsrlab.device import exact_products
from vsrlab.errors import Problem, needs
from vsrlab.measure.ranks import Ranks
from vsrlab.retrieval.answers import Answers, retrieve
from vsrlab.retrieval.lazy import Lazy
from vsrlab.retrieval.scored import Scored
from vsrlab.run import Run
from vsrlab.scoring import BUFFER, Shelf, blocks, device_of, encode_images, encode_texts, evaluating, score_all, sizes
from vsrlab.values import Encoding

__all__ = ["Hit", "Hits", "Index", "index", "score_all"]
LONGEST = 200                  # bytes of the name of a folder
SIGN = {"right": "✓", "valid": "≈", "twin": "✗", "wrong": "✗", "unknown": " "}


class Hit(NamedTuple):
    """One answer of a search."""
    rank: int                  # 0 is the best; a right answer stands below the wrong ones that score the same
    score: float
    row: int                   # of the image or of the text in the corpus
    right: bool | None         # does it belong to the query?  None for a sentence that is not one of the corpus
    what: str                  # the text, or the id of the image
    parts: dict                # what the score is the sum of: {"global": ..., "local": ...}, or the one term there is
    mark: str = "unknown"      # as of an Answer: "valid" has the very words of a right one


class Hits(list):
    """The best answers to a query, best first; `answers` has the right ones too that were not among them."""

    def __init__(self, query, index: "Index", answers: Answers):
        name = index.corpus.ids if isinstance(query, str) else index.corpus.texts
        super().__init__(Hit(a.rank, a.score, a.row, a.right, name[a.row], a.terms, a.mark) for a in answers.first)
        self.query, self.index, self.answers = query, index, answers

    @property
    def sought(self) -> str:
        """"images" for a sentence, "texts" for an image."""
        return "images" if isinstance(self.query, str) else "texts"

    def __repr__(self) -> str:
        query = self.query if isinstance(self.query, str) else f"image {self.query} ({self.index.corpus.ids[self.query]})"
        lines = (f"{h.rank + 1:4d} {SIGN[h.mark]} {h.score:7.3f}  {h.what}" for h in self)
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
    def scored(self) -> Scored:
        """The scores with all that is needed to rank, to draw and to compare them; computed when the first of them is read."""
        c = self.corpus
        return Scored(self.run.name, Whole(self), c.ids, c.texts, c.image_of_text, c.split, c.photo, run=self.run, note=c.note,
                      index=self, dataset=c.name, desk=self._desk)

    @property
    def _desk(self):
        """The error desk's folder, in that of the run; None for a run that is not saved."""
        name = re.sub(r"[^\w.-]+", "-", f"{self.corpus.name}-{self.corpus.split}".strip("-"))
        if len(name.encode()) > LONGEST:                          # the end of a long name tells it from others that begin alike
            name = f"{name[:LONGEST // 4]}-{hashlib.sha256(name.encode()).hexdigest()[:12]}"
        home = self.run.desk or self.run.folder
        return home / f"{name or 'corpus'}.desk" if home else None

    @property
    def ranks(self) -> Ranks:
        """The ranks of both directions, ties counted against the model."""
        return self.scored.ranks

    def search(self, query, k: int = 10) -> Hits:
        """A sentence finds its k best images; an image, by its row, finds its k best texts.

        A sentence or an image of the corpus stands at the ranks that `ranks` gives it: its scores are those of `scores`, to the
        last bit.  Raises Problem for a sentence without a word the model knows, and for a row that is not there.
        """
        if not isinstance(query, str) and (not isinstance(query, numbers.Integral) or isinstance(query, bool)
                                           or not 0 <= query < len(self.corpus)):
            raise Problem(f"{query!r} is no query: give a sentence in quotes, or the row of an image, 0 to {len(self.corpus) - 1}.")
        return Hits(query, self, retrieve(self.scored, k, **{"text" if isinstance(query, str) else "image": query}))

    @exact_products()
    @torch.no_grad()
    def parts(self, images: Encoding, texts: Encoding, scores) -> list:
        """[{"global": mu x cosine, "local": ...}, ...]: the (N,) scores of one image with N texts, or of N images with one text, as
        the sums that `match` makes them; {"global": ...} or {"local": ...} where the model has one term."""
        with evaluating(self.run.model) as model:
            device = device_of(model)
            seen = model.match(images.to(device), texts.to(device)).seen
        if "global" not in seen or "local" not in seen:
            only = "global" if self.run.model.compares == "vectors" else "local"
            return [{only: float(score)} for score in scores]
        return [{"global": float(score) - part, "local": part} for score, part in zip(scores, seen["local"].flatten().tolist())]


class Whole(Lazy):
    """The scores of an index, all of which are computed when more than one row or column is first read.

    A row or a column alone is scored in the very block that `score_all` makes of it, so that it is the same to the last bit:
    a search in a large gallery need not wait for the whole of it.
    """

    def __init__(self, index: Index):
        self.index, self.shape = index, (len(index.images.mask), len(index.texts.mask))

    def rows(self, start, stop):
        if stop - start > 1 or "scores" in vars(self.index):
            return self.index.scores[start:stop]
        model = self.index.run.model
        images, buffer = sizes(model)[0], start - start % BUFFER
        first = buffer + (start - buffer) // images * images
        block = self.index.images.rows(slice(first, min(first + images, buffer + BUFFER)))
        return score_all(model, block, self.index.texts)[start - first:stop - first]

    def column(self, text):
        if "scores" in vars(self.index):
            return self.index.scores[:, text]
        model = self.index.run.model
        rows, block = next((rows, part) for rows, part in blocks(self.index.texts, *sizes(model)[1:]) if text in rows)
        return score_all(model, self.index.images, Shelf([np.arange(len(rows))], [block]))[:, list(rows).index(text)]

    def __array__(self, dtype=None, copy=None):
        return np.asarray(self.index.scores, dtype=dtype)


def index(run: Run, corpus: Corpus, batch: int = 128, force: bool = False) -> Index:
    """Encode a corpus: each image once, each text once, `batch` images at a time; lean, without what was seen on the way.

    Raises Problem for features of another size or another extractor (`force` makes the latter a warning), and when the run
    knows no word of any text; warns when of some.
    """
    needs("vl.index", run, Run)
    needs("vl.index", corpus, Corpus)
    same_features(run.features, corpus)
    same_nets(run.model, corpus)
    same_source(run.source, corpus, force)
    same_words(run.vocabulary, corpus)
    unread = sum(not knows(run.vocabulary, text) for text in corpus.texts)
    if unread:
        warnings.warn(f"{unread:,} of {len(corpus.texts):,} texts of {corpus.name} hold no word that {run.name} knows: it reads "
                      "<unk> throughout, and cannot tell them apart.", stacklevel=2)
    images = encode_images(run.model, corpus, batch)
    return Index(run, corpus, images, encode_texts(run.model, corpus.texts, run.vocabulary, 2 * batch))
