"""The records of a TSV of region features: layouts of columns, widths of numbers, and torn records among whole ones."""
import base64
import binascii
from pathlib import Path
from typing import NamedTuple

import numpy as np

from vsrlab.errors import Problem
from vsrlab.inputs import LINE, foreign, short

# Columns of the public layouts, by their count: bottom-up attention (Anderson et al., CVPR 2018; code
# peteanderson80/bottom-up-attention), and LXMERT (Tan and Bansal, EMNLP 2019; code airsplay/lxmert), height before width.
LAYOUTS = {6: ("image_id", "image_w", "image_h", "num_boxes", "boxes", "features"),
           10: ("img_id", "img_h", "img_w", "objects_id", "objects_conf", "attrs_id", "attrs_conf", "num_boxes", "boxes",
                "features")}
_SAME = {"img_id": "image_id", "img_w": "image_w", "img_h": "image_h"}
_LONGEST = 64 << 20                     # bytes of a line: 100 boxes of 2,048 features take 2 MB
_HEAD = 20                              # lines that decide on layout and widths
_WIDE = 8.0                             # octaves over which features spread that were read in the wrong width
KINDS = ("<f4", "<f8", "<f2")


class Record(NamedTuple):
    """One photo of a TSV."""
    id: str
    width: int               # pixels
    height: int
    boxes: np.ndarray        # (R, 4)  x1 y1 x2 y2 in pixels
    features: np.ndarray     # (R, F)


class Torn(NamedTuple):
    """A line that holds no whole record."""
    byte: int                # where it begins
    id: str                  # as far as it can be told
    why: str

    def __str__(self) -> str:
        return f"byte {self.byte:,}{f' (photo {self.id})' if self.id else ''}: {self.why}"


