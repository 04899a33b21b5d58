"""The walk through the survey: numbers come from runs, pictures and sentences from numbers, printed rows from print."""
import json

import numpy as np
import pytest
import torch

import vsrlab as vl
from vsrlab.data.scenes.corpus import scenes
from vsrlab.data.words import Vocabulary
from vsrlab.errors import Problem
from vsrlab.run import Run
from vsrlab.settings import Settings
from vsrlab.survey import made
from vsrlab.survey.door import FILE, Step
from vsrlab.survey.steps import SAY, STEPS
from vsrlab.zoo import ZOO, build, options

CORPUS = scenes(images=12, seed=3)


def run(name, seed=0, **chosen):
    """A run with fresh weights."""
    torch.manual_seed(seed)
    vocabulary = Vocabulary.of(CORPUS.texts, tokens=ZOO[name].paper.tokens)
    sizes = {k: v for k, v in {"dim": 16, "word_dim": 8}.items() if k in options(name)} | chosen
    model = build(name, CORPUS.regions.shape[2], len(vocabulary), **sizes).eval()
    return Run(Settings(model=name, options=sizes, seed=seed), CORPUS.regions.shape[2], vocabulary, model)


def recalls(*rsum):
    return [{"text R@1": x / 10, "text R@10": x / 4, "image R@1": x / 12, "image R@10": x / 5, "rsum": x} for x in rsum]


@pytest.fixture(scope="module")
def numbers():
    with_concepts = run("sco", concepts=40)
    with_concepts.model.concept_words[:30] = torch.arange(4, 34)
    log = lambda *values, hinge="sum": [{"rsum": x, "hinge": "sum" if n == 0 else hinge} for n, x in enumerate(values)]
    slow, fast = run("vsepp"), run("vse0")
    slow.log, fast.log = log(100.0, 90.0, hinge="max"), log(100.0, 150.0)
    told = {"rows": {"instance loss alone": recalls(100.0, 110.0), "ranking alone": recalls(120.0), "both": recalls(130.0)}}
    return {
        "margin": made.margin(run("uvs"), CORPUS), "looks": made.looks(run("dan"), CORPUS),
        "neighbours": made.neighbours({"one": [run("dspe"), run("dspe", 1)], "two": [run("dspe", 2)]}, CORPUS, images=4),
        "classes": told, "hardest": made.hardest({"VSE0": [fast], "VSE++": [slow]}),
        "refining": {"rows": {str(n): recalls(100.0 - n, 101.0) for n in range(4)}},
        "order": made.violations(run("order"), CORPUS),
        "letters": made.letters({"Chain-VSE": [run("chain_vse", filters=4, first=2)], "GRU": [run("vse0")]}, CORPUS),
        "concepts": made.concepts(with_concepts, CORPUS),
        "pairs": made.pairs({"DVSA": run("dvsa"), "SCAN": run("scan"), "sm-LSTM": run("sm_lstm"), "m-CNN": run("mcnn")}, CORPUS)}


def test_every_step_has_a_sentence_a_picture_and_printed_rows_and_its_numbers_are_json(numbers):
    assert set(SAY) == set(STEPS) == set(numbers)
    json.dumps(numbers, allow_nan=False)
    for name, found in numbers.items():
        step = Step(name, found)
        figure = step.figure()
        assert len(step.text()) > 60 and figure.get_label().startswith(step.title) and len(figure.axes) >= 1, name
        assert step.text() in repr(step) and "<script" not in step._repr_html_()


@pytest.mark.parametrize("name", STEPS)
def test_every_printed_row_is_one_of_the_book_with_its_source(name):
    found = Step(name, {}).printed()
    assert len(found.rows) >= len(STEPS[name].printed) and "(slides)" in found.text()
    assert {row.table.id for row in found.rows} == {table for _, _, table, _ in STEPS[name].printed}


def test_scores_of_right_and_wrong_pairs_are_counted_as_they_are(numbers):
    d, at = numbers["margin"], vl.index(run("uvs"), CORPUS)
    own = at.scores[CORPUS.image_of_text, np.arange(len(CORPUS.texts))]
    wrong = np.arange(len(CORPUS))[:, None] != CORPUS.image_of_text
    assert d["after"]["within"] == pytest.approx(100 * ((own - at.scores)[wrong] < 0.2).mean(), abs=0.1)
    assert sum(d["after"]["own"]) == pytest.approx(1, abs=0.01) and sum(d["before"]["wrong"]) == pytest.approx(1, abs=0.01)
    assert d["before"]["within"] == d["after"]["within"]            # the run is untrained, and before has the same seed


