"""What is the matter with an answer?  The order of the questions is that of a teaching assistant who looks over a shoulder.

Untouched -> half filled -> stopped -> a known wrong answer -> kind, size, gradient -> not finite -> a property that does not hold
-> the smallest case that differs -> passed.  A known wrong answer is recognised by its values, so that every way of writing the
same mistake gets the same sentence; it comes before kind and size because some mistakes have a size of their own.
"""
import copy
import inspect
import io
from contextlib import redirect_stderr, redirect_stdout
from functools import lru_cache

import numpy as np
import torch

from vsrlab.course import compare
from vsrlab.course.exercise import Exercise, exercise
from vsrlab.course.language import tr
from vsrlab.course.verdict import Verdict, your_turn

TRIALS, MOST = 6, 40          # trials of a check; more are drawn until they tell all known wrong answers apart
SHOWN = 5                     # printed lines that are shown


def diagnose(task: Exercise, answer, seed: int = 0, least: int = TRIALS) -> Verdict:
    """The verdict on an answer, here and now; `check` calls it where a function that never ends can be stopped."""
    if compare.is_blank(answer):
        return your_turn(task.id)
    if not callable(answer):
        return Verdict(task.id, "error", "not-a-function", tr(
            "hand over {name} itself, without calling it: check({id!r}, {name}).", name=task.name, id=task.id))
    cases, expected = trials(task.id, seed, least)
    printed = io.StringIO()
    with redirect_stdout(printed), redirect_stderr(printed):
        verdict, got = _answers(task, answer, cases, printed)
        verdict = verdict or _judged(task, answer, cases, got, expected)
    lines = printed.getvalue().strip().splitlines()
    if lines and verdict.key != "prints":
        verdict.note = tr("It printed {n} lines; the first: {lines}", n=len(lines), lines=" | ".join(lines[:SHOWN])[:200])
    return verdict


@lru_cache(maxsize=64)
def trials(name: str, seed: int, least: int) -> tuple:
    """([keyword arguments], [right results]): random cases, as many as tell every known wrong answer from every other."""
    task, cases, results = exercise(name), [], []
    while len(cases) < MOST:
        given = task.example(np.random.default_rng([seed, len(cases)]))
        cases.append(given)
        results.append([_quiet(task, one, given) for one in (task.solution, *(m.wrong for m in task.mistakes))])
        if len(cases) >= least and not alike(task, results):
            break
    return cases, [row[0] for row in results]


def alike(task: Exercise, results) -> list:
    """Pairs of answers (0 the solution, n the nth mistake) that no case tells apart; results [case][answer]."""
    many = range(len(task.mistakes) + 1)
    return [(a, b) for a in many for b in many if a < b and all(compare.same(row[a], row[b], task) for row in results)]


def _quiet(task, answer, given):
    """A result of our own answers; NaN and infinity are part of some mistakes."""
    with np.errstate(all="ignore"):
        return task.called(answer, copied(given))


def copied(given: dict) -> dict:
    """The same arguments, to be kept or spoiled; functions and models are handed on."""
    def one(value):
        if isinstance(value, torch.Tensor):
            return value.detach().clone().requires_grad_(value.requires_grad)
        return value if callable(value) else copy.deepcopy(value)
    return {key: one(value) for key, value in given.items()}


def _answers(task, answer, cases, printed):
    """(verdict, results): the verdict where it ends here, else None and a result for each case."""
    got = []
    for given in cases:
        mine = copied(given)
        try:
            with np.errstate(all="ignore"):
                result = task.called(answer, mine)
        except NotImplementedError:
            return your_turn(task.id), got
        except Exception as error:                        # the student's own code: any error is possible
            return stopped(task, answer, error, given), got
        except SystemExit as error:
            return Verdict(task.id, "error", "SystemExit", tr("your function ends the program (exit). Return the result instead."),
                           line_of(error, answer)), got
        if compare.all_blank(result, task):
            if printed.getvalue().strip():
                return Verdict(task.id, "error", "prints", tr(
                    "your function prints its result and returns nothing. Write return where print stands.")), got
            return your_turn(task.id, tr("your turn: the function returns nothing yet.")), got
        if any(map(compare.is_blank, compare.parts(result, task))):
            return _so_far(task, given, result), got
        if not compare.unchanged(given, mine):
            return Verdict(task.id, "changed input", "changed-input", tr(
                "your function changed what it was given. Work on a copy: the caller still needs the original.")), got
        got.append(result)
    return None, got


def stopped(task, answer, error: Exception, given: dict) -> Verdict:
    """The verdict on an answer that raised an error."""
    if isinstance(error, TypeError) and "ellipsis" in str(error):      # a blank used in a later line: v + ...
        return Verdict(task.id, "your turn", "", tr("your turn: a line still holds '...'."), line_of(error, answer))
    if isinstance(error, RecursionError):
        return Verdict(task.id, "error", "RecursionError", tr("your function calls itself without an end."), line_of(error, answer))
    if is_memory(error):
        return Verdict(task.id, "memory", "memory", tr(
            "your function asks for more memory than an exercise needs. Look for a size that multiplies, or a list that grows."),
            line_of(error, answer))
    if isinstance(error, TypeError) and (wanted := _wrong_arguments(answer, given)):
        return Verdict(task.id, "error", "arguments", tr(
            "your first line takes ({yours}), and it is called with ({wanted}), by name. Keep the first line of the starter.",
            yours=wanted, wanted=", ".join(given)))
    said = str(error).splitlines()[0][:160] if str(error).strip() else tr("no message")
    return Verdict(task.id, "error", type(error).__name__, tr(
        "your function stopped with {kind}: {said}", kind=type(error).__name__, said=said),
        line_of(error, answer) + compare.sizes(given))


