"""Phrases with the boxes that people drew for them, and which answer for a phrase is right, a part, or wrong."""
import gzip
import io
import zlib
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

from vsrlab.data.words import tokenise
from vsrlab.errors import Missing, Problem
from vsrlab.explain.reasoning import overlaps
from vsrlab.explain.record import Explanation
from vsrlab.inputs import LARGE, LINE, Is, decode, parse_json, read_bytes

HALF = 0.5                 # intersection over union at which a region is the phrase's
BEYOND = 0.02              # of the photo: so far may a box reach outside of it by rounding
BOX = Is("four numbers", lambda x: isinstance(x, list) and len(x) == 4 and all(isinstance(n, int | float) and -1e9 < n < 1e9
                                                                               for n in x))
PHRASE = {"filename": LINE, "phrase": str, "boxes": [BOX]}


class Unit(NamedTuple):
    """A word or phrase of a caption whose place is known."""
    words: tuple               # positions in the caption
    boxes: np.ndarray          # (B, 4)  where its things are, fractions of the photo
    regions: tuple             # rows of the regions that answer it

    def centred(self, box) -> bool:
        """Does the middle of a box (4,) lie in one of its boxes?"""
        x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
        return bool(((self.boxes[:, 0] <= x) & (x <= self.boxes[:, 2]) & (self.boxes[:, 1] <= y) & (y <= self.boxes[:, 3])).any())

    def verdict(self, region: int, box) -> str:
        """"right", "part" where the middle is right and the extent is not, or "elsewhere"; box (4,) is the region's."""
        return "right" if region in self.regions else "part" if self.centred(box) else "elsewhere"


def true_units(e: Explanation) -> list:
    """The words of a record that name regions, from its truth."""
    return [Unit((w,), np.asarray(e.places[list(named)], float), tuple(named)) for w, named in enumerate(e.truth or ()) if named]


def phrase_units(e: Explanation, phrases, least: float = HALF) -> list:
    """The phrases [(phrase, boxes (B, 4)), ...] that stand in a caption: those regions answer whose overlap with one of the boxes
    is `least` or more.

    A phrase that stands there twice is taken in order; of two that end on the same word the first one counts.
    """
    if e.boxes is None:
        raise Problem("phrases are compared with boxes, and this corpus has none; extract features with boxes.")
    found, taken, ends = [], 0, set()
    for phrase, boxes in phrases:
        words = [word for word, _, _ in tokenise(phrase)]
        starts = [s for s in range(len(e.words) - len(words) + 1) if list(e.words[s:s + len(words)]) == words]
        if not words or not starts:
            continue
        start = next((s for s in starts if s >= taken), starts[0])
        taken, boxes = start + len(words), np.reshape(np.asarray(boxes, float), (-1, 4))
        if taken in ends or not len(boxes):
            continue
        ends.add(taken)
        near = overlaps(e.places, boxes).max(1)
        found.append(Unit(tuple(range(start, taken)), boxes, tuple(np.flatnonzero(near >= least).tolist())))
    return found


def phrase_truth(e: Explanation, phrases, least: float = HALF) -> Explanation:
    """The record with the regions that each phrase names: they become the truth of its last word, which in an English noun phrase
    is nearly always the noun.  See `phrase_units`."""
    truth = [()] * len(e.words)
    for unit in phrase_units(e, phrases, least):
        truth[unit.words[-1]] = unit.regions
    return replace(e, truth=tuple(truth))


def read_phrases(path, corpus, sizes: dict) -> dict:
    """Phrase boxes of photos as `pointing_game` wants them: {row of a text: [(phrase, boxes (B, 4) in fractions), ...]}.

    path   JSON lines, plain or .gz, each with "filename", "phrase" and "boxes" [[x1, y1, x2, y2], ...] in pixels
    sizes  {file name: (width, height) of the photo that those pixels count}

    A phrase belongs to the first caption of its image that holds its words one after the other; the others are left out.
    """
    path = Path(path)
    if not path.is_file():
        raise Missing(f"there are no phrase boxes at {path}; give a file of JSON lines with filename, phrase and boxes.")
    row = {name: r for r, one in enumerate(corpus.ids) for name in (one, Path(one).stem)}
    words = lambda text: [word for word, _, _ in tokenise(text)]
    captions = {t: words(text) for t, text in enumerate(corpus.texts)}
    found = {}
    for number, line in _lines(path):
        name, phrase = line["filename"], words(line["phrase"])
        image = row.get(name, row.get(Path(name).stem))
        if image is None or name not in sizes or not phrase:
            continue
        holds = lambda t, phrase=phrase: any(captions[t][s:s + len(phrase)] == phrase for s in range(len(captions[t])))
        text = next(filter(holds, corpus.texts_of(image)), None)
        if text is not None:
            boxes = _inside(line["boxes"], sizes[name], f"{path}, line {number}: the box of “{line['phrase']}”")
            found.setdefault(int(text), []).append((line["phrase"], boxes))
    return found


def _inside(boxes, size, what: str) -> np.ndarray:
    """Boxes in pixels of a photo of a `size` (width, height) as fractions (B, 4), cut to the photo."""
    found = np.array(boxes, float).reshape(-1, 4) / np.tile(size, 2)
    if (found < -BEYOND).any() or (found > 1 + BEYOND).any():
        raise Problem(f"{what} reaches outside of the photo of {size[0]} x {size[1]} pixels; give the sizes of the photos that its "
                      "pixels count.")
    return np.clip(found, 0, 1)


def _lines(path: Path):
    """The lines of a file of phrase boxes, (number, dictionary) each."""
    what, data = "a file of phrase boxes", read_bytes(path, "a file of phrase boxes")
    if path.suffix == ".gz":
        try:
            data = gzip.GzipFile(fileobj=io.BytesIO(data)).read(LARGE)
        except (OSError, EOFError, zlib.error) as error:
            raise Problem(f"{path} cannot be unpacked ({error}); copy it again.") from None
    for number, line in enumerate(decode(data, path).split("\n"), 1):
        if line.strip():
            yield number, parse_json(line, f"{path}, line {number}", what, PHRASE)
