"""`vsrlab desk`: the report of scores, of two files of vectors, of a run; a wrong word is one sentence and writes nothing."""
import io
import json
import pickle
import re
import tarfile

import numpy as np
import pytest
from foreign import IMAGES, SCORES, TEXTS, WORDS
from test_cli import SMALL, told

from vsrlab.desk.judgements import Judgement, append
from vsrlab.retrieval.scored import Scored

IDS = [f"photo{i}.jpg" for i in range(8)]
TABLE = "image,caption\n" + "".join(f"photo{t // 5}.jpg,{text}\n" for t, text in enumerate(TEXTS))


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, x in (("a.npy", IMAGES), ("b.npy", WORDS), ("s.npy", SCORES), ("t.npy", SCORES.T + 0.1), ("flat.npy", SCORES[0]),
                    ("short.npy", WORDS[:39])):
        np.save(tmp_path / name, x)
    (tmp_path / "c.csv").write_text(TABLE)
    return tmp_path


def test_vectors_without_a_model_become_a_report(place, capsys):
    code, out, err = told(capsys, "desk", "--images-npy", "a.npy", "--texts-npy", "b.npy", "--captions", "c.csv", "--name", "clip")
    page = (place / "report.html").read_text()
    assert code == 0 and not err and "Report report.html" in out and "written: report.html" in out
    assert "Failures of clip" in page and "40 captions" in out and "vsrlab" in page


def test_scores_beside_a_second_model_and_judgements(place, capsys):
    failed = Scored("s", SCORES, IDS, TEXTS, np.repeat(np.arange(8), 5)).queries("text").query("rank > 0").iloc[0]
    append("ana.jsonl", Judgement(failed["winner_id"], failed["id"], "valid"))
    code, out, err = told(capsys, "desk", "s.npy", "--captions", "c.csv", "--against", "t.npy", "--judgements", "ana.jsonl",
                          "--out", "r.md", "--examples", 2, "--pin", "photo1.jpg#2", "--notes", "First.", "--side", "text")
    text = (place / "r.md").read_text()
    assert code == 0 and not err and "1 judged: 1 valid" in out and "## Beside t" in text and "## Pinned by hand" in text
    code, out, err = told(capsys, "desk", "s.npy", "--captions", "c.csv", "--against", "a.npy", "b.npy", "--out", "r.csv")
    assert code == 0 and (place / "r.csv").read_text().startswith("id,text,side,rank")


def test_a_run_opens_on_the_corpus_that_is_named(place, capsys):
    assert told(capsys, "train", "--images", 40, "--epochs", 1, "--out", "run", *SMALL)[0] == 0
    code, out, err = told(capsys, "desk", "run", "--images", 12, "--examples", 2, "--out", "run.html")
    assert code == 0 and "60 captions" in out and "VSE++ on scenes-2 test" in (place / "run.html").read_text()


@pytest.mark.parametrize("words, sentence", [
    ("", "name a file of scores or a run; or vectors of images and of texts"),
    ("s.npy", "name the texts with --captions FILE"), ("s.npy --captions no.csv", "there is no captions file no.csv"),
    ("no.npy --captions c.csv", "there is no file no.npy"), ("flat.npy --captions c.csv", "1 axis; expected two"),
    ("s.npy --images-npy a.npy --captions c.csv", "scores and vectors were both given"),
    ("--images-npy a.npy --captions c.csv", "name a file of scores or a run"),
    ("--images-npy a.npy --texts-npy short.npy --captions c.csv", "39 vectors of texts for 40 captions"),
    ("--images-npy b.npy --texts-npy a.npy --captions c.csv", "they look exchanged"),
    ("--images-npy a.npy --texts-npy b.npy --captions c.csv --distances", "--distances does nothing with vectors"),
    ("s.npy --captions c.csv --similarity dot", "--similarity does nothing with scores"),
    ("s.npy --captions c.csv --data scenes --world 3", "--data and --world do nothing with scores or vectors"),
    ("s.npy --captions c.csv --photos nowhere", "there is no folder nowhere"),
    ("s.npy --captions c.csv --against a.npy b.npy s.npy", "--against takes one model"),
    ("s.npy --captions c.csv --against flat.npy", "1 axis; expected two"),
    ("s.npy --captions c.csv --judgements no.jsonl", "there is no file no.jsonl"),
    ("s.npy --captions c.csv --judgements strange.jsonl", "none of the 1 judged pairs is of this gallery"),
    ("s.npy --captions c.csv --pin nobody", "'nobody' was pinned"), ("s.npy --captions c.csv --sample 5:0", "not judged yet"),
    ("s.npy --captions c.csv --out r.pdf", "no file ending '.pdf'"),
    ("s.npy --captions c.csv --out no/r.html", "there is no folder no"),
    ("s.npy --captions c.csv --after csls", "CSLS takes the mean of 1 to 8"), ("folder", "config.json|is no run|folder")])
