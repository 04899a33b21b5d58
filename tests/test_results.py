"""Results and their comparison: from a score matrix alone, with words for what can be told apart, kept and opened again."""
import json
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from patterns import two_models

from vsrlab import sentences
from vsrlab.errors import Problem
from vsrlab.measure.ranks import summary
from vsrlab.measure.result import Result, compare, measured
from vsrlab.measure.units import units

RECALLS = [f"{side} R@{k}" for side in ("text", "image") for k in (1, 5, 10)]


def results(images=300, names=("old", "new"), fold=None, groups=None, edit=lambda scores: scores, seed=0, **how):
    """The results of two made-up models, from nothing but scores and a corpus read by its attributes."""
    scores, owner = two_models(images, seed, **how)
    corpus = SimpleNamespace(name="made", split="test", ids=[f"image {i}" for i in range(images)],
                             texts=[f"text {t}" for t in range(len(owner))], image_of_text=owner)
    who = [[{"model": "vsrn", "run": name, "weights": "1f2e", "seed": 0}] for name in names]
    fold = fold or images
    return [measured(edit(one), corpus, fold, images // fold, models, groups) for one, models in zip(scores, who)]


def test_a_result_of_scores_says_its_numbers_with_intervals_and_how_they_were_made():
    result, _ = results()
    assert result.numbers() == pytest.approx(summary(result.ranks)) and set(result.by) == set(result.interval) == {*RECALLS, "rsum"}
    assert set(result.by.values()) == {"bootstrap"} and "*" not in repr(result) and "MRR" in repr(result).splitlines()[0]
    few, _ = results(images=40)
    assert set(few.by.values()) == {"Wilson"} and few.with_interval("rsum").endswith("]*")
    assert repr(few).count("]*") == 7 and "* Wilson's interval with effective n" in few.footer() and few.few("text R@1")
    assert list(few.table()["by"][:7]) == ["Wilson"] * 7 and few.with_interval("text R@1") in sentences.result(few)


def test_ties_against_and_for_the_model_are_both_shown_where_they_matter():
    plain, tied = results()[0], results(edit=lambda scores: scores.round(1))[0]
    assert plain.ties() == {} and "ties: to" not in repr(plain)
    most = tied.best["text R@1"]
    assert most > tied["text R@1"] + 0.1 and tied.ties()["text R@1"] == f"{tied['text R@1']:.1f} (ties: to {most:.1f})"
    assert tied.ties()["text R@1"] in repr(tied) and tied.ties()["rsum"] in sentences.result(tied)
    assert tied.table().loc["text R@1", "ties to"] == most and np.isnan(tied.table().loc["text medr", "ties to"])


@pytest.mark.parametrize("fold", [None, 60])
def test_differences_p_and_intervals_belong_to_the_same_numbers(fold):
    a, b = results(fold=fold, better=0.08)
    found = compare(a, b)
    first, second = (units(r.ranks, r.image_of_text, folds=r.stamp["folds"]) for r in (a, b))
    net = 100 * (second.hits - first.hits).sum(0) / first.asked.sum(0)
    assert [found.difference[name] for name in RECALLS] == pytest.approx(net)
    assert list(found.difference) == list(found.p) == list(found.interval) == [*RECALLS, "rsum"] and list(found.holm) == RECALLS
    for name, (low, high) in found.interval.items():
        assert low < found.difference[name] < high and found.unseen(name) == pytest.approx((high - low) / 2)
        assert found.holm.get(name, 1) >= found.p[name]
    table = found.table()
    assert list(table.columns) == ["first", "second", "difference", "low", "high", "unseen", "p", "holm", "mcnemar", "words"]
    assert np.isnan(table.loc["rsum", "holm"]) and table.loc["image R@5", "words"] == found.words("image R@5")


def test_words_name_who_is_ahead_or_what_would_not_be_seen():
    a, b = results(better=0.2)
    won, lost = compare(a, b), compare(b, a)
    assert {won.ahead(name) for name in won.p} == {lost.ahead(name) for name in lost.p} == {"new"}
    assert won.words("text R@1") == lost.words("text R@1") == "new ahead"
    low, high = won.interval["rsum"]
    assert f"new is ahead by {won.difference['rsum']:.1f} [{low:.1f}, {high:.1f}] in rsum" in sentences.comparison(won)
    assert f"new is ahead by {won.difference['rsum']:.1f} [" in sentences.comparison(lost)
    assert "new is ahead in text R@1 (+" in sentences.comparison(won)
    assert "new is ahead in text R@1 (−" in sentences.comparison(lost)
    even = compare(*results(seed=2))
    far = f"cannot be told apart (a difference up to {even.unseen('text R@5'):.1f} would not be seen)"
    assert even.ahead("text R@5") is None and even.words("text R@5") == far and far in repr(even)
    assert "None of the six recalls can be told apart (a difference up to" in sentences.comparison(even)
    assert compare(a, a).names == ["the first", "the second"] and set(compare(a, a).p.values()) == {1.0}
    with pytest.raises(Problem, match="no number 'rsun'.*'rsum'"):
        even.ahead("rsun")


def test_a_p_that_holm_takes_back_is_said_to_be_one_of_six():
    found = replace(compare(*results(seed=1)), p=dict.fromkeys([*RECALLS, "rsum"], 0.02), holm=dict.fromkeys(RECALLS, 0.12))
    assert found.words("text R@1").endswith("would not be seen; p = 0.02 alone, but six are tested)")
    assert found.words("rsum").endswith(" ahead")                                     # rsum stands apart from the six


def test_groups_of_images_are_one_unit_from_measuring_to_comparing(tmp_path):
    pairs = np.arange(300) // 2
    a, b = results(groups=pairs, better=0.08)
    alone = results(better=0.08)
    assert a.values == alone[0].values and a.interval != alone[0].interval and "bootstrap over 150 groups of images" in a.footer()
    found = compare(a, b)
    assert found.over == "150 groups of images" and "randomisation over 150 groups" in repr(found)
    assert "McNemar: by group" in repr(found)
    assert found.p == compare(*alone, groups=[f"pair {n}" for n in pairs]).p and found.p != compare(*alone).p
    assert found.mcnemar["text R@1"] != compare(*alone).mcnemar["text R@1"]
    kept = Result.load(a.save(tmp_path / "a.json"))
    assert kept.groups.tolist() == pairs.tolist() and compare(kept, b).p == found.p and compare(kept, alone[1]).p == found.p
    with pytest.raises(Problem, match="different groups of images"):
        compare(a, results(groups=np.arange(300) // 3, better=0.08)[1])
    with pytest.raises(Problem, match="one label for each image"):
        results(groups=np.arange(299))


def test_a_kept_result_is_the_same_when_opened_and_an_older_one_lacks_only_what_was_not_known(tmp_path):
    a, b = results(images=60)
    again = Result.load(a.save(tmp_path / "a.json"))
    assert repr(again) == repr(a) and again.by == a.by and again.best == a.best and again.table().equals(a.table())
    old = json.loads((tmp_path / "a.json").read_text())
    old = {key: old[key] for key in ("values", "interval", "chance", "stamp", "ranks", "image_of_text")}
    (tmp_path / "old.json").write_text(json.dumps(old))
    older = Result.load(tmp_path / "old.json")
    assert older.by == older.best == {} and older.groups is None and "*" not in repr(older) and older.table()["by"].isna().all()
    assert repr(compare(older, b)).splitlines()[:8] == repr(compare(a, b)).splitlines()[:8]
    (tmp_path / "newer.json").write_text(json.dumps(old | {"of another program": 1}))
    with pytest.raises(Problem, match="is not a result"):
        Result.load(tmp_path / "newer.json")
