"""Exercise `chance-level`: the recall of a random order."""
import itertools
import math

import numpy as np

from vsrlab.course.exercise import Exercise, Mistake, Property
from vsrlab.course.language import N_, tr

SPEC = N_("""
**chance-level** (15 min). How high is R@K if a model draws the order of its answers by lot? A gallery has `images` photos, each
with `each` captions.

* `seek="image"`: a text looks for its one photo among all photos.
* `seek="text"`: a photo looks for **any one** of its captions among all captions of the gallery.

Return the R@K that is to be expected, in per cent.
""")

STARTER = '''def chance(images, each, k, seek):
    """images, captions of each, k, seek "image" or "text" -> per cent."""
    ...
'''

HINTS = (
    N_("Idea. Ask for the opposite: how likely is it that all of the first K answers are wrong? They are drawn without "
       "putting back, so each next one is a little less likely to be wrong."),
    N_("Formula. images: K / I. texts: 1 - C(T - c, K) / C(T, K), with T = I c captions, of which c are right."),
    N_("Code. total = images * each;  miss = math.comb(total - each, k) / math.comb(total, k)"),
)


def solution(images, each, k, seek):
    answers, right = (images, 1) if seek == "image" else (images * each, each)
    miss = math.comb(answers - right, k) / math.comb(answers, k)           # all of the first k are wrong
    return 100 * (1 - miss)


def example(rng):
    return dict(images=int(rng.integers(4, 12)), each=int(rng.integers(2, 6)), k=int(rng.integers(1, 4)),
                seek=str(rng.choice(["image", "text"])))


# ---------------------------------------------------------------- known wrong answers

def one_right(images, each, k, seek):
    return 100 * k / (images if seek == "image" else images * each)


def expected_number(images, each, k, seek):
    return 100 * k / images


def put_back(images, each, k, seek):
    answers, right = (images, 1) if seek == "image" else (images * each, each)
    return 100 * (1 - (1 - right / answers) ** k)


def exchanged(images, each, k, seek):
    return solution(images, each, k, {"text": "image", "image": "text"}[seek])


def share(images, each, k, seek):
    return solution(images, each, k, seek) / 100


def the_miss(images, each, k, seek):
    return 100 - solution(images, each, k, seek)


def first_only(images, each, k, seek):
    return solution(images, each, 1, seek)


def all_of_them(images, each, k, seek):
    answers, right = (images, 1) if seek == "image" else (images * each, each)
    return 100 * (math.comb(answers - right, k - right) / math.comb(answers, k) if k >= right else 0.0)


MISTAKES = (
    Mistake("one-right",
            "seek='image' is right. A photo has several captions, and any of them will do: with K / T you count only one of "
            "them as right.", one_right),
    Mistake("expected-number",
            "seek='image' is right. For seek='text' you count how *many* right captions are among the first K on average. "
            "Two at once still answer one query.", expected_number),
    Mistake("put-back",
            "you draw with putting back: the same wrong answer could then come twice. In a list each answer stands once, so "
            "each wrong one makes the next hit likelier.", put_back),
    Mistake("exchanged", "the two directions are exchanged: seek='image' means that texts look for their one photo.",
            exchanged),
    Mistake("share", "this is a share from 0 to 1; the field prints per cent.", share),
    Mistake("miss", "this is how often all of the first K are wrong. Asked is the opposite: 100 minus it.", the_miss),
    Mistake("first-only", "K is not used: the first place alone is asked for in yours.", first_only),
    Mistake("all", "you ask that *all* captions of a photo are among the first K. One is enough.", all_of_them),
)


# ---------------------------------------------------------------- what every right answer has

def by_lot(answer):
    """Every order of six captions of two photos."""
    hits = [any(t < 3 for t in order[:2]) for order in itertools.permutations(range(6))]
    wanted, value = 100 * float(np.mean(hits)), float(answer(2, 3, 2, "text"))
    return None if abs(value - wanted) < 1e-6 else tr(
        "2 photos, 3 captions each, K = 2: of all 720 orders {wanted:.2f} per cent answer; yours says {value:.2f}", wanted=wanted,
        value=value)


def grows(answer):
    """It grows with K, up to 100 where all answers are looked at."""
    for seek, most in (("image", 6), ("text", 18)):
        values = [float(answer(6, 3, k, seek)) for k in range(1, most + 1)]
        if values != sorted(values) or abs(values[-1] - 100) > 1e-6:
            return tr(
                "with K from 1 to all it should grow to 100; yours: {values} (seek={seek!r})",
                values=[round(v, 1) for v in values[:3] + values[-1:]], seek=seek)
    return None


def one_caption_each(answer):
    a, b = float(answer(7, 1, 2, "image")), float(answer(7, 1, 2, "text"))
    return None if abs(a - b) < 1e-6 else tr(
        "with one caption each both directions are the same; yours are {a:.2f} and {b:.2f}", a=a, b=b)


PROPERTIES = (
    Property("one-each", "with one caption for each photo the directions are the same.", one_caption_each),
    Property("grows", "it grows with K, and with all answers everything is found.", grows),
    Property("by-lot", "it is what all possible orders give on average.", by_lot),
)

EXERCISE = Exercise(
    "chance-level", N_("What does a lottery reach?"), "05", 15, 3, 3, SPEC, STARTER, HINTS,
    solution, example, MISTAKES, PROPERTIES,
    outputs=(N_("R@K by chance"),), not_checked=N_("photos with different numbers of captions, large galleries"))
