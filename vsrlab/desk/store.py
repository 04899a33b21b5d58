"""The folder NAME.desk beside the scores: what was counted of them, and what was judged.

    digest.npz         see `digest`; made anew when the scores are others
    judgements.jsonl   a line a judged pair, see `judgements`; only ever appended to
"""
import hashlib
from pathlib import Path

import numpy as np

from vsrlab import arrays, files
from vsrlab.desk.digest import Digest
from vsrlab.errors import Problem
from vsrlab.measure.ranks import ROWS

DIGEST, JUDGED = "digest.npz", "judgements.jsonl"
FORMAT = "vsrlab digest 1"
MOST = 1 << 31                 # bytes of a digest that is read


def folder_of(path, name: str = "") -> Path:
    """NAME.desk beside a file of scores; `name` in place of the file's own."""
    path = Path(path)
    return path.with_name((name or path.stem) + ".desk")


def key_of(scores, owner, ids: list, text_ids: list, parts=()) -> str:
    """What names scores (I, T): SHA-256 of shape, type, first and last block, owners (T,) and ids.

    parts  arrays that stand for the blocks, where reading these would mean scoring the gallery
    """
    found = hashlib.sha256(repr((tuple(scores.shape), str(scores.dtype))).encode())
    ends = [scores[:ROWS], scores[max(0, len(scores) - ROWS):]] if not len(parts) else parts
    for part in [*ends, np.asarray(owner, np.int64)]:
        found.update(part.encode() if isinstance(part, str) else np.ascontiguousarray(part).tobytes())
    found.update("\n".join([*ids, "", *text_ids]).encode())
    return found.hexdigest()


def opened(folder, key: str) -> Digest | None:
    """The digest in a folder, if it is of the scores that the key names; None where it is not, or cannot be read."""
    path = Path(folder) / DIGEST
    if not path.is_file():
        return None
    try:
        found = arrays.npz(path, "a digest", MOST)
        return Digest.of_arrays(found) if str(found["key"]) == f"{FORMAT} {key}" else None
    except (Problem, KeyError):
        return None


def keep(folder, key: str, made: Digest) -> bool:
    """Write a digest, whole or not at all; False where the folder cannot be written: then it is made again next time."""
    try:
        Path(folder).mkdir(parents=True, exist_ok=True)
        name = np.array(f"{FORMAT} {key}")
        files.write(Path(folder) / DIGEST, lambda file: np.savez(file, key=name, **made.arrays()))
        return True
    except (OSError, Problem):
        return False
