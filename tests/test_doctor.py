"""The doctor names what is broken and how to mend it."""
import json
import os
import shlex
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from vsrlab import doctor as front_door
from vsrlab.checkup import Report, doctor
from vsrlab.data.examine import Finding, examine
from vsrlab.data.precomputed import precomputed


def healthy(tmp_path):
    """A healthy folder with two splits, boxes, sizes, ids and photos."""
    rng = np.random.default_rng(0)
    (tmp_path / "photos").mkdir()
    data = tmp_path / "data"
    data.mkdir()
    (data / "features.json").write_text(json.dumps({"extractor": "test", "photos": "../photos"}))
    for split, images in (("train", 12), ("test", 4)):
        np.save(data / f"{split}_ims.npy", rng.standard_normal((images, 3, 4)).astype("float32"))
        np.save(data / f"{split}_boxes.npy", np.tile(np.float32([0.1, 0.1, 0.5, 0.9]), (images, 3, 1)))
        np.save(data / f"{split}_sizes.npy", np.tile([40, 30], (images, 1)))
        np.save(data / f"{split}_confidence.npy", np.tile(np.float32([0.9, 0.5, 0.2]), (images, 1)))
        names = [f"{split}{i}.jpg" for i in range(images)]
        (data / f"{split}_ids.txt").write_text("\n".join(names) + "\n")
        (data / f"{split}_caps.txt").write_text("".join(f"a dog in {name}\n" for name in names for _ in range(2)))
        for name in names:
            Image.new("RGB", (40, 30)).save(tmp_path / "photos" / name)
    return data


@pytest.fixture
def folder(tmp_path):
    return healthy(tmp_path)


def change(path, place, value):
    array = np.load(path)
    array[place] = value
    np.save(path, array)


def bad(folder):
    """What is wrong with a folder, but that its splits for tests are small."""
    return [f for f in examine(folder) if f.level in ("warning", "broken") and "are few to measure on" not in f.what]


def only(folder, level, *words):
    """The one thing found; it has the words and a repair of one line."""
    found = bad(folder)
    assert len(found) == 1 and found[0].level == level, found
    assert all(word in found[0].what + " -> " + found[0].repair for word in words), found[0]
    assert found[0].repair and "\n" not in found[0].what + found[0].repair
    return found[0]


def test_a_healthy_folder_is_described_and_nothing_is_wrong(folder):
    found = examine(folder)
    assert not bad(folder)
    assert any(f.what == "train: 12 images x 3 regions x 4 features, float32; 24 captions (2 each); boxes; photos" for f in found)
    assert "a training batch of 128" in found[-1].what


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_values_that_are_not_finite_are_broken(folder, value):
    change(folder / "train_ims.npy", (7, 2, 1), value)
    only(folder, "broken", "train: 1 images hold NaN or infinite features, row 7 (id train7.jpg)", "extract these photos again")


def test_images_of_zeros_and_padding_are_told_apart(folder):
    change(folder / "train_ims.npy", (5, 2), 0)
    assert not bad(folder) and any("2.8% of the regions are zeros" in f.what for f in examine(folder))
    change(folder / "train_ims.npy", 3, 0)
    only(folder, "warning", "train: 1 images are all zeros, row 3")


def test_a_file_cut_short_and_captions_that_do_not_divide_are_broken(folder):
    path = folder / "train_ims.npy"
    whole = path.read_bytes()
    path.write_bytes(whole[:-5])
    only(folder, "broken", "train_ims.npy is cut short", "704 bytes", "699", "download it again")
    path.write_bytes(whole)
    (folder / "test_caps.txt").write_text("a dog\n" * 9)
    only(folder, "broken", "9 lines in test_caps.txt", "4 images", "test_owner.npy")


def test_captions_are_looked_at_line_by_line(folder):
    path = folder / "test_caps.txt"
    path.write_text("a\nb\n\nd\ne\nf\n\nh\n")
    only(folder, "broken", "2 captions are empty, lines 3, 7", "write a sentence")
    path.write_text("a\n...\nc\nd\n")
    only(folder, "warning", "1 captions hold no word, line 2")
    path.write_text("a\n" + "dog " * 101 + "\nc\nd\n")
    only(folder, "warning", "1 captions have more than 100 words (up to 101), line 2", "one caption a line")
    path.write_text("a\ncafÃ©\nc\nd\n")
    only(folder, "warning", "look wrongly decoded", "line 2")
    path.write_bytes(b"a\nb\nc\n\xff\n")
    only(folder, "broken", "line 4, byte 0: not UTF-8", "iconv")


