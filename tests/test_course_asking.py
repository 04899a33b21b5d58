"""Predictions, quiz, glossary and language: plain calls whose text comes first, kept in the answers file."""
import gettext
import importlib
import io
import json

import numpy as np
import pytest
import torch

import vsrlab as vl
from vsrlab.course import answers, asking, catalogue
from vsrlab.course import language as door
from vsrlab.course.exercise import book
from vsrlab.course.items.predictions import FIVE
from vsrlab.course.language import MARK, tr
from vsrlab.errors import Problem

LESSONS = [f"{n:02d}" for n in range(12)]
GUESS = {asking.number: 3, asking.pair: (0, 1), asking.word: "dog"}


@pytest.fixture(autouse=True)
def kept(tmp_path, monkeypatch):
    monkeypatch.setitem(answers._STATE, "path", tmp_path / "answers.json")
    return tmp_path / "answers.json"


@pytest.fixture
def chinese(tmp_path, monkeypatch):
    """A catalogue of three sentences: one translated, one fuzzy, one empty."""
    import vsrlab.course.language  # noqa: F401
    module = __import__("sys").modules["vsrlab.course.language"]
    book = catalogue.messages.Catalog(locale="zh")
    book.add("your turn.", "轮到你了。")
    book.add("the result", "结果", flags=["fuzzy"])
    book.add("{id}: you expect {guess}.", "{id}：你猜的是 {guess}。")
    folder = tmp_path / "zh" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "course.mo").write_bytes(catalogue.compiled(book))
    monkeypatch.setattr(module, "FOLDER", tmp_path)
    monkeypatch.setattr(module, "_BOOKS", {})
    monkeypatch.setitem(module._NOW, "language", "en")
    return module


def guess_of(item):
    """A guess that fits, as the form shows it."""
    return eval(item.form)                                             # noqa: S307  (our own text)


# ---------------------------------------------------------------- predictions

def test_every_lesson_has_predictions_and_each_form_is_a_guess_that_fits():
    items = vl.course.predictions()
    assert {p.lesson for p in items.values()} == set(LESSONS)
    for item in items.values():
        item.kind(guess_of(item))


def test_the_first_guess_stays(kept, capsys):
    vl.course.predict("collapse-value", 10)
    vl.course.predict("collapse-value", 25.6)
    assert "your first guess stays: 10" in capsys.readouterr().out
    assert json.loads(kept.read_text())["predictions"]["collapse-value"]["guess"] == 10


def test_nothing_is_told_before_a_guess(capsys):
    vl.course.reveal("collapse-value")
    said = capsys.readouterr().out
    assert "guess first" in said and "25.6" not in said
    vl.course.reveal("collapse-value", skip=True)
    assert "it is 25.6; you made no guess" in capsys.readouterr().out
    vl.course.predict("collapse-value", 30), vl.course.reveal("collapse-value")
    assert "you expected 30, it is 25.6." in capsys.readouterr().out


@pytest.mark.parametrize("name,truth", [("collapse-value", 25.6), ("constant-model", 0.0), ("costliest", [0, 1]),
                                        ("lambda-one", "flat"), ("1k-or-5k", "1k")])
def test_truths_are_computed(name, truth):
    found = vl.course.predictions()[name].truth()
    assert found == pytest.approx(truth) if isinstance(truth, float) else found == truth


def test_the_costliest_number_by_hand():
    scores, own = np.array([[.5, .6, .1], [.2, .4, .3], [.45, .0, .7]]), np.array([.5, .4, .7])
    cost = {(i, t): max(.2 + scores[i, t] - own[i], .2 + scores[i, t] - own[t]) for i in range(3) for t in range(3) if i != t}
    assert max(cost, key=cost.get) == tuple(vl.course.predictions()["costliest"].truth())


@pytest.mark.parametrize("value,said", [(np.float32(4.5), "it is 4.5"), (torch.tensor(4.5), "it is 4.5"),
                                        ("many", "is written like this"), (None, "depends on your run")])
def test_a_run_hands_over_what_is_true(value, said, capsys):
    vl.course.predict("cut-all", 5)
    vl.course.reveal("cut-all", value)
    assert said in capsys.readouterr().out


@pytest.mark.parametrize("name,guess", [("collapse-value", "ten"), ("collapse-value", True), ("costliest", 3),
                                        ("costliest", (1, 2, 3)), ("lambda-one", "wide"),
                                        ("order-of-five", ["SCAN"]), ("which-word", 7), ("which-word", " "),
                                        ("order-of-five", 5), ("collapse-value", [1, 2])])
def test_a_guess_of_another_kind_is_said_and_not_kept(name, guess, kept, capsys):
    vl.course.predict(name, guess)
    assert "a guess is written like this" in capsys.readouterr().out and not kept.exists()


def test_yes_no_and_orders(capsys):
    vl.course.predict("cut-strongest", False), vl.course.reveal("cut-strongest", np.bool_(False))
    assert "you expected no, and so it is" in capsys.readouterr().out
    vl.course.predict("order-of-five", FIVE), vl.course.reveal("order-of-five", FIVE[::-1])
    assert f"it is {', '.join(FIVE[::-1])}." in capsys.readouterr().out


# ---------------------------------------------------------------- quiz

