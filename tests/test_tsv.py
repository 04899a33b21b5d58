"""A bottom-up-attention TSV becomes a precomputed folder."""
import base64
import json
import os
import re

import numpy as np
import pytest

from vsrlab.data.precomputed import precomputed
from vsrlab.data.tsv import convert, parts, records
from vsrlab.errors import Missing, Problem
from vsrlab.locks import held


def line(name, boxes, features, width=100, height=50, kind="<f4", box_kind="<f4"):
    code = lambda a, kind: base64.b64encode(np.asarray(a, kind).tobytes()).decode()
    return f"{name}\t{width}\t{height}\t{len(boxes)}\t{code(boxes, box_kind)}\t{code(features, kind)}\n"


def lxmert(name, boxes, features):
    """The same record in the ten columns of LXMERT."""
    name, width, height, count, boxes, features = line(name, boxes, features).strip().split("\t")
    more = base64.b64encode(np.arange(int(count)).tobytes()).decode()
    return "\t".join((name, height, width, more, more, more, more, count, boxes, features)) + "\n"


@pytest.fixture
def case(tmp_path):
    """Three photos with captions, their TSV in another order, and what the features are."""
    rng = np.random.default_rng(0)
    truth = {n: rng.standard_normal((c, 4)).astype("float32") for n, c in ((391895, 2), (22, 3), (33, 3))}
    images = [{"filename": f"COCO_val2014_{n:012d}.jpg", "cocoid": n, "split": split, "sentences": [{"raw": t} for t in texts]}
              for n, split, texts in ((22, "train", "ab"), (391895, "train", "c"), (33, "val", "de"))]
    (tmp_path / "dataset_coco.json").write_text(json.dumps({"images": images}))
    rows = [line(n, [[10, 5, 50, 25]] * len(truth[n]), truth[n]) for n in (33, 391895, 22)]
    (tmp_path / "a.tsv").write_text(line(999, [[0, 0, 1, 1]], [[9, 9, 9, 9]]) + rows[0] + rows[1])
    (tmp_path / "b.tsv").write_text(rows[2])
    return tmp_path, truth


def test_a_tsv_becomes_the_corpus_its_captions_ask_for(case):
    folder, truth = case
    out = convert([folder / "a.tsv", folder / "b.tsv"], folder / "dataset_coco.json", folder / "out", regions=3, progress=False,
                  photos=folder)
    train, val = precomputed(out, "train"), precomputed(out, "val")
    assert train.texts == ["a", "b", "c"] and train.image_of_text.tolist() == [0, 0, 1] and val.texts == ["d", "e"]
    assert np.array_equal(train.regions[0], truth[22]) and np.array_equal(val.regions[0], truth[33])
    assert np.array_equal(train.regions[1], np.concatenate([truth[391895], np.zeros((1, 4))]))       # padded with zeros
    assert np.allclose(train.boxes[0, 0], [0.1, 0.1, 0.5, 0.5]) and train.sizes.tolist() == [[100, 50]] * 2
    assert train.ids == ["COCO_val2014_000000000022.jpg", "COCO_val2014_000000391895.jpg"] and train.photo is not None
    assert not [p for p in out.iterdir() if p.name.startswith(".")]
    with pytest.raises(Problem, match="already holds"):
        convert(folder / "a.tsv", folder / "dataset_coco.json", out, regions=3, progress=False)


def test_photos_in_no_tsv_are_named_and_the_next_call_goes_on(case):
    folder, truth = case
    with pytest.raises(Problem, match="1 photos of the captions are in no TSV, such as COCO_val2014_000000000022.jpg"):
        convert(folder / "a.tsv", folder / "dataset_coco.json", folder / "out", regions=3, dtype="float16", progress=False)
    assert not list((folder / "out").glob("[a-z]*"))                   # nothing carries its name before it is whole
    with pytest.raises(Problem, match="begun with"):
        convert(folder / "b.tsv", folder / "dataset_coco.json", folder / "out", regions=4, progress=False)
    out = convert(folder / "b.tsv", folder / "dataset_coco.json", folder / "out", regions=3, dtype="float16", progress=False)
    assert np.array_equal(precomputed(out, "val").regions[0], truth[33].astype("float16"))
    assert np.array_equal(precomputed(out, "train").regions[0], truth[22].astype("float16"))


def test_photos_that_another_split_of_the_folder_holds_are_refused(case):
    folder, _ = case
    out = convert([folder / "a.tsv", folder / "b.tsv"], folder / "dataset_coco.json", folder / "out", regions=3, progress=False)
    (folder / "captions.csv").write_text("COCO_val2014_000000000033.jpg|d\n")
    with pytest.raises(Problem, match="1 of the 1 photos of 'all' are in 'val'"):
        convert(folder / "a.tsv", folder / "captions.csv", out, regions=3, progress=False)


