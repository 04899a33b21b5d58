"""Region proposals as a detector makes them: objects several times, parts, groups, patches of background; the best are kept."""
from typing import NamedTuple

import numpy as np

from vsrlab.data.scenes.geometry import around, boxes, depth_order
from vsrlab.data.scenes.shapes import CATEGORIES, MOST_PARTS, PART_NAMES, parts
from vsrlab.data.scenes.world import GROUNDS, MOST_INSTANCES, STUFF

WHOLES, PART_COPIES = 6, 2           # proposals for each object and for each of its parts
MOST_THINGS = 5
_EACH = WHOLES + PART_COPIES * MOST_PARTS
WHOLE, PART, GROUP, PATCH = range(4)                     # what a proposal frames
ENOUGH = {WHOLE: 0.5, PART: 0.2, GROUP: 0.5, PATCH: 2.0}   # least IoU with the object at which a region is named by its words


def slots(regions: int) -> int:
    """Proposals made for an image before the best `regions` are kept."""
    return MOST_INSTANCES * _EACH + MOST_THINGS + regions


class Objects(NamedTuple):
    """The objects of B scenes, padded to O; padding has thing -1."""
    box: np.ndarray        # (B, O, 4)
    thing: np.ndarray      # (B, O)     index of the thing it belongs to
    kind: np.ndarray       # (B, O)     index into CATEGORIES
    flip: np.ndarray       # (B, O)     looks to the left
    visible: np.ndarray    # (B, O)     share that nothing stands before


class Proposals(NamedTuple):
    """R regions of B images, not yet sorted."""
    box: np.ndarray        # (B, R, 4)  x1 y1 x2 y2, fractions
    frames: np.ndarray     # (B, R)     WHOLE, PART, GROUP or PATCH
    owner: np.ndarray      # (B, R)     the object (of a group: its first), -1 for a patch
    part: np.ndarray       # (B, R)     index into PART_NAMES, -1 for none
    stuff: np.ndarray      # (B, R)     index into STUFF for a patch, -1 for others
    fit: np.ndarray        # (B, R)     IoU with what it frames, 1 for a patch
    names: np.ndarray      # (B, R)     the thing whose words name the region, -1 for none
    strength: np.ndarray   # (B, R)     confidence before the sigmoid
    slot: np.ndarray       # (B, R)     which noise of the image is its own


def objects(scenes) -> Objects:
    """Lay out the objects of some scenes as arrays."""
    shape = (len(scenes), MOST_INSTANCES)
    box, order = np.zeros((*shape, 4)), np.zeros(shape)
    thing, kind, flip = np.full(shape, -1), np.zeros(shape, int), np.zeros(shape, bool)
    for b, scene in enumerate(scenes):
        depth = {k: d for d, k in enumerate(depth_order(scene))}
        k = 0
        for t, group in enumerate(boxes(scene)):
            for one in group:
                box[b, k], order[b, k] = one, depth[t]
                thing[b, k], kind[b, k], flip[b, k] = t, CATEGORIES.index(scene.things[t].kind), scene.things[t].flip
                k += 1
    covered = shared_area(box[:, :, None], box[:, None]) / np.maximum(area(box), 1e-9)[..., None]     # (B, O, O) of o by p
    before = (order[:, None] > order[:, :, None]) & (thing >= 0)[:, None]
    return Objects(box, thing, kind, flip, 1 - 0.8 * (covered * before).max(-1).clip(0, 1))


def propose(scenes, found: Objects, noise: np.ndarray, regions: int, clutter: float) -> Proposals:
    """The best `regions` proposals of each scene.

    noise (B, S, 5): standard normal, four for the corners and one for the confidence of each of S = slots(regions).
    `clutter`: share of the regions that frame background.  A scene of few objects gets more of it.
    """
    box, frames, owner, part, aim = _candidates(scenes, found, noise, regions)
    fit = np.where(frames == PATCH, 1.0, iou(box, aim))
    row = np.arange(len(scenes))[:, None]
    whole = iou(box, np.where((frames == PART)[..., None], found.box[row, owner], aim))
    enough = np.array([ENOUGH[f] for f in range(4)])[frames]
    names = np.where((owner >= 0) & (whole >= enough), found.thing[row, owner], -1)
    visible = np.where(owner >= 0, found.visible[row, owner], 1)
    strength = np.where(frames == PATCH, -0.8, -2.2 + 4.2 * fit * visible + 0.35 * np.log(area(box).clip(1e-4) / 0.03)
                        - 0.9 * (frames == PART)) + 0.7 * noise[..., 4]
    rank = np.where(frames == PATCH, -1e3, strength)     # patches last, unless they are among the share of clutter
    patches = np.argsort(-np.where(frames == PATCH, strength, -1e6), axis=1, kind="stable")[:, :round(regions * clutter)]
    np.put_along_axis(rank, patches, 1e3, 1)
    rank = np.where((frames != PATCH) & (owner < 0), -1e6, rank)             # slots without an object
    rank = np.where(rank == -1e3, -1e3 + strength, rank)
    chosen = np.argsort(-rank, axis=1, kind="stable")[:, :regions]
    pick = lambda x: np.take_along_axis(x, chosen[..., None] if x.ndim == 3 else chosen, 1)
    box, frames = pick(box), pick(frames)
    return Proposals(box, frames, pick(owner), pick(part), np.where(frames == PATCH, _stuff(scenes, box), -1),
                     pick(fit), pick(names), pick(strength), chosen)


