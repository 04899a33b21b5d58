"""Runs of other tools: read, refused by name where they are cut, and written so that they come back the same."""
import json

import numpy as np
import pytest
from foreign import IDS, OWNER, SCORES, TEXTS

import vsrlab as vl
from vsrlab.errors import Problem
from vsrlab.measure.ranks import ranks, recall
from vsrlab.retrieval.runs import from_run
from vsrlab.retrieval.scored import Scored, numbered

TEXT_IDS = numbered(IDS, OWNER)


def scored():
    return Scored("clip", SCORES, IDS, TEXTS, OWNER)


def opened(path, **more):
    return from_run(path, TEXTS, OWNER, image_ids=IDS, **more)


@pytest.mark.parametrize("kind", ["trec", "txt", "json"])
@pytest.mark.parametrize("side", ["text", "image"])
def test_a_run_of_all_answers_is_the_whole_matrix(tmp_path, kind, side):
    path = scored().save_run(tmp_path / f"clip.{kind}", side, k=100)
    again = opened(path)
    assert isinstance(again, Scored) and np.array_equal(again.scores, SCORES) and again.name == "clip"
    assert vl.evaluate(again).values == vl.evaluate(scored()).values


@pytest.mark.parametrize("side, sought", [("text", "image"), ("image", "text")])
def test_a_cut_run_knows_its_recalls_and_refuses_the_rest_by_name(tmp_path, side, sought):
    cut = opened(scored().save_run(tmp_path / "clip.trec", side, k=5))
    of = ranks(SCORES, OWNER)
    want = of.of_texts if side == "text" else of.of_images
    assert cut.summary() == {f"{sought} R@1": recall(want, 1), f"{sought} R@5": recall(want, 5)}
    assert cut[f"{sought} R@3"] == recall(want, 3)
    assert np.array_equal(cut.ranks(side), np.minimum(want, 5)) and "the first 5 answers" in repr(cut)
    table = cut.queries(side)
    assert (table["hit"] == (want == 0)).all() and (table["listed"] == (want < 5)).all() and len(cut.top(side, 3)[0][0]) == 3
    for name in (f"{sought} medr", f"{sought} meanr", f"{sought} mrr", "rsum"):
        with pytest.raises(Problem, match=f"'{name}' needs the ranks of all right answers"):
            cut[name]
    with pytest.raises(Problem, match=f"answers to {side} queries only"):
        cut[f"{side} R@1"]
    with pytest.raises(Problem, match="recall at 6 is not known; ask for 1 to 5"):
        cut.recall(side, 6)
    for door in (vl.evaluate, vl.gallery, lambda one: vl.poster(one, one)):
        with pytest.raises(Problem, match="needs every score, and clip is a cut run"):
            door(cut)


def test_two_directions_are_one_run(tmp_path):
    both = opened([scored().save_run(tmp_path / f"{side}.json", side, k=4) for side in ("text", "image")])
    assert set(both.summary()) == {"image R@1", "text R@1"}
    with pytest.raises(Problem, match="two runs of text queries"):
        opened([tmp_path / "text.json", tmp_path / "text.json"])


def test_ties_and_missing_queries_count_against_the_run():
    run = {TEXT_IDS[0]: {IDS[1]: 1.0, IDS[0]: 1.0}, TEXT_IDS[6]: {IDS[1]: 2.0, IDS[0]: 1.0}}
    cut = opened(run)
    assert cut.ranks("text")[[0, 6, 1]].tolist() == [1, 0, 2] and cut.recall("text", 1) == pytest.approx(100 / 40)
    assert cut.note == "38 of 40 text queries are not in the run and count as missed"


@pytest.mark.parametrize("text, sentence", [
    ("q1 Q0 d1 1 0.5\n", "line 1: 5 columns, expected six"), ("", "holds no answer"),
    (f"{TEXT_IDS[0]} Q0 photo0.jpg 1 high tag\n", "line 1: 'high' is no score"),
    (f"{TEXT_IDS[0]} Q0 photo0.jpg 1 nan tag\n", "the score of photo0.jpg: nan is no finite number"),
    (f"{TEXT_IDS[0]} Q0 photo0.jpg 1 1 t\n" * 2, "lists photo0.jpg twice"),
    ("caption7 Q0 photo0.jpg 1 1 tag\n", "1 of its ids are not in the gallery, such as caption7; texts are called photo0.jpg#0"),
    (f"{TEXT_IDS[0]} Q0 photo99.jpg 1 1 tag\n", "such as photo99.jpg"),
    ('{"q": {"d": "high"}}', r'q\]\.d|"high"'), ('{"q": ', "not JSON, or cut short")])
def test_each_bad_run_is_one_sentence(tmp_path, text, sentence):
    path = tmp_path / "bad.trec"
    path.write_text(text)
    with pytest.raises(Problem, match=sentence):
        opened(path)


def test_ids_that_could_be_either_side_need_a_word():
    run, ids = {"0": {"1": 1.0, "0": 2.0}}, ["0", "1"]
    with pytest.raises(Problem, match="could be those of images and of texts; pass side='text'"):
        from_run(run, ["a dog", "a cat"], [0, 1], image_ids=ids, text_ids=ids)
    assert set(from_run(run, ["a dog", "a cat"], [0, 1], image_ids=ids, text_ids=ids, side="image").lists) == {"image"}


def test_right_answers_and_tables_as_files(tmp_path):
    one = scored()
    assert one.save_qrels(tmp_path / "q.trec").read_text().splitlines()[6] == f"{TEXT_IDS[6]} 0 photo1.jpg 1"
    assert json.loads(one.save_qrels(tmp_path / "q.json", "image").read_text())["photo2.jpg"] == dict.fromkeys(TEXT_IDS[10:15], 1)
    assert one.save_queries(tmp_path / "t.csv").read_text().startswith("id,text,side,rank,")
    numbers = Scored("clip", SCORES, [f"COCO_val2014_{n:012d}.jpg" for n in range(8)], TEXTS, OWNER,
                     text_ids=[str(t) for t in range(40)])
    assert numbers.retrieved("text", 3)[7] == np.argsort(-SCORES[:, 7])[:3].tolist()
    with pytest.raises(Problem, match="'photo0.jpg' is no number of COCO"):
        one.retrieved("image")
    spaced = Scored("clip", SCORES, [f"photo {n}" for n in range(8)], TEXTS, OWNER)
    with pytest.raises(Problem, match="the id 'photo 0#0' has a space"):
        spaced.save_run(tmp_path / "x.trec")
    with pytest.raises(Problem, match="no file ending '.run'"):
        one.save_run(tmp_path / "x.run")
    assert not (tmp_path / "x.trec").exists()
