"""Arrays on disk: read by rows without keeping them in memory, written by rows and whole only when finished."""
import io
import math
import os
from contextlib import contextmanager
from errno import EDQUOT, ENOSPC
from pathlib import Path

import numpy as np

from vsrlab.arrays import npy
from vsrlab.errors import Problem
from vsrlab.files import sweep, sync, write
from vsrlab.locks import held


class Stored:
    """A .npy file as an array whose rows are read when they are asked for: shape, dtype, len, indexing by rows.

    Rows are read with plain reads into one buffer, not through a memory map: every page that a map touches counts
    as the process's own memory until the system takes it back, so an epoch over 9 GB of features looks like 9 GB
    resident and is killed where memory is limited.  What was read stays in the system's file cache, which costs
    nobody anything.  The file is opened for each call, so threads and forked workers share nothing.
    """

    def __init__(self, path, step: int = 1, rows: int | None = None):
        """Every `step`-th row of a .npy file (images repeated for each caption), the first `rows` of them."""
        self.path, self.step = Path(path), step
        whole, self.dtype, self.offset = npy(self.path)
        count = -(-whole[0] // step)
        self.shape = (count if rows is None else min(rows, count), *whole[1:])

    @property
    def ndim(self) -> int:
        """Number of axes, as of an array."""
        return len(self.shape)

    @property
    def nbytes(self) -> int:
        """Size of all rows, bytes."""
        return math.prod(self.shape) * self.dtype.itemsize

    def __len__(self) -> int:
        return self.shape[0]

    def __repr__(self) -> str:
        return f"Stored {self.path.name} {self.shape} {self.dtype}"

    def __array__(self, dtype=None, copy=None):
        return np.asarray(self[:], dtype=dtype)

    def __getitem__(self, index):
        """Rows by number, slice, mask or array of numbers, in the order asked; x[rows, more] indexes what was read."""
        rows, more = (index[0], index[1:]) if isinstance(index, tuple) else (index, ())
        picked = np.arange(len(self))[rows]
        unique, back = np.unique(picked, return_inverse=True)            # the disk likes ascending rows, each once
        found = self._read(unique * self.step)
        if picked.ndim == 0:
            found = found[0]
        elif len(unique) < picked.size or (np.diff(picked.reshape(-1)) < 0).any():
            found = found[back.reshape(picked.shape)]
        return found[(slice(None),) * picked.ndim + more] if more else found

    def _read(self, rows) -> np.ndarray:
        """Ascending row numbers of the file -> a new array; neighbours are read in one go."""
        found = np.empty((len(rows), *self.shape[1:]), self.dtype)
        if not found.size:
            return found
        size = found[0].nbytes
        cuts = np.flatnonzero(np.diff(rows) != 1) + 1
        view = memoryview(found.reshape(-1).view(np.uint8))
        with open(self.path, "rb", buffering=0) as file:
            starts = [0, *cuts.tolist(), len(rows)]
            runs = [(a, b, self.offset + int(rows[a]) * size) for a, b in zip(starts, starts[1:])]
            if hasattr(os, "posix_fadvise"):                              # let the disk fetch all of them at once
                for a, b, place in runs:
                    os.posix_fadvise(file.fileno(), place, (b - a) * size, os.POSIX_FADV_WILLNEED)
            for a, b, place in runs:
                file.seek(place)
                got = a * size
                while got < b * size:
                    read = file.readinto(view[got:b * size])
                    if not read:
                        raise Problem(f"{self.path} ended at byte {file.tell():,} while it was read; load it again.")
                    got += read
        return found


class RowsFile:
    """A .npy file that grows row by row under the name of a hidden partial file, and gets its own name when it is whole.

    The partial file survives an interruption; opening it again goes on where it was.
    """
    HEADER = 128                                                          # bytes; numpy pads its own header to the same

    def __init__(self, path, shape: tuple, dtype):
        """`shape` and `dtype` of one row."""
        self.path, self.shape, self.dtype = Path(path), tuple(shape), np.dtype(dtype)
        self.partial = self.path.with_name(f".{self.path.name}.partial")
        self.file = open(self.partial, "r+b" if self.partial.exists() else "w+b")

    def put(self, row: int, values):
        """Write row number `row`; rows may come in any order."""
        data = np.ascontiguousarray(values, self.dtype)
        if data.shape != self.shape:
            raise ValueError(f"row {row} of {self.path.name} is {data.shape}, expected {self.shape}")
        self.file.seek(self.HEADER + row * data.nbytes)
        self.file.write(data.data)

    def flush(self):
        """Hand what was written to the disk."""
        self.file.flush()
        os.fsync(self.file.fileno())

    def finish(self, rows: int, kept=None) -> Path:
        """Write the header for `rows` rows and give the file its name; `kept` are the row numbers that stay, default all."""
        if kept is not None:
            return self._finish_some(kept)
        header = io.BytesIO()
        np.lib.format.write_array_header_1_0(header, {
            "descr": np.lib.format.dtype_to_descr(self.dtype), "fortran_order": False, "shape": (rows, *self.shape)})
        assert header.tell() == self.HEADER
        self.file.seek(0)
        self.file.write(header.getvalue())
        self.flush()
        self.file.close()
        self.partial.replace(self.path)
        sync(self.path.parent)
        return self.path

    def _finish_some(self, kept) -> Path:
        """A new file of some rows: the partial one stays whole until it is there."""
        size = math.prod(self.shape) * self.dtype.itemsize

        def fill(file):
            np.lib.format.write_array_header_1_0(file, {
                "descr": np.lib.format.dtype_to_descr(self.dtype), "fortran_order": False, "shape": (len(kept), *self.shape)})
            for row in kept:
                self.file.seek(self.HEADER + int(row) * size)
                file.write(self.file.read(size))
        self.flush()
        write(self.path, fill)
        self.file.close()
        self.partial.unlink()
        return self.path

    def close(self):
        """Close the file; rows can no longer be read or written."""
        self.file.close()


@contextmanager
def writing(out: Path, what: str):
    """A folder that one process writes into: made, locked, swept.  A full disk, or a folder that is not writable, is a sentence."""
    new = not out.exists()
    try:
        out.mkdir(parents=True, exist_ok=True)
        with held(out, what):
            sweep(out)
            yield
    except Problem:
        raise
    except OSError as error:
        if error.errno in (ENOSPC, EDQUOT):
            raise Problem(f"the disk of {out} is full; what was made so far is kept, so free some space and give the same call "
                          "again.") from None
        raise Problem(f"{error.filename or out} cannot be written ({error.strerror or error}); choose another folder.") from None
    finally:
        if new and out.is_dir() and not any(out.iterdir()):
            out.rmdir()


def size_in_words(size: int) -> str:
    """1536 -> "1.5 KiB"."""
    for unit in ("bytes", "KiB", "MiB"):
        if size < 1024:
            return f"{size:.1f} {unit}" if unit != "bytes" else f"{size} {unit}"
        size /= 1024
    return f"{size:,.1f} GiB"
