"""Every door of the kit that is given something else than it needs says so in one sentence, and names the call that makes it."""
import inspect
import itertools
import zipfile

import numpy as np
import pytest
import torch

import vsrlab as vl
from vsrlab.errors import Problem
from vsrlab.retrieval.matrices import matrix

I = 12
X = np.random.default_rng(0).normal(size=(I, 3, 8)).astype("float32")
TEXTS, OWNER = [f"a dog number {n}" for n in range(I)], np.arange(I)


@pytest.fixture(scope="module")
def given():
    corpus = vl.Corpus("c", X, TEXTS, OWNER)
    run = vl.fit(corpus, vl.Settings(model="vsepp", epochs=1, batch=8, options={"dim": 8}), ui="none")
    return run, corpus, vl.index(run, corpus)


PAIRS = ("explain", "attention", "relations", "timeline", "strip", "faithfulness", "pointing_game", "projection")


@pytest.mark.parametrize("door", PAIRS)
def test_doors_of_a_pair_take_a_run_and_an_index_in_this_order(given, door):
    run, corpus, index = given
    more = () if door in ("faithfulness", "pointing_game", "projection") else (0, 0)
    with pytest.raises(Problem, match=r"needs an Index, not the Corpus it was given; make one with vl.index\(run, corpus\)"):
        getattr(vl, door)(run, corpus, *more)
    with pytest.raises(Problem, match="needs a Run, not the Index it was given; open one with vl.Run.load"):
        getattr(vl, door)(index, run, *more)


@pytest.mark.parametrize("door", ["gallery", "why", "failures", "slices", "dashboard"])
def test_doors_of_scores_take_an_index_or_scores(given, door):
    with pytest.raises(Problem, match=r"vl.index\(run, corpus\)"):
        getattr(vl, door)(given[1])


@pytest.mark.parametrize("call, sentence", [
    (lambda run, corpus, index: vl.evaluate(corpus, run), "needs a Run, not the Corpus"),
    (lambda run, corpus, index: vl.index(corpus, run), "needs a Run, not the Corpus"),
    (lambda run, corpus, index: vl.fit(run.settings, corpus), "not the Corpus it was given"),
    (lambda run, corpus, index: vl.negatives(corpus, run), "needs a Run, not the Corpus"),
    (lambda run, corpus, index: vl.negatives(run, run), "needs a Corpus, not the Run"),
    (lambda run, corpus, index: vl.poster(corpus, corpus), "needs an Index or a Scored"),
    (lambda run, corpus, index: vl.ensemble([corpus]), "needs an Index or a Scored"),
    (lambda run, corpus, index: vl.score_all(corpus, run, index), "needs a Matcher, not the Corpus it was given; give the"),
    (lambda run, corpus, index: vl.Run.load(run), "vl.Run.load needs a path, not the Run it was given"),
    (lambda run, corpus, index: vl.doctor(run), "vl.doctor needs a path, not the Run"),
    (lambda run, corpus, index: vl.precomputed(3, "test"), "vl.precomputed needs a path, not the int"),
    (lambda run, corpus, index: vl.photos(None, None), "vl.photos needs a path, not None"),
    (lambda run, corpus, index: vl.Vocabulary.load(3), "a vocabulary needs a path"),
    (lambda run, corpus, index: vl.from_run("x.trec", corpus), "give a list of sentences"),
    (lambda run, corpus, index: vl.scenes(images="10"), "images=.*10.*each has to be at least 1"),
    (lambda run, corpus, index: vl.scenes(clutter="x"), "it is a share"),
    (lambda run, corpus, index: vl.build("scan", "x", 3), "features='x'; it is a whole number"),
    (lambda run, corpus, index: vl.build("scan", 8, 2.5), "vocabulary_size='2.5'"),
    (lambda run, corpus, index: vl.build("vsrpp", 8, 9, mu=1e30), "that is more than 1,000,000"),
    (lambda run, corpus, index: vl.ranks(np.eye(I), OWNER * 0.9), "whole numbers"),
    (lambda run, corpus, index: vl.build(np.eye(3), 8, 9), "no model array"),
    (lambda run, corpus, index: vl.official_model([], {}, {}), "no kind of official model"),
    (lambda run, corpus, index: vl.zoo_equation({}), "no equation"),
    (lambda run, corpus, index: vl.gallery(index, text=0).save(None), "needs a path, not None"),
    (lambda run, corpus, index: vl.explain(run, index, 0, 0).save(3), "needs a path, not the int"),
    (lambda run, corpus, index: vl.gallery(index, text=0).png(dpi=0.5), "give dots an inch, 10 to 1,200"),
    (lambda run, corpus, index: vl.official(None, vocabulary=["a"]), "vl.official needs a path, not None"),
    (lambda run, corpus, index: vl.report(None, index), "vl.report needs a path"),
    (lambda run, corpus, index: vl.judgements(run), "vl.judgements needs a path, not the Run"),
    (lambda run, corpus, index: vl.Vocabulary(None), "needs a list of words"),
    (lambda run, corpus, index: vl.Vocabulary("a dog"), "needs a list of words"),
    (lambda run, corpus, index: vl.ensemble(None), "needs an Index or a Scored, not None"),
    (lambda run, corpus, index: vl.edit(None), "caption 0 is None"),
    (lambda run, corpus, index: vl.gallery(None), "needs an Index or a Scored, not None"),
    (lambda run, corpus, index: vl.Corpus(X, X, TEXTS, OWNER), "has a name first"),
    (lambda run, corpus, index: vl.ranks("scores", OWNER), "expected"),
])
def test_swapped_and_other_arguments_are_refused(given, call, sentence):
    with pytest.raises(Problem, match=sentence) as refused:
        call(*given)
    assert "\n" not in str(refused.value)


