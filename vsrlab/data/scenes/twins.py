"""Hard twins: a scene that differs from another in exactly one thing, and what a caption must say to tell them apart."""
from typing import NamedTuple

from vsrlab.data.scenes.dice import Dice
from vsrlab.data.scenes.geometry import Fact, facts, visible
from vsrlab.data.scenes.making import SEEN, beyond, turn
from vsrlab.data.scenes.world import COLOURS, GROUNDS, KINDS, MOST_INSTANCES, Scene

# Kinds of twins and how much they are wanted; not every scene can have every kind.
TWINS = {"colour": 4, "count": 5, "relation": 8, "order": 6, "missing": 4, "duplicate": 1}
# Colours that a person may call by each other's name are no twins.
_ALIKE = ({"red", "orange"}, {"orange", "yellow"}, {"purple", "pink"}, {"brown", "orange"}, {"grey", "white"}, {"grey", "black"},
          {"brown", "black"}, {"red", "pink"}, {"purple", "blue"})


class Edit(NamedTuple):
    """The other scene, what kind of twin it is, the difference in words, and what each scene's caption has to mention.

    A focus is ("thing", index), ("fact", Fact), ("absent", kind) or ("", None).
    """
    scene: Scene
    kind: str
    what: str
    focus_a: tuple
    focus_b: tuple


def twin_of(dice: Dice, scene: Scene) -> Edit:
    """A twin of the scene; kinds that this scene cannot have are passed over."""
    for kind in sorted(TWINS, key=lambda kind: dice() ** (1 / TWINS[kind]), reverse=True):
        made = _EDITS[kind](dice, scene)
        if made and (kind == "duplicate" or visible(made[0]) > min(SEEN, visible(scene) - 0.1)):
            return Edit(made[0], kind, *made[1:])
    raise AssertionError("every scene can have a duplicate")


def _with(scene: Scene, changes: dict) -> Scene:
    return scene._replace(things=tuple(t._replace(**changes.get(k, {})) for k, t in enumerate(scene.things)))


def _colour(dice, scene):
    k = dice.pick(range(len(scene.things)))
    thing = scene.things[k]
    taken = {t.colour for t in scene.things if t.kind == thing.kind}
    new = dice.pick([c for c in COLOURS if c not in taken and not any({c, thing.colour} == pair for pair in _ALIKE)])
    return (_with(scene, {k: {"colour": new}}), f"{thing.kind}: {thing.colour} in the first, {new} in the second",
            ("thing", k), ("thing", k))


def _count(dice, scene):
    among = [k for k in sorted(_loose(scene)) if scene.things[k].is_a("many") and _only(scene, k)]
    if not among:
        return None
    k = dice.pick(among)
    thing, total = scene.things[k], sum(t.count for t in scene.things)
    new = thing.count + (1 if thing.count == 1 or (thing.count < 4 and dice.chance(0.5)) else -1)
    if total - thing.count + new > MOST_INSTANCES:
        return None
    return (_with(scene, {k: {"count": new}}), f"{thing.kind}: {thing.count} in the first, {new} in the second",
            ("thing", k), ("thing", k))


def _relation(dice, scene):
    """The pair of a relation is placed in another one: beside the base, in front, looked at and not chased, behind and not left."""
    moves = {"chase": _turned, "watch": _turned, "behind": _in_front, "on": _beside, "ride": _beside, "left": _behind}
    known = [f for f in facts(scene) if f.relation in moves]
    placed = [f for f in known if f.relation != "left"]
    for before in dice.shuffled(placed) or dice.shuffled(f for f in known if {f.a, f.b} <= _loose(scene))[:4]:
        new = moves[before.relation](scene, before.a, before.b)
        after = new and next((f for f in facts(new) if {f.a, f.b} == {before.a, before.b}), None)
        if after and after.relation != before.relation or (after and after[1:] != before[1:] and after.relation == "behind"):
            return new, f"{_say(scene, before)} in the first, {_say(scene, after)} in the second", ("fact", before), ("fact", after)
    return None


