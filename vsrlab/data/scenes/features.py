"""What a detector's pooled vector says of a region: class, attributes and surroundings mixed into each other, with noise.

A vector is relu(code . W) of a code made of
  class       the kind (or part, or stuff) of what the box frames, diluted when it fits badly, and of whatever else it covers;
              kinds of one family have similar codes, so that a dog is taken for a cat and seldom for a house;
  colour      similarity with each named colour in RGB, tinted by the light of the picture: red looks like orange;
  texture     clear on large boxes, faint on small ones;
  facing      left or right, for what has a front;
  ground      the scene's background, faintly;
  context     what lies around the box (1.6 times its size), as a receptive field would see it;
  position    centre and size of the box, weakly and with noise.  Convolutional features do tell position, because borders are
              padded with zeros (Islam, Jia, Bruce, ICLR 2020); without it no model could ever learn left from right.
Noise comes three ways: of the object, shared by all its proposals, so that duplicates repeat one mistake; of the region;
of the light.
W never changes: it is the same detector for all scenes.
"""
import numpy as np

from vsrlab.data.scenes.regions import GROUP, PART, PATCH, Objects, Proposals, area, shared_area
from vsrlab.data.scenes.shapes import CATEGORIES, PART_NAMES
from vsrlab.data.scenes.world import COLOURS, GROUNDS, KINDS, STUFF, TEXTURES

FEATURES = 192
LABELS = (*CATEGORIES, *PART_NAMES, *STUFF)
_CLASS, _AROUND, _GROUND = 40, 24, 8
_OBJECT_NOISE, _REGION_NOISE, _LIGHT_NOISE = 0.12, 0.09, 0.06     # standard deviations beside class codes of length one
_DETECTOR = np.random.default_rng(20190905)              # fixed: scenes of all seeds are seen by one detector
_STUFF_COLOURS = {"sky": "blue", "grass": "green", "hill": "green", "bush": "green", "building": "grey", "pavement": "grey",
                  "road": "grey", "sea": "blue", "sand": "yellow", "mountain": "grey", "snow": "white", "wall": "yellow",
                  "window": "blue", "floor": "brown", "tile": "white", "counter": "brown", "soil": "orange"}


def _unit(x):
    return x / np.linalg.norm(x, axis=-1, keepdims=True)


def _families():
    """The family of each label: animals, people, what flies, what bears others, small things, parts, stuff."""
    def family(word):
        if word not in KINDS:
            return 6 if word in PART_NAMES else 7
        roles = KINDS[word].roles
        order = ("person", "animal", "flies", "base", "small", "mount")
        return next((k for k, role in enumerate(order) if role in roles), 5)
    return np.array([family(word) for word in LABELS])


def _similar_colours():
    rgb = np.array(list(COLOURS.values()), float) / 255
    return np.exp(-((rgb[:, None] - rgb[None]) ** 2).sum(-1) / 0.16)


_CODES = _unit(0.55 * _unit(_DETECTOR.standard_normal((8, _CLASS)))[_families()]
               + _unit(_DETECTOR.standard_normal((len(LABELS), _CLASS)))).astype(np.float32)
_SURROUND = (_DETECTOR.standard_normal((_CLASS, _AROUND)) / np.sqrt(_AROUND)).astype(np.float32)
_GROUNDS = _unit(_DETECTOR.standard_normal((len(GROUNDS), _GROUND))).astype(np.float32)
_COLOURS = _similar_colours().astype(np.float32)
_SIZES = (_CLASS, len(COLOURS), len(TEXTURES), 2, _GROUND, _AROUND, 4)
CODE = sum(_SIZES)                   # numbers in a code; as many normal numbers of noise are read
_MIX = (_DETECTOR.standard_normal((CODE, FEATURES)) / 4).astype(np.float32)
_BIAS = (-0.05 + 0.1 * _DETECTOR.random(FEATURES)).astype(np.float32)


