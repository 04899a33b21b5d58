"""Precomputed features: the folders that SCAN and VSRN read, and that vsrlab writes for photos, become a Corpus."""
import itertools
import re
import warnings
from pathlib import Path

import numpy as np

from vsrlab.data import folders
from vsrlab.data.alignment import Alignment, aligned, ids_of, picked, small
from vsrlab.data.captions import read_lines
from vsrlab.data.corpus import Corpus
from vsrlab.data.folders import splits
from vsrlab.data.pictures import PhotoOf
from vsrlab.data.store import Stored
from vsrlab.errors import Missing, Problem, path_of, unknown
from vsrlab.inputs import read_json, short


def precomputed(folder, split: str, regions: str = "boxes", limit: int | None = None, photos=None,
                allow_empty: bool = False, frame: str | None = None) -> Corpus:
    """One split of a folder of features; only the rows of a batch are ever read from {split}_ims.npy.

    Needs {split}_ims.npy (I, R, F) and {split}_caps.txt, one caption a line, the captions of an image in a row.
    Reads, where present, {split}_ids.txt, _boxes.npy, _sizes.npy, _grid.npy (I, G, F), _labels.json,
    _confidence.npy, _owner.npy (image row of each caption) and features.json.

    regions   "boxes", "grid" (cells of the whole photo), or "both", boxes first; and behind a + whole-photo vectors of other
              networks for models that ask for them, such as "grid+lite2+mobilenetv2": the last regions, which others pass over
    limit     keep the first captions only, and their images.  The official loaders cut "dev" to 5,000 captions,
              which leaves out 14 of Flickr30K's 1,014 images; here all are kept unless limit=5000.
    photos    folder of the photos; default: the one features.json names
    frame     "upright" or "stored": the picture in which the boxes of turned photos were found; default: what features.json
              says, else what the sizes tell
    """
    if limit is not None and not (isinstance(limit, int) and limit >= 1):
        raise Problem(f"limit={limit}: keep at least 1 caption, or leave limit out to keep all.")
    folder = path_of("vl.precomputed", folder)
    _check(folder, split, regions)
    about = folders.about(folder)
    texts = read_lines(folder / f"{split}_caps.txt", allow_empty)
    if folders.spelled_as_bytes(folder / f"{split}_caps.txt"):
        warnings.warn(f"{folder / split}_caps.txt spells captions as bytes (b'...'); they were read as the text they stand for. "
                      f"Look at the folder with: vsrlab doctor {folder}", stacklevel=2)
    return assembled(folder, split, regions, texts, about, limit=limit, photos=photos, frame=frame)


def _plainly(files, instead, read, *given):
    return read(*given)


def assembled(folder: Path, split: str, regions: str, texts: list, about: dict, attempt=_plainly, limit=None, photos=None,
              frame=None) -> Corpus:
    """The corpus of a split from its captions and its other files.

    `attempt(files, instead, read, *given)` is read(*given), or `instead` where somebody wants to go on without these files.
    """
    kind, nets = asked(regions)
    names = ARRAYS[kind] + list(nets)
    path = lambda name: folder / f"{split}_{name}"
    images = len(Stored(path(f"{names[0]}.npy")))
    nothing = [], Alignment(images, 1, images), np.zeros(0, np.int64)
    texts, rows, owner = attempt(f"{split}_caps.txt", nothing, aligned, folder, split, names[0], texts)
    listed = path("ids.txt")
    ids = attempt(listed.name, [str(row) for row in range(rows.kept)], ids_of, listed, rows, owner)
    if limit is not None:
        texts, owner = texts[:limit], owner[:limit]
        rows = rows._replace(kept=int(owner.max(initial=-1)) + 1)
    parts = [_Part(folder, split, name, rows, about) for name in names]
    sizes = attempt(f"{split}_sizes.npy", None, _sizes, path("sizes.npy"), rows)
    beside = lambda name, read: attempt(f"{split}_{name}", None, lambda: _beside([read(part) for part in parts]))
    where = Path(photos) if photos else folder / about["photos"] if about.get("photos") else None
    shown = where and PhotoOf(where, ids, "" if listed.is_file() else listed.name, sizes, frame or folders.frame(about))
    return Corpus(name=folder.name or str(folder), split=split, texts=texts, image_of_text=owner, ids=ids[:rows.kept], sizes=sizes,
                  regions=parts[0].regions if len(parts) == 1 else Joined([p.regions for p in parts], folder), nets=nets,
                  boxes=beside("boxes.npy", lambda part: part.boxes(sizes)), labels=beside("labels.json", _Part.labels),
                  confidence=beside("confidence.npy", _Part.confidence), photo=shown, kind=regions,
                  extractor=folders.maker(about), note=f"{folder.name}, {about.get('extractor', 'features made elsewhere')}")


ARRAYS = {"boxes": ["ims"], "grid": ["grid"], "both": ["ims", "grid"]}        # kind of regions -> arrays of the folder


def asked(regions: str) -> tuple:
    """"grid+lite2" -> ("grid", ("lite2",)): the kind of regions, and the networks whose whole-photo vectors stand behind them."""
    kind, *nets = regions.split("+") if isinstance(regions, str) else [regions]
    if not isinstance(kind, str) or kind not in ARRAYS:
        raise unknown("kind of regions", kind, ARRAYS)
    odd = next((net for n, net in enumerate(nets) if not re.fullmatch(r"[a-z]\w*", net) or net in nets[:n]), None)
    if odd is not None:
        raise Problem(f"regions={regions!r}: name each network once behind the kind of regions, such as {kind}+lite2+mobilenetv2.")
    return kind, tuple(nets)


