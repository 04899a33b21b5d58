"""Word lists that the rules for causes read: colours, sizes, numbers, relations, negations; and which words of a text are nouns.

A list maps each spelling to what it means, so that "gray" and "grey" are one.  Spellings may be several words.
"""
import re
from functools import lru_cache

from vsrlab.data.words import tokenise


def _list(text: str) -> dict:
    """'grey gray | red crimson' -> {"grey": "grey", "gray": "grey", ...}; an underscore is a space."""
    return {word.replace("_", " "): group.split()[0].replace("_", " ") for group in text.split("|") for word in group.split()}


LISTS = {
    "colour": _list("red crimson scarlet maroon | orange | yellow golden gold blonde blond | green | blue navy teal turquoise | "
                    "purple violet lavender | pink | brown tan beige | black | white | grey gray silver"),
    "size": _list("small little tiny | large big huge giant | tall | short | long"),
    "number": _list("two 2 couple both a_pair_of a_couple_of twin | three 3 | four 4 | five 5 | six 6 | seven 7 | eight 8 | "
                    "one 1 single"),
    "texture": _list("striped stripes | spotted dotted | checked checkered plaid | shiny glossy"),
    "relation": _list(
        "on atop on_top_of sits sit stands stand | behind | in_front_of in_front before | above over high_above flies | below "
        "under beneath underneath | left to_the_left_of on_the_left_of left_of | right to_the_right_of on_the_right_of right_of | "
        "next_to beside near by close_to | in inside into | outside | between | around | through across | rides ride riding | "
        "chases chase chasing chased runs_after runs_away_from | watches watch watching watched looks_at look_at looking_at | "
        "holds hold holding | carries carry carrying"),
    "negation": _list("no without not nobody none nothing never neither n't"),
}
# Words that say nothing of what is seen: not counted as content, never taken for nouns.
STOP = frozenset("""a an the and or but of to with for at from as is are be been was were being there it its his her their this
that these those he she they them him while who which what we see photo picture image some each other another while very 's up down
out off wearing has have do does top front side back one""".split())
DETERMINERS = frozenset("a an the his her their its some this that these those each another no".split())
LOOKS = ("colour", "size", "texture")
_LONGEST = max(len(spelling.split()) for words in LISTS.values() for spelling in words)
_WORD = re.compile(r"[a-z0-9]+(?:['-][a-z0-9]+)*")


@lru_cache(maxsize=65536)
def tokens(text: str) -> tuple:
    """The words of a text, lower case; of plain English quicker than `tokenise`, which knows all scripts."""
    return tuple(_WORD.findall(text.lower())) if text.isascii() else tuple(word for word, _, _ in tokenise(text))


@lru_cache(maxsize=65536)
def named(text: str) -> dict:
    """{list: {meaning: the word as written}} of a text; the longest spelling at a place counts, "on top of" before "on".

    The dictionary is kept for the next question: read it, and change none of it.
    """
    words, found = tokens(text), {name: {} for name in LISTS}
    for start, stop, names in spelled(words):
        spelling = " ".join(words[start:stop])
        for name in names:
            found[name].setdefault(LISTS[name][spelling], spelling)
    return found


def spelled(words: tuple):
    """(first word, word behind the last, names of the lists) of every spelling of a list, the longest at a place."""
    at = 0
    while at < len(words):
        for size in range(min(_LONGEST, len(words) - at), 0, -1):
            spelling = " ".join(words[at:at + size])
            names = [name for name, known in LISTS.items() if spelling in known]
            if names:
                yield at, at + size, names
                break
        at += size if names else 1


def content(text: str) -> list:
    """What the words of a text mean that say what is seen, each once; see `meaning`."""
    return list(dict.fromkeys(meaning(word) for word in tokens(text) if word not in STOP and word not in DETERMINERS))


def nouns(text: str) -> list:
    """Things that a text names, each once, without plural s: the word behind an article or a number and its adjectives.

    No parser: an adjective that is in none of the lists is taken for the thing.
    """
    words = tokens(text)
    return list(dict.fromkeys(meaning(words[place]) for _, place in noun_places(words)))


def noun_places(words: tuple):
    """(place of the article or number before it, place of the noun) of every thing, in the order of the words."""
    first = None
    for place, (word, after) in enumerate(zip(words, (*words[1:], ""))):
        of = first is not None and "of" in (word, after)                                                     # a pair of dogs
        adjective = any(word in LISTS[name] for name in LOOKS) or of
        if word in DETERMINERS or word in LISTS["number"]:
            first = place if first is None or not of else first
        elif first is not None and not adjective:
            if word not in STOP and word not in LISTS["relation"]:
                yield first, place
            first = None


def denied(text: str) -> list:
    """The things that a text says are not there: "but no dog", "without a red hat"."""
    words, found = tokens(text), []
    for at, word in enumerate(words):
        if word in ("no", "without"):
            rest = (w for w in words[at + 1:] if w not in DETERMINERS and not any(w in LISTS[name] for name in LOOKS))
            found += [meaning(w) for w in rest][:1]
    return found


@lru_cache(maxsize=65536)
def meaning(word: str) -> str:
    """A word without the s of its plural; of a colour, size, texture or number what its list says: gray is grey."""
    return next((LISTS[name][word] for name in (*LOOKS, "number") if word in LISTS[name]), stem(word))


@lru_cache(maxsize=65536)
def stem(word: str) -> str:
    """A word without the s of its plural: cars -> car, buses -> bus, ladies -> lady, women -> woman."""
    if word in _ODD:
        return _ODD[word]
    for end, instead in (("ies", "y"), ("sses", "ss"), ("shes", "sh"), ("ches", "ch"), ("xes", "x"), ("uses", "us"), ("s", "")):
        if word.endswith(end) and len(word) > len(end) + 1 and not word.endswith(("ss", "us", "is")):
            return word[:-len(end)] + instead
    return word


_ODD = {"men": "man", "women": "woman", "children": "child", "people": "person", "mice": "mouse", "feet": "foot", "geese": "goose",
        "glasses": "glasses", "ponies": "pony", "buses": "bus", "bus": "bus"}
