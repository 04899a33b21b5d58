"""Exercise `modality-gap`: how far photos and sentences lie apart, and how the gap is closed."""
import numpy as np

from vsrlab.course.exercise import Exercise, Mistake, Property
from vsrlab.course.language import N_, tr

SPEC = N_("""
**modality-gap** (10 min). `images` (I, D) and `texts` (T, D) are vectors of any length. Give each of them length 1 first: only
directions are compared.

* `gap`: the distance between the mean of the photos and the mean of the sentences;
* `closed` (T, D): the sentences, of length 1, all moved by one and the same vector, so that their mean lies on that of the photos.

Return `gap` and `closed`.
""")

STARTER = '''def modality_gap(images, texts):
    """images (I, D), texts (T, D) -> gap, closed (T, D)."""
    gap = ...
    closed = ...
    return gap, closed
'''

HINTS = (
    N_("Idea. Two clouds of points on a sphere, and the middle of each. The gap is the distance of the middles, and closing "
       "it moves one cloud as a whole."),
    N_("Formula. gap = |mean(v_i) - mean(t_j)|, closed_j = t_j + mean(v) - mean(t), with v and t of length 1."),
    N_("Code. v = images / np.linalg.norm(images, axis=1, keepdims=True);  gap = np.linalg.norm(v.mean(0) - t.mean(0))"),
)


def solution(images, texts):
    v = images / np.linalg.norm(images, axis=1, keepdims=True)
    t = texts / np.linalg.norm(texts, axis=1, keepdims=True)
    way = v.mean(0) - t.mean(0)                                            # from the sentences to the photos
    return float(np.linalg.norm(way)), t + way


def example(rng):
    i, t, d = int(rng.integers(4, 7)), int(rng.integers(7, 10)), int(rng.integers(3, 6))
    draw = lambda n, push: (rng.normal(size=(n, d)) + push) * rng.uniform(.5, 3, (n, 1))
    images = draw(i, rng.normal(size=d))
    texts = draw(t, rng.normal(size=d))
    return dict(images=images, texts=texts)


# ---------------------------------------------------------------- known wrong answers

def _unit(x, axis=-1):
    return x / np.linalg.norm(x, axis=axis, keepdims=True)


def lengths_kept(images, texts):
    way = images.mean(0) - texts.mean(0)
    return float(np.linalg.norm(way)), texts + way


def mean_first(images, texts):
    v, t = _unit(images.mean(0)), _unit(texts.mean(0))
    return float(np.linalg.norm(v - t)), _unit(texts) + v - t


def mean_of_distances(images, texts):
    v, t = _unit(images), _unit(texts)
    return float(np.linalg.norm(v[:, None] - t[None], axis=-1).mean()), solution(images, texts)[1]


def squared(images, texts):
    gap, closed = solution(images, texts)
    return gap ** 2, closed


def moved_away(images, texts):
    gap, closed = solution(images, texts)
    t = _unit(texts)
    return gap, 2 * t - closed


def both_to_the_middle(images, texts):
    gap, _ = solution(images, texts)
    t = _unit(texts)
    return gap, t - t.mean(0)


def unit_again(images, texts):
    gap, closed = solution(images, texts)
    return gap, _unit(closed)


def as_cosine(images, texts):
    v, t = _unit(images).mean(0), _unit(texts).mean(0)
    return float(1 - v @ t / np.linalg.norm(v) / np.linalg.norm(t)), solution(images, texts)[1]


MISTAKES = (
    Mistake("lengths",
            "the vectors keep their length in yours, so a few long ones decide where the mean lies. Give each one length 1 "
            "first.", lengths_kept),
    Mistake("mean-first",
            "you take the mean first and give *it* length 1. The mean of a wide cloud lies deep inside the sphere, and how "
            "deep says something: keep it.", mean_first),
    Mistake("mean-distance",
            "`closed` is right. You average the distances of all photos and sentences: that mixes how wide the clouds are "
            "with how far apart they lie.", mean_of_distances),
    Mistake("squared", "`closed` is right. This is the squared distance; take the root.", squared),
    Mistake("away",
            "the gap is right. You move the sentences away from the photos: the way leads from the mean of the sentences to "
            "that of the photos.", moved_away),
    Mistake("to-zero",
            "the gap is right. Your sentences move to the middle of nowhere, mean 0. They would meet the photos only if "
            "those were moved as well.", both_to_the_middle),
    Mistake("unit-again",
            "the gap is right. After moving you give every sentence length 1 once more, so that the means fall apart again; "
            "all move by one and the same vector.", unit_again),
    Mistake("cosine",
            "`closed` is right. You take the angle between the two means. Asked is how far they lie apart: their distance.",
            as_cosine),
)


# ---------------------------------------------------------------- what every right answer has

RNG = np.random.default_rng(2)
V, T = RNG.normal(size=(5, 3)) + 1, RNG.normal(size=(8, 3)) - 1


def one_cloud(answer):
    value = float(answer(V, V)[0])
    return None if abs(value) < 1e-9 else tr("photos against themselves have no gap; yours is {value:.3f}", value=value)


def is_closed(answer):
    closed = np.asarray(answer(V, T)[1])
    left = float(np.linalg.norm(_unit(V).mean(0) - closed.mean(0)))
    return None if left < 1e-9 else tr("after closing, the means still lie {left:.3f} apart", left=left)


def lengths_do_not_matter(answer):
    a, b = float(answer(V, T)[0]), float(answer(V * np.arange(1, 6)[:, None], T)[0])
    return None if abs(a - b) < 1e-9 else tr("making photos longer changed the gap from {a:.3f} to {b:.3f}", a=a, b=b)


def turned(answer):
    turn, _ = np.linalg.qr(RNG.normal(size=(3, 3)))
    a, b = float(answer(V, T)[0]), float(answer(V @ turn, T @ turn)[0])
    return None if abs(a - b) < 1e-9 else tr("turning the whole space changed the gap from {a:.3f} to {b:.3f}", a=a, b=b)


PROPERTIES = (
    Property("one-cloud", "a cloud has no gap to itself.", one_cloud),
    Property("length", "only directions count, not lengths.", lengths_do_not_matter),
    Property("turn", "a turn of the whole space changes nothing.", turned),
    Property("closed", "after closing, the means lie on each other.", is_closed),
)

EXERCISE = Exercise(
    "modality-gap", N_("How far apart are photos and sentences?"), "07", 10, 2, 3, SPEC, STARTER, HINTS,
    solution, example, MISTAKES, PROPERTIES,
    outputs=(N_("gap"), N_("closed")), not_checked=N_("vectors of length 0"))
