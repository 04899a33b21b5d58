"""Exercise `trust`: are neighbours on a map neighbours in the space?"""
import numpy as np

from vsrlab.course.exercise import Exercise, Mistake, Property
from vsrlab.course.language import N_, tr

SPEC = N_("""
**trust** (20 min). A map shows N points of a space of D dimensions in the plane. `points` (N, D) are their vectors, `places` (N, 2)
where they lie on the map. Are neighbours on the map neighbours in the space?

* In the space, near means a large cosine. The rank of j for i is 1 for the nearest of all *other* points, 2 for the next.
* On the map, near means a small distance. For each point take its `k` nearest others on the map.
* Such a neighbour is a false one by as much as its rank in the space is above k: it costs `max(0, rank - k)`.

The trustworthiness is 1 - 2 / (N k (2N - 3k - 1)) times the sum of all costs: 1 if no neighbour is false. Return that number.
""")

STARTER = '''def trust(points, places, k):
    """points (N, D), places (N, 2), k -> trustworthiness, at most 1."""
    ...
'''

HINTS = (
    N_("Idea. Make two tables (N, N): ranks in the space, and distances on the map. Then walk over the k nearest of each row "
       "of the second, and look up the first."),
    N_("Formula. T = 1 - 2 / (N k (2N - 3k - 1)) sum_i sum over j among the k nearest of i on the map of max(0, rank_i(j) - "
       "k)."),
    N_("Code. near = unit @ unit.T;  np.fill_diagonal(near, np.inf);  rank = (-near).argsort(1).argsort(1)   # 0 is the "
       "point itself"),
)


def solution(points, places, k):
    """Venna and Kaski's trustworthiness: what false neighbours of the map cost."""
    unit, n = points / np.linalg.norm(points, axis=1, keepdims=True), len(points)
    near = unit @ unit.T
    np.fill_diagonal(near, np.inf)                                         # the point itself has rank 0
    rank = (-near).argsort(1).argsort(1)                                   # (N, N) in the space
    far = np.linalg.norm(places[:, None] - places[None], axis=-1)
    np.fill_diagonal(far, np.inf)                                          # no point is its own neighbour
    beside = far.argsort(1)[:, :k]                                         # (N, k) on the map
    cost = np.maximum(np.take_along_axis(rank, beside, 1) - k, 0).sum()
    return float(1 - 2 / (n * k * (2 * n - 3 * k - 1)) * cost)


def example(rng):
    n, k = int(rng.integers(11, 15)), int(rng.integers(2, 4))
    points = rng.normal(size=(n, 4)) * rng.uniform(.3, 3, (n, 1))
    return dict(points=points, places=points[:, :2] + rng.normal(size=(n, 2)) * rng.choice([.3, 1.5]), k=k)


# ---------------------------------------------------------------- known wrong answers

def _tables(points, places, euclid=False):
    unit = points / np.linalg.norm(points, axis=1, keepdims=True)
    space = np.linalg.norm(points[:, None] - points[None], axis=-1) if euclid else -(unit @ unit.T)
    plane = np.linalg.norm(places[:, None] - places[None], axis=-1)
    return space, plane


def _apart(table, value):
    table = table.copy()
    np.fill_diagonal(table, value)
    return table


def _measure(ranked, chosen, k, self_rank=-np.inf, self_near=np.inf, off=0, floor=True):
    rank = _apart(ranked, self_rank).argsort(1).argsort(1) + off
    beside = _apart(chosen, self_near).argsort(1)[:, :k]
    cost, n = np.take_along_axis(rank, beside, 1) - k, len(ranked)
    return float(1 - 2 / (n * k * (2 * n - 3 * k - 1)) * (np.maximum(cost, 0) if floor else np.abs(cost)).sum())


def exchanged(points, places, k):
    space, plane = _tables(points, places)
    return _measure(plane, space, k)


def self_counted(points, places, k):
    space, plane = _tables(points, places)
    return _measure(space, plane, k, self_near=-1.0)


def off_by_one(points, places, k):
    space, plane = _tables(points, places)
    return _measure(space, plane, k, off=-1)


def distances(points, places, k):
    space, plane = _tables(points, places, euclid=True)
    return _measure(space, plane, k)


def both_signs(points, places, k):
    space, plane = _tables(points, places)
    return _measure(space, plane, k, floor=False)


