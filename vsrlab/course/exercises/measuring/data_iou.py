"""Exercise `data-iou`: how much two boxes overlap."""
import numpy as np

from vsrlab.course.exercise import Exercise, Mistake, Property
from vsrlab.course.language import N_, tr

SPEC = N_("""
**data-iou** (10 min). Two boxes `a` and `b` (4,), each as x1, y1, x2, y2: the corner at the left and top, and the one at the right
and bottom, in pixels. Their intersection over union says how much they overlap: the area that both share, divided by the area that
at least one of them covers. Boxes that do not meet share nothing.

Return one number from 0 to 1.
""")

STARTER = '''def iou(a, b):
    """a, b (4,): x1, y1, x2, y2 -> intersection over union."""
    ...
'''

HINTS = (
    N_("Idea. The shared part is a box, too: its left edge is the larger of the two left edges, its right edge the smaller "
       "of the two right ones. Then ask what happens when they do not meet."),
    N_("Formula. w = max(0, min(x2) - max(x1)), h likewise; iou = w h / (area a + area b - w h)."),
    N_("Code. low, high = np.maximum(a[:2], b[:2]), np.minimum(a[2:], b[2:]);  w, h = np.clip(high - low, 0, None)"),
)


def solution(a, b):
    low, high = np.maximum(a[:2], b[:2]), np.minimum(a[2:], b[2:])         # corners of the shared part
    width, height = np.clip(high - low, 0, None)
    both = width * height
    area = lambda box: (box[2] - box[0]) * (box[3] - box[1])
    return both / (area(a) + area(b) - both)


def example(rng):
    kind = rng.choice(["meet", "beside", "apart"], p=[.5, .2, .3])
    size = rng.integers(3, 9, (2, 2)).astype(float)
    a = rng.integers(0, 5, 2).astype(float)
    b = a + {"meet": rng.integers(-2, 3, 2), "beside": np.array([12, 1]), "apart": np.array([12, 11])}[str(kind)]
    return dict(a=np.concatenate([a, a + size[0]]), b=np.concatenate([b, b + size[1]]))


# ---------------------------------------------------------------- known wrong answers

def _sides(a, b, add=0.0):
    return np.minimum(a[2:], b[2:]) - np.maximum(a[:2], b[:2]) + add


def _area(box, add=0.0):
    return (box[2] - box[0] + add) * (box[3] - box[1] + add)


def not_clipped(a, b):
    both = float(np.prod(_sides(a, b)))
    return both / (_area(a) + _area(b) - both)


def product_clipped(a, b):
    both = max(0.0, float(np.prod(_sides(a, b))))
    return both / (_area(a) + _area(b) - both)


def counted_twice(a, b):
    return float(np.prod(np.clip(_sides(a, b), 0, None))) / (_area(a) + _area(b))


def corners_as_sizes(a, b):
    turned = [np.concatenate([box[:2], box[:2] + box[2:]]) for box in (a, b)]
    return solution(*turned)


def over_smaller(a, b):
    return float(np.prod(np.clip(_sides(a, b), 0, None))) / min(_area(a), _area(b))


def dice(a, b):
    return 2 * counted_twice(a, b)


def pixels_counted(a, b):
    both = float(np.prod(np.clip(_sides(a, b, 1.0), 0, None)))
    return both / (_area(a, 1.0) + _area(b, 1.0) - both)


def intersection_alone(a, b):
    return float(np.prod(np.clip(_sides(a, b), 0, None)))


MISTAKES = (
    Mistake("not-clipped",
            "width and height of the shared part become negative where boxes do not meet, and so does your area. Stop each "
            "of them at 0.", not_clipped),
    Mistake("product-clipped",
            "you stop the area at 0, not its sides. Where boxes lie apart in both directions two negative sides make a "
            "positive area: stop width and height.", product_clipped),
    Mistake("counted-twice",
            "the shared part is counted twice in your union: it lies in both areas. Two equal boxes would then have 0.5.",
            counted_twice),
    Mistake("corners-as-sizes",
            "you read the last two numbers as width and height. Here they are the second corner. Both forms are in use, so "
            "look before you compute.", corners_as_sizes),
    Mistake("over-smaller",
            "you divide by the smaller box. A box inside another then has 1, however small it is; divide by what both cover "
            "together.", over_smaller),
    Mistake("dice",
            "this is the Dice coefficient, twice the shared part by the sum of the areas. It is used for masks, and is "
            "always larger than the overlap asked for.", dice),
    Mistake("plus-one",
            "you count pixels, x2 - x1 + 1, as old code of this field does. Here the corners are edges, and a box from 0 to "
            "4 is 4 wide.", pixels_counted),
    Mistake("intersection",
            "this is the shared area itself. Divide by the area that at least one box covers, so that large boxes do not "
            "overlap more by being large.", intersection_alone),
)


# ---------------------------------------------------------------- what every right answer has

A, B = np.array([2., 1., 8., 5.]), np.array([4., 3., 10., 9.])


def itself(answer):
    value = float(answer(A, A))
    return None if abs(value - 1) < 1e-9 else tr("a box and itself have 1; yours is {value:.3f}", value=value)


def either_first(answer):
    a, b = float(answer(A, B)), float(answer(B, A))
    return None if abs(a - b) < 1e-9 else tr("exchanging the boxes changed it from {a:.3f} to {b:.3f}", a=a, b=b)


def apart(answer):
    for far in ([12, 0, 14, 3], [0, 12, 3, 14], [12, 12, 14, 15]):
        value = float(answer(A, np.array(far, float)))
        if abs(value) > 1e-9:
            return tr("{a} and {b} do not meet; yours is {value:.3f}", a=A.tolist(), b=far, value=value)
    return None


def scaled(answer):
    a, b = float(answer(A, B)), float(answer(3 * A + 7, 3 * B + 7))
    return None if abs(a - b) < 1e-9 else tr("a photo three times as large, moved by 7, has {b:.3f} instead of {a:.3f}", a=a, b=b)


PROPERTIES = (
    Property("itself", "a box overlaps itself completely.", itself),
    Property("either-first", "it does not matter which box comes first.", either_first),
    Property("apart", "boxes that do not meet share nothing.", apart),
    Property("scale", "the size of the photo and the place in it do not matter.", scaled),
)

EXERCISE = Exercise(
    "data-iou", N_("How much do two boxes overlap?"), "01", 10, 2, 3, SPEC, STARTER, HINTS,
    solution, example, MISTAKES, PROPERTIES,
    outputs=(N_("the overlap"),), not_checked=N_("boxes without an area, many boxes at once"))
