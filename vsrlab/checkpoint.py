"""Checkpoints: dictionaries of tensors and plain values, written whole, and read without running code in them."""
import pickle
from pathlib import Path

import torch

from vsrlab.errors import Missing, Problem
from vsrlab.files import write


def save(path, content: dict) -> Path:
    """A dictionary of tensors, numbers, strings, lists and dictionaries."""
    return write(path, lambda file: torch.save(content, file))


def load(path) -> dict:
    """What `save` wrote, on the CPU; code in the file is never run.  Raises Missing or Problem."""
    path = Path(path)
    if not path.is_file():
        raise Missing(f"there is no {path}.")
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
        if isinstance(content, dict):
            return content
    except (RuntimeError, EOFError, OSError, ValueError, KeyError, pickle.UnpicklingError):
        pass
    raise Problem(f"{path} cannot be read as a checkpoint: it is cut short or of another kind. "
                  "Copy it again from where it was made, or train anew into another folder.") from None
