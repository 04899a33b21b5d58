"""Explanation: one pair of an image and a text, and why it got its score.  A value in numpy that saves as one file."""
import io
import json
from dataclasses import dataclass, field, fields
from pathlib import Path

import numpy as np

from vsrlab import files
from vsrlab.errors import Problem
from vsrlab.explain import stored

UNSURE = 0.3               # detector's score below which its word for a region is a guess, and gets a question mark


@dataclass(frozen=True, eq=False, repr=False)
class Explanation:
    """Why an image and a text got their score.  A field is None when the model or the corpus has no such thing.

    W words as the model reads them (markers included, padding removed), R real regions, L layers of reasoning, D joint space.
    Ranks count from zero, as a search lists the gallery: a right answer stands below the wrong ones that score the same.
    """
    # the pair
    text: str
    words: tuple                            # (W,)      as displayed; "<start>" and "<end>" are markers
    spans: np.ndarray                       # (W, 2)    first and last + 1 letter in `text`; -1 -1 for markers
    unknown: np.ndarray                     # (W,)      True where the vocabulary does not know the word
    image: int                              # row of the image in its corpus
    image_id: str
    score: float
    text_row: int | None = None             # row of the text in its corpus; None for a typed sentence
    # the picture
    boxes: np.ndarray | None = None         # (R, 4)    x1 y1 x2 y2, fractions of the photo
    size: tuple | None = None               # (2,)      width and height of the original photo, pixels
    photo: bytes | None = None              # a small JPEG
    labels: tuple | None = None             # (R,)      the detector's word, "" where it has none
    confidence: np.ndarray | None = None    # (R,)      the detector's score, 0 to 1
    # the score and its terms
    terms: dict = field(default_factory=dict)   # name -> its part of the score: {"global": mu x cosine, "local": ...}
    score_global: float | None = None       # cosine of the two vectors, before mu
    score_local: float | None = None        # what words and regions agree on
    mu: float | None = None                 # weight of the global score
    sharpness: float | None = None          # lambda of the attention: larger is sharper
    direction: str | None = None            # "t-i" words look at regions, "i-t" regions look at words
    pooling: str | None = None              # how relevances become the local score: "mean", "sum", "max", "lse"
    # words and regions
    attention: np.ndarray | None = None     # (W, R)    t-i: every row sums to one; i-t: every column
    cosine: np.ndarray | None = None        # (W, R)    raw, in [-1, 1]
    relevance: np.ndarray | None = None     # (W,) t-i or (R,) i-t: what each side's part agrees with what it looked at
    contribution: np.ndarray | None = None  # (W, R)    each cell's part of the local score, see `explanation.contributions`
    interaction: np.ndarray | None = None   # (W, R)    each cell's part of the score of two vectors (times mu), where asked for
    # reasoning between regions
    affinity: np.ndarray | None = None      # (L, R, R) row: the region that reads, column: the one it reads; signed, as computed
    layers: np.ndarray | None = None        # (L+1, R, D) regions before and after each layer
    memory: np.ndarray | None = None        # (R, D)    the memory after each region
    gates: np.ndarray | None = None         # (R, D)    how much of the memory each region keeps: 1 keeps all, 0 replaces it
    # the gallery
    gallery: tuple = (1, 1)                 # images, texts
    image_rank: int = 0                     # of this image among all images, for this text
    text_rank: int = 0                      # of this text among all texts, for this image
    true_image_rank: int | None = None      # of the image that the text belongs to; None for a typed sentence
    true_text_rank: int | None = None       # of the best text of this image; None when it has none
    right: bool | None = None               # do they belong together?  None for a typed sentence
    # ground truth, where the corpus has it
    truth: tuple | None = None              # (W,)      rows of the regions that each word names
    relations: tuple | None = None          # of (word, subject regions, object regions)
    # where it came from
    provenance: dict = field(default_factory=dict)
    notes: tuple = ()                       # what is missing or odd, a sentence each

    @property
    def among(self) -> tuple:
        """Images and texts that the ranks are counted among: a typed sentence is one more text than the gallery has."""
        return self.gallery[0], self.gallery[1] + (self.text_row is None)

    @property
    def markers(self) -> np.ndarray:
        """(W,) True for <start> and <end>, which the model reads and nobody wrote."""
        return self.spans[:, 0] < 0

    @property
    def written(self) -> np.ndarray:
        """Positions of the words that somebody wrote: all but the markers."""
        return np.flatnonzero(~self.markers)

    @property
    def pixels(self) -> np.ndarray | None:
        """(R, 4) boxes in pixels of the original photo."""
        return None if self.boxes is None or self.size is None else self.boxes * np.tile(self.size, 2)

    @property
    def places(self) -> np.ndarray:
        """(R, 4) where each region is drawn, fractions of the photo: its box, or a tile of a square grid without boxes."""
        if self.boxes is not None:
            return np.clip(np.asarray(self.boxes, float), 0, 1)
        side = int(np.ceil(np.sqrt(max(self.regions, 1))))
        row, column = np.divmod(np.arange(self.regions), side)
        return np.stack([column, row, column + 1, row + 1], 1) / side

    @property
    def regions(self) -> int:
        """How many regions the picture has; 0 when nothing tells."""
        known = [x.shape[axis] for x, axis in ((self.attention, 1), (self.affinity, 1), (self.boxes, 0)) if x is not None]
        return known[0] if known else 0

    @property
    def word_part(self) -> np.ndarray | None:
        """(W,) each word's part of the local score; they add up to it."""
        return None if self.contribution is None else self.contribution.sum(1)

    @property
    def region_part(self) -> np.ndarray | None:
        """(R,) each region's part of the local score; they add up to it."""
        return None if self.contribution is None else self.contribution.sum(0)

    @property
    def exact(self) -> bool:
        """Do the parts add up by the model's own formula?  For log-sum-exp, or a pooling not told, they are shares."""
        return self.pooling not in ("lse", None)

    def word(self, word: int | str) -> int:
        """Position of a word given as a position or as written; raises Problem when it is not in the caption."""
        if isinstance(word, str):
            if word not in self.words:
                raise Problem(f"{word!r} is not in the caption; its words are: {', '.join(self.words)}.")
            return self.words.index(word)
        if not -len(self.words) <= word < len(self.words):
            raise Problem(f"the caption has words 0 to {len(self.words) - 1}; word {word} was asked for.")
        return int(word) % len(self.words)

    def picture(self):
        """The photo as (H, W, 3) uint8, or None."""
        from PIL import Image
        return None if self.photo is None else np.asarray(Image.open(io.BytesIO(self.photo)).convert("RGB"))

    def label(self, region: int) -> str:
        """The detector's word: 'dog', 'dog?' where its score is known and below UNSURE, or '' for none."""
        label = self.labels[region] if self.labels is not None else ""
        return f"{label}?" if label and self.confidence is not None and self.confidence[region] < UNSURE else label

    @property
    def unsure(self) -> str:
        """What the question marks mean; "" when there are none."""
        doubted = any(self.label(r).endswith("?") for r in range(self.regions))
        return f"A question mark: the detector's score for its word is below {UNSURE}." if doubted else ""

    def region_name(self, region: int) -> str:
        """'region 7', or 'region 7 (dog)' where the detector had a word."""
        label = self.label(region)
        return f"region {region}" + (f" ({label})" if label else "")

    def short_name(self, region: int) -> str:
        """'7 dog', '7 dog?' where the detector is unsure, or the number alone."""
        return f"{region} {self.label(region)}".strip()

    def __repr__(self) -> str:
        place = f"rank {self.image_rank + 1} of {self.among[0]} images, rank {self.text_rank + 1} of {self.among[1]} texts"
        return f"Explanation: {self.text!r} on {self.image_id}, score {self.score:.3f}, {place}; vl.show(...) draws it"

    def save(self, path) -> Path:
        """One file without pickle: arrays as they are, the rest as JSON.  It replaces a former file in one step."""
        values = {f.name: getattr(self, f.name) for f in fields(self)}
        arrays = {k: v for k, v in values.items() if isinstance(v, np.ndarray)}
        if self.photo is not None:
            arrays["photo"] = np.frombuffer(self.photo, np.uint8)
        header = {"format": stored.FORMAT, **{k: v for k, v in values.items() if k not in arrays}}
        arrays["header"] = np.frombuffer(json.dumps(header, default=_plain).encode(), np.uint8)
        return files.write(path, lambda file: np.savez_compressed(file, **arrays))

    @classmethod
    def open(cls, path) -> "Explanation":
        """Read what `save` wrote."""
        return cls(**stored.read(path, {f.name for f in fields(cls)}))


def _plain(value):
    """numpy's numbers and arrays as JSON's."""
    return value.tolist() if isinstance(value, (np.ndarray, np.generic)) else str(value)
