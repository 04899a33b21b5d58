"""The files of a conversion while they are written, which photos are in them, and how far it is: it may be interrupted."""
import hashlib
import json
import re
import unicodedata
import warnings
from pathlib import Path

import numpy as np

from vsrlab.data.leaks import keep_apart
from vsrlab.data.names import SUFFIXES
from vsrlab.data.store import RowsFile
from vsrlab.data.tsv.records import Record, Torn
from vsrlab.errors import Problem, unknown
from vsrlab.files import write, write_text
from vsrlab.inputs import COUNT, read_json

_STATE = {"about": {"captions": str, "regions": COUNT, "dtype": str}, "features": (COUNT, None), "begun": {str: COUNT},
          "done": {str: [COUNT]}, "torn?": [{"path": str, "byte": COUNT, "said": str}],
          "digest?": str}
_NAMED = 5                             # torn records that a sentence names
HALF = 65_504                          # the largest float16


class Conversion:
    """The files being written, and which photos are in them."""

    def __init__(self, out: Path, splits: dict, captions: str, regions: int, dtype: str):
        if dtype not in ("float32", "float16"):
            raise unknown("dtype", dtype, ("float32", "float16"))
        if not isinstance(regions, int) or not 0 < regions <= 100_000:
            raise Problem(f"regions={regions}: keep at least 1 row for a photo.")
        self.out, self.splits, self.regions, self.dtype = out, splits, regions, np.dtype(dtype)
        self.state, self.files, self.places = out / ".conversion.json", {}, {}
        for split, members in splits.items():
            for row, photo in enumerate(members):
                for key in _keys(photo.id, photo.file):
                    self.places.setdefault(key, []).append((split, row))     # a photo's key -> its (split, row)s
        self.about = {"captions": captions, "regions": regions, "dtype": str(self.dtype)}
        self.done = {split: np.zeros(len(members), bool) for split, members in splits.items()}
        self.begun, self.features, self.torn = {}, None, []
        kept = self._kept()
        taken = [f"{s}_caps.txt" for s in splits if (out / f"{s}_caps.txt").exists() and not kept]
        if taken:
            raise Problem(f"{out} already holds {', '.join(taken)}; choose another folder, or remove them first.")
        keep_apart(out, splits)
        if kept:
            self.begun, self.features, self.torn = kept["begun"], kept["features"], kept.get("torn", [])
            for split, rows in kept["done"].items():
                self.done[split][rows] = True

    def _kept(self) -> dict:
        """The notes of an interrupted call; {} where there are none, or where they are damaged or their rows are gone."""
        if not self.state.is_file():
            return {}
        try:
            kept = read_json(self.state, "the notes of a conversion", _STATE)
            if "digest" in kept and kept["digest"] != _digest(kept):
                raise Problem(f"{self.state} was changed since it was written.")
        except Problem as problem:
            return self._anew(str(problem))
        if kept["about"] != self.about:
            raise Problem(f"{self.out} holds a conversion begun with {kept['about']}; give the same call, or choose another "
                          "folder.")
        lost = next((split for split, rows in kept["done"].items() if not self._there(split, rows, kept["features"])), None)
        return self._anew(f"rows of {lost!r} that it tells of are gone") if lost is not None else kept

    def _there(self, split: str, rows: list, features) -> bool:
        """Whether the rows that the notes tell of are in the files of a split."""
        if split not in self.splits or rows and max(rows) >= len(self.splits[split]):
            return False
        size = {"ims": self.regions * (features or 0) * self.dtype.itemsize, "boxes": 16 * self.regions, "sizes": 8}
        whole = lambda path, each: path.exists() and path.stat().st_size >= RowsFile.HEADER + (max(rows) + 1) * each
        return not rows or all((self.out / f"{split}_{name}.npy").exists()
                               or whole(self.out / f".{split}_{name}.npy.partial", each) for name, each in size.items())

    def _anew(self, why: str) -> dict:
        warnings.warn(f"the notes of an interrupted conversion in {self.out} cannot be used ({why.rstrip('.')}); it begins anew.",
                      stacklevel=5)
        self.state.unlink(missing_ok=True)
        for split in self.splits:
            for name in ("ims", "boxes", "sizes"):
                (self.out / f".{split}_{name}.npy.partial").unlink(missing_ok=True)
        return {}

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
        largest = float(np.abs(record.features).max()) if places else 0
        if largest > (HALF if self.dtype == np.float16 else 3e38):
            raise Problem(f"photo {record.id} has features up to {largest:.3g}, more than {self.dtype} holds; "
                          + ("choose another folder and give dtype='float32' (--dtype float32)." if self.dtype == np.float16 else
                             "extract them again."))
        for split, row in places:
            ims, boxes = np.zeros((self.regions, features), self.dtype), np.zeros((self.regions, 4), np.float32)
            ims[:count] = record.features
            boxes[:count] = record.boxes / np.tile([record.width, record.height], 2)
            for name, values in (("ims", ims), ("boxes", boxes), ("sizes", np.array([record.width, record.height], np.int32))):
                self.file(split, name).put(row, values)
            self.done[split][row] = True

    def tear(self, path: Path, torn: Torn):
        """A torn record is passed over, and remembered."""
        self.torn.append({"path": str(path.resolve()), "byte": torn.byte, "said": f"{path.name}, {torn}"})

    def note(self, path: Path, place: int):
        """Remember, once the rows are safe on the disk, that a TSV has been read up to a byte."""
        self.begun[str(path.resolve())] = place
        self._note()

    def _note(self):
        for file in self.files.values():
            file.flush()
        kept = {"about": self.about, "features": self.features, "begun": self.begun, "torn": self.torn,
                "done": {s: np.flatnonzero(d).tolist() for s, d in self.done.items()}}
        write_text(self.state, json.dumps({**kept, "digest": _digest(kept)}))

    def finish(self, photos, leave_out: bool, understood: str) -> Path:
        """Give every file its name; captions last, for a split without them is not there yet."""
        self._complete(leave_out)
        about = {"extractor": "bottom-up attention TSV", "version": 1, "settings": self.about, "read": understood}
        if photos is not None:
            about["photos"] = str(Path(photos).resolve())
        write_text(self.out / "features.json", json.dumps(about, indent=1) + "\n")
        for split, members in self.splits.items():
            kept = np.flatnonzero(self.done[split])
            for name in ("ims", "boxes", "sizes"):
                partial = self.out / f".{split}_{name}.npy.partial"
                if (split, name) in self.files or partial.exists():                # else finished before an interruption
                    self.file(split, name).finish(len(members), None if len(kept) == len(members) else kept)
            members = [members[row] for row in kept]
            write_text(self.out / f"{split}_ids.txt", "".join(f"{p.file}\n" for p in members))
            counts = [len(p.texts) for p in members]
            if len(set(counts)) > 1:
                owner = np.repeat(np.arange(len(members)), counts)
                write(self.out / f"{split}_owner.npy", lambda file, owner=owner: np.save(file, owner))
            write_text(self.out / f"{split}_caps.txt", "".join(f"{t}\n" for p in members for t in p.texts))
        self.state.unlink(missing_ok=True)
        return self.out

    def _complete(self, leave_out: bool):
        """Refuse a conversion that lacks photos, or say which are left out; tell of torn records either way."""
        missing = [m[row].file for s, m in self.splits.items() for row in np.flatnonzero(~self.done[s])]
        said = "; ".join(one["said"] for one in self.torn[:_NAMED]) + "; ..." * (len(self.torn) > _NAMED)
        torn = f"{len(self.torn):,} torn records were passed over: {said}" if self.torn else ""
        if missing and not leave_out:
            self._again()
        if missing and (not leave_out or not any(done.any() for done in self.done.values())):
            raise Problem(f"{len(missing):,} photos of the captions are in no TSV, such as {', '.join(missing[:3])}"
                          + (f" ({torn})" if torn else "") + "; give the TSV that holds them in the same call (what was read is "
                          "kept), or leave them out: leave_out=True (--leave-out).")
        empty = next((split for split, done in self.done.items() if not done.any()), None)
        if empty is not None:
            raise Problem(f"no photo of {empty!r} is in a TSV; give the TSV that holds them in the same call, or name another "
                          "split.")
        if missing:
            warnings.warn(f"{len(missing):,} photos of the captions are in no TSV and left out, such as {', '.join(missing[:3])}.",
                          stacklevel=4)
        if torn:
            warnings.warn(f"{torn}; no photo of the captions was in them." if not missing else f"{torn}.", stacklevel=4)

    def _again(self):
        """The next call reads the TSVs again from their first torn record on: one may have been fetched anew."""
        for one in reversed(self.torn):
            self.begun[one["path"]] = min(one["byte"], self.begun.get(one["path"], one["byte"]))
        if self.torn:
            self.torn = []
            self._note()

    def close(self):
        """Close the files; what was written stays for the next call."""
        for file in self.files.values():
            file.close()


def _digest(kept: dict) -> str:
    """A fingerprint of the notes: a changed one is not believed."""
    plain = json.dumps({key: kept.get(key) for key in ("about", "features", "begun", "torn", "done")}, sort_keys=True)
    return hashlib.sha256(plain.encode()).hexdigest()[:16]


def _keys(number: str, file: str) -> set:
    """Every way a TSV may name a photo: COCO's number, the file's stem, and the number its stem ends with."""
    stem = _stem(file)
    ending = re.search(r"_(\d{6,18})$", stem)
    return {_key(k) for k in (number, stem, ending and ending[1]) if k}


def _stem(name: str) -> str:
    """The last part of a name without the suffix of a photo."""
    name = name.replace("\\", "/").rsplit("/", 1)[-1]
    return next((name[:-len(suffix)] for suffix in SUFFIXES if name.lower().endswith(suffix)), name)


def _key(name: str) -> str:
    """A name as keys compare it: without suffix and zeros in front, in one Unicode form."""
    name = unicodedata.normalize("NFC", _stem(name))
    return str(int(name)) if re.fullmatch(r"[0-9]{1,18}", name) else name
