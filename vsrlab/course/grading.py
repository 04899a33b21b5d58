"""Grade what was handed in: every source runs again, in a process of its own with limits, on cases that nobody has seen.

A stored "passed" is never believed.  `python -m vsrlab.course.grading` is the worker: it reads jobs as JSON from its input and
writes a verdict a line.  It opens torch once, and runs each source in a copy of itself (vsrlab.course.guard); where a process
cannot be copied, each source gets a worker of its own.
"""
import json
import linecache
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from vsrlab.course import guard
from vsrlab.course.diagnosis import TRIALS, diagnose, trials
from vsrlab.course.exercise import PRELUDE, exercise
from vsrlab.course.language import language, tr
from vsrlab.course.verdict import Verdict
from vsrlab.errors import Problem

START, FILE = 120.0, "<answer>"      # seconds for a worker to open its libraries; the name of a source in tracebacks
TRUE_COPY = sys.platform == "linux"


def grade(jobs, seed: int = 1000, seconds: float = guard.SECONDS) -> list:
    """Verdicts of [(exercise id, source), ...], in their order; it raises nothing on account of a source.

    seed     other than 0, so that the cases are not those of a notebook's check
    seconds  of computing for each source
    """
    jobs = [(str(name), str(source)) for name, source in jobs]
    lots = [jobs] if TRUE_COPY else [[job] for job in jobs]
    return [verdict for lot in lots if lot for verdict in _worked(lot, seed, seconds)]


def _worked(jobs, seed, seconds) -> list:
    """What a worker says of some jobs; one that dies is begun again behind the job that killed it."""
    done: list = []
    while len(done) < len(jobs):
        lines = _worker(jobs[len(done):], seed, seconds)
        done += [Verdict.of(json.loads(line)) for line in lines]
        if len(done) < len(jobs):
            done.append(Verdict(jobs[len(done)][0], "error", "died", tr(
                "the source ended Python itself, or was not done in time.")))
    return done


def _worker(jobs, seed, seconds) -> list:
    """The lines that a new process writes, whole ones alone."""
    root = str(Path(__file__).resolve().parents[2])
    with tempfile.TemporaryDirectory() as empty:
        world = {**os.environ, "OMP_NUM_THREADS": "1", "VSRLAB_LANGUAGE": language(), "HOME": empty,
                 "PYTHONPATH": os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH"))))}
        order = json.dumps({"jobs": jobs, "seed": seed, "seconds": seconds}).encode()
        try:
            done = subprocess.run([sys.executable, "-m", "vsrlab.course.grading"], input=order, cwd=empty, env=world,
                                  stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False,
                                  timeout=START + len(jobs) * (guard.START + max(guard.PATIENCE * seconds, guard.CLOCK)))
            said = done.stdout
        except subprocess.TimeoutExpired as late:
            said = late.stdout or b""
    return said.decode("utf-8", "replace").split("\n")[:-1]


def verdict_on(name: str, source: str, seed: int, seconds: float) -> Verdict:
    """The verdict on a source, run where it can be stopped; in the worker."""
    try:
        task = exercise(name)
    except Problem as problem:
        return Verdict(name, "error", "no-exercise", str(problem))
    trials(task.id, seed, TRIALS)
    kind, value = guard.guarded(lambda: _run(task, source, seed).plain(), seconds)
    if kind == "done":
        return Verdict.of(value)
    if kind in ("time", "memory"):
        return Verdict(task.id, kind, kind, tr("it was stopped: it used up its time.") if kind == "time" else
                       tr("it was stopped: it used up its memory."))
    return Verdict(task.id, "error", "died", tr("it ended Python itself ({how}).", how=value))


def _run(task, source: str, seed: int) -> Verdict:
    """Make the function of a source, and look at it."""
    linecache.cache[FILE] = (len(source), None, source.splitlines(keepends=True), FILE)
    space = {"__name__": "answer", "display": lambda *_, **__: None}        # a notebook has it without an import
    try:
        exec(PRELUDE, space)
        exec(compile(source, FILE, "exec"), space)
    except Exception as error:                                     # whatever stands in the source
        return Verdict(task.id, "error", type(error).__name__, tr(
            "the source stopped with {kind}: {said}", kind=type(error).__name__, said=str(error)[:160]))
    answer = space.get(task.name)
    if answer is None:
        return Verdict(task.id, "error", "missing", tr("there is no {name} in the source.", name=task.name))
    return diagnose(task, answer, seed)


def main():
    """The worker: jobs from the input, a verdict a line to where the output was when it began."""
    order = json.loads(sys.stdin.buffer.read())
    out = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(nowhere, number)
    for name, source in order["jobs"]:
        out.write(json.dumps(verdict_on(name, source, order["seed"], order["seconds"]).plain()).encode() + b"\n")
        out.flush()


if __name__ == "__main__":
    main()
