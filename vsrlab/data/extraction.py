"""The files of one split while its photos are extracted: they grow, survive a kill, and get their names when whole."""
import contextlib
import hashlib
import itertools
import json
import os
import warnings
from pathlib import Path

import numpy as np

from vsrlab.data.extractors import Extractor, Regions
from vsrlab.data.folders import about
from vsrlab.data.store import RowsFile
from vsrlab.errors import Problem
from vsrlab.files import write, write_text
from vsrlab.inputs import checked, short

_LINE = {"file": str, "labels?": [str], "skipped?": str}
EVERY = 32                             # photos between two moments at which all that was made is safe on the disk


class Growing:
    """A split being made.  `done` photos of its list are behind it; `put` or `skip` the next one, then the next.

    Rows are written to hidden partial files, then a line about each photo to a hidden journal, in this order and each
    pushed to the disk, so that the journal never promises a row that is not there.  After a kill the same call reads
    the journal and goes on behind its last whole line.
    """

    def __init__(self, out: Path, split: str, photos: list, extractor: Extractor, source: dict):
        """photos: the split's [Photo]; source: JSON that tells this extraction from any other."""
        self.out, self.split, self.photos, self.source = out, split, photos, source
        self.journal, self.shapes, self.files = out / f".{split}_journal.jsonl", _shapes(extractor), {}
        self.sum = ""                                                      # of the journal as far as it is written
        self.lines = self._kept()
        self.safe = len(self.lines)                                        # lines that the journal holds
        self.rows = sum("skipped" not in line for line in self.lines)      # photos that became rows

    @property
    def done(self) -> int:
        """Photos that are written already."""
        return len(self.lines)

    @property
    def skipped(self) -> list:
        """[(file, why), ...]"""
        return [(line["file"], line["skipped"]) for line in self.lines if "skipped" in line]

    def bytes_left(self) -> int:
        """Room that the photos to come will take on the disk."""
        return (len(self.photos) - self.done) * sum(map(self._row_bytes, self.shapes))

    def put(self, file: str, size: tuple, regions: Regions):
        """The next photo's regions; `file` is where it lies in the photo folder, `size` its width and height in pixels."""
        values = {"sizes": size, "ims": regions.vectors, "boxes": regions.boxes, "confidence": regions.confidence,
                  "grid": regions.grid}
        for name, (shape, _) in self.shapes.items():
            if np.shape(values[name]) != shape:
                raise Problem(f"the extractor made {name} of {np.shape(values[name])} from {file}, expected {shape}; "
                              "its features, regions and grid have to say what its calls return.")
            self._file(name).put(self.rows, values[name])
        self.rows += 1
        self._add({"file": file, **({"labels": list(regions.labels)} if regions.labels else {})})

    def skip(self, file: str, why: str):
        """The next photo cannot be used."""
        self._add({"file": file, "skipped": why})

    def note(self):
        """Push the rows to the disk, then the journal."""
        for file in self.files.values():
            file.flush()
        with open(self.journal, "ab") as journal:
            journal.write("".join(map(self._summed, self.lines[self.safe:])).encode())
            journal.flush()
            os.fsync(journal.fileno())
        self.safe = len(self.lines)

    def finish(self) -> list:
        """All files but the captions get their names -> the captions, which are written when everything else is in place."""
        self.note()
        kept = [(line, photo) for line, photo in zip(self.lines, self.photos) if "skipped" not in line]
        for name in self.shapes:
            if name in self.files or self._partial(name).exists():          # else finished before an interruption
                self._file(name).finish(len(kept))
        if any("labels" in line for line, _ in kept):
            write_text(self._path("labels.json"), json.dumps([line["labels"] for line, _ in kept]))
        write_text(self._path("ids.txt"), "".join(f"{line['file']}\n" for line, _ in kept))
        counts = [len(photo.texts) for _, photo in kept]
        if len(set(counts)) > 1:                                            # else `precomputed` shares them out evenly
            owner = np.repeat(np.arange(len(kept)), counts)
            write(self._path("owner.npy"), lambda file: np.save(file, owner))
        return [text for _, photo in kept for text in photo.texts]

    def complete(self, texts: list):
        """The captions last: a split is there when they are."""
        write_text(self._path("caps.txt"), "".join(f"{text}\n" for text in texts))
        self.journal.unlink(missing_ok=True)

    def close(self):
        """The file on the disk is whole; nothing more is written."""
        for file in self.files.values():
            with contextlib.suppress(OSError):                              # a full disk was reported already
                file.close()

    def _add(self, line: dict):
        self.lines.append(line)
        if len(self.lines) - self.safe >= EVERY:
            self.note()

    def _path(self, name: str) -> Path:
        return self.out / f"{self.split}_{name}"

    def _partial(self, name: str) -> Path:
        return self.out / f".{self.split}_{name}.npy.partial"

    def _file(self, name: str) -> RowsFile:
        if name not in self.files:
            self.files[name] = RowsFile(self._path(f"{name}.npy"), *self.shapes[name])
        return self.files[name]

    def _row_bytes(self, name: str) -> int:
        shape, dtype = self.shapes[name]
        return int(np.prod(shape)) * np.dtype(dtype).itemsize

    def _kept(self) -> list:
        """Lines of the journal of an interrupted call; a new journal where there is none, it is damaged, or its rows are gone."""
        if self.journal.exists():
            try:
                first, lines = self._read()
            except (ValueError, RecursionError, KeyError, TypeError) as error:
                warnings.warn(f"the journal of an interrupted extraction of {self.split!r} in {self.out} is damaged "
                              f"({short(error)}); the split begins anew.", stacklevel=5)
            else:
                if differs := _difference(first, self.source):
                    raise Problem(f"{self.out} holds a begun extraction of {self.split!r} with {differs}; "
                                  "give the same call as before, or choose another folder.")
                rows = sum("skipped" not in line for line in lines)
                if all(self._there(name, rows) for name in self.shapes):
                    return lines
        for name in self.shapes:
            self._partial(name).unlink(missing_ok=True)
        self.sum = ""
        write_text(self.journal, self._summed(self.source))
        return []

    def _read(self) -> tuple:
        """(source, lines) of the journal; raises ValueError and its kin where a line is not as it was written, or of another photo.

        Each line carries a sum of itself and all before it.  Journals of vsrlab 0.1.0 have none; there the photos' names must do.
        """
        first, *lines = _whole_lines(self.journal)
        checked(first, dict, self.journal.name, "a journal")
        checked(lines, [_LINE], self.journal.name, "a journal")
        for line in (first, *lines) if "sum" in first else ():
            said = line.pop("sum")
            self._summed(line)
            if said != self.sum:
                raise ValueError(f"the line of {line.get('file', 'its source')} was changed")
        files = [photo.file for photo in self.photos[:len(lines)]]
        if (other := next((line["file"] for line, file in itertools.zip_longest(lines, files) if file != line["file"]), None)):
            raise ValueError(f"a line tells of {other}, where another photo should be")
        return first, lines

    def _summed(self, line: dict) -> str:
        """A line of the journal with the sum of itself and all lines before."""
        self.sum = hashlib.sha256((self.sum + json.dumps(line, sort_keys=True)).encode()).hexdigest()[:12]
        return json.dumps({**line, "sum": self.sum}) + "\n"

    def _there(self, name: str, rows: int) -> bool:
        """Whether the rows that the journal promises are in the partial file, or in the one that already has its name."""
        path = self._partial(name)
        if path.exists():
            return not rows or path.stat().st_size >= RowsFile.HEADER + rows * self._row_bytes(name)
        return not rows or self._path(f"{name}.npy").exists()


