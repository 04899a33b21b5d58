"""Errors a person can cause: one sentence that says what is wrong and what to type next."""
import difflib
import os
from pathlib import Path


class Problem(ValueError):
    """Something the user gave cannot be used.  The command line prints it without a traceback."""


class Missing(Problem, FileNotFoundError):
    """A file or folder that should be there is not."""

    def __str__(self):                       # FileNotFoundError would print errno brackets
        return str(self.args[0]) if self.args else ""


def unknown(what: str, name: str, among) -> Problem:
    """'no model 'vsrm'; did you mean 'vsrn'? There are ...', ready to raise."""
    among = [str(a) for a in among]
    near = max(among, key=lambda a: (_alike(str(name)[:200], a), a), default=None)
    hint = ";" if near is None else f"; did you mean {near!r}?"
    shown = " ".join(repr(name).split())
    shown = shown if len(shown) < 90 else f"{shown[:80]} ..."
    return Problem(f"no {what} {shown}{hint} There are: {', '.join(among) or 'none'}.")


def _alike(one: str, other: str) -> float:
    """How alike two names are, 0 to 1, whatever their case."""
    return difflib.SequenceMatcher(None, other.casefold(), one.casefold()).ratio()


INSTEAD = {"Corpus": "open one with vl.precomputed(folder, split), or draw one with vl.scenes(images=400)",
           "Index": "make one with vl.index(run, corpus), or read scores with vl.from_scores(file, texts)",
           "Run": "open one with vl.Run.load(folder), or train one with vl.fit(corpus, settings); "
                  "a model without a run becomes one by vl.Run(settings, features, vocabulary, model)",
           "Matcher": "give the model of a run, run.model, or vl.build(name, features, vocabulary_size)",
           "Vocabulary": "give the path of its JSON, or vl.Vocabulary(words)",
           "Settings": "write vl.Settings(model='vsrpp')", "Result": "measure a run with vl.evaluate(run, corpus)"}


def needs(door: str, value, kind: type | str):
    """Refuse a value of another kind at a door of the kit; the sentence names the call that makes the right one.

    kind  a class, or the name of one that the caller's file does not import
    """
    name = kind if isinstance(kind, str) else kind.__name__
    if not (name in {one.__name__ for one in type(value).__mro__} if kind is name else isinstance(value, kind)):
        value = str(value) if isinstance(value, os.PathLike) else value
        given = repr(value) if value is None or isinstance(value, str) else f"the {type(value).__name__} it was given"
        raise Problem(f"{door} needs {'an' if name == 'Index' else 'a'} {name}, not {given}; {INSTEAD[name]}.")


def needs_pair(door: str, run, index):
    """Refuse anything but a run and an index, in this order."""
    needs(door, run, "Run")
    needs(door, index, "Index")


def path_of(door: str, value) -> Path:
    """The path that a door of the kit was given; anything else is refused."""
    if not isinstance(value, str | os.PathLike):
        raise Problem(f"{door} needs a path, not {'None' if value is None else f'the {type(value).__name__} it was given'}.")
    return Path(value)
