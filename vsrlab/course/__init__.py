"""The course: exercises that know the wrong answers people give, predictions, quiz and glossary.  `vl.course`

    vl.course.exercises()                  what there is to do
    vl.course.starter("attend")            the cell to begin with
    vl.course.check("attend", attend)      what is the matter with an answer, in one sentence
    vl.course.hint("attend")               idea, formula, code line: one more with each call
    vl.course.predict("collapse-value", 25); vl.course.reveal("collapse-value")
    vl.course.quiz("collapse"); vl.course.quiz("collapse", "b")
    vl.course.example("attend", 2)         the arguments of a trial
    vl.course.progress(); vl.course.restore("attend")
    vl.course.glossary("hinge")
    vl.course.language("zh")
"""
import importlib

from vsrlab.course.language import language  # a function and a file: the function, since the file was opened before

_DOOR = {"answers": "keep_in", "asking": "glossary predict predictions questions quiz reveal",
         "checking": "check example exercises hint progress restore solution starter", "verdict": "Verdict"}
_FILE = {name: file for file, names in _DOOR.items() for name in names.split()}
__all__ = sorted((*_FILE, language.__name__))


def __getattr__(name):
    """A function of the course: its file is opened when it is first used, so that an answers file is read without torch."""
    if name not in _FILE:
        raise AttributeError(f"vl.course has no {name!r}; it has: {', '.join(__all__)}.")
    value = globals()[name] = getattr(importlib.import_module(f"vsrlab.course.{_FILE[name]}"), name)
    return value


def __dir__():
    return __all__
