"""A bad student's function is one sentence, and the process that checked it lives on: in a copy, in this process, and graded."""
import os
import sys
import threading

import numpy as np
import pytest
import torch

from vsrlab.course import checking, grading, guard
from vsrlab.course.checking import check, examined
from vsrlab.course.exercise import exercise

LINUX = sys.platform == "linux"
HINGE = exercise("hinge")


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    from vsrlab.course import answers
    monkeypatch.setitem(answers._STATE, "path", tmp_path / "answers.json")


def loops(scores, image, margin=0.2, hardest=True):
    while True:
        pass


def loops_and_swallows(scores, image, margin=0.2, hardest=True):
    while True:
        try:
            scores = scores + 0
        except:  # noqa: E722
            pass


def eats(scores, image, margin=0.2, hardest=True):
    kept = []
    while True:
        kept.append(np.ones(3_000_000))


def asks_for_much(scores, image, margin=0.2, hardest=True):
    return torch.ones(10 ** 14).sum()


def leaves(scores, image, margin=0.2, hardest=True):
    sys.exit(3)


def leaves_at_once(scores, image, margin=0.2, hardest=True):
    os._exit(3)


def recurses(scores, image, margin=0.2, hardest=True):
    return recurses(scores, image, margin, hardest)


def prints(scores, image, margin=0.2, hardest=True):
    print("the loss is", scores.sum())


def prints_and_returns(scores, image, margin=0.2, hardest=True):
    print("looking")
    return HINGE.solution(scores, image, margin, hardest)


def a_text(scores, image, margin=0.2, hardest=True):
    return "0.5"


def changes(scores, image, margin=0.2, hardest=True):
    value = HINGE.solution(scores, image, margin, hardest)
    image += 1
    return value


def asks(scores, image, margin=0.2, hardest=True):
    return float(input("margin? "))


def generator(scores, image, margin=0.2, hardest=True):
    yield scores.sum()


SAID = {loops: ("time", "did not come to an end"), eats: ("memory", "more memory"), asks_for_much: ("memory", "more memory"),
        leaves: ("SystemExit", "ends the program"), recurses: ("RecursionError", "calls itself"),
        prints: ("prints", "Write return where print stands"), a_text: ("kind", "should be numbers, yours is str"),
        changes: ("changed-input", "changed what it was given"), generator: ("kind", "yours is generator")}


@pytest.mark.parametrize("bad", SAID, ids=lambda f: f.__name__)
def test_one_sentence_for_each_bad_function(bad):
    verdict = examined(HINGE, bad, seconds=30 if bad is eats else 0.3)
    assert verdict.key == SAID[bad][0] and SAID[bad][1] in str(verdict).replace("\n ", ""), str(verdict)
    assert examined(HINGE, HINGE.solution).passed                        # and the next one is judged as before


@pytest.mark.parametrize("bad", [loops, eats, asks_for_much, leaves, recurses, prints, a_text], ids=lambda f: f.__name__)
def test_the_same_without_a_copy_of_the_process(bad, monkeypatch):
    monkeypatch.setattr(guard, "guarded", guard.here)
    monkeypatch.setattr(guard, "MEMORY", 1 << 27)
    monkeypatch.setattr(guard.here, "__defaults__", (30.0, 1 << 27))
    verdict = examined(HINGE, bad, seconds=30 if bad is eats else 0.3)
    assert verdict.key == SAID[bad][0], str(verdict)
    assert examined(HINGE, HINGE.solution).passed


@pytest.mark.skipif(not LINUX, reason="a copy of the process")
@pytest.mark.parametrize("bad,key", [(leaves_at_once, "died"), (loops_and_swallows, "time"), (asks, "EOFError")])
def test_what_only_a_copy_survives(bad, key):
    verdict = examined(HINGE, bad, seconds=0.3)
    assert verdict.key == key, str(verdict)


def test_the_line_that_loops_is_shown():
    assert "line: " in str(examined(HINGE, loops, seconds=0.3))


def test_what_is_printed_is_told_and_does_not_reach_the_notebook(capfd):
    verdict = examined(HINGE, prints_and_returns)
    assert verdict.passed and "looking" in verdict.note and capfd.readouterr().out == ""


@pytest.mark.skipif(not LINUX, reason="a copy of the process")
def test_a_copy_leaves_no_trace_in_this_process():
    met = []

    def remembers(scores, image, margin=0.2, hardest=True):
        met.append(1)
        return HINGE.solution(scores, image, margin, hardest)
    assert examined(HINGE, remembers).passed and met == []


@pytest.mark.skipif(not LINUX, reason="a copy of the process")
def test_a_process_that_computed_on_many_threads_can_be_copied():
    threads = torch.get_num_threads()
    try:
        torch.set_num_threads(2)
        a = torch.randn(600, 600, requires_grad=True)
        (a @ a).sum().backward()
        assert examined(HINGE, HINGE.solution).passed
    finally:
        torch.set_num_threads(threads)


@pytest.mark.skipif(not LINUX, reason="a copy of the process")
def test_where_no_copy_can_be_made_the_check_is_made_here(monkeypatch):
    monkeypatch.setattr(guard, "_unfit", lambda: "gradients were computed on a GPU")
    with pytest.raises(guard.NoCopy, match="GPU"):
        guard.apart(lambda: 1)
    assert guard.guarded(lambda: 1) == ("done", 1) and examined(HINGE, HINGE.solution).passed


def test_a_check_in_another_thread():
    found = []
    thread = threading.Thread(target=lambda: found.append(examined(HINGE, loops, seconds=0.3)))
    thread.start()
    thread.join(60)
    assert found and found[0].key == "time"


def test_a_stop_by_the_person_is_a_sentence(monkeypatch):
    def pressed(*_):
        raise KeyboardInterrupt
    monkeypatch.setattr(checking.guard, "guarded", pressed)
    assert "you stopped" in check("hinge", HINGE.solution).message


def test_grading_runs_every_source_alone_and_believes_nothing(tmp_path):
    loop = "def hinge(scores, image, margin=0.2, hardest=True):\n    while True: pass\n"
    jobs = [("hinge", HINGE.solved), ("hinge", loop), ("hinge", "import os\nos._exit(0)"), ("hinge", "x = ("), ("hinge", ""),
            ("recall", exercise("recall").starter), ("nothing", ""),
            ("hinge", "passed = True\nprint('passed')\ndef hinge(scores, image, margin=0.2, hardest=True):\n    return 0"),
            ("attend", exercise("attend").solved)]
    found = grading.grade(jobs, seconds=0.5)
    assert [v.passed for v in found] == [True, False, False, False, False, False, False, False, True]
    assert [v.key for v in found][1:5] == ["time", "died", "SyntaxError", "missing"] and found[5].state == "your turn"
    assert found[6].key == "no-exercise"


def test_grading_goes_on_behind_a_source_that_kills_the_worker(monkeypatch):
    said = [['{"exercise": "hinge", "state": "passed", "key": "", "message": "m"}'], [], []]
    monkeypatch.setattr(grading, "_worker", lambda jobs, *_: said.pop(0))
    found = grading._worked([("hinge", "a"), ("hinge", "b"), ("hinge", "c")], 0, 1)
    assert [v.state for v in found] == ["passed", "error", "error"]
