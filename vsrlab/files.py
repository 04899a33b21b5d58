"""A file is whole or not there: written under a temporary name, brought to the disk, and renamed."""
import json
import os
from contextlib import suppress
from pathlib import Path

from vsrlab.errors import Problem, path_of

FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")           # how a formula of a spreadsheet begins


def write(path, fill) -> Path:
    """`fill(file)` writes a new file; only when it is complete does it take the place of the old one.

    Raises Problem, and leaves the old file as it was, when the disk is full or the folder may not be written.
    """
    path = path_of("what is saved", path)
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")      # one for each process: two may write the same file
    try:
        with partial.open("wb") as file:
            fill(file)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
        sync(path.parent)
    except (OSError, RuntimeError) as error:                 # torch reports a write that failed as a RuntimeError
        cause = error.__context__ if isinstance(error, RuntimeError) else error
        reason = getattr(cause, "strerror", None) or str(error).splitlines()[0]
        kept = f"the former {path.name} is as it was" if os.path.exists(path) else "nothing half-written is left"
        raise Problem(f"{path} could not be saved ({reason}); {kept}. Free some space or check the folder's permissions, "
                      "then give the same command again.") from error
    finally:
        with suppress(OSError):                              # a name that is too long, a folder that may not be written
            partial.unlink(missing_ok=True)
    return path


def sync(folder: Path):
    """Bring a folder's list of names to the disk, so that a rename outlives a power cut; Windows has no such call."""
    if os.name == "posix":
        number = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(number)
        finally:
            os.close(number)


def sweep(folder):
    """Remove the half-written files of processes that were killed; those of one that still runs stay.

    Rows of features that grow (.train_ims.npy.partial) stay too: the work that wrote them is gone on with.
    """
    for partial in Path(folder).glob(".*.partial"):
        process = partial.name.split(".")[-2]
        if process != "npy" and not (process.isdigit() and _runs(int(process))):
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
    """Write a text as UTF-8, whole or not at all."""
    return write(path, lambda file: file.write(text.encode()))


def csv_text(table) -> str:
    """A pandas DataFrame as CSV.  A text that a spreadsheet would run as a formula (= + - @ come first) gets an apostrophe."""
    safe = table.rename(columns=harmless)
    for name in range(safe.shape[1]):
        if safe.dtypes.iloc[name].kind not in "fiub":
            safe.isetitem(name, safe.iloc[:, name].map(harmless))
    return safe.to_csv(index=False)


def harmless(value):
    """A cell of a table that is no formula: an apostrophe before a text that begins like one; numbers as they are."""
    formula = isinstance(value, str) and value.lstrip().startswith(FORMULA) and not _number(value)
    return f"'{value}" if formula else value


def _number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def write_json(path, value) -> Path:
    """Write a value as JSON, whole or not at all."""
    return write_text(path, json.dumps(value, indent=1, ensure_ascii=False) + "\n")
