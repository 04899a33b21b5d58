"""The drawing in the README, kept true: imports point downward, and each heavy library has one door."""
import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1] / "vsrlab"
FILES = sorted(ROOT.rglob("*.py"))

# From the bottom of the house to the top; a file may import from its own row and from the rows before it.
LAYERS = """
    errors values settings ranking significance checkpoint device html draw
    models losses
    data zoo official
    scoring distributed progress run resume train
    index evaluate doctor
    explain project nearness sentences
    figures
    views
    widgets show
    tour notebooks cli __main__ __init__
"""
LEVEL = {name: height for height, row in enumerate(LAYERS.strip().splitlines()) for name in row.split()}
DOORS = {"captum": "explain/attribution.py", "umap": "project.py", "sklearn": "project.py", "ipywidgets": "widgets",
         "matplotlib": ("draw", "figures"), "seaborn": "draw", "transformers": "data/extractors", "torchvision": ()}


def imports(file):
    """(module, inside a function?) for every import statement of a file."""
    tree = ast.parse(file.read_text())
    top = {id(n) for n in tree.body} | {id(n) for b in tree.body if isinstance(b, (ast.If, ast.Try)) for n in ast.walk(b)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, id(node) not in top) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or "", id(node) not in top


def room(path):
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


@pytest.mark.parametrize("file", FILES, ids=lambda f: str(f.relative_to(ROOT)))
def test_imports_point_downward(file):
    here = LEVEL[room(file)]
    for module, _ in imports(file):
        if module.startswith("vsrlab."):
            there = module.split(".")[1]
            assert LEVEL[there] <= here, f"{file.name} ({room(file)}) imports {module}, which stands above it"
            assert not (room(file) == "models" and there == "data"), "a model reads tensors, never a corpus"


@pytest.mark.parametrize("file", FILES, ids=lambda f: str(f.relative_to(ROOT)))
def test_each_heavy_library_has_one_door(file):
    path = str(file.relative_to(ROOT))
    for module, _ in imports(file):
        door = DOORS.get(module.split(".")[0])
        if door is not None:
            assert path.startswith(door), f"{path} imports {module}; its door is {door or 'nowhere'}"


def test_importing_vsrlab_brings_no_heavy_library():
    code = ("import sys, vsrlab; "
            "print([m for m in ('torch', 'captum', 'umap', 'seaborn', 'ipywidgets', 'torchvision') if m in sys.modules])")
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"


def test_a_function_of_the_front_door_is_not_hidden_by_the_file_of_its_name():
    code = ("import vsrlab as vl, vsrlab.index, vsrlab.evaluate, vsrlab.doctor, vsrlab.show\n"
            "names = ('index', 'evaluate', 'doctor', 'show', 'explain', 'fit', 'scenes')\n"
            "assert all(callable(getattr(vl, n)) for n in names), dir(vl)")
    subprocess.run([sys.executable, "-c", code], check=True)


def test_an_unknown_name_of_the_front_door_is_told_what_there_is():
    import vsrlab as vl
    with pytest.raises(AttributeError, match="the front door has: .*scenes"):
        vl.scene  # noqa: B018
