"""The files of a run: what each holds, how it is read with one sentence for every fault, and how it is written."""
import csv
import io
import json
import platform
import warnings
from dataclasses import asdict
from pathlib import Path

import torch

from vsrlab import __version__, checkpoint, files
from vsrlab.device import same_product
from vsrlab.draw.curves import curves
from vsrlab.errors import Missing, Problem
from vsrlab.inputs import COUNT, checked, read_bytes, read_json
from vsrlab.zoo import row

FORMAT = 1
CORPUS = {"name": str, "split": str, "source?": (dict, None), "regions?": (str, None), "fingerprint?": str}
CONFIG = {"format": int, "settings": dict, "features": COUNT, "vocabulary": str, "corpus": CORPUS,
          "dev": {"how?": str, "fingerprint?": str}}
LINE = {"epoch": COUNT, "rsum": float}
OF = {"settings": dict, "features": COUNT, "vocabulary": str}
ABOUT = ("config.json", "env.json", "vocabulary.json")        # what is written before the first epoch
AGAIN = "run the same vl.fit or 'vsrlab train' again"


def load_state(path, owner: dict) -> dict:
    """The content of best.pt or last.pt, which belongs to the `owner` (see checkpoint.owner).

    Raises Problem for a file that is damaged, of another run, or holds no weights of this kit; it says whether the other file of
    the run is whole.
    """
    path = Path(path)
    try:
        state = checkpoint.load(path)
    except checkpoint.Damaged as damaged:
        raise checkpoint.Damaged(f"{damaged} {_beside(path)}".strip()) from None
    if not isinstance(state.get("model"), dict):
        raise Problem(f"{path} holds no weights of this kit; open official weights with vl.official(path, vocabulary=FILE).")
    if "of" in state and (said := checkpoint.others(checked(state["of"], OF, path, "a checkpoint of this kit"), owner)):
        raise Problem(f"{path} is not of the run that config.json describes ({'; '.join(said)}): the folder mixes two runs, or its "
                      "config.json was changed; copy the folder again from where the run was made.")
    return state


def _beside(path: Path) -> str:
    """Whether the other checkpoint of a run is whole, and what it is good for; "" where there is none."""
    name = {"best": "last", "last": "best"}.get(path.stem, "")
    other = path.with_name(f"{name}.pt")
    if not name or not other.is_file():
        return ""
    try:
        epoch = checkpoint.load(other).get("epoch")
    except Problem:
        return f"{other.name} is damaged too; copy the folder again from where the run was made."
    call = f"vl.Run.load({str(path.parent)!r}{', ' + repr(name) if name == 'last' else ''})"
    then = (f"{AGAIN} to make best.pt from it where it was the best" if name == "last" else
            "to train on, begin beside it with fresh=True (--fresh)")
    return f"{other.name} is whole: {call} opens epoch {epoch}; {then}."


def agreed(log: list, state: dict, path: Path) -> list:
    """The log, where it tells of the epoch that best.pt or last.pt holds; otherwise what the checkpoint tells, and a warning.

    A kill between the writing of the two leaves a log that is an epoch behind.
    """
    best = max(log, key=lambda line: line["rsum"], default={})
    own = state.get("log")
    if path.stem == "last":
        same = own is None or own == log
    else:
        same = "rsum" not in state or (best.get("epoch"), best.get("rsum")) == (state["epoch"], state["rsum"])
    if same:
        return log
    if own is None:                      # files of before best.pt kept the log
        numbers = {name: x for name, x in state.items() if isinstance(x, int | float)}
        own = [line for line in log if line["epoch"] < state["epoch"] and line["rsum"] < state["rsum"]] + [numbers]
    warnings.warn(f"log.jsonl of {path.parent} tells of another epoch than {path.name} holds; epoch and numbers are those of "
                  f"{path.name}.  To write the log anew, {AGAIN}.", stacklevel=3)
    return checked(own, [LINE], path, "a checkpoint of this kit")


def fill(model, state: dict, path):
    """Put weights into a model, or say that they are of another one."""
    try:
        model.load_state_dict(state["model"])
    except RuntimeError as error:
        reason = str(error).strip().splitlines()[1].strip()
        raise Problem(f"{path} does not fit the model that config.json describes ({reason}); the folder mixes two runs.") from None


