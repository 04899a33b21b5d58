"""A bottom-up-attention TSV becomes a precomputed folder."""
import base64
import json

import numpy as np
import pytest

from vsrlab.data.precomputed import precomputed
from vsrlab.data.tsv import convert, records
from vsrlab.errors import Missing, Problem


def line(name, boxes, features, width=100, height=50):
    code = lambda a: base64.b64encode(np.asarray(a, "<f4").tobytes()).decode()
    return f"{name}\t{width}\t{height}\t{len(boxes)}\t{code(boxes)}\t{code(features)}\n"


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
    real, calls = module._Conversion.put, []

    def put(self, record):
        calls.append(record.id)
        if len(calls) == 3:
            raise KeyboardInterrupt
        real(self, record)
    monkeypatch.setattr(module._Conversion, "put", put)
    arguments = ([folder / "a.tsv", folder / "b.tsv"], folder / "dataset_coco.json", folder / "out")
    with pytest.raises(KeyboardInterrupt):
        convert(*arguments, regions=3, progress=False)
    out = convert(*arguments, regions=3, progress=False)
    assert calls == ["999", "33", "391895", "391895", "22"]            # what was read is not read again
    assert np.array_equal(precomputed(out, "train").regions[0], truth[22])
    assert np.array_equal(precomputed(out, "val").regions[0], truth[33])


@pytest.mark.parametrize("change, words", [
    (lambda t: t[:-30], "numbers|base64|columns|boxes"),
    (lambda t: t.replace("\t2\t", "\t7\t"), "has 7 boxes in a 100 x 50 photo"),
    (lambda t: t.replace("\t100\t", "\twide\t"), "expected numbers and base64"),
    (lambda t: "1\t2\t3\n", "3 columns, expected image_id"),
])
def test_a_damaged_line_is_named_by_its_byte(tmp_path, change, words):
    good = line(1, [[0, 0, 9, 9]], [[1, 2]])
    (tmp_path / "x.tsv").write_text(good + change(line(2, [[0, 0, 9, 9]] * 2, [[1, 2]] * 2)))
    with pytest.raises(Problem, match=f"x.tsv, byte {len(good)}: .*({words})"):
        list(records(tmp_path / "x.tsv"))


def test_more_boxes_than_asked_for_are_not_cut_silently(case):
    folder, _ = case
    with pytest.raises(Problem, match="photo 33 has 3 boxes .* give regions=100"):
        convert(folder / "a.tsv", folder / "dataset_coco.json", folder / "out", regions=2, progress=False)
    with pytest.raises(Missing, match="no TSV at"):
        convert(folder / "none.tsv", folder / "dataset_coco.json", folder / "out")
