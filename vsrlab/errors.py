"""Errors a person can cause: one sentence that says what is wrong and what to type next."""
import difflib
import os


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
    shown = repr(name) if len(repr(name)) < 90 else f"{repr(name)[:80]} ..."
    return Problem(f"no {what} {shown}{hint} There are: {', '.join(among) or 'none'}.")


def _alike(one: str, other: str) -> float:
    """How alike two names are, 0 to 1, whatever their case."""
    return difflib.SequenceMatcher(None, other.casefold(), one.casefold()).ratio()


INSTEAD = {"Corpus": "open one with vl.precomputed(folder, split), or draw one with vl.scenes(images=400)",
           "Index": "make one with vl.index(run, corpus), or read scores with vl.from_scores(file, texts)",
           "Run": "open one with vl.Run.load(folder), or train one with vl.fit(corpus, settings); "
                  "a model without a run becomes one by vl.Run(settings, features, vocabulary, model)",
           "Vocabulary": "give the path of its JSON, or vl.Vocabulary(words)",
           "Settings": "write vl.Settings(model='vsrpp')", "Result": "measure a run with vl.evaluate(run, corpus)"}


def needs(door: str, value, kind: type):
    """Refuse a value of another kind at a door of the kit; the sentence names the call that makes the right one."""
    if not isinstance(value, kind):
        value = str(value) if isinstance(value, os.PathLike) else value
        given = repr(value) if value is None or isinstance(value, str) else f"the {type(value).__name__} it was given"
        raise Problem(f"{door} needs a {kind.__name__}, not {given}; {INSTEAD[kind.__name__]}.")