def test_an_interruption_between_two_records_loses_nothing(case, monkeypatch):
    import vsrlab.data.tsv as module
    folder, truth = case
    monkeypatch.setattr(module, "_EVERY", 1)
    real, calls = module.Conversion.put, []

    def put(self, record):
        calls.append(record.id)
        if len(calls) == 3:
            raise KeyboardInterrupt
        real(self, record)
    monkeypatch.setattr(module.Conversion, "put", put)
    arguments = ([folder / "a.tsv", folder / "b.tsv"], folder / "dataset_coco.json", folder / "out")
    with pytest.raises(KeyboardInterrupt):
        convert(*arguments, regions=3, progress=False)
    out = convert(*arguments, regions=3, progress=False)
    assert calls == ["999", "33", "391895", "391895", "22"]            # what was read is not read again
    assert np.array_equal(precomputed(out, "train").regions[0], truth[22])
    assert np.array_equal(precomputed(out, "val").regions[0], truth[33])


@pytest.mark.parametrize("change, why", [
    (lambda t: t[:-30], "base64|columns|boxes|padding|multiple"), (lambda t: t.replace("\t2\t", "\t7\t"),
                                                                   "it has 7 boxes in a 100 x 50"),
    (lambda t: t.replace("\t100\t", "\twide\t"), "expected numbers and base64"), (lambda t: "1\t2\t3\n", "3 columns, expected 6"),
    (lambda t: t.replace("\t100\t", "\tinf\t"), "expected numbers and base64"), (lambda t: t.replace("2\t", "\t", 1), "is no name"),
    (lambda t: line(2, [[0, 0, 9, 9]], [[np.nan, 1]]), "not finite"), (lambda t: t.replace("\t50\t", "\t-5\t"),
                                                                       "in a 100 x -5 photo")])
def test_a_torn_record_is_told_by_its_byte_and_the_next_one_is_whole(tmp_path, change, why):
    good = line(1, [[0, 0, 9, 9]], [[1, 2]])
    (tmp_path / "x.tsv").write_text(good + change(line(2, [[0, 0, 9, 9]] * 2, [[1, 2]] * 2)).rstrip("\n") + "\n" + good)
    (_, _), (torn, _), (last, end) = records(tmp_path / "x.tsv")
    assert torn.byte == len(good) and re.search(why, torn.why) and last.id == "1" and end == (tmp_path / "x.tsv").stat().st_size


def simple(tmp_path, text, names="13", **more):
    """A converted folder of photos that a captions file names by one letter each."""
    (tmp_path / "a.tsv").write_text(text)
    (tmp_path / "c.txt").write_text("".join(f"{name}.jpg|photo {name}\n" for name in names))
    return precomputed(convert(tmp_path / "a.tsv", tmp_path / "c.txt", tmp_path / "out", 2, progress=False, **more), "all")


def rows(names, count=2, size=3, seed=0, **more):
    """{name: (R, F)} and the lines that hold them."""
    truth = {name: np.random.default_rng([seed, n]).random((count, size)).astype("float32") for n, name in enumerate(names)}
    return truth, {name: line(name, [[0, 0, 50, 25]] * count, x, **more) for name, x in truth.items()}


def test_torn_records_are_passed_over_unless_a_photo_is_lost(tmp_path):
    truth, lines = rows("1234")
    with pytest.warns(UserWarning,
                      match=r"1 torn records were passed over: a.tsv, byte \d+ \(photo 2\): 11 columns.*no photo of the"):
        corpus = simple(tmp_path, lines["1"] + lines["2"][:-12] + lines["4"] + lines["3"])
    assert np.array_equal(corpus.regions[:], np.stack([truth["1"], truth["3"]])) and corpus.ids == ["1.jpg", "3.jpg"]
    (tmp_path / "b").mkdir()
    with pytest.raises(Problem, match=r"1 photos of the captions are in no TSV, such as 4.jpg \(1 torn records.*--leave-out"):
        simple(tmp_path / "b", lines["1"] + lines["2"][:-12] + lines["4"] + lines["3"], "143")
    with pytest.warns(UserWarning, match="1 photos of the captions are in no TSV and left out, such as 4.jpg"):
        corpus = simple(tmp_path / "b", lines["1"] + lines["2"][:-12] + lines["4"] + lines["3"], "143", leave_out=True)
    assert corpus.ids == ["1.jpg", "3.jpg"] and corpus.texts == ["photo 1", "photo 3"]
    assert np.array_equal(corpus.regions[:], np.stack([truth["1"], truth["3"]])) and corpus.sizes.tolist() == [[100, 50]] * 2
    assert not [p for p in (tmp_path / "b" / "out").iterdir() if p.name.startswith(".")]


