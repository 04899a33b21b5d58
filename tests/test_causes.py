"""Causes: rules that read a record, their measured precision, and what they find where it was planted."""
from dataclasses import replace

import numpy as np
import pytest
from toy import indexed

import vsrlab as vl
from vsrlab.desk import causes as rules
from vsrlab.desk.causes import Reason, causes, measured, reasons_valid
from vsrlab.desk.record import Record
from vsrlab.desk.tfidf import Texts
from vsrlab.desk.wordlists import content, named, nouns, stem
from vsrlab.errors import Problem
from vsrlab.retrieval.failures.records import record_of, records
from vsrlab.retrieval.scored import Scored


def record(caption, captions, **more):
    known = dict(side="text", query=0, answer=1, image=1, text=0, caption=caption, captions=captions, like=0.1, usual=0.6, rare=[],
                 unread=[], photos=0.0, found=3, hub=False, generic=False, margin=-0.1, margin_sd=-0.5)
    return Record(**{**known, **more})


def fired(caption, captions, **more) -> set:
    return {reason.cause for reason in causes(record(caption, captions, **more))}


@pytest.mark.parametrize("caption, captions, expected", [
    ("A red car", ["a blue car"], {"colour"}), ("A gray car", ["the grey car"], {"may be valid"}),
    ("A red car", ["a car by a blue wall", "a crimson car"], {"may be valid"}),
    ("A small dog", ["a huge dog"], {"size"}), ("two dogs", ["three dogs"], {"number"}), ("a pair of dogs", ["two dogs"], set()),
    ("a striped ball", ["a spotted ball"], {"texture"}), ("a dog on top of a car", ["a dog under the car"], {"relation"}),
    ("a man but no dog", ["a man", "a dog and a man"], {"negation"}), ("a kite and a dog", ["a dog"], {"object"}),
    ("a man without a hat", ["a man"], set())])
def test_rules_of_words(caption, captions, expected):
    rest = {"near duplicate photo", "hub", "generic caption", "unknown or rare word", "word blind", "order blind", "may be valid"}
    assert fired(caption, captions) - (rest - expected) == expected


@pytest.mark.parametrize("more, expected", [
    (dict(photos=0.96), "near duplicate photo"), (dict(hub=True), "hub"), (dict(generic=True), "generic caption"),
    (dict(rare=["gondola"]), "unknown or rare word"), (dict(unread=["xyzzy"]), "unknown or rare word"),
    (dict(bars={"dog": 0.2, "a": 0.1}, hidden={"dog": True}), "word blind"), (dict(turned=("a", 0.019)), "order blind")])
def test_rules_of_numbers(more, expected):
    assert expected in fired("a dog runs", ["a cat sleeps"], **more) and expected not in fired("a dog runs", ["a cat sleeps"])
    assert not fired("a dog runs", ["a cat sleeps"], bars={"dog": 0.2}, hidden={"dog": False}) & {"word blind"}


def test_may_be_valid_counts_reasons_and_gives_way_to_what_the_captions_contradict():
    assert reasons_valid(record("A dog runs.", ["a dog runs"]))[0] == "a caption of the photo has the same words"
    one = record("a dog runs", ["a dog runs"], photos=0.97, agree=(2, 3))
    reason = next(reason for reason in causes(one) if reason.cause == "may be valid")
    assert reason.count == 4 and "2 of 3 other models put it above the right one as well" in reason.said
    assert "may be valid" in fired("a dog runs", ["the dog is running"], like=0.7)
    assert "may be valid" not in fired("a red dog runs", ["a blue dog runs"], like=0.7)


def test_words_are_found_with_their_meaning_and_the_longest_spelling_counts():
    said = named("Two gray dogs on top of a tiny, checkered sofa in front of no tree")
    assert said["colour"] == {"grey": "gray"} and said["number"] == {"two": "two"} and said["size"] == {"small": "tiny"}
    assert set(said["relation"]) == {"on", "in front of"} and said["negation"] == {"no": "no"} and "checked" in said["texture"]
    assert nouns("A small brown dog and two cars on the grass") == ["dog", "car", "grass"]
    assert [stem(w) for w in ("cars", "ladies", "women", "bus", "dresses", "grass", "benches", "boxes")] == [
        "car", "lady", "woman", "bus", "dress", "grass", "bench", "box"]
    assert content("A dog is on the grass") == ["dog", "grass"] or "on" in content("A dog is on the grass")