def test_each_wrong_word_is_one_sentence_and_nothing_is_written(words, sentence, place, capsys):
    (place / "strange.jsonl").write_text(json.dumps({"image": "x", "text": "y", "verdict": "valid"}) + "\n")
    (place / "folder").mkdir()
    before = {path for path in place.rglob("*") if ".desk" not in path.name and path.name != "digest.npz"}
    code, out, err = told(capsys, "desk", *words.split())
    lines = [line for line in err.splitlines() if not line.startswith("vsrlab: note:")]
    assert code == 1 and len(lines) == 1 and re.search(sentence, lines[0]), err
    assert {path for path in place.rglob("*") if ".desk" not in path.name and path.name != "digest.npz"} == before


def spoilt(folder):
    """Files as they come when something went wrong, by name."""
    half = (SCORES * 30_000).astype(np.float32)
    with np.errstate(over="ignore"):
        arrays = {"nan": np.where(SCORES > 2, np.nan, SCORES), "inf": np.where(SCORES > 2, -np.inf, SCORES),
                  "half": half.astype(np.float16), "square": np.eye(40, dtype="f"), "few": SCORES[:, :39], "cube": SCORES[None],
                  "empty": np.zeros((0, 40), "f"), "words": SCORES.astype("U8"), "objects": SCORES.astype(object),
                  "zero": np.where(np.arange(8)[:, None] == 3, 0, IMAGES), "thin": WORDS[:, :9], "fewer": SCORES[:7, :35]}
    for name, x in arrays.items():
        np.save(folder / f"{name}.npy", x, allow_pickle=True)
    np.savez(folder / "two.npz", one=SCORES, other=SCORES)
    (folder / "pickle.npy").write_bytes(pickle.dumps(SCORES))
    (folder / "cut.npy").write_bytes((folder / "s.npy").read_bytes()[:-99])
    (folder / "run.trec").write_text("photo0.jpg#0 Q0 photo0.jpg 1 0.5 clip\n")
    lines = TABLE.splitlines()
    (folder / "blank.csv").write_text("\n".join([*lines[:9], "photo1.jpg,", *lines[10:]]))
    (folder / "short.csv").write_text("\n".join(lines[:30]))
    with tarfile.open(folder / "up.tar", "w") as tar:
        member = tarfile.TarInfo("../up.txt")
        member.size = 1
        tar.addfile(member, io.BytesIO(b"a"))
    (folder / "photos").mkdir()
    (folder / "photos" / "else.jpg").write_bytes(b"")


@pytest.mark.parametrize("words, sentence", [
    ("nan.npy --captions c.csv", r"scores nan.npy: row \d, text \d+ is nan|row \d, text \d+ is nan"),
    ("inf.npy --captions c.csv", r"row \d, text \d+ is -inf"), ("half.npy --captions c.csv", "half precision ends at 65,504"),
    ("square.npy --captions c.csv", "scores are|there are 40 rows"), ("few.npy --captions c.csv", r"scores are \(8, 39\)"),
    ("s.npy --captions c.csv --orientation ti", "look transposed for orientation='ti'"), ("cube.npy --captions c.csv", "3 axes"),
    ("empty.npy --captions c.csv", "which is empty"), ("words.npy --captions c.csv", "save rows of numbers"),
    ("objects.npy --captions c.csv", "holds object|save rows of numbers"), ("two.npz --captions c.csv", r"2 arrays \(one, other\)"),
    ("two.npz --captions c.csv --key three", "has no array 'three'"),
    ("pickle.npy --captions c.csv", "is a pickle, which is never"),
    ("cut.npy --captions c.csv", "is cut short"), ("run.trec --captions c.csv", "ends in .trec; arrays are read from"),
    ("--images-npy zero.npy --texts-npy b.npy --captions c.csv", "the vector of row 3 of the images is all zeros"),
    ("--images-npy a.npy --texts-npy thin.npy --captions c.csv", "have 16 numbers, those of texts 9"),
    ("s.npy --captions blank.csv", "empty|text 8 is ''"), ("s.npy --captions short.csv", r"scores are \(8, 40\)"),
    ("s.npy --captions up.tar", "points out of the archive"), ("s.npy --captions photos", "there is no captions file photos"),
    ("s.npy --captions c.csv --photos photos", "has none of the 8 photos"),
    ("s.npy --captions c.csv --against fewer.npy", r"scores are \(7, 35\)")])
def test_every_bad_input_is_one_sentence_and_no_report_is_left(words, sentence, place, capsys):
    spoilt(place)
    before = {path for path in place.rglob("*")}
    code, _, err = told(capsys, "desk", *words.split())
    lines = [line for line in err.splitlines() if not line.startswith("vsrlab: note:")]
    assert code == 1 and len(lines) == 1 and re.search(sentence, lines[0]), err
    assert {path for path in place.rglob("*")} == before and not (place.parent / "up.txt").exists()


def test_a_sample_that_is_no_number_is_refused_by_the_parser(place, capsys):
    code, _, err = told(capsys, "desk", "s.npy", "--sample", "many")
    assert code == 2 and "write how many and the seed, such as 100:0" in err
