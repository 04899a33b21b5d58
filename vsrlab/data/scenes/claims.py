"""Claims: what in a sentence is false of a scene.

A claim is what the words say:
  object    the thing is there.  Of a thing that is not there nothing else is claimed
  colour, texture, size    as the scene was made; of a person, colour and texture of the clothes
  number    `a` and `the` are at least one; `two` is exactly two
  relation  it holds in `geometry.facts`, which also chose what captions tell; of several things, for all of them
  order     so is called a relation that does not hold, when the same one holds the other way round
  ground    where it all is; what only names the ground ("on the grass") is true wherever such ground lies
  negation  "but no dog": no such thing is there
Things of the sentence are matched to things of the scene of the same kind, each thing once, so that fewest things are missing
and then fewest claims fail; of equals the one that fails fewest colours, then textures, sizes and numbers: a thing is known
by its looks before its place.  "Two dogs" may be one thing of two dogs, or two things of a dog each.
"""
from functools import lru_cache
from itertools import combinations, product

from vsrlab.data.scenes.geometry import SYMMETRIC, Fact, facts
from vsrlab.data.scenes.reading import Claims, Phrase, read
from vsrlab.data.scenes.world import GROUNDS, Scene

CLAIMS = ("object", "colour", "texture", "size", "number", "relation", "order", "ground", "negation")


def false_claims(text: str, scene: Scene) -> list:
    """The kinds of the claims of a sentence that are false of a scene, each once, in the order of CLAIMS; [] when it is true."""
    claims = read(text)
    failed = fewest(claims, scene)
    if claims.setting and not _lies(claims.setting, scene.ground):
        failed += ("ground",)
    if claims.absent and any(thing.kind == claims.absent for thing in scene.things):
        failed += ("negation",)
    return [kind for kind in CLAIMS if kind in failed]


def fewest(claims: Claims, scene: Scene) -> tuple:
    """The claims about things that fail in the best matching, by kind: ("colour", "number")."""
    groups = [_groups(phrase, scene) for phrase in claims.phrases]
    best = None

    def extend(chosen, failed):
        """Match the next phrase in every way, unless what failed so far is no better than the best matching."""
        nonlocal best
        if best is not None and _cost(failed) >= _cost(best):
            return
        if len(chosen) == len(groups):
            failed += tuple(filter(None, (_related(fact, chosen, scene) for fact in claims.relations)))
            if best is None or _cost(failed) < _cost(best):
                best = failed
            return
        phrase, taken = claims.phrases[len(chosen)], {k for group in chosen for k in group}
        for group in groups[len(chosen)]:
            if taken.isdisjoint(group):
                extend((*chosen, group), failed + _misdescribed(phrase, [scene.things[k] for k in group]))
        extend((*chosen, ()), (*failed, "object"))
    extend((), ())
    return best


def _cost(failed: tuple) -> tuple:
    """Grows with every claim that fails: missing things, then claims, then the kinds in their order."""
    return (failed.count("object"), len(failed), *map(failed.count, CLAIMS))


def _groups(phrase: Phrase, scene: Scene) -> list:
    """What a phrase may mean, as rows of things: one of its kind, or for a number also several of them."""
    rows = [k for k, thing in enumerate(scene.things) if thing.kind == phrase.kind]
    most = min(len(rows), phrase.number)
    return [group for size in range(1, most + 1) for group in combinations(rows, size)]


def _misdescribed(phrase: Phrase, things: list) -> tuple:
    """The claims of a phrase that some of these things do not meet."""
    failed = tuple(name for name in ("colour", "texture", "size")
                   if getattr(phrase, name) and any(getattr(thing, name) != getattr(phrase, name) for thing in things))
    return failed if phrase.number in (1, sum(thing.count for thing in things)) else (*failed, "number")


def _related(fact: Fact, chosen: tuple, scene: Scene) -> str:
    """"" when a relation holds between all things of two phrases or one of them is missing; else "order" or "relation"."""
    known, pairs = _facts(scene), list(product(chosen[fact.a], chosen[fact.b]))
    if all(Fact(fact.relation, a, b) in known for a, b in pairs):
        return ""
    return "order" if all(Fact(fact.relation, b, a) in known for a, b in pairs) else "relation"


@lru_cache(maxsize=1024)
def _facts(scene: Scene) -> frozenset:
    """All relations of a scene; one that has no direction in both."""
    known = facts(scene)
    return frozenset([*known, *(Fact(f.relation, f.b, f.a) for f in known if f.relation in SYMMETRIC)])


def _lies(setting: str, ground: str) -> bool:
    """Is a phrase for the ground true of this one?"""
    *_, article, noun = setting.split()
    return setting in GROUNDS[ground].phrases or (
        article in ("a", "the") and noun in {name for name, _, _ in GROUNDS[ground].stuff})
