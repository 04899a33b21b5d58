"""Grades: every source that was handed in runs again, on cases that nobody has seen; a stored pass is never believed."""
import secrets
from datetime import datetime

from vsrlab import files
from vsrlab.classroom.handed import Student, students
from vsrlab.course.exercise import ORDER
from vsrlab.course.grading import grade
from vsrlab.course.guard import SECONDS
from vsrlab.course.verdict import Verdict

COLUMNS = ("student", "exercise", "passed", "state", "mistake", "message", "tries", "hints", "solution_seen", "minutes", "note",
           "seed")
BEST = ("passed", "mistake", "property", "differs", "shape", "changed input", "not finite", "time", "memory", "error", "your turn")


def graded(folder, seed: int | None = None, seconds: float | None = None):
    """A table, a row for each student and exercise that anybody handed in.

    seed     of the cases; None: another one each time, told in the last column, so that it can be run again
    seconds  of computing for each source; None: as a notebook's check
    """
    import pandas as pd
    seed = 1 + secrets.randbelow(2 ** 31 - 2) if seed is None else seed
    everybody = students(folder)
    jobs = [(student, name, source) for student in everybody for name, sources in student.sources.items() for source in sources]
    said = grade([(name, source) for _, name, source in jobs], seed, seconds or SECONDS)
    verdicts: dict = {}
    for (student, name, _), verdict in zip(jobs, said):
        verdicts.setdefault((student.name, name), []).append(verdict)
    asked = [name for name in ORDER if any(name in student.sources or name in student.told for student in everybody)]
    rows = [_row(student, name, verdicts.get((student.name, name), []), seed) for student in everybody for name in asked]
    if not asked:
        rows = [_row(student, "", [], seed) for student in everybody]
    return pd.DataFrame(rows, columns=COLUMNS)


def _row(student: Student, name: str, found: list, seed: int) -> tuple:
    """One line of the table: of several sources the best counts."""
    best = min(found, key=lambda v: BEST.index(v.state) if v.state in BEST else len(BEST),
               default=Verdict(name, "not handed in", "", ""))
    kept = student.told.get(name, {})
    return (student.name, name, best.passed, best.state, best.key, best.message, kept.get("tries", ""), kept.get("hints", ""),
            kept.get("solution_shown", ""), minutes(kept), " ".join(student.faults), seed)


def minutes(kept: dict):
    """Whole minutes from the first try to the last, "" where it is not told."""
    try:
        spent = datetime.fromisoformat(kept["when"]) - datetime.fromisoformat(kept["first"])
    except (KeyError, ValueError, TypeError):
        return ""
    return max(0, round(spent.total_seconds() / 60))


def collect(folder, out, seed: int | None = None, seconds: float | None = None):
    """Write the grades as CSV; -> the table.  Texts of students are written so that no spreadsheet runs them."""
    table = graded(folder, seed, seconds)
    files.write_text(out, files.csv_text(table))
    return table
