"""Scored: the scores of one model on one gallery, whoever made them.  Answers, ranks, galleries and results are made from it."""
import hashlib
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Callable

import numpy as np

from vsrlab.errors import INSTEAD, Problem
from vsrlab.measure.ranks import Ranks, blocks, ranks
from vsrlab.retrieval.cut import whole
from vsrlab.retrieval.failures.export import Export
from vsrlab.retrieval.failures.judged import Judged
from vsrlab.retrieval.failures.questions import Questions
from vsrlab.retrieval.lazy import Mean

NEAR = 1e-3                    # of the largest score: so far may terms be from adding up to it


@dataclass(frozen=True, repr=False, eq=False)
class Scored(Questions, Judged, Export):
    """Who scored what: a name, the matrix, and whose rows and columns it has.

    Nothing copies the scores: they may be an array, a memory map, or anything with `shape`, `dtype`, rows `scores[a:b]` and
    columns `scores[:, t]`.  Rows and columns that are not finite are refused when they are read.
    """
    name: str                              # what the model is called
    scores: Any                            # (I, T)  of float16, float32 or float64; integers will do
    ids: list                              # I strings; [] for "0", "1", ...
    texts: list                            # T strings
    image_of_text: np.ndarray              # (T,)    row of the image each text describes
    split: str = ""                        # of the data set
    photo: Callable | None = None          # row -> PIL.Image, made or read when it is asked for
    terms: dict = field(default_factory=dict)      # name -> (I, T): what the scores are the sum of; {} where that is unknown
    run: Any = None                        # the Run that scored; None for scores from elsewhere
    note: str = ""                         # one line for the reader: where they came from
    index: Any = None                      # the Index that can score more: a sentence of one's own, another mu
    dataset: str = ""                      # name of the data set
    members: tuple = ()                    # of an ensemble: the Scored whose mean this is
    text_ids: list = field(default_factory=list)   # T strings; [] for "image id#0", "image id#1", ...
    desk: Path | None = None               # folder that keeps what was counted of them, NAME.desk; None: nothing is kept
    verdicts: dict = field(default_factory=dict)   # (image row, text row) -> (judges, valid or None), see `judge`
    judgements: Any = None                 # the Judgements that they come from
    regions = sizes = boxes = labels = confidence = None     # a Corpus may know them; scores alone do not

    def __post_init__(self):
        shape = tuple(getattr(self.scores, "shape", ()))
        if not isinstance(getattr(self.scores, "dtype", None), np.dtype):
            object.__setattr__(self, "scores", np.asarray(self.scores))
            shape = self.scores.shape
        if len(shape) != 2:
            raise Problem(f"{self.name}: scores are {shape}, expected (I, T): a row for each image, a column for each text.")
        if 0 in shape:
            raise Problem(f"{self.name} has no {'texts' if shape[0] else 'images'}, so nothing can be asked; give a split with "
                          "captions.")
        if self.scores.dtype.kind not in "fiu":
            raise Problem(f"{self.name}: scores are of type {self.scores.dtype}; give numbers, such as float32.")
        if not len(self.ids):
            object.__setattr__(self, "ids", [str(i) for i in range(shape[0])])
        object.__setattr__(self, "image_of_text", np.asarray(self.image_of_text))
        self._fits(*shape)
        if not len(self.text_ids):
            object.__setattr__(self, "text_ids", numbered(self.ids, self.image_of_text))
        if self.index is None and not self.members:                # an index speaks of a Corpus, which has been looked at
            self._readable()
        for name, term in self.terms.items():
            if tuple(term.shape) != shape:
                raise Problem(f"{self.name}: the term {name!r} is {tuple(term.shape)} beside scores of {shape}; "
                              "every term has a number for every score.")
        if self.terms:
            self._adds_up()

    def _fits(self, images, texts):
        owner = self.image_of_text
        if len(self.ids) != images:
            raise Problem(f"{self.name}: {len(self.ids)} ids for {images} rows of scores; give one id per image.")
        if len(self.texts) != texts:
            raise Problem(f"{self.name}: {len(self.texts)} texts for {texts} columns of scores; give one text per column.")
        if len(self.text_ids) not in (0, texts):
            raise Problem(f"{self.name}: {len(self.text_ids)} text_ids for {texts} texts; give one per text, or none.")
        if owner.shape != (texts,) or owner.dtype.kind not in "iu":
            raise Problem(f"{self.name}: image_of_text is {owner.shape} of {owner.dtype} for {texts} texts; give the row of an "
                          "image for each text. With five texts per image that is np.repeat(np.arange(I), 5).")
        if not 0 <= owner.min() <= owner.max() < images:
            raise Problem(f"{self.name}: texts belong to image rows {owner.min()} to {owner.max()}, "
                          f"but the scores have rows 0 to {images - 1}.")

    def _readable(self):
        """Ids that tell images apart, texts that say something, numbers that are finite."""
        for what, names in (("image", self.ids), ("text", self.text_ids)):
            seen = {}
            for row, name in enumerate(names):
                if not isinstance(name, str) or not name.strip():
                    raise Problem(f"{self.name}: the id of {what} {row} is {name!r}; ids are strings, such as a file name.")
                if seen.setdefault(name, row) != row:
                    raise Problem(f"{self.name}: {what}s {seen[name]} and {row} have the same id {name!r}; give each its own.")
        for row, text in enumerate(self.texts):
            if not isinstance(text, str) or not text.strip():
                raise Problem(f"{self.name}: text {row} is {text!r}; give a sentence, or leave its column out.")
        for _ in blocks(self.scores) if isinstance(self.scores, np.ndarray) else ():       # what is made when read is checked then
            pass

    def _adds_up(self):
        rows = slice(0, min(8, len(self)))
        whole, parts = np.asarray(self.scores[rows], float), sum(np.asarray(term[rows], float) for term in self.terms.values())
        if np.abs(whole - parts).max() > NEAR * max(np.abs(whole).max(), 1e-12):
            i, t = np.unravel_index(np.abs(whole - parts).argmax(), whole.shape)
            raise Problem(f"{self.name}: the score of image {i} and text {t} is {whole[i, t]:.6g}, its terms add up to "
                          f"{parts[i, t]:.6g}; give terms with their weights, or none.")

    def __len__(self) -> int:
        return self.scores.shape[0]

    def __repr__(self) -> str:
        where = f" ({self.dataset} {self.split}".rstrip() + ")" if self.dataset or self.split else ""
        return f"Scored by {self.name}: {len(self):,} images x {len(self.texts):,} texts{where}"

    @property
    def corpus(self):
        """What photos, sizes and boxes are asked of: the Corpus of the index; without one the Scored itself answers."""
        whose = self.members[0] if self.members else self
        return self if whose.index is None else whose.index.corpus

    @property
    def scorer(self):
        """The index that can score what is not in the matrix.  Raises Problem where there is none."""
        if self.index is None:
            raise Problem(f"{self.name} is a matrix of scores without its model, so nothing new can be scored: ask with a text of "
                          "the gallery or its row, or make an index with vl.index(run, corpus).")
        return self.index

    @cached_property
    def ranks(self) -> Ranks:
        """Ranks of all queries, ties counted against the model."""
        return self.digest.ranks() if "digest" in vars(self) else ranks(self.scores, self.image_of_text)

    @cached_property
    def fingerprint(self) -> str:
        """Hexadecimal digits: of the run's weights, or twelve of the scores' shape, type, first and last block."""
        if self.run is not None:
            return self.run.fingerprint
        digest = hashlib.sha256(repr((tuple(self.scores.shape), str(self.scores.dtype))).encode())
        for rows in (slice(0, 255), slice(max(0, len(self) - 255), len(self))):
            digest.update(np.ascontiguousarray(self.scores[rows]).tobytes())
        return digest.hexdigest()[:12]

    def texts_of(self, image: int) -> np.ndarray:
        """Rows of the texts that describe an image."""
        return np.flatnonzero(self.image_of_text == image)

    def of_text(self, text: int) -> np.ndarray:
        """(I,) scores of a text with every image."""
        return self._finite(self.scores[:, text], f"a score of text {text}")

    def of_image(self, image: int) -> np.ndarray:
        """(T,) scores of an image with every text."""
        return self._finite(self.scores[image], f"a score of image {image}")

    def _finite(self, line, what):
        line = np.asarray(line)
        if not np.isfinite(line).all():
            raise Problem(f"{self.name}: {what} is {line[~np.isfinite(line)][0]}, so nothing can be ranked; look for a loss that "
                          "diverged or features that are not finite (vsrlab doctor FOLDER).")
        return line.astype(np.float32) if line.dtype == np.float16 else line

    def vectors(self, side: str) -> np.ndarray | None:
        """(I, D) of the "image" side or (T, D) of the "text" side in the joint space; None where only scores are known."""
        if self.index is None:
            return getattr(self.scores, "vectors", {}).get(side)
        return {"image": self.index.images, "text": self.index.texts}[side].vector.float().cpu().numpy()

    def who(self) -> list:
        """For a stamp: [{"model", "run", "weights", "seed"}], one of each member of an ensemble."""
        if self.members:
            return [line for member in self.members for line in member.who()]
        if self.run is None:
            return [{"model": "scores", "run": self.name, "weights": self.fingerprint, "seed": None}]
        return [{"model": self.run.settings.model, "run": self.run.name, "weights": self.run.fingerprint,
                 "seed": self.run.settings.seed}]


