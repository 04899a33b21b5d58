"""The drawing in the README, kept true: imports point downward, nothing goes in circles, and each heavy library has one door."""
import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1] / "vsrlab"
FILES = sorted(ROOT.rglob("*.py"))

# From the bottom of the house to the top.  A room (a folder, or a file of the root) imports from its own files and from
# the rows before it, and never from a neighbour of its row.
ROWS = """
    errors values wording colours progress losses
    papers frozen
    files arrays inputs locks settings draw models
    checkpoint device zoo
    data measure official equations
    scoring checkup course
    run explain space desk notebooks
    training retrieval sentences page pretrained paper_mode classroom
    figures published lesson_runs
    views tour leaderboard survey
    commands experiments
    widgets showing cli
    __main__ __init__
"""
LEVEL = {name: height for height, row in enumerate(ROWS.strip().splitlines()) for name in row.split()}
DOORS = {"captum": "explain/attribution.py", "umap": "space/maps.py", "sklearn": "space/maps.py", "ipywidgets": "widgets",
         "jscatter": "widgets", "matplotlib": ("draw", "figures"), "seaborn": "draw", "transformers": "data/extractors",
         "babel": "course/catalogue.py", "torchvision": ()}
MANY, LONG, SCREEN = 18, 260, 45          # files of a folder, lines of a file, lines of a function


def name_of(file):
    """vsrlab/data/words.py -> vsrlab.data.words; a folder's __init__ is the folder."""
    return ".".join(file.relative_to(ROOT.parent).with_suffix("").parts).removesuffix(".__init__")


MODULES = {name_of(file): file for file in FILES}


def imports(file):
    """The modules a file imports, at its top or inside a function; `from vsrlab import x` is vsrlab.x where that is a module."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{file}: write the whole name in place of a relative import"
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                yield whole if whole in MODULES else node.module


def room(module):
    """vsrlab.data.words -> data; vsrlab.run -> run"""
    return (module.split(".") + ["__init__"])[1]


OURS = {name: {m for m in imports(file) if m in MODULES and m not in ("vsrlab", name)} for name, file in MODULES.items()}


def circles(graph):
    """The nodes that can be reached from themselves."""
    def reached(node):
        seen, to_do = set(), list(graph[node])
        while to_do:
            if (other := to_do.pop()) not in seen:
                seen.add(other)
                to_do += graph[other]
        return seen
    return sorted(node for node in graph if node in reached(node))


@pytest.mark.parametrize("module", MODULES)
def test_imports_point_downward(module):
    here = room(module)
    for other in OURS[module]:
        there = room(other)
        assert there == here or LEVEL[there] < LEVEL[here], f"{module} imports {other}, which does not stand below {here}"
        assert not (here == "models" and there == "data"), "a model reads tensors, never a corpus"


def names_of(tree) -> set:
    """The names that stand at the top of a file."""
    def bound(body):
        for node in body:
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                yield node.name
            elif isinstance(node, (ast.Import, ast.ImportFrom)):
                yield from ((alias.asname or alias.name).split(".")[0] for alias in node.names)
            else:
                yield from (n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store))
    return set(bound(tree.body))


TOP = {name: names_of(ast.parse(file.read_text())) for name, file in MODULES.items()}


def test_every_imported_name_is_there():
    """Also inside functions and in the tests and benches, where only running that line would tell."""
    files = [*FILES, *(f for folder in ("tests", "bench") for f in (ROOT.parent / folder).rglob("*.py"))]
    missing = [f"{file.name}: from {node.module} import {alias.name}" for file in files
               for node in ast.walk(ast.parse(file.read_text()))
               if isinstance(node, ast.ImportFrom) and node.module.startswith("vsrlab.") for alias in node.names
               if alias.name not in TOP.get(node.module, ()) and f"{node.module}.{alias.name}" not in MODULES]
    assert not missing, missing


def test_no_file_imports_itself_by_a_detour():
    assert circles(OURS) == []


def test_no_rooms_import_each_other():
    rooms = {room(m): set() for m in MODULES}
    for module, others in OURS.items():
        rooms[room(module)] |= {room(o) for o in others} - {room(module)}
    assert circles(rooms) == []


def test_a_still_picture_does_not_pass_through_a_page():
    still = [m for m in MODULES if room(m) in ("figures", "draw") or m.endswith((".still", ".lit"))]
    assert "vsrlab.views.attention.lit" in still
    assert not [(m, other) for m in still for other in OURS[m] if room(other) == "page" or other.endswith(".page")]


def test_no_room_or_file_holds_more_than_a_person_takes_in():
    folders = {folder: len(list(folder.glob("*.py"))) for folder in {f.parent for f in FILES}}
    few = {folder.name: n for folder, n in folders.items() if n > MANY}
    assert set(few) <= {"vsrlab", "models"} and few.get("models", 0) <= 20, few
    long = {name: n for name, file in MODULES.items() if (n := file.read_text().count("\n")) > LONG}
    assert not long, long
    functions = {f"{name}.{node.name}": size for name, file in MODULES.items() for node in ast.walk(ast.parse(file.read_text()))
                 if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
                 and (size := node.end_lineno - node.lineno + 1) > SCREEN}
    assert not functions, functions


@pytest.mark.parametrize("file", FILES, ids=lambda f: str(f.relative_to(ROOT)))
def test_each_heavy_library_has_one_door(file):
    path = str(file.relative_to(ROOT))
    for module in imports(file):
        door = DOORS.get(module.split(".")[0])
        if door is not None:
            assert path.startswith(door), f"{path} imports {module}; its door is {door or 'nowhere'}"


def test_importing_vsrlab_brings_no_heavy_library():
    code = ("import sys, vsrlab; "
            "print([m for m in ('torch', 'captum', 'umap', 'seaborn', 'ipywidgets', 'torchvision') if m in sys.modules])")
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"


def test_a_function_of_the_front_door_is_not_hidden_by_the_folder_of_its_name():
    code = ("import vsrlab as vl, vsrlab.explain.record, vsrlab.views.attention.view\n"
            "names = ('index', 'evaluate', 'doctor', 'show', 'explain', 'fit', 'scenes', 'attention')\n"
            "assert all(callable(getattr(vl, n)) for n in names), dir(vl)")
    subprocess.run([sys.executable, "-c", code], check=True)


def test_an_unknown_name_of_the_front_door_is_told_what_there_is():
    import vsrlab as vl
    with pytest.raises(AttributeError, match="the front door has: .*scenes"):
        vl.scene  # noqa: B018


def documented(tree, outer=""):
    """(name, has a docstring, is a method) of every public function."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            yield from documented(node, f"{node.name}.")
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and not node.name.startswith("_"):
            yield outer + node.name, bool(ast.get_docstring(node))


@pytest.mark.parametrize("room_", ["data", "device", "errors", "files", "losses", "measure", "models", "official", "papers", "run",
                                   "scoring", "settings", "space", "training", "values", "wording", "zoo", "equations", "explain"])
def test_public_functions_say_what_they_take_and_give(room_):
    files = {name: ast.parse(file.read_text()) for name, file in MODULES.items() if room(name) == room_}
    told = {function.split(".")[-1] for tree in map(ast.parse, (f.read_text() for f in FILES))
            for function, has in documented(tree) if has}                  # an override means what the method it overrides says
    dumb = [f"{name}.{function}" for name, tree in files.items() for function, has in documented(tree)
            if not has and not ("." in function and function.split(".")[-1] in told | {"forward", "backward"})]
    assert not dumb, dumb
