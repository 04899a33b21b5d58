"""One writer at a time in a folder: a lock that ends with the process that holds it, however that ends."""
import errno
import os
from contextlib import contextmanager, suppress
from pathlib import Path

from vsrlab.errors import Problem

NAME = ".vsrlab.lock"
_TAKEN = (errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES)
try:
    import fcntl
except ImportError:                     # Windows
    fcntl = None


@contextmanager
def held(folder, what: str):
    """Keep other processes, and other threads, from writing into a folder meanwhile; `what` stands in the sentence for them.

    The lock is the system's (flock), so a process that was killed leaves none.  Where the system or the disk knows no flock, two
    writers are not kept apart.
    """
    path = Path(folder) / NAME
    file = _open(path, what)
    try:
        yield
    finally:
        with suppress(OSError):          # Windows does not remove an open file
            path.unlink(missing_ok=True)
        os.close(file)


def _open(path: Path, what: str) -> int:
    """The locked file; a Problem where another holds it."""
    while True:
        file = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            if fcntl:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno in _TAKEN:
                process = os.read(file, 20).decode("ascii", "replace").strip()
                os.close(file)
                raise Problem(f"another process{f' ({process})' if process else ''} writes {what} into {path.parent}; wait until "
                              "it is done, or end it, then give the same command again.") from None
        if _is(file, path):             # else the one that held it has just removed it
            os.truncate(file, 0)
            os.write(file, f"{os.getpid()}\n".encode())
            return file
        os.close(file)


def _is(file: int, path: Path) -> bool:
    try:
        return os.name != "posix" or os.fstat(file).st_ino == os.stat(path).st_ino
    except FileNotFoundError:
        return False
