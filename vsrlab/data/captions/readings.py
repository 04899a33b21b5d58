"""What a frozen reader makes of a set of captions: computed once, then kept in a file for every later run and session."""
import hashlib
import os
from pathlib import Path

import numpy as np
import torch

from vsrlab.arrays import npy
from vsrlab.data.batches import read_texts
from vsrlab.errors import Problem
from vsrlab.files import write
from vsrlab.frozen.minilm import AT_ONCE, KEPT, WIDTH, MiniLM
from vsrlab.frozen.weights import READER
from vsrlab.models.layers.frozen import FrozenWords
from vsrlab.progress import watched

FEW = 500                                # smaller sets are read in seconds, and leave no file
PLACE = "VSRLAB_CACHE"                   # of the environment: another folder for these files; empty: none are written


def folder() -> Path | None:
    """Where readings are kept: the folder that VSRLAB_CACHE names, else vsrlab in the user's cache; None where that is empty."""
    if PLACE in os.environ:
        return Path(os.environ[PLACE]) if os.environ[PLACE] else None
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "vsrlab"


def read_at_once(model, texts, vocabulary):
    """Let the frozen reader of a model, if it has one, read some texts before they are asked for one by one.

    Equal texts are read once.  A set of 30,000 captions takes two minutes and 0.3 GB, in memory and as a file; of a set with more
    words than the reader keeps nothing is done here.
    """
    layer = next((m for m in model.modules() if isinstance(m, FrozenWords)), None)
    if layer is None:
        return
    reader, rows = layer.reader, dict(sorted(dict(MiniLM.rows(*read_texts(texts, vocabulary))).items()))
    if all(key in reader.kept for key in rows) or sum(map(len, rows.values())) > KEPT:
        return
    path = _path(rows) if len(rows) >= FEW else None
    if path is None or not _opened(reader, rows, path):
        for some in watched(reader.blocks(rows), "texts read", AT_ONCE):
            reader.add(some)
        if path is not None:
            _keep(reader, rows, path)


def _path(rows: dict) -> Path | None:
    """The file of a set of texts, named by what is read and by whom."""
    place, digest = folder(), hashlib.sha256(READER.sha256.encode())
    for key in rows:
        digest.update(len(key).to_bytes(4, "little") + key)
    return place and place / f"minilm-{digest.hexdigest()[:20]}.npy"


def _opened(reader, rows: dict, path: Path) -> bool:
    """The states of a file go into the reader's memory; False where there is none, or not the one it should be."""
    lengths = [len(row) for row in rows.values()]
    try:
        if not path.is_file() or npy(path)[:2] != ((sum(lengths), WIDTH), np.dtype(np.float16)):
            return False
        states = torch.from_numpy(np.load(path))
    except (Problem, OSError):                                            # a damaged file is written anew
        return False
    for key, found in zip(rows, states.split(lengths)):
        reader.keep(key, found)
    return True


def _keep(reader, rows: dict, path: Path):
    """Write the file; where that cannot be, the next session reads the captions again."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write(path, lambda file: np.save(file, torch.cat([reader.kept[key] for key in rows]).numpy()))
    except (Problem, OSError):
        pass
