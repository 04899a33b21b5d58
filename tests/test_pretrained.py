"""Checkpoints of the official programs, in all their wrappings, become runs that do what a run does."""
import argparse
import json
import pickle

import numpy as np
import pytest
import torch
from test_official import D, E, F, V, image_state, text_state

import vsrlab as vl
from vsrlab.data.corpus import Corpus
from vsrlab.errors import Missing, Problem
from vsrlab.official import KINDS, official_model

WORDS = ["<pad>", "<start>", "<end>", "<unk>", "a", "dog", "cat", ".", *(f"w{n}" for n in range(V - 8))]
OPT = {"vsepp": dict(no_imgnorm=False, measure="cosine"), "scan-t2i": dict(cross_attn="t2i", agg_func="Mean", lambda_softmax=4.0),
       "scan-i2t": dict(cross_attn="i2t", agg_func="LogSumExp", lambda_softmax=4.0, raw_feature_norm="softmax"),
       "vsrn-f30k": dict(data_name="f30k_precomp"), "vsrn-coco": dict(data_name="coco_precomp")}


@pytest.fixture
def words(tmp_path):
    (tmp_path / "vocab.json").write_text(json.dumps({"word2idx": {word: n for n, word in enumerate(WORDS)}, "idx": V}))
    return tmp_path / "vocab.json"


def corpus(kind, images=6):
    x = np.random.default_rng(0).normal(size=(images, 1 if kind == "vsepp" else 5, F)).astype("float32")
    return Corpus("c", x, [f"a dog w{n}" for n in range(images)], np.arange(images))


def saved(path, content):
    torch.save(content, path)
    return path


@pytest.mark.parametrize("kind", KINDS)
def test_a_whole_checkpoint_becomes_a_run_that_is_searched_measured_and_explained(tmp_path, words, kind):
    content = {"epoch": 7, "model": [image_state(kind), text_state(kind)], "best_rsum": 400.0,
               "opt": argparse.Namespace(**OPT[kind]),
               "Eiters": 99}
    run = vl.official(saved(tmp_path / "model_best.pth.tar", content), vocabulary=words)
    more = {name: value for name, value in OPT[kind].items() if name not in ("cross_attn", "data_name")}
    one, other = run.model.state_dict(), official_model(kind, *content["model"], **more).state_dict()
    assert one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)
    test = vl.index(run, corpus(kind))
    result = vl.evaluate(run, corpus(kind))
    assert 0 <= result["rsum"] <= 600 and len(test.search("a dog w3", 2)) == 2 and KINDS[kind][0] in repr(run)
    assert vl.explain(run, test, 1, 1).text == "a dog w1" and len(run.fingerprint) == 8
    assert run.vocabulary.ids("a dog .") == [1, 4, 5, 7, 2], "punctuation is read as the official programs do"
    if kind.startswith("scan"):
        assert run.settings.options["sharpness"] == 4.0 and run.settings.options["direction"] == kind[-3] + "-" + kind[-1]


@pytest.mark.parametrize("wrap", [
    lambda i, t: {"model": [i, t]}, lambda i, t: [i, t],
    lambda i, t: {"model": [{f"module.{k}": v for k, v in s.items()} for s in (i, t)]},
    lambda i, t: {"state_dict": {"img_enc": i, "txt_enc": t}}, lambda i, t: {"ema": [i, t], "step": 5},
    lambda i, t: {"state_dict": {f"module.{n}.{k}": v for n, s in (("img_enc", i), ("txt_enc", t)) for k, v in s.items()}},
    lambda i, t: {"model_ema": {f"module.{n}.module.{k}": v for n, s in (("img_enc", i), ("txt_enc", t)) for k, v in s.items()}},
    lambda i, t: {"image_state": i, "text_state": t}, lambda i, t: {**i, **t},
    lambda i, t: {f"module.{k}": v for k, v in {**i, **t}.items()},
    lambda i, t: {"model": [i, t], "optimizer": {"state": {}, "param_groups": [{"lr": 1e-4}]}, "args": {"measure": "cosine"}}],
    ids=range(11))
def test_weights_are_found_in_every_wrapping(tmp_path, words, wrap):
    images, texts = image_state("vsepp"), text_state("vsepp")
    run = vl.official(saved(tmp_path / "x.pth", wrap(images, texts)), words)
    assert torch.equal(run.model.state_dict()["embed.weight"], images["fc.weight"]) and run.features == F
    assert run.settings.options["dim"] == D and run.settings.options["word_dim"] == E


def test_what_is_no_such_checkpoint_or_has_other_words_is_one_sentence(tmp_path, words):
    good = saved(tmp_path / "good.pth", {"model": [image_state("vsepp"), text_state("vsepp")]})
    with pytest.raises(Missing, match="there is no .*none.pth; give the .pth.tar"):
        vl.official(tmp_path / "none.pth", words)
    with pytest.raises(Problem, match="good.pth is a file, not the folder of a run; .*vl.official"):
        vl.Run.load(good)
    for content, said in (({"epoch": 3}, "holds epoch, and no weights"), (5, "holds a int"), ({"model": [{}, {}]}, "lacks"),
                          ({"model": [image_state("vsepp")]}, "no weights of an image and a text encoder")):
        with pytest.raises(Problem, match=said):
            vl.official(saved(tmp_path / "x.pth", content), words)
    for data, said in ((b"hello", "cut short"), (good.read_bytes()[:900], "cut short"), (b"<html>", "a web page")):
        (tmp_path / "x.pth").write_bytes(data)
        with pytest.raises(Problem, match=f"x.pth cannot be read as a checkpoint .*{said}"):
            vl.official(tmp_path / "x.pth", words)
    with pytest.raises(Problem, match="does not say in which direction it attends; give kind='scan-t2i' or 'scan-i2t'"):
        vl.official(saved(tmp_path / "s.pth", {"model": [image_state("scan-t2i"), text_state("scan-t2i")]}), words)
    (tmp_path / "few.json").write_text(json.dumps({"word2idx": {word: n for n, word in enumerate(WORDS[:9])}}))
    (tmp_path / "other.json").write_text(json.dumps({word: n for n, word in enumerate(WORDS[4:])}))
    with pytest.raises(Problem, match="the vocabulary has 9 words, and .* has 30 rows of words"):
        vl.official(good, tmp_path / "few.json")
    with pytest.raises(Problem, match="has other ids than the official programs"):
        vl.official(good, tmp_path / "other.json")
    with pytest.raises(Problem, match="vl.official needs vocabulary="):
        vl.official(good, None)
    assert len(vl.official(good, vl.Vocabulary(WORDS)).vocabulary) == V


class Ran:
    """Writes a file when a reader runs what files name."""

    def __init__(self, path):
        self.path = str(path)

    def __reduce__(self):
        return open, (self.path, "w")


def test_no_code_in_a_checkpoint_is_run(tmp_path, words):
    content = {"model": [image_state("vsepp"), text_state("vsepp")], "opt": Ran(tmp_path / "ran")}
    with pytest.raises(Problem, match="or holds objects beside weights"):
        vl.official(saved(tmp_path / "x.pth", content), words)
    (tmp_path / "y.pth").write_bytes(pickle.dumps(content))
    with pytest.raises(Problem, match="cannot be read as a checkpoint"):
        vl.official(tmp_path / "y.pth", words)
    assert not (tmp_path / "ran").exists()