def test_likeness_of_texts_is_that_of_scikit_learn():
    from sklearn.feature_extraction.text import TfidfVectorizer
    texts = ["two dog run", "a dog sleep", "the cat sleep on a sofa", "two cat and two dog", "a sofa"]
    known = Texts(texts, [0, 0, 1, 2, 2])
    other = TfidfVectorizer(token_pattern=r"[a-z0-9]+").fit_transform(texts)
    assert np.allclose((known.rows @ known.rows.T).toarray(), (other @ other.T).toarray())
    assert known.like(0, 2) == pytest.approx((other @ other.T)[0, 3]) and known.like(3, 2) == pytest.approx((other @ other.T)[3, 4])
    assert "sofa" not in known.rare(3) or known.many.max() < 5


def test_a_rule_of_ones_own_is_called_and_a_wrong_one_is_named(monkeypatch):
    monkeypatch.setattr(rules, "RULES", dict(rules.RULES))

    @vl.cause
    def stairs(record):
        return vl.Reason("the caption speaks of stairs") if "stairs" in record.words else None
    assert Reason("the caption speaks of stairs", "stairs") in causes(record("the stairs", ["a dog"]))
    assert str(measured("stairs")) == "not measured" and measured("stairs").kind == "hint"
    vl.cause(lambda record: "because")
    with pytest.raises(Problem, match="gave 'because'; return vl.Reason"):
        causes(record("the stairs", ["a dog"]))
    with pytest.raises(Problem, match="a cause is a function of a record"):
        vl.cause("stairs")


def test_every_rule_was_measured_or_says_that_it_was_not():
    told = {name: measured(name) for name in rules.RULES}
    assert {name for name, one in told.items() if one.precision is None} == {"hub", "generic caption", "unknown or rare word",
                                                                             "word blind", "order blind"}
    assert told["object"].kind == "cause" and all((one.kind == "hint") == (one.precision is None or one.precision < 0.3)
                                                  for one in told.values())
    order = [measured(reason.cause).precision or 0 for reason in causes(record("two red cars", ["a blue dog and three trees"]))]
    assert order == sorted(order, reverse=True) and len(order) > 1


def test_records_of_an_index_say_what_the_digest_and_the_texts_say():
    at = indexed("vsrpp", images=30)[1]
    scored = at.scored
    every = list(records(scored, "text"))
    assert len(every) == int(scored.digest.text.failed.sum())
    one = every[0]
    assert one.image == scored.digest.text.rows[one.query, 0] and one.caption == scored.texts[one.query] and one.labels
    assert one.captions == [scored.texts[t] for t in scored.texts_of(one.image)] and one.margin < 0
    image = record_of(scored, "image", 4, others=(scored,))
    assert image.image == 4 and scored.image_of_text[image.text] != 4 and image.agree == (int(scored.digest.image.failed[4]), 1)
    table = vl.failures(at)
    assert len(table) == len(every) and table["cause"].iloc[0] == "; ".join(reason.cause for reason in causes(one))


def test_planted_hubs_and_generic_captions():
    rng = np.random.default_rng(0)
    x = rng.standard_normal((600, 600)).astype(np.float32)
    x[[3, 50, 77, 200, 599]] += 2.5
    x[:, 10] = 2 + 0.1 * rng.standard_normal(600)
    scored = Scored("clip", x, [], [f"the text {n}" for n in range(600)], np.arange(600))
    hubs = {one.answer for one in records(scored) if one.hub}
    assert hubs <= {3, 50, 77, 200, 599} and len(hubs) >= 4 and set(scored.hubs()["row"][:5]) == {3, 50, 77, 200, 599}
    assert record_of(scored, "text", 10).generic and not record_of(scored, "text", 11).generic
    assert replace(record_of(scored, "text", 10), hub=False).photos < 0.5