def test_the_repair_of_captions_spelled_as_bytes_works_as_printed(folder):
    (folder / "test_caps.txt").write_text("b'a dog'\nb\nb\"a man's\"\nd\n")
    found = only(folder, "warning", "test_caps.txt: 2 captions are spelled as bytes")
    _, *arguments = shlex.split(found.repair)
    subprocess.run([sys.executable, *arguments], check=True, cwd=os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    assert not bad(folder) and precomputed(folder, "test").texts == ["a dog", "b", "a man's", "d"]


def test_boxes_outside_the_photo_empty_or_not_finite(folder):
    path = folder / "train_boxes.npy"
    good = np.load(path)
    for value, level, words in (([0.2, 0.2, 1.2, 0.9], "warning", "1 boxes reach outside their photo, row 4"),
                                ([0.5, 0.5, 0.2, 0.2], "warning", "1 boxes are empty"), (np.nan, "broken", "are not finite")):
        change(path, (4, 1), value)
        only(folder, level, words)
        np.save(path, good)
    change(path, (4, 1), 0)                                            # padding has a box of zeros
    assert not bad(folder)


def test_an_image_in_two_splits_is_found_by_its_features_or_its_id(folder):
    change(folder / "test_ims.npy", 2, np.load(folder / "train_ims.npy")[9])
    only(folder, "warning", "1 images of test are in train too (the same features), row 2 (id test2.jpg)", "leave them out of test")
    change(folder / "test_ims.npy", 2, 5.0)
    (folder / "test_ids.txt").write_text("test0.jpg\ntrain3.jpg\ntest2.jpg\ntest3.jpg\n")
    only(folder, "warning", "1 images of test are in train too (the same id), row 1")


def test_the_first_thousand_of_testall_is_no_leak(folder):
    for file in list(folder.glob("test_*")):
        file.with_name(file.name.replace("test_", "testall_")).write_bytes(file.read_bytes())
    assert not bad(folder)


def test_twins_within_a_split_are_noted(folder):
    change(folder / "train_ims.npy", 2, np.load(folder / "train_ims.npy")[9])
    assert not bad(folder) and any("2 images share their features with another one, rows 2, 9" in f.what for f in examine(folder))


def test_splits_of_different_extractors_are_broken(folder):
    np.save(folder / "test_ims.npy", np.ones((4, 3, 5), "float32") * np.arange(1, 5)[:, None, None].astype("float32"))
    only(folder, "broken", "the splits have different features: test 5, train 4", "same extractor")


def test_photos_missing_corrupt_or_of_another_shape(folder):
    photos = folder.parent / "photos"
    (photos / "test1.jpg").unlink()
    only(folder, "warning", "test: 1 photos are not in", "row 1 (id test1.jpg)", "photos=...")
    (photos / "test1.jpg").write_bytes(b"no photo")
    only(folder, "warning", "test1.jpg cannot be read as a photo", "copy it again")
    Image.new("RGB", (30, 40)).save(photos / "test1.jpg")
    only(folder, "warning", "photo test1.jpg is 30 x 40, its boxes were found in 40 x 30")


def test_regions_out_of_order_are_noted(folder):
    np.save(folder / "test_confidence.npy", np.tile(np.float32([0.1, 0.5, 0.2]), (4, 1)))
    assert any("regions out of order of confidence" in f.what for f in examine(folder)) and not bad(folder)


def test_grid_vectors_are_looked_at_too(folder):
    for split, images in (("train", 12), ("test", 4)):
        np.save(folder / f"{split}_grid.npy", np.random.default_rng(1).standard_normal((images, 5, 4)).astype("float16"))
    assert any("x (3 + 5 grid) regions x" in f.what for f in examine(folder)) and not bad(folder)
    change(folder / "train_grid.npy", (1, 4, 0), np.nan)
    only(folder, "broken", "train: 1 images hold NaN", "row 1")


def test_folders_that_are_none_or_hold_only_photos_say_what_to_type(folder):
    only(folder / "nothing", "broken", "there is no folder")
    only(folder.parent / "photos", "broken", "holds 16 photos, but no features yet", "vsrlab features")
    (folder.parent / "empty").mkdir()
    only(folder.parent / "empty", "broken", "holds no {split}_caps.txt")
    (folder / ".train_ims.npy.partial").write_bytes(b"")
    only(folder, "warning", "train: an extraction was interrupted and left 1 files, such as .train_ims", "same vsrlab features")


def test_the_report_is_lines_and_healthy_unless_something_is_broken(folder):
    report = doctor(folder)
    assert report.healthy and str(report).splitlines()[0].startswith("ok       python 3.")
    assert "torch " in str(report) and "numpy " in str(report) and "jupyterlab " in str(report)
    assert any(f.what.startswith("front end: JupyterLab") for f in report.findings)
    assert any(f.what.startswith("CPU: ") for f in report.findings) and any("GiB free" in f.what for f in report.findings)
    change(folder / "train_ims.npy", (7, 2, 1), np.nan)
    report = doctor(folder)
    assert not report.healthy and "\n         -> extract these photos again" in repr(report)
    assert str(report).endswith("the repair stands below each")
    assert Report([Finding("warning", "odd", "do")]).healthy


def test_old_and_missing_packages_are_named_with_the_line_that_installs_them(monkeypatch):
    import vsrlab.checkup  # noqa: F401  the module, beside the function of its name
    module, real = sys.modules["vsrlab.checkup"], sys.modules["vsrlab.checkup"]._version
    monkeypatch.setattr(module, "_version", lambda name: {"torch": "2.3.1+cpu", "captum": None}.get(name, real(name)))
    broken = [(f.what, f.repair) for f in module._packages() if f.level == "broken"]
    assert [what for what, _ in broken] == ["torch is version 2.3.1+cpu, 2.4 or newer is needed",
                                            "captum is not installed, 0.7 or newer is needed"]
    assert broken[0][1].endswith("-m pip install 'torch>=2.4'")
    monkeypatch.setattr(module, "_version", lambda name: {"jupyterlab_widgets": "1.1.0"}.get(name, real(name)))
    (front,) = module._front_end()
    assert front.level == "broken" and "does not fit jupyterlab_widgets 1.1.0" in front.what and "pip install -U" in front.repair


def test_the_front_door_has_the_doctor():
    assert front_door is doctor