def shared(points, places, k):
    space, plane = _tables(points, places)
    a, b = (_apart(x, np.inf).argsort(1)[:, :k] for x in (space, plane))
    return float(np.mean([len(set(x) & set(y)) / k for x, y in zip(a.tolist(), b.tolist())]))


def the_cost(points, places, k):
    return 1 - solution(points, places, k)


def opposite(points, places, k):
    space, plane = _tables(points, places)
    return _measure(-space, plane, k)


def one_argsort(points, places, k):
    space, plane = _tables(points, places)
    order, beside = _apart(space, -np.inf).argsort(1), _apart(plane, np.inf).argsort(1)[:, :k]
    cost, n = np.take_along_axis(order, beside, 1) - k, len(points)
    return float(1 - 2 / (n * k * (2 * n - 3 * k - 1)) * np.maximum(cost, 0).sum())


MISTAKES = (
    Mistake("exchanged",
            "map and space have changed places: this is *continuity*, whether neighbours in the space stay neighbours on the "
            "map. Ask the map for neighbours and the space for ranks.", exchanged),
    Mistake("self-counted",
            "each point is among its own neighbours on the map: its distance 0 is the smallest. Leave it out, else one of "
            "the k places is wasted.", self_counted),
    Mistake("off-by-one",
            "your ranks begin at 0 with the nearest other point. They begin at 1, so that the k nearest cost nothing and the "
            "next one costs 1.", off_by_one),
    Mistake("distances",
            "you measure distances in the space. Scores are cosines, so near means a large cosine there: lengths must not "
            "matter.", distances),
    Mistake("both-signs",
            "neighbours that are nearer in the space than k cost something in yours. They are right ones: only what is above "
            "k costs.", both_signs),
    Mistake("shared",
            "this is the share of neighbours that map and space have in common. A good measure, and a stricter one: it does "
            "not ask how far away a false neighbour was.", shared),
    Mistake("cost", "this is what is lost, 1 minus the trustworthiness.", the_cost),
    Mistake("opposite", "the rank 1 goes to the *least* alike point in yours. A large cosine means near.", opposite),
    Mistake("one-argsort",
            "one argsort says which point stands at each place; you use it as if it said at which place each point stands. "
            "That takes a second argsort.", one_argsort),
)


# ---------------------------------------------------------------- what every right answer has

ANGLE = np.sort(np.random.default_rng(4).uniform(0, 2 * np.pi, 12))
CIRCLE = np.stack([np.cos(ANGLE), np.sin(ANGLE)], 1)
OTHER = np.random.default_rng(5).normal(size=(12, 2))


def perfect_map(answer):
    value = float(answer(CIRCLE, CIRCLE, 3))
    return None if abs(value - 1) < 1e-9 else tr(
        "points of a circle, mapped to where they are, must have 1; yours is {value:.3f}", value=value)


def lengths_do_not_matter(answer):
    a, b = float(answer(CIRCLE, OTHER, 3)), float(answer(CIRCLE * np.arange(1, 13)[:, None], OTHER, 3))
    return None if abs(a - b) < 1e-9 else tr("making points of the space longer changed it from {a:.3f} to {b:.3f}", a=a, b=b)


def size_of_the_map(answer):
    a, b = float(answer(CIRCLE, OTHER, 3)), float(answer(CIRCLE, 10 * OTHER - 4, 3))
    return None if abs(a - b) < 1e-9 else tr("a map ten times as large has {b:.3f} instead of {a:.3f}", a=a, b=b)


def mixed_up(answer):
    value = float(answer(CIRCLE, CIRCLE[np.random.default_rng(6).permutation(12)], 3))
    return None if value < 0.9 else tr("a map whose points were mixed up still has {value:.3f}", value=value)


PROPERTIES = (
    Property("perfect", "a map that keeps everything has 1.", perfect_map),
    Property("length", "only directions count in the space.", lengths_do_not_matter),
    Property("map-size", "the size and place of the map do not matter.", size_of_the_map),
    Property("mixed-up", "a map that was mixed up is not to be trusted.", mixed_up),
)

EXERCISE = Exercise(
    "trust", N_("Can a map be trusted?"), "07", 20, 4, 3, SPEC, STARTER, HINTS, solution, example, MISTAKES, PROPERTIES,
    outputs=(N_("trustworthiness"),), not_checked=N_("equal distances, memory for many points"))
