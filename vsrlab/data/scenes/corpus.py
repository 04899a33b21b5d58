"""Scenes, the source that needs no files: a generated world with pictures, region proposals, captions, and the truth about them."""
import numbers
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from vsrlab.data.corpus import Corpus
from vsrlab.data.scenes.captions import spell, write
from vsrlab.data.scenes.claims import false_claims
from vsrlab.data.scenes.dice import Dice
from vsrlab.data.scenes.features import CODE, LABELS, describe
from vsrlab.data.scenes.making import make
from vsrlab.data.scenes.regions import MOST_INSTANCES, objects, propose, slots
from vsrlab.data.scenes.shapes import PART_NAMES
from vsrlab.data.scenes.twins import twin_of
from vsrlab.data.scenes.world import STUFF
from vsrlab.data.words import tokenise
from vsrlab.errors import Problem
from vsrlab.inputs import short

PICTURE = (480, 360)                 # width and height of the pictures, pixels
HELD = 48                            # pictures that are kept: 25 MB
_PAIRS, _CAPTIONS, _NOISE = range(3)                     # keys of the random streams
_BLOCK = 64                          # images whose regions are computed at once; results do not depend on it


class Twin(NamedTuple):
    """Two images that differ in exactly one thing."""
    image_a: int
    image_b: int
    kind: str                        # colour, count, relation, order, missing or duplicate
    what: str                        # "dog: black in the first, white in the second"


@dataclass(frozen=True)
class Truth:
    """What is known of generated scenes.  Lists are indexed like the texts, `scenes` like the images.

    words[t] holds a list for each token of text t, as `tokenise` cuts it: the rows of the regions that the word names.
    Nouns, colours, sizes, textures and numbers name the regions that frame their thing: proposals for one of its objects or
    for the group of them with an IoU of at least 0.5, and proposals for a part of it that makes at least 0.2 of its box.
    A word for clothes names the region of that part; a word for the ground names its patches; all other words name none.
    relations[t] holds (word position, subject regions, object regions) for each relation told; the subject is
    the one that is on, rides, is behind, chases, watches, is above, left of or near the object, however the sentence turns it.
    false_claims(text, image) says what is false when a text is held against an image, its own or any other: whether a wrong
    answer is wrong, and why.
    """
    words: list
    relations: list
    twins: list                      # Twin, rows of images
    scenes: list                     # Scene, with the true things and their places
    texts: list                      # the corpus's own list

    def false_claims(self, text, image: int) -> list:
        """The kinds of claims of a text that are false of an image; [] when the text is true of it, labelled so or not.

        text   a row of the texts, or a sentence in the words and order of captions: "Two dogs behind a red car."
        image  a row of the images
        Kinds are object, colour, texture, size, number, relation, order, ground and negation (see scenes/claims.py): each
        at most once, in this order.  A sentence that no caption could be is a Problem.
        """
        if not isinstance(text, str):
            text = self.texts[_row("text", text, self.texts)]
        return false_claims(text, self.scenes[_row("image", image, self.scenes)])

    def select(self, rows, texts) -> "Truth":
        """The truth of some images and texts, as Corpus.images orders them; a twin whose other image is gone is dropped."""
        place = {int(row): k for k, row in enumerate(rows)}
        twins = [t._replace(image_a=place[t.image_a], image_b=place[t.image_b])
                 for t in self.twins if t.image_a in place and t.image_b in place]
        return Truth([self.words[t] for t in texts], [self.relations[t] for t in texts], twins, [self.scenes[r] for r in rows],
                     [self.texts[t] for t in texts])


def _row(what: str, row, among: list) -> int:
    if not isinstance(row, numbers.Integral) or not 0 <= row < len(among):
        also = ", or write a sentence in quotes" if what == "text" else ""
        raise Problem(f"there is no {what} {row!r} among these scenes; give a row, 0 to {len(among) - 1}{also}.")
    return int(row)


def scenes(images: int = 400, seed: int = 1, *, captions: int = 5, regions: int = 36, clutter: float = 0.25,
           attributes: float = 0.5, relations: float = 0.5, noise: float = 1.0, twins: float = 0.25, split: str = "") -> Corpus:
    """A corpus of generated scenes: features (I, R, 192) float16, `captions` texts an image, pictures of 480 x 360 on demand.

    clutter     share of the regions that frame background
    attributes  load of attributes: share of the visible ones that captions mention, and how often two things of a kind
                can be told apart by them only
    relations   load of relations: share of the captions that tell one, and how often things are placed in one
    noise       of the detector, 0 for a perfect one
    twins       share of the images that are a hard twin of their neighbour: pairs are the rows 2k and 2k + 1, so that a split
                at an even row keeps them together

    The same seed gives the same scenes on every machine, and the first images do not depend on how many are asked for.
    Pictures, boxes and texts are exact; features and confidences are, up to the last bit of floating-point arithmetic.
    """
    _check(images, captions, regions, clutter=clutter, attributes=attributes, relations=relations, twins=twins)
    if not noise >= 0:
        raise Problem(f"noise={noise}: the detector's noise is 0 or more; the default is 1.0.")
    if seed < 0:
        raise Problem(f"seed={seed}: a seed is 0 or more.")
    made, focus, pairs = _world(images, seed, attributes, relations, twins)
    first = {t.image_b: t.image_a for t in pairs}        # twins are seen by the same noise
    seen = [_see(made[i:i + _BLOCK], [first.get(k, k) for k in range(i, min(i + _BLOCK, images))], seed, regions, clutter, noise)
            for i in range(0, images, _BLOCK)]
    box, features, label, confidence, names, part, stuff = map(np.concatenate, zip(*seen))
    texts, words, told = [], [], []
    for image, scene in enumerate(made):
        where = _Where(names[image], part[image], stuff[image])
        for written in write(Dice(seed, _CAPTIONS, image), scene, captions, attributes, relations, focus.get(image, ("", None))):
            text, spans = spell(written)
            texts.append(text)
            words.append(where.words(text, spans))
            told.append(where.relations(text, spans))
    return Corpus(f"scenes-{seed}", features, texts, np.repeat(np.arange(images), captions), boxes=box,
                  ids=[f"scene-{seed}-{i:05d}" for i in range(images)], sizes=np.tile(PICTURE, (images, 1)),
                  labels=np.array(LABELS)[label], confidence=confidence, photo=_Photos(made),
                  truth=Truth(words, told, pairs, made, texts), split=split,
                  note=f"generated scenes, seed {seed}: nothing here was photographed")


