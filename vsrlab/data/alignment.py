"""Which image each row of a split's files belongs to: captions shared out, rows repeated for captions, ids, small arrays."""
from pathlib import Path
from typing import NamedTuple

import numpy as np

from vsrlab.data.captions import utf8_lines
from vsrlab.data.store import Stored
from vsrlab.errors import Problem


class Alignment(NamedTuple):
    """How the images lie in the files of a split."""
    file: int              # rows of the features file
    step: int              # rows from one image to the next: 5 where images are repeated for their captions
    kept: int              # images of the corpus


def aligned(folder: Path, split: str, name: str, texts: list) -> tuple:
    """(texts, Alignment of the features file, (T,) image row of each caption); empty captions at the end may be none."""
    stored, path = Stored(folder / f"{split}_{name}.npy"), folder / f"{split}_owner.npy"
    images = len(stored)
    full = texts[:next((n for n in range(len(texts), 0, -1) if texts[n - 1]), 0)]       # without empty lines at the end
    if path.is_file():
        texts = full if len(Stored(path)) == len(full) else texts
        return texts, Alignment(images, 1, images), _given(path, texts, images)
    for some in (full, texts):
        step = _repeats(stored, folder / f"{split}_ids.txt") if len(some) == images > 0 else 1
        each, rest = divmod(len(some), images // step) if images else (0, 1)
        if each and not rest:
            return some, Alignment(images, step, images // step), np.repeat(np.arange(images // step), each)
    raise Problem(f"{folder}: {len(texts):,} lines in {split}_caps.txt cannot be shared evenly by {images:,} images in "
                  f"{stored.path.name}; copy the file that was cut short again, or write {split}_owner.npy, the image row of "
                  "each caption.")


def _given(path: Path, texts: list, images: int) -> np.ndarray:
    stored = Stored(path)
    if stored.dtype.kind not in "iu" or stored.shape != (len(texts),):
        raise Problem(f"{path}: {stored.dtype} {stored.shape} for {len(texts):,} captions of {images:,} images; write one image "
                      "row per caption, as whole numbers.")
    owner = stored[:].astype(np.int64)
    if len(texts) and not 0 <= owner.min() <= owner.max() < images:
        raise Problem(f"{path}: a caption belongs to image row {owner.min() if owner.min() < 0 else owner.max()}, and there are "
                      f"{images:,} images; write one image row per caption.")
    return owner


def _repeats(stored: Stored, listed: Path) -> int:
    """How often each image stands in a file with a row for every caption: 5 in some released files, else 1."""
    ids = utf8_lines(listed) if listed.is_file() else []
    if len(ids) == len(stored) == len(set(ids)) and not all(map(str.isdecimal, ids)):      # every row has a photo of its own
        return 1
    first = [row.tobytes() for row in stored[0:min(64, len(stored))]]
    run = next((i for i, row in enumerate(first) if row != first[0]), len(first))
    for times in dict.fromkeys((5, run)):
        if run > 1 and times > 1 and len(stored) % times == 0:
            groups = np.unique(np.linspace(0, len(stored) // times - 1, 9).astype(int))         # a sample of them is enough
            rows = [[row.tobytes() for row in stored[g * times:(g + 1) * times]] for g in groups]
            if all(len(set(group)) == 1 for group in rows) and len({group[0] for group in rows}) >= min(2, len(rows)):
                return times
    return 1


def ids_of(path: Path, rows: Alignment, owner) -> list:
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


def small(path: Path, rows: Alignment, *each: int):
    """A small array beside the regions, read whole: of the shape `each` for an image; None where there is none."""
    if not path.is_file():
        return None
    stored, images = Stored(path), rows.file // rows.step
    if stored.shape not in ((rows.file, *each), (images, *each)):
        raise Problem(f"{path} holds {stored.shape}, expected {(images, *each)}; make it again with the features.")
    return picked(stored[:], rows)


def picked(values, rows: Alignment):
    """The rows of the corpus's images, from an array or list with a row per image or one per row of the features file."""
    return values[::rows.step if len(values) == rows.file else 1][:rows.kept]
