"""Predictions, quiz and glossary as plain calls: they work in every host, without widgets, and are kept in the answers file.

    predict("collapse-value", 25)     commit before you run; a second call does not overwrite the first
    reveal("collapse-value")          both, and why; the truth stands in no notebook, where it would be read before
    quiz("which-push")                the question; quiz("which-push", "b") replies to that option
    glossary("hinge")                 a term in a sentence, and in Chinese
"""
import importlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from vsrlab.course import answers
from vsrlab.course.language import N_, tr
from vsrlab.errors import unknown

YES, NO = N_("yes"), N_("no")
QUIZ = ("quiz_first", "quiz_second", "quiz_third", "quiz_projects")                   # files of items/
TERMS = ("terms_model", "terms_measure", "terms_using")


@dataclass(frozen=True)
class Prediction:
    """A guess that is made before the cell that tells.

    form     how a guess is written          kind     guess -> the guess as it is kept; raises ValueError for another kind
    truth    computes what is true; None where that depends on a run: then the notebook hands it over, reveal(id, truth)
    because  why, read after both; it may name {truth} and {guess}
    """
    id: str
    lesson: str
    question: str
    form: str
    kind: Callable
    truth: Callable | None
    because: str


@dataclass(frozen=True)
class Option:
    """An answer that can be chosen: its text, whether it is right, and what is replied to it."""
    text: str
    right: bool
    reply: str


@dataclass(frozen=True)
class Question:
    """A quiz item: options by their letter, each with its own reply."""
    id: str
    lesson: str
    text: str
    options: dict


@dataclass(frozen=True)
class Term:
    """A word of the field, in a sentence, and in Chinese."""
    term: str
    says: str
    chinese: str


# ---------------------------------------------------------------- kinds of guesses

def number(value):
    """A number."""
    if isinstance(value, bool | np.bool_ | str) or np.ndim(value):
        raise ValueError(value)
    return round(float(value), 4)


def pair(value):
    """Two whole numbers: a row and a column."""
    if np.shape(value) != (2,):
        raise ValueError(value)
    return [int(x) for x in value]


def word(value):
    """A word."""
    if not isinstance(value, str) or not value.strip():
        raise ValueError(value)
    return value.strip()


def one_of(*options):
    """One of some words; True and False are yes and no."""
    def kind(value):
        value = {True: YES, False: NO}[bool(value)] if isinstance(value, bool | np.bool_) else value
        if not isinstance(value, str) or value.strip().casefold() not in options:
            raise ValueError(value)
        return value.strip().casefold()
    return kind


def order_of(*names):
    """Names in an order."""
    def kind(value):
        value = [str(x).strip() for x in value]
        if sorted(value) != sorted(names):
            raise ValueError(value)
        return value
    return kind


# ---------------------------------------------------------------- predictions

def predictions() -> dict:
    """Every prediction by its id."""
    return _found("predictions")


def questions() -> dict:
    """Every quiz item by its id."""
    return {one.id: one for name in QUIZ for one in _found(name).values()}


def terms() -> dict:
    """Every term of the glossary by its name."""
    return {t.term: t for name in TERMS for t in importlib.import_module(f"vsrlab.course.items.{name}").TERMS}


def _found(name: str) -> dict:
    return {one.id: one for one in importlib.import_module(f"vsrlab.course.items.{name}").ITEMS}


def _one(what: str, name: str, among: dict):
    if name not in among:
        raise unknown(what, name, among)
    return among[name]


def predict(name: str, guess=None) -> None:
    """Write a guess down before the cell that tells; the first one stays, and it is never graded.

    Without a guess (or with ...) it prints the question and how a guess is written.
    """
    item = _one("prediction", name, predictions())
    if guess is None or guess is ...:
        print(tr(item.question))
        print(tr("Your guess: vl.course.predict({id!r}, {form}). A wrong one teaches more than none.", id=item.id,
                 form=tr(item.form)))
        return
    try:
        guess = item.kind(guess)
    except (ValueError, TypeError, KeyError):
        print(tr("{id}: a guess is written like this: {form}.", id=item.id, form=tr(item.form)))
        return
    kept = {}

    def edit(found):
        kept.update(found["predictions"].setdefault(item.id, {"guess": guess, "when": answers.now()}))
    said = answers.change(edit)
    first = kept.get("guess", guess)
    print(tr("{id}: you expect {guess}.", id=item.id, guess=shown(first)) if first == guess else
          tr("{id}: your first guess stays: {guess}.", id=item.id, guess=shown(first)))
    if said:
        print(said)


