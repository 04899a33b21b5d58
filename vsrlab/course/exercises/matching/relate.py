"""Exercise `relate`: one step of VSRN's region reasoning."""
import math

import torch

from vsrlab.course.exercise import Exercise, Mistake, Property
from vsrlab.course.language import N_, tr

SPEC = N_("""
**relate** (15 min). `v` (R, D): the regions of one picture. `theta`, `phi`, `g`, `r` are four learnt maps, each a function from
(R, D) to (R, D) that treats every region alike (a `torch.nn.Linear`, for instance): call them, `theta(v)`.

1. The **affinity** `A[i, j]` says how strongly region i reads region j: the inner product of theta(v_i) and phi(v_j), divided by
   the number of regions. It has a sign, a direction (A[i, j] is not A[j, i]) and no softmax.
2. Every region collects g(v_j) from all regions, weighted by its row of A; r is applied to what it collected.
3. The result is **added** to v.

Return the new regions (R, D) and the affinity (R, R).
""")

STARTER = '''def relate(v, theta, phi, g, r):
    """v (R, D), four maps (R, D) -> (R, D); returns regions after one step (R, D), affinity (R, R)."""
    affinity = ...
    step = ...
    return v + step, affinity
'''

HINTS = (
    N_("Idea. Draw the table of who reads whom first: rows read, columns are read. It needs all R x R inner products at "
       "once, that is one matrix product."),
    N_("Formula. A = theta(V) phi(V)^T / R;  V' = V + r(A g(V))."),
    N_("Code. affinity = theta(v) @ phi(v).T / len(v);  step = r(affinity @ g(v))"),
)


def solution(v, theta, phi, g, r):
    affinity = theta(v) @ phi(v).T / len(v)                    # (R, R) row i: whom region i reads
    return v + r(affinity @ g(v)), affinity                    # (R, D)


def maps(d, seed):
    torch.manual_seed(seed)
    with torch.random.fork_rng():
        return [torch.nn.Linear(d, d).double().requires_grad_(False) for _ in range(4)]


def example(rng):
    regions, d = int(rng.integers(3, 6)), int(rng.integers(6, 9))      # R and D differ, so that mixed up sizes are seen
    v = torch.tensor(rng.normal(size=(regions, d)), dtype=torch.float64)
    return dict(v=v, **dict(zip(("theta", "phi", "g", "r"), maps(d, int(rng.integers(1000))))))


# ---------------------------------------------------------------- known wrong answers

def _step(v, affinity, g, r):
    return v + r(affinity @ g(v)), affinity


def with_softmax(v, theta, phi, g, r):
    return _step(v, torch.softmax(theta(v) @ phi(v).T, 1), g, r)


def softmax_after_division(v, theta, phi, g, r):
    return _step(v, torch.softmax(theta(v) @ phi(v).T / len(v), 1), g, r)


def not_divided(v, theta, phi, g, r):
    return _step(v, theta(v) @ phi(v).T, g, r)


def like_a_transformer(v, theta, phi, g, r):
    return _step(v, theta(v) @ phi(v).T / math.sqrt(v.shape[1]), g, r)


def divided_by_width(v, theta, phi, g, r):
    return _step(v, theta(v) @ phi(v).T / v.shape[1], g, r)


def exchanged(v, theta, phi, g, r):
    return _step(v, phi(v) @ theta(v).T / len(v), g, r)


def reversed_edges(v, theta, phi, g, r):
    affinity = theta(v) @ phi(v).T / len(v)
    return v + r(affinity.T @ g(v)), affinity


def symmetric(v, theta, phi, g, r):
    return _step(v, theta(v) @ theta(v).T / len(v), g, r)


def raw_products(v, theta, phi, g, r):
    return _step(v, v @ v.T / len(v), g, r)


def no_residual(v, theta, phi, g, r):
    affinity = theta(v) @ phi(v).T / len(v)
    return r(affinity @ g(v)), affinity


def residual_inside(v, theta, phi, g, r):
    affinity = theta(v) @ phi(v).T / len(v)
    return r(affinity @ g(v) + v), affinity


def without_g(v, theta, phi, g, r):
    affinity = theta(v) @ phi(v).T / len(v)
    return v + r(affinity @ v), affinity


def r_too_early(v, theta, phi, g, r):
    affinity = theta(v) @ phi(v).T / len(v)
    return v + affinity @ r(g(v)), affinity


