"""Precomputed features: the folders that SCAN and VSRN read, and that vsrlab writes for photos, become a Corpus."""
import json
import warnings
from pathlib import Path
from typing import NamedTuple

import numpy as np

from vsrlab.data import folders
from vsrlab.data.captions import read_lines, utf8_lines
from vsrlab.data.corpus import Corpus
from vsrlab.data.folders import splits
from vsrlab.data.pictures import PhotoOf
from vsrlab.data.store import Stored
from vsrlab.errors import Missing, Problem, unknown


def precomputed(folder, split: str, regions: str = "boxes", limit: int | None = None, photos=None,
                allow_empty: bool = False) -> Corpus:
    """One split of a folder of features; only the rows of a batch are ever read from {split}_ims.npy.

    Needs {split}_ims.npy (I, R, F) and {split}_caps.txt, one caption a line, the captions of an image in a row.
    Reads, where present, {split}_ids.txt, _boxes.npy, _sizes.npy, _grid.npy (I, G, F), _labels.json,
    _confidence.npy, _owner.npy (image row of each caption) and features.json.

    regions   "boxes", "grid" (cells of the whole photo), or "both", boxes first
    limit     keep the first captions only, and their images.  The official loaders cut "dev" to 5,000 captions,
              which leaves out 14 of Flickr30K's 1,014 images; here all are kept unless limit=5000.
    photos    folder of the photos; default: the one features.json names
    """
    if limit is not None and limit < 1:
        raise Problem(f"limit={limit}: keep at least 1 caption, or leave limit out to keep all.")
    folder = Path(folder)
    _check(folder, split, regions)
    about = folders.about(folder)
    texts = read_lines(folder / f"{split}_caps.txt", allow_empty)
    if any(line.startswith((b"b'", b'b"')) for line in (folder / f"{split}_caps.txt").read_bytes().split(b"\n", 50)[:50]):
        warnings.warn(f"{folder / split}_caps.txt spells captions as bytes (b'...'); they were read as the text they stand for. "
                      f"Look at the folder with: vsrlab doctor {folder}", stacklevel=2)
    names = {"boxes": ["ims"], "grid": ["grid"], "both": ["ims", "grid"]}[regions]
    rows, owner = _owners(folder, split, names[0], len(texts))
    listed = folder / f"{split}_ids.txt"
    ids = _ids(listed, rows, owner)
    if limit is not None:
        texts, owner = texts[:limit], owner[:limit]
        rows = rows._replace(kept=int(owner.max(initial=-1)) + 1)
    parts = [_Part(folder, split, name, rows, about) for name in names]
    sizes = _small(folder / f"{split}_sizes.npy", rows, 2)
    where = Path(photos) if photos else folder / about["photos"] if about.get("photos") else None
    return Corpus(name=folder.name or str(folder), split=split, texts=texts, image_of_text=owner, ids=ids[:rows.kept], sizes=sizes,
                  regions=parts[0].regions if len(parts) == 1 else Joined([p.regions for p in parts], folder),
                  boxes=_beside([p.boxes(sizes) for p in parts]), labels=_beside([p.labels() for p in parts]),
                  confidence=_beside([p.confidence() for p in parts]),
                  photo=where and PhotoOf(where, ids, "" if listed.is_file() else listed.name), kind=regions,
                  note=f"{folder.name}, {about.get('extractor', 'features made elsewhere')}")


class _Rows(NamedTuple):
    """How the images lie in the files of a split."""
    file: int              # rows of the features file
    step: int              # rows from one image to the next: 5 where images are repeated for their captions
    kept: int              # images of the corpus


class Joined:
    """Two stored arrays side by side along the region axis, read by rows: (I, R1 + R2, F)."""

    def __init__(self, parts, folder=""):
        one, two = (p.shape for p in parts)
        if one[0] != two[0] or one[2] != two[2]:
            raise Problem(f"{folder}: boxes are {one} and grid {two}; regions='both' needs the same images and features, "
                          "so extract both with the same extractor, or use regions='boxes' (--regions boxes).")
        self.parts, self.shape = parts, (one[0], one[1] + two[1], one[2])
        self.dtype, self.ndim = np.result_type(*(p.dtype for p in parts)), 3

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, index):
        rows, more = (index[0], index[1:]) if isinstance(index, tuple) else (index, ())
        picked = np.arange(len(self))[rows]
        found = np.concatenate([p[picked] for p in self.parts], axis=picked.ndim)
        return found[(slice(None),) * picked.ndim + more] if more else found

    def __array__(self, dtype=None, copy=None):
        return np.asarray(self[:], dtype=dtype)


