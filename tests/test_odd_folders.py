"""Folders of features with something odd in them: training refuses in one sentence, and the doctor goes on and names it."""

import json

import numpy as np
import pytest
from test_doctor import bad, change, healthy

from vsrlab.data.batches import read_images
from vsrlab.data.corpus import Corpus
from vsrlab.data.examine import examine
from vsrlab.data.folders import interrupted
from vsrlab.data.precomputed import precomputed
from vsrlab.errors import Missing, Problem


@pytest.fixture
def folder(tmp_path):
    return healthy(tmp_path)


def labels(folder, content):
    (folder / "train_labels.json").write_bytes(content)


def array(folder, name, values):
    np.save(folder / f"train_{name}.npy", values)


def header(folder, said):
    """A .npy file of version 1 whose header says what is given, before the numbers that are there."""
    path = folder / "train_ims.npy"
    said += b" " * (-(len(said) + 11) % 64) + b"\n"
    path.write_bytes(b"\x93NUMPY\x01\x00" + len(said).to_bytes(2, "little") + said + np.load(path).tobytes())


def features_json(folder, content):
    (folder / "features.json").write_text(content)


ODD = {
    "ids in Latin-1": (
        lambda f: (f / "train_ids.txt").write_bytes("caf\xe9.jpg\n".encode("latin1") * 12),
        "train_ids.txt, line 1, byte 3: not UTF-8",
    ),
    "features.json is a list": (lambda f: features_json(f, "[1]"), "features.json: all of it is [1], expected a dictionary"),
    "features.json is cut short": (lambda f: features_json(f, '{"photos": '), "features.json is not JSON"),
    "photos is a number": (
        lambda f: features_json(f, '{"photos": 5}'),
        "features.json: photos is 5, expected a text of one line or null",
    ),
    "grid is a word": (
        lambda f: features_json(f, '{"grid": "6x6"}'),
        'features.json: grid is "6x6", expected null or a dictionary',
    ),
    "splits is a list": (lambda f: features_json(f, '{"splits": []}'), "features.json: splits is [], expected a dictionary"),
    "labels are cut short": (lambda f: labels(f, json.dumps([["dog"] * 3] * 12).encode()[:-9]), "train_labels.json is not JSON"),
    "labels are no text": (lambda f: labels(f, b"[\xff]"), "train_labels.json, line 1, byte 1: not UTF-8"),
    "labels are a number": (lambda f: labels(f, b"5"), "train_labels.json: labels are 5, expected 12 lists of 3 texts"),
    "labels are a dict": (lambda f: labels(f, b'{"a": 1}'), "train_labels.json: labels are {'a': 1}, expected 12 lists"),
    "a label is a number": (lambda f: labels(f, json.dumps([["dog"] * 3] * 11 + [["dog", 5, ""]]).encode()), "12 lists of 3 texts"),
    "a row of labels is short": (lambda f: labels(f, json.dumps([["dog"] * 3] * 11 + [["dog"]]).encode()), "12 lists of 3 texts"),
    "labels nest too deep": (lambda f: labels(f, b"[" * 100_000), "train_labels.json nests lists"),
    "an extractor is a list": (lambda f: features_json(f, '{"extractor": []}'), "features.json: extractor is [], expected a text"),
    "features.json nests too deep": (lambda f: features_json(f, "[" * 100_000), "features.json nests lists"),
    "owners are floats": (lambda f: array(f, "owner", np.arange(24) // 2 + 0.9), "train_owner.npy: float64 (24,) for 24 captions"),
    "a size is zero": (
        lambda f: array(f, "sizes", np.array([[4, 3]] * 11 + [[0, 3]])),
        "train_sizes.npy: image row 11 has a width",
    ),
    "a header without its brace": (
        lambda f: header(f, b"{'descr': '<f4', 'fortran_order': False, 'shape': (12, 3, 4), "),
        "not a .npy file",
    ),
    "a shape of negative numbers": (
        lambda f: header(f, b"{'descr': '<f4', 'fortran_order': False, 'shape': (-2, -6, 12), }"),
        "promises an array of (-2, -6, 12)",
    ),
    "a shape beyond all disks": (
        lambda f: header(f, b"{'descr': '<f4', 'fortran_order': False, 'shape': (0, 99999999999999999999), }"),
        "which there is not",
    ),
    "images without a region": (lambda f: array(f, "ims", np.zeros((12, 0, 4), "float32")), "train_ims.npy holds float32"),
    "regions without a feature": (lambda f: array(f, "ims", np.zeros((12, 3, 0), "float32")), "train_ims.npy holds"),
    "numbers of 128 bits": (lambda f: array(f, "ims", np.zeros((12, 3, 4), np.longdouble)), "expected float16 or float32"),
    "sizes of one number": (lambda f: array(f, "sizes", np.ones(12)), "train_sizes.npy holds (12,), expected (12, 2)"),
    "sizes of other images": (lambda f: array(f, "sizes", np.ones((9, 2))), "train_sizes.npy holds (9, 2), expected (12, 2)"),
    "confidence of one number": (lambda f: array(f, "confidence", np.ones(12)), "expected (12, 3)"),
    "boxes of three numbers": (lambda f: array(f, "boxes", np.ones((12, 3, 3))), "expected (12, 3, 4)"),
}


@pytest.mark.parametrize("odd", ODD)
def test_training_refuses_in_one_sentence_and_the_doctor_says_the_same(folder, odd):
    spoil, sentence = ODD[odd]
    spoil(folder)
    with pytest.raises(Problem) as refused:
        precomputed(folder, "train")
    assert sentence in str(refused.value) and "\n" not in str(refused.value), refused.value
    found = [f for f in examine(folder) if f.level == "broken"]
    assert any(sentence in f"{f.what}; {f.repair}" for f in found) and all(f.repair for f in found), found
    assert any(f.what.startswith("test: 4 images") for f in examine(folder)), "the other split is looked at all the same"


@pytest.mark.parametrize("error", [ValueError("odd"), TypeError("odd"), KeyError("odd"), IndexError("odd")])
@pytest.mark.parametrize("look", ["captions", "features", "boxes", "photos"])
def test_the_doctor_outlives_what_nobody_thought_of(folder, monkeypatch, look, error):
    def fail(*_):
        raise error

    monkeypatch.setattr(f"vsrlab.data.examine.{look}", fail)
    broken = [f for f in examine(folder) if f.level == "broken"]
    assert len(broken) == 2 and all("train_" in f.what or "test_" in f.what for f in broken)
    assert all("cannot be used" in f.what and type(error).__name__ in f.what and f.repair for f in broken)


def test_a_corpus_has_a_region_and_a_feature_at_least():
    for shape, what in (((2, 0, 4), "region"), ((2, 4, 0), "feature")):
        with pytest.raises(Problem, match=f"gives an image no {what}; extract"):
            Corpus("toy", np.zeros(shape, "float32"), [], np.zeros(0, int))
    assert len(Corpus("toy", np.zeros((0, 3, 4), "float32"), [], np.zeros(0, int))) == 0


def test_photos_without_a_list_of_their_names_are_missing_and_not_an_error(folder):
    (folder / "train_ids.txt").unlink()
    corpus = precomputed(folder, "train")
    with pytest.raises(Missing, match="no photo .*0 for image row 0; write the names of the photos into train_ids.txt, one a line"):
        corpus.photo(0)
    [found] = bad(folder)
    assert "train: 12 photos are not in" in found.what and "into train_ids.txt" in found.repair


@pytest.mark.parametrize("kind", [">f2", ">f4", ">f8"])
def test_features_in_the_other_byte_order_are_the_same_features(folder, kind):
    here, mask = read_images(precomputed(folder, "train"), range(12))
    np.save(folder / "train_ims.npy", np.load(folder / "train_ims.npy").astype(kind))
    assert np.allclose(read_images(precomputed(folder, "train"), range(12))[0], here, atol=1e-2) and mask.all()
    assert not bad(folder)


def test_features_beyond_what_can_be_added_up_are_refused_with_their_row(folder):
    change(folder / "train_ims.npy", (7, 2), 9e14 / 2)
    assert read_images(precomputed(folder, "train"), [7])[0].isfinite().all() and not bad(folder)
    for huge in ([1e25, -1e25, 0, 0], 3e38, [1e16, 1, 1, 1]):
        change(folder / "train_ims.npy", (7, 2), huge)
        with pytest.raises(Problem, match=r"image row 7 \(id train7.jpg\) holds features up to .* in region 2"):
            read_images(precomputed(folder, "train"), [7])
        [found] = bad(folder)
        assert found.level == "broken" and "features that are too large to add up, row 7 (id train7.jpg)" in found.what
    change(folder / "train_ims.npy", (7, 2), 1e-30)
    assert read_images(precomputed(folder, "train"), [7])[1].all(), "tiny numbers are no padding"
    change(folder / "train_ims.npy", (7, 2, 1), np.nan)
    with pytest.raises(Problem, match="image row 7 .* in region 2"):
        read_images(precomputed(folder, "train"), [7])


@pytest.mark.parametrize("limit", [0, -1])
def test_a_limit_below_one_caption_is_refused(folder, limit):
    with pytest.raises(Problem, match=f"limit={limit}: keep at least 1 caption"):
        precomputed(folder, "train", limit=limit)


def test_an_interrupted_extraction_is_named_before_anything_else(folder):
    new = folder.parent / "new"
    new.mkdir()
    for name in (".my_split_ims.npy.partial", ".my_split_journal.jsonl", ".train_grid.npy.partial"):
        (new / name).write_bytes(b"")
    assert {split: len(left) for split, left in interrupted(new).items()} == {"my_split": 2, "train": 1}
    [found] = examine(new)
    assert found.level == "broken" and "the extraction of my_split, train was interrupted" in found.what
    assert "give the same vsrlab features command again" in found.repair
    with pytest.raises(Missing, match="new holds no whole split: the extraction of .* give the same vsrlab features command again"):
        precomputed(new, "train")
    (folder / ".val_ims.npy.partial").write_bytes(b"")
    with pytest.raises(Missing, match="the extraction of 'val' in .* was interrupted; give the same vsrlab features command"):
        precomputed(folder, "val")
    assert len(precomputed(folder, "train")) == 12


def test_a_run_is_told_from_features(folder):
    run = folder.parent / "run"
    run.mkdir()
    for name in ("config.json", "curves.png"):
        (run / name).write_text("{}")
    [found] = examine(run)
    assert "run is the folder of a run, not of features" in found.what and "vsrlab evaluate" in found.repair
    with pytest.raises(Missing, match="is the folder of a run, not of features; give the folder of features"):
        precomputed(run, "train")


def made(regions=None, texts=("a dog", "a cat"), owner=(0, 1)):
    """A corpus of two images in memory, with something odd in it."""
    return Corpus("toy", np.ones((2, 3, 4), "float32") if regions is None else regions, list(texts), owner)


@pytest.mark.parametrize("odd, sentence", [
    (dict(regions=np.ones((2, 3, 4), complex)), "regions are of complex128, expected an array of real numbers"),
    (dict(regions=[[[1.0]]]), "regions are of list, expected an array"), (dict(texts=("a dog", 5)), "text 1 is a int, not a str"),
    (dict(regions=np.array([[["x"]]])), "regions are of <U1"), (dict(owner=[0.0, 1.9]), "image_of_text is float64 (2,)"),
    (dict(owner=[[0], [1]]), "image_of_text is int64 (2, 1)"), (dict(owner=np.array(["0", "1"])), "image_of_text is <U1"),
    (dict(owner=[0, 2]), "belongs to image row 2, but there are 2"), (dict(owner=[-1, 1]), "belongs to image row -1"),
    (dict(owner=[0]), "2 texts but 1 owners"), (dict(owner=[None, 1]), "image_of_text is object")])
def test_a_corpus_of_other_kinds_of_values_is_refused(odd, sentence):
    with pytest.raises(Problem) as problem:
        made(**odd)
    assert sentence in str(problem.value)


def test_owners_may_be_a_list_and_regions_a_tensor_of_any_precision():
    import torch
    corpus = made(torch.ones(2, 3, 4, dtype=torch.bfloat16, requires_grad=True), owner=[1, 0])
    assert corpus.regions.dtype == np.float32 and corpus.texts_of(0).tolist() == [1] and len(corpus.images([1])) == 1
