"""The pointed region and the game: the mix by hand, phrases as units, answers that read nothing, pairs within a caption."""
from dataclasses import replace

import numpy as np
import pytest
from planted import WORDS, planted_explanation
from toy import indexed

import vsrlab as vl
from vsrlab.errors import Problem
from vsrlab.explain.pointing.game import pointing_game
from vsrlab.explain.pointing.mix import (
    MIXES,
    Mix,
    Weights,
    lacks,
    mix_of,
    parts,
    phrase_of,
    pointing_matrix,
    pointing_weights,
    said,
    vocabulary,
)
from vsrlab.explain.pointing.phrases import Unit, phrase_units, read_phrases, true_units
from vsrlab.explain.pointing.tally import played, tabled
from vsrlab.retrieval.index import index
from vsrlab.views.pointing import PointingView
from vsrlab.wording import signed

OURS = "boxes of SSD-MobileNetV2, vectors of EfficientNet-Lite0 1 abc123"


def detected(**changes):
    """The planted record as a photo of our extractor has it: a cosine, a detector's confidence, and no truth."""
    e = planted_explanation()
    cosine = np.full(e.attention.shape, 0.1, np.float32)
    cosine[[2, 3], 3] = 0.5                                        # "brown dog": the head, a part of the dog, and the dog
    cosine[[2, 3], 0] = 0.4
    return replace(e, **{"cosine": cosine, "truth": None, "provenance": e.provenance | {"extractor": OURS}} | changes)


def alike(*weights):
    """A Mix that weighs every phrase alike."""
    return Mix(Weights(*weights), Weights(*weights))


