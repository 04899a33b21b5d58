"""Lessons are thin, light and true: every notebook runs from top to bottom."""
import functools
import importlib
import os
import re
import shutil
import sys
import types
from pathlib import Path

import nbformat
import pytest
from PIL import Image
from test_photos import Colours

from vsrlab.data.photos import photos
from vsrlab.data.scenes.corpus import scenes
from vsrlab.errors import Missing, Problem
from vsrlab.notebooks.parts import is_lesson

lessons = importlib.import_module("vsrlab.notebooks")
FOLDER = Path(__file__).parents[1] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
each = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
LONG = 12                                        # lines of code of a cell, at most
HEAVY = 5_000_000                                # bytes of a notebook, at most
MEMORY = 1024                                    # megabytes that a kernel may need
ALONE = """import socket
def refused(self, address, *more):
    if self.family in (socket.AF_INET, socket.AF_INET6) and str(address[0]) not in ("127.0.0.1", "::1", "localhost"):
        raise OSError(f"a lesson asked the network for {address[0]}")
    return true(self, address, *more)
true, socket.socket.connect = socket.socket.connect, refused
"""
PLACES = re.compile(r"(?<![\w.])(/home/|/Users/|/tmp/|/var/folders/|/opt/|[A-Z]:\\\\)|site-packages")


def codes(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def sound(notebook, name):
    """What holds for the outputs of a stored notebook, and of one that was just run."""
    assert "widgets" not in notebook.metadata, f"{name} stores widget state: no host shows it, and it is heavy"
    assert lessons.heaviest(notebook) < lessons.HEAVY, f"{name}: an output is larger than 1 MB"
    for number, cell in enumerate(codes(notebook)):
        for output in cell.outputs:
            bare = output.get("data", {}).get("text/plain", "").startswith("<Figure") and "image/png" not in output.data
            assert not bare, f"{name}, code cell {number} says <Figure ...> where a picture should be"
            said = output.get("text", "") + "".join(v for k, v in output.get("data", {}).items() if k.startswith("text/"))
            assert output.output_type != "error", f"{name}, code cell {number}: {output.ename}: {output.evalue}"
            assert "application/vnd.jupyter.widget-view+json" not in output.get("data", {}), f"{name}, cell {number}: a dead widget"
            said = re.sub(r"data:[\w/+;-]+,[^\"')\s]*", "", said)                 # pictures, whose letters mean nothing
            found = PLACES.search(said)
            assert not found, f"{name}, code cell {number} shows a place of this machine: {said[max(0, found.start() - 60):][:120]}"


def test_there_are_lessons_and_the_first_one_is_where_to_start():
    assert NOTEBOOKS and NOTEBOOKS[0].name == "00_start_here.ipynb"
    assert all(re.fullmatch(r"\d\d_[a-z0-9_]+", path.stem) for path in NOTEBOOKS)


@each
def test_a_lesson_asks_one_question_in_cells_that_fit_on_a_slide(path):
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    assert notebook.cells[0].cell_type == "markdown"
    title = notebook.cells[0].source.splitlines()[0]
    assert title.startswith("# ") and title.endswith("?") and title.count("?") == 1, f"{title!r} is not one question"
    for cell in codes(notebook):
        if "exercise" not in cell.metadata.get("tags", []):                      # a starter is as long as its exercise needs
            lines = [line for line in cell.source.splitlines() if line.strip() and not line.strip().startswith("#")]
            assert len(lines) <= LONG, f"{len(lines)} lines of code in one cell: move them into the package:\n{cell.source}"
            defines = re.search(r"^\s*(def|class|async def) ", cell.source, re.MULTILINE)
            assert not defines, f"code that belongs into the package:\n{cell.source}"


@each
def test_a_stored_lesson_is_light_and_shows_no_error_and_no_place(path):
    assert path.stat().st_size <= HEAVY
    sound(nbformat.read(path, as_version=4), path.name)


@pytest.fixture(scope="session")
def copy(tmp_path_factory):
    """The lessons somewhere else; the runs that one of them trains are opened by the others."""
    place = tmp_path_factory.mktemp("lessons")
    shutil.copytree(FOLDER, place / "notebooks", ignore=shutil.ignore_patterns(".ipynb_checkpoints"))
    return place / "notebooks"


@pytest.mark.slow
@each
def test_a_lesson_runs_from_top_to_bottom(path, copy, monkeypatch, tmp_path):
    (tmp_path / "sitecustomize.py").write_text(ALONE)                   # Python reads it at its start: no network for the kernel
    monkeypatch.setenv("VSRLAB_QUICK", "1")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(FOLDER.parent), str(tmp_path), os.environ.get("PYTHONPATH", "")]))
    notebook = lessons.execute(copy / path.name, timeout=240)
    assert not is_lesson(notebook) or notebook.metadata["vsrlab"]["memory"] <= MEMORY
    assert all(cell.execution_count for cell in codes(notebook) if cell.source.strip())
    sound(notebook, path.name)
    assert (copy / path.name).stat().st_size <= HEAVY


