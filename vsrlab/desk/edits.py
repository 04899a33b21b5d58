"""Edits: captions with one thing changed, to ask whether a model notices.  No parser: word lists and the places of things.

    kind       what is changed                                                   in the same words?   says the same?
    colour, size, number, texture    a word becomes another one of its list      no                   no
    relation   "left" becomes "right", "above" "below"                           no                   no
    object     a thing becomes another thing of the captions                     no                   no, if its photo's own
                                                                                                      captions lack the new one
    negation   the first thing is said to be missing                             no                   no
    order      two things change places around a relation                        yes                  only if it has no direction
    shuffle    the words in another order                                        yes                  unknown
    synonym    a word becomes another spelling of the same                       no                   yes

"Says the same" is what the words say.  Of scenes the truth is known: an edit is "changed" where it is false of its picture, as far
as the grammar of scenes can read it.
"""
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from vsrlab.data.words import tokenise
from vsrlab.desk.wordlists import LISTS, noun_places, spelled, stem
from vsrlab.errors import Problem, unknown

KINDS = ("colour", "size", "number", "texture", "relation", "object", "negation", "order", "shuffle", "synonym")
OPPOSITE = {"left": "right", "above": "below", "over": "under", "behind": "in front of", "inside": "outside", "in front": "behind",
            "beneath": "above", "underneath": "above"}
OPPOSITE |= {right: left for left, right in (("left", "right"), ("above", "below"), ("over", "under"), ("inside", "outside"))}
OPPOSITE["in front of"] = "behind"
OPPOSITE |= {way.format(a): way.format(b) for a, b in (("left", "right"), ("right", "left"))
             for way in ("to the {} of", "on the {} of", "{} of")}
EITHER = {"beside", "next to", "between", "around"}              # relations that hold both ways, by their meaning
COUNTS = ("two", "three", "four", "five", "six")
BE = {"is", "are", "was", "were"}
SIZES = {"small": "large", "large": "small", "tall": "short", "short": "tall"}


class Edit(NamedTuple):
    """One caption, changed."""
    row: int                   # of the caption
    kind: str
    text: str                  # the caption
    edited: str
    changed: str               # 'red -> blue'
    order_only: bool           # has it the very same words, in another order?  Then a bag of words cannot tell the two apart
    truth: str                 # "changed", "same" or "unknown": what it says, beside the caption


@dataclass(frozen=True)
class Edits:
    """What was made of captions, and why some were not."""
    made: list                 # of Edit
    refused: dict = field(default_factory=dict)          # kind -> {reason: how many captions}

    def __len__(self) -> int:
        return len(self.made)

    def __repr__(self) -> str:
        many = {kind: sum(one.kind == kind for one in self.made) for kind in dict.fromkeys(one.kind for one in self.made)}
        said = f"{len(self):,} edits: " + ", ".join(f"{kind} {n:,}" for kind, n in many.items())
        left = [f"{n:,} captions without {kind}: {why}" for kind, reasons in self.refused.items() for why, n in reasons.items()]
        return "\n".join([said, *left])

    def table(self):
        """A pandas DataFrame: row, kind, text, edited, changed, order_only, truth."""
        import pandas
        return pandas.DataFrame(self.made, columns=Edit._fields)


def edit(captions, kinds=KINDS, seed: int = 0) -> Edits:
    """Change one thing in each caption, once for each kind.

    captions  T strings; or anything with texts and image_of_text, as a Corpus or a Scored: then the photo's own captions are
              known, and of scenes the truth
    Raises Problem where no caption can be changed; `refused` says why some were not.
    """
    kinds = (kinds,) if isinstance(kinds, str) else tuple(kinds)
    for kind in kinds:
        if kind not in KINDS:
            raise unknown("kind of edit", kind, KINDS)
    texts = getattr(captions, "texts", captions)
    texts = list(texts) if hasattr(texts, "__iter__") and not isinstance(texts, str) else [texts]
    odd = next((n for n, text in enumerate(texts) if not isinstance(text, str)), None)
    if odd is not None or not texts or not kinds:
        raise Problem("there is nothing to edit: give captions, and kinds such as \"colour\"." if odd is None else
                      f"caption {odd} is {texts[odd]!r}; give sentences.")
    owner, whole, made, refused = getattr(captions, "image_of_text", None), _Captions(texts), [], {}
    for row, text in enumerate(texts):
        own = [texts[row]] if owner is None else [texts[n] for n in np.flatnonzero(np.asarray(owner) == owner[row])]
        for kind in kinds:
            found = _MAKERS[kind](_Words(text), np.random.default_rng((seed, row, KINDS.index(kind))), whole, own)
            if isinstance(found, str):
                refused.setdefault(kind, {}).setdefault(found, 0)
                refused[kind][found] += 1
            else:
                made.append(_judged(Edit(row, kind, text, *found), captions, owner))
    if not made:
        why = "; ".join(f"{kind}: {next(iter(reasons))}" for kind, reasons in refused.items())
        raise Problem(f"none of the {len(texts)} captions can be edited ({why}); name other kinds: {', '.join(KINDS)}.")
    return Edits(made, refused)


def _judged(one: Edit, captions, owner) -> Edit:
    """Of scenes: is the edit false of its picture?"""
    truth = getattr(captions, "truth", None)
    claims = getattr(truth, "false_claims", None)
    if claims is None or one.kind == "shuffle":
        return one
    try:
        return one._replace(truth="changed" if claims(one.edited, int(owner[one.row])) else "same")
    except Problem:                                                # a sentence that the grammar of scenes does not have
        return one


