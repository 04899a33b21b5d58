"""vl.report: one file that holds the numbers of the other calls, is offline and without script, and is whole or not there."""
import re
from html import unescape

import numpy as np
import pytest
from foreign import IDS, OWNER, SCORES, TEXTS
from PIL import Image
from toy import indexed

import vsrlab as vl
from vsrlab.desk.judgements import Judgement, append
from vsrlab.errors import Problem
from vsrlab.retrieval.failures.tally import tally
from vsrlab.retrieval.scored import Scored
from vsrlab.views.report.content import MOST, chosen
from vsrlab.views.report.markdown import plain

RNG = np.random.default_rng(5)
PHOTO = lambda row: Image.new("RGB", (40, 30), (9 * row % 256, 80, 80))


def gallery(name="clip", images=60, seed=1, strong=1.5, texts=None, **more):
    """Scores of a middling model on a gallery with two captions a photo; another seed is another model."""
    owner = np.repeat(np.arange(images), 2)
    x = np.random.default_rng(seed).standard_normal((images, 2 * images)).astype(np.float32)
    x[owner, np.arange(2 * images)] += strong
    said = texts or [f"a {'red' if t % 3 else 'blue'} dog number {t} on a {'lawn' if t % 2 else 'road'}" for t in range(2 * images)]
    return Scored(name, x, [f"{i}.jpg" for i in range(images)], said, owner, photo=PHOTO, dataset="my photos", split="test", **more)


def words_of(page) -> str:
    """What a reader sees, on one line."""
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", re.sub(r"<style>.*?</style>", "", page, flags=re.S))).split())


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("report")
    one, other = gallery(), gallery("siglip", seed=2, strong=2.5)
    failed = one.queries("text").query("rank > 0").head(6)
    lines = [Judgement(row.winner_id, row.id, verdict, author=author, note="<b>look" * (n == 1)) for n, row in
             enumerate(failed.itertuples()) for author, verdict in (("ana", "valid"), ("ben", ["valid", "wrong"][n % 2]))]
    lines.append(Judgement("3.jpg", "3.jpg#1", "wrong", author="ana"))
    report = vl.report(folder / "r.html", one, other, verdicts=lines, notes="First. <i>", pinned=["4.jpg#1", "7.jpg"], after="csls")
    return folder, one.judge(lines), other, report


def test_the_page_holds_what_the_other_calls_say(made):
    folder, one, other, report = made
    page = (folder / "r.html").read_text()
    seen, result, versus = words_of(page), vl.evaluate(one), vl.compare(one, other)
    failures = int(one.digest.text.failed.sum())
    assert report.text() in seen and report.text().startswith(f"120 captions, {120 - failures} found first ")
    assert f"{failures} failures, 6 judged: 3 valid." in report.text()
    assert result.with_interval("image R@1") in seen and result.footer() in seen
    assert str(one.corrected("text")) in seen and str(one.judgements.agreement()) in seen
    assert vl.slices(one).text() in seen and vl.hubs(one, "csls").text() in seen and versus.text() in seen
    assert all(versus.with_interval(name) in seen for name in versus.difference)
    assert one.key in seen and other.key[:12] in seen and one.judgements.stamp["hash"] in seen
    for cause, many in zip(*(report.content.tally.table()[c] for c in ("cause", "failures"))):
        assert re.search(rf"\b{cause} {many:,} ", seen), cause
    for card in (*report.content.pinned, *report.content.examples):
        assert f"“{card.scored.texts[card.text('wrong')]}”" in seen
    assert "Pinned by hand" in seen and "4.jpg#1" in seen and "First. <i>" in seen
    assert "Disputed: 3 pairs" in seen and "ana: valid; ben: wrong" in seen and "3.jpg#1" in seen


def test_the_page_is_offline_without_script_and_light(made):
    page = (made[0] / "r.html").read_text()
    assert not re.search(r"<script|javascript:|\son\w+=|@import|url\((?!data:)|<form|<base|<iframe|<link", page)
    assert not [a for a in re.findall(r"(?:src|href)=\"([^\"]*)\"", page) if not a.startswith(("data:image/", "#"))]
    assert "default-src 'none'" in page and len(page) < 1_500_000 and page.count("<h1>") == 1
    assert {a for a in re.findall(r'href="#(\w+)"', page)} <= set(re.findall(r'id="(\w+)"', page))
    assert all(re.search(r'alt="[^"]+"', image) for image in re.findall(r"<img[^>]*>", page))


def test_markdown_has_its_pictures_beside_it_and_the_table_all_failures(made):
    folder, one, _, report = made
    text = report.save(folder / "r.md").read_text()
    named = re.findall(r"\]\((r_files/[\w-]+\.png)\)", text)
    assert len(named) == len(set(named)) == len(list((folder / "r_files").iterdir())) > 10
    assert all((folder / name).read_bytes().startswith(b"\x89PNG") for name in named)
    assert "\\<b\\>look" in text and "<b>" not in text and plain(report.text()) in text
    import pandas
    table = pandas.read_csv(report.save(folder / "r.csv"))
    assert len(table) == int(one.digest.text.failed.sum()) and "cause" in table and report.path == folder / "r.csv"
    assert "Report r.csv" in repr(report)


