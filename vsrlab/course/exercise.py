"""An exercise as a value: what is asked, what is right, and the wrong answers that people give."""
import importlib
import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass

from vsrlab.course.language import N_, tr
from vsrlab.errors import unknown

# What every lesson imports before its exercises: a student's source runs alone below these lines.
PRELUDE = "import math\n\nimport numpy as np\nimport torch\nfrom torch.nn import functional as fn\n"
ROOMS = {"matching": ("hinge", "loss-sum-vs-max", "attend", "attend-i-t", "pool-lse", "relate", "gru-step", "mix", "my-matcher"),
         "measuring": ("data-owner", "data-iou", "recall", "chance-level", "paired-test", "pointing-game", "deletion-curve",
                       "modality-gap", "trust", "agreement")}
# In the order of the lessons; `exercises` lists them so.
ORDER = ("data-owner", "data-iou", "hinge", "loss-sum-vs-max", "attend", "attend-i-t", "pool-lse", "relate", "gru-step",
         "recall", "chance-level", "paired-test", "pointing-game", "deletion-curve", "modality-gap", "trust", "agreement", "mix",
         "my-matcher")


@dataclass(frozen=True)
class Mistake:
    """A wrong answer that students give: `wrong` is a function that gives it, `says` the sentence they read."""
    key: str
    says: str
    wrong: Callable


@dataclass(frozen=True)
class Property:
    """What every right answer has.  `holds(answer)` -> None, or in a sentence what was seen instead."""
    key: str
    says: str
    holds: Callable


@dataclass(frozen=True)
class Exercise:
    """One exercise; its texts are English, `tr` says them in the language of the session.

    id          a word that stays, never a number that moves between editions
    lesson      number of the notebook: "03"
    difficulty, importance   1 to 5
    spec        Markdown: signature, letters of the axes, rules; what is asked, nothing of how
    starter     source of the student's cell
    hints       idea, formula, code line
    solution    the reference, written for reading
    example     rng -> keyword arguments of one trial, small enough to print
    outputs     names of the results; more than one where a tuple is returned
    called      how an answer is called with a trial: (answer, given) -> result
    not_checked what a pass does not say
    """
    id: str
    title: str
    lesson: str
    minutes: int
    difficulty: int
    importance: int
    spec: str
    starter: str
    hints: tuple
    solution: Callable
    example: Callable
    mistakes: tuple
    properties: tuple
    outputs: tuple = (N_("the result"),)
    called: Callable = lambda answer, given: answer(**given)
    not_checked: str = N_("speed and style")

    @property
    def name(self) -> str:
        """The name of the function, or class, that the student writes."""
        return re.search(r"^(?:def|class) (\w+)", self.starter, re.MULTILINE).group(1)

    @property
    def solved(self) -> str:
        """The source of the solution under the student's name, below the imports of the starter."""
        source = re.sub(r"^(def|class) \w+", rf"\1 {self.name}", inspect.getsource(self.solution), count=1)
        return re.split(r"^(?:def|class) ", self.starter, maxsplit=1, flags=re.MULTILINE)[0] + source.rstrip() + "\n"

    @property
    def text(self) -> str:
        """What is asked, as Markdown, in the language of the session."""
        return tr(self.spec).strip()


def exercise(name: str) -> Exercise:
    """The exercise of an id: its file is opened at the first call."""
    for folder, names in ROOMS.items():
        if name in names:
            return importlib.import_module(f"vsrlab.course.exercises.{folder}.{name.replace('-', '_')}").EXERCISE
    raise unknown("exercise", name, ORDER)


def book() -> dict:
    """Every exercise by its id, in the order of the lessons."""
    return {name: exercise(name) for name in ORDER}
