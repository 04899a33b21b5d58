"""answers.json beside the notebook: what was tried, guessed and passed.  Plain JSON, written whole or not at all, for nobody else.

    {"format": "vsrlab answers 1",
     "exercises":   {id: {"tries", "mistakes": {key: how often}, "hints", "solution_shown", "state", "key", "passed",
                          "source", "first", "when"}},
     "predictions": {id: {"guess", "when"}},
     "quiz":        {id: [letters, in the order they were chosen]}}
"""
import time
from contextlib import contextmanager
from pathlib import Path

from vsrlab import files, inputs, locks
from vsrlab.course.language import tr
from vsrlab.errors import Problem, path_of

FORMAT = "vsrlab answers 1"
NAME, LARGE, LONG = "answers.json", 16 << 20, 100_000         # bytes of the file, letters of a source that is kept
WAIT = 3.0                                                    # seconds for another notebook that writes
_ENTRY = {"tries?": inputs.COUNT, "mistakes?": {str: inputs.COUNT}, "hints?": inputs.COUNT, "solution_shown?": bool, "state?": str,
          "key?": str, "passed?": bool, "source?": str, "first?": str, "when?": str}
SHAPE = {"format": str, "exercises": {str: _ENTRY}, "predictions": {str: {"guess": inputs.ANY, "when?": str}},
         "quiz": {str: [str]}}
_STATE = {"path": None}


def keep_in(path) -> Path:
    """Name the file in which answers are kept from now on; without this it is answers.json in the folder of the notebook."""
    _STATE["path"] = path_of("keep_in", path).absolute()
    return _STATE["path"]


def path() -> Path:
    """The file in which answers are kept: chosen once, so that a change of folder does not lose it."""
    return _STATE["path"] or keep_in(NAME)


def now() -> str:
    """The time as it is written down."""
    return time.strftime("%Y-%m-%dT%H:%M:%S")


def empty() -> dict:
    """An answers file in which nothing is written yet."""
    return {"format": FORMAT, "exercises": {}, "predictions": {}, "quiz": {}}


def read(file=None) -> dict:
    """The answers of a file, or of this notebook's; {} entries where there is none yet.  Raises Problem for any other file."""
    file = path() if file is None else Path(file)
    if not file.exists():
        return empty()
    found = inputs.read_json(file, "an answers file of this course", inputs.ANY, LARGE)
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        raise Problem(f"{file} is no answers file of this course ({FORMAT}); give another one.")
    return inputs.checked({**empty(), **found}, SHAPE, file, "an answers file of this course")


def change(edit) -> str:
    """`edit(answers)` changes the answers in place, and they are written; -> what has to be said about that, "" for nothing.

    It never raises.  A file that is broken, or of another program, is put aside under a new name and said; nothing of it is lost.
    """
    said = ""
    try:
        with _alone():
            try:
                answers = read()
            except Problem as problem:
                said, answers = _aside(problem), empty()
            edit(answers)
            files.write_json(path(), answers)
    except (Problem, OSError, ValueError) as problem:
        return tr("This could not be kept: {why}", why=str(problem))
    return said


def look() -> tuple:
    """(the answers, what has to be said about them): a broken file counts as an empty one, and stays where it is."""
    try:
        return read(), ""
    except Problem as problem:
        return empty(), tr("The answers cannot be read: {why}", why=str(problem))


def _aside(problem: Problem) -> str:
    """Give a file that cannot be used another name."""
    old = path()
    new = next(name for n in range(1, 10_000) if not (name := old.with_name(f"{old.stem}.kept-{n}{old.suffix}")).exists())
    old.rename(new)
    return tr("{name} could not be used ({why}) It is kept as {kept}, and a new one is begun.", name=old.name, why=str(problem),
              kept=new.name)


@contextmanager
def _alone():
    """No other notebook of the folder writes meanwhile; one that does is waited for."""
    until = time.monotonic() + WAIT
    while True:
        try:
            lock = locks.held(path().parent, path().name)
            lock.__enter__()
            break
        except Problem:
            if time.monotonic() > until:
                raise
            time.sleep(0.02)
    try:
        yield
    finally:
        lock.__exit__(None, None, None)


# ---------------------------------------------------------------- entries

def entry(answers: dict, name: str) -> dict:
    """What is kept of an exercise, made where there is nothing yet."""
    return answers["exercises"].setdefault(name, {"tries": 0, "first": now()})


def tried(name: str, verdict, source: str) -> str:
    """Keep a try: a later failure does not undo a pass, and does not replace the source that passed.  -> as `change`"""
    if verdict.state == "your turn":
        return ""

    def edit(answers):
        kept = entry(answers, name)
        kept["tries"] = kept.get("tries", 0) + 1
        if verdict.key:
            met = kept.setdefault("mistakes", {})
            met[verdict.key] = met.get(verdict.key, 0) + 1
        if verdict.passed or not kept.get("passed"):
            kept.update(state=verdict.state, key=verdict.key, passed=verdict.passed, source=source[:LONG], when=now())
    return change(edit)
