"""The work of a leaderboard: one run after the other, each trained or opened, measured once, and written down beside the run.

Everything can be stopped and given again.  Two processes that are given the same board share its work: a run that one of them
holds is left to it.
"""
import gc
import json
import time
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from vsrlab import files
from vsrlab.errors import Problem
from vsrlab.inputs import LINE, parse_json, read_json
from vsrlab.leaderboard import cost
from vsrlab.leaderboard.entry import Measured, answers_of
from vsrlab.leaderboard.wanted import Wanted
from vsrlab.locks import held
from vsrlab.retrieval.evaluate import evaluate
from vsrlab.run import Run
from vsrlab.run.files import environment
from vsrlab.training.fit import fit
from vsrlab.training.folder import Another, identity

RECORD, WORK, SPENT = "leaderboard.json", ".work", "spent.json"
LONG = 300                       # seconds from which a training tells its epochs
NUMBER = (int, float, None)
SHAPE = {"seeds": [int], "values": {str: float}, "answers": [str], "epochs": int, "parameters": int, "cpu": NUMBER, "wall": NUMBER,
         "image_ms": NUMBER, "text_ms": NUMBER, "pair_us": NUMBER, "run": LINE, "weights": LINE, "versions": dict, "settings": dict}
KEPT = {"about": dict, "stamp": dict, "chance": dict, "owner": [int], "measured": SHAPE}
MEASURED = "a record that the leaderboard wrote"


class Busy(Exception):
    """Another process works on this run."""


class Stopped(Exception):
    """The person asked to stop; what was done is saved."""


@dataclass(frozen=True)
class Gallery:
    """What all runs of a board are trained and measured on."""
    train: Any
    test: Any
    dev: Any = None
    protocol: str | None = None

    def about(self) -> dict:
        """Which data, in a few numbers: a record made on others is not taken."""
        sides = {name: identity(c) for name, c in (("train", self.train), ("dev", self.dev), ("test", self.test)) if c is not None}
        return json.loads(json.dumps({**sides, "protocol": self.protocol}))


@dataclass(frozen=True)
class Job:
    """One run of the board."""
    row: Wanted
    seed: int
    settings: Any
    folder: Path

    @property
    def name(self) -> str:
        return f"{self.row.key} seed {self.seed}"

    @property
    def desk(self) -> Path:
        """Where the work on it is locked and its seconds are kept; the run's folder has a lock of its own while it trains."""
        return self.folder.parent / WORK / self.folder.name


def folder(path):
    """Make a folder, or say why it cannot be made."""
    try:
        Path(path).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Problem(f"the folder {path} cannot be made ({error.strerror}); name another one.") from None


def kept(path, about: dict, settings: dict | None):
    """What was written down of these settings and data; None where there is nothing, or it is of others."""
    if not Path(path).is_file():
        return None
    try:
        found = read_json(path, MEASURED, KEPT)
    except Problem:
        return None                                                # measured again, and written anew
    same = found["about"] == about and (settings is None or found["measured"]["settings"] == settings)
    return found if same else None


def done(job: Job, gallery: Gallery, about: dict, only_open: bool = False, seconds: float = 0.0) -> dict | None:
    """The record of one run: {"stamp", "chance", "owner", "measured"}, opened where it is there, else made.

    only_open  None where it is not there;  seconds  that the training will take, roughly: a long one tells its epochs

    Raises Busy where another process holds the run, Stopped, or whatever is wrong with it.
    """
    plain = json.loads(json.dumps(asdict(job.settings)))
    if found := kept(job.folder / RECORD, about, plain):
        return found
    if only_open:
        return None
    folder(job.desk)
    with ExitStack() as stack:
        try:
            stack.enter_context(held(job.desk, "the same run"))
        except Problem:
            raise Busy from None
        if found := kept(job.folder / RECORD, about, plain):       # the other process has just finished it
            return found
        run, spent = trained(job, gallery, "text" if seconds > LONG else "none")
        found = measured(run, gallery, about, [job.seed], **spent, settings=plain)
        files.write_json(job.folder / RECORD, found)
    gc.collect()
    return found


