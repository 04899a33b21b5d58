"""Features of one extractor are not measured by a run that was trained on those of another."""
import json
import warnings

import numpy as np
import pytest
from folders import write

import vsrlab as vl
from vsrlab.cli import main
from vsrlab.data.corpus import Corpus
from vsrlab.data.precomputed import precomputed
from vsrlab.data.sources import same_source, source_of
from vsrlab.errors import Problem

F = 256


def corpus(extractor="A", images=80, seed=0, data=0, change=lambda x: x, features=F):
    """Rectified features whose mean says which extractor made them, and a little of which data: (I, 4, F)."""
    means = np.random.default_rng(7).lognormal(0, 1, features) * np.random.default_rng([8, data]).lognormal(0, 0.5, features)
    x = change((means * np.random.default_rng(seed).normal(0.3, 1, (images, 4, features))).clip(0)).astype("float32")
    return Corpus("c", x, ["a dog"] * images, np.arange(images), kind="boxes", extractor=extractor)


def permuted(x):
    return x[..., np.random.default_rng(5).permutation(x.shape[-1])]


OTHERS = {"other dimensions": (permuted, "their mean vectors correlate with"),
          "normed": (lambda x: x / np.linalg.norm(x, axis=-1)[..., None],
                                                                                      "times as short"),
          "other layer": (lambda x: x - 0.5, "only these have numbers below zero")}


def test_other_data_of_the_same_extractor_are_no_others():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for seed in range(20):
            same_source(source_of(corpus(data=1)), corpus(seed=seed, data=seed + 2))
            same_source(source_of(corpus("", images=30)), corpus("", seed=seed, data=seed, images=30))


@pytest.mark.parametrize("other", OTHERS)
def test_features_of_another_extractor_are_refused_whatever_their_name(other):
    change, said = OTHERS[other]
    for name in ("A", "B", ""):
        with pytest.raises(Problem, match=f"unlike those the run was trained on: .*{said}.*--force"):
            same_source(source_of(corpus()), corpus(name, seed=1, change=change))
    with pytest.warns(UserWarning, match="features of another extractor .*says little"):
        same_source(source_of(corpus()), corpus("B", seed=1, change=change), force=True)


def test_another_name_alone_is_a_warning():
    with pytest.warns(UserWarning, match=r'extractor "A" there, "B" here'):
        same_source(source_of(corpus("A")), corpus("B", seed=1))
    with pytest.warns(UserWarning, match=r'extractor "A" there, "B" here'):
        same_source(source_of(corpus("A", features=8)), corpus("B", seed=1, features=8))


def test_what_cannot_be_told_is_not_said():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        noise = lambda seed: Corpus("n", np.random.default_rng(seed).normal(size=(40, 3, 64)).astype("f4"), ["x"] * 40,
                                    np.arange(40),
                                    kind="boxes")
        for seed in range(20):
            same_source(source_of(noise(seed)), noise(seed + 100))                  # no mean that stands out of chance
        same_source(source_of(corpus(images=8)), corpus(images=8, change=permuted))
        same_source({}, corpus())
    assert source_of(vl.scenes(images=4)) == {} and len(json.dumps(source_of(corpus()))) < 2000


def test_the_source_travels_with_the_run_and_its_folder(tmp_path, capsys):
    data = write(tmp_path / "data", splits=(("train", 40), ("test", 20)), features=40)
    (data / "features.json").write_text(json.dumps({"extractor": "A", "version": 2}))
    run = vl.fit(precomputed(data, "train"), vl.Settings(model="vsepp", options={"dim": 8}, epochs=1, batch=8),
                 out=tmp_path / "run",
                 ui="none")
    opened = vl.Run.load(tmp_path / "run")
    assert opened.source == run.source and run.source["extractor"] == "A 2" and len(run.source["mean"]) == 128
    x = np.load(data / "test_ims.npy")
    np.save(data / "test_ims.npy", np.abs(x[..., ::-1]) * 9)
    with pytest.raises(Problem, match="unlike those the run was trained on"):
        vl.evaluate(opened, precomputed(data, "test"))
    words = ["evaluate", str(tmp_path / "run"), "--data", str(data)]
    assert main(words) == 1 and "give force=True (--force)" in capsys.readouterr().err
    assert main([*words, "--force"]) == 0 and "features of another extractor" in capsys.readouterr().err
    with pytest.raises(Problem, match="unlike those the run was trained on"):
        vl.fit(precomputed(data, "train"), vl.Settings(model="vsepp", epochs=1), dev=precomputed(data, "test"), ui="none")
    config = json.loads((tmp_path / "run" / "config.json").read_text())
    config["corpus"]["source"]["mean"] = ["x"]
    (tmp_path / "run" / "config.json").write_text(json.dumps(config))
    with pytest.raises(Problem, match="config.json: mean is .*expected numbers"):
        vl.Run.load(tmp_path / "run")
    del config["corpus"]["source"]                                                  # as older runs are
    (tmp_path / "run" / "config.json").write_text(json.dumps(config))
    assert vl.evaluate(vl.Run.load(tmp_path / "run"), precomputed(data, "test"))["rsum"] > 0
