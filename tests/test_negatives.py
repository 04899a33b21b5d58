"""The hard-negative microscope: the hardest wrong caption of a batch, and whether it may be right after all."""
import numpy as np
import pytest
from toy import indexed

from vsrlab.data.corpus import Corpus
from vsrlab.errors import Problem
from vsrlab.settings import Settings
from vsrlab.training.fit import fit
from vsrlab.views.negatives import Negative, negatives, shared


@pytest.fixture(scope="module")
def seen():
    draws = np.random.default_rng(0)
    texts = [f"{colour} {thing} number{n}" for n, (colour, thing) in enumerate([("red", "ball"), ("blue", "cube")] * 10)]
    corpus = Corpus("toys", draws.standard_normal((20, 3, 8)).astype("float32"), texts, np.arange(20))
    run = fit(corpus, Settings(model="vsepp", epochs=1, batch=8, options=dict(dim=8, word_dim=8)), ui="none")
    return run, corpus


def test_every_pair_of_the_batch_gets_its_hardest_wrong_caption(seen):
    from vsrlab.retrieval.index import index
    run, corpus = seen
    view = negatives(run, corpus, pairs=20)
    scores = index(run, corpus).scores
    for one in view.found:
        others = [scores[one.image, t] for t in range(20) if t != one.text]
        assert np.isclose(one.against, max(others), atol=1e-5) and np.isclose(one.score, scores[one.image, one.text], atol=1e-5)
    gaps = [n.score - n.against for n in view.found]
    assert gaps == sorted(gaps) and len(view.table()) == 20


def test_an_index_and_a_corpus_show_the_same(seen):
    from vsrlab.retrieval.index import index
    run, corpus = seen
    one, other = negatives(run, corpus, pairs=12, seed=3), negatives(run, index(run, corpus), pairs=12, seed=3)
    assert [n.wrong for n in one.found] == [n.wrong for n in other.found]


def test_the_loss_is_the_hinge_by_hand():
    assert Negative(0, 0, 1, score=0.5, against=0.4, shared=0).loss(0.2) == pytest.approx(0.1)
    assert Negative(0, 0, 1, score=0.9, against=0.4, shared=0).loss(0.2) == 0


def test_captions_that_say_the_same_may_both_be_valid():
    assert shared("A dog runs on grass", "the dog runs on the grass") == pytest.approx(4 / 5)
    assert Negative(0, 0, 1, 0.5, 0.4, shared=0.8).maybe_valid and not Negative(0, 0, 1, 0.5, 0.4, shared=0.3).maybe_valid


def test_the_exits_escape_and_need_no_photos(seen, tmp_path):
    run, corpus = seen
    view = negatives(run, corpus, pairs=8, shown=2)
    view.corpus.texts[view.shown[0].text] = "<script>alert(1)</script>"
    assert "<script>alert" not in view.html() and "&lt;script&gt;" in view.html()
    assert view.save(tmp_path / "x.png").stat().st_size > 5000 and "batch of 8 pairs" in view.text()


def test_the_page_shows_the_photos_and_says_where_the_numbers_come_from():
    run, at = indexed("vsepp", images=12)
    view = negatives(run, at, pairs=10, shown=3, seed=5)
    page, drawn = view.html(), " ".join(t.get_text() for t in view.figure().texts)
    assert page.count('<img src="data:image/jpeg') == 3 and all(at.corpus.ids[n.image] in page for n in view.shown)
    for part in ("run vsepp", f"checkpoint {run.fingerprint}", "10 pairs, seed 5", "margin 0.2"):
        assert part in page.split('class="foot"')[1] and part in drawn


def test_one_image_has_no_negatives(seen):
    run, corpus = seen
    with pytest.raises(Problem, match="at least two images"):
        negatives(run, corpus.images([0]))
