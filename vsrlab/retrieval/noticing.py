"""Noticing: does a model score a caption above the same one with one thing changed?  Beside a control that reads words alone."""
from dataclasses import dataclass

import numpy as np

from vsrlab.desk.edits import Edits
from vsrlab.desk.tfidf import Texts
from vsrlab.errors import Problem
from vsrlab.measure.significance import Interval, share_interval
from vsrlab.retrieval.index import Index
from vsrlab.retrieval.scored import scored_of
from vsrlab.scoring import encode_texts, score_all

LEAST = 30                     # photos below which nothing is said of a kind


@dataclass(frozen=True)
class Kind:
    """The edits of one kind and one truth; shares in per cent."""
    kind: str
    truth: str                 # "changed", "same" or "unknown"
    order_only: bool
    edits: int
    photos: int                # units
    share: float               # in which the original scores higher
    interval: Interval
    tied: float                # in which both score alike
    control: float             # the share of a bag of words: tf-idf with the photo's other captions; a tie is no success

    @property
    def said(self) -> str:
        """What the share tells."""
        if self.photos < LEAST:
            return "too few photos"
        if self.truth == "same":
            return "half is even: both say the same"
        if self.tied > 50:
            return "cannot notice by construction: both score alike" if self.order_only else "most score alike"
        by = "" if not self.order_only else "; a bag of words cannot notice by construction"
        return ("noticed more often than not" if self.interval.low > 50 else "missed more often than not"
                if self.interval.high < 50 else "no better than chance") + by


def noticed(what, edits: Edits, scorer=None) -> tuple:
    """([Kind, ...], table): by kind, and a DataFrame of the edits with `original` and `edited_score`.

    what    an Index: the model scores the pairs; or a Scored from `vl.from_embeddings`
    scorer  of a Scored: function from N texts to (N, D) vectors, by the model whose vectors of images the Scored has
    """
    scored = scored_of(what, "vl.notices")
    if not isinstance(edits, Edits):
        raise Problem("vl.notices needs the edits that vl.edit(corpus) made of this gallery's captions.")
    odd = next((one for one in edits.made if not 0 <= one.row < len(scored.texts) or scored.texts[one.row] != one.text), None)
    if odd is not None:
        raise Problem(f"the edit {odd.edited!r} was made of caption {odd.row}, {odd.text!r}, which is not that of {scored!r}; edit "
                      "the captions of this gallery: vl.edit(corpus).")
    images = scored.image_of_text[[one.row for one in edits.made]]
    original, edited = (_scores(what, scored, images, [getattr(one, name) for one in edits.made], scorer)
                        for name in ("text", "edited"))
    table = edits.table().assign(image=[scored.ids[i] for i in images], original=original, edited_score=edited,
                                 control=_control(scored, edits, images))
    kinds = [_kind(*key, some, images[some.index]) for key, some in table.groupby(["kind", "truth", "order_only"], sort=False)]
    return sorted(kinds, key=lambda one: (one.order_only, one.truth != "changed", -one.share)), table


def _kind(kind, truth, order_only, some, images) -> Kind:
    higher = (some["original"] > some["edited_score"]).to_numpy()
    unit = np.unique(images, return_inverse=True)[1]
    return Kind(kind, truth, bool(order_only), len(some), len(set(unit.tolist())), 100 * float(higher.mean()),
                share_interval(np.bincount(unit, higher), np.bincount(unit)),
                100 * float((some["original"] == some["edited_score"]).mean()), 100 * float((some["control"] > 0).mean()))


def _scores(what, scored, images, texts, scorer) -> np.ndarray:
    """(N,) score of image n with text n."""
    index = what if isinstance(what, Index) else scored.index
    if index is not None:
        if scorer is not None:
            raise Problem("an index scores with its own model; leave scorer out.")
        shelf, found = encode_texts(index.run.model, texts, index.run.vocabulary), np.empty(len(texts), np.float32)
        for image in np.unique(images):
            rows = np.flatnonzero(images == image)
            found[rows] = score_all(index.run.model, index.images.rows([int(image)]), shelf.rows(rows.tolist()))[0]
        return found
    vectors = scored.vectors("image")
    if scorer is None or vectors is None:
        raise Problem(f"{scored.name} cannot score an edited caption; give an index, or the vectors of images with "
                      "vl.from_embeddings and scorer=, a function from texts to vectors.")
    made = np.asarray(scorer(list(texts)), np.float64)
    if made.shape != (len(texts), vectors.shape[1]) or not np.isfinite(made).all():
        raise Problem(f"the scorer gave {made.shape} for {len(texts)} texts; expected ({len(texts)}, {vectors.shape[1]}) finite "
                      "numbers, as the vectors of images have.")
    made /= np.maximum(np.linalg.norm(made, axis=1, keepdims=True), 1e-12)
    return np.round(np.einsum("nd,nd->n", vectors[images].astype(float), made), 7)          # less is rounding


def _control(scored, edits, images) -> np.ndarray:
    """(N,) how much more like the photo's other captions the original is than the edit, as bags of words."""
    made = edits.made
    words = Texts([*scored.texts, *(one.edited for one in made)], np.append(scored.image_of_text, np.full(len(made), -1)))
    gap = np.zeros(len(made))
    for n, (one, image) in enumerate(zip(made, images)):
        others = np.flatnonzero((scored.image_of_text == image) & (np.arange(len(scored.texts)) != one.row))
        if len(others):
            both = words.rows[[one.row, len(scored.texts) + n]] @ words.rows[others].T
            like = np.asarray(both.max(1).todense()).ravel()
            gap[n] = like[0] - like[1]
    return np.where(np.abs(gap) < 1e-9, 0.0, gap)
