"""Arrays that other programs wrote, read without running any code in them: .npy, .npz, .pt, CSV; or given as they are."""
import math
import pickle
import warnings
import zipfile
from pathlib import Path

import numpy as np

from vsrlab.arrays import MOST, header
from vsrlab.checkpoint import whole_parts
from vsrlab.errors import Missing, Problem
from vsrlab.inputs import short, unreadable

BLOCK = 2 ** 22                # numbers that are looked at together
PACKED = 20                    # times that scores may be packed: those of a model hardly can


def matrix(source, what: str, key: str | None = None) -> np.ndarray:
    """(N, M) numbers of an array, a tensor, or a file; a .npy file stays on disk as a memory map.

    what  what the numbers are, for sentences: "scores"
    key   the name of the array in a .npz file, or of the tensor in a .pt file, that holds several

    Raises Missing or Problem: no file, cut short, of another kind, several arrays, text, objects, not two axes, empty.
    """
    said = what if not isinstance(source, (str, Path)) else f"{what} {source}"
    x = _array(_read(Path(source), key) if isinstance(source, (str, Path)) else source, said)
    if x.dtype.kind not in "fiu":
        raise Problem(f"{said} hold {x.dtype} and not numbers; save a float32 array of two axes.")
    if x.ndim != 2:
        raise Problem(f"{said} are {x.shape}, {x.ndim} ax{'is' if x.ndim == 1 else 'es'}; expected two: one row each.")
    if not x.size:
        raise Problem(f"{said} are {x.shape}, which is empty; write the array again.")
    return x


def _array(x, said) -> np.ndarray:
    """An array, a tensor or nested lists as an array."""
    if hasattr(x, "detach"):
        x = x.detach().cpu()
        x = (x.float() if str(x.dtype) == "torch.bfloat16" else x).numpy()          # a type that numpy does not have
    try:
        return x if isinstance(x, np.ndarray) else np.asarray(x)
    except ValueError:
        raise Problem(f"{said} are rows of different lengths; give every image a number for every text.") from None


def _read(path: Path, key):
    if not path.is_file():
        raise Missing(f"there is no file {path}; give a .npy, .npz, .pt or .csv file, or the array itself.")
    kind = path.suffix.lower()
    if kind not in READERS:
        raise Problem(f"{path} ends in {kind or 'nothing'}; arrays are read from {', '.join(READERS)}. A pickle is never opened: "
                      "load it where it was made, and save it with numpy.save.")
    try:
        with path.open("rb") as file:
            if file.read(1) == b"\x80" and not kind.startswith(".pt"):
                raise Problem(f"{path} is a pickle, which is never opened; save a plain array where it was made: "
                              "numpy.save(path, x).")
        return READERS[kind](path, key)
    except Problem:
        raise
    except OSError as error:
        raise unreadable(path, error) from None


def _npy(path, key):
    with path.open("rb") as file:
        shape = header(file, path.stat().st_size, path, by_rows=False)[0]
    return np.load(path, mmap_mode="r" if math.prod(shape) else None, allow_pickle=False)      # nothing cannot be mapped


def _npz(path, key):
    try:
        with zipfile.ZipFile(path) as archive:
            members = {member.filename.removesuffix(".npy"): member for member in archive.infolist()}
            member = members[_chosen(path, key, list(members))]
            name = f"{path}, {member.filename[:60]}"
            if member.file_size > max(MOST, PACKED * member.compress_size):
                raise Problem(f"{name} would unpack to {member.file_size:,} bytes, {PACKED} times what it takes and more; write it "
                              "with numpy.save.")
            with archive.open(member) as file:
                header(file, member.file_size, name, by_rows=False)
            with archive.open(member) as file:
                return np.lib.format.read_array(file, allow_pickle=False)
    except Problem:
        raise
    except Exception as error:           # zipfile and zlib raise a dozen kinds
        raise Problem(f"{path} cannot be read as a .npz file ({short(error)}); write or copy it again.") from None


def _pt(path, key):
    import torch
    whole_parts(path)
    try:
        with warnings.catch_warnings(action="ignore"):             # about pickles that are refused anyway
            found = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError:
        raise Problem(f"{path} holds Python objects, which are never opened; save the tensor alone, torch.save(x, path).") from None
    except Exception as error:                                     # a broken file raises whatever comes to its reader
        raise Problem(f"{path} cannot be read as a .pt file ({short(error)}); write or copy it again.") from None
    if isinstance(found, dict):
        tensors = {str(name): x for name, x in found.items() if isinstance(x, torch.Tensor)}
        return tensors[_chosen(path, key, list(tensors))]
    return found


def _chosen(path, key, names) -> str:
    """The one array of a file, or the one that is named."""
    if key is None and len(names) == 1:
        return names[0]
    if key in names:
        return key
    listed = ", ".join(names) or "none"
    raise Problem(f"{path} has no array {key!r}; there are: {listed}." if key is not None else
                  f"{path} holds {len(names)} arrays ({listed}); name one: key={names[0] if names else 'x'!r}.")


def _csv(path, key):
    import pandas
    mark = "\t" if path.suffix.lower() == ".tsv" else ","
    try:
        x = pandas.read_csv(path, header=None, sep=mark)
    except (pandas.errors.ParserError, pandas.errors.EmptyDataError, UnicodeDecodeError) as error:
        raise Problem(f"{path} is no table of numbers ({str(error).strip().splitlines()[-1]}); "
                      "write one row of numbers for each image, without a header.") from None
    odd = next((name for name in x.columns if x[name].dtype.kind not in "fiu"), None)
    if odd is not None:
        row = next(n for n, value in enumerate(x[odd]) if not _number(value))
        raise Problem(f"{path}, row {row}, column {odd}: {str(x[odd][row])[:40]!r} is no number; write numbers alone, without a "
                      "header.")
    return x.to_numpy(np.float32)


def _number(value) -> bool:
    try:
        float(value)
        return True
    except (TypeError, ValueError):
        return False


READERS = {".npy": _npy, ".npz": _npz, ".pt": _pt, ".pth": _pt, ".csv": _csv, ".tsv": _csv}


def finite(x, what: str, column: str):
    """Refuse NaN and infinities; the sentence names the row and the column, and a half float that overflowed."""
    step = max(1, BLOCK // x.shape[1])
    for start in range(0, len(x), step):
        wrong = ~np.isfinite(x[start:start + step])
        if wrong.any():
            row, at = np.argwhere(wrong)[0]
            value = x[start + row, at]
            half = np.isinf(value) and x.dtype == np.float16
            raise Problem(f"{what}: row {start + row}, {column} {at} is {value}; "
                          + ("half precision ends at 65,504, so save them as float32." if half else
                             "look for a division by zero or a loss that diverged where they were made."))


def repeated(x, times: int = 5, looks: int = 3) -> bool:
    """Does each row stand `times` times, one after the other, as image vectors and scores are often kept beside their captions?

    Looked at in the first, the last and `looks` random groups of rows; they are equal up to rounding.  Where all groups are the
    same, nothing can be told, and the rows are taken as they stand.
    """
    groups, left = divmod(len(x), times)
    if left or not groups or groups > 1 and (np.asarray(x[0]) == np.asarray(x[-1])).all():
        return False
    for group in {0, groups - 1, *np.random.default_rng(0).integers(groups, size=looks).tolist()}:
        rows = np.asarray(x[group * times:(group + 1) * times], np.float64)
        if not np.allclose(rows, rows[:1], rtol=1e-4, atol=1e-6 * np.abs(rows).max()):
            return False
    return True