class _Part:
    """The vectors of one kind, "ims" or "grid", with what the folder says about each of them."""

    def __init__(self, folder, split, name, rows, about):
        self.folder, self.split, self.name, self.rows, self.about = folder, split, name, rows, about
        self.regions = Stored(folder / f"{split}_{name}.npy", rows.step, rows.kept)
        if self.regions.ndim == 2:                                # one vector an image, as VSE++ has it
            self.regions.shape = (self.regions.shape[0], 1, self.regions.shape[1])
        kind, shape = self.regions.dtype, self.regions.shape
        if kind.kind != "f" or kind.itemsize > 8 or len(shape) != 3 or not (shape[1] and shape[2]):
            raise Problem(f"{self.regions.path} holds {kind} {shape}; expected float16 or float32 (images, regions, features), "
                          "with a region and a feature at least.")

    def boxes(self, sizes):
        """(I, R, 4) fractions of the photo, from fractions or, with `sizes` (I, 2), from pixels; None where there are none."""
        if self.name == "grid":
            return np.broadcast_to(grid_boxes(self.regions.shape[1], self.about.get("grid")), (*self.regions.shape[:2], 4))
        boxes = _small(self.folder / f"{self.split}_boxes.npy", self.rows, self.regions.shape[1], 4)
        if boxes is not None and (boxes > 2).any():                        # pixels, as the bottom-up extractor gives them
            if sizes is None:
                raise Problem(f"{self.folder / self.split}_boxes.npy is in pixels; put the photos' widths and heights beside it as "
                              f"{self.split}_sizes.npy (I, 2), or divide the boxes by them.")
            boxes = boxes / np.tile(sizes, 2)[:, None]
        return boxes if boxes is None else boxes.astype(np.float32)

    def labels(self):
        """(I, R) the detector's words, "" for cells of a grid; None where there are none."""
        path = self.folder / f"{self.split}_labels.json"
        if self.name == "grid":
            return np.broadcast_to(np.array("", object), self.regions.shape[:2])
        if not path.is_file():
            return None
        try:
            labels = _picked(np.array(json.loads(path.read_text(encoding="utf-8")), object, ndmin=1), self.rows)
        except ValueError:
            raise Problem(f"{path} is not JSON, or cut short; copy it again, or remove it to do without labels.") from None
        if labels.shape != self.regions.shape[:2]:
            raise Problem(f"{path}: labels are {labels.shape}, expected {self.regions.shape[:2]}, one for each region; "
                          "extract again.")
        return labels

    def confidence(self):
        if self.name == "grid":
            return np.broadcast_to(np.float32(0), self.regions.shape[:2])
        return _small(self.folder / f"{self.split}_confidence.npy", self.rows, self.regions.shape[1])


def grid_boxes(cells: int, about: dict | None = None) -> np.ndarray:
    """(G, 4) boxes of grid vectors in reading order; a last one that is the whole photo where there is one.

    `about` is features.json's {"rows", "columns", "whole"}; without it a square grid is assumed.
    """
    if about:
        rows, columns, whole = about["rows"], about["columns"], bool(about.get("whole"))
    else:
        whole = int(cells ** 0.5) ** 2 != cells
        rows = columns = int((cells - whole) ** 0.5)
    if rows * columns + whole != cells:
        raise Problem(f"{cells} grid vectors are not {rows} x {columns} cells{' and the whole photo' if whole else ''}; "
                      'say in features.json how they lie: "grid": {"rows": 6, "columns": 6, "whole": true}')
    y, x = np.divmod(np.arange(rows * columns), columns)
    boxes = np.stack([x / columns, y / rows, (x + 1) / columns, (y + 1) / rows], -1)
    return np.concatenate([boxes, [[0, 0, 1, 1]] * whole]).astype(np.float32) if whole else boxes.astype(np.float32)