@pytest.mark.parametrize("kind, box_kind", [("<f4", "<f4"), ("<f8", "<f4"), ("<f8", "<f8"), ("<f2", "<f4"), ("<f2", "<f2")])
@pytest.mark.parametrize("values", ["random", "rectified", "float16", "bfloat16", "few"])
def test_the_width_of_the_numbers_is_told_from_them(tmp_path, kind, box_kind, values):
    x = np.random.default_rng(1).normal(size=(4, 2, 64)).astype("float32")
    x = {"random": x, "rectified": x.clip(0) * 3, "float16": x.astype("float16").astype("float32"),
         "bfloat16": (x.view("uint32") & 0xffff0000).view("float32"), "few": x[..., :12]}[values]
    corpus = simple(tmp_path, "".join(line(n, [[0, 0, 50, 25]] * 2, x[n], kind=kind, box_kind=box_kind) for n in range(4)), "0123")
    assert np.allclose(corpus.regions[:], x, atol=1e-2 if kind == "<f2" else 1e-6) and np.allclose(corpus.boxes[0, 0], [0, 0, .5,
                                                                                                                        .5])


@pytest.mark.parametrize("kind", ["<f4", "<f8", "<f2"])
def test_photos_of_one_value_each_do_not_hide_the_width(tmp_path, kind):
    values = [0.5, 1e4, 0.25, 3.0]
    lines = (line(n, [[0, 0, 50, 25]] * 2, np.full((2, 4), x), kind=kind) for n, x in enumerate(values))
    corpus = simple(tmp_path, "".join(lines), "0123")
    assert corpus.regions.shape == (4, 2, 4) and [float(row[0, 0]) for row in corpus.regions[:]] == values


def test_lxmerts_columns_are_read_with_the_height_before_the_width(tmp_path):
    truth, _ = rows("13")
    corpus = simple(tmp_path, "".join(lxmert(name, [[0, 0, 50, 25]] * 2, x) for name, x in truth.items()))
    assert corpus.sizes.tolist() == [[100, 50]] * 2 and np.array_equal(corpus.regions[0], truth["1"])


def test_a_first_line_of_names_says_what_the_columns_are(tmp_path):
    truth, lines = rows("13")
    turned = ["\t".join(text.strip().split("\t")[n] for n in (5, 0, 2, 1, 3, 4)) + "\n" for text in lines.values()]
    corpus = simple(tmp_path, "features\timage_id\timage_h\timage_w\tnum_boxes\tboxes\n" + "".join(turned))
    assert np.array_equal(corpus.regions[:], np.stack([*truth.values()])) and corpus.sizes.tolist() == [[100, 50]] * 2
    with pytest.raises(Problem, match="has no column num_boxes; it has features, image_id"):
        (tmp_path / "x.tsv").write_text("features\timage_id\timage_h\timage_w\tboxes\n")
        records(tmp_path / "x.tsv")


@pytest.mark.parametrize("content, words", [
    (b"", "is empty"), (b"1\t2\t3\n" * 5, "its lines have 3 columns; what is read has 6: image_id"), (b"PK\x03\x04",
                                                                                                      "a zip archive"),
    (b"\x1f\x8b\x08", "compressed; unpack it with: gunzip"), (b"<html><body>", "a web page")])
def test_files_that_are_no_such_tsv_are_named(tmp_path, content, words):
    (tmp_path / "x.tsv").write_bytes(content)
    with pytest.raises(Problem, match=words):
        records(tmp_path / "x.tsv")


def test_the_parts_of_a_tsv_are_read_in_a_row(tmp_path):
    truth, lines = rows("1234")
    for n, name in ((0, "1"), (2, "3"), (10, "4")):
        (tmp_path / f"g.tsv.{n}").write_text(lines[name])
    assert [p.name for p in parts(tmp_path / "g.tsv")] == ["g.tsv.0", "g.tsv.2", "g.tsv.10"]
    (tmp_path / "c.txt").write_text("1.jpg|x\n3.jpg|y\n4.jpg|z\n")
    corpus = precomputed(convert(tmp_path / "g.tsv", tmp_path / "c.txt", tmp_path / "out", 2, progress=False), "all")
    assert np.array_equal(corpus.regions[:], np.stack([truth[n] for n in "134"]))


@pytest.mark.parametrize("name, file", [("1", "1.tif"), ("a.webp", "a.webp"), ("B.JPEG", "B.JPEG"), ("cafe\u0301", "café.jpg"),
                                        ("00012", "12.png"), ("x/y.tiff", "y.tiff"), ("391895", "COCO_val2014_000000391895.jpg")])
def test_ids_are_compared_without_suffix_zeros_and_form(tmp_path, name, file):
    (tmp_path / "a.tsv").write_text(line(name, [[0, 0, 9, 9]], [[1, 2]]))
    (tmp_path / "c.txt").write_text(f"{file}|a photo\n")
    assert precomputed(convert(tmp_path / "a.tsv", tmp_path / "c.txt", tmp_path / "out", 2, progress=False), "all").ids == [file]


