"""vl.mix: a sum by hand, kept matrices that open without scoring, mu chosen on one gallery, looks at another counted."""
import json

import numpy as np
import pytest
from foreign import IDS, OWNER, SCORES, TEXTS
from toy import indexed

import vsrlab as vl
from vsrlab.data.scenes.corpus import scenes
from vsrlab.errors import Problem
from vsrlab.measure.ranks import ranks, summary
from vsrlab.retrieval.index import index
from vsrlab.retrieval.mixing import different, looks
from vsrlab.retrieval.scored import Scored

RNG = np.random.default_rng(0)


def scored(x=SCORES, name="clip", ids=IDS, **more):
    return Scored(name, x, ids, TEXTS, OWNER, **more)


@pytest.fixture
def saved(tmp_path):
    """The same untrained VSR++ on two galleries, with a folder of its own."""
    run = indexed("vsrpp", images=12)[0]
    run.folder = tmp_path / "run"
    return [index(run, scenes(images=n, seed=seed, split=split)) for n, seed, split in ((14, 5, "dev"), (12, 6, "test"))]


def test_the_mixture_of_two_models_is_the_sum_and_reads_alike_by_rows_columns_and_pairs():
    other = RNG.standard_normal(SCORES.shape).astype("f")
    view = vl.mix(scored(), scored(other, "siglip"))
    mixed = view.at(0.7)
    whole = np.float32(0.7) * SCORES + other
    assert np.array_equal(np.asarray(mixed.scores), whole) and np.array_equal(mixed.scores[:, 3], whole[:, 3])
    assert np.array_equal(mixed.scores.pairs(OWNER, np.arange(40)), whole[OWNER, np.arange(40)])
    assert np.allclose(sum(np.asarray(term) for term in mixed.terms.values()), whole) and "μ 0.7" in mixed.name
    row = view.tried[view.tried["mu"] == 0].iloc[0]
    assert row["rsum"] == pytest.approx(summary(ranks(other, OWNER))["rsum"]) and view.tried["mu"].is_monotonic_increasing
    top = view.tried["rsum"].max()
    assert len(view.tried) == 26 and view.choose().mu in view.tried.loc[view.tried["rsum"] == top, "mu"].tolist()


def test_cells_are_a_count_by_hand():
    other = RNG.standard_normal(SCORES.shape).astype("f")
    view = vl.mix(scored(), scored(other, "siglip"))
    hits = [ranks(x, OWNER).of_texts == 0 for x in (SCORES, other)]
    assert view.cells().to_numpy().tolist() == [[(hits[0] & hits[1]).sum(), (hits[0] & ~hits[1]).sum()],
                                                [(~hits[0] & hits[1]).sum(), (~hits[0] & ~hits[1]).sum()]]
    assert view.cells("image").to_numpy().sum() == 8


def test_of_a_run_mu_as_learnt_gives_its_own_ranks_and_the_branches_open_again_without_scoring(saved, monkeypatch):
    dev = saved[0]
    view = vl.mix(dev)
    trained = view.parts.trained
    assert np.allclose(np.asarray(view.at(trained).scores), dev.scores, atol=1e-5) and trained in view.tried["mu"].tolist()
    kept = sorted(p.name for p in dev.scored.desk.glob("*.npy"))
    assert len(kept) == 2 and kept[0].startswith("global-") and kept[1].startswith("local-")
    monkeypatch.setattr("vsrlab.retrieval.branches.score_all", lambda *_, **__: pytest.fail("the gallery was scored"))
    again = vl.mix(index(dev.run, dev.corpus))
    assert again.tried.equals(view.tried) and isinstance(again.parts.both["local"], np.memmap)


def test_unlocking_is_counted_and_printed_everywhere(saved, tmp_path):
    dev, test = saved
    view = vl.mix(dev)
    with pytest.raises(Problem, match="no μ is chosen yet; call choose"):
        view.unlock(test)
    one = view.choose().unlock(test)
    assert "unlocked for 1" in one.name and "this gallery was unlocked for 1 weight" in one.note
    assert vl.mix(dev).choose().unlock(test).name == one.name                        # the same look again
    view.mu = 0.123
    two = view.unlock(test)
    assert "unlocked for 2" in two.name and vl.mix(test).unlocked == 2 and "unlocked for 2 weights" in vl.mix(test).footer()
    lines = looks(test.scored.desk)
    assert len(lines) == 3 and different(lines) == 2 and lines[0]["chosen_on"].startswith("scenes-5 dev (")
    assert "unlocked for 2" in vl.evaluate(two).footer()
    vl.report(tmp_path / "r.html", two, examples=1)
    assert "this gallery was unlocked for 2 weights" in (tmp_path / "r.html").read_text()
    assert np.allclose(np.asarray(two.scores), np.asarray(vl.mix(test).at(0.123).scores))


def test_two_models_are_unlocked_by_their_pair():
    many = [RNG.standard_normal(SCORES.shape).astype("f") for _ in range(4)]
    other = [f"other{i}.jpg" for i in range(8)]
    found = vl.mix(scored(many[0]), scored(many[1], "siglip")).choose()
    one = found.unlock(scored(many[2], ids=other), scored(many[3], "siglip", other))
    assert np.allclose(np.asarray(one.scores), found.mu * many[2] + many[3], atol=1e-5) and "not kept" in one.note


def test_every_exit(saved, tmp_path):
    for view in (vl.mix(saved[0]), vl.mix(scored(), scored(SCORES + 1, "<b>")).choose()):
        for kind in ("png", "html", "csv", "json"):
            assert view.save(tmp_path / f"m.{kind}").stat().st_size > 200
        assert vl.show(view) is not None and "<b>" not in view.html().replace("&lt;b&gt;", "").replace("<b>Note", "")
    assert "The model learnt with μ" in vl.mix(saved[0]).text()


def test_what_cannot_be_mixed_is_one_sentence_and_leaves_nothing(saved, tmp_path):
    dev, test = saved
    for asked, sentence in (((scored(),), "is one matrix of scores, so nothing can be mixed"),
                            ((indexed("vsepp", images=12)[1],), "has one branch, so there is no mu"),
                            ((scored(), dev), "is not the gallery of"), (("x",), "vl.mix needs an Index or a Scored")):
        with pytest.raises(Problem, match=sentence):
            vl.mix(*asked)
    chosen = vl.mix(dev).choose()
    for what, sentence in ((dev, "photos, such as scene-5-00000, are also in the gallery"),
                           (indexed("vsrpp", images=12, seed=3)[1], "unlock the same two")):
        with pytest.raises(Problem, match=sentence):
            chosen.unlock(what)
    with pytest.raises(Problem, match="mu=-1: give a number of 0 or more"):
        chosen.at(-1)
    assert not looks(dev.scored.desk) and not looks(test.scored.desk)


def test_a_count_that_was_tampered_with_is_refused(saved):
    dev, test = saved
    test.scored.desk.mkdir(parents=True, exist_ok=True)
    (test.scored.desk / "mix.json").write_text(json.dumps({"mu": 1}))
    with pytest.raises(Problem, match="mix.json"):
        vl.mix(dev).choose().unlock(test)
    assert json.loads((test.scored.desk / "mix.json").read_text()) == {"mu": 1}
