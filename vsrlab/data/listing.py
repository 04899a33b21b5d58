"""Which photos a captions file names, where they lie in the photo folder, and which split each belongs to."""
import hashlib
import re
from pathlib import Path

from vsrlab.data.captions import read_captions
from vsrlab.errors import Missing, Problem, unknown

SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".bmp", ".gif", ".tif", ".tiff")


def listing(folder, captions, split=None, strict: bool = False) -> dict:
    """{split: [Photo, ...]}, where `file` is relative to the folder; a photo that is not there keeps its name.

    split    captions with splits: one of them, default all.  Without: the name of the only one, default "train", or
             shares {"train": .8, "val": .1, "test": .1} that depend on nothing but each photo's file name
    strict   a photo that is not there is a Problem
    """
    folder = Path(folder)
    splits = _splits(read_captions(captions), captions, split)
    found = {name: [p._replace(file=_located(folder, p.file) or p.file) for p in listed] for name, listed in splits.items()}
    everything = [p.file for listed in found.values() for p in listed]
    missing = [file for file in everything if not (folder / file).is_file()]
    if len(missing) == len(everything):
        raise _none_found(folder, captions, missing)
    if missing and strict:
        raise Missing(f"{len(missing):,} of the {len(everything):,} photos that {captions} names are not in {folder}, such as "
                      f"{missing[0]}; put them there, or call without strict (--strict) to leave them out.")
    return found


def share(file: str) -> float:
    """A number from 0 to 1 that only depends on the file's name: the same photo stays in its split when others come or go."""
    return int.from_bytes(hashlib.sha256(Path(file).name.encode()).digest()[:6]) / 2 ** 48


def _splits(photos: list, captions, split) -> dict:
    own = list(dict.fromkeys(p.split for p in photos))
    if own == [""]:
        return _shared(photos, split) if isinstance(split, dict) else {_usable(split or "train"): photos}
    if isinstance(split, dict):
        raise Problem(f"{captions} has splits of its own ({', '.join(own)}); leave the shares out, or name one of them.")
    if split is not None and split not in own:
        raise unknown(f"split in {captions}", split, own)
    return {_usable(name): [p for p in photos if p.split == name] for name in own if split in (None, name)}


def _shared(photos: list, shares: dict) -> dict:
    """Photos by their `share`."""
    if not shares or min(shares.values()) <= 0 or abs(sum(shares.values()) - 1) > 1e-6:
        raise Problem(f'split={shares}: shares are above 0 and add up to 1, such as {{"train": 0.8, "val": 0.1, "test": 0.1}}.')
    splits, low = {_usable(name): [] for name in shares}, 0.0
    for name, width in shares.items():
        last = name == list(shares)[-1]                    # takes what rounding leaves over
        splits[name] = [p for p in photos if low <= share(p.file) and (last or share(p.file) < low + width)]
        low += width
        if not splits[name]:
            raise Problem(f"split {name!r} with a share of {width:g} got none of {len(photos):,} photos; give it a larger share.")
    return splits


def _usable(name: str) -> str:
    """The name of a split, which begins the names of its files."""
    if not re.fullmatch(r"\w[\w-]*", name):
        raise Problem(f"split {name!r}: a split's name begins the names of its files, so write letters, digits, _ and - only "
                      "(an empty one means that the captions file gives a split to some photos, and to this one none).")
    return name


def _located(folder: Path, file: str) -> str | None:
    """The photo's place relative to the folder: as named, without the captions' own folders, or with a suffix added."""
    for name in dict.fromkeys((file, Path(file).name)):
        for suffix in ("", ".jpg", ".jpeg", ".png"):
            if (folder / (name + suffix)).is_file():
                return name + suffix
    return None


def _none_found(folder: Path, captions, missing: list) -> Problem:
    if not folder.is_dir():
        return Missing(f"no folder {folder}; give the folder that holds the photos.")
    if not any(p.suffix.lower() in SUFFIXES for p in folder.rglob("*")):
        return Missing(f"{folder} holds no photo at all ({', '.join(SUFFIXES)}); give the folder that holds the photos.")
    return Missing(f"none of the {len(missing):,} photos that {captions} names is in {folder}, such as {missing[0]}; "
                   "give the folder that holds them.")