def _candidates(scenes, found, noise, regions):
    """All S proposals: jittered boxes, what they frame, whose they are, which part, and the box they aimed at."""
    many, o = len(scenes), MOST_INSTANCES
    real = found.thing >= 0
    aim = np.repeat(found.box[:, :, None], _EACH, 2)                                              # (B, O, E, 4)
    frames = np.where(np.arange(_EACH) < WHOLES, WHOLE, PART) + np.zeros((many, o, 1), int)
    part = np.full((many, o, _EACH), -1)
    spread = np.full((many, o, _EACH), 0.10)
    spread[..., 0] = 0.035                               # the first proposal fits best, the others are its overlapping duplicates
    inside, name = _part_table()
    p = np.arange(WHOLES, _EACH) - WHOLES
    local = inside[found.kind][:, :, p // PART_COPIES]                                            # (B, O, E - WHOLES, 4)
    mirrored = np.stack([1 - local[..., 2], local[..., 1], 1 - local[..., 0], local[..., 3]], -1)
    local = np.where(found.flip[..., None, None], mirrored, local)
    corner, extent = found.box[:, :, None, :2], (found.box[..., 2:] - found.box[..., :2])[:, :, None]
    aim[:, :, WHOLES:] = np.concatenate([corner + local[..., :2] * extent, corner + local[..., 2:] * extent], -1)
    part[:, :, WHOLES:] = name[found.kind][:, :, p // PART_COPIES]
    owner = np.where(real[..., None] & ((frames == WHOLE) | (part >= 0)), np.arange(o)[:, None], -1)
    group_aim, group_owner = _groups(scenes, found)
    patch = _patches(noise[:, -regions:, :4])
    flat = lambda x: x.reshape(many, o * _EACH, *x.shape[3:])
    none = np.full((many, regions), -1)
    aim = np.concatenate([flat(aim), group_aim, patch], 1)
    spread = np.concatenate([flat(spread), np.full((many, MOST_THINGS), 0.05), np.zeros((many, regions))], 1)
    size = aim[..., 2:] - aim[..., :2]
    box = (aim + noise[..., :4] * spread[..., None] * np.concatenate([size, size], -1)).clip(0, 1)
    box[..., 2:] = np.maximum(box[..., 2:], box[..., :2] + 0.01)
    return (box, np.concatenate([flat(frames), np.full((many, MOST_THINGS), GROUP), np.full((many, regions), PATCH)], 1),
            np.concatenate([flat(owner), group_owner, none], 1),
            np.concatenate([flat(part), np.full((many, MOST_THINGS), -1), none], 1), aim)


def _part_table():
    """Boxes of parts by category (C, P, 4), and their names (C, P), -1 where there are fewer."""
    inside, name = np.zeros((len(CATEGORIES), MOST_PARTS, 4)), np.full((len(CATEGORIES), MOST_PARTS), -1)
    for c, category in enumerate(CATEGORIES):
        for p, (word, box) in enumerate(parts(category)):
            inside[c, p], name[c, p] = box, PART_NAMES.index(word)
    return inside, name


def _groups(scenes, found):
    """One box around each thing that is several objects."""
    aim, owner = np.zeros((len(scenes), MOST_THINGS, 4)), np.full((len(scenes), MOST_THINGS), -1)
    for b, scene in enumerate(scenes):
        for t, thing in enumerate(scene.things):
            if thing.count > 1:
                members = np.flatnonzero(found.thing[b] == t)
                aim[b, t], owner[b, t] = around(found.box[b, members].tolist()), members[0]
    return aim, owner


def _patches(noise):
    """Boxes anywhere, of any size, from four normal numbers each."""
    even = 1 / (1 + np.exp(-1.7 * noise))                # nearly uniform in (0, 1)
    extent = 0.10 + 0.45 * even[..., 2:] ** 2
    corner = even[..., :2] * (1 - extent)
    return np.concatenate([corner, corner + extent], -1)


def _stuff(scenes, box):
    """The stuff whose band of the picture holds most of a box's height: (B, R) indices into STUFF."""
    found = np.zeros(box.shape[:2], int)
    for b, scene in enumerate(scenes):
        bands = GROUNDS[scene.ground].stuff
        shared = [np.minimum(box[b, :, 3], low) - np.maximum(box[b, :, 1], high) for _, high, low in bands]
        found[b] = np.array([STUFF.index(name) for name, _, _ in bands])[np.argmax(shared, 0)]
    return found


def area(box):
    """(R,) of boxes (R, 4), in the unit of the boxes squared."""
    return (box[..., 2] - box[..., 0]) * (box[..., 3] - box[..., 1])


def shared_area(a, b):
    """Area that boxes (..., 4) share."""
    sides = np.minimum(a[..., 2:], b[..., 2:]) - np.maximum(a[..., :2], b[..., :2])
    return sides.clip(0).prod(-1)


def iou(a, b):
    """Intersection over union of boxes (..., 4)."""
    shared = shared_area(a, b)
    return shared / np.maximum(area(a) + area(b) - shared, 1e-9)
