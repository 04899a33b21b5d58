"""Exercise `paired-test`: is one model better than another on the same queries?"""
import math

import numpy as np

from vsrlab.course.exercise import Exercise, Mistake, Property
from vsrlab.course.language import N_, tr

SPEC = N_("""
**paired-test** (20 min). Two models answered the same N queries. `first` and `second` (N,) say which they answered, True or False.
Could the difference be luck? Where both are right, or both are wrong, a query says nothing. Of the others, if neither model is
better, each falls to one side or the other like a fair coin.

Return the exact p value of that coin (McNemar's test), two-sided: how likely a split at least as uneven as this one is, to either
side. Where no query tells them apart, it is 1.
""")

STARTER = '''def paired_p(first, second):
    """first, second (N,) True where a query was answered -> p value, two-sided."""
    ...
'''

HINTS = (
    N_("Idea. Only two numbers matter: how many queries the first model alone answered, and how many the second alone. Then "
       "it is a question about coins."),
    N_("Formula. n = a + b, m = min(a, b): p = min(1, 2 (C(n, 0) + ... + C(n, m)) / 2^n)."),
    N_("Code. a, b = (first & ~second).sum(), (second & ~first).sum();  tail = sum(math.comb(n, i) for i in range(min(a, b) "
       "+ 1))"),
)


def solution(first, second):
    a, b = int((first & ~second).sum()), int((second & ~first).sum())     # answered by one of them alone
    n = a + b
    tail = sum(math.comb(n, i) for i in range(min(a, b) + 1)) / 2 ** n    # as uneven as this, or more, to one side
    return min(1.0, 2 * tail)


def example(rng):
    n = int(rng.integers(12, 25))
    first = rng.random(n) < 0.5
    second = np.where(rng.random(n) < 0.5, first, rng.random(n) < rng.choice([0.5, 0.9]))
    second[:2], first[:2] = [True, False], [False, True]                   # at least one each way
    return dict(first=first, second=second)


# ---------------------------------------------------------------- known wrong answers

def _counts(first, second):
    return int((first & ~second).sum()), int((second & ~first).sum())


def _tail(few, n):
    return sum(math.comb(n, i) for i in range(few + 1)) / 2 ** n


def one_sided(first, second):
    a, b = _counts(first, second)
    return min(1.0, _tail(min(a, b), a + b))


def all_queries(first, second):
    a, b = _counts(first, second)
    agree = len(first) - a - b
    return min(1.0, 2 * _tail(min(a, b) + agree // 2, len(first)))


def unpaired(first, second):
    n, p = len(first), (first.mean() + second.mean()) / 2
    z = abs(first.mean() - second.mean()) / math.sqrt(2 * p * (1 - p) / n) if 0 < p < 1 else 0.0
    return math.erfc(z / math.sqrt(2))


def normal_law(first, second):
    a, b = _counts(first, second)
    return math.erfc(abs(a - b) / math.sqrt(2 * (a + b))) if a + b else 1.0


def this_split_alone(first, second):
    a, b = _counts(first, second)
    return math.comb(a + b, a) / 2 ** (a + b)


def without_this_split(first, second):
    a, b = _counts(first, second)
    return min(1.0, 2 * _tail(min(a, b) - 1, a + b))


def above_one(first, second):
    a, b = _counts(first, second)
    return 2 * _tail(min(a, b), a + b)


def the_confidence(first, second):
    return 1 - solution(first, second)


def statistic(first, second):
    a, b = _counts(first, second)
    return (a - b) ** 2 / (a + b) if a + b else 0.0


MISTAKES = (
    Mistake("one-sided",
            "one-sided: you ask only how likely it is that *this* model wins so clearly. Before you looked, either could "
            "have won; count both sides.", one_sided),
    Mistake("all-queries",
            "queries that both models answered alike are among your coins. They say nothing about which is better; only "
            "where the two differ a coin is thrown.", all_queries),
    Mistake("unpaired",
            "you compare two shares as if each model had had queries of its own. The queries are the same: look at them one "
            "by one, which sees much smaller differences.", unpaired),
    Mistake("normal-law",
            "you use the bell curve (chi-square), which is fine for many queries. With so few the coins can be counted "
            "exactly, and the curve says too little.", normal_law),
    Mistake("this-split",
            "this is the chance of exactly this split. Every single split is unlikely when there are many; asked is this one "
            "*or a more uneven one*.", this_split_alone),
    Mistake("p-zero",
            "what was seen is not counted in yours, only more uneven splits. Then p can be 0, as if luck were impossible. It "
            "never is.", without_this_split),
    Mistake("above-one",
            "right up to the middle: where the split is even, twice the half is more than 1. A probability stops at 1.",
            above_one),
    Mistake("confidence", "this is 1 - p. Small p means that luck explains it badly; return p itself.", the_confidence),
    Mistake("statistic",
            "this is the statistic of the test (chi-square), not its p value: it grows with the difference, while p falls.",
            statistic),
)


# ---------------------------------------------------------------- what every right answer has

FIRST = np.array([1, 1, 1, 0, 0, 1, 0, 1, 1, 0], bool)
SECOND = np.array([1, 0, 1, 1, 1, 1, 1, 1, 1, 1], bool)


def itself(answer):
    value = float(answer(FIRST, FIRST))
    return None if abs(value - 1) < 1e-9 else tr("a model against itself must have p = 1; yours is {value:.4f}", value=value)


def either_first(answer):
    a, b = float(answer(FIRST, SECOND)), float(answer(SECOND, FIRST))
    return None if abs(a - b) < 1e-9 else tr("exchanging the models changed p from {a:.4f} to {b:.4f}", a=a, b=b)


def agreement_says_nothing(answer):
    more = np.ones(6, bool)
    a, b = float(answer(FIRST, SECOND)), float(answer(np.concatenate([FIRST, more]), np.concatenate([SECOND, more])))
    return None if abs(a - b) < 1e-9 else tr("six queries that both answered changed p from {a:.4f} to {b:.4f}", a=a, b=b)


def five_to_none(answer):
    value = float(answer(np.zeros(5, bool), np.ones(5, bool)))
    return None if abs(value - 2 / 32) < 1e-9 else tr(
        "five coins that all fall to one side: 2 of 32 ways; yours says {value:.4f}", value=value)


PROPERTIES = (
    Property("itself", "nobody is better than himself.", itself),
    Property("either-first", "two-sided means that the order of the models does not matter.", either_first),
    Property("agreement", "queries that both answer alike say nothing.", agreement_says_nothing),
    Property("coins", "it is a count of coins.", five_to_none),
)

EXERCISE = Exercise(
    "paired-test", N_("Better, or lucky?"), "05", 20, 4, 4, SPEC, STARTER, HINTS, solution, example, MISTAKES, PROPERTIES,
    outputs=(N_("p"),), not_checked=N_("queries that hang together, such as the captions of one photo"))
