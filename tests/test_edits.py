"""Captions with one thing changed, and whether a model notices: words by hand, the truth of scenes, planted scorers."""
import numpy as np
import pytest
from sanitiser import sanitised
from toy import indexed

import vsrlab as vl
from vsrlab.data.scenes.corpus import scenes
from vsrlab.data.words import tokenise
from vsrlab.desk.edits import COUNTS, KINDS, Edits, edit
from vsrlab.desk.wordlists import LISTS
from vsrlab.errors import Problem
from vsrlab.explain.pair import Pair
from vsrlab.retrieval.noticing import noticed

DOG = "A red dog sits behind an orange cat."


@pytest.fixture(scope="module")
def corpus():
    return scenes(images=60, seed=4)


@pytest.mark.parametrize("kind, text, edited, changed, truth", [
    ("relation", DOG, "A red dog sits in front of an orange cat.", "behind -> in front of", "changed"),
    ("relation", "A car to the left of a man", "A car to the right of a man", "to the left of -> to the right of", "changed"),
    ("order", DOG, None, None, None), ("order", "A red dog behind an orange cat.", "An orange cat behind a red dog.",
                                       "A red dog <-> an orange cat", "changed"),
    ("order", "two men next to the boy", "the boy next to two men", "two men <-> the boy", "same"),
    ("negation", DOG, "No red dog sits behind an orange cat.", "a dog -> no dog", "changed"),
    ("synonym", "The gray hat", "The grey hat", "gray -> grey", "same"), ("synonym", "two hats", "2 hats", "two -> 2", "same"),
    ("size", "a tall man", "a short man", "tall -> short", "changed")])
def test_words_are_exchanged_as_by_hand(kind, text, edited, changed, truth):
    found = edit([text, "a dog sits behind a cat"], kind).made
    if edited is None:                                  # a verb stands between the thing and the relation
        edited, changed, truth = "An orange cat sits behind a red dog.", "A red dog <-> an orange cat", "changed"
    assert [(one.edited, one.changed, one.truth) for one in found if one.row == 0] == [(edited, changed, truth)]


def test_every_edit_of_a_list_says_another_word_of_it_with_the_right_article(corpus):
    words = lambda text: {w for w, _, _ in tokenise(text)}
    for one in edit(corpus, ("colour", "texture", "number")).made:
        old, new = one.changed.split(" -> ")
        assert LISTS[one.kind].get(old) != LISTS[one.kind].get(new) and old in one.text.lower() and new in words(one.edited)
        assert one.kind != "number" or {old, new} <= set(COUNTS)
    for one in edit(corpus, "colour").made:
        assert not any(f"a {vowel}" in one.edited.lower().split(" the ")[0] + " " for vowel in ("orange",)), one.edited


def test_order_only_means_the_same_bag_of_words(corpus):
    bag = lambda text: sorted(w for w, _, _ in tokenise(text))
    found = edit(corpus)
    assert {one.kind for one in found.made} == set(KINDS)
    for one in found.made:
        assert one.edited != one.text and one.order_only == (one.kind in ("order", "shuffle"))
        assert (bag(one.text) == bag(one.edited)) == one.order_only, one


def test_of_scenes_the_truth_is_that_of_the_picture(corpus):
    found = edit(corpus)
    known = [one for one in found.made if one.kind in ("colour", "number", "texture", "size", "relation")]
    told = 0
    for one in known:
        try:
            claims = corpus.truth.false_claims(one.edited, int(corpus.image_of_text[one.row]))
        except Problem:
            continue
        told += 1
        assert one.truth == ("changed" if claims else "same")
    assert told > 0.9 * len(known) and 0 < sum(one.truth == "same" for one in found.made if one.kind == "colour") < 20


def test_the_same_seed_gives_the_same_edits_and_refusals_are_counted(corpus):
    one, other = edit(corpus, seed=3), edit(corpus, seed=3)
    assert one.made == other.made and edit(corpus, seed=4).made != one.made
    found = edit([DOG, "snow", "a dog"], "colour")
    assert found.refused == {"colour": {"it has no colour that can be exchanged": 2}} and len(found.table()) == len(found) == 1
    assert "2 captions without colour: it has no colour that can be exchanged" in repr(found)


