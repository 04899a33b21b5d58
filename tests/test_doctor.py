"""The doctor names what is broken and how to mend it."""
import json
import os
import shlex
import subprocess
import sys
import warnings

import numpy as np
import pytest
from PIL import Image
from test_photos import Colours
from test_tsv import line

from vsrlab import doctor as front_door
from vsrlab.checkup import Report, doctor
from vsrlab.data.examine import Finding, examine
from vsrlab.data.photos import extract
from vsrlab.data.precomputed import precomputed
from vsrlab.data.tsv import convert


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


# many faults at once, and none

def split(data, name, images=8, features=4, seed=0, each=2):
    """One more healthy split of a folder, with its photos."""
    rng = np.random.default_rng(seed)
    np.save(data / f"{name}_ims.npy", rng.standard_normal((images, 3, features)).astype("float32"))
    np.save(data / f"{name}_boxes.npy", np.tile(np.float32([0.1, 0.1, 0.5, 0.9]), (images, 3, 1)))
    np.save(data / f"{name}_sizes.npy", np.tile([40, 30], (images, 1)))
    np.save(data / f"{name}_confidence.npy", np.tile(np.float32([0.9, 0.5, 0.2]), (images, 1)))
    (data / f"{name}_labels.json").write_text(json.dumps([["dog", "cat", "tree"]] * images))
    names = [f"{name}{i}.jpg" for i in range(images)]
    lines(data / f"{name}_ids.txt", names)
    lines(data / f"{name}_caps.txt", [f"a dog in {n}" for n in names for _ in range(each)])
    pixels = rng.integers(0, 255, (30, 40, 3), np.uint8)
    for n in names:
        Image.fromarray(pixels).save(data.parent / "photos" / n)
    return data


def lines(path, texts=None, **changed):
    """The lines of a file, written where some are given; `n3="x"` changes line 3, counted from 0."""
    texts = path.read_text().split("\n")[:-1] if texts is None else texts
    for place, text in changed.items():
        texts[int(place[1:])] = text
    path.write_text("".join(f"{text}\n" for text in texts))


PLANTED = (                            # what the doctor has to say, and what to do about it
    ("train: 1 images hold NaN or infinite features, row 1", "extract these photos again"),
    ("train: 1 images hold features that are too large to add up, row 2", "extract these photos again"),
    ("train: 1 images are all zeros, row 3", "extract these photos again"), ("train_caps.txt: 1 captions are empty, line 3",
                                                                             "write a"),
    ("train_caps.txt: 1 captions hold no word, line 5", "write a sentence"), ("1 captions have more than 100 words", "shorten"),
    ("1 captions look wrongly decoded", "fetch the original"), ("1 captions are spelled as bytes", "import mend"),
    ("train: 1 boxes reach outside their photo, row 4", "divide them"), ("train: 1 boxes are empty, row 5", "x1 y1 x2 y2"),
    ("train: 1 boxes are not finite, row 6", "make the boxes again"), ("1 scores of the detector are not between 0 and 1, row 7",
                                                                       "shares"),
    ("train: 1 photos are not in", "put the photos there"), ("train4.jpg cannot be read as a photo", "copy it again"),
    ("train5.jpg cannot be read as a photo", "copy it again"), ("photo train6.jpg is 30 x 40, its boxes were found in 40 x 30",
                                                                "use the"),
    ("train: 1 names of photos lead out of", "write names"), ("train: 2 images have the id of another one, rows 10, 11",
                                                              "own name"),
    ("val_labels.json is not JSON", "copy it again"), ("val_sizes.npy: image row 2 has a width", "write the photos' sizes"),
    ("val_owner.npy: float64", "whole numbers"), ("val: 8 images are few to measure on", "give more photos"),
    ("2 images of val are in train too (the same features)", "leave them out of val"),
    ("1 images of late are in val too (the same id)", "leave them out of late"),
    ("test_ims.npy is cut short", "download it again"), ("test: 1 photos are not in", "put the photos there"),
    ("late_caps.txt, line 2, byte 3: not UTF-8", "iconv"), ("late: an extraction was interrupted", "same vsrlab features"),
    ("7 lines in odd_caps.txt cannot be shared evenly by 8 images", "copy the file"),
    ("the splits have different features", "same extractor"), ("odd: 8 photos are turned by their camera's note", "frame"),
    ("late: 8 images share their features with another one", "extract again"))


