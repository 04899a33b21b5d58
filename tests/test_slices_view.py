"""vl.slices: ready slices and one's own; a planted one among 41 is found and no other; every exit."""
import numpy as np
import pytest

import vsrlab as vl
from vsrlab.desk.slicing import captions_of, ready, sliced
from vsrlab.errors import Problem
from vsrlab.retrieval.scored import Scored

THINGS, COLOURS = ("dog", "man", "car", "tree", "kite", "boat"), ("red", "blue", "green", "white")


def gallery(images=300, worse=None, seed=0, name="toy"):
    """Scored of random vectors, five captions a photo; `worse` (T,) captions lose part of what leads to their photo."""
    rng = np.random.default_rng(seed)
    owner = np.repeat(np.arange(images), 5)
    texts = [f"{'the' if t % 3 else 'two'} {COLOURS[i % 4]} {THINGS[i % 6]} {'running' if t % 2 else 'stands'} near thing{i}"
             + " and more of it" * (t % 3) for t, i in enumerate(owner)]
    image = rng.standard_normal((images, 24))
    hard = rng.uniform(0.7, 1.6, images)[owner] + (0.9 if worse is None else 0.9 * worse)      # photos differ in how hard they are
    text = image[owner] + hard[:, None] * rng.standard_normal((len(owner), 24))
    return Scored(name, (image @ text.T).astype(np.float32), [f"{i}.jpg" for i in range(images)], texts, owner)


def test_a_planted_worse_slice_among_41_is_found_and_no_other():
    rng = np.random.default_rng(7)
    planted = np.repeat(rng.random(300) < 0.25, 5)
    own = {f"nothing {n}": np.repeat(rng.random(300) < 0.2, 5) if n % 2 else rng.random(1500) < 0.15 for n in range(40)}
    view = vl.slices(gallery(worse=planted.astype(float)), own | {"planted": planted}, ready=False)
    assert len(view.rows) == 41 and [row.name for row in view.found] == ["planted"]
    assert view["planted"].test.difference < -8 and view["planted"].said().startswith("worse by")
    hit = view.scored.digest.text.worst == 0
    assert view["planted"].test.inside == pytest.approx(100 * hit[planted].mean()) and view.whole == pytest.approx(100 * hit.mean())
    assert "Of 41 slices that were tested 1 differs" in view.text()


def test_ready_slices_hold_the_captions_that_they_say():
    scored = gallery()
    found, captions = ready(scored, captions_of(scored)), captions_of(scored)
    said = lambda name: next(part for whole, part in found.items() if whole.startswith(name))
    assert said("a colour").all() and said("a spatial word").all() and not said("a negation").any()
    assert np.array_equal(said("a number"), np.arange(1500) % 3 == 0)
    assert np.array_equal(said("a word in -ing"), np.arange(1500) % 2 == 1)
    assert np.array_equal(said("a person"), scored.image_of_text % 6 == 1)
    assert np.array_equal(said("length: long"), np.arange(1500) % 3 == 2)
    assert sum(part.sum() for name, part in found.items() if name.startswith("margin")) == 1500
    winners = [c.winner for c in captions]
    assert np.array_equal(said("the first answer is a hub"), scored.is_hub()[winners])
    assert captions[7].captions == scored.texts[5:10] and captions[7].hit == (scored.digest.text.worst[7] == 0)


def test_own_captions_that_agree_are_measured_by_the_mean_cosine_of_all_pairs():
    from vsrlab.desk.slicing import _agreement
    from vsrlab.desk.tfidf import Texts
    words = Texts(["a red dog", "a red dog", "a cat sleeps", "one more tree", "alone"], np.array([0, 0, 1, 1, 2]))
    found = _agreement(words)
    assert found[:2] == pytest.approx([1, 1]) and np.isnan(found[4])
    rows = words.rows.toarray()
    assert found[2] == pytest.approx(rows[2] @ rows[3])


def test_by_rank_and_by_what_another_model_repairs():
    worse = np.repeat(np.arange(300) % 3 == 0, 5)
    bad, good = gallery(worse=worse.astype(float)), gallery(worse=np.zeros(1500), name="better")
    by_rank = vl.slices(bad, {"worse": worse}, by="rank", ready=False)
    rank = bad.digest.text.worst
    assert by_rank["worse"].test.inside == pytest.approx(100 * (1 - rank[worse] / 299).mean()) and by_rank["worse"].found
    view = vl.slices(bad, {"worse": worse}, by="repaired", other=good, ready=False)
    gain = (good.digest.text.worst == 0).astype(int) - (rank == 0)
    assert view["worse"].test.inside == pytest.approx(100 * gain[worse].mean()) and view["worse"].said().startswith("better by")
    assert view["worse"].low < view["worse"].test.inside < view["worse"].high and "repaired by better" in view.text()


def test_every_exit_and_text_that_is_not_markup(tmp_path):
    scored = gallery(60)
    scored.texts[0] = "a <script>alert(1)</script> dog"
    view = vl.slices(scored, {"<b>odd": lambda r: "dog" in r.words, "few": lambda r: r.row < 3})
    table = view.table().set_index("slice")
    assert list(table.columns[:3]) == ["n", "units", "hit@1"] and table.loc["few", "said"] == "too small"
    page = view.html()
    assert "<script" not in page and "&lt;b&gt;odd" in page and "too small" in page
    assert set(view.queries("few")["id"]) == set(scored.text_ids[:3])
    for ending in ("html", "csv", "png", "json"):
        assert view.save(tmp_path / f"slices.{ending}").stat().st_size > 500


def test_what_cannot_be_sliced_is_said_in_one_sentence():
    scored = gallery(40)
    for arguments, sentence in ((dict(predicates={"x": [True]}), "for 200 captions"), (dict(predicates=[1]), "a dictionary"),
                                (dict(predicates={"x": lambda r: r.colour}), "stopped with AttributeError"),
                                (dict(by="mrr"), "no number to slice by"), (dict(by="repaired"), "compares two models"),
                                (dict(other=scored), "compares two models"), (dict(ready=False), "there is no slice"),
                                (dict(by="repaired", other=gallery(41)), "is not the gallery")):
        with pytest.raises(Problem, match=sentence):
            vl.slices(scored, **arguments)
    with pytest.raises(Problem, match="no slice 'colour'"):
        vl.slices(scored)["colour"]
    assert len(sliced(scored, groups=np.arange(40) // 2)) > 10