def test_every_option_has_its_own_reply_and_one_is_right():
    items = vl.course.questions()
    assert len(items) == sum(len(importlib.import_module(f"vsrlab.course.items.{name}").ITEMS) for name in asking.QUIZ)
    assert all(3 <= sum(item.lesson == lesson for item in items.values()) <= 5 for lesson in LESSONS)
    for item in items.values():
        assert 3 <= len(item.options) <= 4 and sum(o.right for o in item.options.values()) == 1, item.id
        assert list(item.options) == list("abcd"[:len(item.options)])
        replies = {o.reply for o in item.options.values()}
        assert len(replies) == len(item.options) and min(map(len, replies)) > 20, item.id
    places = [next(k for k, o in item.options.items() if o.right) for item in items.values()]
    assert set(places) >= {"a", "b", "c"} and max(map(places.count, places)) < 0.6 * len(places), "the right letter is no habit"


def test_a_question_first_then_a_reply_to_that_option(kept, capsys):
    vl.course.quiz("collapse")
    said = capsys.readouterr().out
    assert "All scores are equal" in said and "Answer with" in said
    right = {letter: option.right for letter, option in vl.course.questions()["collapse"].options.items()}
    for letter in right:
        vl.course.quiz("collapse", letter.upper() + ")")
        assert capsys.readouterr().out.startswith("✓ right:" if right[letter] else "✗ not so:")
    assert json.loads(kept.read_text())["quiz"]["collapse"] == list(right)
    for other in ("e", 3, ""):
        vl.course.quiz("collapse", other)
        assert "choose one of a, b, c" in capsys.readouterr().out


def test_the_radio_group_says_the_same_in_a_live_region(kept):
    from vsrlab.widgets.quiz import buttons
    item = vl.course.questions()["own-captions"]
    group, reply = buttons(item).children
    assert group.value is None and [text[:2] for text, _ in group.options] == [f"{k})" for k in item.options]
    right = next(k for k, o in item.options.items() if o.right)
    group.value = right
    assert 'aria-live="polite"' in reply.value and item.options[right].reply[:30] in reply.value
    assert json.loads(kept.read_text())["quiz"][item.id] == [right]


@pytest.mark.parametrize("call", [lambda: vl.course.quiz("colapse"), lambda: vl.course.predict("colapse-value", 1),
                                  lambda: vl.course.hint("hing"), lambda: vl.course.glossary("hindge")])
def test_an_unknown_name_is_told_its_neighbour(call):
    with pytest.raises(Problem, match="did you mean '(collapse|collapse-value|hinge)'"):
        call()


# ---------------------------------------------------------------- glossary, language

def test_the_glossary_has_every_term_once_in_both_languages(capsys):
    table = vl.course.glossary()
    files = [importlib.import_module(f"vsrlab.course.items.{name}").TERMS for name in asking.TERMS]
    assert len(table) == sum(map(len, files)) >= 60 and (table["中文"].str.len() > 0).all()
    for needed in ("区域", "词", "合页损失", "难负样本", "亲和度", "跨模态检索"):
        vl.course.glossary(needed)
    assert "hinge (合页损失" in capsys.readouterr().out


def test_a_language_with_holes_shows_english_with_a_mark(chinese, capsys):
    assert vl.course.language("zh") == "zh" and chinese.languages() == ["en", "zh"]
    assert tr("your turn.") == "轮到你了。"
    assert tr("the result") == MARK + "the result"                     # fuzzy
    assert tr("quite new") == MARK + "quite new"
    vl.course.predict("collapse-value", 10)
    assert "你猜的是 10" in capsys.readouterr().out
    assert vl.course.check("hinge", None).message == "轮到你了。"
    assert vl.course.language("en") == "en" and tr("your turn.") == "your turn."


def test_a_language_that_is_not_there_is_said():
    with pytest.raises(Problem, match="no language 'xx'"):
        door("xx")


def test_the_catalogue_finds_what_a_student_reads():
    every = {m.id for m in catalogue.template() if m.id}
    for task in book().values():
        said = [task.title, task.spec, task.not_checked, *task.hints, *task.outputs]
        said += [m.says for m in (*task.mistakes, *task.properties)]
        assert set(said) <= every, set(said) - every
    for item in vl.course.predictions().values():
        assert {item.question, item.form, item.because} <= every
    for item in vl.course.questions().values():
        assert {item.text, *(o.text for o in item.options.values()), *(o.reply for o in item.options.values())} <= every
    assert {t.says for t in asking.terms().values()} <= every
    assert "passed: {n} random cases and {properties} properties. Not checked: {what}." in every


def test_a_changed_sentence_becomes_fuzzy_and_wrong_placeholders_are_found(tmp_path, monkeypatch):
    monkeypatch.setattr(catalogue, "FOLDER", tmp_path)
    book = catalogue.messages.Catalog(locale="zh")
    book.add("you stopped the checking.", "你停止了检查。")
    book.add("{id}: you expect {guess}.", "{id}：{gues}")
    file = io.BytesIO()
    catalogue.pofile.write_po(file, book)
    catalogue.po("zh").parent.mkdir(parents=True)
    catalogue.po("zh").write_bytes(file.getvalue())
    new = catalogue.update("zh")
    assert new.get("you stopped the check.").fuzzy
    assert catalogue.faults(new) == [("{id}: you expect {guess}.", "other placeholders")]
    found = gettext.GNUTranslations(io.BytesIO(catalogue.compiled(new)))
    assert found.gettext("you stopped the check.") == "you stopped the check."          # a fuzzy one is not shown
    assert catalogue.report("zh").startswith("zh, course: 1 of ") and "other placeholders" in catalogue.report("zh")


def test_committed_catalogues_are_compiled_and_whole():
    for language in catalogue.languages():
        assert catalogue.faults(catalogue.opened(language)) == []
        assert catalogue.po(language).with_suffix(".mo").read_bytes() == catalogue.compiled(catalogue.opened(language))