def test_numbers_beyond_half_precision_are_refused_with_the_photo(tmp_path):
    text = line(1, [[0, 0, 9, 9]], [[1, 1e5]])
    with pytest.raises(Problem, match=r"photo 1 has features up to 1e\+05, more than float16 holds; .*--dtype float32"):
        simple(tmp_path, text, "1", dtype="float16")
    (tmp_path / "b").mkdir()
    assert simple(tmp_path / "b", text, "1").regions[0][0, 1] == 1e5


def test_splits_by_name_and_by_shares(tmp_path):
    truth, lines = rows([str(n) for n in range(40)])
    (tmp_path / "a.tsv").write_text("".join(lines.values()))
    (tmp_path / "c.txt").write_text("".join(f"{n}.jpg|photo {n}\n" for n in range(40)))
    out = convert(tmp_path / "a.tsv", tmp_path / "c.txt", tmp_path / "out", 2, progress=False, split={"train": 0.75, "test": 0.25})
    assert [len(precomputed(out, split)) for split in ("train", "test")] == [30, 10]
    assert all(np.array_equal(c.regions[r], truth[c.ids[r][:-4]]) for c in [precomputed(out, "test")] for r in range(10))
    assert len(precomputed(convert(tmp_path / "a.tsv", tmp_path / "c.txt", tmp_path / "b", 2, progress=False, split="val"),
                           "val")) == 40


def interrupted(folder, monkeypatch, after=3):
    """A conversion that was stopped at a record."""
    import vsrlab.data.tsv as module
    real, calls = module.Conversion.put, []

    def put(self, record):
        calls.append(record.id)
        if len(calls) == after:
            raise KeyboardInterrupt
        real(self, record)
    with monkeypatch.context() as patch:
        patch.setattr(module, "_EVERY", 1)
        patch.setattr(module.Conversion, "put", put)
        with pytest.raises(KeyboardInterrupt):
            convert([folder / "a.tsv", folder / "b.tsv"], folder / "dataset_coco.json", folder / "out", regions=3, progress=False)


@pytest.mark.parametrize("spoil", [
    lambda text: "{", lambda text: '{"x": 1}', lambda text: "[" * 10_000, lambda text: "", lambda text: "[1]",
    lambda text: text.replace('"done": {"train": []', '"done": {"train": [0]'), lambda text: re.sub(r'tsv": \d+', 'tsv": 9', text)])
def test_damaged_notes_are_said_and_the_conversion_begins_anew(case, monkeypatch, spoil):
    folder, truth = case
    interrupted(folder, monkeypatch)
    state = folder / "out" / ".conversion.json"
    state.write_text(spoil(state.read_text()))
    with pytest.warns(UserWarning, match="the notes of an interrupted conversion in .* cannot be used .*; it begins anew"):
        out = convert([folder / "a.tsv", folder / "b.tsv"], folder / "dataset_coco.json", folder / "out", regions=3, progress=False)
    assert np.array_equal(precomputed(out, "train").regions[0], truth[22])
    assert np.array_equal(precomputed(out, "val").regions[0], truth[33])


def test_rows_that_are_gone_are_read_again(case, monkeypatch):
    folder, truth = case
    interrupted(folder, monkeypatch)
    (folder / "out" / ".val_ims.npy.partial").unlink()
    with pytest.warns(UserWarning, match="rows of 'val' that it tells of are gone"):
        out = convert([folder / "a.tsv", folder / "b.tsv"], folder / "dataset_coco.json", folder / "out", regions=3, progress=False)
    assert np.array_equal(precomputed(out, "val").regions[0], truth[33])


def test_two_conversions_into_one_folder_are_kept_apart(case):
    folder, _ = case
    (folder / "out").mkdir()
    with held(folder / "out", "features"), pytest.raises(Problem, match=rf"another process \({os.getpid()}\) writes features into"):
        convert([folder / "a.tsv", folder / "b.tsv"], folder / "dataset_coco.json", folder / "out", regions=3, progress=False)
    assert convert([folder / "a.tsv", folder / "b.tsv"], folder / "dataset_coco.json", folder / "out", regions=3, progress=False)


def test_more_boxes_than_asked_for_are_not_cut_silently(case):
    folder, _ = case
    with pytest.raises(Problem, match="photo 33 has 3 boxes .* give regions=100"):
        convert(folder / "a.tsv", folder / "dataset_coco.json", folder / "out", regions=2, progress=False)
    with pytest.raises(Missing, match="no TSV at"):
        convert(folder / "none.tsv", folder / "dataset_coco.json", folder / "out")