def begun(out: Path, split: str, photos: list, extractor: Extractor, folder: Path) -> Growing | None:
    """The split's files as far as they are made; None when they are whole.  Anything else under their names is a Problem."""
    known, source = about(out), _source(out, photos, extractor, folder)
    there = {**{k: known[k] for k in source if k in known}, **known.get("splits", {}).get(split, {})}
    whole = (out / f"{split}_caps.txt").exists()
    if whole and "captions" not in there:
        raise Problem(f"{out} already holds {split}_caps.txt from elsewhere; choose another folder.")
    if known and (differs := _difference(there, source)):
        raise Problem(f"{out} holds features made with {differs}; choose another folder, or remove that one.")
    return None if whole else Growing(out, split, photos, extractor, source)


def finished(growing: Growing, extractor: Extractor):
    """Name the files of a split, enter it in features.json, and write its captions last."""
    if not growing.rows:
        file, why = growing.skipped[0]
        raise Problem(f"none of the {growing.done:,} photos of {growing.split!r} can be used, such as {file} ({why}); "
                      "give the folder of the photos, or mend them.")
    texts, known = growing.finish(), about(growing.out)
    source = {k: v for k, v in growing.source.items() if k != "captions"}
    splits = {**known.get("splits", {}), growing.split: {"images": growing.rows, "captions": growing.source["captions"],
                                                         "skipped": growing.skipped}}
    beside = {"nets": known["nets"]} if "nets" in known else {}                 # whole-photo vectors that other splits have
    write_text(growing.out / "features.json",
               json.dumps({**source, "grid": extractor.grid, **beside, "splits": splits}, indent=1) + "\n")
    growing.complete(texts)


def _source(out: Path, photos: list, extractor: Extractor, folder: Path) -> dict:
    """What tells these features from others: the extractor, the folder of the photos, and the captions by a fingerprint."""
    near = out.resolve().parent in (folder.resolve(), folder.resolve().parent)     # then both can be moved together
    fingerprint = hashlib.sha256(json.dumps([(p.file, p.texts) for p in photos]).encode()).hexdigest()[:16]
    return json.loads(json.dumps({
        "extractor": extractor.name, "version": extractor.version, "settings": extractor.settings,
        "photos": os.path.relpath(folder.resolve(), out.resolve()) if near else str(folder.resolve()), "captions": fingerprint}))


def _difference(old: dict, new: dict) -> str:
    """The first thing in which two sources differ, as "settings {...}, not {...}"; "" when they do not."""
    return next((f"{key} {old[key]}, not {value}" for key, value in new.items() if key in old and old[key] != value), "")


def _shapes(extractor: Extractor) -> dict:
    """name of an array -> shape and type of a row."""
    shapes, boxes, grid = {"sizes": ((2,), "int32")}, extractor.regions, extractor.grid
    if boxes:
        shapes.update(ims=((boxes, extractor.features), "float16"), boxes=((boxes, 4), "float32"), confidence=((boxes,), "float32"))
    if grid:
        shapes["grid"] = ((grid["rows"] * grid["columns"] + bool(grid["whole"]), extractor.features), "float16")
    return shapes


def _whole_lines(path: Path) -> list:
    """The JSON lines of a journal; a last one that a kill cut short is taken off the file."""
    data = path.read_bytes()
    whole = data[:data.rfind(b"\n") + 1]
    if len(whole) < len(data):
        with open(path, "r+b") as file:
            file.truncate(len(whole))
    return [json.loads(line) for line in whole.splitlines()]