def reveal(name: str, truth=None, skip: bool = False) -> None:
    """What was expected, what is true, and why.  Nothing is told before there is a guess, or skip=True.

    truth  where it depends on a run, what the notebook found: reveal("cut-all", found)
    """
    item = _one("prediction", name, predictions())
    found, said = answers.look()
    guess = found["predictions"].get(item.id, {}).get("guess")
    if said:
        print(said)
    if guess is None and not skip:
        print(tr("{id}: guess first, with vl.course.predict({id!r}, {form}). Without a guess: "
                 "vl.course.reveal({id!r}, ..., skip=True).", id=item.id, form=tr(item.form)))
        return
    if truth is None or truth is ...:
        if item.truth is None:
            print(tr("{id}: this depends on your run; hand over what it showed: vl.course.reveal({id!r}, value).", id=item.id))
            return
        truth = item.truth()
    try:
        truth = item.kind(truth)
    except (ValueError, TypeError, KeyError):
        print(tr("{id}: what is handed over is written like this: {form}.", id=item.id, form=tr(item.form)))
        return
    both = {"guess": shown(guess), "truth": shown(truth)}
    print(tr("{id}: it is {truth}; you made no guess.", id=item.id, **both) if guess is None else
          tr("{id}: you expected {guess}, and so it is.", id=item.id, **both) if guess == truth else
          tr("{id}: you expected {guess}, it is {truth}.", id=item.id, **both), tr(item.because, **both))


def shown(value) -> str:
    """A guess in a sentence."""
    if isinstance(value, list):
        return ", ".join(map(shown, value))
    return f"{value:g}" if isinstance(value, float) else tr(value) if value in (YES, NO) else str(value)


# ---------------------------------------------------------------- quiz

def quiz(name: str, choice: str | None = None) -> None:
    """A question with its options; with a letter, the reply to that option.  What was chosen is kept.

    The text comes first.  Where a person sits before the notebook, the same item follows as a group of buttons.
    """
    item = _one("quiz item", name, questions())
    if choice is None or choice is ...:
        print(asked(item))
        print(tr("Answer with vl.course.quiz({id!r}, 'a').", id=item.id))
        importlib.import_module("vsrlab.widgets.quiz").offer(item)          # by name: it stands above this room
        return
    print(replied(item, choice))


def asked(item: Question) -> str:
    """The question and its options as text."""
    return "\n".join([tr(item.text), *(f"  {letter}) {tr(option.text)}" for letter, option in item.options.items())])


def replied(item: Question, choice) -> str:
    """The reply to a letter, which is kept."""
    letter = choice.strip().casefold().rstrip(")") if isinstance(choice, str) else choice
    if letter not in item.options:
        return tr("{id}: choose one of {letters}.", id=item.id, letters=", ".join(item.options))
    option = item.options[letter]
    said = answers.change(lambda found: found["quiz"].setdefault(item.id, []).append(letter))
    sign = tr("✓ right:") if option.right else tr("✗ not so:")
    return " ".join(filter(None, (sign, tr(option.text).rstrip(".") + ".", tr(option.reply), said)))


# ---------------------------------------------------------------- glossary

def glossary(term: str | None = None):
    """All terms as a table, or one of them in a sentence; a Chinese term is found as well."""
    every = terms()
    if term is None:
        import pandas as pd
        return pd.DataFrame([(t.term, t.chinese, tr(t.says)) for t in every.values()], columns=["term", "中文", "says"])
    wanted = str(term).strip().casefold()
    names = lambda t: (t.term.casefold(), t.chinese, *t.chinese.split("、"))
    hit = next((t for t in every.values() if wanted in names(t)), None)
    if hit is None:
        raise unknown("term", str(term), every)
    print(f"{hit.term} ({hit.chinese}): {tr(hit.says)}")
