"""Damaged files of the kit's own kinds, by the thousand: settings, sessions, results, explanations, maps, runs, judgements, scores.

    python bench/fuzz_saved.py [--count 3000] [--seed 0]

As fuzz_readers.py: each input is taken, or refused in one sentence; a run that is taken has the weights that were saved.
"""
import argparse
import functools
import io
import json
import shutil
import sys
import tempfile
import zipfile
from pathlib import Path

import fuzz_readers
import numpy as np
import torch
from fuzz_readers import VALUES, bytes_changed, changed, json_changed

import vsrlab as vl
from vsrlab import checkpoint
from vsrlab.desk.judgements import read as read_judgements
from vsrlab.explain.faithfulness import _opened
from vsrlab.explain.pointing.phrases import read_phrases
from vsrlab.explain.record import Explanation
from vsrlab.measure.result import Result, compare
from vsrlab.retrieval.sources import from_scores
from vsrlab.run import Run
from vsrlab.settings import Settings
from vsrlab.space.maps import Map, pca
from vsrlab.views.attention.view import AttentionView
from vsrlab.views.state import State
from vsrlab.zoo import build

SETTINGS = Settings(model="vsrpp", epochs=1, batch=16, options={"dim": 8, "word_dim": 4, "layers": 1}, device="cpu")


@functools.cache
def trained_on():
    return vl.scenes(images=24, seed=1)


@functools.cache
def good() -> Path:
    """A folder with one good file of each kind; it stays until the program ends."""
    place = Path(tempfile.mkdtemp(prefix="good"))
    corpus = trained_on()
    run = vl.fit(corpus, SETTINGS, out=place / "run", ui="none")
    index = vl.index(run, corpus)
    vl.evaluate(index).save(place / "result.json")
    vl.explain(run, index, 0, 0).save(place / "explanation.npz")
    pca(np.random.default_rng(0).normal(size=(9, 4)).astype("f4")).save(place / "map.npz")
    State(word=2, edits={1: "red"}, pinned=((1, 2),), tags={"a": "b"}, notes={"4": "x"}, mass=0.5).save(place / "session.json")
    (place / "settings.json").write_text(SETTINGS.to_json())
    (place / "judgements.jsonl").write_text("".join(json.dumps(
        {"image": f"{n}", "text": "a dog", "verdict": "valid", "grade": 1.0, "cause": ["x"]}) + "\n" for n in range(4)))
    (place / "judgements.tsv").write_text("image\ttext\tvalid\tauthor\n1\ta dog\tyes\tme\n2\ta cat\tno\tme\n")
    (place / "phrases.jsonl").write_text("".join(json.dumps(
        {"filename": name, "phrase": corpus.texts[0].split()[1], "boxes": [[1, 2, 30, 40]]}) + "\n" for name in corpus.ids[:4]))
    scores = np.random.default_rng(1).normal(size=(4, 6)).astype("f4")
    np.save(place / "scores.npy", scores)
    np.savez(place / "scores.npz", scores=scores)
    torch.save(torch.from_numpy(scores), place / "scores.pt")
    (place / "scores.csv").write_text("\n".join(",".join(f"{x:.3f}" for x in row) for row in scores) + "\n")
    (place / "faithfulness.json").write_text(json.dumps({"n": 4, "seed": 2, "pairs": {"1": {"attention": [0.5, 1, 1, None]}}}))
    return place


def copied(place, rng, name: str) -> Path:
    """A changed copy of a good file."""
    data = (good() / name).read_bytes()
    (place / name).write_bytes(repacked(rng, data) if name.endswith(".npz") and rng.random() < 0.7 else
                               changed(rng, data, name.endswith(".json")))
    return place / name