@pytest.fixture(scope="module")
def photos():
    """(run, index, phrases) of scenes that pass for photos: boxes with confidence, of our extractor, and human boxes."""
    run, at = indexed("scan", images=12)
    corpus = replace(at.corpus, truth=None, extractor=OURS,
                     confidence=np.random.default_rng(0).random(at.corpus.boxes.shape[:2]).astype(np.float32))
    words = lambda t: corpus.texts[t].rstrip(".").split()
    phrases = {t: [(" ".join(words(t)[1:3]), corpus.boxes[t // 5][:2]), (" ".join(words(t)[-2:]), [[0.1, 0.1, 0.5, 0.9]])]
               for t in range(0, 60, 5)}
    return run, index(run, corpus), phrases


def test_the_mix_is_the_sum_of_its_parts_and_the_largest_region_is_pointed_at():
    e, mix = detected(), alike(6, 0.5, 0.25)
    found, area = parts(e, (2, 3), mix), (e.boxes[:, 2:] - e.boxes[:, :2]).prod(1)
    by_hand = 6 * e.cosine[[2, 3]].mean(0) + 0.5 * np.log(e.confidence) + 0.25 * np.log(area)
    assert np.argmax(found.total) == 0 and np.argmax(e.cosine[3]) == 3         # the dog, where the cosine alone says its head
    large = area > 0.01
    assert found.total[large] == pytest.approx(by_hand[large], abs=1e-6)
    weights = pointing_weights(e, mix)
    assert weights.sum(1) == pytest.approx(1) and weights[2] == pytest.approx(weights[3])
    assert np.log(weights[3][0] / weights[3][3]) == pytest.approx(found.total[0] - found.total[3], abs=1e-6)


def test_a_phrase_that_names_a_class_of_the_detector_has_weights_of_its_own():
    e, mix = detected(), mix_of(detected())
    dog, tree = (2, 3), (10,)
    assert mix.names(e, dog) == {"dog"} and not mix.names(e, tree) and mix.of(e, dog) != mix.of(e, tree)
    found = parts(e, dog, mix)
    assert np.flatnonzero(found.label).tolist() == [0, 9] and not parts(e, tree, mix).label.any()
    assert parts(replace(e, labels=None), dog, mix).label.tolist() == [0] * 10
    assert {"person", "dog", "cow"} <= {name for word in ("boy", "puppy", "bull") for name in vocabulary("coco_words.txt")[word]}
    from vsrlab.data.extractors.ssd import CLASSES
    assert {name for names in vocabulary("coco_words.txt").values() for name in names} == {*CLASSES}


def test_a_phrase_is_a_run_of_telling_words():
    e = detected()
    assert [said(e, phrase_of(e, w)) for w in range(len(WORDS))] == [
        "<start>", "a", "brown dog", "brown dog", "catches", "a", "red frisbee", "red frisbee", "near", "a", "tree", "<end>"]
    split = replace(e, text="a brown, dog catches a red frisbee near a tree", spans=e.spans + np.where(e.spans >= 8, 1, 0))
    assert said(split, phrase_of(split, 3)) == "dog"


def test_the_cosine_points_alone_without_confidence_or_without_weights_for_the_extractor():
    assert [mix_of(detected())] == [*MIXES.values()] and not lacks(detected())
    for e in (detected(confidence=None), detected(confidence=np.zeros(10)), detected(boxes=None),
              detected(provenance={"extractor": "of my own"}), detected(provenance={})):
        assert mix_of(e).plain and pointing_matrix(e, False)[0] == "cosine"
    assert "no detector's confidence" in lacks(detected(confidence=np.zeros(10)))
    assert pointing_matrix(detected(), False)[0] == "pointing" and pointing_matrix(planted_explanation(), True)[0] == "attention"


def test_boxes_that_reach_outside_the_photo_have_the_area_of_what_lies_inside():
    e = detected()
    beyond = e.boxes.copy()
    beyond[5] = -3, -3, 4, 0.5
    inside = beyond.clip(0, 1)
    assert parts(replace(e, boxes=beyond), (4,), alike(6, 0.5, 0.25)).area == pytest.approx(
        parts(replace(e, boxes=inside), (4,), alike(6, 0.5, 0.25)).area)


def test_an_answer_is_right_or_a_part_or_elsewhere():
    unit = Unit((3,), np.array([[0.2, 0.2, 0.8, 0.8]]), (4,))
    assert unit.verdict(4, (0, 0, 1, 1)) == "right"
    assert unit.verdict(1, (0.4, 0.4, 0.6, 0.6)) == "part"
    assert unit.verdict(1, (0.0, 0.0, 0.2, 0.2)) == "elsewhere"


def test_phrases_are_units_and_the_first_of_two_on_one_word_counts():
    e = planted_explanation()
    told = [("a brown dog", e.boxes[[0]]), ("dog", e.boxes[[1]]), ("a tree", [[0, 0, 0.01, 0.01]]), ("cow", e.boxes)]
    found = phrase_units(e, told)
    assert [(said(e, u.words), u.regions) for u in found] == [("a brown dog", (0, 9)), ("a tree", ())]
    assert [u.words for u in true_units(e)] == [(2,), (3,), (6,), (7,), (10,)]


def test_the_test_within_a_caption_by_hand():
    """Three candidates, two phrases: one answers each its own, one answers the first's place always."""
    near = np.array([[1, 0], [0, 1], [0, 0]], bool)
    middle = np.array([[1, 0], [0, 1], [1, 0]], bool)
    apart = ~np.eye(2, dtype=bool)
    chosen = {"model": np.eye(3)[[0, 1]], "random weights": np.eye(3)[[2, 2]], "blind": np.eye(3)[[0, 0]],
              "a region at random": np.full((2, 3), 1 / 3)}
    table = tabled([played(n, chosen, near, middle, apart, [True, True]) for n in range(4)], "model").set_index("model")
    assert table.loc["model", ["hit rate", "centre", "part", "own", "other", "within"]].tolist() == [100, 100, 0, 100, 0, 100]
    assert table.loc["random weights", ["hit rate", "centre", "part"]].tolist() == [0, 50, 50]
    assert table.loc["blind", ["own", "other", "within"]].tolist() == [50, 50, 0]
    assert table.loc["a region at random", "hit rate"] == pytest.approx(100 / 3) == pytest.approx(table.loc["model", "chance"])
    assert table.attrs["ahead"]["blind"]["hit rate"] == (50, 50, 50) and table.attrs["compared"] == 8


def test_the_game_on_photos_has_the_answers_that_read_no_word(photos):
    run, at, phrases = photos
    table = pointing_game(run, at, 12, phrases=phrases)
    rows = table.set_index("model")
    assert [*rows.index] == ["scan", "random weights", "difference", "a region at random", "most confident box", "largest region",
                             "whole photo", "best of the regions"]
    best, blind = rows.loc["best of the regions"], rows.loc[["most confident box", "largest region", "whole photo"]]
    lost = 1 - best["hit rate"] / 100
    assert 0 < lost < 1 and best["answered"] == 100 and table.attrs["answered"] == round((1 - lost) * best["words"])
    assert (blind["hit rate"] <= best["hit rate"]).all() and (blind["within"].abs() < 1e-9).all()
    assert table.attrs["quantity"] == "pointing" and table.attrs["mix"] == str(next(iter(MIXES.values())))
    assert rows.loc["scan", "answered"] * (1 - lost) == pytest.approx(rows.loc["scan", "hit rate"])
    confident = pointing_game(run, at, 12, phrases=phrases, mix=alike(0, 1, 0)).set_index("model")
    assert len({confident.loc["scan", "hit rate"], *(t.loc["most confident box", "hit rate"] for t in (confident, rows))}) == 1
    again = pointing_game(run, at, 12, phrases=phrases, quantity="cosine").iloc[0]
    plain = pointing_game(run, at, 12, phrases=phrases, mix=Mix()).iloc[0]
    assert again.drop("model").equals(plain.drop("model"))


def test_the_view_says_who_is_better_and_what_counts_as_a_miss(photos, tmp_path):
    run, at, phrases = photos
    view = PointingView(pointing_game(run, at, 12, phrases=phrases))
    assert view.verdict().startswith("scan ") and "the most confident box by extent (" in view.verdict()
    assert len(view.verdict().replace("%", "").split()) <= 22 and "no region answers, and they count as misses" in view.text()
    assert "points at a part: the middle is right and the extent is not" in view.text()
    page = view.html()
    assert "whole photo" in page and "× log confidence" in view.footer() and "bootstrap over photos" in view.footer()
    view.save(tmp_path / "game.png")
    assert (tmp_path / "game.png").stat().st_size > 10_000
    assert vl.show(view.found).get_label() == view.verdict()


def test_a_grid_without_confidence_points_by_its_cosine_and_says_so(photos):
    run, at, phrases = photos
    corpus = replace(at.corpus, confidence=np.zeros(at.corpus.boxes.shape[:2], np.float32), kind="grid")
    view = PointingView(pointing_game(run, index(run, corpus), 6, phrases=phrases))
    assert view.about["mix"] == "1 × cosine" and "most confident box" not in [*view.found["model"]]
    assert "These regions have no detector's confidence, so the cosine points alone." in view.text()


def test_phrases_of_unknown_words_are_played_and_counted(photos):
    run, at, _ = photos
    corpus = replace(at.corpus, texts=["a zyzzyva near qoph"] * len(at.corpus.texts))
    table = pointing_game(run, index(run, replace(corpus, texts=["zyzzyva near a red qoph", *corpus.texts[1:]])), 2,
                          phrases={0: [("zyzzyva", corpus.boxes[0][:1])]})
    assert table.attrs["unread"] == 1 and "Of 1 the vocabulary knows no word" in PointingView(table).text()


def test_a_difference_that_is_written_zero_has_no_minus():
    assert [signed(x, False, d) for x, d in ((-0.001, 2), (-0.04, 1), (-0.06, 1), (0.0, 2))] == ["0.00", "0.0", "−0.1", "0.00"]
    assert signed(-0.3) == "−0.30" and signed(0.3) == "+0.30"


def test_a_model_without_a_cosine_cannot_mix(photos):
    _, at, phrases = photos
    run, own = indexed("vsepp")
    with pytest.raises(Problem, match="vsepp has no cosine of words and regions to point by; take quantity='occlusion'"):
        pointing_game(run, index(run, replace(own.corpus, extractor=OURS)), 2, phrases=phrases, quantity="pointing")


def test_a_human_box_outside_of_the_photo_is_refused_in_a_sentence(tmp_path, photos):
    corpus = photos[1].corpus
    (tmp_path / "p.jsonl").write_text('{"filename": "%s", "phrase": "%s", "boxes": [[0, 0, 500, 90]]}' % (
        corpus.ids[0], corpus.texts[0].split()[1]))
    with pytest.raises(Problem, match="line 1: the box of .* reaches outside of the photo of 100 x 100 pixels; give the sizes"):
        read_phrases(tmp_path / "p.jsonl", corpus, {corpus.ids[0]: (100, 100)})
    assert read_phrases(tmp_path / "p.jsonl", corpus, {corpus.ids[0]: (499, 100)})[0][0][1].max() == 1
