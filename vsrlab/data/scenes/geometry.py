"""Where the things of a scene are, what hides what, and which relations hold."""
from typing import NamedTuple

from vsrlab.data.scenes.shapes import aspect
from vsrlab.data.scenes.world import GROUNDS, KINDS, SIZES, Scene, Thing

RELATIONS = ("on", "ride", "behind", "chase", "watch", "above", "left", "near")
SYMMETRIC = ("near",)                # `facts` tells these once, for both directions


class Fact(NamedTuple):
    """Thing `a` stands in a relation to thing `b` (indices): `on`: a is on b; `left`: a is left of b; ..."""
    relation: str
    a: int
    b: int


def width_and_height(scene: Scene, thing: Thing, foot: float) -> tuple:
    """Of one object, in fractions of a 4:3 picture; smaller towards the horizon."""
    ground = GROUNDS[scene.ground]
    depth = 0.66 if thing.is_a("flies") else 0.6 + 0.4 * (foot - ground.horizon) / (0.97 - ground.horizon)
    height = KINDS[thing.kind].height * SIZES[thing.size] * ground.zoom * depth * (0.85 if thing.count > 2 else 1.0)
    width = height * aspect(thing.kind) * 0.75
    shrink = min(1.0, (foot - 0.02) / height, 0.94 / (width * (0.2 + 0.8 * thing.count)))
    return width * shrink, height * shrink


def boxes(scene: Scene) -> list:
    """For each thing the boxes (x1, y1, x2, y2) of its objects, fractions of the picture."""
    placed = {}

    def place(k):
        """Where thing k stands: after what it stands on."""
        if k in placed:
            return placed[k]
        thing, x, foot = scene.things[k], scene.things[k].x, scene.things[k].foot
        if thing.link in ("on", "ride"):                 # stands on the upper edge of its base, rides a little lower
            x1, y1, x2, y2 = place(thing.to)[0]
            x, foot = (x1 + x2) / 2 + x, y1 + (0.5 if thing.link == "ride" else 0.06) * (y2 - y1)
            w, h = width_and_height(scene, thing, scene.things[thing.to].foot)
            w, h = (length * min(1.0, max(foot - 0.01, 0.05) / h) for length in (w, h))
        else:
            w, h = width_and_height(scene, thing, foot)
        half = w * (0.2 + 0.8 * thing.count) / 2
        x = min(max(x, half + 0.01), 0.99 - half)
        placed[k] = [_box(x + (i - (thing.count - 1) / 2) * 0.8 * w, foot - 0.016 * (i % 2), w, h) for i in range(thing.count)]
        return placed[k]
    return [place(k) for k in range(len(scene.things))]


def _box(x, foot, w, h):
    return (x - w / 2, foot - h, x + w / 2, foot)


def around(group: list) -> tuple:
    """The box around several boxes."""
    x1, y1, x2, y2 = zip(*group)
    return (min(x1), min(y1), max(x2), max(y2))


def facts(scene: Scene) -> list:
    """Every relation that holds: the ones things were placed in, then those that follow from the boxes.

    left: centres at least 0.16 of the width apart, and side by side; above: something flies over the other;
    near: at most 0.08 apart and at about the same depth.
    """
    found = [Fact(t.link, k, t.to) for k, t in enumerate(scene.things) if t.link]
    linked = {frozenset((f.a, f.b)) for f in found if f.relation in ("on", "ride", "behind")}
    frame = [around(group) for group in boxes(scene)]
    flies = [t.is_a("flies") and not t.link for t in scene.things]
    for a, (ax1, _, ax2, ay2) in enumerate(frame):
        for b, (bx1, by1, bx2, by2) in enumerate(frame):
            if a == b or frozenset((a, b)) in linked:
                continue
            shift = (bx1 + bx2 - ax1 - ax2) / 2
            gap = max(bx1 - ax2, ax1 - bx2)
            if flies[a] and not flies[b] and abs(shift) < 0.2 and ay2 < by1 + 0.04:
                found.append(Fact("above", a, b))
            elif shift > 0.16 and gap > -0.3 * min(ax2 - ax1, bx2 - bx1) and flies[a] == flies[b]:
                found.append(Fact("left", a, b))
            if a < b and gap < 0.08 and abs(ay2 - by2) < 0.1 and gap > -0.05 and flies[a] == flies[b]:
                found.append(Fact("near", a, b))
    return found


def depth_order(scene: Scene) -> list:
    """Indices of the things, the farthest first; what stands on something comes right after it."""
    def depth(k):
        t = scene.things[k]
        if t.link in ("on", "ride"):
            return (depth(t.to)[0], 1)
        return (0.0 if t.is_a("flies") else t.foot, 0)
    return sorted(range(len(scene.things)), key=lambda k: (*depth(k), k))


def visible(scene: Scene) -> float:
    """The share of its box that the most hidden thing still shows, things in front taken as boxes."""
    frame, order = [around(group) for group in boxes(scene)], depth_order(scene)
    least = 1.0
    for place, k in enumerate(order):
        x1, y1, x2, y2 = frame[k]
        hidden = sum(max(0, min(x2, frame[o][2]) - max(x1, frame[o][0])) * max(0, min(y2, frame[o][3]) - max(y1, frame[o][1]))
                     for o in order[place + 1:])
        least = min(least, 1 - hidden / ((x2 - x1) * (y2 - y1)))
    return least
