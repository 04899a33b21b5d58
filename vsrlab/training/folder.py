"""The folder that a run is trained into: made, found again, kept from others, and left tidy."""
import hashlib
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict
from errno import EROFS
from pathlib import Path

import numpy as np

from vsrlab import files
from vsrlab.checkpoint import ROWS, others, owner
from vsrlab.data.words import Vocabulary
from vsrlab.errors import Problem
from vsrlab.inputs import read_json
from vsrlab.locks import held
from vsrlab.run import Run
from vsrlab.run.files import ABOUT, environment, read_config, write_about


class Another(Problem):
    """The folder holds a run of other settings or other data; `how` says which."""

    def __init__(self, folder, how: str):
        super().__init__(f"{folder} holds another run ({how}): name another folder, give the same again to go on, "
                         "or begin beside it with fresh=True (--fresh).")
        self.how = how


def opened(run: Run, about: dict, folder: Path, fresh: bool, closing: ExitStack) -> tuple:
    """Make the folder, or find that it is this very run's; -> (folder, sentence for the person).

    Until `closing` is closed no other process trains into it.
    """
    if folder.exists() and not folder.is_dir():
        raise Problem(f"{folder} is a file; name a folder for the run.")
    said = ""
    if fresh and _occupied(folder):
        asked, number = folder, 2
        while _occupied(folder := asked.with_name(f"{asked.name}-{number}")):
            number += 1
        said = f"{asked} is kept; the new run is in {folder}"
    closing.enter_context(_alone(folder))
    run.folder = folder
    if _occupied(folder):
        _same(folder, read_config(folder), run, about)
    there = all((folder / name).exists() for name in ("last.pt", *ABOUT)) and _knows(folder, run.vocabulary)
    if not there or asdict(run.settings) != read_config(folder)["settings"]:
        with nothing_half(run):
            write_about(run, about)
    return str(folder), said


@contextmanager
def _alone(folder: Path):
    """The folder is made, locked and swept; an empty one goes again.  One that may not be written is opened as it is."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Problem(f"the folder {folder} cannot be made ({error.strerror}); name another one.") from None
    with ExitStack() as closing:
        closing.callback(_leave, folder)
        try:
            closing.enter_context(held(folder, "a run"))
            files.sweep(folder)
        except PermissionError:
            pass                         # a finished run is opened all the same; the first thing to be written says why it is not
        except OSError as error:
            if error.errno != EROFS:
                raise Problem(f"{folder} cannot be written ({error.strerror or error}); name another folder.") from None
        yield


def _leave(folder: Path):
    """Remove the folder if it is empty."""
    with suppress(OSError):
        folder.rmdir()


@contextmanager
def nothing_half(run: Run, main: bool = True):
    """A training that fails before its first save leaves nothing in its folder: there would be nothing to go on with."""
    try:
        yield
    except Exception:
        if main and run.folder and not any((run.folder / name).exists() for name in ("best.pt", "last.pt")):
            for name in ABOUT:
                with suppress(OSError):
                    (run.folder / name).unlink(missing_ok=True)
        raise


def _knows(folder: Path, vocabulary: Vocabulary) -> bool:
    """Does the folder's vocabulary.json hold these words?"""
    try:
        return Vocabulary.load(folder / "vocabulary.json") == vocabulary
    except Problem:
        return False


def elsewhere(run: Run) -> str:
    """What differs where a run goes on from where it was begun, for sums are rounded in another order there; "" for nothing."""
    try:
        there = read_json(run.folder / "env.json", "what a run was begun with", dict)
    except Problem:
        return ""
    here = environment(run.device, there.get("product"))
    said = [f"{name} {there[name]} then, {here[name]} now" for name in ("threads", "torch", "device", "product")
            if name in there and there[name] != here[name]]
    return f" ({'; '.join(said)}: the weights will differ in their last digits from those of one go)" if said else ""


def _occupied(folder: Path) -> bool:
    return folder.exists() and any(not path.name.startswith(".") for path in folder.iterdir())


def _same(folder, config, run, about):
    """Refuse to go on with a run of other settings or other data."""
    here = owner(run.settings, run.features, run.vocabulary.fingerprint)
    other = [f"the {name} data are others" for side, name in (("corpus", "training"), ("dev", "development"))
             if config[side].get("fingerprint") != about[side]["fingerprint"]]
    said = others(config, here)
    if said != [ROWS] or not other:      # other captions make another vocabulary: one sentence will do
        other = said + other
    if other:
        raise Another(folder, "; ".join(other))


def identity(corpus) -> dict:
    """What a corpus was, in a few numbers; the fingerprint covers texts, owners, shape and the first image."""
    digest = hashlib.sha256("\n".join(corpus.texts).encode())
    digest.update(np.ascontiguousarray(corpus.image_of_text, dtype=np.int64).tobytes())
    digest.update(repr(tuple(corpus.regions.shape)).encode())
    digest.update(np.asarray(corpus.regions[np.arange(1)]).tobytes())
    return {"name": corpus.name, "split": corpus.split, "regions": corpus.kind, "images": len(corpus), "texts": len(corpus.texts),
            "fingerprint": digest.hexdigest()[:12]}