class _Words:
    """A text by words: `words` lower case, and their places in it."""

    def __init__(self, text):
        self.text, found = text, tokenise(text)
        self.words, self.spans = tuple(word for word, _, _ in found), [(start, end) for _, start, end in found]
        self.things = list(noun_places(self.words))

    def part(self, first, stop) -> str:
        return self.text[self.spans[first][0]:self.spans[stop - 1][1]]

    def put(self, first, stop, new: str) -> str:
        """The text with some words replaced; capitals and a/an as they should be."""
        start, end = self.spans[first][0], self.spans[stop - 1][1]
        before = self.text[:start]
        if first and self.words[first - 1] in ("a", "an") and new[:1].isalpha():
            at, to = self.spans[first - 1]
            right = "an" if new[0].lower() in "aeiou" else "a"
            before = self.text[:at] + (right.capitalize() if self.text[at].isupper() else right) + self.text[to:start]
        return before + (new[:1].upper() + new[1:] if self.text[start].isupper() else new) + self.text[end:]


class _Captions:
    """The things that all captions name, as they are written."""

    def __init__(self, texts):
        found = (words[place] for words in (tuple(w for w, _, _ in tokenise(text)) for text in texts)
                 for _, place in noun_places(words))
        self.things = list(dict.fromkeys(found))


def _swapped(name, instead):
    """A maker that replaces the first word of a list; `instead(word, dice, said)` gives the new one, "" for none."""
    def make(w, dice, whole, own):
        said = {LISTS[name][" ".join(w.words[a:b])] for a, b, names in spelled(w.words) if name in names}
        for a, b, names in spelled(w.words):
            word = " ".join(w.words[a:b])
            new = instead(word, dice, said) if name in names else ""
            if new:
                return w.put(a, b, new), f"{word} -> {new}", False, "changed"
        return f"it has no {name} that can be exchanged"
    return make


def _another(name):
    meanings = list(dict.fromkeys(LISTS[name].values()))
    return lambda word, dice, said: str(dice.choice([m for m in meanings if m not in said]))


def _number(word, dice, said):
    return str(dice.choice([n for n in COUNTS if n not in said])) if word in COUNTS else ""


def _object(w, dice, whole, own):
    known = {word for text in own for word, _, _ in tokenise(text)}
    for _, place in w.things:
        word = w.words[place]
        others = [t for t in whole.things if (stem(t) == t) == (stem(word) == word) and t not in known]
        if others:
            new = str(dice.choice(others))
            return w.put(place, place + 1, new), f"{word} -> {new}", False, "changed" if len(own) > 1 else "unknown"
    return "the captions name no other thing" if w.things else "it names no thing behind an article or a number"


def _negation(w, dice, whole, own):
    if "no" in w.words or "without" in w.words:
        return "it denies something already"
    for first, place in w.things:
        if w.words[first] in ("a", "an", "the"):
            return w.put(first, first + 1, "no"), f"{w.words[first]} {w.words[place]} -> no {w.words[place]}", False, "changed"
    return "it names no thing behind an article"


def _order(w, dice, whole, own):
    """The things before and behind a relation change places, with their articles and adjectives."""
    for a, b, names in spelled(w.words):
        before, after = [t for t in w.things if t[1] < a], [t for t in w.things if t[0] >= b]
        if "relation" not in names or not before or not after or set(w.words[before[-1][1] + 1:a]) - BE:
            continue
        (f, g), (h, i) = before[-1], after[0]
        one, other = w.part(f, g + 1), w.part(h, i + 1)
        if one.lower() == other.lower() or h - b > 1:
            continue
        relation = LISTS["relation"][" ".join(w.words[a:b])]
        large = one[:1].isupper()
        first, second = (other[:1].upper() + other[1:], one[:1].lower() + one[1:]) if large else (other, one)
        start, stop, then, end = w.spans[f][0], w.spans[g][1], w.spans[h][0], w.spans[i][1]
        edited = w.text[:start] + first + w.text[stop:then] + second + w.text[end:]
        return edited, f"{one} <-> {other}", True, "same" if relation in EITHER else "changed"
    return "no relation stands between two things"


def _shuffle(w, dice, whole, own):
    if len(set(w.words)) < 2:
        return "it has one word"
    rows = np.arange(len(w.words))
    while [w.words[n] for n in rows] == list(w.words):
        rows = dice.permutation(rows)
    return " ".join(w.words[n] for n in rows), "all words", True, "unknown"


def _synonym(w, dice, whole, own):
    for a, b, names in spelled(w.words):
        word, name = " ".join(w.words[a:b]), names[0]
        if name in ("colour", "size", "texture") or name == "number" and word in COUNTS:
            alike = [other for other, means in LISTS[name].items() if means == LISTS[name][word] and other != word
                     and " " not in other and (name != "number" or other.isdigit())]
            if alike:
                return w.put(a, b, alike[0]), f"{word} -> {alike[0]}", False, "same"
    return "no word has another spelling here"


_MAKERS = {"colour": _swapped("colour", _another("colour")), "texture": _swapped("texture", _another("texture")),
           "size": _swapped("size", lambda word, dice, said: SIZES.get(LISTS["size"][word], "")),
           "number": _swapped("number", _number),
           "relation": _swapped("relation", lambda word, dice, said: OPPOSITE.get(word, "")),
           "object": _object, "negation": _negation, "order": _order, "shuffle": _shuffle, "synonym": _synonym}
