"""What is read back is what was written: turned bits, mixed folders, stale logs, folders that may not be read; two fits at once."""
import contextlib
import json
import os
import random
import shutil
import sys
import warnings
from pathlib import Path

import pytest
import torch
from toys import toy

from vsrlab import checkpoint, files
from vsrlab.data.words import Vocabulary
from vsrlab.errors import Problem
from vsrlab.locks import held
from vsrlab.run import Run
from vsrlab.settings import Settings
from vsrlab.training.fit import fit

sys.path.insert(0, str(Path(__file__).parents[1] / "bench"))
import flip_checkpoints  # noqa: E402

SMALL = Settings(model="vsepp", options=dict(dim=8, word_dim=4), batch=16, epochs=2, rate=2e-3)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("run") / "run"
    fit(toy(), SMALL, out=folder, ui="none")
    return folder


@pytest.fixture
def copy(made, tmp_path):
    return Path(shutil.copytree(made, tmp_path / "run"))


def turn(path):
    data = bytearray(path.read_bytes())
    data[300] ^= 4                                              # within the first part; between parts are unused bytes
    path.write_bytes(data)


def without_digest(path, **changes):
    """A checkpoint as older code wrote it; None takes a key away."""
    content = torch.load(path, weights_only=True) | changes
    torch.save({key: x for key, x in content.items() if key not in (checkpoint.DIGEST, "of") and x is not None}, path)


def test_no_turned_bit_is_taken_with_other_numbers():
    found = flip_checkpoints.flips(20)
    assert all(set(outcomes) <= {"refused", "same numbers"} and outcomes["refused"] >= 15 for outcomes in found.values()), found


def test_turned_bits_of_files_without_a_digest_are_found_by_the_sums_of_their_parts(copy):
    without_digest(copy / "best.pt", log=None)
    whole, rng, told = (copy / "best.pt").read_bytes(), random.Random(0), Run.load(copy).fingerprint
    for _ in range(20):
        data = bytearray(whole)
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
        (copy / "best.pt").write_bytes(data)
        try:
            assert Run.load(copy).fingerprint == told
        except Problem as problem:
            assert "damaged" in str(problem) or "cannot be read as a checkpoint" in str(problem)


def test_the_sentence_says_which_file_is_whole(copy):
    turn(copy / "best.pt")
    with pytest.raises(Problem, match=r"best.pt is damaged.*last.pt is whole: vl.Run.load\('.*run', 'last'\) opens epoch 2;"):
        Run.load(copy)
    turn(copy / "last.pt")
    with pytest.raises(Problem, match="best.pt is damaged.*last.pt is damaged too; copy the folder again"):
        Run.load(copy)


def test_a_damaged_last_state_is_not_gone_on_with_and_a_damaged_best_one_is_made_again(copy):
    shutil.copytree(copy, copy.with_name("other"))
    turn(copy / "last.pt")
    with pytest.raises(Problem, match=r"last.pt is damaged.*best.pt is whole: vl.Run.load\('.*run'\) opens epoch \d.*fresh=True"):
        fit(toy(), SMALL.but(epochs=3), out=copy, ui="none")
    told = Run.load(copy.with_name("other"))
    turn(copy.with_name("other") / "best.pt")
    if told.best["epoch"] == 2:
        assert fit(toy(), SMALL, out=copy.with_name("other"), ui="none").fingerprint == told.fingerprint
        assert Run.load(copy.with_name("other")).fingerprint == told.fingerprint
    else:
        with pytest.raises(Problem, match="best.pt of .* is damaged, and last.pt holds other weights"):
            fit(toy(), SMALL, out=copy.with_name("other"), ui="none")


@pytest.mark.parametrize("name", ["best", "last"])
def test_checkpoints_of_another_seed_or_vocabulary_are_refused(copy, tmp_path, name):
    other = fit(toy(), SMALL.but(seed=5), out=tmp_path / "other", ui="none")
    words = fit(toy(), SMALL, out=tmp_path / "words", ui="none", vocabulary=Vocabulary([*other.vocabulary.words[:3:-1]]))
    for run, said in ((other, "seed is 5 there and 0 here"), (words, "the vocabulary or the feature size is another")):
        shutil.copy(run.folder / f"{name}.pt", copy)
        for call in (lambda: Run.load(copy, name), lambda: fit(toy(), SMALL.but(epochs=3), out=copy, ui="none")):
            with pytest.raises(Problem, match=f"{name}.pt is not of the run that config.json describes .*{said}.*mixes two runs"):
                call()