BESIDE = {"Problem", "Reason", "Settings", "ZOO", "add_model", "cause", "Scored",       # classes, and what enters something
          "fit", "scenes", "leaderboard", "published", "doctor", "quick", "run_folder"}       # what may work long with no argument


def test_no_door_ends_in_anything_but_an_answer_or_one_sentence(given, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    values, calls = [None, 3, "x", [], np.eye(4), *given], 0
    for name in sorted({*vl.__all__} - BESIDE - {*vl._ROOMS}):
        needed = sum(p.default is p.empty and p.kind < 2 for p in inspect.signature(getattr(vl, name)).parameters.values())
        for given_ in itertools.islice(itertools.product(values, repeat=max(1, needed)), 64):
            calls += 1
            try:
                getattr(vl, name)(*given_)
            except Problem as problem:
                assert "\n" not in str(problem), (name, str(problem))
    assert calls > 1000


@pytest.mark.parametrize("scores", [torch.eye(I, dtype=torch.bfloat16), torch.eye(I, dtype=torch.float16),
                                    torch.eye(I, requires_grad=True) * 1, np.eye(I).tolist()])
def test_scores_of_every_kind_are_ranked(scores):
    assert vl.ranks(scores, OWNER).of_texts.tolist() == [0] * I


@pytest.mark.parametrize("change, sentence", [
    (dict(texts="a" * I), "texts are a str; give a list"), (dict(texts=None), "give a list"),
    (dict(texts=[1] * I), "text 0 is a int"),
    (dict(image_of_text=None), "expected .* whole numbers"), (dict(image_of_text=OWNER * 1.0), "float64"),
    (dict(image_of_text=OWNER[:, None]), "expected"), (dict(image_of_text=OWNER[1:]), "12 texts but 11 owners"),
    (dict(image_of_text=OWNER + 1), "image row 12"), (dict(boxes="x"), "boxes are"), (dict(sizes=np.ones((3, 2))), "sizes are"),
    (dict(labels=[["dog"]] * 3), "labels are"), (dict(labels=[["dog"], ["a", "b"]]), "labels are"),
    (dict(confidence=np.ones((I, 2))), "confidence are"), (dict(ids=["a"]), "1 ids for 12"),
    (dict(regions=X.astype(complex)), "real numbers")])
def test_a_corpus_of_parts_that_do_not_fit_is_refused(change, sentence):
    with pytest.raises(Problem, match=sentence):
        vl.Corpus(**{"name": "c", "regions": X, "texts": TEXTS, "image_of_text": OWNER, **change})


def test_a_corpus_takes_lists_where_they_fit():
    corpus = vl.Corpus("c", X, TEXTS, list(OWNER), ids=range(I), sizes=[(4, 3)] * I, labels=[["a", "b", "c"]] * I)
    assert corpus.ids[3] == "3" and corpus.sizes.tolist() == [[4, 3]] * I and corpus.labels.shape == (I, 3)
    assert corpus.images([2, 1]).labels.tolist() == [["a", "b", "c"]] * 2


@pytest.mark.parametrize("scale", [1e25, -1e18])
def test_features_too_large_to_add_up_are_refused_with_their_row(scale):
    x = X.copy()
    x[7] *= abs(scale)
    with pytest.raises(Problem, match=r"image row 7 \(id 7\) holds features up to"):
        vl.fit(vl.Corpus("c", x, TEXTS, OWNER), vl.Settings(model="scan", epochs=1, batch=I, options={"dim": 8}), ui="none")


def test_small_files_that_unpack_to_large_arrays_are_refused(tmp_path):
    np.savez_compressed(tmp_path / "x.npz", sims=np.zeros((9000, 9000), np.float32))
    with pytest.raises(Problem, match="would unpack to 324,000,128 bytes"):
        matrix(tmp_path / "x.npz", "scores")
    torch.save({"model": [{"fc.weight": torch.zeros(1000)}, {}]}, tmp_path / "whole.pt")
    with zipfile.ZipFile(tmp_path / "whole.pt") as whole, zipfile.ZipFile(tmp_path / "x.pt", "w", zipfile.ZIP_DEFLATED) as packed:
        for part in whole.infolist():
            packed.writestr(part.filename, whole.read(part.filename))
    for opened in (lambda: vl.from_scores(tmp_path / "x.pt", TEXTS), lambda: vl.official(tmp_path / "x.pt", vocabulary=["a"])):
        with pytest.raises(Problem, match="is a packed zip file"):
            opened()