def test_text_of_data_stays_text_in_every_kind(tmp_path):
    bad = ["<script>alert(1)</script> | a [dog](http://x.y) `$x$`", "=1+1 _under_ *star* ![i](http://a/b.png)"]
    texts = [f"{bad[t % 2]} {t}" for t in range(120)]
    scored = gallery("<b>clip|", texts=texts)
    report = vl.report(tmp_path / "x.html", scored, notes=bad, examples=3)
    page, text = (tmp_path / "x.html").read_text(), report.save(tmp_path / "x.md").read_text()
    assert "<script" not in page and "<b>clip" not in page and "alert(1)" in page
    outside = re.sub(r"```python\n.*?```", "", text, flags=re.S)
    assert not re.search(r"(?<!\\)<", outside) and not re.search(r"(?<!\\)\]\(http", outside) and "http://" not in outside
    lines = [line for line in outside.splitlines() if line.startswith("|")]
    assert all(len(re.findall(r"(?<!\\)\|", line)) in (4, 5, 6, 7, 8, 9) for line in lines)
    assert plain("a\n# b") == "a \\# b"


def test_examples_take_a_failure_of_every_cause_and_no_photo_twice():
    scored = gallery()
    found = tally(scored)
    rows = chosen(scored, found, 12)
    causes = dict(zip(found.rows.tolist(), found.found))
    wanted = set(found.table()["cause"])
    assert wanted and wanted <= {reason.cause for row in rows for reason in causes[row]}
    assert len(set(scored.image_of_text[rows].tolist())) == len(rows) == 12
    margin = scored.digest.text.margin_sd
    for name in wanted:
        having = [row for row in causes if any(r.cause == name for r in causes[row])]
        assert scored.image_of_text[min(having, key=margin.__getitem__)] in scored.image_of_text[rows]
    assert chosen(scored, found, 0) == [] and not set(chosen(scored, found, 5, {rows[0]})) & {rows[0]}


def test_the_tally_counts_all_failures_or_says_that_it_is_a_sample():
    scored = gallery()
    whole, some = tally(scored), tally(scored, most=10, seed=3)
    causes = vl.failures(scored)["cause"]
    for line in whole.table().itertuples():
        assert line.failures == causes.map(lambda said, name=line.cause: name in said.split("; ")).sum()
        assert line.share == pytest.approx(100 * line.failures / len(causes))
    assert whole.named() == causes.tolist() and whole.without == (causes == "").sum() and not whole.sampled
    assert some.sampled and len(some.rows) == 10 and some.failures == whole.failures and set(some.rows) <= set(whole.rows)
    assert (tally(scored, most=10, seed=3).rows == some.rows).all()


def test_photos_that_ask_an_index_and_a_gallery_that_fails_nowhere(tmp_path):
    assert "60 photos" in vl.report(tmp_path / "i.html", gallery(), side="image", examples=4).text()
    run, index = indexed("scan", images=12)
    page = vl.report(tmp_path / "run.html", index, examples=2)
    assert "vl.Run.load" in (tmp_path / "run.html").read_text() and "What puts the wrong answer ahead" in page.html()
    perfect = gallery(strong=99)
    assert ", 0 failures, 0 judged" in vl.report(tmp_path / "p.html", perfect).text()
    assert "There is no failure." in (tmp_path / "p.html").read_text()
    small = Scored("clip", SCORES, IDS, TEXTS, OWNER)
    assert "8 images are few" in words_of(vl.report(tmp_path / "s.html", small).html())


def test_verdicts_come_from_files_from_the_desk_and_a_sample_gives_an_estimate(tmp_path):
    scored = gallery(desk=tmp_path / "clip.desk")
    for row in scored.sample(8, 1).itertuples():
        scored.say(row.winner_id, row.id, "valid", author="ana")
    found = vl.report(tmp_path / "a.html", scored, sample=(8, 1))
    assert "an estimate from a random sample of 8 failures" in words_of(found.html()) and "8 judged: 8 valid" in found.text()
    files = [append(tmp_path / f"{name}.jsonl", Judgement(row.winner_id, row.id, verdict)) for name, verdict in
             (("ana", "valid"), ("ben", "wrong")) for row in scored.sample(3, 1).itertuples()]
    merged = vl.report(tmp_path / "b.html", gallery(), verdicts=sorted(set(files)))
    assert "2 people judged: ana (3) and ben (3)" in words_of(merged.html()) and "Disputed: 3 pairs" in words_of(merged.html())


@pytest.mark.parametrize("path, more, sentence", [
    ("r.docx", {}, "no file ending '.docx'"), ("nowhere/r.html", {}, "there is no folder .*nowhere; make it"),
    ("r.html", dict(pinned=["9.png"]), "'9.png' was pinned, but no text or image has that id; ids look like '0.jpg#0'"),
    ("r.html", dict(pinned=[120]), "120 was pinned"), ("r.html", dict(examples=61), f"a report shows 0 to {MOST} examples"),
    ("r.html", dict(side="photo"), "side='photo': write"), ("r.html", dict(after="cls"), "no way to lower hubs 'cls'"),
    ("r.html", dict(verdicts="nowhere.jsonl"), "there is no file nowhere.jsonl"),
    ("r.html", dict(verdicts="eccv"), "verdicts are files of judgements|come with eccv_caption"),
    ("r.html", dict(verdicts=[Judgement("a", "b", "valid")]), "none of the 1 judged pairs is of this gallery"),
    ("r.html", dict(sample=(5, 0)), "5 of the 5 sampled failures are not judged yet"),
    ("r.html", dict(other=gallery(images=30)), "is not the gallery of")])
def test_each_bad_wish_is_one_sentence_and_nothing_is_written(path, more, sentence, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(Problem, match=sentence):
        vl.report(path, gallery(), **more)
    assert not list(tmp_path.rglob("*"))


def test_a_disk_that_fills_leaves_nothing_half_written(made, tmp_path, monkeypatch):
    report = made[3]
    monkeypatch.setattr("vsrlab.files.write_text", lambda *_: (_ for _ in ()).throw(Problem("the disk is full.")))
    for kind in ("html", "md"):
        with pytest.raises(Problem, match="the disk is full"):
            report.save(tmp_path / f"r.{kind}")
    assert not list(tmp_path.iterdir())
