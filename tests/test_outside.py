"""A model from outside the zoo goes everywhere that those of the zoo go; one that breaks the contract is told how."""
import json
import re

import numpy as np
import pytest
import torch
from outside import BestRegion, Gated

import vsrlab as vl
from vsrlab import cli, papers, zoo
from vsrlab.errors import Problem
from vsrlab.models.matcher import Matcher
from vsrlab.scoring import PAIRS, score_all
from vsrlab.values import Encoding, Match

MODELS = {"best_region": BestRegion, "gated": Gated}


@pytest.fixture(autouse=True)
def entered(monkeypatch):
    """Both models stand in the zoo for one test."""
    monkeypatch.setattr(zoo, "ZOO", dict(zoo.ZOO)), monkeypatch.setattr(papers, "PAPERS", papers.PAPERS)
    known = dict(papers.PAPERS)
    for name, model in MODELS.items():
        vl.add_model(name, model, hinge="sum", margin=0.1)
    yield
    papers.PAPERS.clear()
    papers.PAPERS.update(known)


@pytest.fixture(scope="module")
def corpora():
    return vl.scenes(images=24, seed=1, captions=2, regions=8), vl.scenes(images=12, seed=2, captions=2, regions=8, split="test")


@pytest.fixture(params=list(MODELS))
def trained(request, corpora, tmp_path):
    settings = vl.Settings(model=request.param, options={"dim": 8}, epochs=1, batch=8, rate=1e-2, min_count=1)
    run = vl.fit(corpora[0], settings, out=tmp_path / "run", ui="none")
    return run, vl.index(run, corpora[1])


def test_it_is_trained_saved_opened_resumed_and_searched(trained, corpora):
    run, index = trained
    again = vl.index(vl.Run.load(run.folder), corpora[1])
    assert np.array_equal(again.scores, index.scores) and again.run.name == "run"
    longer = vl.fit(corpora[0], run.settings.but(epochs=2), out=run.folder, ui="none")
    assert len(longer.log) == 2 and longer.log[0]["hinge"] == "sum" and longer.settings.ranking == ("sum", 0.1)
    assert index.search(3, k=4)[0].score == pytest.approx(index.scores[3].max())
    config = json.loads((run.folder / "config.json").read_text())
    assert config["zoo"]["paper"] == "a model of your own"


def test_every_view_and_test_of_belief_takes_it(trained, tmp_path):
    run, index = trained
    e = vl.explain(run, index, 3, 5)
    assert e.score == pytest.approx(float(index.scores[3, 5]), abs=1e-5)
    if run.settings.model == "best_region":
        assert (e.direction, e.pooling) == ("t-i", "mean") and np.allclose(e.attention.sum(1), 1)
        assert e.contribution.sum() == pytest.approx(e.score, abs=1e-5)
    else:
        assert e.attention is None and "no attention" in " ".join(e.notes)
    for name in ("attention", "relations", "timeline", "strip"):
        view = getattr(vl, name)(run, index, 3, 5)
        assert view.text() and view.html() and view.save(tmp_path / f"{name}.png").exists(), name
    for view in (vl.gallery(index, text=2), vl.dashboard(index), vl.projection(run, index)):
        assert view.text() and view.html()
    found = vl.faithfulness(run, index, pairs=2) if "pairs" in vl.faithfulness.__code__.co_varnames else vl.faithfulness(run, index)
    assert repr(found)
    assert repr(vl.evaluate(index)) and repr(vl.show) and vl.evaluate(run, index.corpus)["rsum"] > 0


def test_the_command_line_takes_it(trained, tmp_path, capsys):
    assert cli.main(["evaluate", str(trained[0].folder), "--data", "scenes"]) in (0, None)
    assert "rsum" in capsys.readouterr().out