def repacked(rng, data: bytes) -> bytes:
    """A .npz file of which one member was changed: its header of JSON, its shape, its type, or its bytes."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(made, "w") as new:
        target = rng.choice(old.namelist())
        for name in old.namelist():
            content = old.read(name)
            if name != target:
                new.writestr(name, content)
            elif rng.random() < 0.9:
                x, kind = np.load(io.BytesIO(content)), rng.randrange(6)
                if name == "header.npy" and kind < 5:
                    x = np.frombuffer(json.dumps(json_changed(rng, json.loads(x.tobytes()))).encode(), np.uint8)
                elif kind < 4:
                    odd = np.full_like(x, np.nan) if x.dtype.kind == "f" else x * 0
                    x = (x[..., :1], x[None], x.astype("U8") if x.dtype.kind != "U" else x, odd)[kind]
                buffer = io.BytesIO()
                np.save(buffer, x)
                new.writestr(name, bytes_changed(rng, buffer.getvalue()) if kind == 5 else buffer.getvalue())
    return made.getvalue()


def settings(place, rng):
    path = copied(place, rng, "settings.json")

    def read():
        found = Settings.from_json(path.read_text("utf-8", "replace"))
        build(found.model, 8, 20, **found.options)
    return read


def options(place, rng):
    name, value = rng.choice(("dim", "layers", "name", "features", "self", "mu", "dropout", "word_dim")), rng.choice(
        (*VALUES, 10 ** 9, 0.999, -0.0, True))
    return lambda: build("vsrpp", 8, 20, **{"dim": 8, "word_dim": 4, name: value})


def session(place, rng):
    path = copied(place, rng, "session.json")
    return lambda: repr(State.load(path))


def result(place, rng):
    path = copied(place, rng, "result.json")

    def read():
        found = Result.load(path)
        return repr(found), found.table(), repr(compare(found, found))
    return read


def explanation(place, rng):
    path = copied(place, rng, "explanation.npz")

    def read():
        view = AttentionView(Explanation.open(path))
        return view.text(), view.html(), view.table()
    return read


def map_(place, rng):
    path = copied(place, rng, "map.npz")
    return lambda: (repr(Map.open(path)), Map.open(path).made(), Map.open(path).transform(np.ones((2, 4), "f4")))


def judgements(place, rng):
    path = copied(place, rng, rng.choice(("judgements.jsonl", "judgements.tsv")))
    return lambda: read_judgements(path).stamp


def phrases(place, rng):
    path, corpus = copied(place, rng, "phrases.jsonl"), trained_on()
    return lambda: read_phrases(path, corpus, dict.fromkeys(corpus.ids, (64, 48)))


def scores(place, rng):
    path = copied(place, rng, rng.choice(("scores.npy", "scores.npz", "scores.pt", "scores.csv")))
    return lambda: vl.evaluate(from_scores(path, ["a", "b", "c", "d", "e", "f"], np.array([0, 0, 1, 2, 3, 3]), name="m"))


def faithfulness(place, rng):
    path = copied(place, rng, "faithfulness.json")
    return lambda: _opened(path, {"n": 4, "seed": 2})


def run(place, rng):
    """A run of which one file was changed: opened, or gone on with."""
    shutil.copytree(good() / "run", place / "run")
    path = rng.choice(sorted(p for p in (place / "run").iterdir() if p.suffix in (".json", ".jsonl", ".pt")))
    if path.suffix == ".pt" and rng.random() < 0.5:
        content = torch.load(path, weights_only=True)
        key = rng.choice(list(content))
        content = {k: x for k, x in content.items() if k not in (key, checkpoint.DIGEST)} | (
            {key: rng.choice(VALUES)} if rng.random() < 0.7 else {})
        torch.save(content, path) if rng.random() < 0.5 else checkpoint.save(path, content)
    else:
        path.write_bytes(changed(rng, path.read_bytes(), path.suffix == ".json"))
    told = Run.load(good() / "run").fingerprint

    def read():
        if rng.random() < 0.3:
            vl.fit(trained_on(), SETTINGS, out=place / "run", ui="none")
        assert Run.load(place / "run").fingerprint == told, "weights of others"
        return Run.load(place / "run", "last")
    return read


SAVED = {f.__name__.strip("_"): f for f in (settings, options, session, result, explanation, map_, judgements, phrases, scores,
                                            faithfulness, run)}
fuzz_readers.READERS |= SAVED


def main(count: int, seed: int) -> int:
    """Try so many inputs of the kit's own kinds and print a table -> 1 when one went wrong."""
    for name in [name for name in fuzz_readers.READERS if name not in SAVED]:
        del fuzz_readers.READERS[name]
    return fuzz_readers.main(count, seed)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=3000)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    sys.exit(main(given.count, given.seed))