def test_an_object_becomes_a_thing_that_the_photos_own_captions_do_not_name():
    class Two:
        texts, image_of_text = ["a dog on a lawn", "a dog near a tree", "two cats", "a boat"], np.array([0, 0, 1, 1])
    found = {one.row: one for one in edit(Two, "object").made}
    assert found[0].changed == "dog -> boat" and found[0].truth == "changed" and 2 not in found
    assert edit(["a dog", "a boat"], "object").made[0].truth == "unknown"


@pytest.mark.parametrize("captions, kinds, sentence", [
    ([], KINDS, "there is nothing to edit"), (["a", 7], KINDS, "caption 1 is 7; give sentences"), ([DOG], (), "nothing to edit"),
    (["snow"], ("colour", "size"), r"none of the 1 captions can be edited \(colour: it has no colour"),
    ([DOG], "color", "no kind of edit 'color'; did you mean 'colour'")])
def test_what_cannot_be_edited_is_said(captions, kinds, sentence):
    with pytest.raises(Problem, match=sentence):
        edit(captions, kinds)


def test_scores_are_those_of_the_pairs_and_the_view_tells_them(tmp_path):
    run, index = indexed("scan", images=20)
    edits = vl.edit(index.corpus, ("colour", "order", "synonym"))
    kinds, table = noticed(index, edits)
    for n in (0, len(table) // 2, len(table) - 1):
        one, image = table.iloc[n], int(index.corpus.image_of_text[table["row"].iloc[n]])
        assert one["edited_score"] == pytest.approx(float(Pair(run, index, image, one["edited"]).score()[0]), abs=1e-5)
        assert one["original"] == pytest.approx(index.scores[image, one["row"]], abs=1e-5)
    for k in kinds:
        some = table[(table["kind"] == k.kind) & (table["truth"] == k.truth)]
        assert k.share == pytest.approx(100 * (some["original"] > some["edited_score"]).mean()) and k.edits == len(some)
    view = vl.notices(index, edits)
    assert "a bag of words cannot notice by construction" in view.text() and len(view.table()) == len(kinds)
    missed = view.missed("colour")
    assert (missed["surplus"] >= 0).all() and missed["surplus"].is_monotonic_decreasing
    for kind in ("png", "html", "csv", "json"):
        assert view.save(tmp_path / f"n.{kind}").stat().st_size > 200
    assert sanitised(view.html()) and vl.show(view) is not None


def planted(corpus, order: bool):
    """Vectors of a model that reads words, and their order only where it is told to."""
    rng, known = np.random.default_rng(0), {}
    vector = lambda key: known.setdefault(key, rng.standard_normal(64))

    def scorer(texts):
        return np.array([sum(vector(w) for w, _, _ in tokenise(t)) + order * 4 * vector(t.lower()) for t in texts])
    images = np.array([scorer([corpus.texts[t] for t in corpus.texts_of(i)]).sum(0) for i in range(len(corpus))])
    scored = vl.from_embeddings(images, scorer(corpus.texts), corpus.texts, corpus.image_of_text, image_ids=list(corpus.ids))
    return scored, scorer


def test_a_bag_of_words_notices_no_order_and_a_reader_of_order_does(corpus):
    edits = vl.edit(corpus, ("order", "shuffle", "colour"))
    models = [planted(corpus, order) for order in (False, True)]
    blind, seeing = ({k.kind: k for k in vl.notices(scored, edits, scorer=scorer).kinds if k.truth != "same"}
                     for scored, scorer in models)
    for kind in ("order", "shuffle"):
        assert blind[kind].share < 1 and blind[kind].tied > 99 and "by construction: both score alike" in blind[kind].said
        assert seeing[kind].share > 80 and seeing[kind].control == 0
    assert blind["colour"].share > 50 and blind["colour"].interval.low < blind["colour"].share


def test_what_cannot_be_asked_is_one_sentence(corpus):
    run, index = indexed("vsepp", images=12)
    scored, scorer = planted(corpus, False)
    edits, own = vl.edit(corpus, "colour"), vl.edit(index.corpus, "colour")
    for asked, sentence in (((index, edits), "which is not that of"), ((index, "x"), "needs the edits that vl.edit"),
                            ((index, own, scorer), "an index scores with its own model"),
                            ((scored, edits), "cannot score an edited caption; give an index"),
                            ((scored, edits, lambda texts: np.ones((3, 2))), r"the scorer gave \(3, 2\) for"),
                            (("nothing", edits), "vl.notices needs an Index or a Scored")):
        with pytest.raises(Problem, match=sentence):
            vl.notices(*asked)
    assert isinstance(own, Edits)