def numbered(ids: list, image_of_text) -> list:
    """T ids of texts that have none: the id of the image, and which of its texts it is, "1056.jpg#3"."""
    told, found = [0] * len(ids), []
    for image in map(int, image_of_text):
        found.append(f"{ids[image]}#{told[image]}")
        told[image] += 1
    return found


def scored_of(what, door: str) -> Scored:
    """A Scored itself, or that of an Index; anything else is refused at the door of that name."""
    found = getattr(whole(what, door), "scored", what)
    if not isinstance(found, Scored):
        given = repr(what) if what is None or isinstance(what, str) else f"the {type(what).__name__} it was given"
        raise Problem(f"{door} needs an Index or a Scored, not {given}; {INSTEAD['Index']}.")
    return found


def alike(a, b) -> bool:
    """The same images and texts in the same order: two corpora, two indexes' or two Scored.  Features and scores may differ."""
    return a is b or (list(a.ids) == list(b.ids) and list(a.texts) == list(b.texts)
                      and np.array_equal(a.image_of_text, b.image_of_text))


def ensemble(several) -> Scored:
    """The mean of the scores of several models on one gallery, as papers report "two models": indexes or Scored -> a Scored.

    It is stamped with all its members.  Nothing is stored: a block is averaged when it is read.
    Raises Problem for galleries that differ.
    """
    several = [scored_of(one, "vl.ensemble") for one in (several if hasattr(several, "__iter__") else [several])]
    if not several:
        raise Problem("an ensemble needs at least one index.")
    several = [member for one in several for member in one.members or (one,)]
    first = several[0]
    if len(several) == 1:
        return first
    for other in several[1:]:
        if not alike(first, other):
            raise Problem(f"{other!r} is not the gallery of the others, {first!r}; score all models on one and the same corpus.")
    return Scored(" + ".join(one.name for one in several), Mean([one.scores for one in several]), first.ids, first.texts,
                  first.image_of_text, first.split, photo=first.photo, note=first.note, dataset=first.dataset,
                  members=tuple(several), text_ids=first.text_ids)
