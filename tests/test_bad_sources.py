"""Scores from elsewhere that cannot be used: one sentence each, and no code in a file is ever run."""
import io
import pickle
import tarfile
from pathlib import Path

import numpy as np
import pytest
import torch
from foreign import IDS, IMAGES, OWNER, SCORES, TEXTS, WORDS, I, T, write

from vsrlab.errors import Problem
from vsrlab.retrieval.sources import from_embeddings, from_scores


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def put(row, column, value, kind=np.float32):
    x = SCORES.astype(kind)
    x[row, column] = value
    return x


@pytest.mark.parametrize("change, said", [
    (dict(scores=put(2, 7, np.nan)), "scores: row 2, text 7 is nan; look for a division by zero"),
    (dict(scores=put(3, 1, -np.inf)), "scores: row 3, text 1 is -inf; look for"),
    (dict(scores=put(3, 1, np.inf, np.float16)), "row 3, text 1 is inf; half precision ends at 65,504"),
    (dict(scores=put(2, 7, np.nan), larger_is_better=False), "scores: row 2, text 7 is nan"),
    (dict(scores=SCORES[None]), r"scores are \(1, 8, 40\), 3 axes; expected two"),
    (dict(scores=SCORES[0]), r"scores are \(40,\), 1 axis; expected two"),
    (dict(scores=np.zeros((0, 40))), r"scores are \(0, 40\), which is empty"),
    (dict(scores=[[1.0, 2.0], [3.0]]), "scores are rows of different lengths"),
    (dict(scores=SCORES.astype(str)), "scores hold <U32 and not numbers"),
    (dict(scores=SCORES.astype(object)), "scores hold object and not numbers"),
    (dict(scores=SCORES.astype(complex)), "scores hold complex128 and not numbers"),
    (dict(scores=None), "scores hold object and not numbers"),
    (dict(texts=[]), "there are no texts; give T strings"),
    (dict(texts=[*TEXTS[:39], " "]), "text 39 is ' '; give a sentence, or leave it out together with its scores"),
    (dict(texts=[*TEXTS[:39], 7]), "text 39 is 7; give a sentence"),
    (dict(texts="nowhere.csv"), "there is no captions file nowhere.csv; give the texts as a list, or the file"),
    (dict(image_of_text=OWNER[:39]), "image_of_text has 39 entries for 40 texts"),
    (dict(image_of_text=OWNER - 1), "image_of_text holds int64 from -1 to 6; give the row of an image for each text"),
    (dict(image_of_text=OWNER / 2), "image_of_text holds float64 from 0.0 to 3.5"),
    (dict(image_of_text=OWNER + 1, image_ids=IDS), "image_of_text holds int64 from 1 to 8; give the row .* 0 to 7"),
    (dict(image_of_text=3), "image_of_text has 1 entries for 40 texts"),
    (dict(image_ids=[*IDS[:7], IDS[2]]), "the image id 'photo2.jpg' is given twice"),
    (dict(image_ids=[*IDS[:7], " "]), "the id of image 7 is ' '; ids are strings"),
    (dict(text_ids=["a"] * T), "texts 0 and 1 have the same id 'a'"),
    (dict(text_ids=["a"]), "1 text_ids for 40 texts")])
def test_values_that_cannot_be_used_are_said(change, said):
    with pytest.raises(Problem, match=said):
        from_scores(**{"scores": SCORES, "texts": TEXTS, **change})


class Trap:
    """What a pickle may do when it is opened."""
    opened = False

    def __reduce__(self):
        return setattr, (Trap, "opened", True)


@pytest.mark.parametrize("file, make, said", [
    ("a.npy", lambda p: np.save(p, np.array([Trap()], object)), r"a.npy holds object \(1,\); save rows of numbers"),
    ("b.npy", lambda p: p.write_bytes(pickle.dumps(Trap())), "b.npy is a pickle, which is never opened; save a plain"),
    ("c.npz", lambda p: np.savez(p, x=np.array([Trap()], object)), r"c.npz, x.npy holds object \(1,\); save rows"),
    ("d.npz", lambda p: p.write_bytes(pickle.dumps(Trap())), "d.npz is a pickle, which is never opened"),
    ("e.pt", lambda p: torch.save(Trap(), p), "holds Python objects, which are never opened; save the tensor alone"),
    ("f.pt", lambda p: torch.save({"x": Trap()}, p), "holds Python objects, which are never opened"),
    ("g.pt", lambda p: p.write_bytes(pickle.dumps(Trap())), "objects, which are never opened"),
    ("h.pkl", lambda p: p.write_bytes(pickle.dumps(Trap())), "ends in .pkl; arrays are read from .* A pickle is never opened"),
    ("i.npy", lambda p: p.write_bytes(write("ok.npy") and Path("ok.npy").read_bytes()[:-50]), "is cut short: its header promises"),
    ("j.npy", lambda p: p.write_bytes(b"<html>404</html>"), "j.npy is not a .npy file"),
    ("k.npz", lambda p: p.write_bytes(write("ok.npz") and Path("ok.npz").read_bytes()[:-50]), "cannot be read as a .npz file"),
    ("l.pt", lambda p: p.write_bytes(write("ok.pt") and Path("ok.pt").read_bytes()[:-50]), "l.pt cannot be read as a .pt file"),
    ("m.npy", lambda p: p.write_bytes(b""), "m.npy is not a .npy file"),
    ("n.csv", lambda p: p.write_text("text 1,text 2\n1,2\n"), "row 0, column 0: 'text 1' is no number; write numbers alone"),
    ("o.csv", lambda p: p.write_text("1,2\n3\n4,5,6\n"), "is no table of numbers"),
    ("p.csv", lambda p: p.write_text(""), "is no table of numbers"),
    ("q.csv", lambda p: p.write_text("1,2\n,4\n"), "scores: row 1, text 0 is nan"),
    ("r.npy", lambda p: np.save(p, np.array(["a", "b"])), r"r.npy holds <U1 \(2,\); save rows of numbers"),
    ("missing.npy", lambda p: None, "there is no file .*missing.npy; give a .npy, .npz, .pt or .csv file")])