def test_the_cell_for_ones_own_photos_divides_them_and_names_a_run_of_their_own(tmp_path, monkeypatch):
    cells = codes(nbformat.read(NOTEBOOKS[1], as_version=4))
    source = next(cell.source for cell in cells if "my_photos" in cell.source).replace("# ", "")
    (tmp_path / "my_photos").mkdir()
    for n in range(20):
        Image.new("RGB", (40, 30), (n, 90, 200 - n)).save(tmp_path / "my_photos" / f"{n}.jpg")
    lines = [f"{n}.jpg|a plain sheet {n}\n" for n in range(20)]
    (tmp_path / "my_photos" / "captions.csv").write_text("".join(["file|caption\n", *lines]))
    monkeypatch.chdir(tmp_path)
    space = {"vl": types.SimpleNamespace(photos=functools.partial(photos, extractor=Colours()))}
    exec(source, space)
    train, test = space["train"], space["test"]
    assert len(train) + len(test) == 20 and len(test) and not set(train.ids) & set(test.ids)
    monkeypatch.delenv("VSRLAB_QUICK", raising=False)
    assert lessons.run_folder("start", train) == "../runs/start-my_features"
    assert lessons.run_folder("start", scenes(images=10)) == "../runs/start"


def small(folder, *sources):
    path = folder / "small.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in sources]), path)
    return path


def test_a_cell_that_fails_is_a_sentence_and_the_file_stays_as_it_was(tmp_path):
    path = small(tmp_path, "1 + 1", "raise ValueError('no such thing.')")
    before = path.read_bytes()
    with pytest.raises(Problem, match=r"small.ipynb stopped: ValueError: no such thing. Open it with 'make lab'"):
        lessons.execute(path)
    assert path.read_bytes() == before and list(tmp_path.iterdir()) == [path]
    with pytest.raises(Missing, match="there is no notebook .*; the lessons are in notebooks/"):
        lessons.execute(tmp_path / "none.ipynb")
    with pytest.raises(Problem, match="name the notebooks to run"):
        lessons.main([])


def test_what_a_front_end_alone_can_show_is_not_stored(tmp_path, capsys):
    pytest.importorskip("ipywidgets")
    path = small(tmp_path, "import ipywidgets; ipywidgets.IntSlider()", "'x' * 10")
    assert lessons.main([path]) == 0 and "2 cells" in capsys.readouterr().out
    notebook = nbformat.read(path, as_version=4)
    assert not notebook.cells[0].outputs and notebook.cells[1].outputs[0].data["text/plain"] == "'xxxxxxxxxx'"
    assert "widgets" not in notebook.metadata and "execution" not in notebook.cells[0].metadata
    monster = small(tmp_path, "'x' * 1_200_000")
    assert lessons.main([monster]) == 1 and "larger than 1 MB" in capsys.readouterr().err


def test_a_figure_that_ends_a_cell_is_a_picture_with_its_alternative_text(tmp_path):
    path = small(tmp_path, "from vsrlab import draw\nwith draw.look():\n    figure = draw.sheet(3, 2)",
                 "draw.headline(figure, 'Two numbers')\nfigure", "import vsrlab as vl; vl.show(figure)",
                 "import sys; 'matplotlib.pyplot' in sys.modules")
    cells = lessons.execute(path, cwd=FOLDER.parent).cells
    for cell in cells[1:3]:
        assert "image/png" in cell.outputs[0].data and cell.outputs[0].metadata["image/png"]["alt"] == "Two numbers"
    assert cells[3].outputs[0].data["text/plain"] == "False"
    words = nbformat.v4.new_output("execute_result", {"text/plain": "<Figure size 968x550 with 5 Axes>"}, execution_count=1)
    with pytest.raises(AssertionError, match="where a picture should be"):
        sound(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1", outputs=[words])]), "bad")


def test_places_of_a_machine_are_noticed_in_text_but_not_in_pictures():
    picture = nbformat.v4.new_output("stream", text="data:image/png;base64,a/tmp/b and runs/tmp/c")
    cell = nbformat.v4.new_code_cell("1", outputs=[picture])
    sound(nbformat.v4.new_notebook(cells=[cell]), "fine")
    for text in ("in /tmp/x", "'/home/ada/features'", "lib/python3.11/site-packages/torch"):
        cell.outputs[0].text = text
        with pytest.raises(AssertionError, match="a place of this machine"):
            sound(nbformat.v4.new_notebook(cells=[cell]), "bad")


def test_quick_is_the_short_form_where_it_is_asked_for(monkeypatch):
    monkeypatch.setenv("VSRLAB_QUICK", "1")
    assert lessons.quick(2000, 200) == 200
    monkeypatch.delenv("VSRLAB_QUICK")
    assert lessons.quick(2000, 200) == 2000 and sys.modules["vsrlab"].quick is lessons.quick


def test_a_kernel_of_the_tests_reaches_no_network(tmp_path, monkeypatch):
    (tmp_path / "sitecustomize.py").write_text(ALONE)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")]))
    with pytest.raises(Problem, match=r"OSError: a lesson asked the network for 192\.0\.2\.1"):
        lessons.execute(small(tmp_path, "import socket; socket.create_connection(('192.0.2.1', 80), timeout=1)"))
