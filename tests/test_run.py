"""A run folder is enough on its own, and every folder that is not one says so in a sentence."""
import csv
import json

import numpy as np
import pytest
import torch
from toys import toy

from vsrlab import checkpoint, files
from vsrlab.data.words import Vocabulary
from vsrlab.errors import Missing, Problem
from vsrlab.retrieval.index import index
from vsrlab.run import Run
from vsrlab.settings import Settings
from vsrlab.training.fit import fit

SMALL = Settings(model="scan", options=dict(dim=16), batch=16, epochs=2, rate=2e-3)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return fit(toy(), SMALL, out=tmp_path_factory.mktemp("runs") / "small", ui="none")


def test_a_run_opened_again_scores_the_same(run):
    again = Run.load(run.folder)
    assert again.settings == run.settings and again.vocabulary == run.vocabulary and again.log == run.log
    assert again.fingerprint == run.fingerprint and not again.model.training
    assert np.array_equal(index(again, toy(seed=5)).scores, index(run, toy(seed=5)).scores)
    assert "best rsum" in repr(again) and str(run.folder) in repr(again)


def test_the_folder_holds_text_where_a_person_may_look(run):
    files = {path.name for path in run.folder.iterdir()}
    assert {"config.json", "env.json", "vocabulary.json", "log.jsonl", "history.csv", "best.pt", "last.pt", "metrics.json"} <= files
    read = lambda name: json.loads((run.folder / name).read_text())
    config, metrics = read("config.json"), read("metrics.json")
    assert config["settings"]["model"] == "scan" and config["features"] == 10 and config["zoo"]["year"] == 2018
    assert config["dev"]["how"].startswith("every 10th pair")
    assert metrics["epoch"] == run.best["epoch"] and metrics["rsum"] == run.best["rsum"] and metrics["protocol"]["ties"] == "worst"
    rows = list(csv.DictReader((run.folder / "history.csv").open()))
    assert [float(row["rsum"]) for row in rows] == [line["rsum"] for line in run.log]


def test_the_record_of_the_environment_names_no_place(run):
    import getpass
    import socket
    text = (run.folder / "env.json").read_text()
    assert torch.__version__ in text and "/" not in text and socket.gethostname() not in text
    assert getpass.getuser() not in json.loads(text).values()


def test_best_and_last_are_different_states(tmp_path):
    run = fit(toy(), SMALL.but(epochs=3, rate=0.05, warm_up=0, seed=2), out=tmp_path / "run", ui="none")
    rsum = [line["rsum"] for line in run.log]
    best, last = Run.load(run.folder), Run.load(run.folder, "last")
    assert best.fingerprint == run.fingerprint and best.best["rsum"] == max(rsum)
    assert (best.fingerprint == last.fingerprint) == (rsum.index(max(rsum)) == 2)


def test_weights_that_were_never_trained_can_be_kept_too(tmp_path):
    run = fit(toy(), SMALL.but(epochs=0), out=tmp_path / "random", ui="none")
    assert Run.load(run.folder).fingerprint == run.fingerprint and run.log == [] and "no epoch finished" in repr(run)


def broken(run, tmp_path, change):
    import shutil
    shutil.copytree(run.folder, tmp_path / "run")
    change(tmp_path / "run")
    return tmp_path / "run"


def changed(folder, **values):
    """Other values in config.json; None removes a key."""
    config = json.loads((folder / "config.json").read_text()) | values
    (folder / "config.json").write_text(json.dumps({name: value for name, value in config.items() if value is not None}))


