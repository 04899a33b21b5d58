"""Reading: a caption turns back into what it claims, by the tables that wrote it."""
import difflib
from functools import lru_cache
from itertools import product
from typing import NamedTuple

from vsrlab.data.scenes import captions
from vsrlab.data.scenes.geometry import SYMMETRIC, Fact
from vsrlab.data.scenes.world import COLOURS, GROUNDS, KINDS
from vsrlab.data.words import tokenise
from vsrlab.errors import Problem
from vsrlab.wording import cut

EXAMPLE = "A small dog behind two red cars on the street."


class Phrase(NamedTuple):
    """What the words for one thing say; "" is not said."""
    kind: str
    number: int                      # 1: at least one; 2, 3 or 4: exactly so many
    size: str = ""
    texture: str = ""
    colour: str = ""


class Claims(NamedTuple):
    """What a sentence says."""
    phrases: tuple                   # Phrase, in the order of the sentence
    relations: tuple = ()            # Fact, whose a and b are places in `phrases`
    setting: str = ""                # "on the grass"
    absent: str = ""                 # the kind that is said to be missing


def _spoken(text: str) -> tuple:
    """The words of a sentence or of a table, as they are compared: lower case, `a` for `an`, no mark at the end."""
    words = tuple("a" if word == "an" else word for word, _, _ in tokenise(text, punctuation=True))
    return words[:-1] if words[-1:] in ((".",), ("!",)) else words


def _forms(pattern: str) -> set:
    """'A chases|chase* B' -> A chases B, A chase B; where the verb may only be `is`: 'A behind* B' -> also A is behind B, ..."""
    tokens = [token.split("|") for token in pattern.replace("*", "").split() if token != "is|are"]
    if "is|are" in pattern or "|" not in pattern:
        tokens.insert(1, ["is", "are", ""])
    return {tuple(filter(None, form)) for form in product(*tokens)}


def _between() -> dict:
    """First word between two things -> [(words between, words after, relation, subject comes first), ...], the longest first."""
    found = {}
    for relation, sides in captions.SAYINGS.items():
        for first, *rest in {form for patterns in sides for pattern in patterns for form in _forms(pattern)}:
            second = rest.index("B" if first == "A" else "A")
            forward = first == "A" or relation in SYMMETRIC
            found.setdefault(rest[0], set()).add((tuple(rest[:second]), tuple(rest[second + 1:]), relation, forward))
    return {word: sorted(sayings, key=lambda s: (-len(s[0]), s)) for word, sayings in found.items()}


_BETWEEN = _between()
_OPENINGS = [form for opening in captions.OPENINGS if opening for form in product(*(word.split("|") for word in opening.split()))]
_NUMBERS = {("the",): 1, **{tuple(words.split()): number for number, said in captions.NUMBER_WORDS.items() for words in said}}
_NUMBERS = dict(sorted(_NUMBERS.items(), key=lambda item: -len(item[0])))    # `a pair of` before `a`
_SINGULAR = {name: kind for kind in KINDS for name in KINDS[kind].names}
_PLURAL = {captions.plural(name): kind for name, kind in _SINGULAR.items()}
_ADJECTIVES = {**{word: ("size", size) for size, words in captions.SIZE_WORDS.items() for word in words},
               **{word: ("texture", texture) for texture, words in captions.TEXTURE_WORDS.items() for word in words},
               **{word: ("colour", colour) for colour in COLOURS for word in captions.COLOUR_WORDS.get(colour, (colour,))}}
_SETTINGS = {_spoken(phrase): phrase for ground in GROUNDS.values() for phrase in ground.phrases}
_GARMENTS = {form for words in captions.CLOTHES.values() for word in words for form in (word, captions.plural(word))}
_KNOWN = sorted({*_SINGULAR, *_PLURAL, *_ADJECTIVES, *_GARMENTS, *captions.WORN, *captions.JOINED, ",", "but", "no"}.union(
    *_NUMBERS, *_OPENINGS, *_SETTINGS, *(s[0] + s[1] for sayings in _BETWEEN.values() for s in sayings)))


@lru_cache(maxsize=4096)
def read(text: str) -> Claims:
    """The claims of a sentence of the scenes' grammar; a Problem that names the word which cannot be read.

    Adjectives may come in any order, `is` may stand before a relation that has no other verb, and `with` may join things
    without a relation; beyond that a sentence has to be one that a caption could be.
    """
    reader = _Reader(_spoken(text))
    claims = reader.sentence()
    if claims and reader.at == len(reader.words):
        return claims
    raise _unread(text, reader.words, reader.furthest)


