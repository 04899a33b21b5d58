"""answers.json: written whole or not at all, read back after a restart, and never lost."""
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import vsrlab as vl
from vsrlab import files
from vsrlab.course import answers
from vsrlab.course.exercise import exercise
from vsrlab.course.sources import source_of
from vsrlab.errors import Problem

HINGE = exercise("hinge")
WORLD = {**os.environ, "PYTHONPATH": str(Path(vl.__file__).parents[1])}
mean = next(m.wrong for m in HINGE.mistakes if m.key == "mean")


@pytest.fixture(autouse=True)
def kept(tmp_path, monkeypatch):
    monkeypatch.setitem(answers._STATE, "path", tmp_path / "answers.json")
    return tmp_path / "answers.json"


def test_a_try_a_mistake_and_a_pass_are_kept_and_a_later_failure_does_not_undo_it(kept):
    assert vl.course.check("hinge", mean).key == "mean"
    assert vl.course.check("hinge", HINGE.solution).passed
    assert vl.course.check("hinge", mean).key == "mean"
    entry = json.loads(kept.read_text())["exercises"]["hinge"]
    assert entry["passed"] and entry["tries"] == 3 and entry["mistakes"] == {"mean": 2} and "amax" in entry["source"]


def test_untouched_cells_write_nothing(kept):
    for name in ("hinge", "attend"):
        vl.course.check(name, None), vl.course.predict("collapse-value", ...), vl.course.quiz("collapse")
    vl.course.reveal("collapse-value")
    assert not kept.exists()


def test_a_restart_finds_hints_passes_and_sources(kept, capsys):
    vl.course.check("hinge", HINGE.solution), vl.course.hint("hinge"), vl.course.solution("attend")
    code = "import vsrlab as vl; print(vl.course.progress().to_string()); vl.course.restore('hinge'); vl.course.hint('hinge')"
    said = subprocess.run([sys.executable, "-c", code], cwd=kept.parent, capture_output=True, text=True, check=True,
                          env=WORLD).stdout
    assert "passed" in said and "rows.amax(1)" in said and "hint 2 of 3" in said
    assert json.loads(kept.read_text())["exercises"]["attend"]["solution_shown"] is True


def test_after_the_third_hint_the_solution_is_named(capsys):
    for _ in range(4):
        vl.course.hint("relate")
    said = capsys.readouterr().out
    assert "hint 3 of 3" in said and "vl.course.solution('relate')" in said


@pytest.mark.parametrize("text", ["{", "[]", '{"format": "other"}', '{"format": "vsrlab answers 2", "exercises": {}}', "\0\1",
                                  '{"format": "vsrlab answers 1", "exercises": {"hinge": {"tries": "many"}}}', ""])
def test_a_broken_or_foreign_file_is_said_and_kept(kept, text):
    kept.write_text(text)
    assert vl.course.progress().empty and kept.read_text() == text        # looking changes nothing
    verdict = vl.course.check("hinge", HINGE.solution)
    assert verdict.passed and "is kept as answers.kept-1.json" in verdict.note
    assert (kept.parent / "answers.kept-1.json").read_text() == text
    assert json.loads(kept.read_text())["exercises"]["hinge"]["passed"]
    kept.write_text(text)
    vl.course.check("hinge", mean)
    assert (kept.parent / "answers.kept-2.json").read_text() == text


def test_what_newer_code_added_stays(kept):
    kept.write_text(json.dumps({**answers.empty(), "more": 1, "exercises": {"later": {"tries": 1, "stars": 5}}}))
    vl.course.check("hinge", mean)
    found = json.loads(kept.read_text())
    assert found["more"] == 1 and found["exercises"]["later"]["stars"] == 5


def test_a_disk_that_fails_leaves_the_old_file_and_the_verdict(kept, monkeypatch):
    vl.course.check("hinge", HINGE.solution)
    before = kept.read_text()

    def full(path, value):
        raise Problem("no space")
    monkeypatch.setattr(files, "write_json", full)
    verdict = vl.course.check("hinge", mean)
    assert verdict.key == "mean" and "could not be kept" in verdict.note and kept.read_text() == before


def test_killed_while_writing_the_old_one_remains(kept):
    vl.course.check("hinge", HINGE.solution)
    code = f"""
import os, vsrlab.files as files
from vsrlab.course import answers
answers.keep_in({str(kept)!r})
os.fsync = lambda number: os._exit(9)            # the moment before the new file takes the place of the old one
answers.change(lambda found: found["exercises"].clear())
"""
    done = subprocess.run([sys.executable, "-c", code], check=False, env=WORLD)
    assert done.returncode == 9 and answers.read()["exercises"]["hinge"]["passed"]
    vl.course.check("attend", exercise("attend").solution)                # and it can be written again
    assert answers.read()["exercises"]["attend"]["passed"]


def test_two_notebooks_of_one_folder_do_not_lose_each_others_answers(kept):
    code = f"""
from vsrlab.course import answers
answers.keep_in({str(kept)!r})
for n in range(40):
    assert answers.change(lambda found: answers.entry(found, "NAME").update(hints=n + 1)) == ""
"""
    both = [subprocess.Popen([sys.executable, "-c", code.replace("NAME", name)], env=WORLD) for name in ("one", "two")]
    assert [p.wait(60) for p in both] == [0, 0]
    assert {k: v["hints"] for k, v in answers.read()["exercises"].items()} == {"one": 40, "two": 40}


def test_the_source_takes_its_helpers_along():
    import numpy
    space = {"numpy": numpy}
    file = Path(answers.path().parent / "cell.py")
    file.write_text("import numpy\nfrom math import sqrt\nLEVEL = 0.5\n\ndef helper(x):\n    return sqrt(x) + LEVEL\n\n"
                    "def recall(scores, image_of_text, k, seek):\n    return helper(numpy.float64(4))\n")
    exec(compile(file.read_text(), str(file), "exec"), space)
    source = source_of(space["recall"])
    alone: dict = {}
    exec(source, alone)
    assert alone["recall"](None, None, 1, "image") == 2.5
    assert source_of(len) == "" and source_of(lambda: 1) != ""
