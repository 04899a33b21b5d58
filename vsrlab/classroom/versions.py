"""One lesson in five versions, made from the notebook that students get: the source is written once."""
import copy
import re

from vsrlab.classroom import VERSIONS
from vsrlab.classroom.notes import after, preface
from vsrlab.course.exercise import Exercise, exercise
from vsrlab.errors import Problem
from vsrlab.notebooks.parts import told

POINTS = 10                              # of an exercise: passed is full points, whatever the hints
PYTHON = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}, "language_info": {"name": "python"}}


def checking(name: str, task: Exercise) -> str:
    """The line of a cell that looks at the answer."""
    return f"vl.course.check({name!r}, {task.name})".replace("'", '"')


def starter(name: str) -> str:
    """The cell of an exercise as students get it."""
    task = exercise(name)
    return f"{task.starter.strip()}\n\n\n{checking(name, task)}"


def solved(name: str) -> str:
    """The same cell with the solution under the student's name."""
    task = exercise(name)
    return f"{task.solved.strip()}\n\n\n{checking(name, task)}"


def marked(name: str, begin: str, end: str) -> str:
    """The solution between two comments, below the docstring of the starter: what nbgrader and otter cut out themselves."""
    task = exercise(name)
    head, body = _head(task.starter), _body(task.solved)
    edge = re.match(r"\s*", body).group()
    return f"{head}\n{edge}{begin}\n{body.rstrip()}\n{edge}{end}"


def _head(source: str) -> str:
    """A starter up to its first line to fill in: imports, signature, docstring, and of a class the lines before its first blank."""
    lines = source.strip().splitlines()
    empty = lambda line: re.search(r"(?<!\.)\.\.\.(?!\.)", re.sub(r'""".*?"""', "", line))
    blank = next((n for n, line in enumerate(lines) if empty(line)), len(lines))
    opens = next(n for n, line in enumerate(lines) if re.match(r"(def|class) ", line))
    first = opens if re.match(r"class ", lines[opens]) else None
    kept = lines[:blank] if first is None else lines[:_signature(lines, opens)]
    return "\n".join(kept)


def _signature(lines: list, opens: int) -> int:
    """The line behind the head of a class: its first line and its docstring."""
    if opens + 1 < len(lines) and lines[opens + 1].lstrip().startswith('"""'):
        ends = next(n for n in range(opens + 1, len(lines)) if lines[n].count('"""') >= (2 if n == opens + 1 else 1))
        return ends + 1
    return opens + 1


def _body(source: str) -> str:
    """What stands below the head and the docstring of the function or class of a solution."""
    import ast
    node = next(n for n in ast.parse(source).body if isinstance(n, ast.FunctionDef | ast.ClassDef))
    first = node.body[1] if ast.get_docstring(node) and len(node.body) > 1 else node.body[0]
    return "\n".join(source.splitlines()[first.lineno - 1:node.end_lineno])


def made(notebook, version: str, lesson: str, translate=lambda text: text):
    """A lesson in a version; the notebook that was given stays as it is.

    lesson      its name, "03_words_and_regions"
    translate   text of a markdown cell -> in the language of the version
    """
    if version not in VERSIONS:
        raise Problem(f"no version {version!r} of a lesson; there are: {', '.join(VERSIONS)}.")
    found = copy.deepcopy(notebook)
    found.cells = [new for cell in notebook.cells for new in _cells(copy.deepcopy(cell), version, lesson, translate)]
    if version == "instructor":
        found.cells = [*preface(lesson, notebook), *found.cells]
    if version == "otter":
        found.cells = [_raw("# ASSIGNMENT CONFIG\ninit_cell: false\nexport_cell: false\ngenerate: true\nrun_tests: false\n"
                            "check_all_cell: false"), *found.cells]
    if version != "student":
        for cell in found.cells:
            if cell.cell_type == "code":
                cell.outputs, cell.execution_count = [], None
        found.metadata.update({k: v for k, v in PYTHON.items() if k not in found.metadata})
    for number, cell in enumerate(found.cells):
        cell["id"] = cell.get("id") or f"built-{number:03d}"
    return found


def _cells(cell, version: str, lesson: str, translate) -> list:
    """The cells that stand for one cell of the lesson."""
    name = told(cell, "exercise")
    if cell.cell_type == "markdown":
        cell.source = translate(cell.source)
    if not name or cell.cell_type != "code":
        return [cell, *(after(lesson, cell) if version == "instructor" else ())]
    if version == "student":
        cell.source = starter(name)
        return [cell]
    if version in ("solution", "instructor"):
        cell.source = solved(name)
        return [cell, *(after(lesson, cell) if version == "instructor" else ())]
    return _nbgrader(cell, name) if version == "nbgrader" else _otter(cell, name)


def _nbgrader(cell, name: str) -> list:
    """An answer cell and a graded one whose assertion shows our sentence on the feedback page."""
    graded = copy.deepcopy(cell)
    cell.source = marked(name, "### BEGIN SOLUTION", "### END SOLUTION")
    graded.source = _asserted(name)
    graded["id"] = f"{name}-graded"
    for one, more in ((cell, dict(grade_id=f"{name}-answer", points=0, solution=True, locked=False, grade=False)),
                      (graded, dict(grade_id=f"{name}-check", points=POINTS, solution=False, locked=True, grade=True))):
        one.metadata["nbgrader"] = {"schema_version": 3, "task": False, **more}
    return [cell, graded]


def _asserted(name: str) -> str:
    """A graded cell: a wrong answer stops it with the sentence of its verdict."""
    return f"verdict = {checking(name, exercise(name))}\nassert verdict.passed, str(verdict)"


def _otter(cell, name: str) -> list:
    """A question in otter's format: raw cells around the solution and its test."""
    test = copy.deepcopy(cell)
    cell.source = marked(name, "# BEGIN SOLUTION", "# END SOLUTION")
    test.source = _asserted(name)
    test["id"] = f"{name}-test"
    parts = (f"# BEGIN QUESTION\nname: {name.replace('-', '_')}\npoints: {POINTS}", "# BEGIN SOLUTION", cell, "# END SOLUTION",
             "# BEGIN TESTS", test, "# END TESTS", "# END QUESTION")
    return [_raw(part) if isinstance(part, str) else part for part in parts]


def _raw(source: str):
    from nbformat.v4 import new_raw_cell
    return new_raw_cell(source)