def _check(images, captions, regions, **shares):
    if not all(isinstance(count, numbers.Integral) and count >= 1 for count in (images, captions, regions)):
        raise Problem(f"images={short(images)}, captions={short(captions)}, regions={short(regions)}: each has to be at least "
                      "1, and a whole number.")
    for name, share in shares.items():
        if not (isinstance(share, numbers.Real) and 0 <= share <= 1):
            raise Problem(f"{name}={share}: it is a share, between 0 and 1.")


def _world(images, seed, attributes, relations, share):
    """The scenes, what the captions of twins have to mention (by image), and the twins."""
    made, focus, pairs = [], {}, []
    for a in range(0, images, 2):
        dice = Dice(seed, _PAIRS, a)
        scene = make(dice, attributes, relations)
        edit = twin_of(dice, scene) if dice.chance(share) else None
        made += [scene, edit.scene if edit else make(dice, attributes, relations)]
        if edit:
            focus[a], focus[a + 1] = edit.focus_a, edit.focus_b
        if edit and a + 1 < images:
            pairs.append(Twin(a, a + 1, edit.kind, edit.what))
    return made[:images], focus, pairs


def _see(block, keys, seed, regions, clutter, noise):
    """The detector looks at some scenes; `keys` name the noise of each.  Sorted by confidence."""
    count = slots(regions)
    draw = [np.random.default_rng([seed, _NOISE, key]) for key in keys]
    normal = lambda *shape: np.stack([d.standard_normal(shape, dtype=np.float32) for d in draw])
    found = objects(block)
    chosen = propose(block, found, normal(count, 5).astype(float), regions, clutter)
    of_objects, of_light, of_slots = normal(MOST_INSTANCES, CODE), normal(11), normal(count, CODE)
    own = np.take_along_axis(of_slots, chosen.slot[..., None], 1)
    features, label, confidence = describe(block, found, chosen, of_objects, own, of_light, noise)
    order = np.argsort(-confidence, axis=1, kind="stable")
    pick = lambda x: np.take_along_axis(x, order[..., None] if x.ndim == 3 else order, 1)
    part = np.where(chosen.owner >= 0, chosen.part + 1 + 1000 * np.take_along_axis(found.thing, chosen.owner.clip(0), 1), 0)
    return (pick(chosen.box.astype(np.float32)), pick(features), pick(label), pick(confidence), pick(chosen.names), pick(part),
            pick(chosen.stuff))


class _Where:
    """Which regions of one image a word names."""

    def __init__(self, names, part, stuff):
        self.names, self.part, self.stuff, self.known = names, part, stuff, {}

    def regions(self, word) -> list:
        key = word.thing, word.part, word.stuff
        if key not in self.known:
            hit = (self.part == 1000 * word.thing + PART_NAMES.index(word.part) + 1 if word.part
                   else self.stuff == STUFF.index(word.stuff) if word.stuff
                   else self.names == word.thing if word.thing >= 0 else np.zeros(0))
            self.known[key] = np.flatnonzero(hit).tolist()
        return self.known[key]

    def words(self, text, spans) -> list:
        """A list of regions for each token of the text."""
        by_start = {start: word for start, _, word in spans}
        return [self.regions(by_start[start]) for _, start, _ in tokenise(text)]

    def relations(self, text, spans) -> list:
        place = {start: k for k, (_, start, _) in enumerate(tokenise(text))}
        thing = lambda k: np.flatnonzero(self.names == k).tolist()
        return [(place[start], thing(word.fact.a), thing(word.fact.b)) for start, _, word in spans if word.fact]


class _Photos:
    """Row -> picture, drawn when it is asked for; the newest are kept, because views ask for one in several sizes."""

    def __init__(self, made):
        self.made, self._drawn = made, {}

    def __call__(self, row: int):
        if row not in self._drawn:
            from vsrlab.data.scenes.picture import draw  # Pillow is loaded with the first picture
            if len(self._drawn) >= HELD:
                self._drawn.pop(next(iter(self._drawn)), None)
            self._drawn[row] = draw(self.made[row], PICTURE)
        return self._drawn[row].copy()
