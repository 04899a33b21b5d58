"""Folders that clip-retrieval wrote: parts put together by row, images with several texts once, what is missing said."""
import numpy as np
import pandas
import pytest
from foreign import IMAGES, OWNER, SCORES, TEXTS, WORDS

import vsrlab as vl
from vsrlab.errors import Problem

NAMES = [f"photos/{i}.jpg" for i in OWNER]


@pytest.fixture
def folder(tmp_path):
    """40 lines in parts of 25 and 15: an image stands in five lines."""
    for side, x in (("img_emb", IMAGES[OWNER]), ("text_emb", WORDS)):
        (tmp_path / side).mkdir()
        for n, rows in enumerate((slice(0, 25), slice(25, 40))):
            np.save(tmp_path / side / f"{side}_{n}.npy", x[rows])
    (tmp_path / "metadata").mkdir()
    table = pandas.DataFrame({"image_path": NAMES, "caption": TEXTS, "status": "success"})
    for n, rows in enumerate((slice(0, 25), slice(25, 40))):
        table[rows].to_csv(tmp_path / "metadata" / f"metadata_{n}.csv", index=False)
    return tmp_path


def test_parts_are_one_gallery_in_which_every_image_stands_once(folder):
    found = vl.from_clip_retrieval(folder, name="clip")
    whole = vl.from_embeddings(IMAGES, WORDS, TEXTS, OWNER, image_ids=list(dict.fromkeys(NAMES)))
    assert np.array_equal(np.asarray(found.scores), np.asarray(whole.scores)) and found.ids == whole.ids
    assert found.texts == TEXTS and (found.image_of_text == OWNER).all() and found.scores.shape == SCORES.shape
    assert (found.digest.text.worst == whole.digest.text.worst).all() and (found.desk / "digest.npz").is_file()
    assert "40 captions" in vl.report(folder / "r.html", found, examples=1).text()


def test_other_columns_and_lines_of_json_are_read(folder):
    for path in list((folder / "metadata").iterdir()):
        table = pandas.read_csv(path).rename(columns={"image_path": "url", "caption": "text"})
        table.to_json(path.with_suffix(".jsonl"), orient="records", lines=True)
        path.unlink()
    assert vl.from_clip_retrieval(folder).ids[1] == "photos/1.jpg"


def test_parquet_is_read_with_pyarrow_and_asked_for_without(folder):
    path = folder / "metadata" / "metadata_0.parquet"
    (folder / "metadata" / "metadata_0.csv").unlink()
    try:
        import pyarrow  # noqa: F401
    except ImportError:
        path.write_bytes(b"PAR1")
        with pytest.raises(Problem, match="needs pyarrow to be read: pip install pyarrow"):
            vl.from_clip_retrieval(folder)
    else:
        pandas.DataFrame({"image_path": NAMES[:25], "caption": TEXTS[:25]}).to_parquet(path)
        assert vl.from_clip_retrieval(folder).texts == TEXTS


@pytest.mark.parametrize("spoil, sentence", [
    (lambda f: (f / "img_emb" / "img_emb_0.npy").unlink(), "lacks part 0 of 2"),
    (lambda f: (f / "text_emb" / "text_emb_1.npy").unlink(), "2 parts of img_emb, 1 of text_emb and 2 of metadata"),
    (lambda f: [p.unlink() for p in (f / "metadata").iterdir()], "has no metadata/metadata_0.parquet"),
    (lambda f: np.save(f / "img_emb" / "img_emb_1.npy", IMAGES[:3]), r"img_emb_1.npy is \(3, 16\) beside 15 lines"),
    (lambda f: np.save(f / "text_emb" / "text_emb_1.npy", WORDS[25:, :9]), r"\(15, 9\) beside 15 lines of metadata_1.csv"),
    (lambda f: np.save(f / "text_emb" / "text_emb_1.npy", np.full((15, 16), np.nan, "f")), "row 25, number 0 is nan"),
    (lambda f: (f / "metadata" / "metadata_0.csv").write_text("path,words\na,b\n"), "has the columns path, words; expected"),
    (lambda f: (f / "metadata" / "metadata_0.csv").write_text("image_path,caption\n" + "a,\n" * 25), "text 0 is ''")])
def test_what_is_missing_or_does_not_fit_is_one_sentence(folder, spoil, sentence):
    spoil(folder)
    with pytest.raises(Problem, match=sentence):
        vl.from_clip_retrieval(folder)
    assert not list(folder.glob("*.desk"))


def test_no_folder_and_another_folder_are_told_apart(tmp_path):
    for path, sentence in ((tmp_path / "no", "there is no folder"), (tmp_path, "has no img_emb/img_emb_0.npy")):
        with pytest.raises(Problem, match=sentence):
            vl.from_clip_retrieval(path)
