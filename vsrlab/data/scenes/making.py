"""How a scene comes about: things that belong to its ground, some placed in a relation, the others beside each other."""
from vsrlab.data.scenes.dice import Dice
from vsrlab.data.scenes.geometry import visible, width_and_height
from vsrlab.data.scenes.world import COLOURS, GROUNDS, KINDS, MOST_INSTANCES, TEXTURES, Scene, Thing

SEEN = 0.4                           # share of its box that every thing should show
_TRIES = 12
_SIZE_WEIGHTS = (0.25, 0.5, 0.25)
_LINK_WEIGHTS = {"on": 6, "ride": 6, "chase": 3, "watch": 1, "behind": 1}
_TEXTURE_WEIGHTS = (0.56, 0.14, 0.12, 0.08, 0.10)


def make(dice: Dice, attributes: float = 0.5, relations: float = 0.5) -> Scene:
    """A scene.  `attributes`: how often two things of one kind differ only in their attributes (0 to 1);
    `relations`: how often things are placed in one (0 to 1)."""
    ground = dice.pick(tuple(GROUNDS))
    things = [_dress(dice, kind) for kind in _kinds(dice, ground)]
    if dice.chance(0.6 * attributes):                    # a rival: same kind, another colour
        rival = _dress(dice, things[0].kind)
        others = [c for c in COLOURS if c != things[0].colour]
        things[-1] = rival._replace(colour=dice.pick(others), count=1)
    while sum(t.count for t in things) > MOST_INSTANCES:
        most = max(range(len(things)), key=lambda k: things[k].count)
        things[most] = things[most]._replace(count=things[most].count - 1)
    if dice.chance(0.2 + 0.7 * relations):
        _link(dice, things)
        if dice.chance(relations):
            _link(dice, things)
    scene, best = Scene(ground, tuple(things), dice()), None
    for _ in range(_TRIES):                              # nothing may hide: people caption what they can see
        placed = _place(dice, scene)
        shown = visible(placed)
        if best is None or shown > best[0]:
            best = shown, placed
        if shown > SEEN:
            break
    return best[1]


def _kinds(dice, ground) -> list:
    """Three to five different kinds, frequent ones more often, at most one that flies and two tall ones."""
    among = list(GROUNDS[ground].kinds)
    number = dice.weighted((2, 3, 4, 5), (0.1, 0.35, 0.35, 0.2))
    chosen = []
    while len(chosen) < number:
        kind = dice.weighted(among, [1 / (3 + rank) for rank in range(len(among))])
        among.remove(kind)
        if "flies" in KINDS[kind].roles and any("flies" in KINDS[k].roles for k in chosen):
            continue
        if KINDS[kind].height >= 0.4 and sum(KINDS[k].height >= 0.4 for k in chosen) == 2:
            continue
        chosen.append(kind)
    return chosen


def _dress(dice, kind: str) -> Thing:
    colour = dice.pick(KINDS[kind].usual) if dice.chance(0.6) else dice.pick(tuple(COLOURS))
    texture = dice.weighted(TEXTURES, _TEXTURE_WEIGHTS)
    size = dice.weighted(("small", "medium", "large"), _SIZE_WEIGHTS)
    count = dice.weighted((1, 2, 3, 4), (0.66, 0.16, 0.11, 0.07)) if "many" in KINDS[kind].roles else 1
    return Thing(kind, colour, texture, size, count, 0.0, 0.0, dice.chance(0.5), dice())


def possible_links(things) -> list:
    """[(relation, a, b), ...] that two things which are in no relation yet could be placed in."""
    busy = {k for k, t in enumerate(things) if t.link} | {t.to for t in things if t.link}
    free = [(k, t) for k, t in enumerate(things) if k not in busy and t.count == 1]
    found = []
    for a, s in free:
        for b, o in free:
            if a == b:
                continue
            if s.is_a("small") and o.is_a("base") and KINDS[s.kind].height < KINDS[o.kind].height:
                found.append(("on", a, b))
            if s.is_a("person") and o.is_a("mount"):
                found.append(("ride", a, b))
            if s.is_a("animal") and o.is_a("animal"):
                found.append(("chase", a, b))
            if s.is_a("animal") and not o.is_a("flies"):
                found.append(("watch", a, b))
            if not (s.is_a("flies") or o.is_a("flies")) and KINDS[s.kind].height > 0.9 * KINDS[o.kind].height:
                found.append(("behind", a, b))
    return found


def _link(dice, things):
    """Place two things in a relation; kinds of relation that few pairs can have are preferred where they are possible."""
    found = possible_links(things)
    if found:
        among = sorted({r for r, _, _ in found})
        relation = dice.weighted(among, [_LINK_WEIGHTS[r] for r in among])
        _, a, b = dice.pick([f for f in found if f[0] == relation])
        things[a] = things[a]._replace(link=relation, to=b)


def _place(dice, scene: Scene) -> Scene:
    """Positions: who stands by itself gets a place in a row, at its own depth; the others follow their partner."""
    things, horizon = list(scene.things), GROUNDS[scene.ground].horizon
    row = dice.shuffled(k for k, t in enumerate(things) if t.link not in ("on", "ride", "behind") and not t.is_a("flies"))
    for k in [k for k in row if things[k].link in ("chase", "watch")]:       # partners stand side by side
        row.remove(k)
        row.insert(row.index(things[k].to) + dice.pick((0, 1)), k)
    feet = {k: dice.between(horizon + 0.12, 0.96) for k in row}
    widths = [0.05 + width_and_height(scene, things[k], feet[k])[0] * (0.2 + 0.8 * things[k].count) for k in row]
    left, stretch = 0.0, 1 / sum(widths) if widths else 1
    for k, width in zip(row, widths):
        x = left + stretch * width / 2 + dice.between(-0.02, 0.02)
        things[k] = things[k]._replace(x=min(max(x, 0.05), 0.95), foot=feet[k])
        left += stretch * width
    for k, t in enumerate(things):
        if t.link in ("chase", "watch"):
            things[k] = t._replace(foot=things[t.to].foot)
            turn(things, k)
        elif t.link in ("on", "ride"):                   # an offset from the middle of the base; its box gives the rest
            things[k] = t._replace(x=dice.between(-0.03, 0.03), foot=0.0, flip=things[t.to].flip)
        elif t.is_a("flies") and not t.link:
            below = dice.pick(row) if row else k
            x = things[below].x + dice.between(-0.06, 0.06) if dice.chance(0.6) else dice.between(0.1, 0.9)
            things[k] = t._replace(x=x, foot=dice.between(0.24, 0.38))
    for k, t in enumerate(things):
        if t.link == "behind":
            things[k] = t._replace(**beyond(things[t.to], horizon, dice.between(-0.07, 0.07)))
    return scene._replace(things=tuple(things))


def beyond(thing: Thing, horizon: float, shift: float = 0.05) -> dict:
    """Position of something right behind a thing."""
    return {"x": thing.x + shift, "foot": max(horizon + 0.02, thing.foot - 0.1)}


def turn(things: list, k: int):
    """Thing k looks at its partner; whoever is chased looks away, whoever is watched looks back."""
    t, other = things[k], things[things[k].to]
    things[k] = t._replace(flip=other.x < t.x)
    things[t.to] = other._replace(flip=(other.x < t.x) if t.link == "chase" else (t.x < other.x))
