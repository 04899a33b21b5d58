"""Verdict: what a check found, as a value that shows itself in a notebook."""
import textwrap
from dataclasses import asdict, dataclass, fields

from vsrlab.course.language import N_, tr

# The states of an answer, and the words for them
STATES = {"your turn": N_("your turn"), "error": N_("stopped"), "time": N_("out of time"), "memory": N_("out of memory"),
          "shape": N_("another size"), "changed input": N_("changed its input"), "not finite": N_("not finite"),
          "mistake": N_("a known mistake"), "property": N_("a property is broken"), "differs": N_("differs"),
          "passed": N_("passed")}


@dataclass(repr=False)
class Verdict:
    """What a check says about an answer.

    state    one of STATES          key      names the mistake, the broken property or the error; "" for none
    message  one sentence           detail   numbers below it: sizes, expected beside yours
    note     what else has to be said, such as that the answers file could not be written
    """
    exercise: str
    state: str
    key: str
    message: str
    detail: str = ""
    note: str = ""

    @property
    def passed(self) -> bool:
        """Is the answer right?"""
        return self.state == "passed"

    def __str__(self) -> str:
        sign = {"passed": "✓", "your turn": "…"}.get(self.state, "✗")
        body = textwrap.fill(f"{sign} {self.exercise}: {self.message}", 96, subsequent_indent="  ")
        below = "\n".join(filter(None, (self.detail.rstrip(), self.note)))
        return body + ("\n" + textwrap.indent(below, "  ") if below else "")

    __repr__ = __str__             # the last line of a cell shows it; nothing is printed as well

    def plain(self) -> dict:
        """Its fields as texts, for JSON."""
        return asdict(self)

    @classmethod
    def of(cls, plain: dict) -> "Verdict":
        """From what `plain` gave."""
        return cls(**{f.name: str(plain.get(f.name, "")) for f in fields(cls)})


def your_turn(name: str, more: str = "") -> Verdict:
    """The verdict of an answer that is not written yet."""
    return Verdict(name, "your turn", "", more or tr("your turn."))
