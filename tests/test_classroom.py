"""The teacher's tools: versions of a lesson from one source, grades that never trust a stored pass, the board."""
import csv
import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from vsrlab.classroom import VERSIONS
from vsrlab.classroom import grades as grading
from vsrlab.classroom.board import Board
from vsrlab.classroom.build import build
from vsrlab.classroom.grades import COLUMNS, collect, graded
from vsrlab.classroom.handed import students
from vsrlab.classroom.versions import made, marked, solved, starter
from vsrlab.cli import main
from vsrlab.course.exercise import ORDER, exercise
from vsrlab.course.verdict import Verdict
from vsrlab.errors import Problem

ROOT = Path(__file__).parents[1]
OWN_CAPTIONS = exercise("hinge").solved.replace("image[:, None] != image[None, :]", "~torch.eye(len(image), dtype=torch.bool)")


def lesson(*names):
    """A small lesson with some exercises."""
    cells = [new_markdown_cell("# What does a wrong answer cost?", metadata={"tags": ["head"]}),
             new_code_cell("import vsrlab as vl\nimport torch", metadata={"tags": ["look"]})]
    for name in names or ("hinge",):
        cells.append(new_markdown_cell("What is asked.", metadata={"tags": ["exercise"], "vsrlab": {"spec": name}}))
        cells.append(new_code_cell(starter(name), metadata={"tags": ["exercise"], "vsrlab": {"exercise": name}}))
    return new_notebook(cells=cells)


def handed(folder, name, cells, answers=None):
    """One student's notebook, and an answers file where one is given."""
    (folder / name).mkdir(parents=True)
    nbformat.write(new_notebook(cells=[new_code_cell(source) for source in cells]), folder / name / "lesson.ipynb")
    if answers is not None:
        (folder / name / "answers.json").write_text(json.dumps({"format": "vsrlab answers 1", "exercises": answers,
                                                                "predictions": {}, "quiz": {}}))


def code(notebook, name):
    return [c.source for c in notebook.cells if c.metadata.get("vsrlab", {}).get("exercise") == name]


@pytest.fixture(scope="module")
def lessons(tmp_path_factory):
    folder = tmp_path_factory.mktemp("lessons")
    nbformat.write(lesson("hinge", "recall"), folder / "02_loss.ipynb")
    nbformat.write(new_notebook(cells=[new_markdown_cell("# Nothing to do")]), folder / "07_map.ipynb")
    (folder / "teacher").mkdir()
    (folder / "teacher" / "02_loss.md").write_text("Begin with the table.\n\n## look\nAsk what they see.\n\n## exercise "
                                                   "hinge\nThree "
                                                   "minutes at the board.\n")
    return folder


# one source, five versions

@pytest.mark.parametrize("name", ORDER)
def test_every_exercise_has_a_starter_a_solution_and_markers_that_compile(name):
    task = exercise(name)
    assert solved(name) != starter(name) and starter(name).endswith(f'vl.course.check("{name}", {task.name})')
    compile(solved(name), name, "exec")
    text = marked(name, "### BEGIN SOLUTION", "### END SOLUTION")
    compile(text, name, "exec")
    without = re.sub(r"### BEGIN SOLUTION.*?### END SOLUTION", "pass", text, flags=re.S)
    compile(without, name, "exec")                                  # what a student gets from nbgrader
    body = [line.strip() for line in task.solved.strip().splitlines()[1:] if len(line.strip()) > 24]
    shown = starter(name)
    assert not [line for line in body if line in without and line not in shown], "no line of the solution is left"


def test_the_student_version_is_the_lesson_itself_and_holds_no_solution(lessons):
    given = nbformat.read(lessons / "02_loss.ipynb", 4)
    assert made(given, "student", "02_loss") == given
    assert "clamp" not in "".join(c.source for c in given.cells)


@pytest.mark.parametrize("path", sorted((ROOT / "notebooks").glob("*.ipynb")), ids=lambda path: path.stem)
def test_the_lessons_as_they_stand_are_the_student_version(path):
    given = nbformat.read(path, 4)
    assert [c.source for c in made(given, "student", path.stem).cells] == [c.source for c in given.cells]


