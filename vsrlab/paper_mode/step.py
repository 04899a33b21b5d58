"""Step: one row of paper mode.  Told: a paper's rows and what is said around them."""
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Step:
    """An equation of a paper, and how its numbers are found in a pass.

    key       "eq-2", or a word; a name that stays
    latex     for mathtext
    words     what it says, in 25 words at most
    axes      letters of values.py, a space between them: "W R"; "" for one number.  H heads, 3 window widths, F and D as there
    follow    Pass -> array: the equation by hand, from the rows before it and the weights; it is what a test multiplies out
    read      Pass -> array, or None: the same as the model computed it.  None for what the program never builds (SCAN's attended
              vectors) or keeps to itself: then the numbers shown are those of `follow`
    code      (file below vsrlab/, tag): the lines that a comment with this tag marks
    printed   its number in the paper, "(2)"; "" where it has none, or where this kit does not know it
    departs   in a sentence what is otherwise than in the paper; "" for nothing.  Or Pass -> such a sentence
    exercise  id of the exercise in which a student writes this line; "" for none
    unless    Pass -> why there are no numbers in this run; "" where there are.  `read` and `follow` are then not asked
    """
    key: str
    latex: str
    words: str
    axes: str
    follow: Callable
    read: Callable | None = None
    code: tuple = ("", "")
    printed: str = ""
    departs: str | Callable = ""
    exercise: str = ""
    unless: Callable = lambda p: ""

    @property
    def letters(self) -> list:
        """["W", "R"]"""
        return self.axes.split()


@dataclass(frozen=True)
class Told:
    """A paper: its name in the zoo, the rows for a model's options, and what is said around them.

    steps      model -> list of Step; raises Problem for options that the rows do not tell of
    note       what has to be known before; "" for nothing
    questions  what the paper leaves open
    tables     ids of printed tables that are shown beside it, see `vl.published`
    """
    name: str
    steps: Callable
    note: str = ""
    questions: tuple = ()
    tables: tuple = ()