def test_every_one_of_many_faults_of_a_folder_is_found_with_its_repair(tmp_path):
    (tmp_path / "photos").mkdir()
    data, photos = tmp_path / "data", tmp_path / "photos"
    data.mkdir()
    (data / "features.json").write_text(json.dumps({"extractor": "test", "photos": "../photos"}))
    split(data, "train", 40)
    for n, name in enumerate(("val", "test", "late"), 1):
        split(data, name, seed=n)
    split(data, "odd", features=5, seed=4, each=1)
    for row, value in ((1, np.nan), (2, 1e25), (3, 0)):
        change(data / "train_ims.npy", row, value)
    lines(data / "train_caps.txt", n2="", n4="...", n6="dog " * 101, n8="cafÃ©", n10="b'a dog'")
    for row, box in ((4, [0.2, 0.2, 1.2, 0.9]), (5, [0.5, 0.5, 0.2, 0.2]), (6, np.nan)):
        change(data / "train_boxes.npy", (row, 1), box)
    change(data / "train_confidence.npy", (7, 0), 7)
    (photos / "train9.jpg").unlink()
    (photos / "train4.jpg").write_bytes(b"no photo")
    (photos / "train5.jpg").write_bytes((photos / "train5.jpg").read_bytes()[:-300])
    Image.new("RGB", (30, 40)).save(photos / "train6.jpg")
    lines(data / "train_ids.txt", n8="../private.jpg", n11="train10.jpg")
    (tmp_path / "private.jpg").write_bytes((photos / "train0.jpg").read_bytes())
    (data / "val_labels.json").write_text('[["dog"')
    change(data / "val_sizes.npy", 2, 0)
    np.save(data / "val_owner.npy", np.arange(16) / 2)
    change(data / "val_ims.npy", [0, 1], np.load(data / "train_ims.npy")[[20, 21]])
    lines(data / "val_ids.txt", n3="late3.jpg")
    (data / "test_ims.npy").write_bytes((data / "test_ims.npy").read_bytes()[:-9])
    (photos / "test2.jpg").unlink()
    (data / "late_caps.txt").write_bytes(b"a\ncaf\xe9\n" + b"a dog\n" * 14)
    change(data / "late_ims.npy", slice(None), np.load(data / "late_ims.npy")[0])
    (data / ".late_ims.npy.partial").write_bytes(b"")
    lines(data / "odd_caps.txt", ["a dog"] * 7)
    (data / "odd_sizes.npy").unlink()
    exif = Image.Exif()
    exif[0x0112] = 3
    for n in range(8):
        Image.new("RGB", (40, 30)).save(photos / f"odd{n}.jpg", exif=exif)

    found = bad(data) + [f for f in examine(data) if "few to measure" in f.what]
    unsaid = [what for what, repair in PLANTED if not any(
        what in f.what and repair in f.repair for f in found)]
    assert not unsaid, (unsaid, "\n".join(map(str, found)))
    assert len(PLANTED) >= 24 and all(f.repair and "\n" not in f.what + f.repair for f in found)
    assert not Report(found).healthy


def scan(place):
    """A folder as SCAN and VSRN have it: images repeated for their five captions, nothing else."""
    rng = np.random.default_rng(0)
    for name, images in (("train", 30), ("dev", 100), ("test", 100), ("testall", 130)):
        x = rng.random((images, 3, 8), np.float32)
        x[:100] = np.load(place / "test_ims.npy")[::5] if name == "testall" else x[:100]
        np.save(place / f"{name}_ims.npy", np.repeat(x, 5, 0))
        lines(place / f"{name}_caps.txt", [f"a dog on grass {n}" for n in range(5 * images)])


def ours(place):
    """A folder that this kit made of photos of several kinds, boxes and grid."""
    photos, kinds = place.parent / "photos", (("png", "PNG"), ("JPG", "JPEG"), ("webp", "WEBP"))
    photos.mkdir()
    for n in range(220):
        suffix, kind = kinds[n % 3]
        Image.new("RGB", (40 + n % 5, 30), (n + 1, 37 * n % 256, 91 * n % 256)).save(photos / f"{n}.{suffix}", kind, lossless=True)
    lines(place.parent / "c.csv", ["photo,text", *(f"{n},a picture of {n}" for n in range(220))])
    extract(photos, place.parent / "c.csv", place, Colours(), {"train": 0.08, "val": 0.46, "test": 0.46}, progress=False)


def converted(place):
    """A folder of a TSV with two or three boxes a photo, and of captions of any number."""
    rng = np.random.default_rng(0)
    rows = (line(n, [[1, 1, 60, 40], [5, 5, 90, 45], [2, 2, 70, 30]][:2 + n % 2], rng.random((2 + n % 2, 6))) for n in range(140))
    (place.parent / "a.tsv").write_text("".join(rows))
    lines(place.parent / "c.txt", [f"{n}.jpg#{k}\ta dog {n} {k}" for n in range(140) for k in range(1 + n % 3)])
    convert(place.parent / "a.tsv", place.parent / "c.txt", place, 3, progress=False)


def turned(place):
    """Photos that their camera turned, with boxes in the stored picture; one is square, and so tells nothing by itself."""
    (place.parent / "photos").mkdir()
    (place / "features.json").write_text(json.dumps({"photos": "../photos"}))
    split(place, "train", 20)
    exif = Image.Exif()
    exif[0x0112] = 6
    for n in range(20):
        Image.new("RGB", (40, 40 if n == 3 else 30), (9 * n, 9, 9)).save(place.parent / "photos" / f"train{n}.jpg", exif=exif)
    change(place / "train_sizes.npy", 3, [40, 40])


def halves(place):
    """One vector an image, half precision, captions of any number, a byte order mark, ends of lines and empty lines of Windows."""
    np.save(place / "train_ims.npy", np.random.default_rng(0).random((12, 8)).astype("float16"))
    np.save(place / "train_owner.npy", np.repeat(np.arange(12), np.arange(12) % 3 + 1))
    (place / "train_caps.txt").write_bytes(b"\xef\xbb\xbf" + "".join(f"ein Hündchen {n}\r\n" for n in range(24)).encode() + b"\r\n")


@pytest.mark.parametrize("make", [scan, ours, converted, turned, halves])
def test_of_folders_that_are_well_nothing_is_said(tmp_path, make):
    (tmp_path / "data").mkdir()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        make(tmp_path / "data")
    found = examine(tmp_path / "data")
    assert str(Report(found)).endswith("all well"), [f for f in found if f.level in ("warning", "broken")]
    assert any(f.level == "ok" for f in found)
