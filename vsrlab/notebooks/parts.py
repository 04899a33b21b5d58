"""The twelve parts of a lesson, told by the tags of its cells, and what belongs to them."""
import re

PARTS = ("head", "look", "predict", "idea", "equation", "shapes", "exercise", "own", "experiment", "quiz", "answer", "next")
_CALL = r"course\.{what}\(\s*['\"]([\w-]+)['\"]"
_BOLD = re.compile(r"\*\*([^*\n]+?)\*\*")


def tags(cell) -> list:
    """The tags of a cell."""
    return list(cell.metadata.get("tags", []))


def told(cell, key: str, default=None):
    """What the metadata of a cell tell this kit: the "exercise" it holds, the exercise whose "spec" it is, "minutes" of trying."""
    return cell.metadata.get("vsrlab", {}).get(key, default)


def is_lesson(notebook) -> bool:
    """Does a notebook follow the template?  Its first cell is its head."""
    return bool(notebook.cells) and "head" in tags(notebook.cells[0])


def cells_of(notebook, part: str, kind: str = "") -> list:
    """The cells of a part, in order; of one kind ("code", "markdown") where that is given."""
    return [cell for cell in notebook.cells if part in tags(cell) and kind in ("", cell.cell_type)]


def asked(notebook, what: str) -> list:
    """The ids that a lesson asks for, each once, in order: of "predict", "reveal", "quiz" or "check"."""
    call = re.compile(_CALL.format(what=what))
    return list(dict.fromkeys(name for cell in notebook.cells if cell.cell_type == "code" for name in call.findall(cell.source)))


def exercises(notebook) -> list:
    """The ids of the exercises that a lesson holds, in order."""
    return list(dict.fromkeys(filter(None, (told(cell, "exercise") for cell in notebook.cells))))


def prose(cell) -> str:
    """The text of a markdown cell without code, formulas and addresses."""
    text = re.sub(r"```.*?```|\$\$.*?\$\$", " ", cell.source, flags=re.DOTALL)
    return re.sub(r"`[^`]*`|\$[^$]*\$|\]\([^)]*\)|<[^>]+>", " ", text)


def bold(cell) -> list:
    """What is bold in a markdown cell: in a lesson a new word, explained where it stands so."""
    return [" ".join(found.split()).strip(" .,:;") for found in _BOLD.findall(prose(cell))]