def test_solution_and_instructor_hold_solutions_and_the_second_the_notes(lessons, tmp_path):
    first, second = build(lessons, "instructor", tmp_path / "one")
    assert first.name == "02_loss.ipynb" and second.name == "07_map.ipynb"
    notebook = nbformat.read(first, 4)
    nbformat.validate(notebook)
    notes = [c.source for c in notebook.cells if "teacher" in c.metadata.get("tags", [])]
    assert "Begin with the table." in notes[0] and "Passed is full points" in notes[0] and "`hinge`" in notes[0]
    assert notes[1] == "Ask what they see." and "Three minutes at the board." in notes[2]
    assert all(f"`{mistake.key}`" in notes[2] for mistake in exercise("hinge").mistakes) and len(notes) == 4
    assert code(notebook, "hinge") == [solved("hinge")]
    plain = nbformat.read(build(lessons, "solution", tmp_path / "two")[0], 4)
    assert code(plain, "recall") == [solved("recall")] and not [c for c in plain.cells if "teacher" in c.metadata.get("tags", [])]


def test_nbgrader_and_otter_get_their_own_cells_and_only_lessons_with_exercises(lessons, tmp_path):
    (path,) = build(lessons, "nbgrader", tmp_path / "nb")
    assert path == tmp_path / "nb/source/02_loss/02_loss.ipynb"
    cells = [c for c in nbformat.read(path, 4).cells if "nbgrader" in c.metadata]
    assert [c.metadata.nbgrader.grade_id for c in cells] == ["hinge-answer", "hinge-check", "recall-answer", "recall-check"]
    assert cells[1].metadata.nbgrader.points == 10 and "assert verdict.passed, str(verdict)" in cells[1].source
    assert len({c.id for c in nbformat.read(path, 4).cells}) == len(nbformat.read(path, 4).cells)
    (path,) = build(lessons, "otter", tmp_path / "ot")
    raw = [c.source.splitlines()[0] for c in nbformat.read(path, 4).cells if c.cell_type == "raw"]
    assert raw[0] == "# ASSIGNMENT CONFIG" and raw.count("# BEGIN QUESTION") == 2 == raw.count("# END TESTS")


def test_what_cannot_be_built_is_said(lessons, tmp_path):
    (tmp_path / "no.ipynb").write_text("{}")
    (tmp_path / "empty").mkdir()
    for call, said in ((lambda: build(lessons, "teacher", tmp_path / "x"), "no version 'teacher' of a lesson; there are: student"),
                       (lambda: build(tmp_path / "empty", "student", tmp_path / "x"), "no notebook in"),
                       (lambda: build(tmp_path / "gone.ipynb", "student", tmp_path / "x"), "no notebook"),
                       (lambda: build(tmp_path / "no.ipynb", "student", tmp_path / "x"), "is no notebook"),
                       (lambda: build(lessons / "07_map.ipynb", "nbgrader", tmp_path / "x"), "holds an exercise"),
                       (lambda: build(lessons, "student", lessons), "holds the lessons themselves"),
                       (lambda: build(lessons, "student", tmp_path / "x", "tlh"), "no language 'tlh'")):
        with pytest.raises(Problem, match=re.escape(said)):
            call()
    assert not (tmp_path / "x").exists() and VERSIONS == ("student", "solution", "instructor", "nbgrader", "otter")


# what was handed in

@pytest.fixture(scope="module")
def class_(tmp_path_factory):
    folder = tmp_path_factory.mktemp("handed in")
    right = exercise("hinge").solved
    entry = dict(tries=3, mistakes={"own-captions": 2, "mean": 1}, hints=1, solution_shown=False, state="passed", passed=True,
                 first="2026-11-25T10:00:00", when="2026-11-25T10:12:00")
    handed(folder, "ana", ["import vsrlab as vl\n%matplotlib inline", right, 'vl.course.check("hinge", hinge)'], {"hinge": entry})
    handed(folder, "ben", [OWN_CAPTIONS], {"hinge": entry | dict(source="", hints=0)})              # "passed" is a lie
    handed(folder, "cai", [starter("hinge")])
    handed(folder, "dee", ["x = 1"])                                                                 # deleted
    handed(folder, "eva", [right, starter("hinge"), right + "\n# again"])                             # copied cells
    handed(folder, "fay", ["MARGIN = 0.2\nimport numpy as np", "def costs(s):\n    return helper(s)",
                           "def helper(s):\n    return s",
                           right.replace("\n", "\n    costs(MARGIN)\n", 1)])
    handed(folder, "gus", ["def hinge(scores, image, margin=0.2, hardest=True):\n    while True:\n        pass"])
    handed(folder, "hal", ["def hinge(scores, image, margin=0.2, hardest=True:\n    return"])
    (folder / "ida.ipynb").write_text("{not json")
    (folder / "gus" / ".ipynb_checkpoints").mkdir()
    (folder / "gus" / ".ipynb_checkpoints" / "lesson.ipynb").write_text("{}")
    return folder


