"""The experiments of lessons 00 to 03: their numbers are those of the library, and a student's function is used."""
import numpy as np
import pytest
import torch

from vsrlab.course.exercise import exercise
from vsrlab.data.scenes import scenes
from vsrlab.errors import Problem
from vsrlab.experiments import looking, loss, sources, start
from vsrlab.explain.explanation import explain
from vsrlab.lesson_runs import lesson_run
from vsrlab.retrieval.index import index
from vsrlab.settings import Settings


@pytest.fixture(scope="module")
def test_scenes():
    return scenes(images=24, seed=2, split="test")


@pytest.fixture(scope="module")
def at(test_scenes):
    return index(lesson_run("scan"), test_scenes)


def test_a_clear_pair_is_first_both_ways_where_any_is_and_holds_the_word(at):
    image, text = start.clear_pair(at)
    assert at.corpus.image_of_text[text] == image and at.ranks.of_texts[text] == 0 and at.scores[image].argmax() == text
    image, text = start.clear_pair(at, "red")
    assert "red" in at.corpus.texts[text].lower().split()
    with pytest.raises(Problem, match="holds the word 'zebra crossing'"):
        start.clear_pair(at, "zebra crossing")


def test_four_photos_hold_the_right_one_and_know_the_winner(at):
    _, text = start.clear_pair(at)
    four = start.FourPhotos(at, text)
    column = at.scores[:, text]
    assert len(set(four.photos)) == 4 and at.corpus.image_of_text[text] in four.photos
    assert column[four.photos[four.winner - 1]] == column.max()
    said = four.figure().get_label()
    assert at.corpus.texts[text] in said and "score" not in said


def test_a_sentence_of_ones_own_is_judged_by_the_world(at):
    found = start.judged(at, "a red dog")
    truth = at.corpus.truth
    assert found["true of"] == sum(not truth.false_claims("a red dog", i) for i in range(len(at.corpus)))
    first = at.search("a red dog", 1)[0]
    assert ("The first answer is right" in found.says) == (truth.false_claims("a red dog", first.row) == [])


def test_a_swapped_colour_moves_the_rank_that_is_told(at):
    _, text = start.clear_pair(at, "red")
    found, image = start.colour_swaps(at, text), int(at.corpus.image_of_text[text])
    assert found.rows[0][0].endswith("(true)") and found["rank"] == at.ranks.of_texts[text] + 1
    old, blue = found.rows[0][0].split()[0], next(row for row in found.rows if row[0] == "blue")
    hits = at.search(at.corpus.texts[text].replace(old, "blue", 1), len(at.corpus))
    assert int(blue[2]) == next(n for n, hit in enumerate(hits) if hit.row == image) + 1
    plain = next(t for t, said in enumerate(at.corpus.texts) if not set(said.lower().replace(".", "").split()) & set(start.COLOURS))
    with pytest.raises(Problem, match="has no colour word"):
        start.colour_swaps(at, plain)


def test_the_answer_of_the_first_lesson_adds_up_and_the_departures_are_a_table():
    corpus = scenes(images=8, seed=2, split="test")
    at = index(lesson_run("vsrpp"), corpus)
    e = explain(at.run, at, 0, 0)
    said = start.answer_start(e, start.Found("", numbers={"kept": 0, "swaps": 10})).says
    assert f"{e.score:.3f}" in said and f"{e.score_local:.3f}" in said and "every time" in said
    assert e.score == pytest.approx(e.mu * e.score_global + e.score_local, abs=1e-5)
    found = start.differs(at.run)
    assert found["settings"] == len(found.rows) >= 3 and found.columns == ("setting", "here", "paper", "why")


# ---------------------------------------------------------------- 02

def test_costs_by_hand_are_those_of_the_library():
    found = loss.by_hand()
    s = torch.tensor(loss.BY_HAND)
    right = torch.eye(3, dtype=torch.bool)
    assert found["sum"] == pytest.approx(float(loss.hinge(s, right, 0.2, False)), abs=1e-6)
    assert found["maximum"] == pytest.approx(float(loss.hinge(s, right, 0.2, True)), abs=1e-6)
    assert found.rows[0][2] == "0.30 and 0.40"


def test_the_pushes_are_those_of_the_students_loss_and_of_the_library_while_it_is_untouched(at):
    untouched, mine = loss.pushes(at, lambda *given: ...), loss.pushes(at, exercise("hinge").solution)
    assert "still to be written" in untouched.whose and mine.whose == "yours"
    for kind in loss.KINDS:
        assert np.allclose(untouched.pushes[kind], mine.pushes[kind])
    half = lambda scores, image, margin, hardest: torch.relu(margin + scores - scores.diagonal()[:, None]).sum()
    rows_only = loss.pushes(at, half)
    assert rows_only.whose == "yours" and not np.allclose(rows_only.pushes["sum of hinges"], mine.pushes["sum of hinges"])
    assert "stopped with ValueError" in loss.pushes(at, lambda *given: int("x")).whose
    same = mine.images[:, None] == mine.images[None, :]
    assert same.sum() == len(same) + 2 and not mine.pushes["sum of hinges"][same].any()
    assert mine.found["maximum"] <= mine.found["sum"] <= mine.found["wrong"]
    assert "yours" in mine.figure().get_label()


