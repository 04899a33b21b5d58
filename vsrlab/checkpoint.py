"""Checkpoints: dictionaries of tensors and plain values, written whole, and read without running code in them.

What was written is compared with what is read back: every file carries a digest of all its values, and the sums that the zip format
keeps of its parts are checked too.  So a bit that turned on a disk is found, and weights are not taken for those of another run.
"""
import hashlib
import json
import sys
import zipfile
import zlib
from pathlib import Path

import numpy as np
import torch

from vsrlab.errors import Missing, Problem
from vsrlab.files import write
from vsrlab.inputs import unreadable
from vsrlab.settings import Settings

DIGEST, ROWS = "sums", "the vocabulary or the feature size is another"
FREE = ("epochs", "device")         # settings that may change between two calls for the same run


class Damaged(Problem):
    """A checkpoint that does not hold what was written."""


def save(path, content: dict) -> Path:
    """A dictionary of tensors, numbers, strings, lists and dictionaries, with a digest of them all."""
    return write(path, lambda file: torch.save(_alike({**content, DIGEST: digest(content)}), file))


def _alike(value):
    """The same with equal texts as one object, so that equal contents become equal bytes: pickle writes an object once."""
    if type(value) is dict:
        return {_alike(key): _alike(item) for key, item in value.items()}
    if type(value) in (list, tuple):
        return type(value)(map(_alike, value))
    return sys.intern(value) if type(value) is str else value


def load(path) -> dict:
    """What `save` wrote, on the CPU; code in the file is never run.  Raises Missing, Damaged or Problem.

    Files of before there were digests have none; there only the sums of the zip format are checked.
    """
    path = Path(path)
    if not path.is_file():
        raise Missing(f"there is no {path}.")
    try:
        whole_parts(path)
        content = torch.load(path, map_location="cpu", weights_only=True)
    except Problem:
        raise
    except OSError as error:
        raise unreadable(path, error) from None
    except MemoryError:
        raise Problem(f"{path} asks for more memory than there is; free some, or give another file.") from None
    except Exception:                    # torch and its restricted pickle raise whatever comes to them
        content = None
    if not isinstance(content, dict):
        raise Damaged(f"{path} cannot be read as a checkpoint: it is cut short or of another kind. "
                      "Copy it again from where it was made, or train anew into another folder.")
    for name, sum_of in SUMS.items():
        if name in content and content.pop(name) != digest(content, sum_of):
            raise Damaged(f"{path} is damaged: what it holds is not what was written into it.")
    return content


def total(data: np.ndarray) -> int:
    """The sum of bytes (N,), eight at a time, modulo 2^64: it changes with every single bit, in a third of a CRC's time."""
    words = len(data) & ~7
    return (int(data[:words].view(np.uint64).sum(dtype=np.uint64)) + int.from_bytes(data[words:].tobytes(), "little")) % 2 ** 64


SUMS = {DIGEST: total, "digest": zlib.crc32}          # name of a digest -> what it takes of a tensor; the second was once written


def digest(content, sum_of=total) -> str:
    """SHA-256 of a dictionary's names, kinds, shapes and plain values, and of a sum of each tensor.

    The tensors themselves by SHA-256 would take as long as writing them; where bits turn in them, the CRC of the zip format tells.
    """
    sums = hashlib.sha256()

    def add(value):
        """A value goes into the sums, with its kind, its shape and all that it holds."""
        if isinstance(value, torch.Tensor):
            sum_ = sum_of(value.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy())
            sums.update(f"{value.dtype}{tuple(value.shape)}{sum_:x}".encode())
        elif isinstance(value, dict):
            sums.update(f"dict {len(value)}".encode())
            for key in sorted(value, key=repr):
                add(key)
                add(value[key])
        elif isinstance(value, list | tuple):
            sums.update(f"list {len(value)}".encode())
            for item in value:
                add(item)
        else:
            sums.update(f"{type(value).__name__} {value!r}\n".encode("utf-8", "surrogatepass"))
    add(content)
    return sums.hexdigest()


def whole_parts(path: Path):
    """The parts of the file are as long as it says, not packed (a small file would fill the memory), and have the right sums."""
    if not zipfile.is_zipfile(path):
        return                           # of another format, or cut short: torch will say
    try:
        with zipfile.ZipFile(path) as archive:
            packed = any(part.compress_type != zipfile.ZIP_STORED for part in archive.infolist())
            broken = None if packed else archive.testzip()
    except (zipfile.BadZipFile, EOFError, ValueError, NotImplementedError, RuntimeError, UnicodeDecodeError) as error:
        raise Damaged(f"{path} is damaged ({' '.join(str(error).split())[:120]}).") from None
    if packed:
        raise Problem(f"{path} is a packed zip file, not a checkpoint as torch.save writes them; give the file that was saved.")
    if broken is not None:
        raise Damaged(f"{path} is damaged in its part {broken[:60]}: what it holds is not what was written into it.")


def owner(settings: Settings, features: int, vocabulary: str) -> dict:
    """Whose weights they are, as a checkpoint keeps it: settings, F of a region, fingerprint of the vocabulary."""
    return {"settings": json.loads(settings.to_json()), "features": features, "vocabulary": vocabulary}


def others(there: dict, here: dict) -> list:
    """In what two owners differ, in words; the settings that may change between two calls are left out.

    Settings are read as such, so that a field that came later has its value, and what the paper's row says is filled in.
    """
    was, now = (json.loads(s.to_json()) | dict(zip(("hinge", "margin"), s.ranking)) for s in (
        Settings(**one["settings"]) for one in (there, here)))
    said = [f"{name} is {was[name]!r} there and {now[name]!r} here" for name in now
            if name not in FREE and was[name] != now[name]]
    if not said and any(there[name] != here[name] for name in ("vocabulary", "features")):
        said.append(ROWS)
    return said
