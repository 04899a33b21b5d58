"""Exercise `agreement`: Cohen's kappa of two people who tagged the same failures."""
from collections import Counter

import numpy as np

from vsrlab.course.exercise import Exercise, Mistake, Property
from vsrlab.course.language import N_, tr

SPEC = N_("""
**agreement** (12 min). Two people looked at the same N failures and gave each a tag, such as "wrong", "also right" or "unclear".
`first` and `second` are lists of N tags. They agree on some by chance alone: who says "wrong" nearly always will agree with
everybody who does the same.

Cohen's kappa takes that off. With `p` the share of items on which they agree, and `q` the share on which two people would agree who
give their tags by lot, **each with the frequencies of the one person**, it is (p - q) / (1 - q): 1 for full agreement, 0 for
chance.

Return kappa.
""")

STARTER = '''def kappa(first, second):
    """first, second: lists of N tags -> Cohen's kappa."""
    ...
'''

HINTS = (
    N_("Idea. Two shares. The first you count item by item. For the second you need only how often each person used each "
       "tag, not where."),
    N_("Formula. p = mean [a_n = b_n], q = sum over tags of (share of the tag in a) x (share of the tag in b), kappa = (p - "
       "q) / (1 - q)."),
    N_("Code. q = sum(first.count(tag) * second.count(tag) for tag in set(first)) / len(first) ** 2"),
)


def solution(first, second):
    n = len(first)
    agree = sum(a == b for a, b in zip(first, second)) / n
    chance = sum(first.count(tag) * second.count(tag) for tag in set(first)) / n ** 2      # each with his own frequencies
    return (agree - chance) / (1 - chance)


def example(rng):
    tags, n = ["wrong", "also right", "unclear"], int(rng.integers(9, 14))
    first = [tags[k] for k in rng.choice(3, n, p=[.6, .3, .1])]
    second = [tag if rng.random() < 0.6 else tags[int(rng.integers(3))] for tag in first]
    first[:3], second[:3] = tags, ["also right", "also right", "wrong"]
    return dict(first=first, second=second)


# ---------------------------------------------------------------- known wrong answers

def _agree(first, second):
    return float(np.mean([a == b for a, b in zip(first, second)]))


def _beyond(p, q):
    return (p - q) / (1 - q)


def share(first, second):
    return _agree(first, second)


def uniform(first, second):
    return _beyond(_agree(first, second), 1 / len({*first, *second}))


def in_any_order(first, second):
    one, other = Counter(first), Counter(second)
    p = sum((one & other).values()) / len(first)
    return _beyond(p, sum(one[t] * other[t] for t in one) / len(first) ** 2)


def pooled(first, second):
    both = Counter(first) + Counter(second)
    return _beyond(_agree(first, second), sum((n / (2 * len(first))) ** 2 for n in both.values()))


def not_divided(first, second):
    one, other = Counter(first), Counter(second)
    return _agree(first, second) - sum(one[t] * other[t] for t in one) / len(first) ** 2


def first_alone(first, second):
    return _beyond(_agree(first, second), sum((n / len(first)) ** 2 for n in Counter(first).values()))


def disagreement(first, second):
    return 1 - _agree(first, second)


def per_cent(first, second):
    return 100 * solution(first, second)


MISTAKES = (
    Mistake("share",
            "this is the share of items on which they agree. Two people who always say \"wrong\" would have 1, and would "
            "have told us nothing; take off what chance gives.", share),
    Mistake("uniform",
            "by chance, in yours, every tag is as likely as any other. But people have habits: use how often each of them "
            "gave each tag.", uniform),
    Mistake("order",
            "you compare how often they used each tag, not where. Tag number n of one belongs to tag number n of the other.",
            in_any_order),
    Mistake("pooled",
            "you throw both people's tags together for the chance. That is Scott's pi, a sister of kappa; Cohen keeps the "
            "two people apart.", pooled),
    Mistake("not-divided",
            "the division is missing: p - q can never reach 1, not even when they agree everywhere. Divide by 1 - q, what is "
            "left above chance.", not_divided),
    Mistake("first-alone",
            "the chance is that of the first person with himself. Multiply the share of each tag in `first` with its share "
            "in `second`.", first_alone),
    Mistake("disagreement", "this is the share on which they *dis*agree.", disagreement),
    Mistake("per-cent", "kappa is no share and has no per cent: 1 is full agreement, 0 is chance, and it may be negative.",
            per_cent),
)


# ---------------------------------------------------------------- what every right answer has

A = ["wrong", "wrong", "right", "unclear", "right", "wrong"]
B = ["wrong", "right", "right", "unclear", "wrong", "wrong"]


def the_same(answer):
    value = float(answer(A, list(A)))
    return None if abs(value - 1) < 1e-9 else tr("who agrees everywhere has 1; yours is {value:.3f}", value=value)


def either_first(answer):
    a, b = float(answer(A, B[:5] + ["unclear"])), float(answer(B[:5] + ["unclear"], A))
    return None if abs(a - b) < 1e-9 else tr("exchanging the two people changed it from {a:.3f} to {b:.3f}", a=a, b=b)


def other_words(answer):
    names = {"wrong": "x", "right": "y", "unclear": "z"}
    a, b = float(answer(A, B)), float(answer([names[t] for t in A], [names[t] for t in B]))
    return None if abs(a - b) < 1e-9 else tr("other words for the same tags changed it from {a:.3f} to {b:.3f}", a=a, b=b)


def by_chance(answer):
    value = float(answer(["x", "x", "y", "y"] * 2, ["x", "y", "x", "y"] * 2))
    return None if abs(value) < 1e-9 else tr(
        "tags that have nothing to do with each other must have 0; yours is {value:.3f}", value=value)


PROPERTIES = (
    Property("same", "full agreement is 1.", the_same),
    Property("chance", "agreement by chance is 0.", by_chance),
    Property("either-first", "it does not matter who is the first.", either_first),
    Property("words", "the words that are used do not matter.", other_words),
)

EXERCISE = Exercise(
    "agreement", N_("Do two people agree?"), "08", 12, 2, 3, SPEC, STARTER, HINTS, solution, example, MISTAKES, PROPERTIES,
    outputs=(N_("kappa"),), not_checked=N_("missing tags, more than two people, a single tag everywhere"))
