"""What students handed in: notebooks and answers.json below a folder, read without running anything."""
import ast
import json
from dataclasses import dataclass, field
from pathlib import Path

from vsrlab.course import answers
from vsrlab.course.exercise import book
from vsrlab.errors import Missing, Problem, path_of
from vsrlab.inputs import decode, read_bytes

LARGE, MOST = 64 << 20, 4            # bytes of a notebook that is read; sources of one exercise that are tried
SKIPPED = {".ipynb_checkpoints", "__pycache__"}


@dataclass
class Student:
    """One student: sources by exercise, newest first, what answers.json tells, and what could not be read."""
    name: str
    sources: dict = field(default_factory=dict)          # id -> [source, ...]
    told: dict = field(default_factory=dict)             # id -> entry of answers.json
    faults: list = field(default_factory=list)
    files: list = field(default_factory=list)


def students(folder) -> list:
    """Everybody who handed something in, by name.

    A folder below `folder` is a student; so is a notebook, or an answers file, that lies in `folder` itself.
    """
    folder = path_of("vsrlab course collect", folder)
    if not folder.is_dir():
        raise Missing(f"there is no folder {folder}; name the one that holds what was handed in.")
    found: dict = {}
    for path in sorted(folder.rglob("*")):
        if path.suffix not in (".ipynb", ".json") or not path.is_file() or SKIPPED & set(path.parts):
            continue
        inside = path.relative_to(folder).parts
        name = inside[0] if len(inside) > 1 else path.stem
        student = found.setdefault(name, Student(name))
        student.files.append(path)
        try:
            (_notebook if path.suffix == ".ipynb" else _answers)(student, path)
        except (Problem, OSError) as problem:
            student.faults.append(str(problem))
    if not found:
        raise Problem(f"{folder} holds no notebook and no answers.json; name the folder that holds what was handed in.")
    return list(found.values())


def _answers(student: Student, path: Path):
    """What an answers file tells; its sources are candidates as those of a notebook are."""
    data = read_bytes(path, "an answers file", answers.LARGE)
    if b'"format"' not in data[:4096] and path.name != answers.NAME:
        return                                                     # some other JSON
    for name, entry in answers.read(path)["exercises"].items():
        if name in book():
            student.told[name] = entry
            _offer(student, name, entry.get("source", ""))


def _notebook(student: Student, path: Path):
    """The functions of a notebook that carry the name of an exercise, wherever they stand and however often."""
    cells = _code(path)
    parsed = [(source, tree) for source in cells if (tree := _parsed(source)) is not None]
    for name, task in book().items():
        for place in reversed(range(len(parsed))):
            if any(isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name == task.name for node in parsed[place][1].body):
                _offer(student, name, alone(task.name, parsed, place))
        if name not in student.sources and any(f"def {task.name}(" in source for source in cells):
            broken = next(source for source in reversed(cells) if f"def {task.name}(" in source)
            _offer(student, name, broken)                          # it does not compile: the verdict will say so


def _code(path: Path) -> list:
    """The sources of the code cells; of a notebook that breaks Jupyter's rules as far as they can be found."""
    try:
        found = json.loads(decode(read_bytes(path, "a notebook", LARGE), path))
        cells = found["cells"] if "cells" in found else [c for sheet in found.get("worksheets", []) for c in sheet["cells"]]
        source = lambda cell: cell.get("source", cell.get("input", ""))
        return ["".join(map(str, text)) if isinstance(text := source(cell), list) else str(text) for cell in cells
                if cell.get("cell_type") == "code"]
    except (ValueError, RecursionError, AttributeError, TypeError, KeyError):
        raise Problem(f"{path.name} is no notebook that can be read; ask for it once more.") from None


def _parsed(source: str):
    """The tree of a cell without its magics; None where it is no Python."""
    lines = ["pass" if line.lstrip()[:1] in ("%", "!", "?") else line for line in source.splitlines()]
    try:
        return ast.parse("\n".join(lines))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def alone(name: str, parsed: list, place: int) -> str:
    """The definition that stands in a cell, below the imports, helpers and constants of the notebook that it needs."""
    known: dict = {}
    for number, (source, tree) in enumerate(parsed):
        for node in tree.body:
            for bound in _binds(node):
                if bound != name or number == place:
                    known[bound] = ast.get_source_segment("\n".join(_clean(source)), node) or "", node
    wanted, found = [name], {}
    while wanted:
        now = wanted.pop()
        if now in found or now not in known:
            continue
        text, node = known[now]
        found[now] = text
        wanted += [n.id for n in ast.walk(node) if isinstance(n, ast.Name) and n.id in known]
    order = {text: n for n, text in enumerate(dict.fromkeys(text for text, _ in known.values()))}
    pieces = sorted({text for key, text in found.items() if key != name}, key=order.get)
    return "\n\n".join([*pieces, found.get(name, "")])


def _clean(source: str) -> list:
    return ["pass" if line.lstrip()[:1] in ("%", "!", "?") else line for line in source.splitlines()]


def _binds(node) -> list:
    """The names that a statement at the top of a cell makes, of those that a function may lean on."""
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return [node.name]
    if isinstance(node, ast.Import | ast.ImportFrom):
        return [(alias.asname or alias.name).split(".")[0] for alias in node.names]
    if isinstance(node, ast.Assign) and _plain(node.value):
        return [target.id for target in node.targets if isinstance(target, ast.Name)]
    return []


def _plain(node) -> bool:
    """Is the value of an assignment a constant, a lambda, or made of such?  Others (runs, indexes, checks) are not run again."""
    return not any(isinstance(n, ast.Call | ast.Await | ast.Yield) for n in ast.walk(node)) or isinstance(node, ast.Lambda)


def _offer(student: Student, name: str, source: str):
    """One more source of an exercise: each text once, at most MOST."""
    mine = student.sources.setdefault(name, [])
    if source.strip() and source not in mine and len(mine) < MOST:
        mine.append(source)
