"""Sketches as polygons: what a category looks like, how wide it is, and where its parts are."""
from functools import cache
from typing import NamedTuple

import numpy as np

from vsrlab.data.scenes.creatures import CREATURES
from vsrlab.data.scenes.things import THINGS

SKETCHES = {**CREATURES, **THINGS}
CATEGORIES = tuple(SKETCHES)
MOST_PARTS = 3                       # the largest named parts of a category; a detector frames no more


class Shape(NamedTuple):
    part: str                        # "head", or "-" where the shape is no part of its own
    role: str                        # main, dark, light or the name of a paint
    points: np.ndarray               # (P, 2) of a closed polygon, fractions of the object's box


@cache
def shapes(category: str) -> tuple:
    """The shapes of a category, back to front, in fractions of its tight box."""
    drawn = [shape for line in SKETCHES[category].strip().splitlines() for shape in _read(line)]
    every = np.concatenate([points for _, _, points in drawn])
    low, extent = every.min(0), np.ptp(every, 0)
    return tuple(Shape(part, role, (points - low) / extent) for part, role, points in drawn)


@cache
def aspect(category: str) -> float:
    """Width over height of the sketch."""
    drawn = np.concatenate([points for line in SKETCHES[category].strip().splitlines() for _, _, points in _read(line)])
    return float(np.ptp(drawn[:, 0]) / np.ptp(drawn[:, 1]))


@cache
def parts(category: str) -> tuple:
    """((name, (x1, y1, x2, y2)), ...): the boxes of the largest parts, fractions of the object's box."""
    boxes = {}
    for name in dict.fromkeys(s.part for s in shapes(category) if s.part != "-"):
        every = np.concatenate([s.points for s in shapes(category) if s.part == name])
        boxes[name] = (*map(float, every.min(0)), *map(float, every.max(0)))
    area = lambda item: -(item[1][2] - item[1][0]) * (item[1][3] - item[1][1])
    return tuple(sorted(boxes.items(), key=area)[:MOST_PARTS])


def _read(line: str) -> list:
    """One line of a sketch -> [(part, role, points)]; an eye becomes its white and its pupil."""
    part, role, *rest = line.split()
    if role == "eye":
        x, y, r = map(float, rest)
        return [(part, "white", _oval(x, y, r, r)), (part, "black", _oval(x + 0.25 * r, y, 0.62 * r, 0.62 * r))]
    kind, numbers = rest[0], [float(n) for n in rest[1:]]
    if kind == "oval":
        return [(part, role, _oval(*numbers))]
    if kind == "ring":                                   # a thick circle, as a closed band
        x, y, r, width = numbers
        inner = _oval(x, y, r - width, r - width)[::-1]
        outer = _oval(x, y, r, r)
        return [(part, role, np.concatenate([outer, outer[:1], inner[-1:], inner]))]
    if kind in ("line", "bend"):                         # smooth stroke, or one with corners
        path = np.reshape(numbers[1:], (-1, 2))
        pieces = [_smooth(path, False)] if kind == "line" else [np.stack(ends) for ends in zip(path, path[1:])]
        return [(part, role, _stroke(piece, numbers[0])) for piece in pieces]
    points = np.reshape(numbers, (-1, 2))
    return [(part, role, _smooth(points, True) if kind == "blob" else points)]


def _oval(x, y, rx, ry):
    angle = np.linspace(0, 2 * np.pi, 36, endpoint=False)
    return np.stack([x + rx * np.cos(angle), y + ry * np.sin(angle)], 1)


def _smooth(points, closed, steps=8):
    """A Catmull-Rom curve through the points."""
    if len(points) < 3:
        return points
    around = np.concatenate([points[-1:], points, points[:2]] if closed else [points[:1], points, points[-1:]])
    t = np.linspace(0, 1, steps, endpoint=False)[:, None]
    pieces = [0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t ** 2 + (3 * b - a - 3 * c + d) * t ** 3)
              for a, b, c, d in zip(around, around[1:], around[2:], around[3:])]
    return np.concatenate(pieces if closed else [*pieces, points[-1:]])


def _stroke(path, width):
    """A path with round ends as one outline: one side, a cap, the other side back, a cap."""
    along = np.gradient(path, axis=0)
    along /= np.linalg.norm(along, axis=1, keepdims=True) + 1e-9
    side = np.stack([-along[:, 1], along[:, 0]], 1) * width / 2
    half = np.linspace(-np.pi / 2, np.pi / 2, 8)

    def cap(centre, towards):
        angle = np.arctan2(towards[1], towards[0]) + half
        return centre + np.stack([np.cos(angle), np.sin(angle)], 1) * width / 2
    return np.concatenate([path - side, cap(path[-1], along[-1]), (path + side)[::-1], cap(path[0], -along[0])])


PART_NAMES = tuple(sorted({name for category in CATEGORIES for name, _ in parts(category)}))
