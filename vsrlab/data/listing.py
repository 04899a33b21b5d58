"""Which photos a captions file names, where they lie in the photo folder, and which split each belongs to."""
import hashlib
import re
import warnings
from collections import Counter
from pathlib import Path
from typing import NamedTuple

from vsrlab.data.captions import read_captions
from vsrlab.data.names import SUFFIXES, Names, led_out
from vsrlab.errors import Missing, Problem, unknown
from vsrlab.inputs import short


class Listing(NamedTuple):
    """The photos that a captions file names."""
    splits: dict           # name -> [Photo, ...]; `file` is the path below the photo folder, or as named where it is not there
    understood: str        # how the captions file was read


def listing(folder, captions, split=None, strict: bool = False, photo_column=None, caption_column=None) -> Listing:
    """The photos of a captions file, found in their folder; what was spelled otherwise is told in a warning.

    split    captions with splits: one of them, default all.  Without: the name of the only one, default "train", or
             shares {"train": .8, "val": .1, "test": .1} by the photos' names (see `shared`)
    strict   a photo that is not there is a Problem
    """
    names = Names(folder)
    photos = read_captions(captions, there=lambda name: names.find(name)[0] is not None, photo_column=photo_column,
                           caption_column=caption_column)
    found, missing = _located(names, photos)
    if len(missing) == len(photos):
        raise _none_found(names, captions, missing, photos.understood)
    if missing and strict:
        raise Missing(f"{len(missing):,} of the {len(photos):,} photos that {captions} names are not in {folder}, such as "
                      f"{_first(missing)}; put them there, or call without strict (--strict) to leave them out.")
    return Listing(divided(found, captions, split), photos.understood)


def _located(names: Names, photos: list) -> tuple:
    """([Photo, ...] with their places in the folder, {file: why it was not found}); photos of one place become one."""
    found, missing, spelled = {}, {}, {}
    for photo in photos:
        place, how = names.find(photo.file)
        if place is None:
            missing[photo.file] = how
        elif how:
            spelled.setdefault(how, []).append((photo.file, place))
        key = place or photo.file, photo.split
        texts = found[key].texts + photo.texts if key in found else photo.texts
        found[key] = photo._replace(file=key[0], texts=texts)
    for how, pairs in spelled.items():
        name, place = pairs[0]
        warnings.warn(f"{len(pairs):,} photos were found though their names differ ({how}), such as {name} as {place}; where that "
                      "is another photo, write the names as the files are called.", stacklevel=5)
    if linked := led_out(names.folder, [photo.file for photo in found.values() if photo.file not in missing]):
        warnings.warn(f"{len(linked):,} photos are links that lead out of {names.folder}, such as {linked[0]}; they are read where "
                      "the links lead, so be careful with a folder that somebody else made.", stacklevel=5)
    return list(found.values()), missing


def divided(photos: list, captions, split=None, alone: str = "train") -> dict:
    """{name of a split: its photos}; `alone` is the name of the only one where the captions have none."""
    own = list(dict.fromkeys(p.split for p in photos))
    if own == [""]:
        return shared(photos, split) if isinstance(split, dict) else {_usable(split or alone): photos}
    if isinstance(split, dict):
        raise Problem(f"{captions} has splits of its own ({', '.join(own)[:200]}); leave the shares out, or name one of them.")
    if split is not None and split not in own:
        raise unknown(f"split in {captions}", split, [short(name) if len(name) > 60 else name for name in own[:20]])
    return {_usable(name): [p for p in photos if p.split == name] for name in own if split in (None, name)}


def share(file: str) -> float:
    """A number from 0 to 1 that only depends on the file's name, and not on the other photos."""
    return int.from_bytes(hashlib.sha256(Path(file).name.encode("utf-8", "replace")).digest()[:6]) / 2 ** 48


def shared(photos: list, shares: dict) -> dict:
    """Photos by exact shares: in the order of `share`, the first 80 % of them, the next 10 %, ...

    The order hangs on the names alone, so when photos come or go only a few at the borders change their split.
    """
    if not shares or min(shares.values()) <= 0 or abs(sum(shares.values()) - 1) > 1e-6:
        raise Problem(f'split={shares}: shares are above 0 and add up to 1, such as {{"train": 0.8, "val": 0.1, "test": 0.1}}.')
    place = {file: n for n, file in enumerate(sorted({p.file for p in photos}, key=lambda file: (share(file), file)))}
    ends, total = [], 0.0
    for name, width in shares.items():
        total += width
        ends.append(round(total * len(place)))
        if ends[-1] == (ends[-2] if len(ends) > 1 else 0):
            raise Problem(f"split {name!r} with a share of {width:g} got none of {len(place):,} photos; give it a larger share.")
    splits = {}
    for name, low, high in zip(shares, [0, *ends], ends):
        splits[_usable(name)] = [p for p in photos if low <= place[p.file] < high]
    return splits


def _usable(name: str) -> str:
    """The name of a split, which begins the names of its files."""
    if not isinstance(name, str) or not re.fullmatch(r"\w[\w-]{0,99}", name):
        raise Problem(f"split {short(name)}: a split's name begins the names of its files, so write letters, digits, _ and - only "
                      "(an empty one means that the captions file gives a split to some photos, and to this one none).")
    return name


def _first(missing: dict) -> str:
    """The first photo that was not found, and why where that is known."""
    file, why = next(iter(missing.items()))
    file, why = (text if len(text) < 200 else short(text, 200) for text in (file, why))
    return f"{file} ({why})" if why else file


def _none_found(names: Names, captions, missing: dict, understood: str) -> Problem:
    folder = names.folder
    if not folder.is_dir():
        return Missing(f"no folder {folder}; give the folder that holds the photos.")
    there = [file for file in names.files() if file.lower().endswith(SUFFIXES)]
    if not there:
        return Missing(f"{folder} holds no photo at all ({', '.join(SUFFIXES)}); give the folder that holds the photos.")
    kinds = Counter(Path(file).suffix for file in there).most_common(1)[0][0]
    return Missing(f"none of the {len(missing):,} photos that {captions} names is in {folder}, such as {_first(missing)}; it holds "
                   f"{len(there):,} others, such as {there[0]} (most are {kinds}): give the folder that holds them, or, where the "
                   f"captions were not read right ({short(understood, 100)}), photo_column= and caption_column= (--photo-column, "
                   "--caption-column).")
