"""Files that survive a crash: written under a temporary name and renamed, read without running code in them."""
import json
import os
import pickle
from pathlib import Path

import torch

from vsrlab.errors import Missing, Problem


def write(path, fill) -> Path:
    """`fill(file)` writes a new file; only when it is complete does it take the place of the old one.

    Raises Problem, and leaves the old file as it was, when the disk is full or the folder may not be written.
    """
    path = Path(path)
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")      # one for each process: two may write the same file
    try:
        with partial.open("wb") as file:
            fill(file)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except (OSError, RuntimeError) as error:                 # torch reports a write that failed as a RuntimeError
        cause = error.__context__ if isinstance(error, RuntimeError) else error
        reason = getattr(cause, "strerror", None) or str(error).splitlines()[0]
        kept = f"the former {path.name} is as it was" if path.exists() else "nothing half-written is left"
        raise Problem(f"{path} could not be saved ({reason}); {kept}. Free some space or check the folder's permissions, "
                      "then give the same command again.") from error
    finally:
        partial.unlink(missing_ok=True)
    return path


def sweep(folder):
    """Remove the half-written files of processes that were killed; those of one that still runs stay."""
    for partial in Path(folder).glob(".*.partial"):
        process = partial.name.split(".")[-2]
        if not (process.isdigit() and _runs(int(process))):
            partial.unlink(missing_ok=True)


def _runs(process: int) -> bool:
    """Is there a process of that number?  Where it cannot be asked without ending it (Windows), the answer is yes."""
    try:
        if os.name == "posix":
            os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def write_text(path, text: str) -> Path:
    return write(path, lambda file: file.write(text.encode()))


def write_json(path, value) -> Path:
    return write_text(path, json.dumps(value, indent=1, ensure_ascii=False) + "\n")


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
