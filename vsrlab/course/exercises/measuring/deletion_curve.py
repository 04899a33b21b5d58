"""Exercise `deletion-curve`: what happens to the margin when the strongest regions go first."""
import itertools

import numpy as np

from vsrlab.course.exercise import Exercise, Mistake, Property
from vsrlab.course.language import N_, tr

SPEC = N_("""
**deletion-curve** (18 min). An explanation says how much each region matters: `values` (R,). Test it: take the regions away, the
largest value first, and watch. `score(kept)` runs the model on a photo of which only the regions with `kept` (R,) True are left and
returns the score of the pair; `rivals(kept)` returns the scores (K,) of wrong sentences with that same photo.

The *margin* is the score of the pair minus its **best** rival: above 0 the pair wins. Look at it R times: with nothing taken away,
then without the strongest region, without the two strongest, and so on, until one region is left.

Return `curve` (R,), the margins in that order, and `area`, their mean: the lower it is, the better the explanation.
""")

STARTER = '''def deletion(values, score, rivals):
    """values (R,), score(kept) -> number, rivals(kept) -> (K,); returns curve (R,), area."""
    curve = ...
    area = ...
    return curve, area
'''

HINTS = (
    N_("Idea. Sort once, strongest first. Then one loop: look, take the next region away, look again. What is gone stays "
       "gone."),
    N_("Formula. curve_n = s(all but the n strongest) - max_k s_k(all but the n strongest), n = 0 ... R - 1."),
    N_("Code. kept = np.ones(len(values), bool);  for r in np.argsort(-values): curve.append(score(kept) - "
       "rivals(kept).max()); kept[r] = False"),
)


def solution(values, score, rivals):
    kept, curve = np.ones(len(values), bool), []
    for region in np.argsort(-values, kind="stable"):                      # the strongest first
        curve.append(score(kept) - rivals(kept).max())
        kept[region] = False                                               # what is gone stays gone
    return np.array(curve), float(np.mean(curve))


def example(rng):
    r, k = int(rng.integers(4, 7)), 3
    weights, others = rng.normal(size=r), rng.normal(size=(k, r))
    score = lambda kept: float(np.tanh(weights[kept].sum() / 2 + weights.mean()))
    rivals = lambda kept: np.tanh(others[:, kept].sum(1) / 2)
    return dict(values=weights + 0.3 * rng.normal(size=r), score=score, rivals=rivals)


# ---------------------------------------------------------------- known wrong answers

def _curve(order, look, cumulative=True, begin=0):
    kept, curve = np.ones(len(order), bool), []
    for n, region in enumerate(order):
        if n >= begin:
            curve.append(look(kept))
        kept = kept if cumulative else np.ones(len(order), bool)
        kept[region] = False
    return np.array(curve + [look(kept)] if begin else curve)


def _margin(score, rivals):
    return lambda kept: score(kept) - rivals(kept).max()


def _with_area(curve):
    return curve, float(np.mean(curve))


def weakest_first(values, score, rivals):
    return solution(-values, score, rivals)


def score_alone(values, score, rivals):
    return _with_area(_curve(np.argsort(-values), score))


def one_at_a_time(values, score, rivals):
    return _with_area(_curve(np.argsort(-values), _margin(score, rivals), cumulative=False))


def rivals_fixed(values, score, rivals):
    best = rivals(np.ones(len(values), bool)).max()
    return _with_area(_curve(np.argsort(-values), lambda kept: score(kept) - best))


def mean_rival(values, score, rivals):
    return _with_area(_curve(np.argsort(-values), lambda kept: score(kept) - rivals(kept).mean()))


def starts_late(values, score, rivals):
    return _with_area(_curve(np.argsort(-values), _margin(score, rivals), begin=1))


def insertion(values, score, rivals):
    kept, curve = np.zeros(len(values), bool), []
    for region in np.argsort(-values):
        kept[region] = True
        curve.append(score(kept) - rivals(kept).max())
    return _with_area(np.array(curve))


