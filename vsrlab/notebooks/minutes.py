"""The minutes at the head of a lesson.  They are measured and counted, and written by a command, never by hand.

    read     words of the text cells and of what cells print, at READING words a minute
    predict  one minute a prediction, quiz  one minute an item
    write    the minutes of the exercises, as each states them
    try      minutes that cells with something to try state (metadata "minutes"), and the seconds that all cells took when last run
"""
import re
from math import ceil

from vsrlab.course.exercise import exercise
from vsrlab.errors import Problem
from vsrlab.notebooks.parts import asked, exercises, is_lesson, told

READING = 200                       # words a minute
LINE = re.compile(r"^\*\*Time\*\* .*$", re.MULTILINE)
NUMBERS = re.compile(r"(\d+) min: read (\d+), predict (\d+), write (\d+), try (\d+), quiz (\d+)")


def words(notebook) -> int:
    """How many words a student reads: of text cells, and of what cells print."""
    texts = [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]
    texts += [output.text for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs
              if output.output_type == "stream"]
    return sum(len(text.split()) for text in texts)


def parts(notebook) -> dict:
    """{"read": minutes, "predict", "write", "try", "quiz"}, each as it was measured or counted."""
    seconds = notebook.metadata.get("vsrlab", {}).get("seconds", 0.0)
    return {"read": words(notebook) / READING, "predict": float(len(asked(notebook, "predict"))),
            "write": float(sum(exercise(name).minutes for name in exercises(notebook))),
            "try": seconds / 60 + sum(told(cell, "minutes", 0) for cell in notebook.cells),
            "quiz": float(len(asked(notebook, "quiz")))}


def line(notebook) -> str:
    """The line of the head: minutes in whole numbers, and what the cells cost on the machine that ran them last."""
    whole = {name: ceil(value) for name, value in parts(notebook).items()}
    cost = notebook.metadata.get("vsrlab", {})
    spent = f" Computing: {ceil(cost['seconds'])} s" if cost.get("seconds") else ""
    spent += f" and {ceil(cost['memory'] / 10) * 10} MB" if spent and cost.get("memory") else ""
    told_ = ", ".join(f"{name} {value}" for name, value in whole.items())
    return f"**Time** {sum(whole.values())} min: {told_}.{spent}{', on a CPU.' if spent else ''}"


def stated(notebook) -> dict:
    """What stands at the head: {"total", "read", "predict", "write", "try", "quiz"}; raises Problem where it is missing."""
    found = NUMBERS.search(notebook.cells[0].source)
    if not found:
        raise Problem("the head of this lesson states no minutes; write them with python -m vsrlab.notebooks --minutes FILE.")
    return dict(zip(("total", "read", "predict", "write", "try", "quiz"), map(int, found.groups())))


def write_minutes(notebook) -> bool:
    """Put the line into the head of a lesson, in place of the former one; -> was it another?"""
    if not is_lesson(notebook):
        return False
    head, new = notebook.cells[0], line(notebook)
    was = head.source
    head.source = LINE.sub(lambda _: new, was) if LINE.search(was) else f"{was.rstrip()}\n\n{new}"
    return head.source != was