def test_files_that_cannot_be_used_are_said_and_none_runs_code(place, file, make, said):
    make(place / file)
    texts = ["one", "two"] if file == "q.csv" else TEXTS
    with pytest.raises(Problem, match=said):
        from_scores(place / file, texts, [0, 1] if file == "q.csv" else None)
    assert not Trap.opened


@pytest.mark.parametrize("file, content, said", [
    ("t.jsonl", '{"image": "a"\n', "t.jsonl is not JSON, or cut short: it ends at line 2"),
    ("t.jsonl", '{"picture": "a", "words": "b"}\n', 't.jsonl holds a dictionary of "picture", "words"; what is read'),
    ("t.jsonl", "", "t.jsonl holds no captions"),
    ("t.json", "{}", "t.json holds a dictionary of nothing; what is read: Karpathy's"),
    ("t.csv", "image,caption\na.jpg,\n", "the caption of a.jpg is empty"),
    ("t.parquet", "PAR", "is no parquet file|needs pyarrow"),
    ("t.tar", "no tar", "is cut short or no .tar file"),
    ("caps.txt", "one line\n\nanother\n", "the caption is empty")])
def test_captions_files_that_cannot_be_used_are_said(place, file, content, said):
    Path(file).write_text(content)
    with pytest.raises(Problem, match=said):
        from_scores(SCORES, file)


@pytest.mark.parametrize("name, content, said", [
    ("../up.txt", b"a", "has a member '../up.txt', which points out of the archive; it is not read further"),
    ("/etc/x.txt", b"a", "points out of the archive"), ("a/../../b.txt", b"a", "points out of the archive"),
    ("a.json", b"{", "s.tar: a.json is not JSON, or cut short"), ("a.json", b"[1]", r"a.json: all of it is \[1\], expected a dict"),
    ("a.json", b"{}", 'is no caption; expected UTF-8 text, or JSON with a "caption"'),
    ("a.txt", b"\xff\xfe", "is no caption; expected UTF-8"), ("a.jpg", b"x", "holds no caption; expected members KEY.txt"),
    ("a.txt", b"  ", "text 0 is ''"), ("a.txt", b"x" * 10_000_001, "has 10,000,001 bytes, too many for a caption")])
def test_members_of_a_shard_that_cannot_be_used_are_said(place, name, content, said):
    with tarfile.open("s.tar", "w") as tar:
        member = tarfile.TarInfo(name)
        member.size = len(content)
        tar.addfile(member, io.BytesIO(content))
    with pytest.raises(Problem, match=said):
        from_scores(SCORES, "s.tar")
    assert [p.name for p in place.iterdir()] == ["s.tar"] and not (place.parent / "up.txt").exists()


@pytest.mark.parametrize("change, said", [
    (dict(texts=WORDS[:, :15]), "vectors of images have 16 numbers, those of texts 15; a product needs as many in both"),
    (dict(texts=WORDS[:39]), "there are 39 vectors of texts for 40 captions; give one for each caption"),
    (dict(images=WORDS, texts=IMAGES), "there are 8 vectors of texts for 40 captions; they look exchanged: images come first"),
    (dict(images=IMAGES[:7], image_ids=IDS), "there are 7 vectors of images for 8 images; give one for each image"),
    (dict(images=IMAGES[:7]), "there are 7 images and 40 texts; say which image each text describes"),
    (dict(images=IMAGES[:7], image_of_text=OWNER), "texts belong to image rows up to 7, but there are 7 images"),
    (dict(images=np.where(np.arange(I)[:, None] == 3, 0, IMAGES)), "the vector of row 3 of the images is all zeros"),
    (dict(texts=np.where(np.arange(T)[:, None] == 9, 0, WORDS), similarity="dot"), "the vector of row 9 of the texts is all zeros"),
    (dict(texts=np.where(np.arange(T)[:, None] == 9, np.nan, WORDS)), "vectors of texts: row 9, number 0 is nan"),
    (dict(images=np.where(IMAGES > 2, np.inf, IMAGES).astype(np.float16)), "is inf; half precision ends at 65,504, so save"),
    (dict(similarity="cos"), "no similarity 'cos'; did you mean 'cosine'"),
    (dict(images=IMAGES[:, None]), r"vectors of images are \(8, 1, 16\), 3 axes; expected two")])
def test_vectors_that_cannot_be_used_are_said(change, said):
    with pytest.raises(Problem, match=said), np.errstate(over="ignore"):
        from_embeddings(**{"images": IMAGES, "texts": WORDS, "captions": TEXTS, **change})


def test_empty_cells_of_a_table_are_said():
    import pandas
    for column, said in (("caption", "text 3 is ''; give a sentence"), ("image", "the table: row 3 names no image")):
        frame = pandas.DataFrame({"image": [IDS[o] for o in OWNER], "caption": TEXTS})
        frame.loc[3, column] = np.nan
        with pytest.raises(Problem, match=said):
            from_scores(SCORES, frame)