def summed(values, score, rivals):
    curve, _ = solution(values, score, rivals)
    return curve, float(curve.sum())


def unsorted(values, score, rivals):
    return _with_area(np.array([score(values <= v) - rivals(values <= v).max() for v in values]))


def weakest_rival(values, score, rivals):
    return _with_area(_curve(np.argsort(-values), lambda kept: score(kept) - rivals(kept).min()))


MISTAKES = (
    Mistake("weakest-first",
            "the weakest regions go first in yours. A good explanation then looks bad: what matters should be missed at "
            "once.", weakest_first),
    Mistake("score-alone",
            "you watch the score. It may fall because *everything* scores less with fewer regions; only the margin tells "
            "whether the pair still wins.", score_alone),
    Mistake("one-at-a-time",
            "each region comes back before the next one goes. That is occlusion, a question of its own; here what is gone "
            "stays gone.", one_at_a_time),
    Mistake("rivals-fixed",
            "the rivals are asked only once, about the whole photo. They look at the same photo as the pair: ask them again "
            "each time.", rivals_fixed),
    Mistake("mean-rival", "you subtract the mean of the rivals. One that scores higher is enough to lose: subtract the best.",
            mean_rival),
    Mistake("starts-late",
            "your curve begins after the first region is gone and ends with an empty photo. It begins with the whole photo, "
            "where nothing is taken away yet.", starts_late),
    Mistake("insertion",
            "this is insertion: you begin with nothing and add the strongest regions. It asks what is enough; deletion asks "
            "what is needed.", insertion),
    Mistake("sum", "the curve is right. The area is its mean: with the sum a photo with more regions would have more of it.",
            summed),
    Mistake("unsorted",
            "the margins are right, in the order of the regions. A curve shows them in the order in which regions go: the "
            "strongest first.", unsorted),
    Mistake("weakest-rival", "you subtract the weakest rival. To win, the pair has to beat the best of them.", weakest_rival),
)


# ---------------------------------------------------------------- what every right answer has

WEIGHT = np.array([3., 1., 2., .5])
RIVAL = np.array([[.4, .4, .4, .4], [.1, 1.5, .2, .3]])


def _toy(answer, values):
    return answer(np.asarray(values, float), lambda kept: float(WEIGHT[kept].sum()), lambda kept: RIVAL[:, kept].sum(1))


def begins_whole(answer):
    value, wanted = float(_toy(answer, WEIGHT)[0][0]), float(WEIGHT.sum() - RIVAL.sum(1).max())
    return None if abs(value - wanted) < 1e-9 else tr(
        "with nothing taken away the margin is {wanted:.2f}; yours begins with {value:.2f}", wanted=wanted, value=value)


def only_the_order(answer):
    a, b = _toy(answer, WEIGHT)[0], _toy(answer, WEIGHT ** 3)[0]
    return None if np.allclose(a, b) else tr("cubing the values changed the curve, though their order stayed")


def best_of_all_orders(answer):
    """For a score that adds regions up, no order of all has a smaller area."""
    gain = WEIGHT - .4
    mine = float(answer(gain, lambda kept: float(gain[kept].sum()), lambda kept: np.zeros(2))[1])
    every = [np.mean([gain[list(order[n:])].sum() for n in range(4)]) for order in itertools.permutations(range(4))]
    return None if abs(mine - min(every)) < 1e-9 else tr(
        "for a sum of regions no order has a smaller area than the right one, {best:.2f}; yours has {mine:.2f}", best=min(every),
        mine=mine)


PROPERTIES = (
    Property("whole", "the curve begins with the whole photo.", begins_whole),
    Property("order", "only the order of the values counts, not their size.", only_the_order),
    Property("best", "taking the most needed first makes the smallest area.", best_of_all_orders),
)

EXERCISE = Exercise(
    "deletion-curve", N_("Take away what matters"), "06", 18, 3, 4, SPEC, STARTER, HINTS, solution, example, MISTAKES, PROPERTIES,
    outputs=(N_("curve"), N_("area")), not_checked=N_("equal values, random orders beside it"))
