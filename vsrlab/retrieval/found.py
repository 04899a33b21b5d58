"""Retrieval: what a query finds, with the right answers always among what is kept, however deep they lie."""
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch

from vsrlab.data.lookup import image_row, text_of
from vsrlab.errors import Problem
from vsrlab.explain.pair import knob
from vsrlab.retrieval.index import Hits, Index
from vsrlab.scoring import device_of, encode_texts, evaluating, score_all


class Found(NamedTuple):
    """One answer."""
    rank: int                   # from 0; equal scores in the order of their rows
    row: int                    # of an image, or of a text
    score: float
    right: bool | None          # None for a sentence that is not one of the corpus: nobody knows its answer
    terms: dict                 # {"global": mu x cosine, "local": ...}, or the one the model has; they add up to the score


@dataclass(frozen=True, repr=False)
class Retrieval:
    """The best answers to one query, and all right ones, by rank."""
    text: str | None            # the query when it is a sentence
    image: int | None           # the query when it is a photo: its row
    text_row: int | None        # row of the sentence in the corpus; None for one of your own
    found: tuple                # of Found
    k: int                      # the first k are in `found`, and what follows are right answers
    index: Index

    @property
    def gallery(self) -> int:
        """How many candidates there were."""
        return self.index.scores.shape[self.image is not None]

    @property
    def truths(self) -> list:
        """The right answers, best first."""
        return [f for f in self.found if f.right]

    def __repr__(self) -> str:
        query, things = (f"“{self.text}”", "images") if self.text is not None else (f"image {self.image}", "texts")
        right = f", best right answer at rank {self.truths[0].rank + 1}" if self.truths else ""
        return f"Retrieval: {query} among {self.gallery} {things}{right}; vl.show(...) draws it"


def retrieve(index: Index, *, text=None, image=None, k: int = 5) -> Retrieval:
    """What a text (a row, or a sentence of your own) finds among the images, or an image (a row or an id) among the texts."""
    corpus, owner = index.corpus, np.asarray(index.corpus.image_of_text)
    if (text is None) == (image is None) or k < 1:
        raise Problem("give one query, text= or image=, and k of 1 or more: retrieve(index, text='a dog on grass', k=5).")
    if image is not None:
        image = image_row(corpus, image)
        scores, right = np.asarray(index.scores[image]), owner == image
        keep = _kept(scores, right, k)
        terms = _terms(index.run, index.images.rows([image]), index.texts.rows(keep), scores[keep])
        return Retrieval(None, image, None, _found(keep, scores, right, terms), k, index)
    row, sentence = text_of(corpus, index.run.vocabulary, text)
    same = [row] if row is not None else [t for t, other in enumerate(corpus.texts) if other == sentence]
    right = np.isin(np.arange(len(corpus)), owner[same]) if same else None
    one = index.texts.rows(same[:1]) if same else encode_texts(index.run.model, [sentence], index.run.vocabulary).rows([0])
    scores = np.asarray(index.scores[:, same[0]]) if same else score_all(index.run.model, index.images, one)[:, 0]
    keep = _kept(scores, right, k)
    terms = _terms(index.run, index.images.rows(torch.from_numpy(keep)), one, scores[keep])
    return Retrieval(sentence, None, same[0] if same else None, _found(keep, scores, right, terms), k, index)


def of_hits(hits: Hits) -> Retrieval:
    """The answers of `index.search`, with the right ones that were not among them."""
    query = {"text" if isinstance(hits.query, str) else "image": hits.query}
    return retrieve(hits.index, **query, k=max(1, len(hits)))


def _kept(scores, right, k) -> np.ndarray:
    """Rows of the first k and then of the right answers, best first."""
    order = np.argsort(-scores, kind="stable")
    deep = order[k:][right[order[k:]]] if right is not None else order[:0]
    return np.concatenate([order[:k], deep])


def _found(keep, scores, right, terms) -> tuple:
    rank = np.empty(len(scores), int)
    rank[np.argsort(-scores, kind="stable")] = np.arange(len(scores))
    return tuple(Found(int(rank[row]), int(row), float(scores[row]), None if right is None else bool(right[row]), parts)
                 for row, parts in zip(keep, terms))


@torch.no_grad()
def _terms(run, images, texts, scores) -> list:
    """The scores of the kept answers as sums, by the same match that made them."""
    device = device_of(run.model)
    with evaluating(run.model) as model:
        seen = model.match(images.to(device), texts.to(device)).seen
    if "global" not in seen or "local" not in seen:
        only = "local" if knob(run.model, "direction") else "global"
        return [{only: float(score)} for score in scores]
    local = seen["local"].flatten().tolist()
    return [{"global": float(score) - part, "local": part} for score, part in zip(scores, local)]