def test_the_nearest_caption_is_counted(numbers):
    vector = vl.index(run("dspe", 2), CORPUS).texts.vector.numpy()
    far = np.linalg.norm(vector[:, None] - vector[None], axis=-1) + 1e9 * np.eye(len(vector))
    share = 100 * np.mean(CORPUS.image_of_text[far.argmin(1)] == CORPUS.image_of_text)
    row = numbers["neighbours"]["rows"]["two"]
    assert row["share"] == pytest.approx(share, abs=0.1) and row["interval"][0] <= row["share"] <= row["interval"][1]
    assert len(numbers["neighbours"]["rows"]["one"]["seeds"]) == 2
    gap, low, high = numbers["neighbours"]["difference"]
    assert gap == pytest.approx(numbers["neighbours"]["rows"]["one"]["share"] - row["share"], abs=0.2) and low <= gap <= high


def test_looks_and_saliency_sum_to_one_and_belong_to_the_pair(numbers):
    d = numbers["looks"]
    assert np.allclose(np.sum(d["regions"], 1), 1, atol=0.01) and np.allclose(np.sum(d["of words"], 1), 1, atol=0.01)
    assert len(d["regions"][0]) == len(d["boxes"]) and len(d["of words"][0]) == len(d["words"])
    models = numbers["pairs"]["models"]
    assert np.shape(models["SCAN"]["seen"]["attention"]) == (len(models["SCAN"]["words"]), len(numbers["pairs"]["boxes"]))
    assert sum(models["m-CNN"]["seen"]["levels"]) == pytest.approx(models["m-CNN"]["score"], abs=0.01)
    assert np.allclose(np.sum(models["sm-LSTM"]["seen"]["saliency of words"], -1), 1, atol=0.01)


def test_violation_of_whole_sentences_is_minus_their_score(numbers):
    at = vl.index(run("order"), CORPUS)
    own = -at.scores[CORPUS.image_of_text, np.arange(len(CORPUS.texts))]
    assert numbers["order"]["own"][-1][0] == pytest.approx(own.mean(), abs=1e-3)
    assert numbers["order"]["words"][-1] == "all" and len(numbers["order"]["other"]) == len(numbers["order"]["words"])


def test_letters_are_made_wrong_in_the_share_that_is_asked_for_and_spaces_stay():
    texts = ["a small dog on green grass"] * 200
    wrong = made.wrong_letters(texts, 0.3)
    letters = [(a, b) for one, other in zip(texts, wrong) for a, b in zip(one, other) if a != " "]
    assert np.mean([a != b for a, b in letters]) == pytest.approx(0.3, abs=0.02)
    assert all([c == " " for c in one] == [c == " " for c in other] for one, other in zip(texts, wrong))
    assert made.wrong_letters(texts, 0.0) == texts and made.wrong_letters(texts, 0.3) == wrong


def test_a_concept_that_is_in_the_region_it_names_is_counted_right():
    planted = run("sco", concepts=40)
    planted.model.concept_words[:30] = torch.arange(4, 34)
    d = made.concepts(planted, CORPUS)
    assert 0 <= d["right"] <= 100 and d["many"] > 20 and 0 < d["chance"] < 100 and len(d["concepts"]) == 4
    p, said = np.array([[0.9], [0.1], [0.8]]), np.array([[True], [False], [True]])
    assert made._known(p, said, {0}) == [1.0] and made._known(1 - p, said, {0}) == [0.0]
    assert made._known(p, np.ones((3, 1), bool), {0}) == []


def test_sentences_say_when_an_idea_does_not_help(numbers):
    assert "behind: rsum 90 against 150" in SAY["hardest"](numbers["hardest"])
    assert "does not help" in SAY["hardest"](numbers["hardest"])
    turned = dict(reversed(numbers["hardest"].items()))
    assert "does not help" not in SAY["hardest"]({"VSE0": turned["VSE++"], "VSE++": turned["VSE0"]})
    assert "refining does not help" in SAY["refining"](numbers["refining"])
    assert "not ahead of ranking alone" in SAY["classes"](numbers["classes"])
    up = {"rows": {str(n): recalls(100.0 + n) for n in range(4)}}
    assert "a gain as printed" in SAY["refining"](up)
    ahead = {"rows": {"instance loss alone": recalls(200.0), "ranking alone": recalls(120.0)}}
    assert "is ahead of ranking alone here too" in SAY["classes"](ahead)


def test_what_comes_with_the_kit_opens_and_is_complete():
    stored = json.loads(FILE.read_text())
    assert {step.name for step in vl.survey()} == set(stored["steps"]) and stored["made"]["torch"] and FILE.stat().st_size < 300_000
    for step in vl.survey():
        assert "nan" not in step.text() and any(c.isdigit() for c in step.text())


def test_unknown_and_missing_steps_are_told(tmp_path):
    with pytest.raises(Problem, match="no step of the survey 'look'; did you mean 'looks'"):
        vl.survey("look")
    (tmp_path / "few.json").write_text('{"made": {}, "steps": {}}')
    with pytest.raises(Problem, match="make it with bench/zoo_walk.py"):
        vl.survey("looks", tmp_path / "few.json")
    (tmp_path / "odd.json").write_text("[]")
    with pytest.raises(Problem, match="odd.json"):
        vl.survey(path=tmp_path / "odd.json")
