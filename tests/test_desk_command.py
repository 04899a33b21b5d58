"""`vsrlab desk`: the report of scores, of two files of vectors, of a run; a wrong word is one sentence and writes nothing."""
import json
import re

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


def test_a_sample_that_is_no_number_is_refused_by_the_parser(place, capsys):
    code, _, err = told(capsys, "desk", "s.npy", "--sample", "many")
    assert code == 2 and "write how many and the seed, such as 100:0" in err
