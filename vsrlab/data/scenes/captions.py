"""Captions: a grammar with synonyms that mentions part of a scene and remembers which thing each word names."""
from typing import NamedTuple

from vsrlab.data.scenes.dice import Dice
from vsrlab.data.scenes.geometry import Fact, facts
from vsrlab.data.scenes.world import GROUNDS, KINDS, STUFF_WORDS, Scene

# A, B: the things of a relation; `is|are` agrees with the first one; * marks the word that carries the relation.
# The second row says the same from the other side.
SAYINGS = {
    "on": (("A on* B", "A sits|sit on* B", "A stands|stand on* B", "A is|are on* top of B"),
           ("B with A on* it", "B with A on* top", "B holds|hold A on* top")),
    "ride": (("A rides|ride* B", "A is|are riding* B", "A riding* B"), ("B carries|carry* A", "B with A riding* it")),
    "behind": (("A behind* B", "A stands|stand behind* B", "A is|are behind* B", "A is|are seen behind* B"),
               ("B in front* of A", "B is|are in front* of A", "B stands|stand in front* of A")),
    "chase": (("A chases|chase* B", "A is|are chasing* B", "A runs|run after* B", "A chasing* B"),
              ("B is|are chased* by A", "B runs|run away from* A", "B chased* by A")),
    "watch": (("A watches|watch* B", "A looks|look at* B", "A is|are watching* B", "A looking at* B"),
              ("B is|are watched* by A", "B watched* by A")),
    "above": (("A above* B", "A over* B", "A flies|fly over* B", "A is|are high above* B"),
              ("B below* A", "B under* A", "B is|are beneath* A")),
    "left": (("A to the left* of B", "A left* of B", "A is|are on the left* of B"),
             ("B to the right* of A", "B right* of A", "B is|are on the right* of A")),
    "near": (("A next* to B", "A beside* B", "A near* B", "A stands|stand close* to B"),
             ("B next* to A", "B beside* A", "B by* A")),
}
_WEIGHT = {"near": 0.5, "left": 0.8, "above": 1.2}       # relations that things were placed in are told more often: 2
NUMBER_WORDS = {1: ("a",), 2: ("two", "two", "a pair of", "a couple of"), 3: ("three",), 4: ("four",)}
SIZE_WORDS = {"small": ("small", "little", "tiny"), "large": ("large", "big", "huge")}
TEXTURE_WORDS = {"striped": ("striped",), "spotted": ("spotted", "dotted"), "checked": ("checked", "checkered"),
                 "shiny": ("shiny", "glossy")}
COLOUR_WORDS = {"grey": ("grey", "gray"), "purple": ("purple", "violet"), "red": ("red", "red", "crimson"),
                "brown": ("brown", "brown", "tan")}
WORN = ("in", "wearing", "with")      # the last one only before a word for clothes
CLOTHES = {"man": ("shirt", "sweater"), "woman": ("dress", "dress"), "child": ("shirt", "sweater")}
OPENINGS = ("", "there is|are", "a photo of", "we see")
# Before a thing that is told after a relation.  Here `near` only says that both are in the picture, and claims no nearness.
JOINED = ("and", "with", "near")
_PLURALS = {"sheep": "sheep", "man": "men", "woman": "women", "child": "children", "butterfly": "butterflies", "lady": "ladies",
            "kitty": "kitties", "bunny": "bunnies", "pony": "ponies", "lorry": "lorries"}


class Word(NamedTuple):
    text: str
    thing: int = -1                  # the thing it names, -1 for none
    stuff: str = ""                  # or the stuff: "grass"
    fact: Fact | None = None         # or the relation it carries
    part: str = ""                   # or the part of `thing`: "shirt"


def write(dice: Dice, scene: Scene, number: int, attributes: float, relations: float, focus: tuple = ("", None)) -> list:
    """`number` captions of a scene, each a list of Words; one of them mentions `focus` (see scene_twins.Edit).

    `attributes`: share of the visible attributes that are mentioned; `relations`: share of captions that tell a relation.
    """
    known, chosen = facts(scene), int(dice() * number)
    captions = []
    for k in range(number):
        writer = _Writer(dice, scene, attributes)
        if k == chosen and focus[0]:
            words = writer.focus(*focus)
        elif known and dice.chance(relations):
            words = writer.relation(_choose(dice, known))
        else:
            words = writer.list()
        captions.append(words)
    return captions


def spell(words: list) -> tuple:
    """Words -> (text, [(start, end, Word), ...]): the sentence with articles agreed, a capital and a full stop."""
    text, spans = "", []
    for k, word in enumerate(words):
        shown = word.text
        if shown == "a" and words[k + 1].text[0] in "aeiou":
            shown = "an"
        if text and shown != ",":
            text += " "
        spans.append((len(text), len(text) + len(shown), word))
        text += shown
    return text[0].upper() + text[1:] + ".", spans


def _choose(dice, known) -> Fact:
    return dice.weighted(known, [_WEIGHT.get(f.relation, 2.0) for f in known])


def plural(noun: str) -> str:
    """dog -> dogs, man -> men"""
    return _PLURALS.get(noun) or noun + ("es" if noun.endswith(("s", "x", "ch")) else "s")


