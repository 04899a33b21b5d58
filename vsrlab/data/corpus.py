"""Corpus: images as regions, texts, and who belongs to whom.  Every source returns one."""
from dataclasses import dataclass, field, replace
from typing import Any, Callable

import numpy as np

from vsrlab.errors import Problem


@dataclass(frozen=True)
class Corpus:
    """One split of a data set: all that the kit knows of data.

    `regions` may be a memory map or anything with `.shape` and row indexing, so that only
    the rows of a batch are ever read.  A region whose features are all zero is padding.
    """
    name: str
    regions: Any                           # (I, R, F)  float16 or float32
    texts: list                            # T strings
    image_of_text: np.ndarray              # (T,)       row of the image each text describes
    boxes: np.ndarray | None = None        # (I, R, 4)  x1 y1 x2 y2, fractions of the photo
    ids: list = field(default_factory=list)   # I strings: a file name, or a number given by the source
    sizes: np.ndarray | None = None        # (I, 2)     width and height of the photo, pixels
    labels: Any = None                     # (I, R)     the detector's word for a region, "" where it has none
    confidence: Any = None                 # (I, R)     the detector's score, 0 to 1
    photo: Callable | None = None          # row -> PIL.Image, made or read when it is asked for
    truth: Any = None                      # scenes only: a data.scenes.Truth, indexed like the texts
    split: str = ""                        # "train", "dev", "test", ... as the source names it
    kind: str = ""                         # which vectors of a photo: "boxes", "grid", "both", "grid+lite2"; "" where only one
    nets: tuple = ()                       # networks whose whole-photo vectors are the last regions; only models that ask read them
    extractor: str = ""                    # who made the features, where the source tells; see data.sources
    note: str = ""                         # one line for the reader: where it came from

    def __post_init__(self):
        if not isinstance(self.name, str):
            raise Problem(f"a corpus has a name first, not the {type(self.name).__name__} it was given: "
                          "vl.Corpus(name, regions, texts, image_of_text).")
        if hasattr(self.regions, "detach"):              # a tensor, of whatever device and precision
            object.__setattr__(self, "regions", self.regions.detach().cpu().float().numpy())
        shape, kind = tuple(getattr(self.regions, "shape", ())), getattr(self.regions, "dtype", type(self.regions).__name__)
        if not isinstance(kind, np.dtype) or kind.kind not in "fiu":
            raise Problem(f"{self.name}: regions are of {kind}, expected an array of real numbers, float16 or float32.")
        if len(shape) != 3:
            raise Problem(f"{self.name}: regions are {shape}, expected (I, R, F): images, regions, features. "
                          "If there is one vector per image, give it a region axis: regions[:, None].")
        if not (shape[1] and shape[2]):
            raise Problem(f"{self.name}: regions are {shape}, which gives an image no {'feature' if shape[1] else 'region'}; "
                          "extract the features again.")
        if isinstance(self.texts, str | bytes) or not hasattr(self.texts, "__len__"):
            raise Problem(f"{self.name}: texts are a {type(self.texts).__name__}; give a list of sentences.")
        odd = next((n for n, text in enumerate(self.texts) if not isinstance(text, str)), None)
        if odd is not None:
            raise Problem(f"{self.name}: text {odd} is a {type(self.texts[odd]).__name__}, not a str; give a list of sentences.")
        if len(self.nets) >= shape[1]:
            raise Problem(f"{self.name}: {shape[1]} regions, {len(self.nets)} of them whole-photo vectors of "
                          f"{', '.join(self.nets)}; at least one has to be a region.")
        self._owners(shape[0])
        self._beside(shape)
        ids = list(self.ids) if len(self.ids) else range(shape[0])
        object.__setattr__(self, "ids", [one if isinstance(one, str) else str(one) for one in ids])
        if len(self.ids) != shape[0]:
            raise Problem(f"{self.name}: {len(self.ids)} ids for {shape[0]} images; give one id per image row.")

    def _owners(self, images: int):
        """Rows of images are whole numbers, one for each text, and lie within the images."""
        owner = np.asarray(self.image_of_text)
        if owner.ndim == 1 and len(owner) != len(self.texts):
            raise Problem(f"{self.name}: {len(self.texts)} texts but {len(owner)} owners. "
                          "With five texts per image, image_of_text is np.repeat(np.arange(I), 5).")
        if owner.ndim != 1 or owner.size and owner.dtype.kind not in "iu":
            raise Problem(f"{self.name}: image_of_text is {owner.dtype} {owner.shape}, expected ({len(self.texts)},) whole "
                          "numbers, such as np.repeat(np.arange(I), 5).")
        if owner.size and not 0 <= owner.min() <= owner.max() < images:
            row = owner.min() if owner.min() < 0 else owner.max()
            raise Problem(f"{self.name}: a text belongs to image row {row}, but there are {images} images, rows 0 to {images - 1}.")
        object.__setattr__(self, "image_of_text", owner.astype(np.int64, copy=False))

    def _beside(self, shape: tuple):
        """What stands beside the regions (I, R, F) has a row for each image, and one for each region."""
        for name, each in (("boxes", (*shape[:2], 4)), ("sizes", (shape[0], 2)), ("labels", shape[:2]), ("confidence", shape[:2])):
            value = getattr(self, name)
            if value is not None and not hasattr(value, "shape"):
                value = np.array(value, object)                  # of rows of different lengths too, which the shape shows
                value = value if name == "labels" or value.shape != each else np.array(value.tolist())
                object.__setattr__(self, name, value)
            if value is not None and tuple(value.shape) != each:
                raise Problem(f"{self.name}: {name} are {tuple(value.shape)}, expected {each} "
                              "to stand beside the regions; make both with the same extractor.")

    def __len__(self) -> int:
        return self.regions.shape[0]

    def __repr__(self) -> str:
        images, regions, features = self.regions.shape
        return (f"Corpus {self.name}{' ' + self.split if self.split else ''}: {images} images x {regions} regions x "
                f"{features} features, {len(self.texts)} texts{', with boxes' if self.boxes is not None else ''}"
                f"{', with photos' if self.photo else ''}{', with truth' if self.truth is not None else ''}")

    def texts_of(self, image: int) -> np.ndarray:
        """Rows of the texts that describe an image."""
        return np.flatnonzero(self.image_of_text == image)

    def images(self, rows, split: str | None = None) -> "Corpus":
        """The corpus of some images, in the order given, and of all their texts."""
        rows = np.asarray(rows, dtype=np.int64)
        if len(rows) and not (-1 < rows.min() and rows.max() < len(self)):
            strange = rows.max() if rows.max() >= len(self) else rows.min()
            raise Problem(f"{self.name} has images 0 to {len(self) - 1}; row {strange} was asked for.")
        new_row = np.full(len(self), -1)
        new_row[rows] = np.arange(len(rows))
        texts = np.flatnonzero(new_row[self.image_of_text] >= 0)
        texts = texts[np.argsort(new_row[self.image_of_text[texts]], kind="stable")]
        pick = lambda x: None if x is None else x[rows]
        photo = self.photo and (lambda row, rows=rows, photo=self.photo: photo(int(rows[row])))
        return replace(self, regions=Rows(self.regions, rows), boxes=pick(self.boxes), sizes=pick(self.sizes),
                       labels=pick(self.labels), confidence=pick(self.confidence), photo=photo,
                       texts=[self.texts[t] for t in texts], image_of_text=new_row[self.image_of_text[texts]],
                       ids=[self.ids[r] for r in rows], split=self.split if split is None else split,
                       truth=None if self.truth is None else self.truth.select(rows, texts))


class Rows:
    """Some rows of an array that is not read until they are asked for."""

    def __new__(cls, source, rows):
        if isinstance(source, Rows):                     # rows of rows: one step, not a chain
            source, rows = source.source, source.rows[rows]
        self = super().__new__(cls)
        self.source, self.rows = source, np.asarray(rows)
        return self

    @property
    def shape(self):
        """(I, R, F) of the chosen rows."""
        return (len(self.rows), *self.source.shape[1:])

    @property
    def dtype(self):
        """Of the features, as they are stored."""
        return self.source.dtype

    ndim = 3

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, index):
        return np.asarray(self.source[self.rows[index]])

    def __array__(self, dtype=None, copy=None):
        return np.asarray(self.source[self.rows], dtype=dtype)
