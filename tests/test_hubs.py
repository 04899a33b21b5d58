"""Hubs are found; CSLS and the inverted softmax are what their formulas say, made when they are read, and say what they saw."""
import numpy as np
import pytest
from foreign import IDS, OWNER, SCORES, TEXTS
from PIL import Image
from sanitiser import sanitised
from toy import indexed

import vsrlab as vl
from vsrlab.errors import Problem
from vsrlab.retrieval.hubness import Lowered, normalised
from vsrlab.retrieval.lazy import Lazy
from vsrlab.retrieval.scored import Scored
from vsrlab.views.hubs import skewness

RNG = np.random.default_rng(3)


def crowded(images=120, each=5, hubs=(7, 30, 21)):
    """Scores whose right ones stand out, and photos that score high with every caption."""
    owner = np.repeat(np.arange(images), each)
    x = RNG.standard_normal((images, images * each)).astype(np.float32)
    x[owner, np.arange(len(owner))] += 3
    x[[hub for hub in hubs if hub < images]] += 1.5
    return Scored("clip", x, [], [f"text {t}" for t in range(len(owner))], owner)


def test_planted_hubs_stand_first_and_are_fewer_after_csls():
    view = vl.hubs(crowded(400), after="csls")
    assert set(view.rows[:3]) == {7, 30, 21} and view.table()["hub"].tolist()[:3] == [True] * 3
    assert view.skewness(True) < view.skewness() / 1.5 and view.compared.ahead("image R@1") == "clip + CSLS"
    assert "transductive: has seen all queries" in view.title() and view.title() in view.text()
    many = view.before.digest.found("image")
    gap = many - many.mean()
    assert view.skewness() == pytest.approx((gap ** 3).mean() / (gap ** 2).mean() ** 1.5) and skewness(np.full(9, 4)) == 0
    numbers = view.numbers()
    assert numbers.loc["image R@1", "after"] == pytest.approx(vl.evaluate(view.after)["image R@1"])
    assert numbers.loc["largest N_10", "before"] == many.max() and list(numbers.columns) == ["before", "after"]


@pytest.mark.parametrize("banked", [False, True])
@pytest.mark.parametrize("kind", ["float32", "float16", "vectors"])
def test_both_ways_are_what_their_formulas_say(banked, kind):
    scored = crowded(40)
    if kind == "vectors":
        images, texts = (RNG.standard_normal((n, 12)).astype(np.float32) for n in (40, 200))
        scored = vl.from_embeddings(images, texts, scored.texts, scored.image_of_text)
    else:
        scored = Scored("clip", scored.scores.astype(kind), [], scored.texts, scored.image_of_text)
    x = np.asarray(scored.scores, float)
    bank = RNG.standard_normal((40, 60)).astype(np.float32) if banked else None
    seen = x if bank is None else bank.astype(float)
    first = lambda m, axis: np.sort(m, axis).take(range(-10, 0), axis).mean(axis)
    expected = 2 * x - first(seen, 1)[:, None] - first(x, 0)
    assert np.allclose(np.asarray(normalised(scored, "csls", bank).scores), expected, atol=1e-4)
    soft = lambda m, axis: np.log(np.exp(1.7 * m).sum(axis))
    expected = 1.7 * x - soft(seen, 1)[:, None] - soft(x, 0)
    assert np.allclose(np.asarray(normalised(scored, "invsoftmax", bank, sharp=1.7).scores), expected, atol=1e-4)


def test_nothing_is_stored_and_rows_columns_and_pairs_are_the_same_numbers():
    after = normalised(crowded(), "csls")
    assert isinstance(after.scores, Lazy) and isinstance(after.scores, Lowered)
    whole = np.asarray(after.scores)
    at = RNG.integers(120, size=9), RNG.integers(600, size=9)
    assert np.array_equal(after.scores[:, 17], whole[:, 17]) and np.array_equal(after.scores[4], whole[4])
    assert np.array_equal(after.scores.pairs(*at), whole[at])
    dense = Scored("dense", whole, [], after.texts, after.image_of_text)
    assert all(np.array_equal(a, b) for a, b in zip(after.digest.ranks(), dense.digest.ranks()))


def test_the_softmax_neither_overflows_nor_depends_on_the_scale():
    scored = crowded(40)
    large = Scored("large", scored.scores * 1000, [], scored.texts, scored.image_of_text)
    one, other = (vl.evaluate(normalised(s, "invsoftmax")).values for s in (scored, large))
    assert np.isfinite(np.asarray(normalised(large, "invsoftmax", sharp=5.0).scores)).all()
    assert one == pytest.approx(other)


def test_a_bank_tells_of_photos_only_and_the_title_says_so():
    bank = Scored("clip", RNG.standard_normal((120, 50)), [], [f"b {n}" for n in range(50)], np.arange(50))
    view = vl.hubs(crowded(), "csls", bank)
    assert "from a bank of other captions" in view.title() and "transductive" not in view.text()
    assert view.recalls == ["image R@1", "image R@5", "image R@10"] and "text R@1" not in view.numbers().index
    assert "a bank of 50 other captions" in view.footer()


def test_every_exit_of_photos_and_of_captions(tmp_path):
    named = Scored("<b>clip", SCORES, ["<i>0", *IDS[1:]], ["<script>alert(1)</script>", *TEXTS[1:]], OWNER,
                   photo=lambda row: Image.new("RGB", (40, 30), (9 * row, 80, 80)))
    for view in (vl.hubs(named, k=3), vl.hubs(named, side="text", k=3)):
        page = view.html()
        assert "<script" not in page and "<i>0" not in page and "<b>clip" not in page and sanitised(page)
        for kind in ("png", "html", "csv", "json"):
            assert view.save(tmp_path / f"hubs.{kind}").stat().st_size > 100
        assert vl.show(view) is not None and len(view.table()) == min(10, len(view.count))
    index = indexed("scan", images=12)[1]
    assert vl.hubs(index).before is index.scored


@pytest.mark.parametrize("asked, sentence", [
    (dict(after="cls"), "no way to lower hubs 'cls'; did you mean 'csls'"),
    (dict(bank=np.zeros((8, 9))), "a bank is for after="), (dict(side="photo"), "no side 'photo'"),
    (dict(after="csls", bank=np.zeros((7, 30))), r"the bank is \(7, 30\) for 8 images"),
    (dict(after="csls", bank=np.full((8, 30), np.nan)), "the bank: row 0, text 0 is nan"),
    (dict(after="csls", bank=np.zeros((8, 30)), side="text"), "a bank of captions tells of photos only"),
    (dict(after="csls"), "k=10: CSLS takes the mean of 1 to 8 best scores"), (dict(k=9), "k=9: the digest keeps the first 8"),
    (dict(after="csls", bank="nowhere.npy"), "there is no file nowhere.npy")])
def test_each_bad_question_is_one_sentence(asked, sentence):
    with pytest.raises(Problem, match=sentence):
        vl.hubs(Scored("clip", SCORES, IDS, TEXTS, OWNER), **asked)


def test_a_bank_of_other_photos_and_a_softness_of_nothing_are_refused():
    scored = crowded(40)
    with pytest.raises(Problem, match="has other images than"):
        normalised(scored, "csls", crowded(30))
    with pytest.raises(Problem, match="sharp=0: give a number above 0"):
        normalised(scored, "invsoftmax", sharp=0)