def read_config(folder: Path) -> dict:
    """config.json of a run, or one sentence about why there is none."""
    if folder.is_file():
        raise Problem(f"{folder} is a file, not the folder of a run; weights of the official programs open with "
                      f"vl.official({str(folder)!r}, vocabulary=FILE).")
    if not folder.is_dir():
        raise Missing(f"there is no run folder {folder}; make one with vl.fit(corpus, settings, out={str(folder)!r}) "
                      f"or 'vsrlab train --out {folder}'.")
    path = folder / "config.json"
    if not path.is_file():
        raise Missing(f"{folder} is not a run: it has no config.json. Give the folder that vl.fit or 'vsrlab train --out' wrote.")
    config = read_json(path, "the config.json that vl.fit or 'vsrlab train --out' wrote", CONFIG)
    if config["format"] != FORMAT:
        raise Problem(f"{path} is of format {config['format']}, and this version reads {FORMAT}; install a newer vsrlab.")
    return config


def read_log(folder: Path) -> list:
    """One dict an epoch; [] where no epoch was written down.  Raises Problem for a file that cannot be read."""
    path, log = folder / "log.jsonl", []
    for number, line in enumerate(read_bytes(path, "a log of epochs").splitlines() if path.exists() else (), 1):
        try:
            log.append(checked(json.loads(line), LINE, path, "a log of epochs"))
        except (ValueError, RecursionError):
            raise Problem(f"{path} is damaged in line {number}; {AGAIN}, which writes it anew, or remove it: the weights are "
                          "elsewhere.") from None
    return log


def write_about(run, about: dict):
    """What never changes in a run: config.json first, for it marks the folder as one that may be gone on with."""
    try:
        run.folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Problem(f"the folder {run.folder} cannot be made ({error.strerror}); name another one.") from None
    of = row(run.settings.model).paper
    files.write_json(run.folder / "config.json", {
        "format": FORMAT, "settings": asdict(run.settings), "features": run.features,
        "vocabulary": run.vocabulary.fingerprint, **about,
        "zoo": {"paper": of.reference, "year": of.year, "idea": of.idea}})
    if not (run.folder / "env.json").exists():               # it tells where the run was begun
        files.write_json(run.folder / "env.json", environment(run.device))
    run.vocabulary.save(run.folder / "vocabulary.json")


def write_log(run, dev=None):
    """The log as a table, as a picture and as JSON lines, and the numbers of the best epoch on `dev`.

    log.jsonl comes last: when it tells of an epoch, so do the others.
    """
    names = list(dict.fromkeys(name for line in run.log for name in line))
    table = io.StringIO()
    writer = csv.DictWriter(table, names)
    writer.writeheader()
    writer.writerows({name: files.harmless(x) for name, x in line.items()} for line in run.log)
    files.write_text(run.folder / "history.csv", table.getvalue())
    if dev is not None and run.log:
        files.write_json(run.folder / "metrics.json", metrics(run.best, dev))
    if run.log:                                                # stopped within the first epoch: nothing to draw yet
        picture = curves(run.log)
        files.write(run.folder / "curves.png", lambda file: picture.savefig(file, format="png", dpi=100))
    files.write_text(run.folder / "log.jsonl", "".join(json.dumps(line) + "\n" for line in run.log))


def metrics(line: dict, dev) -> dict:
    """What the log's line of an epoch says of the model, and how it was measured."""
    kept = {name: x for name, x in line.items() if "R@" in name or name == "rsum" or name.endswith(("medr", "meanr"))}
    return {"epoch": line["epoch"], **kept,
            "protocol": {"split": dev.split or line["dev"], "images": len(dev), "texts": len(dev.texts), "ties": "worst",
                         "ensemble": False}}


def recorded_product(folder) -> str | None:
    """The product of float32 that the first process of a run took (device.product); None: nothing is known of it."""
    try:
        return read_json(folder / "env.json", "what a run was begun with", dict).get("product")
    except Problem:
        return None


def environment(device: torch.device, former: str | None = None) -> dict:
    """Versions, hardware and the product of float32, nothing about the place: no paths, no names of machines or users.

    former  the product that an earlier process took, which is kept where it is exact
    """
    import numpy
    cuda = device.type == "cuda"
    return {"vsrlab": __version__, "python": platform.python_version(), "torch": torch.__version__, "numpy": numpy.__version__,
            "system": platform.system(), "device": torch.cuda.get_device_name(device) if cuda else "cpu",
            "cuda": torch.version.cuda if cuda else None, "threads": torch.get_num_threads(),
            "product": None if torch.cuda.is_available() else same_product(former)}
