"""The board: how many are where, and which mistake how often: what a teacher says next."""
from collections import Counter

from vsrlab.classroom.grades import graded
from vsrlab.classroom.handed import students
from vsrlab.course.exercise import exercise
from vsrlab.course.language import tr
from vsrlab.errors import Problem
from vsrlab.wording import cut

SHOWN = 5                            # mistakes of an exercise
BAR = 20                             # letters of a whole bar


class Board:
    """Counts for each exercise, and the mistakes that were met; `text()` draws it, `table()` and `mistakes()` give the numbers.

    Where students are now is graded anew, unless `grades`, the table of `graded`, is given; which mistakes they met on the way is
    what their answers files tell.
    """

    def __init__(self, folder, seed: int | None = None, seconds: float | None = None, grades=None):
        self.class_ = students(folder)
        self.grades = graded(folder, seed, seconds) if grades is None else grades

    def table(self):
        """A row an exercise: how many passed, are at a wrong answer, have not begun, or handed nothing in."""
        import pandas as pd
        rows = []
        for name in dict.fromkeys(filter(None, self.grades.exercise)):
            states = Counter(self.grades[self.grades.exercise == name].state)
            begun = states["your turn"], states["not handed in"]
            rows.append((name, len(self.class_), states["passed"], len(self.class_) - states["passed"] - sum(begun), *begun))
        return pd.DataFrame(rows, columns=["exercise", "students", "passed", "wrong so far", "not begun", "not handed in"])

    def mistakes(self):
        """A row a mistake that was met: by how many students, and how often; the commonest first."""
        import pandas as pd
        who, often = Counter(), Counter()
        for student in self.class_:
            mine = {(name, key): n for name, kept in student.told.items() for key, n in kept.get("mistakes", {}).items()}
            now = self.grades[(self.grades.student == student.name) & (self.grades.mistake != "")]
            for name, key in zip(now.exercise, now.mistake):
                mine[name, key] = max(1, mine.get((name, key), 0))
            who.update(mine.keys())
            often.update(mine)
        rows = [(name, key, who[name, key], often[name, key], said(name, key)) for name, key in
                sorted(who, key=lambda pair: (-who[pair], -often[pair], pair))]
        return pd.DataFrame(rows, columns=["exercise", "mistake", "students", "times", "sentence"])

    def text(self) -> str:
        """The board for a terminal: a bar an exercise, and below it the mistakes."""
        lines, met = [f"{len(self.class_)} students"], self.mistakes()
        for row in self.table().itertuples(index=False):
            name, everybody, passed, wrong = row[:4]
            bar = ("█" * round(BAR * passed / everybody) + "▒" * round(BAR * wrong / everybody)).ljust(BAR, "·")[:BAR]
            lines.append(f"\n{name:18s} {bar}  {passed} of {everybody} passed, {wrong} wrong so far, {row[4] + row[5]} not begun")
            for one in met[met.exercise == name].head(SHOWN).itertuples(index=False):
                lines.append(f"    {one.students} × {one.mistake}: {cut(one.sentence, 90)}")
        faults = [f"{student.name}: {fault}" for student in self.class_ for fault in student.faults]
        return "\n".join([*lines, *(["\nNot read:", *faults] if faults else [])])


def said(name: str, key: str) -> str:
    """The sentence of a mistake or of a broken property; "" for another kind of end."""
    try:
        task = exercise(name)
    except Problem:
        return ""
    return next((tr(one.says) for one in (*task.mistakes, *task.properties) if one.key == key), "")