def is_memory(error) -> bool:
    """Did an allocation fail?  torch says so with a RuntimeError."""
    return isinstance(error, MemoryError) or isinstance(error, RuntimeError) and any(
        word in str(error) for word in ("allocate memory", "bad_alloc", "not enough memory"))


def _wrong_arguments(answer, given) -> str | None:
    """The arguments of a function that cannot be called with these names; None where it can."""
    if inspect.isclass(answer):
        return None
    try:
        signature = inspect.signature(answer)
        signature.bind(**given)
    except ValueError:
        return None
    except TypeError:
        return ", ".join(signature.parameters)
    return None


def line_of(error: BaseException, answer) -> str:
    """The line of the student's cell where it stopped; "" where the source is not known."""
    try:
        own = getattr(answer, "__code__", None)
        file = own.co_filename if own else inspect.getsourcefile(answer)
        trace, found = error.__traceback__, None
        while trace:
            if trace.tb_frame.f_code.co_filename == file:
                found = trace
            trace = trace.tb_next
        source, first = inspect.findsource(answer)
        return tr("line:") + " " + source[found.tb_lineno - 1].strip() + "\n"
    except (OSError, TypeError, IndexError, AttributeError):
        return ""


def _so_far(task, given, result) -> Verdict:
    """Of a result with blanks: what is right already, and what is open."""
    names, mine = [tr(name) for name in task.outputs], compare.parts(result, task)
    if len(mine) != len(names):
        return Verdict(task.id, "shape", *compare.misfit(task, result, _quiet(task, task.solution, given)))
    right = compare.parts(_quiet(task, task.solution, given), task)
    still = ", ".join(name for name, x in zip(names, mine) if compare.is_blank(x))
    done = [n for n, x in enumerate(mine) if not compare.is_blank(x)]
    for n in done:
        if not compare.equal(mine[n], right[n]):
            for mistake in task.mistakes:
                wrong = compare.parts(_quiet(task, mistake.wrong, given), task)
                if len(wrong) > n and compare.equal(wrong[n], mine[n]):
                    return Verdict(task.id, "mistake", mistake.key, tr(mistake.says))
            return your_turn(task.id, tr("{name} is not right yet; still open: {still}.", name=names[n], still=still))
    return your_turn(task.id, tr("right so far: {done}; still open: {still}.", done=", ".join(names[n] for n in done), still=still))


def _judged(task, answer, cases, got, expected) -> Verdict:
    """The verdict on an answer that gave a result for each case."""
    right = all(compare.same(a, b, task) for a, b in zip(got, expected))
    if not right and (mistake := known(task, cases, got)):
        return Verdict(task.id, "mistake", mistake.key, tr(mistake.says))
    for given, mine, wanted in zip(cases, got, expected):
        if wrong := compare.misfit(task, mine, wanted):
            return Verdict(task.id, "shape", *wrong, compare.sizes(given))
    if not all(np.isfinite(compare.numbers(x)).all() for one in got for x in compare.parts(one, task) if not compare.is_texts(x)):
        return Verdict(task.id, "not finite", "not-finite", tr(
            "your result holds NaN or infinity: look for a division by zero or a logarithm of zero."))
    play = answer if inspect.isclass(answer) else compare.alike_in_kind(answer, task, expected[0])
    for rule in task.properties:
        try:
            seen = rule.holds(play)
        except Exception as error:                        # the student's own code on a case of its own
            seen = tr("your function stopped with {kind}: {said}", kind=type(error).__name__, said=str(error)[:160])
        if seen:
            return Verdict(task.id, "property", rule.key, tr(rule.says), seen)
    if not right:
        n = compare.smallest(task, cases, got, expected)
        again = tr("again: {call}", call=f"{task.name}(**vl.course.example({task.id!r}, {n}))") if task.name.islower() else ""
        return Verdict(task.id, "differs", "differs", tr("not the same: here is the smallest case that differs."),
                       compare.beside(task, cases[n], got[n], expected[n]) + f"\n{again}")
    return Verdict(task.id, "passed", "", tr(
        "passed: {n} random cases and {properties} properties. Not checked: {what}.", n=len(cases), properties=len(task.properties),
        what=tr(task.not_checked)))


def known(task, cases, got):
    """The known wrong answer that gives what the student gives, in every case; None for none."""
    def agrees(wrong):
        try:
            return all(compare.same(_quiet(task, wrong, given), mine, task) for given, mine in zip(cases, got))
        except Exception:                                 # a wrong answer that cannot take what the student's can
            return False
    return next((mistake for mistake in task.mistakes if agrees(mistake.wrong)), None)
