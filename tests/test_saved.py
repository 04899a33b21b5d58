"""What vsrlab 0.1.0 saved still opens, and gives the numbers it gave then; saved/README.md says with which calls it was made.

Everything goes through `import vsrlab as vl`: classes that stand behind no name of the front door are taken from a value that
a front-door call returns.  So files of vsrlab can move without a change here.
"""
import json
import shutil
from functools import cache
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from recorded import columns_fit, fits, of_comparison, of_corpus, of_explanation, of_index, of_run, of_view

import vsrlab as vl

SAVED = Path(__file__).parent / "saved"
THEN = json.loads((SAVED / "numbers.json").read_text(encoding="utf-8"))
RUNS = ("vse0", "vsepp", "scan", "vsrn", "vsrpp")
SENTENCE = "a black dog on the grass"
CUT = vl.Settings(model="vsrpp", options=dict(dim=6, word_dim=4, layers=1, mu=0.5, fusion="late", dropout=0.1), batch=8, epochs=2,
                  rate=2e-2, decay_after=1, word_dropout=0.1, region_dropout=0.1, weight_decay=0.01, seed=13, device="cpu")
FOLDERS = {"tsv": (SAVED / "features-of-tsv", "train"), "boxes": (SAVED / "features-of-photos", "train"),
           "both": (SAVED / "features-of-photos", "train", "both")}
TEST = dict(n=4, methods=("attention", "random"), orders=20, seed=2)          # of faithfulness; half of it was done


class Halves:
    """The extractor of the saved features: the mean colours of both halves of a photo; `stop_at` interrupts it at a photo."""
    name, version, features, regions, grid = "mean colours of halves", 1, 3, 2, {"rows": 1, "columns": 2, "whole": True}
    settings = {"sides": 2}

    def __init__(self, stop_at=None):
        self.stop_at, self.calls = stop_at, 0

    def __call__(self, photo):
        self.calls += 1
        if self.calls == self.stop_at:
            raise KeyboardInterrupt
        pixels = np.asarray(photo, np.float32) / 255
        middle = pixels.shape[1] // 2
        left, right = (half.reshape(-1, 3).mean(0) for half in (pixels[:, :middle], pixels[:, middle:]))
        boxes = np.array([[0, 0, 0.5, 1], [0.5, 0, 1, 1]], np.float32)
        return SimpleNamespace(boxes=boxes, vectors=np.stack([left, right]), grid=np.stack([left, right, (left + right) / 2]),
                               labels=["left", "right"], confidence=np.array([0.75, 0.5], np.float32))


@cache
def scenes():
    return vl.scenes(images=10, seed=17, captions=2, regions=6, split="test", twins=0.0)


@cache
def indexed(name):
    """The index of a saved run on a few scenes that it was not trained on."""
    return vl.index(vl.Run.load(SAVED / "runs" / name), scenes())


# What was chosen in each session, by run and view.  In the file the keys of `edits` are text, opened they are numbers.
SESSIONS = {
    "attention": ("vsrpp", vl.attention, dict(
        side="text", query=7, candidate=3, word=2, region=4, quantity="cosine", scale="pair", top=2, mu=1.5, sharpness=4.0,
        hidden_words=(3,), hidden_regions=(1, 5))),
    "attention-typed": ("scan", vl.attention, dict(
        side="text", typed=SENTENCE, candidate=6, word=3, mass=0.75, edits={2: "white"}, sharpness=12.0, direction="i-t")),
    "relations": ("vsrpp", vl.relations, dict(side="text", query=4, candidate=2, layer=0, region=3)),
    "timeline": ("vsrn", vl.timeline, dict(side="text", query=11, candidate=5, region=2)),
    "gallery": ("vsrpp", vl.gallery, dict(
        side="image", query=4, candidate=9, mu=1.0, order="gap", pinned=((4, 9), (0, 1)), tags={"scene-17-00004": "night"},
        notes={"4": "looks at the tree"})),
    "projection": ("vsepp", vl.projection, dict(side="image", query=8, candidate=16)),
    "dashboard": ("vsrpp", vl.dashboard, dict(
        side="text", query=13, candidate=1, word=4, region=0, layer=1, top=4, mu=0.25, control=True, pinned=((6, 12),)))}


def state_of(path):
    """A saved session."""
    return type(vl.gallery(indexed("vse0")).state).load(path)


def reopened(name):
    """The view of a session, opened on it."""
    run, view, _ = SESSIONS[name]
    path, index = SAVED / "sessions" / f"{name}.json", indexed(run)
    if view is vl.dashboard:
        return view(index, state=path)
    if view is vl.gallery:
        return view(index, state=state_of(path))
    if view is vl.projection:
        return view(index.run, index, state=state_of(path), lines="all")
    state = state_of(path)
    return view(index.run, index, *state.pair, state=state, strip=False)



@pytest.mark.parametrize("name", RUNS)
def test_a_run_opens_with_its_settings_words_and_log_and_scores_as_it_did(name):
    index = indexed(name)
    fits({**of_run(index.run), "index": of_index(index, SENTENCE)}, THEN[name])
    assert vl.Vocabulary.load(SAVED / "runs" / name / "vocabulary.json") == index.run.vocabulary