def test_the_students_count_of_pushes_agrees_with_the_gradient(at):
    found = loss.own_pushes(at, exercise("loss-sum-vs-max").solution)
    assert "yours" in found.says and all(row[3] == "0" for row in found.rows)
    assert "still to be written" in loss.own_pushes(at, lambda *given: ...).says


@pytest.mark.slow
def test_the_lesson_collapses_its_alarm_speaks_and_each_remedy_alone_lifts_rsum():
    small = Settings(model="vsepp", options=dict(dim=64), batch=64, seed=1, hinge="max", warm_up=0, rate=0.01, epochs=4)
    found = loss.collapse(scenes(images=640, seed=1), small)
    assert found["alarm none"] and found["loss none"] == pytest.approx(1, abs=0.02) and found["rsum none"] < 2 * found["chance"]
    assert found["lifted"] == 3 and not found["alarm smaller rate"] and not found["alarm warm-up with the sum"]


# ---------------------------------------------------------------- 03

def test_the_film_is_narrower_at_a_larger_lambda_and_one_view_is_the_trained_one(at):
    image, text = start.clear_pair(at, "red")
    film = looking.film(at.run, at, image, text, "red", (1.0, 9.0, 50.0))
    bits = [film.found[f"bits {value}"] for value in (1, 9, 50)]
    assert bits == sorted(bits, reverse=True) and bits[0] > 0.9 * film.found["even"]
    e = explain(at.run, at, image, text)
    assert np.allclose(film.rows[9.0], e.attention[e.word("red")], atol=1e-6) and film.found["rank 9"] == e.image_rank + 1
    assert "lambda 1 = 1" in film.figure().get_label()


def test_a_hidden_region_is_compared_with_all_others(at):
    image, text = start.clear_pair(at, "red")
    found = looking.hidden(at.run, at, image, text, "red")
    costliest = float(found.rows[2][1].split()[0].replace("−", "-"))
    assert costliest >= found["strongest"] - 0.01 and (found["more"] == 0) == (round(found["strongest"], 2) == costliest)


def test_the_answer_of_the_third_lesson_claims_what_its_numbers_say(at):
    film = looking.Found("", numbers={"bits 9": 3.0, "even": 5.2})
    photos = looking.points_on_photos()
    assert photos["attention low"] > photos["a region at random"] and "more often than a region at random" in photos.says
    assert photos["attention"] < photos["the largest region"] and "less often than the largest region" in photos.says
    for hit, said in ((80, "most of the words"), (57, "somewhat more than half of the words"), (40, "somewhat less than half")):
        scene = looking.Found("", numbers={"attention": hit, "chance": 21.0})
        assert said in looking.answer_looking(film, scene, photos).says
    worse = looking.Found("", numbers=photos.numbers | {"attention low": 5.0})
    assert "no more often than a region at random" in looking.answer_looking(film, scene, worse).says


# ---------------------------------------------------------------- 01

def test_the_letters_and_named_regions_are_those_of_the_corpus(test_scenes):
    found = sources.letters(test_scenes)
    assert (found["I"], found["R"], found["F"]) == test_scenes.regions.shape and found["T"] == len(test_scenes.texts)
    text = next(t for t, said in enumerate(test_scenes.texts) if " dog " in said and said.count("dog") == 1)
    named = sources.named_regions(test_scenes, text, "dog")
    assert named["regions"] >= 1 and named["image"] == test_scenes.image_of_text[text]


def test_captions_stand_under_the_photo_that_the_students_function_names(test_scenes):
    mine = sources.owners(test_scenes, exercise("data-owner").solution)
    assert mine.whose == "yours" and mine.found["right"] == mine.found["captions"] == 30
    in_fives = sources.owners(test_scenes, lambda lines: ([f"scene-2-0000{n}" for n in range(6)], np.repeat(np.arange(6), 5)))
    assert in_fives.found["right"] < 30 and in_fives.figure().get_label() == in_fives.found.says
    assert "still to be written" in sources.owners(test_scenes, lambda lines: (..., ...)).whose


def test_the_students_overlap_is_compared_with_the_library(test_scenes):
    right = sources.own_overlap(test_scenes, 0, exercise("data-iou").solution)
    assert right["far"] < 1e-4 and "It agrees" in right.says
    assert "It differs" in sources.own_overlap(test_scenes, 0, lambda a, b: 0.5).says


def test_a_folder_of_scenes_opens_and_the_doctor_finds_each_way_to_break_it(test_scenes, tmp_path):
    from vsrlab.data.precomputed import precomputed
    good = sources.as_folder(test_scenes, tmp_path / "good")
    opened = precomputed(good, "train")
    assert opened.texts == test_scenes.texts and np.allclose(opened.boxes, test_scenes.boxes, atol=1e-6)
    found = sources.diagnosed(good, tmp_path / "broken")
    assert found["found"] == found["ways"] == 4 and not any(str(tmp_path) in cell for row in found.rows for cell in row)
    assert precomputed(good, "train").texts == test_scenes.texts                      # the good one stays as it was
    with pytest.raises(Problem, match="way to break a folder"):
        sources.broken(good, "hammer", tmp_path / "x")
    assert "4 of 4" in sources.answer_sources(test_scenes, opened, found=found).says