def test_settings_changed_by_hand_do_not_open_weights_of_others(copy):
    config = json.loads((copy / "config.json").read_text())
    config["settings"]["margin"] = 0.3
    (copy / "config.json").write_text(json.dumps(config))
    with pytest.raises(Problem, match="margin is 0.0 there and 0.3 here|margin is .* there and 0.3 here"):
        Run.load(copy)


def test_words_in_another_order_are_refused_and_mended_by_the_same_call(copy):
    told = Run.load(copy)
    Vocabulary([*told.vocabulary.words[:3:-1]]).save(copy / "vocabulary.json")
    with pytest.raises(Problem, match="vocabulary.json is not the vocabulary that the run was trained with.*writes it anew"):
        Run.load(copy)
    fit(toy(), SMALL, out=copy, ui="none")
    assert Run.load(copy).vocabulary == told.vocabulary


@pytest.mark.parametrize("older", [False, True])
def test_epoch_and_numbers_are_those_of_the_weights_where_the_log_is_behind(copy, older):
    told = Run.load(copy)
    lines = (copy / "log.jsonl").read_text().splitlines(True)
    (copy / "log.jsonl").write_text("".join(lines[:told.best["epoch"] - 1]))
    if older:
        without_digest(copy / "best.pt", log=None)
    with pytest.warns(UserWarning, match="log.jsonl of .* tells of another epoch than best.pt holds"):
        found = Run.load(copy)
    assert found.fingerprint == told.fingerprint and (found.best["rsum"], found.best["epoch"]) == (told.best["rsum"],
                                                                                                   told.best["epoch"])
    fit(toy(), SMALL, out=copy, ui="none")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert Run.load(copy).log == told.log


@pytest.mark.parametrize("at", ["best.pt", "last.pt", "history.csv", "metrics.json", "curves.png", "log.jsonl"])
@pytest.mark.parametrize("epoch", [1, 2])
def test_wherever_an_epochs_saving_is_cut_off_the_run_tells_of_its_own_weights(tmp_path, monkeypatch, at, epoch):
    settings = SMALL.but(rate=0.02, warm_up=0)
    whole = fit(toy(), settings, out=tmp_path / "whole", ui="none")
    fit(toy(), settings.but(epochs=1), out=tmp_path / "one", ui="none")
    by_epoch = {1: Run.load(tmp_path / "one", "last"), 2: Run.load(tmp_path / "whole", "last")}
    if epoch == 2:
        fit(toy(), settings.but(epochs=1), out=tmp_path / "run", ui="none")
    true = files.write

    def cut(path, fill):
        if Path(path).name == at:
            raise KeyboardInterrupt
        return true(path, fill)
    with monkeypatch.context() as now:
        now.setattr(files, "write", cut)
        now.setattr(checkpoint, "write", cut)
        with contextlib.suppress(KeyboardInterrupt):
            fit(toy(), settings.but(epochs=epoch), out=tmp_path / "run", ui="none")
    if (tmp_path / "run" / "best.pt").exists():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = Run.load(tmp_path / "run")
        assert found.fingerprint == by_epoch[found.best["epoch"]].fingerprint
        assert f"after epoch {found.best['epoch']}" in repr(found)
    again = fit(toy(), settings, out=tmp_path / "run", ui="none")
    assert again.fingerprint == whole.fingerprint
    assert (tmp_path / "run" / "best.pt").stat().st_size == (tmp_path / "whole" / "best.pt").stat().st_size


def test_runs_of_before_the_digest_open_and_go_on(copy):
    told = Run.load(copy)
    without_digest(copy / "best.pt", log=None)
    without_digest(copy / "last.pt")
    assert Run.load(copy).fingerprint == told.fingerprint and Run.load(copy).log == told.log
    whole = fit(toy(), SMALL.but(epochs=3), out=copy.with_name("whole"), ui="none")
    assert fit(toy(), SMALL.but(epochs=3), out=copy, ui="none").fingerprint == whole.fingerprint
    assert checkpoint.DIGEST in torch.load(copy / "last.pt", weights_only=True)


@pytest.mark.parametrize("name", [*checkpoint.SUMS])
def test_digests_of_both_kinds_are_checked(tmp_path, name):
    content = {"model": {"w": torch.arange(11.0), "half": torch.ones(3).half(), "none": torch.zeros(0)}, "epoch": 3}
    told = checkpoint.digest(content, checkpoint.SUMS[name])
    torch.save({**content, name: told}, tmp_path / "x.pt")
    assert checkpoint.load(tmp_path / "x.pt")["epoch"] == 3
    for other in ({"epoch": 4}, {"model": {**content["model"], "w": torch.arange(1.0, 12.0)}},
                  {"model": {**content["model"], "half": torch.tensor([1, 1, 1.001]).half()}}):
        torch.save({**content, **other, name: told}, tmp_path / "x.pt")
        with pytest.raises(checkpoint.Damaged, match="what it holds is not what was written into it"):
            checkpoint.load(tmp_path / "x.pt")


