"""Exercise `pool-lse`: LogSumExp, the soft maximum that SCAN pools relevances with."""
import math

import torch

from vsrlab.course.exercise import Exercise, Mistake, Property
from vsrlab.course.language import N_, tr

SPEC = N_("""
**pool-lse** (8 min). SCAN has two ways to make one score of the relevances of the words: their mean (AVG), or LogSumExp, a soft
maximum. `relevance` (W,) holds numbers, `lam` is the paper's lambda 2.

The score is `1/lam` times the logarithm of the sum of `exp(lam * relevance)`. It must also come out right where `exp` of such a
number is too large for a computer: `lam` may be 900.

Return the score: one number, a torch scalar.
""")

STARTER = '''def pool_lse(relevance, lam=6.0):
    """relevance (W,), lambda 2 -> score, a scalar."""
    ...
'''

HINTS = (
    N_("Idea. Take the largest exponent out of the sum before exp is computed, and add it again after the logarithm. Nothing "
       "changes on paper, everything in the computer."),
    N_("Formula. log sum exp(x_w) = m + log sum exp(x_w - m), with m the largest x_w, and x_w = lam r_w."),
    N_("Code. torch.logsumexp(x, 0) does it; by hand: m = x.max();  m + (x - m).exp().sum().log()"),
)


def solution(relevance, lam=6.0):
    x = lam * relevance
    return torch.logsumexp(x, 0) / lam


def example(rng):
    relevance = torch.tensor(rng.uniform(-0.2, 1.0, int(rng.integers(3, 7))), dtype=torch.float64)
    relevance[0] = 0.95                                                    # exp(900 x 0.95) is infinite
    return dict(relevance=relevance, lam=float(rng.choice([5.0, 6.0, 900.0], p=[.4, .4, .2])))


# ---------------------------------------------------------------- known wrong answers

def overflow(relevance, lam=6.0):
    return (lam * relevance).exp().sum().log() / lam


def not_divided(relevance, lam=6.0):
    return torch.logsumexp(lam * relevance, 0)


def outside(relevance, lam=6.0):
    return torch.logsumexp(relevance, 0) / lam


def temperature(relevance, lam=6.0):
    return torch.logsumexp(relevance / lam, 0) * lam


def log_of_mean(relevance, lam=6.0):
    return (torch.logsumexp(lam * relevance, 0) - math.log(len(relevance))) / lam


def mean(relevance, lam=6.0):
    return relevance.mean()


def maximum(relevance, lam=6.0):
    return relevance.max()


def softmax_weighted(relevance, lam=6.0):
    return (torch.softmax(lam * relevance, 0) * relevance).sum()


MISTAKES = (
    Mistake("overflow",
            "right on paper. In the computer exp of a large number is infinite, and so is yours for lam=900: take the "
            "largest exponent out of the sum first.", overflow),
    Mistake("not-divided",
            "the division by lam at the end is missing: the score grows with lam although the relevances stay the same.",
            not_divided),
    Mistake("outside",
            "lam is only outside of the logarithm. It has to stand inside the exp as well: there it decides how soft the "
            "maximum is.", outside),
    Mistake("temperature",
            "you divide inside and multiply outside, as with a temperature. lam is an inverse temperature: a larger one "
            "comes closer to the maximum.", temperature),
    Mistake("log-of-mean",
            "you take the mean of the exponentials. SCAN takes their sum, so that a longer sentence scores a little higher; "
            "a question worth asking, but not its formula.", log_of_mean),
    Mistake("mean", "this is SCAN's other pooling, AVG: all words count alike. LogSumExp lets the best ones count more.", mean),
    Mistake("maximum", "this is the hard maximum, where lam would be infinite: only one word would ever get a gradient.",
            maximum),
    Mistake("softmax",
            "this is the mean weighted by a softmax, another soft maximum, and never above the largest relevance. LogSumExp "
            "is the logarithm of the sum itself.", softmax_weighted),
)


# ---------------------------------------------------------------- what every right answer has

R = torch.tensor([0.2, 0.9, -0.1, 0.6], dtype=torch.float64)


def between(answer):
    value = float(answer(R, 6.0))
    high = 0.9 + math.log(4) / 6
    return None if 0.9 <= value <= high else tr(
        "for 0.2, 0.9, -0.1, 0.6 it lies between 0.9 and {high:.3f}; yours is {value:.3f}", high=high, value=value)


def shifted(answer):
    a, b = float(answer(R, 6.0)), float(answer(R + 0.05, 6.0))
    return None if abs(b - a - 0.05) < 1e-9 else tr("adding 0.05 to every relevance changed the score by {d:.4f}", d=b - a)


def harder(answer):
    far = [abs(float(answer(R, lam)) - 0.9) for lam in (2.0, 20.0, 400.0)]
    return None if far[0] > far[1] > far[2] else tr(
        "with lam 2, 20, 400 it should come closer to the largest relevance; yours is off by {far}",
        far=[round(x, 4) for x in far])


def one_word(answer):
    value = float(answer(R[:1], 6.0))
    return None if abs(value - 0.2) < 1e-9 else tr("one word of relevance 0.2 must score 0.2; yours is {value:.3f}", value=value)


PROPERTIES = (
    Property("between", "it lies between the maximum and a little above it.", between),
    Property("shift", "adding a number to every relevance adds it to the score.", shifted),
    Property("harder", "a larger lam comes closer to the maximum.", harder),
    Property("one-word", "one word alone is its own score.", one_word),
)

EXERCISE = Exercise(
    "pool-lse", N_("A soft maximum"), "03", 8, 2, 2, SPEC, STARTER, HINTS, solution, example, MISTAKES, PROPERTIES,
    outputs=(N_("score"),))