def _say(scene, fact):
    return f"{fact.relation}({scene.things[fact.a].kind}, {scene.things[fact.b].kind})"


def _loose(scene):
    """Things in no relation that placed them."""
    return {k for k, t in enumerate(scene.things) if not t.link and not any(o.to == k for o in scene.things)}


def _only(scene, k):
    """No other thing of the same kind is there."""
    return sum(t.kind == scene.things[k].kind for t in scene.things) == 1


def _turned(scene, a, b):
    """Who was chased looks back and is watched; who was watched runs away."""
    things = list(scene.things)
    if not things[b].is_a("animal"):
        return None                                      # nobody chases a sofa
    things[a] = things[a]._replace(link="watch" if things[a].link == "chase" else "chase")
    turn(things, a)
    return scene._replace(things=tuple(things))


def _in_front(scene, a, b):
    """Who stood behind comes forward, and the other goes behind, unless it would be hidden."""
    s, o = scene.things[a], scene.things[b]
    if KINDS[o.kind].height < 0.8 * KINDS[s.kind].height:
        return None
    back = beyond(o, GROUNDS[scene.ground].horizon, s.x - o.x)
    return _with(scene, {a: {"link": "", "to": -1, "x": o.x, "foot": o.foot}, b: {"link": "behind", "to": a, **back}})


def _beside(scene, a, b):
    """What stood on the base stands on the ground beside it."""
    base = scene.things[b]
    side = 0.22 if base.x < 0.5 else -0.22
    return _with(scene, {a: {"link": "", "to": -1, "x": base.x + side, "foot": min(base.foot + 0.01, 0.97)}})


def _behind(scene, a, b):
    """The taller of two neighbours goes behind the other."""
    s, o = sorted((a, b), key=lambda k: -KINDS[scene.things[k].kind].height)
    if any(scene.things[k].count > 1 or scene.things[k].is_a("flies") for k in (a, b)):
        return None
    return _with(scene, {s: {"link": "behind", "to": o, **beyond(scene.things[o], GROUNDS[scene.ground].horizon)}})


def _order(dice, scene):
    """Two things change places: who is left, or who chases whom."""
    def swapped(a, b):
        s, o = scene.things[a], scene.things[b]
        roles = {}
        if s.link == "chase":
            roles = {a: {"link": "", "to": -1}, b: {"link": "chase", "to": a}}
        return _with(scene, {a: {"x": o.x, "foot": o.foot, "flip": s.flip, **roles.get(a, {})},
                             b: {"x": s.x, "foot": s.foot, "flip": o.flip, **roles.get(b, {})}})
    loose = _loose(scene)
    among = [f for f in facts(scene) if scene.things[f.a].kind != scene.things[f.b].kind
             and (f.relation == "chase" or (f.relation == "left" and {f.a, f.b} <= loose))]
    for fact in dice.shuffled(among):
        new, turned = swapped(fact.a, fact.b), Fact(fact.relation, fact.b, fact.a)
        if turned in facts(new):
            return new, f"{_say(scene, fact)} in the first, {_say(scene, turned)} in the second", ("fact", fact), ("fact", turned)
    return None


def _missing(dice, scene):
    among = [k for k in sorted(_loose(scene)) if _only(scene, k)]
    if not among or len(scene.things) < 3:
        return None
    k = dice.pick(among)
    rest = [t._replace(to=t.to - (t.to > k)) for i, t in enumerate(scene.things) if i != k]
    kind = scene.things[k].kind
    return scene._replace(things=tuple(rest)), f"{kind}: in the first, missing in the second", ("thing", k), ("absent", kind)


def _duplicate(dice, scene):
    return scene, "the same picture twice", ("", None), ("", None)


_EDITS = {"colour": _colour, "count": _count, "relation": _relation, "order": _order, "missing": _missing, "duplicate": _duplicate}