def _unread(text, words, at) -> Problem:
    if not words:
        return Problem(f"there is no word in {cut(text)!r}; write a sentence such as {EXAMPLE!r}")
    if at == len(words):
        return Problem(f"{cut(text)!r} breaks off; write a whole sentence such as {EXAMPLE!r}")
    if words[at] in _KNOWN:
        return Problem(f"{cut(text)!r} cannot be read from {words[at]!r} on; say it as captions of scenes do: {EXAMPLE!r}")
    near = difflib.get_close_matches(words[at], _KNOWN, n=3, cutoff=0.6)
    return Problem(f"captions of scenes never say {words[at]!r}; "
                   f"{'did you mean ' + ' or '.join(map(repr, near)) + '?' if near else 'write as they do: ' + repr(EXAMPLE)}")


class _Reader:
    """Reads words from left to right.  What does not fit takes no word; `furthest` is how far anything fitted."""

    def __init__(self, words: tuple):
        self.words, self.at, self.furthest = words, 0, 0

    def take(self, *wanted: str) -> bool:
        """Step over these words if they come next."""
        if self.words[self.at:self.at + len(wanted)] != wanted:
            return False
        self.at += len(wanted)
        self.furthest = max(self.furthest, self.at)
        return True

    def one_of(self, words):
        """Step over the next word if it is one of these, and return it; "" otherwise."""
        word = self.words[self.at] if self.at < len(self.words) else ""
        return word if word in words and self.take(word) else ""

    def first_of(self, ways):
        """Step over the first of these word sequences that comes next, and return it; () otherwise."""
        return next((words for words in ways if self.take(*words)), ())

    def sentence(self) -> Claims | None:
        """What the whole sentence claims; None where it is not one of the grammar."""
        self.first_of(_OPENINGS)
        first = self.phrase()
        if not first:
            return None
        phrases, relations = [first], []
        said = self.relation()
        if said:
            relation, second, forward = said
            phrases.append(second)
            relations.append(Fact(relation, 0, 1) if forward else Fact(relation, 1, 0))
        while more := self.more((",", *captions.JOINED) if said else (",", "and", "with")):
            phrases.append(more)
        setting = self.first_of(_SETTINGS)
        denies = self.take("but", "no")
        absent = denies and self.one_of(_SINGULAR)
        if denies and not absent:
            return None
        return Claims(tuple(phrases), tuple(relations), _SETTINGS.get(setting, ""), _SINGULAR.get(absent, ""))

    def phrase(self) -> Phrase | None:
        """A number, adjectives and a noun; after a person perhaps the clothes."""
        start, number = self.at, _NUMBERS.get(self.first_of(_NUMBERS))
        said = self.adjectives() if number else {}
        nouns = _SINGULAR if number == 1 else _PLURAL
        noun = self.one_of(nouns) if number else ""
        person = noun and "person" in KINDS[nouns[noun]].roles
        if not noun or (person and set(said) - {"size"}):
            self.at = start
            return None
        if person:
            said.update(self.clothes(captions.CLOTHES[nouns[noun]]))
        return Phrase(nouns[noun], number, **said)

    def adjectives(self) -> dict:
        """{"colour": "red"}, each of size, texture and colour once."""
        said = {}
        while self.at < len(self.words) and _ADJECTIVES.get(self.words[self.at], ("",))[0] not in ("", *said):
            what, value = _ADJECTIVES[self.one_of(_ADJECTIVES)]
            said[what] = value
        return said

    def clothes(self, known: tuple) -> dict:
        """'in red', 'wearing a striped shirt' -> what the clothes look like; {} where no clothes are told."""
        start, worn = self.at, self.one_of(captions.WORN)
        article = worn and self.take("a")
        said = self.adjectives() if worn else {}
        shirt = worn and self.one_of({form for word in known for form in (word, captions.plural(word))})
        if "size" not in said and (shirt or (set(said) == {"colour"} and not article and worn != "with")):
            return said
        self.at = start
        return {}

    def relation(self) -> tuple | None:
        """(relation, the second thing, is the first one its subject), or None."""
        start = self.at
        for between, after, relation, forward in _BETWEEN.get(self.words[start] if start < len(self.words) else "", ()):
            if self.take(*between) and (second := self.phrase()) and self.take(*after):
                return relation, second, forward
            self.at = start
        return None

    def more(self, joints) -> Phrase | None:
        """One more thing behind a comma or one of the words that join things."""
        start = self.at
        phrase = self.phrase() if self.one_of(joints) else None
        if not phrase:
            self.at = start
        return phrase