class Table:
    """A TSV whose layout and widths were told from its first lines."""

    def __init__(self, path):
        """Raises Problem for a file that is no such table."""
        self.path = Path(path)
        head = [line for _, line, _ in self._lines(0, _HEAD)]
        if not head:
            raise Problem(f"{path} is empty; give the TSV of region features.")
        if said := foreign(head[0]):
            raise Problem(f"{path} is {said}.")
        cells = [line.split(b"\t") for line in head]
        first = [cell.strip().lower().decode("utf-8", "replace") for cell in cells[0]]
        self.named = "features" in first and "boxes" in first
        names = first if self.named else next((LAYOUTS[len(row)] for row in cells if len(row) in LAYOUTS), None)
        if names is None:
            raise Problem(f"{path} is no TSV of region features: its lines have {len(cells[0])} columns; what is read has "
                          + ", or ".join(f"{len(names)}: {', '.join(names)}" for names in LAYOUTS.values()) + ".")
        self.count, self.at = len(names), {_SAME.get(name, name): place for place, name in enumerate(names)}
        if lacks := [name for name in LAYOUTS[6] if name not in self.at]:
            raise Problem(f"{path} has no column {lacks[0]}; it has {', '.join(names)}.")
        self.boxes, self.features = self._widths(cells[self.named:])

    def records(self, start: int = 0):
        """(Record or Torn, byte where it ends) for every line from byte `start` on."""
        for place, line, end in self._lines(start):
            if line.strip() and not (place == 0 and self.named):
                yield self._record(place, line), end

    def _lines(self, start: int, most: int | None = None):
        """(byte where it begins, line without its end, byte where it ends)."""
        with open(self.path, "rb") as file:
            file.seek(start)
            while (most is None or most > 0) and (line := file.readline(_LONGEST)):
                if len(line) == _LONGEST:
                    raise Problem(f"{self.path}, byte {start:,}: no line ends within {_LONGEST:,} bytes; it is no TSV of region "
                                  "features.")
                yield start, line.rstrip(b"\r\n"), start + len(line)
                start, most = start + len(line), most and most - 1

    def _widths(self, rows: list) -> tuple:
        """numpy's kinds of boxes and features: float32, as released, or 64 or 16 bits where the numbers show it."""
        boxes, features, counts = [], [], []
        for cells in rows:
            try:
                count, box, feature = (cells[self.at[name]] for name in ("num_boxes", "boxes", "features"))
                found = int(count), base64.b64decode(box, validate=True), base64.b64decode(feature, validate=True)
            except (ValueError, IndexError, binascii.Error):
                continue
            if len(cells) == self.count and found[0] > 0 and found[2] and len(found[1]) in [found[0] * n for n in (8, 16, 32)]:
                counts.append(found[0]); boxes.append(found[1]); features.append(found[2])
        if not counts:
            return KINDS[0], KINDS[0]
        box = {2: "<f2", 4: "<f4", 8: "<f8"}[len(boxes[0]) // (4 * counts[0])]
        fits = [kind for kind in KINDS if all(len(x) % (n * np.dtype(kind).itemsize) == 0 for n, x in zip(counts, features))]
        spread = {kind: _spread(features, kind) for kind in fits}
        if min(spread.values(), default=np.inf) > _WIDE:
            return box, KINDS[0]
        best = min(spread, key=spread.get)
        usual = box if spread.get(box, np.inf) <= _WIDE else KINDS[0]
        return box, usual if spread.get(usual, np.inf) <= max(_WIDE, 2 * spread[best]) else best

    def _record(self, place: int, line: bytes):
        """One line, with its sizes checked."""
        cells = line.split(b"\t")
        name = cells[0].decode("utf-8", "replace").strip()
        torn = lambda why: Torn(place, name if LINE.test(name) and len(name) < 200 else "", why)
        if len(cells) != self.count:
            return torn(f"{len(cells)} columns, expected {self.count}")
        name = cells[self.at["image_id"]].decode("utf-8", "replace").strip()
        if not LINE.test(name) or not 0 < len(name) < 1000:
            return torn(f"{short(name)} is no name of a photo")
        try:
            width, height, count = (int(float(cells[self.at[key]])) for key in ("image_w", "image_h", "num_boxes"))
            boxes, features = (np.frombuffer(base64.b64decode(cells[self.at[key]], validate=True), kind)
                               for key, kind in (("boxes", self.boxes), ("features", self.features)))
        except (ValueError, OverflowError, binascii.Error) as error:
            return torn(f"{short(error)}; expected numbers and base64")
        if not (0 < width < 10 ** 6 and 0 < height < 10 ** 6 and count > 0) or boxes.size != 4 * count or not features.size \
                or features.size % count:
            return torn(f"it has {short(count)} boxes in a {short(width)} x {short(height)} photo, but {boxes.size:,} numbers of "
                        f"boxes and {features.size:,} of features")
        if not (np.isfinite(boxes).all() and np.isfinite(features).all()):
            return torn("numbers that are not finite")
        return Record(name, width, height, boxes.reshape(count, 4), features.reshape(count, -1))


def _spread(features: list, kind: str) -> float:
    """Octaves (standard deviation) over which features of a photo spread; infinite for bytes that are no such numbers.

    Read in another width, exponents and fractions mix: the values run over tens of octaves, or every second one is zero, or
    both halves of every number are the same.
    """
    data = b"".join(features)
    with np.errstate(invalid="ignore"):                            # bytes of another width are any numbers
        values, halves = np.frombuffer(data, kind).astype(np.float64), np.frombuffer(data[:len(data) & ~3], "<u2")
    if not np.isfinite(values).all() or np.abs(values).max() > 1e30 or not values[::2].any() and values[1::2].any():
        return np.inf
    if len(values) < 5 and kind != KINDS[0]:                       # too few to tell anything against the usual width
        return np.inf
    if kind != KINDS[2] and halves.any() and np.array_equal(halves[::2], halves[1::2]):
        return np.inf
    ends = np.cumsum([len(x) // np.dtype(kind).itemsize for x in features])
    each = [np.log2(np.abs(x[x != 0])) for x in np.split(values, ends[:-1])]
    away = np.concatenate([x - x.mean() for x in each if len(x)] or [[]])
    return float(np.sqrt((away ** 2).mean())) if len(away) else 0.0