MISTAKES = (
    Mistake("softmax",
            "you put a softmax over the affinity. VSRN has none: an affinity may be negative (a region is *subtracted*), and "
            "a row need not sum to 1. What a softmax would change is a good question for the experiment below.", with_softmax),
    Mistake("softmax-2",
            "you put a softmax over the affinity (after dividing). VSRN has none: an affinity may be negative, and a row "
            "need not sum to 1.", softmax_after_division),
    Mistake("not-divided",
            "the division by the number of regions is missing: a picture with more regions would change itself more.",
            not_divided),
    Mistake("sqrt-d", "you divide by the root of D, as a transformer does. VSRN divides by the number of regions R.",
            like_a_transformer),
    Mistake("by-d", "you divide by D, the size of a vector; it is R, the number of regions: len(v).", divided_by_width),
    Mistake("exchanged",
            "theta and phi have changed places: A[i, j] = theta(v_i) . phi(v_j), so that row i says whom region i reads. "
            "Yours is its transpose.", exchanged),
    Mistake("reversed",
            "the affinity is right, but information flows backwards: region i collects along its own row, A @ g(v), not "
            "along its column.", reversed_edges),
    Mistake("symmetric", "phi is never used, so that reading is always mutual. The affinity of VSRN has a direction.",
            symmetric),
    Mistake("no-residual",
            "the affinity is right. Step 3 is missing: add the result to v. Without it a region forgets what it showed.",
            no_residual),
    Mistake("residual-inside",
            "the affinity is right. v is added before r in yours; it is added at the very end, untouched by any weight.",
            residual_inside),
    Mistake("raw-products",
            "theta and phi are not used: these are inner products of the regions themselves, so that similar regions always "
            "read each other. The maps let the model learn who should read whom.", raw_products),
    Mistake("without-g", "the affinity is right. Regions hand over g(v), not v itself.", without_g),
    Mistake("r-too-early",
            "the affinity is right. r is applied to what a region has *collected*, after the sum over regions; you applied "
            "it before.", r_too_early),
)


# ---------------------------------------------------------------- what every right answer has

def _given(seed=5, regions=5, d=7):
    g = torch.Generator().manual_seed(seed)
    return torch.randn(regions, d, generator=g, dtype=torch.float64), *maps(d, seed)


def begins_as_identity(answer):
    v, theta, phi, g, _ = _given()
    new, _ = answer(v, theta, phi, g, torch.zeros_like)
    return None if torch.allclose(new, v) else tr(
        "with r = 0 a region moved by {far:.3f}", far=float((new - v).abs().max()))


def any_order(answer):
    v, *weights = _given()
    order = torch.tensor([4, 2, 0, 3, 1])
    (a, R), (b, Q) = answer(v, *weights), answer(v[order], *weights)
    return None if torch.allclose(a[order], b) and torch.allclose(R[order][:, order], Q) else tr(
        "shuffling the regions changed more than their order")


def inner_products(answer):
    """Where theta and phi change nothing, an affinity is |v|^2 / R."""
    v, _, _, g, r = _given()
    same = lambda x: x
    seen, should = answer(v, same, same, g, r)[1][0, 0], v[0] @ v[0] / len(v)
    return None if torch.allclose(seen, should) else tr(
        "where theta and phi change nothing, A[0, 0] should be |v_0|^2 / R = {should:.3f}, yours is {seen:.3f}",
        should=float(should), seen=float(seen))


def directed_and_signed(answer):
    v, *weights = _given()
    A = answer(v, *weights)[1]
    if torch.allclose(A, A.T):
        return tr("your affinity is symmetric: reading would always be mutual")
    return None if (A < 0).any() else tr("your affinities are never negative")


def all_read_all(answer):
    """A change of one region reaches another one."""
    v, *weights = _given()
    moved = v.clone()
    moved[4] += 1
    a, b = answer(v, *weights)[0][0], answer(moved, *weights)[0][0]
    return None if not torch.allclose(a, b) else tr(
        "changing region 4 left region 0 as it was: nothing was exchanged")


PROPERTIES = (
    Property("identity", "with r = 0 nothing may change: this is how the layer begins its training.", begins_as_identity),
    Property("order", "regions are a set: their order must not matter.", any_order),
    Property("products", "an affinity is an inner product, divided by the number of regions.", inner_products),
    Property("signed", "affinities have a direction and a sign.", directed_and_signed),
    Property("exchange", "every region hears of every other one.", all_read_all),
)

EXERCISE = Exercise(
    "relate", N_("One step of region reasoning"), "04", 15, 3, 4, SPEC, STARTER, HINTS, solution, example, MISTAKES, PROPERTIES,
    outputs=(N_("regions"), N_("affinity"),), not_checked=N_("the batch normalisation, padding"))
