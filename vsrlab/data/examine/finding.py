"""What the doctor says: one thing that was looked at, and how to mend it."""
from typing import NamedTuple

from vsrlab.errors import Problem


class Finding(NamedTuple):
    """One thing that was looked at."""
    level: str                   # "ok", "note", "warning": results may suffer, "broken": it cannot be used
    what: str
    repair: str = ""             # one line: what to type or do


def said(problem: Problem, level: str) -> Finding:
    """A Problem's sentence, cut where its repair begins."""
    what, _, repair = str(problem).partition("; ")
    return Finding(level, what, repair or "mend that, or copy the file again from where it is whole")


def outlive(found: list, files: str, look, *given, level: str = "broken", instead=None):
    """look(*given); `instead` and a finding about these files where they are so odd that it fails."""
    try:
        return look(*given)
    except Problem as problem:
        found.append(said(problem, level))
    except (ValueError, TypeError, LookupError, ArithmeticError, OSError, RecursionError, MemoryError) as error:
        found.append(Finding(level, f"{files} cannot be used: {type(error).__name__}, {' '.join(str(error).split())}",
                             "make these files again, or copy them again from where they are whole"))
    return instead


def some(word: str, numbers: list) -> str:
    """"lines 3, 7, 9 ...": the first of some numbers."""
    return f"{word}{'s' if len(numbers) > 1 else ''} {', '.join(map(str, numbers[:5]))}{' ...' if len(numbers) > 5 else ''}"


def only_numbers(ids: list) -> bool:
    """Whether the ids are only row numbers, which say nothing about the photo."""
    return ids == [str(i) for i in range(len(ids))]


def named(ids: list, rows: list) -> str:
    """"rows 3, 7 (id a.jpg ...)": the first of some images."""
    return some("row", rows) + ("" if only_numbers(ids) else f" (id {ids[rows[0]]}{' ...' if len(rows) > 1 else ''})")
