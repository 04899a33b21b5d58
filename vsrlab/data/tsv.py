"""The bottom-up-attention extractor's TSV becomes a precomputed folder, once.

Format (Anderson et al., CVPR 2018; code peteanderson80/bottom-up-attention): a photo a line, six columns
image_id, image_w, image_h, num_boxes, boxes, features; the last two are float32 in base64, boxes in pixels.
"""
import base64
import binascii
import json
import re
from pathlib import Path
from typing import NamedTuple

import numpy as np

from vsrlab.data.captions import read_captions
from vsrlab.data.leaks import keep_apart
from vsrlab.data.store import RowsFile
from vsrlab.errors import Missing, Problem
from vsrlab.files import write_text
from vsrlab.progress import pace

FIELDS = ("image_id", "image_w", "image_h", "num_boxes", "boxes", "features")
_EVERY = 500                                   # records between two notes of how far the conversion is


class Record(NamedTuple):
    """One photo of a TSV."""
    id: str
    width: int               # pixels
    height: int
    boxes: np.ndarray        # (R, 4)  x1 y1 x2 y2 in pixels
    features: np.ndarray     # (R, F)


def records(path, start: int = 0):
    """(Record, byte where it ends) for every line from byte `start` on; a line that does not fit is a Problem."""
    place = start
    with open(path, "rb") as file:
        file.seek(start)
        for line in file:
            if line.strip():
                yield _record(line, f"{path}, byte {place:,}"), place + len(line)
            place += len(line)


def convert(tsv, captions, out, regions: int = 36, dtype: str = "float32", photos=None, progress: bool = True) -> Path:
    """TSV files and a captions file -> a folder for `precomputed`, images in the order of the captions file.

    tsv        one path or several; photos the captions do not name are passed over
    captions   Karpathy's dataset_*.json, or any other file `read_captions` knows
    regions    rows kept for each photo: fewer boxes are padded with zeros, more are refused
    dtype      "float32", or "float16" for half the disk
    photos     the folder of the photos, noted for pictures of attention

    Only one record is in memory at a time.  Interrupted, the same call goes on where it was; split files get their
    names when they are whole.
    """
    paths = [Path(p) for p in ([tsv] if isinstance(tsv, (str, Path)) else tsv)]
    for path in paths:
        if not path.is_file():
            raise Missing(f"no TSV at {path}; give the six-column file of the bottom-up-attention extractor.")
    work = _Conversion(Path(out), read_captions(captions), str(captions), regions, dtype)
    try:
        _fill(work, paths, progress)
        return work.finish(photos)
    finally:
        work.close()


def _fill(work: "_Conversion", paths: list, progress: bool):
    """Every record of every TSV goes to its rows."""
    with pace(sum(p.stat().st_size for p in paths), "features", "B", show=progress, unit_scale=True) as bar:
        for path in paths:
            start = place = work.begun.get(str(path.resolve()), 0)
            bar.update(start)
            for number, (record, end) in enumerate(records(path, start), 1):
                work.put(record)
                bar.update(end - place)
                place = end
                if number % _EVERY == 0:
                    work.note(path, end)
            work.note(path, place)


