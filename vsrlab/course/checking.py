"""check, and what belongs to it: starter, hint, solution, restore, progress, exercises."""
import sys

from vsrlab.course import answers, guard
from vsrlab.course.diagnosis import TRIALS, copied, diagnose, line_of, trials
from vsrlab.course.exercise import ORDER, book, exercise
from vsrlab.course.language import tr
from vsrlab.course.sources import source_of
from vsrlab.course.verdict import STATES, Verdict
from vsrlab.errors import Problem

_LOOK = object()


def check(name: str, answer=_LOOK, seconds: float = guard.SECONDS) -> Verdict:
    """Look at an answer and say in one sentence what is the matter with it: check("attend", attend).

    name     id of an exercise, see `exercises()`     answer   the function itself; left out, the notebook's function of its name
    seconds  of computing, after which a function that does not end is stopped

    It never raises and never stops *Run all*; the Verdict shows itself.  What was tried is kept in answers.json.
    """
    try:
        task = exercise(name)
    except Problem as problem:
        return Verdict(str(name), "error", "no-exercise", str(problem))
    if answer is _LOOK:
        answer = sys._getframe(1).f_globals.get(task.name, _LOOK)
        if answer is _LOOK:
            return Verdict(task.id, "error", "missing", tr(
                "there is no {name} yet: run the cell that defines it, then this one again.", name=task.name))
    verdict = examined(task, answer, seconds=seconds)
    if said := answers.tried(task.id, verdict, source_of(answer) if callable(answer) else ""):
        verdict.note = " ".join(filter(None, (verdict.note, said)))
    return verdict


def examined(task, answer, seed: int = 0, least: int = TRIALS, seconds: float = guard.SECONDS) -> Verdict:
    """The verdict on an answer that is run where it can be stopped; nothing is kept."""
    trials(task.id, seed, least)                               # here, so that a copy of this process finds them made

    def work():
        try:
            return diagnose(task, answer, seed, least).plain()
        except guard.Stopped as stop:
            raise type(stop)(line_of(stop, answer)) from None
    try:
        kind, value = guard.guarded(work, seconds)
    except KeyboardInterrupt:
        return Verdict(task.id, "error", "interrupted", tr("you stopped the check."))
    if kind == "done":
        return Verdict.of(value)
    if kind == "time":
        return Verdict(task.id, "time", "time", tr(
            "your function did not come to an end within {seconds:g} seconds and was stopped. Look for a loop whose condition "
            "never becomes false.", seconds=seconds), str(value))
    if kind == "memory":
        return Verdict(task.id, "memory", "memory", tr(
            "your function asks for more memory than an exercise needs. Look for a size that multiplies, or a list that grows."),
            str(value))
    return Verdict(task.id, "error", "died", tr(
        "your function ended Python itself ({how}): recursion without an end, an exit, or memory that ran out.", how=value))


def example(name: str, n: int = 0) -> dict:
    """The arguments of trial n of a check, to look at or to try: hinge(**vl.course.example("hinge", 2))."""
    cases, _ = trials(exercise(name).id, 0, TRIALS)
    if not 0 <= n < len(cases):
        raise Problem(f"{name} is tried on cases 0 to {len(cases) - 1}; case {n} was asked for.")
    return copied(cases[n])


def starter(name: str) -> None:
    """Print the cell with which an exercise begins."""
    print(exercise(name).starter.strip())


def hint(name: str) -> None:
    """Print the next hint of an exercise: the idea, the formula, a line of code.  How many were taken is kept."""
    task, (book_, said) = exercise(name), answers.look()
    taken = book_["exercises"].get(task.id, {}).get("hints", 0)
    if taken >= len(task.hints):
        print(tr("{id}: there is no further hint; vl.course.solution({id!r}) shows the solution.", id=task.id))
        return
    print(tr("{id}, hint {n} of {all}:", id=task.id, n=taken + 1, all=len(task.hints)), tr(task.hints[taken]))
    _tell(answers.change(lambda found: answers.entry(found, task.id).update(hints=taken + 1)) or said)


def solution(name: str) -> None:
    """Print the solution of an exercise; that it was shown is kept."""
    task = exercise(name)
    print(task.solved.rstrip())
    _tell(answers.change(lambda found: answers.entry(found, task.id).update(solution_shown=True)))


def restore(name: str) -> None:
    """Print the source that passed, or that was tried last, so that it can be copied into a cell."""
    task, (found, said) = exercise(name), answers.look()
    source = found["exercises"].get(task.id, {}).get("source", "")
    print(source or tr("# {id}: nothing is kept yet; vl.course.starter({id!r}) prints how it begins.", id=task.id))
    _tell(said)


def exercises():
    """Every exercise as a table: its lesson, minutes, difficulty and importance from 1 to 5, and the function to write."""
    import pandas as pd
    rows = [(task.id, tr(task.title), task.lesson, task.minutes, task.difficulty, task.importance, task.name)
            for task in book().values()]
    return pd.DataFrame(rows, columns=["exercise", "title", "lesson", "minutes", "difficulty", "importance", "function"])


def progress():
    """What was tried and passed so far, as a table: read from answers.json, so it is there after a restart."""
    import pandas as pd
    found, said = answers.look()
    _tell(said)
    rows = []
    place = {name: n for n, name in enumerate(ORDER)}
    for name, kept in sorted(found["exercises"].items(), key=lambda item: place.get(item[0], len(place))):
        state = kept.get("state", "your turn")
        counted = [kept.get("tries", 0), kept.get("hints", 0), kept.get("solution_shown", False)]
        rows.append((name, tr(STATES.get(state, state)), *counted, ", ".join(kept.get("mistakes", {})),
                     kept.get("when", kept.get("first", ""))))
    return pd.DataFrame(rows, columns=["exercise", "state", "tries", "hints", "solution shown", "met", "when"])


def _tell(said: str):
    if said:
        print(said)