def _check(folder: Path, split: str, regions: str):
    """Make sure that the folder has what is asked for."""
    if not splits(folder):
        raise Missing("{}; {}.".format(*folders.none_in(folder)))
    if regions not in ("boxes", "grid", "both"):
        raise unknown("kind of regions", regions, ("boxes", "grid", "both"))
    if split not in splits(folder):
        if split in folders.interrupted(folder):
            raise Missing(f"the extraction of {split!r} in {folder} was interrupted; {folders.AGAIN}.")
        raise unknown(f"split in {folder}", split, splits(folder))
    has = {kind: (folder / f"{split}_{name}.npy").is_file() for kind, name in (("boxes", "ims"), ("grid", "grid"))}
    lacks = [kind for kind in (("boxes", "grid") if regions == "both" else (regions,)) if not has[kind]]
    if lacks:
        other = next((kind for kind in has if has[kind]), None)
        raise Missing(f"{folder} has no {split}_{'grid' if lacks[0] == 'grid' else 'ims'}.npy; "
                      + (f"use regions={other!r} (--regions {other}), or extract again." if other else
                         "copy it there, or extract features again."))


def _owners(folder: Path, split: str, name: str, texts: int) -> tuple:
    """(_Rows of the features file, (T,) image row of each caption)."""
    stored = Stored(folder / f"{split}_{name}.npy")
    images, path = len(stored), folder / f"{split}_owner.npy"
    if path.is_file():
        owner = Stored(path)[:].astype(np.int64)
        if owner.shape != (texts,) or texts and not 0 <= owner.min() <= owner.max() < images:
            raise Problem(f"{path}: {owner.shape} owners for {texts} captions of {images} images; write one image row per caption.")
        return _Rows(images, 1, images), owner
    step = _repeats(stored) if texts == images > 0 else 1
    images = images // step
    each, rest = divmod(texts, images) if images else (0, 1)
    if rest or not each:
        raise Problem(f"{folder}: {texts:,} lines in {split}_caps.txt cannot be shared evenly by {images:,} images in "
                      f"{stored.path.name}; copy the file that was cut short again, or write {split}_owner.npy, the image row of "
                      "each caption.")
    return _Rows(len(stored), step, images), np.repeat(np.arange(images), each)


def _repeats(stored: Stored) -> int:
    """How often each image stands in a file with a row for every caption: 5 in some released files, else 1."""
    first = [row.tobytes() for row in stored[0:min(64, len(stored))]]
    run = next((i for i, row in enumerate(first) if row != first[0]), len(first))
    for times in dict.fromkeys((5, run)):
        if run > 1 and times > 1 and len(stored) % times == 0:
            groups = np.unique(np.linspace(0, len(stored) // times - 1, 9).astype(int))         # a sample of them is enough
            rows = [[row.tobytes() for row in stored[g * times:(g + 1) * times]] for g in groups]
            if all(len(set(group)) == 1 for group in rows) and len({group[0] for group in rows}) >= min(2, len(rows)):
                return times
    return 1


def _ids(path: Path, rows: _Rows, owner) -> list:
    """One id per image: its row where there is no file; of a file with a line per caption, each image's first."""
    if not path.is_file():
        return [str(row) for row in range(rows.kept)]
    lines = [line.strip() for line in utf8_lines(path)]
    if len(lines) == rows.kept:
        return lines
    described, first = np.unique(owner, return_index=True)
    if len(lines) == len(owner) and len(described) == rows.kept:
        return [lines[t] for t in first]
    raise Problem(f"{path} has {len(lines):,} lines for {rows.kept:,} images; write one id a line, in the order of the features.")


def _small(path: Path, rows: _Rows, *each: int):
    """A small array beside the regions, read whole: of the shape `each` for an image; None where there is none."""
    if not path.is_file():
        return None
    values = _picked(Stored(path)[:], rows)
    if values.shape != (rows.kept, *each):
        raise Problem(f"{path} holds {Stored(path).shape}, expected {(rows.file // rows.step, *each)}; "
                      "make it again with the features.")
    return values


def _picked(values: np.ndarray, rows: _Rows) -> np.ndarray:
    """The rows of the corpus's images, from an array with a row per image or one per row of the features file."""
    if len(values) not in (rows.file, rows.file // rows.step):
        return values
    return values[::rows.step if len(values) == rows.file else 1][:rows.kept]


def _beside(parts: list):
    """Arrays of (I, R, ...) side by side, or None where the first has none."""
    return None if parts[0] is None else parts[0] if len(parts) == 1 else np.concatenate(parts, axis=1)