def test_an_interrupted_run_goes_on_to_the_numbers_of_one_that_never_stopped(tmp_path, capsys):
    folder = tmp_path / "interrupted"
    shutil.copytree(SAVED / "runs" / "interrupted", folder)
    best, last = vl.Run.load(folder), vl.Run.load(folder, "last")
    assert len(best.log) == len(last.log) == 1 and best.fingerprint != last.fingerprint
    train, dev = (vl.precomputed(SAVED / "features-of-tsv", split) for split in ("train", "val"))
    run = vl.fit(train, CUT, out=folder, dev=dev, ui="text")
    assert "going on after epoch 1, step 2" in capsys.readouterr().out
    then = {key: value for key, value in THEN["interrupted"].items() if key != "fingerprint"}      # processors round differently
    for one in (run, vl.Run.load(folder)):
        fits({**of_run(one), "index": of_index(vl.index(one, dev), "a red ball")}, then)
    assert len(run.log) == CUT.epochs and run.best["epoch"] == 2                # so these are weights of after the stop


@pytest.mark.parametrize("name, text", [("vsrpp", 7), ("scan", SENTENCE)])
def test_an_explanation_opens_and_is_what_the_run_explains_today(name, text):
    index = indexed(name)
    now = vl.explain(index.run, index, 3, text)
    saved = type(now).open(SAVED / "explanations" / f"{name}.npz")
    fits(of_explanation(saved), THEN[f"explanation {name}"])
    fits(of_explanation(now), THEN[f"explanation {name}"])
    assert saved.layers is None or np.allclose(saved.layers, now.layers, atol=1e-5)
    assert saved.relations == now.relations and saved.provenance and vl.show(saved).axes


def test_results_open_are_compared_and_measured_again_the_same():
    saved = [type(vl.evaluate(indexed(name))).load(SAVED / "results" / f"{name}.json") for name in ("vse0", "vsrpp")]
    found, then = vl.compare(*saved), dict(THEN["results"])
    p = then.pop("p")                      # then of 10,000 random flips, known to 0.02; of ten images all flips are counted now
    fits(of_comparison(found), then)
    assert found.p == pytest.approx(p, abs=0.02)
    assert set(found.holm) == set(found.mcnemar) | {k for k in p if k != "rsum"} and set(found.interval) == set(p)     # computed
    assert all(r.by == {} and r.best == {} and r.groups is None and "text mrr" not in r.numbers() for r in saved)     # left out
    assert all("*" not in repr(r) and "MRR" not in repr(r) and r.table().loc["rsum", "low"] > 0 for r in saved)
    for name, result in zip(("vse0", "vsrpp"), saved):
        assert vl.compare(result, vl.evaluate(indexed(name))).difference["rsum"] == 0
        assert result.ranks.of_texts.tolist() == THEN[name]["index"]["of_texts"]


@pytest.mark.parametrize("name", SESSIONS)
def test_a_session_opens_where_it_was_left(name):
    _, _, kept = SESSIONS[name]
    listed = lambda value: [listed(x) for x in value] if isinstance(value, list | tuple) else value
    view, then = reopened(name), THEN[f"session {name}"]
    for state in (state_of(SAVED / "sessions" / f"{name}.json"), view.state):
        assert {key: listed(getattr(state, key)) for key in kept} == {key: listed(value) for key, value in kept.items()}
    if name == "relations":                        # what is drawn first is no part of a session: then it was the affinity
        view.choose(edges="affinity")
    columns_fit(view.table(), then["table"])
    fits(of_view(view), {key: value for key, value in then.items() if key != "table"})


@pytest.mark.parametrize("name", ["pca", "umap"])
def test_a_map_opens_with_its_sample_at_its_places(name):
    index = indexed("vsepp")
    view = vl.projection(index.run, index, map=SAVED / f"map-{name}.npz")
    fits(np.asarray(view.map.places, float).tolist(), THEN[f"map {name}"]["places"])
    columns_fit(view.table(), THEN[f"map {name}"]["table"])
    assert view.map.method == name


def test_a_test_of_faithfulness_that_was_half_done_goes_on(tmp_path):
    index, out = indexed("scan"), tmp_path / "faithfulness.json"
    shutil.copy(SAVED / "faithfulness.json", out)
    before = json.loads(out.read_text())["pairs"]
    columns_fit(vl.faithfulness(index.run, index, out=out, **TEST), THEN["faithfulness"]["whole"])
    after = json.loads(out.read_text())["pairs"]
    assert len(before) == 2 and len(after) == TEST["n"] and before.items() <= after.items()


def test_the_hardest_negatives_of_a_batch_are_those_of_then():
    columns_fit(vl.negatives(indexed("vsrpp").run, indexed("vsrpp"), pairs=8, seed=3).table(), THEN["negatives"]["table"])


@pytest.mark.parametrize("name", FOLDERS)
def test_a_folder_of_features_is_read_as_it_was(name):
    folder, *how = FOLDERS[name]
    corpus = vl.precomputed(folder, *how)
    fits(of_corpus(corpus), THEN["features"][name])
    assert (name == "tsv") == (corpus.photo is None) and (corpus.photo is None or corpus.photo(5).size == (12, 8))


@pytest.mark.parametrize("name, left", [("features-of-photos", 0), ("features-interrupted", 4)])
def test_features_of_photos_are_whole_or_go_on_to_be(tmp_path, name, left):
    for part in ("photos", name):
        shutil.copytree(SAVED / part, tmp_path / part)
    maker = Halves()
    vl.photos(tmp_path / "photos", SAVED / "captions.csv", out=tmp_path / name, extractor=maker, workers=1, progress=False)
    whole, made = ({p.name: p.read_bytes() for p in folder.iterdir()} for folder in (SAVED / "features-of-photos", tmp_path / name))
    assert maker.calls == left and made == whole