def _sizes(path: Path, rows: Alignment):
    """(I, 2) width and height of the photos, pixels; None where there are none."""
    sizes = small(path, rows, 2)
    if sizes is not None and not (sizes > 0).all():
        raise Problem(f"{path}: image row {np.flatnonzero(~(sizes > 0).all(1))[0]} has a width or height that is not above 0; "
                      "write the photos' sizes in pixels.")
    return sizes


class Joined:
    """Stored arrays side by side along the region axis, read by rows: (I, R1 + R2 + ..., F)."""

    def __init__(self, parts, folder=""):
        shapes = [p.shape for p in parts]
        one, two = shapes[0], next((s for s in shapes if (s[0], s[2]) != (shapes[0][0], shapes[0][2])), None)
        if two is not None:
            raise Problem(f"{folder}: {parts[0].path.name} is {one} and {parts[shapes.index(two)].path.name} {two}; regions that "
                          "stand beside each other need the same images and features, so extract both with the same extractor, "
                          "or use regions='boxes' (--regions boxes).")
        self.parts, self.shape = parts, (one[0], sum(s[1] for s in shapes), one[2])
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
    """The vectors of one kind, "ims", "grid" or a network's whole-photo vectors, with what the folder says about each of them."""

    def __init__(self, folder, split, name, rows: Alignment, about):
        self.folder, self.split, self.name, self.rows, self.about = folder, split, name, rows, about
        self.whole = name not in ("ims", "grid")                  # one vector of another network
        self.regions = Stored(folder / f"{split}_{name}.npy", rows.step, rows.kept)
        if self.regions.ndim == 2:                                # one vector an image, as VSE++ has it
            self.regions.shape = (self.regions.shape[0], 1, self.regions.shape[1])
        kind, shape = self.regions.dtype, self.regions.shape
        if kind.kind != "f" or kind.itemsize > 8 or len(shape) != 3 or not (shape[1] and shape[2]):
            raise Problem(f"{self.regions.path} holds {kind} {shape}; expected float16 or float32 (images, regions, features), "
                          "with a region and a feature at least.")

    def boxes(self, sizes):
        """(I, R, 4) fractions of the photo, from fractions or, with `sizes` (I, 2), from pixels; None where there are none."""
        if self.whole:
            return np.broadcast_to(np.array([0, 0, 1, 1], np.float32), (*self.regions.shape[:2], 4))
        if self.name == "grid":
            return np.broadcast_to(grid_boxes(self.regions.shape[1], self.about.get("grid")), (*self.regions.shape[:2], 4))
        boxes = small(self.folder / f"{self.split}_boxes.npy", self.rows, self.regions.shape[1], 4)
        if boxes is not None and (boxes > 2).any():                        # pixels, as the bottom-up extractor gives them
            if sizes is None:
                raise Problem(f"{self.folder / self.split}_boxes.npy is in pixels; put the photos' widths and heights beside it as "
                              f"{self.split}_sizes.npy (I, 2), or divide the boxes by them.")
            boxes = boxes / np.tile(sizes, 2)[:, None]
        return boxes if boxes is None else boxes.astype(np.float32)

    def labels(self):
        """(I, R) the detector's words, "" for cells of a grid; None where there are none."""
        path = self.folder / f"{self.split}_labels.json"
        if self.name == "grid" or self.whole:
            return np.broadcast_to(np.array("", object), self.regions.shape[:2])
        if not path.is_file():
            return None
        labels = read_json(path, "the labels that were extracted with the features")
        labels, (images, regions) = picked(labels, self.rows) if isinstance(labels, list) else labels, self.regions.shape[:2]
        if not (isinstance(labels, list) and len(labels) == images
                and all(isinstance(row, list) and len(row) == regions for row in labels)
                and all(isinstance(label, str) for label in itertools.chain.from_iterable(labels))):
            raise Problem(f"{path}: labels are {short(labels)}, expected {images:,} lists of {regions} texts, one for each region; "
                          "extract again, or remove the file to do without labels.")
        labels = np.array(labels, object).reshape(images, regions)
        return labels

    def confidence(self):
        if self.name == "grid" or self.whole:
            return np.broadcast_to(np.float32(0), self.regions.shape[:2])
        return small(self.folder / f"{self.split}_confidence.npy", self.rows, self.regions.shape[1])


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
    kind, nets = asked(regions)
    if split not in splits(folder):
        if split in folders.interrupted(folder):
            raise Missing(f"the extraction of {split!r} in {folder} was interrupted; {folders.AGAIN}.")
        raise unknown(f"split in {folder}", split, splits(folder))
    has = {kind: (folder / f"{split}_{name}.npy").is_file() for kind, name in (("boxes", "ims"), ("grid", "grid"))}
    lacks = [one for one in (("boxes", "grid") if kind == "both" else (kind,)) if not has[one]]
    if lacks:
        other = next((kind for kind in has if has[kind]), None)
        raise Missing(f"{folder} has no {split}_{'grid' if lacks[0] == 'grid' else 'ims'}.npy; "
                      + (f"use regions={other!r} (--regions {other}), or extract again." if other else
                         "copy it there, or extract features again."))
    absent = next((net for net in nets if not (folder / f"{split}_{net}.npy").is_file()), None)
    if absent:
        raise Missing(f"{folder} has no {split}_{absent}.npy, the whole-photo vectors of {absent}; the same vsrlab features "
                      f"command as before adds what is missing, or do without them: regions={kind!r} (--regions {kind}).")


def _beside(parts: list):
    """Arrays of (I, R, ...) side by side, or None where the first has none."""
    return None if parts[0] is None else parts[0] if len(parts) == 1 else np.concatenate(parts, axis=1)
