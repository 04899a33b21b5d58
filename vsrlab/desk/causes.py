"""Causes: rules that suggest why a first answer is wrong.  A rule reads a Record and gives a Reason, or None.

    @vl.cause
    def stairs(record):
        return vl.Reason("the caption speaks of stairs") if "stairs" in record.words else None

How often a rule is right was measured on scenes, where the truth is known (bench/causes_on_scenes.py writes measured.json).  One
that is right less than three times in ten is called a hint, and one that could not be measured says so.
"""
import json
from functools import lru_cache
from pathlib import Path
from typing import Callable, NamedTuple

from vsrlab.errors import Problem
from vsrlab.measure.ranks import TIE
from vsrlab.wording import several

NEAR = 0.95                    # cosine around the mean from which two photos are near-duplicates
SURE = 0.3                     # precision below which a rule is a hint
RULES = {}                     # name -> rule, in the order in which they are shown


class Reason(NamedTuple):
    """Why, in one sentence without a full stop; `cause` is filled in with the name of the rule."""
    said: str
    cause: str = ""
    count: int = 1             # of "may be valid": how many reasons there are


class Measured(NamedTuple):
    """How a rule did on scenes: shares between 0 and 1; None where no truth tells."""
    precision: float | None
    recall: float | None
    fired: int                 # how often, in all

    @property
    def kind(self) -> str:
        """"cause", or "hint" below a precision of 0.3 or where it could not be measured."""
        return "cause" if self.precision is not None and self.precision >= SURE else "hint"

    def __str__(self) -> str:
        return f"precision {self.precision:.2f}" if self.precision is not None else "not measured"


def cause(rule: Callable) -> Callable:
    """Add a rule `rule(record) -> Reason | None`; its name is its cause, with spaces for underscores."""
    if not callable(rule):
        raise Problem(f"a cause is a function of a record, not {rule!r}; write @vl.cause above the function.")
    RULES[rule.__name__.replace("_", " ").strip()] = rule
    return rule


def causes(record) -> list:
    """[Reason, ...] of all rules that fire, those that are surest first."""
    found = []
    for name, rule in RULES.items():
        reason = rule(record)
        if reason is not None and not isinstance(reason, Reason):
            raise Problem(f"the rule {name!r} gave {reason!r}; return vl.Reason(\"why\"), or None.")
        if reason is not None:
            found.append(reason._replace(cause=name))
    return sorted(found, key=lambda reason: -(measured(reason.cause).precision or 0))


@lru_cache(maxsize=1)
def _measurements() -> dict:
    return json.loads(Path(__file__).with_name("measured.json").read_text())["rules"]


def measured(name: str) -> Measured:
    """What was measured of a rule on scenes; nothing of one's own."""
    found = _measurements().get(name, {})
    return Measured(found.get("precision"), found.get("recall"), found.get("fired", 0))


# the rules

@cause
def may_be_valid(record):
    """Reasons for, and no word of the caption that the image's own captions contradict; see `reasons_valid`."""
    reasons = reasons_valid(record)
    if not reasons or any(rule(record) for rule in (negation, object_, colour, size, number, texture)):
        return None
    return Reason(several(reasons), count=len(reasons))


@cause
def near_duplicate_photo(record):
    """The two photos are near-duplicates."""
    if record.photos is not None and record.photos >= NEAR:
        return Reason(f"the photo and the right one have a cosine of {record.photos:.2f} around the mean")


@cause
def hub(record):
    """The answer is found by far more queries than others are."""
    if record.hub:
        return Reason(f"the answer is among the first ten of {record.found:,} queries")


@cause
def generic_caption(record):
    """The caption scores high with everything."""
    if record.generic:
        return Reason("the caption scores high, and much alike, with all photos")


@cause
def unknown_or_rare_word(record):
    """A word that the model cannot know, or hardly."""
    if record.unread:
        return Reason(f"the model does not know {several(f'“{word}”' for word in record.unread)}")
    if record.rare:
        words = several(f"“{word}”" for word in record.rare)
        return Reason(f"{words} stand{'s' * (len(record.rare) == 1)} in fewer than five captions")


def _other(record, name):
    """The caption has a word of the list, the image's own captions lack it and name another one."""
    said, told = record.says[name], record.told.get(name, {})
    lacking = [word for meaning, word in said.items() if meaning not in told]
    others = [word for meaning, word in told.items() if meaning not in said]
    if lacking and others:
        return Reason(f"the caption says {several(f'“{w}”' for w in lacking)}, the photo's own captions say "
                      f"{several(f'“{w}”' for w in others[:3])}")


@cause
def colour(record):
    """Another colour."""
    return _other(record, "colour")


@cause
def size(record):
    """Another size."""
    return _other(record, "size")


@cause
def number(record):
    """Another number."""
    return _other(record, "number")


@cause
def texture(record):
    """Another texture."""
    return _other(record, "texture")


@cause
def relation(record):
    """Another relation."""
    return _other(record, "relation")


@cause
def negation(record):
    """The caption says that something is missing, and the photo's own captions name it."""
    there = [thing for thing in record.denied if thing in record.seen]
    if there:
        return Reason(f"the caption says that there is no {several(f'“{w}”' for w in there)}, the photo's own captions name it")


@cause
def object_(record):
    """A thing that nothing says of the photo."""
    lacking = [thing for thing in record.things if thing not in record.seen and thing not in record.denied]
    if lacking and record.seen:
        return Reason(f"nothing says {several(f'“{w}”' for w in lacking)} of the photo")


@cause
def word_blind(record):
    """One word favours the wrong answer most, and without it the right one is ahead."""
    if record.bars:
        word = max(record.bars, key=record.bars.get)
        if record.bars[word] > 0 and record.hidden.get(word):
            return Reason(f"“{word}” favours the wrong answer most, and without it the right one is ahead")


@cause
def order_blind(record):
    """With two of its things exchanged the caption scores the same, so the model does not read their order."""
    if record.turned is not None and record.turned[1] < TIE:
        return Reason(f"“{record.turned[0]}” scores the same with the right photo, so their order is not read")


def reasons_valid(record) -> list:
    """Why an unjudged wrong pair may be valid, each in words; their number is shown, never a probability."""
    found = []
    if record.same_words:
        found.append("a caption of the photo has the same words")
    elif record.like >= record.usual:
        found.append(f"the caption is as like one of the photo's own (tf-idf {record.like:.2f}) as two captions of one photo are "
                     f"({record.usual:.2f})")
    there = [word for word in record.content if word not in record.denied]
    if there and all(word in record.seen for word in there):
        found.append("each of its words is said of the photo as well")
    if near_duplicate_photo(record):
        found.append("the photo is a near-duplicate of the right one")
    above, others = record.agree
    if others and 2 * above > others:
        found.append(f"{above} of {others} other models put it above the right one as well")
    return found