@pytest.fixture(scope="module")
def grades(class_):
    return graded(class_, seed=5, seconds=2.0)


@pytest.fixture(scope="module")
def table(grades):
    return grades.set_index("student")


def test_sources_run_again_and_a_stored_pass_is_not_believed(table):
    assert list(table[table.passed].index) == ["ana", "eva", "fay"]
    assert table.loc["ben", "mistake"] == "own-captions" and not table.loc["ben", "passed"]
    assert table.loc["cai", "state"] == "your turn" and table.loc["dee", "state"] == "not handed in"
    assert table.loc["gus", "state"] == "time" and table.loc["hal", "state"] == "error"
    assert (table.seed == 5).all() and set(table.columns) | {"student"} == set(COLUMNS)


def test_what_the_answers_file_tells_stands_beside_it(table):
    assert tuple(table.loc["ana", ["tries", "hints", "solution_seen", "minutes"]]) == (3, 1, False, 12)
    assert tuple(table.loc["eva", ["tries", "minutes"]]) == ("", "") and "ask for it once more" in table.loc["ida", "note"]


def test_the_cases_are_new_each_time_and_told(tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr(grading, "grade", lambda jobs, seed, seconds: asked.append(seed) or [
        Verdict(name, "passed", "", "") for name, _ in jobs])
    handed(tmp_path / "in", "=cmd()", [exercise("hinge").solved])
    for _ in range(2):
        collect(tmp_path / "in", tmp_path / "grades.csv")
    rows = list(csv.DictReader((tmp_path / "grades.csv").open(encoding="utf-8")))
    assert len(set(asked)) == 2 and 0 not in asked and int(rows[0]["seed"]) == asked[1] and rows[0]["passed"] == "True"
    assert not rows[0]["student"].startswith("="), "no spreadsheet runs a name"


def test_a_function_brings_its_helpers_along_and_nothing_else(tmp_path):
    handed(tmp_path, "ana", ["import torch\nK = 2\nrun = open('/nowhere')", "def unused():\n    return 1",
                             "def helper(x):\n    return K * x", exercise("hinge").solved + "\nhelper"])
    handed(tmp_path, "ben", ["def double(x):\n    return 2 * x", "import math",
                             "def hinge(scores, image, margin=0.2, hardest=True):\n    return double(scores.sum()) * math.pi"])
    source = students(tmp_path)[1].sources["hinge"][0]
    assert source.startswith("def double") and "import math" in source and source.count("def ") == 2
    assert "nowhere" not in students(tmp_path)[0].sources["hinge"][0] and "unused" not in students(tmp_path)[0].sources["hinge"][0]


def test_the_board_says_how_many_are_where_and_which_mistake_how_often(class_, grades):
    board = Board(class_, grades=grades)
    row = board.table().iloc[0]
    assert tuple(row) == ("hinge", 9, 3, 3, 1, 2)
    met = board.mistakes().set_index("mistake")
    assert tuple(met.loc["own-captions", ["students", "times"]]) == (2, 4) and met.index[0] == "own-captions"
    text = board.text()
    assert "9 students" in text and "3 of 9 passed" in text and "2 × own-captions:" in text and "ida" in text


def test_the_command_line(class_, lessons, tmp_path, capsys):
    assert main(["course", "build", str(lessons), "--version", "solution", "--out", str(tmp_path / "built")]) == 0
    assert "02_loss.ipynb" in capsys.readouterr().out
    (tmp_path / "none").mkdir()
    assert main(["course", "collect", str(tmp_path / "none"), "--out", str(tmp_path / "g.csv")]) == 1
    assert "holds no notebook and no answers.json" in capsys.readouterr().err and not (tmp_path / "g.csv").exists()
    assert main(["course", "board", str(tmp_path / "gone")]) == 1 and "there is no folder" in capsys.readouterr().err


# nbgrader 0.9.6 and otter 7.0.0, where they are installed: no part of the kit depends on them

def submitted(release, place):
    """Four submissions of a released lesson: right, with the captions mistake, untouched, and right with its check deleted."""
    for who in ("right", "own", "untouched", "deleted"):
        notebook = nbformat.read(release, 4)
        for cell in notebook.cells:
            if cell.cell_type == "code" and "def hinge" in cell.source and who != "untouched":
                cell.source = OWN_CAPTIONS if who == "own" else exercise("hinge").solved
        if who == "deleted":
            notebook.cells = [c for c in notebook.cells if "verdict" not in c.source and "grader.check" not in c.source]
        path = Path(str(place).format(who=who))
        path.parent.mkdir(parents=True)
        nbformat.write(notebook, path)


def told(program, *words, cwd):
    """Run one of the two programs; it has to end well."""
    done = subprocess.run([program, *words], cwd=cwd, capture_output=True, text=True, timeout=600,
                          env={**os.environ, "PYTHONPATH": str(ROOT)})
    assert done.returncode == 0, done.stderr[-2000:]


@pytest.mark.skipif(not (shutil.which("nbgrader") and os.environ.get("VSRLAB_NIGHTLY")),
                    reason="needs nbgrader 0.9.6 on the path and VSRLAB_NIGHTLY=1, a minute")
def test_nbgrader_grades_four_submissions(tmp_path):
    (tmp_path / "in").mkdir()
    nbformat.write(lesson("hinge"), tmp_path / "in" / "lesson.ipynb")
    build(tmp_path / "in", "nbgrader", tmp_path)
    (tmp_path / "nbgrader_config.py").write_text("c = get_config()\nc.CourseDirectory.course_id = 'kit'\n")
    told("nbgrader", "generate_assignment", "lesson", cwd=tmp_path)
    submitted(tmp_path / "release/lesson/lesson.ipynb", tmp_path / "submitted/{who}/lesson/lesson.ipynb")
    told("nbgrader", "autograde", "lesson", cwd=tmp_path)
    told("nbgrader", "export", "--to", "grades.csv", cwd=tmp_path)
    scores = {row["student_id"]: float(row["score"]) for row in csv.DictReader((tmp_path / "grades.csv").open())}
    assert scores == {"right": 10, "own": 0, "untouched": 0, "deleted": 0}
    assert "another caption of the same image" in (tmp_path / "autograded/own/lesson/lesson.ipynb").read_text()


@pytest.mark.skipif(not (shutil.which("otter") and os.environ.get("VSRLAB_NIGHTLY")),
                    reason="needs otter-grader 7.0.0 on the path and VSRLAB_NIGHTLY=1, two minutes")
def test_otter_grades_four_submissions(tmp_path):
    (tmp_path / "in").mkdir()
    nbformat.write(lesson("hinge"), tmp_path / "in" / "lesson.ipynb")
    (path,) = build(tmp_path / "in", "otter", tmp_path / "ot")
    told("otter", "assign", path.name, "dist", "--no-run-tests", cwd=path.parent)
    (archive,) = (path.parent / "dist/autograder").glob("*.zip")
    submitted(path.parent / "dist/student/lesson.ipynb", tmp_path / "sub/{who}/lesson.ipynb")
    scores = {}
    for who in ("right", "own", "untouched", "deleted"):
        told("otter", "run", "-a", str(archive), "-o", str(tmp_path / "sub" / who), "--no-logo", "lesson.ipynb",
             cwd=tmp_path / "sub" / who)
        tests = json.loads((tmp_path / "sub" / who / "results.json").read_text())["tests"]
        scores[who] = sum(test["score"] for test in tests if test.get("max_score"))
    assert scores == {"right": 10, "own": 0, "untouched": 0, "deleted": 10}, "a deleted check costs nothing: otter brings its own"
