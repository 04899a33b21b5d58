"""The Chinese of the course: every sentence is there, is of this English, and keeps what is filled in."""
import re
from pathlib import Path

import pytest

import vsrlab as vl
from vsrlab.course import catalogue, lesson_texts

CHINESE = re.compile("[\u4e00-\u9fff]")


@pytest.fixture()
def chinese():
    vl.course.language("zh")
    yield
    vl.course.language("en")


def test_every_sentence_of_the_course_has_its_chinese_and_none_is_stale():
    book = catalogue.opened("zh")
    done = {m.id for m in book if m.id and m.string and not m.fuzzy}
    every = {m.id for m in catalogue.template() if m.id}
    assert not every - done, f"{len(every - done)} without: {sorted(every - done)[:3]}; python -m vsrlab.course.catalogue update zh"
    assert not catalogue.faults(book)


def test_what_is_read_is_made_of_what_is_written():
    """course.mo is what `catalogue compile` makes of course.po."""
    assert catalogue.po("zh").with_suffix(".mo").read_bytes() == catalogue.compiled(catalogue.opened("zh"))


def test_sentences_are_chinese_and_a_message_is_no_longer_than_a_message_may_be():
    for m in catalogue.opened("zh"):
        if m.id and len(m.id.split()) > 4 and not m.id.startswith(("'", "[", "(")):
            assert CHINESE.search(m.string), m.id
            assert len(m.string) <= max(240, len(m.id)), m.id


def test_code_in_backticks_is_not_translated():
    for m in catalogue.opened("zh"):
        if m.id:
            code = lambda text: set(re.findall(r"`([A-Za-z_][\w\[\], ().=@+-]*)`", text))
            assert {c for c in code(m.string) if not CHINESE.search(c)} <= code(m.id), (m.id, code(m.string) - code(m.id))


def test_a_wrong_answer_is_told_in_chinese(chinese, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)

    def pool(relevance, lam):
        return relevance.max()

    told = str(vl.course.check("pool-lse", pool))
    assert "硬的最大值" in told and "[en]" not in told
    vl.course.glossary("rsum")
    assert "召回率" in capsys.readouterr().out


def test_one_term_has_one_chinese_word():
    """The terms of the field are the same everywhere: hinge, region, hard negative, affinity, relevance."""
    for english, word in {"hinge": "合页", "affinit": "亲和度", "relevance": "相关度", "margin": "margin|优势|间隔"}.items():
        found = [m for m in catalogue.opened("zh") if m.id and re.search(rf"\b{english}\w*\b", re.sub("`[^`]*`", "", m.id), re.I)
                 and 3 < len(m.id.split()) < 60 and not m.id.startswith(("Formula", "Code"))]
        missed = [m.id for m in found if not re.search(word, m.string)]
        assert len(missed) <= len(found) // 8, (english, missed[:4])


def test_minutes_measured_anew_leave_the_translation_of_a_head_as_it_is():
    head = "# Why?\n\n**Time** {} min: read 5, predict 2, write 0, try 5, quiz 3. Computing: {} s and 860 MB, on a CPU."
    one, numbers = lesson_texts.entry(head.format(15, 151))
    two, _ = lesson_texts.entry(head.format(14, 33))
    assert one == two and numbers == ["15", "5", "2", "0", "5", "3", "151", "860"]
    assert lesson_texts.filled(one, numbers) == head.format(15, 151)


def test_every_text_cell_of_the_lessons_has_its_chinese(chinese, monkeypatch):
    monkeypatch.chdir(Path(__file__).parents[1])
    book = {m.id: m for m in catalogue.opened("zh", lesson_texts.LESSONS) if m.id}
    cells = [text for text, _ in lesson_texts.cells("notebooks")]
    missed = [text for text in cells if text not in book or not book[text].string or book[text].fuzzy]
    assert not missed, f"{len(missed)} of {len(cells)} cells without, first: {missed[0][:80]!r}"
    for text in set(cells):
        said = book[text].string
        assert re.findall(r"\$\$.*?\$\$", text, re.S) == re.findall(r"\$\$.*?\$\$", said, re.S), f"another equation: {text[:80]!r}"
        assert CHINESE.search(said), text