def test_what_the_model_declares_decides_the_blocks(corpora):
    asked = []

    class Watched(Gated):
        def match(self, images, texts):
            asked.append((len(images.mask), len(texts.mask)))
            return super().match(images, texts)
    for compares, most in (("pairs", PAIRS * PAIRS), ("vectors", None)):
        Watched.compares = compares
        model = Watched(5, 9, dim=4).eval()
        images = Encoding(torch.rand(200, 4), torch.rand(200, 3, 4), torch.ones(200, 3, dtype=torch.bool), {})
        texts = Encoding(torch.rand(300, 4), torch.rand(300, 6, 4), torch.ones(300, 6, dtype=torch.bool), {})
        asked.clear()
        scores = score_all(model, images, texts)
        with torch.no_grad():
            assert np.allclose(scores, Gated.match(model, images, texts).scores.numpy(), atol=1e-6)
        assert max(i * t for i, t in asked) <= (most or 10 ** 9) and (len(asked) == 1) == (most is None)
    assert BestRegion.compares == "parts" and Matcher.compares == "vectors"


class Broken(BestRegion):
    """A model whose match or encoding is changed on the way out."""
    change = staticmethod(lambda x: x)

    def match(self, images, texts):
        return self.change(super().match(images, texts))

    def encode_images(self, regions, mask):
        return self.change(super().encode_images(regions, mask))


def only(kind, change):
    return staticmethod(lambda x: change(x) if isinstance(x, kind) else x)


@pytest.mark.parametrize("change, sentence", [
    (only(Encoding, lambda e: e._replace(vector=None)), "Broken.encode_images gave no `vector`: it has to be a tensor (I, D)"),
    (only(Encoding, lambda e: e._replace(vector=e.vector[:1])), "`vector` is (1, 8) for 12 images; it has to be (I, D)"),
    (only(Encoding, lambda e: e._replace(mask=e.mask[:, :2])), "the mask is True where a part is real"),
    (only(Encoding, lambda e: e.parts), "returned a Tensor; it returns values.Encoding"),
    (only(Match, lambda m: m.scores), "returned a Tensor; it returns values.Match"),
    (only(Match, lambda m: m._replace(scores=m.scores.T[:1])), "`scores` are (1, "),
    (only(Match, lambda m: m._replace(seen={**m.seen, "attention": m.seen["attention"] * 2})), "has to sum to one"),
    (only(Match, lambda m: m._replace(seen={**m.seen, "attention": m.seen["attention"].mT})), "it has to be (I, T, W, R)"),
    (only(Match, lambda m: m._replace(seen={"attention": m.seen["attention"]})), "shows 'attention' without 'relevance'"),
])
def test_a_broken_contract_is_one_sentence_that_names_what_is_missing(corpora, change, sentence):
    vl.add_model("broken", Broken)
    Broken.change = staticmethod(lambda x: x)
    run = vl.fit(corpora[0], vl.Settings(model="broken", options={"dim": 8}, epochs=1, batch=8), ui="none")
    try:
        Broken.change = change
        with pytest.raises(Problem, match=re.escape(sentence)):
            vl.explain(run, vl.index(run, corpora[1]), 0, 0)
    finally:
        Broken.change = staticmethod(lambda x: x)


@pytest.mark.parametrize("name, model, sentence", [
    ("scan", BestRegion, "is a row of the zoo already"), ("my model", BestRegion, "is no name of a model"),
    ("mine", torch.nn.Linear, "a model is a class derived from"), ("mine", BestRegion(3, 4), "a model is a class derived from")])
def test_a_model_that_cannot_be_entered_is_told_why(name, model, sentence):
    with pytest.raises(Problem, match=re.escape(sentence)):
        vl.add_model(name, model)


def test_knobs_turn_without_touching_the_model():
    model = vl.build("vsrpp", 5, 9, dim=4, word_dim=4)
    other = model.with_knobs(mu=3.0, sharpness=2.0, direction=None)
    assert (other.mu, other.sharpness, other.direction) == (3.0, 2.0, "t-i") and model.mu == 2.0 and model.sharpness == 9.0
    assert other.reasoner is model.reasoner and model.with_knobs() is model and model.knob("dim") is None
    with pytest.raises(Problem, match="VSRN has no knob 'mu'; it has no knobs"):
        vl.build("vsrn", 5, 9).with_knobs(mu=1.0)