def test_two_fits_in_one_folder_are_kept_apart_and_a_left_lock_holds_nobody(copy):
    with held(copy, "a run"), pytest.raises(Problem, match="another process .* writes a run into .*; wait until it is done"):
        fit(toy(), SMALL.but(epochs=3), out=copy, ui="none")
    (copy / ".vsrlab.lock").write_text("999999\n")
    assert len(fit(toy(), SMALL.but(epochs=3), out=copy, ui="none").log) == 3 and not (copy / ".vsrlab.lock").exists()


def test_what_a_kill_left_before_the_first_file_is_swept(tmp_path):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / ".config.json.999999.partial").write_text("{")
    fit(toy(), SMALL, out=tmp_path / "run", ui="none")
    assert not [path.name for path in (tmp_path / "run").iterdir() if path.name.startswith(".")]


def denied(monkeypatch, name):
    """The system refuses to open a file of that name, as it does to others than root."""
    true = open

    def refuses(path, *more, **named):
        if str(path).endswith(name):
            raise PermissionError(13, "Permission denied", str(path))
        return true(path, *more, **named)
    monkeypatch.setattr("builtins.open", refuses)
    monkeypatch.setattr("io.open", refuses)


def test_a_file_that_may_not_be_read_is_not_called_damaged(copy, monkeypatch):
    denied(monkeypatch, "best.pt")
    with pytest.raises(Problem, match=r"best.pt cannot be read \(Permission denied\); check its permissions"):
        Run.load(copy)


def test_a_checkpoint_that_asks_for_too_much_memory_is_no_batch_size(copy, monkeypatch):
    def much(*given, **named):
        raise MemoryError
    monkeypatch.setattr(torch, "load", much)
    with pytest.raises(Problem, match="best.pt asks for more memory than there is"):
        Run.load(copy)


def test_a_packed_checkpoint_is_refused_before_it_fills_the_memory(copy):
    import zipfile
    with zipfile.ZipFile(copy / "best.pt") as old, zipfile.ZipFile(copy / "new", "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.infolist():
            new.writestr(part.filename, old.read(part))
    (copy / "new").replace(copy / "best.pt")
    with pytest.raises(Problem, match="best.pt is a packed zip file, not a checkpoint as torch.save writes them"):
        Run.load(copy)


@pytest.mark.parametrize("name, key, value", [
    ("last", "epoch", None), ("last", "step", "x"), ("last", "log", [{"epoch": "x"}]), ("last", "totals", {"loss": "x"}),
    ("last", "optimiser", {}), ("last", "flat", None), ("last", "model", None), ("best", "model", {"x": 1}), ("best", "model", [])])
def test_a_key_that_is_gone_or_of_another_kind_is_a_sentence(copy, name, key, value):
    without_digest(copy / f"{name}.pt", **{key: value})
    with pytest.raises(Problem) as told:
        Run.load(copy) if name == "best" else fit(toy(), SMALL.but(epochs=3), out=copy, ui="none")
    assert "\n" not in str(told.value) and f"{name}.pt" in str(told.value)


def test_a_run_begun_with_other_threads_says_so(copy, capsys):
    there = json.loads((copy / "env.json").read_text())
    (copy / "env.json").write_text(json.dumps(there | {"threads": there["threads"] + 3}))
    fit(toy(), SMALL.but(epochs=3), out=copy, ui="text")
    said = f"(threads {there['threads'] + 3} then, {there['threads']} now: the weights will differ in their last digits"
    assert said in capsys.readouterr().out


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_finished_run_in_a_folder_that_may_not_be_written_opens(copy):
    copy.chmod(0o555)
    try:
        assert fit(toy(), SMALL, out=copy, ui="none").fingerprint == Run.load(copy).fingerprint
        with pytest.raises(Problem, match=r"could not be saved \(Permission denied\)"):
            fit(toy(), SMALL.but(epochs=3), out=copy, ui="none")
    finally:
        copy.chmod(0o755)


def test_a_name_that_no_file_can_have_is_one_sentence(tmp_path):
    with pytest.raises(Problem, match=r"could not be saved \(File name too long\); nothing half-written is left"):
        files.write_text(tmp_path / ("x" * 260), "text")
