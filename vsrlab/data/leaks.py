"""Splits of a folder hold different photos: what is measured on a photo that was learned says nothing."""
import warnings
from itertools import combinations
from pathlib import Path

from vsrlab.data.captions import utf8_lines
from vsrlab.data.folders import part_of
from vsrlab.errors import Problem


def keep_apart(out, splits: dict):
    """Refuse splits {name: [Photo]} that hold the photos of another split of the folder, or of each other.

    Half of the smaller split shared is a mistake and a Problem; fewer photos, as a split column may name twice, are a
    warning.  Names of which one begins the other (test, testall) are a split and its part.
    """
    held = {path.name.removesuffix("_ids.txt"): set(utf8_lines(path)) for path in sorted(Path(out).glob("*_ids.txt"))}
    held.update({name: {photo.file for photo in photos} for name, photos in splits.items()})
    for one, two in combinations(held, 2):
        old, new = (one, two) if two in splits else (two, one)
        shared = held[old] & held[new]
        if new not in splits or part_of(old, new) or not shared:
            continue
        found = (f"{len(shared):,} of the {len(held[new]):,} photos of {new!r} are in {old!r} of {out} too, such as {min(shared)}, "
                 "so what is measured on one split was learned from the other")
        if 2 * len(shared) >= min(len(held[old]), len(held[new])):
            raise Problem(f"{found}; give every photo one split, in a new folder: by a column 'split' in the captions, or by "
                          "shares: split={'train': 0.8, 'test': 0.2} (--split train=0.8,test=0.2).")
        warnings.warn(f"{found}; take them out of one, or see them all with: vsrlab doctor {out}", stacklevel=4)