def trained(job: Job, gallery: Gallery, ui: str) -> tuple:
    """(Run, {"cpu", "wall"}): trained, or gone on with; the seconds add up over the calls that it took.

    Seconds of one core are counted to the end of a call; where a process was killed they are not known, and stay None.
    """
    path, before = job.desk / SPENT, {"cpu": 0.0, "wall": 0.0}
    if path.is_file():
        before = parse_json(path.read_text(), path, "what the leaderboard wrote", {"cpu": NUMBER, "wall": NUMBER})
    began, process, run = time.perf_counter(), time.process_time(), None
    files.write_json(path, {**before, "cpu": None})
    try:
        run = fit(gallery.train, job.settings, out=job.folder, dev=gallery.dev, ui=ui)
    except Another as other:
        raise Problem(f"{job.folder} holds another run ({other.how}); rename or remove that folder and call again to train this "
                      "one anew, or name another out folder.") from None
    finally:
        cpu, wall = time.process_time() - process, time.perf_counter() - began
        spent = {"cpu": None if before["cpu"] is None else before["cpu"] + cpu, "wall": (before["wall"] or 0.0) + wall}
        if run is None and not (job.folder / "last.pt").exists():
            path.unlink(missing_ok=True)                           # nothing to go on with
        else:
            files.write_json(path, spent)
    if len(run.log) < run.settings.epochs:
        raise Stopped
    return run, {**spent, "wall": max(spent["wall"], sum(line.get("seconds", 0.0) for line in run.log))}


def measured(run: Run, gallery: Gallery, about: dict, seeds: list, **more) -> dict:
    """A run measured on the gallery, as what is written down."""
    at, each = cost.measured(run, gallery.test)
    size = sum(p.numel() for p in run.model.parameters() if p.requires_grad)
    epochs = min(len(run.log), run.settings.epochs)              # what is solved at once has a line in its log, and no epoch
    return record(evaluate(at, protocol=gallery.protocol), about, seeds=seeds, epochs=epochs, parameters=size, **each,
                  run=run.name, weights=run.fingerprint, versions=environment(run.device), **more)


def record(result, about: dict, **more) -> dict:
    """A Result and what goes with it, as plain values."""
    stamp = {name: value for name, value in result.stamp.items() if name not in ("models", "ensemble")}
    found = Measured(values=result.numbers(), answers=answers_of(result.ranks), **more)
    return {"about": about, "stamp": stamp, "chance": result.chance, "owner": result.image_of_text.tolist(),
            "measured": asdict(found)}


def together(row: Wanted, jobs: list, gallery: Gallery, about: dict, out: Path) -> dict:
    """The record of the mean scores of a row's first two runs, as the papers report two models."""
    folders = [job.folder for job in jobs[:2]]
    path = Path(out) / f"{folders[0].name}+{jobs[1].seed}.json"
    members = [read_json(folder / RECORD, MEASURED, KEPT)["measured"] for folder in folders]
    weights = "+".join(m["weights"] for m in members)
    found = kept(path, about, None)
    if found and found["measured"]["weights"] == weights:
        return found
    runs = [Run.load(folder) for folder in folders]
    add = lambda name: None if any(m[name] is None for m in members) else sum(m[name] for m in members)
    result = evaluate(runs, gallery.test, protocol=gallery.protocol)
    found = record(result, about, seeds=[job.seed for job in jobs[:2]], epochs=members[0]["epochs"], run=path.stem, weights=weights,
                   versions=members[0]["versions"], settings=members[0]["settings"],
                   **{name: add(name) for name in ("parameters", "cpu", "wall", "image_ms", "text_ms", "pair_us")})
    files.write_json(path, found)
    return found
