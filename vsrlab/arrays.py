"""Arrays from files: the sizes that a header promises are compared with the file before anything is read."""
import math
import zipfile
from pathlib import Path

import numpy as np

from vsrlab.errors import Missing, Problem

MOST = 1 << 28                          # bytes of all arrays of a .npz that is read whole


def npy(path) -> tuple:
    """(shape, dtype, byte where the numbers begin) of a .npy file of numbers, row after row, that is what it says it is."""
    path = Path(path)
    if not path.is_file():
        raise Missing(f"no file {path}; check the folder's name, or look at it with: vsrlab doctor {path.parent}")
    try:
        with open(path, "rb") as file:
            return header(file, path.stat().st_size, path)
    except Problem:
        raise
    except OSError as error:
        raise Problem(f"{path} cannot be read ({error.strerror or error}); check its permissions and its disk.") from None


def header(file, size: int, name, kinds: str = "fiu", by_rows: bool = True) -> tuple:
    """The same of an open file of `size` bytes; `name` stands in sentences, `kinds` are numpy's letters of what may be in it."""
    try:
        version = np.lib.format.read_magic(file)
        read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, by_column, dtype = read(file)
        offset = file.tell()
    except OSError:
        raise
    except Exception as error:           # numpy's parser raises what comes to it: tokenize.TokenError, RecursionError, ...
        said = " ".join(str(error).split())[:200] or type(error).__name__
        raise Problem(f"{name} is not a .npy file ({said}); save the array with np.save, or download it again.") from None
    if dtype.hasobject or dtype.kind not in kinds or by_rows and (not shape or by_column and len(shape) > 1):
        raise Problem(f"{name} holds {'column-ordered ' if by_column else ''}{str(dtype)[:60]} {str(shape)[:60]}; "
                      "save rows of numbers: np.save(path, np.ascontiguousarray(array, 'float32'))")
    if min(shape, default=0) < 0 or math.prod(max(1, n) for n in shape) * dtype.itemsize >= 2 ** 62:
        raise Problem(f"{name} promises an array of {str(shape)[:60]}, which there is not; save it again with np.save.")
    expected = offset + math.prod(shape) * dtype.itemsize
    if size != expected:
        raise Problem(f"{name} is {'cut short' if size < expected else 'too long'}: its header promises {expected:,} bytes "
                      f"for {shape} {dtype}, the file has {size:,}; copy or download it again.")
    return shape, dtype, offset


def npz(path, what: str, most: int = MOST) -> dict:
    """{name: array} of a .npz file of numbers, `most` bytes of them at most.  `what` says what it is: "a saved map"."""
    path = Path(path)
    if not path.is_file():
        raise Missing(f"no file {path}; give {what}.")
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            total = sum(member.file_size for member in members)
            if total > most or len(members) > 10_000:
                raise Problem(f"{path} would unpack to {total:,} bytes in {len(members):,} arrays, more than {what} may have "
                              f"({most:,}).")
            return {member.filename.removesuffix(".npy"): _member(archive, member, f"{path}, {member.filename[:60]}")
                    for member in members}
    except Problem:
        raise
    except Exception as error:           # zipfile and zlib raise a dozen kinds
        raise Problem(f"{path} cannot be read as {what} ({' '.join(str(error).split())[:200]}); copy it again from where it was "
                      "made.") from None


def _member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, name: str) -> np.ndarray:
    with archive.open(member) as file:
        header(file, member.file_size, name, "fiubSU", by_rows=False)
    with archive.open(member) as file:
        return np.lib.format.read_array(file, allow_pickle=False)