class _Conversion:
    """The files being written, and which photos are in them."""

    def __init__(self, out: Path, photos: list, captions: str, regions: int, dtype: str):
        self.out, self.regions, self.dtype = out, regions, np.dtype(dtype)
        self.state = out / ".conversion.json"
        self.splits = {}
        for photo in photos:
            self.splits.setdefault(photo.split or "all", []).append(photo)
        self.places = {}                                           # key of a photo -> its (split, row)s
        for split, members in self.splits.items():
            for row, photo in enumerate(members):
                for key in _keys(photo.id, photo.file):
                    self.places.setdefault(key, []).append((split, row))
        out.mkdir(parents=True, exist_ok=True)
        self.about = {"captions": captions, "regions": regions, "dtype": str(self.dtype)}
        kept = json.loads(self.state.read_text()) if self.state.is_file() else {}
        if kept and kept["about"] != self.about:
            raise Problem(f"{out} holds a conversion begun with {kept['about']}; give the same call, or choose another folder.")
        taken = [f"{s}_caps.txt" for s in self.splits if (out / f"{s}_caps.txt").exists() and not kept]
        if taken:
            raise Problem(f"{out} already holds {', '.join(taken)}; choose another folder, or remove them first.")
        self.begun, self.features = kept.get("begun", {}), kept.get("features")
        keep_apart(out, self.splits)
        self.done = {s: np.zeros(len(m), bool) for s, m in self.splits.items()}
        for split, rows in kept.get("done", {}).items():
            self.done[split][rows] = True
        self.files = {}

    def file(self, split: str, name: str) -> RowsFile:
        """The growing file of a split: "ims" (R, F), "boxes" (R, 4) or "sizes" (2,)."""
        if (split, name) not in self.files:
            shape, dtype = {"ims": ((self.regions, self.features), self.dtype), "boxes": ((self.regions, 4), "float32"),
                            "sizes": ((2,), "int32")}[name]
            self.files[split, name] = RowsFile(self.out / f"{split}_{name}.npy", shape, dtype)
        return self.files[split, name]

    def put(self, record: Record):
        """Write a record to the rows of its photo."""
        places = self.places.get(_key(record.id), ())
        count, features = record.features.shape
        self.features = self.features or features
        if places and (features != self.features or count > self.regions):
            raise Problem(f"photo {record.id} has {count} boxes of {features} features, expected at most {self.regions} of "
                          f"{self.features}; " + (f"choose another folder and give regions={max(100, count)} (--regions)"
                                                  if count > self.regions else "convert TSVs of one extractor only") + ".")
        for split, row in places:
            ims, boxes = np.zeros((self.regions, features), self.dtype), np.zeros((self.regions, 4), np.float32)
            ims[:count] = record.features
            boxes[:count] = record.boxes / np.tile([record.width, record.height], 2)
            for name, values in (("ims", ims), ("boxes", boxes), ("sizes", np.array([record.width, record.height], np.int32))):
                self.file(split, name).put(row, values)
            self.done[split][row] = True

    def note(self, path: Path, place: int):
        """Remember, once the rows are safe on the disk, that a TSV has been read up to a byte."""
        for file in self.files.values():
            file.flush()
        self.begun[str(path.resolve())] = place
        write_text(self.state, json.dumps({"about": self.about, "features": self.features, "begun": self.begun,
                                            "done": {s: np.flatnonzero(d).tolist() for s, d in self.done.items()}}))

    def finish(self, photos) -> Path:
        """Give every file its name; captions last, for a split without them is not there yet."""
        missing = [m[row].file for s, m in self.splits.items() for row in np.flatnonzero(~self.done[s])]
        if missing:
            raise Problem(f"{len(missing):,} photos of the captions are in no TSV, such as {', '.join(missing[:3])}; "
                          "give the TSV that holds them in the same call (what was read is kept).")
        about = {"extractor": "bottom-up attention TSV", "version": 1, "settings": self.about}
        if photos is not None:
            about["photos"] = str(Path(photos).resolve())
        write_text(self.out / "features.json", json.dumps(about, indent=1) + "\n")
        for split, members in self.splits.items():
            for name in ("ims", "boxes", "sizes"):
                partial = self.out / f".{split}_{name}.npy.partial"
                if (split, name) in self.files or partial.exists():                # else finished before an interruption
                    self.file(split, name).finish(len(members))
            write_text(self.out / f"{split}_ids.txt", "".join(f"{p.file}\n" for p in members))
            counts = [len(p.texts) for p in members]
            if len(set(counts)) > 1:
                np.save(self.out / f"{split}_owner.npy", np.repeat(np.arange(len(members)), counts))
            write_text(self.out / f"{split}_caps.txt", "".join(f"{t}\n" for p in members for t in p.texts))
        self.state.unlink(missing_ok=True)
        return self.out

    def close(self):
        for file in self.files.values():
            file.close()


def _keys(number: str, file: str) -> set:
    """Every way a TSV may name a photo: COCO's number, the file's stem, and the number its stem ends with."""
    stem = Path(file).stem
    ending = re.search(r"_(\d{6,})$", stem)
    return {_key(k) for k in (number, stem, ending and ending[1]) if k}


def _key(name: str) -> str:
    name = Path(name).stem if re.search(r"\.(jpe?g|png)$", name, re.IGNORECASE) else name
    return str(int(name)) if name.isdigit() else name


def _record(line: bytes, where: str) -> Record:
    """One line of a TSV, with its sizes checked."""
    cells = line.rstrip(b"\r\n").split(b"\t")
    if len(cells) != len(FIELDS):
        raise Problem(f"{where}: {len(cells)} columns, expected {', '.join(FIELDS)}; a file cut short by a download is the "
                      "usual cause, so copy it again and give the same call.")
    try:
        width, height, count = (int(float(c)) for c in cells[1:4])
        boxes, features = (np.frombuffer(base64.b64decode(c, validate=True), "<f4") for c in cells[4:])
    except (ValueError, binascii.Error) as error:
        raise Problem(f"{where}: {error}; expected numbers and base64, so copy the file again.") from None
    if count < 1 or width < 1 or height < 1 or boxes.size != 4 * count or not features.size or features.size % count:
        raise Problem(f"{where}: photo {cells[0].decode(errors='replace')} has {count} boxes in a {width} x {height} photo, but "
                      f"{boxes.size} numbers of boxes and {features.size} of features; extract it again.")
    return Record(cells[0].decode(errors="replace"), width, height, boxes.reshape(count, 4), features.reshape(count, -1))
