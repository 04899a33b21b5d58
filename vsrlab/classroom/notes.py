"""What the instructor version says beside a cell: from the exercise itself, and from the teacher's own notes of a lesson.

The own notes lie beside the lessons, notebooks/teacher/LESSON.md: a part under "## predict" follows the first cell of that tag, one
under "## exercise attend" the cell of that exercise, and what stands above the first heading comes first.  They are a file of their
own, and not in the metadata of the cells, so that the notebooks that students get hold no answer.
"""
import re
from pathlib import Path

from vsrlab.course.exercise import exercise
from vsrlab.course.language import tr
from vsrlab.inputs import read_text
from vsrlab.notebooks.parts import tags, told

FOLDER = "teacher"
HEADING = re.compile(r"^## +(.+?) *$", re.MULTILINE)
ADVICE = ("**Grading.** Passed is full points, whatever the hints; the quiz counts by taking part; predictions never count. "
          "`vsrlab course collect FOLDER --out grades.csv` runs every source again; `vsrlab course board FOLDER` says which "
          "mistake "
          "how often.")
_OWN: dict = {}                          # lesson -> {heading: text}, for one build


def read(folder, lesson: str) -> dict:
    """The teacher's own notes of a lesson, by heading; {} where there are none."""
    path = Path(folder) / FOLDER / f"{lesson}.md"
    if not path.is_file():
        return {}
    pieces = HEADING.split(read_text(path, "a teacher's notes of a lesson"))
    return {"": pieces[0].strip(), **{" ".join(head.split()): text.strip() for head, text in zip(pieces[1::2], pieces[2::2])}}


def use(folder, lesson: str):
    """Take the notes of a lesson from a folder of lessons, for the versions that are made from now on."""
    _OWN[lesson] = read(folder, lesson)


def preface(lesson: str, notebook) -> list:
    """The cells that come first: what the exercises of the lesson are, and how they are graded."""
    names = [name for cell in notebook.cells if (name := told(cell, "exercise"))]
    listed = "".join(f"\n* `{name}`, {exercise(name).minutes} min, difficulty {exercise(name).difficulty} of 5" for name in names)
    own = _OWN.get(lesson, {}).get("", "")
    return [_note("\n\n".join(filter(None, ("**For the teacher.** This version holds solutions and notes.", own,
                                            f"**Exercises**{listed}" if names else "", ADVICE))), "first")]


def after(lesson: str, cell) -> list:
    """The notes that follow a cell: the expected mistakes of an exercise, and what the teacher wrote of it, once."""
    own, found = _OWN.get(lesson, {}), []
    name = told(cell, "exercise")
    if name:
        found.append(expected(name))
        found.append(own.pop(f"exercise {name}", ""))
    else:
        found += [own.pop(tag, "") for tag in tags(cell)]
    text = "\n\n".join(filter(None, found))
    return [_note(text, cell.get("id", "cell"))] if text else []


def expected(name: str) -> str:
    """What to expect of an exercise: the wrong answers that have a sentence of their own, and the hints."""
    task = exercise(name)
    lines = "".join(f"\n* `{mistake.key}`: {tr(mistake.says)}" for mistake in task.mistakes)
    hints = "".join(f"\n{n}. {tr(hint)}" for n, hint in enumerate(task.hints, 1))
    return (f"**For the teacher: `{name}`** ({task.minutes} min). Wrong answers that students give, each with the sentence they "
            f"read:"
            f"{lines}\n\nHints, in order:{hints}")


def _note(text: str, of: str):
    from nbformat.v4 import new_markdown_cell
    cell = new_markdown_cell(text, metadata={"tags": ["teacher"]})
    cell["id"] = f"teacher-{of}"[:60]
    return cell