class _Writer:
    """Writes one caption: keeps count of what was mentioned."""

    def __init__(self, dice: Dice, scene: Scene, attributes: float):
        self.dice, self.scene, self.attributes, self.said = dice, scene, attributes, []

    def phrase(self, k: int, full: bool = False) -> list:
        """A noun phrase for thing k; `full` mentions its colour; a rival of the same kind makes that likely too."""
        dice, thing = self.dice, self.scene.things[k]
        self.said.append(k)
        rival = any(i != k and t.kind == thing.kind for i, t in enumerate(self.scene.things))
        noun = KINDS[thing.kind].names[0] if dice.chance(0.7) else dice.pick(KINDS[thing.kind].names)
        number = "the" if thing.count == 1 and dice.chance(0.12) else dice.pick(NUMBER_WORDS[thing.count])
        told = lambda p: dice.chance(p * self.attributes * 2)
        size = dice.pick(SIZE_WORDS[thing.size]) if thing.size in SIZE_WORDS and told(0.4) else ""
        texture = dice.pick(TEXTURE_WORDS[thing.texture]) if thing.texture in TEXTURE_WORDS and told(0.45) else ""
        colour = dice.pick(COLOUR_WORDS.get(thing.colour, (thing.colour,))) if full or told(0.8 if rival else 0.5) else ""
        name = lambda text: [Word(w, -1 if w in ("a", "the", "of") else k) for w in text.split()]
        if thing.is_a("person"):                         # the clothes have the colour
            clothes = [*name(texture), *name(colour)]
            words = [*name(number), *name(size), *name(plural(noun) if thing.count > 1 else noun)]
            if not clothes:
                return words
            if not texture and dice.chance(0.35):
                return [*words, Word(dice.pick(WORN[:2])), *clothes]
            shirt = dice.pick(CLOTHES[thing.kind])
            shirt = Word(plural(shirt) if thing.count > 1 else shirt, k, part="dress" if thing.kind == "woman" else "shirt")
            article = [] if thing.count > 1 else [Word("a")]
            return [*words, Word(dice.pick(WORN)), *article, *clothes, shirt]
        return [*name(number), *name(size), *name(texture), *name(colour), *name(plural(noun) if thing.count > 1 else noun)]

    def saying(self, fact: Fact, full: bool = False) -> list:
        """A relation told from one side or the other."""
        side = 0 if self.dice.chance(0.68) else 1
        pattern = self.dice.pick(SAYINGS[fact.relation][side])
        first = fact.a if side == 0 else fact.b
        words = []
        for token in pattern.split():
            bare = token.rstrip("*")
            if bare in ("A", "B"):
                words += self.phrase(fact.a if bare == "A" else fact.b, full)
                continue
            one, _, many = bare.partition("|")
            text = many if many and self.scene.things[first].count > 1 else one
            words.append(Word(text, fact=fact if token.endswith("*") else None))
        return words

    def setting(self, p: float) -> list:
        """Where it all is, with probability p; words for the ground name the stuff that fills the picture."""
        if not self.dice.chance(p):
            return []
        ground = GROUNDS[self.scene.ground]
        here = {name for name, _, _ in ground.stuff}
        stuff = lambda w: STUFF_WORDS[w] if STUFF_WORDS.get(w) in here else ""
        return [Word(w, stuff=stuff(w)) for w in self.dice.pick(ground.phrases).split()]

    def relation(self, fact: Fact, full: bool = False) -> list:
        words = self.saying(fact, full)
        rest = [k for k in range(len(self.scene.things)) if k not in self.said]
        if rest and self.dice.chance(0.3):
            words += [Word(self.dice.pick(JOINED)) if not words[-1].text == "it" else Word("and"),
                      *self.phrase(self.dice.pick(rest))]
        return words + self.setting(0.45)

    def list(self, first: int = -1) -> list:
        """One to three things, the larger ones more often, and where they are."""
        dice, things = self.dice, self.scene.things
        order = dice.shuffled(range(len(things)))
        order.sort(key=lambda k: -KINDS[things[k].kind].height * dice.between(0.3, 1))
        if first >= 0:
            order = [first, *(k for k in order if k != first)]
        order = order[:dice.weighted((1, 2, 3), (0.3, 0.45, 0.25))]
        if first < 0:
            order = dice.shuffled(order)
        phrases = [self.phrase(k, full=k == first) for k in order]
        words = list(phrases[0])
        for k, phrase in enumerate(phrases[1:], 2):
            words += [Word("and") if k == len(phrases) else Word(","), *phrase]
        opening = dice.weighted(OPENINGS, (0.6, 0.22, 0.1, 0.08)).split()
        if opening and opening[-1] == "is|are":
            opening[-1] = "are" if things[order[0]].count > 1 else "is"
        return [*map(Word, opening), *words, *self.setting(0.85 if len(order) == 1 else 0.5)]

    def focus(self, kind: str, what) -> list:
        """The caption that tells a twin from the other."""
        if kind == "fact":
            return self.relation(what, full=self.dice.chance(0.5))
        if kind == "thing":
            return self.list(what)
        noun = self.dice.pick(KINDS[what].names)         # absent
        return [*self.list(), Word("but"), Word("no"), Word(noun)]