def describe(scenes, found: Objects, regions: Proposals, object_noise, region_noise, light_noise, noise: float) -> tuple:
    """Features (B, R, F) float16, labels (B, R) indices into LABELS, and confidence (B, R) of proposed regions.

    object_noise (B, O, CODE), region_noise (B, R, CODE) and light_noise (B, 11) are standard normal; `noise` scales them.
    """
    row = np.arange(len(scenes))[:, None]
    own, patch = regions.owner.clip(0), regions.frames == PATCH
    kinds = _CODES[found.kind]                                                                 # (B, O, 40)
    clear = np.sqrt(area(regions.box) / 0.04).clip(0.25, 1)[..., None]
    colours, textures = _attributes(scenes, found)
    colour = _colour(regions, found, colours) + noise * _LIGHT_NOISE * light_noise[:, None]
    texture = np.where(patch[..., None], 0, clear * textures[row, own])
    headless = patch | (regions.frames == GROUP)
    facing = np.where(headless, 0, _facing(found)[row, own])[..., None] * np.float32([0.5, -0.5])
    ground = np.repeat(0.35 * _GROUNDS[[list(GROUNDS).index(s.ground) for s in scenes]][:, None], own.shape[1], 1)
    context = 1.6 * _others(_coverage(_widen(regions.box), found), regions) @ (kinds @ _SURROUND)
    code = np.concatenate([_kind(regions, found, kinds), colour, texture, facing, ground, context, _position(regions.box)], -1)
    shared = np.where(patch[..., None], 0, object_noise[row, own])
    code = (code + noise * (_OBJECT_NOISE * shared + _REGION_NOISE * region_noise)).astype(np.float32)
    likeness = _unit(code[..., :_CLASS]) @ _CODES.T
    confidence = 1 / (1 + np.exp(-(regions.strength + 3 * (likeness.max(-1) - 0.75))))
    return np.maximum(code @ _MIX + _BIAS, 0).astype(np.float16), likeness.argmax(-1), confidence.astype(np.float32)


def _fit(regions):
    """How much of the code is the framed object's own: (B, R, 1)."""
    return np.where(regions.frames == PATCH, 0.8, 0.45 + 0.55 * regions.fit)[..., None]


def _others(cover, regions):
    """Coverage (B, R, O) without the object that the region frames."""
    return np.where(np.arange(cover.shape[2]) == regions.owner[..., None], 0, cover)


def _kind(regions, found, kinds):
    """Class codes (B, R, 40): a part is mostly itself and somewhat its object; everything else in the box mixes in."""
    row, patch = np.arange(len(kinds))[:, None], regions.frames == PATCH
    own = np.where(patch[..., None], _CODES[len(CATEGORIES) + len(PART_NAMES) + regions.stuff], kinds[row, regions.owner.clip(0)])
    part = 0.9 * _CODES[len(CATEGORIES) + regions.part] + 0.45 * own
    own = np.where((regions.frames == PART)[..., None], part, own)
    cover = _coverage(regions.box, found)
    several = (patch | (regions.frames == GROUP))[..., None]
    return _fit(regions) * own + 0.45 * np.where(several, cover, _others(cover, regions)) @ kinds


def _colour(regions, found, colours):
    """Colour codes (B, R, 11), fainter for parts, which may have paints of their own."""
    row, patch = np.arange(len(colours))[:, None], regions.frames == PATCH
    stuff = _COLOURS[[list(COLOURS).index(_STUFF_COLOURS[name]) for name in STUFF]][regions.stuff]
    share = np.where(regions.frames == PART, 0.6, 1.0)[..., None]
    own = np.where(patch[..., None], 0.5 * stuff, share * colours[row, regions.owner.clip(0)])
    return 0.7 * (_fit(regions) * own + 0.3 * _others(_coverage(regions.box, found), regions) @ colours)


def _attributes(scenes, found):
    """Colour and texture codes of the objects: (B, O, 11), (B, O, 5)."""
    colours, textures = list(COLOURS), list(TEXTURES)
    colour, texture = np.zeros(found.thing.shape, int), np.zeros(found.thing.shape, int)
    for b, scene in enumerate(scenes):
        index = np.array([(colours.index(t.colour), textures.index(t.texture)) for t in scene.things])
        colour[b], texture[b] = index[found.thing[b].clip(0)].T
    return _COLOURS[colour], 0.4 * np.eye(len(textures), dtype=np.float32)[texture]


def _facing(found):
    """1 looks left, -1 looks right, 0 has no front: (B, O)."""
    front = np.array([bool({"animal", "mount", "flies"} & KINDS[c].roles) or c in ("car", "bus", "truck") for c in CATEGORIES])
    return np.where(front[found.kind], np.where(found.flip, 1, -1), 0)


def _coverage(box, found):
    """Share of each region (B, R) that each object (B, O) covers: (B, R, O); hidden objects cover less."""
    share = shared_area(box[:, :, None], found.box[:, None]) / np.maximum(area(box), 1e-9)[..., None]
    return (share * (found.visible * (found.thing >= 0))[:, None]).astype(np.float32)


def _widen(box, by=1.6):
    centre, half = (box[..., :2] + box[..., 2:]) / 2, by * (box[..., 2:] - box[..., :2]) / 2
    return np.concatenate([centre - half, centre + half], -1).clip(0, 1)


def _position(box):
    """Centre, log area and log aspect, at the small gains that make them hard to read off."""
    centre, size = (box[..., :2] + box[..., 2:]) / 2, box[..., 2:] - box[..., :2]
    return np.concatenate([0.9 * (centre - 0.5), 0.12 * np.log(size.prod(-1, keepdims=True) / 0.05),
                           0.1 * np.log(size[..., :1] / size[..., 1:])], -1)