@pytest.mark.parametrize("change, sentence", [
    (lambda f: [path.unlink() for path in f.glob("*.pt")], "unfinished run.*before its first epoch was saved.*to go on"),
    (lambda f: (f / "config.json").unlink(), "is not a run: it has no config.json"),
    (lambda f: (f / "config.json").write_text("{"), "config.json is not JSON, or cut short.*give the config.json"),
    (lambda f: (f / "config.json").write_text('{"model_type": "clip"}'), 'all of it has no "format".*vsrlab train'),
    (lambda f: (f / "best.pt").write_bytes((f / "best.pt").read_bytes()[:500]), "cannot be read as a checkpoint: it is cut short"),
    (lambda f: (f / "best.pt").write_bytes(b""), "cannot be read as a checkpoint"),
    (lambda f: torch.save({"state_dict": {}}, f / "best.pt"), "holds no weights of this kit"),
    (lambda f: torch.save({"model": {"x": torch.zeros(1)}}, f / "best.pt"), "does not fit the model"),
    (lambda f: (f / "vocabulary.json").unlink(), "has no vocabulary.json.*copy it.*or run the same vl.fit or 'vsrlab train' again"),
    (lambda f: changed(f, corpus=None), 'has no "corpus"'),
    (lambda f: changed(f, corpus={}), 'corpus has no "name"'),
    (lambda f: changed(f, format=2), "is of format 2, and this version reads 1; install a newer vsrlab"),
    (lambda f: changed(f, settings={"batch": "x"}), "config.json is damaged: Settings cannot take batch='x'; it is a whole number"),
    (lambda f: changed(f, settings={"bacth": 8}), "config.json is damaged: no setting 'bacth'; did you mean 'batch'"),
    (lambda f: (f / "log.jsonl").write_text('{"epoch": 1, "rsum": 3.0}\n{"epo'), "log.jsonl is damaged in line 2; run the same"),
    (lambda f: (f / "log.jsonl").write_text("[]"), "log.jsonl is damaged in line 1"),
    (lambda f: (f / "log.jsonl").write_bytes(b"\xff\xfe"), "log.jsonl is damaged in line 1"),
    (lambda f: Vocabulary(["a"]).save(f / "vocabulary.json"), "is not the vocabulary that the run was trained with")])
def test_a_folder_that_is_no_finished_run_is_one_sentence(run, tmp_path, change, sentence):
    with pytest.raises(Problem, match=sentence) as told:
        Run.load(broken(run, tmp_path, change))
    assert "\n" not in str(told.value)


def test_a_missing_folder_and_an_unknown_checkpoint_say_what_to_type(run, tmp_path):
    with pytest.raises(Missing, match="no run folder.*vsrlab train --out"):
        Run.load(tmp_path / "nowhere")
    with pytest.raises(Problem, match="no checkpoint 'newest'"):
        Run.load(run.folder, "newest")


def test_a_run_moves_to_a_device_that_is_there(run, tmp_path, monkeypatch):
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 0)
    for name, sentence in (("cuda", "torch finds no GPU here"), ("mps", "no device 'mps'"),
                           (torch.device("meta"), "no device 'meta'")):
        with pytest.raises(Problem, match=sentence):
            run.to(name)
    assert run.to(torch.device("cpu")) is run
    (broken(run, tmp_path, lambda folder: None) / "last.pt").unlink()
    with pytest.raises(Missing, match="has no last.pt; vl.Run.load.* opens its best epoch"):
        Run.load(tmp_path / "run", "last")


def test_a_foreign_folder_is_not_trained_into(tmp_path):
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "cat.jpg").write_bytes(b"x")
    with pytest.raises(Problem, match="is not a run"):
        fit(toy(), SMALL, out=tmp_path / "photos", ui="none")
    (tmp_path / "file").write_text("x")
    with pytest.raises(Problem, match="is a file; name a folder"):
        fit(toy(), SMALL, out=tmp_path / "file", ui="none")
    assert [path.name for path in (tmp_path / "photos").iterdir()] == ["cat.jpg"]


def test_a_checkpoint_with_code_in_it_is_refused(tmp_path):
    import pickle

    class Evil:
        def __reduce__(self): return print, ("code ran",)
    (tmp_path / "evil.pt").write_bytes(pickle.dumps({"model": Evil()}))
    with pytest.raises(Problem, match="cannot be read as a checkpoint"):
        checkpoint.load(tmp_path / "evil.pt")
    torch.save({"model": Evil()}, tmp_path / "evil.pt")
    with pytest.raises(Problem, match="cannot be read as a checkpoint"):
        checkpoint.load(tmp_path / "evil.pt")


def test_a_write_that_is_interrupted_leaves_the_old_file(tmp_path):
    path = files.write_json(tmp_path / "x.json", {"a": 1})

    def fill(file):
        file.write(b"half")
        raise OSError(28, "No space left on device")
    with pytest.raises(Problem, match=r"x.json could not be saved \(No space left on device\); the former x.json is as it was"):
        files.write(path, fill)
    assert json.loads(path.read_text()) == {"a": 1} and len(list(tmp_path.iterdir())) == 1


def test_two_processes_may_write_the_same_file(tmp_path, monkeypatch):
    path = tmp_path / "x.json"

    def fill(file):
        with monkeypatch.context() as other:
            other.setattr(files.os, "getpid", lambda: 4)
            files.write_text(path, "theirs")
        assert path.read_text() == "theirs"
        file.write(b"ours")
    files.write(path, fill)
    assert path.read_text() == "ours" and len(list(tmp_path.iterdir())) == 1
