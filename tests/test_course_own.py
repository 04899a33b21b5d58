"""The student's own function gives the numbers of the screen, and draws the real picture."""
import numpy as np
import pytest
import torch

import vsrlab as vl
from vsrlab.course.exercise import PRELUDE, exercise
from vsrlab.course.own import with_own
from vsrlab.data.batches import read_images
from vsrlab.errors import Problem
from vsrlab.losses import hinge, right_answers

ATTEND, RELATE = exercise("attend"), exercise("relate")
over_words = next(m.wrong for m in ATTEND.mistakes if m.key == "softmax-axis")
not_shared = next(m.wrong for m in ATTEND.mistakes if m.key == "not-shared")


def starter(task):
    space = {}
    exec(PRELUDE + task.starter, space)
    return space[task.name]


def attend(words, regions, sharpness=9.0, leak=0.1):
    return ATTEND.solution(words, regions, sharpness, leak)


def relate(v, theta, phi, g, r):
    return RELATE.solution(v, theta, phi, g, r)


@pytest.fixture(scope="module")
def test_scenes():
    return vl.scenes(images=20, seed=2, split="test")


@pytest.fixture(scope="module", params=["scan", "vsrpp"])
def opened(request, test_scenes):
    run = vl.lesson_run(request.param)
    return run, vl.index(run, test_scenes)


@pytest.fixture(scope="module")
def vsrpp(test_scenes):
    run = vl.lesson_run("vsrpp")
    return run, vl.index(run, test_scenes)


def test_attend_gives_the_attention_of_the_screen(opened):
    run, index = opened
    own, plain = (vl.attention(run, index, 3, 15, strip=False, attend=f) for f in (attend, None))
    assert np.abs(own.e.attention - plain.e.attention).max() < 1e-5 and abs(own.e.score - plain.e.score) < 1e-5
    assert own.e.image_rank == plain.e.image_rank and "Drawn by your own attend." in own.note() and "your own" not in plain.note()


def test_another_sharpness_runs_through_the_students_function(opened):
    run, index = opened
    views = [vl.attention(run, index, 3, 15, strip=False, sharpness=2.0, attend=f) for f in (attend, None)]
    a, b = (view.matrix("attention") for view in views)
    assert np.abs(a - b).max() < 1e-5


def test_another_attention_is_another_picture(opened):
    run, index = opened
    own, plain = (vl.attention(run, index, 3, 15, strip=False, attend=f) for f in (not_shared, None))
    assert np.abs(own.e.attention - plain.e.attention).max() > 1e-3 and own.text() and own.figure() is not None
    assert run.model.instead == "" and type(run.model).__name__ in ("SCAN", "VSRPP")


def stops(words, regions, sharpness=9.0, leak=0.1):
    return words @ regions


def loops(words, regions, sharpness=9.0, leak=0.1):
    while True:
        pass


@pytest.mark.parametrize("bad,said", [(stops, "stopped with RuntimeError"), (over_words, "does not sum to 1"),
                                      (loops, "come to an end"), (lambda w, r, s: "x", "returns no numbers"),
                                      (lambda w, r, s: (w, r, s), "of the sizes")])
def test_a_function_that_does_not_work_leaves_the_librarys_picture_and_says_so(opened, bad, said, monkeypatch):
    monkeypatch.setattr("vsrlab.course.own.SECONDS", 0.3)
    run, index = opened
    view = vl.attention(run, index, 3, 15, strip=False, attend=bad)
    assert said in view.note() and "library" in view.note()
    assert np.allclose(view.e.attention, vl.attention(run, index, 3, 15, strip=False).e.attention)


def test_untouched_cells_change_nothing(opened, vsrpp):
    run, index = opened
    for untouched in (None, ..., starter(ATTEND)):
        assert with_own(run, "attend", untouched) is run
    assert with_own(vsrpp[0], "relate", starter(RELATE)) is vsrpp[0]


def test_relate_gives_the_regions_and_relations_of_the_screen(vsrpp):
    run, index = vsrpp
    own, plain = (vl.relations(run, index, 3, 15, strip=False, relate=f) for f in (relate, None))
    assert np.abs(own.e.affinity - plain.e.affinity).max() < 1e-5 and np.abs(own.e.layers - plain.e.layers).max() < 1e-4
    assert abs(own.e.score - plain.e.score) < 1e-5 and "Drawn by your own relate." in own.note()
    softened = next(m.wrong for m in RELATE.mistakes if m.key == "softmax")
    other = vl.relations(run, index, 3, 15, strip=False, relate=softened)
    assert other.e.affinity.min() >= 0 > plain.e.affinity.min() and other.figure() is not None


def test_a_model_without_a_place_for_it_says_so(vsrpp, test_scenes):
    run = vl.lesson_run("scan")
    view = vl.attention(with_own(run, "relate", relate), vl.index(run, test_scenes), 3, 15, strip=False)
    assert "relate has no place in this model" in view.note()


def test_what_stops_on_a_real_pair_is_one_sentence(opened):
    run, index = opened

    def only_small(words, regions, sharpness=9.0, leak=0.1):
        return attend(words, regions[:5] if len(regions) > 5 else regions, sharpness) if len(regions) == 5 else words @ regions
    with pytest.raises(Problem, match="your attend stopped with RuntimeError"):
        vl.attention(run, index, 3, 15, strip=False, attend=only_small)


def test_hinge_and_recall_equal_the_librarys(opened):
    run, index = opened
    scores, owner = np.asarray(index.scores, float), np.asarray(index.corpus.image_of_text)
    ranks = vl.ranks(scores, owner)
    for k in (1, 5, 10):
        mine = [exercise("recall").solution(scores, owner, k, seek) for seek in ("text", "image")]
        assert np.allclose(mine, [100 * float((r < k).mean()) for r in (ranks.of_images, ranks.of_texts)])
    image = torch.arange(8) // 2
    square = torch.tensor(scores[owner[:8]][:, :8])
    for hardest in (True, False):
        mine = exercise("hinge").solution(square, image, 0.2, hardest)
        assert torch.allclose(hinge(square, right_answers(image), 0.2, hardest), mine)


def test_relate_is_one_layer_of_the_model(vsrpp):
    run, index = vsrpp
    layer = run.model.eval().reasoner.layers[-1]
    regions, mask = read_images(index.corpus, [3])
    with torch.no_grad():
        out = run.model.encode_images(regions, mask)
        before, after = out.seen["layers"][0, -2], out.seen["layers"][0, -1]
        mine, affinity = relate(before, layer.theta, layer.phi, layer.g, lambda x: layer.norm(layer.update(x)[None], mask)[0])
    assert torch.allclose(out.seen["affinity"][0, -1], affinity, atol=1e-6) and torch.allclose(mine, after, atol=1e-5)
