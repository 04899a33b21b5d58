"""Exercise `mix`: two score matrices become one, and mu is chosen on a gallery."""
import numpy as np

from vsrlab.course.exercise import Exercise, Mistake, Property
from vsrlab.course.language import N_, tr

SPEC = N_("""
**mix** (12 min). VSR++ adds two scores: what words and regions agree on, `local` (I, T), and how alike whole photo and whole
sentence are, `whole` (I, T): S = local + mu * whole. `image_of_text` (T,) is the row of the image of each text.

1. `mixed`: the scores at `mu`;
2. `best`: the number of `grid` with which most texts find their image at place 1. A tie with a wrong image counts against the
   model; where several numbers of the grid find equally many, take the first of them.

Return `mixed` (I, T) and `best` (one number of the grid).
""")

STARTER = '''def mix(local, whole, image_of_text, mu, grid):
    """local, whole (I, T), image_of_text (T,), mu, grid (G,) -> mixed (I, T), best mu of the grid."""
    mixed = ...
    best = ...
    return mixed, best
'''

HINTS = (
    N_("Idea. Write a small function that counts, for one mu, the texts whose image stands alone at the top of its column. "
       "Then ask it for every number of the grid."),
    N_("Formula. hit(t) = [S_own,t > max over other images i of S_it]; best = argmax over mu of sum_t hit(t)."),
    N_("Code. own = S[image_of_text, np.arange(T)];  hits = ((S >= own).sum(0) == 1).sum();  np.argmax takes the first of "
       "equals."),
)


def solution(local, whole, image_of_text, mu, grid):
    def hits(scores):
        own = scores[image_of_text, np.arange(scores.shape[1])]             # (T,) score of the right image
        return int(((scores >= own).sum(0) == 1).sum())                     # nothing else as high
    found = [hits(local + m * whole) for m in grid]
    return local + mu * whole, float(grid[int(np.argmax(found))])


def example(rng):
    """Two score matrices with few levels, hence many ties, and a grid of mu."""
    images, texts = int(rng.integers(4, 6)), int(rng.integers(8, 13))
    owner = np.concatenate([np.arange(images), rng.integers(0, images, texts - images)])
    local, whole = rng.integers(0, 5, (images, texts)) / 4, rng.integers(0, 5, (images, texts)) / 4
    local[owner, np.arange(texts)] += rng.choice([0, .25, .5], texts)
    whole[owner, np.arange(texts)] += rng.choice([0, .25, .5], texts)
    return dict(local=local, whole=whole, image_of_text=owner, mu=float(rng.choice([.5, 2.0])),
                grid=np.array([0., .25, .5, 1., 2., 4.]))


# ---------------------------------------------------------------- known wrong answers

def _with(local, whole, owner, mu, grid, mixed=lambda a, b, m: a + m * b, ties=1, last=False, axis=0):
    def hits(scores):
        if axis:
            right = owner[None, :] == np.arange(len(scores))[:, None]
            best = np.where(right, scores, -np.inf).max(1, keepdims=True)
            return int((((scores >= best) & ~right).sum(1) == 0).sum())
        own = scores[owner, np.arange(scores.shape[1])]
        above = (scores >= own).sum(0) - 1 if ties else (scores > own).sum(0)
        return int((above == 0).sum())
    found = np.array([hits(mixed(local, whole, m)) for m in grid])
    n = len(grid) - 1 - int(np.argmax(found[::-1])) if last else int(np.argmax(found))
    return mixed(local, whole, mu), float(grid[n])


def wrong_side(local, whole, image_of_text, mu, grid):
    return _with(local, whole, image_of_text, mu, grid, lambda a, b, m: m * a + b)


def shares(local, whole, image_of_text, mu, grid):
    return _with(local, whole, image_of_text, mu, grid, lambda a, b, m: (1 - m) * a + m * b)


def ranks_mixed(local, whole, image_of_text, mu, grid):
    order = lambda x: -x.argsort(0, kind="stable")[::-1].argsort(0).astype(float)
    return _with(local, whole, image_of_text, mu, grid, lambda a, b, m: order(a) + m * order(b))


def per_query(local, whole, image_of_text, mu, grid):
    z = lambda x: (x - x.mean(0)) / (x.std(0) + 1e-12)
    return _with(local, whole, image_of_text, mu, grid, lambda a, b, m: z(a) + m * z(b))


def ties_for(local, whole, image_of_text, mu, grid):
    return _with(local, whole, image_of_text, mu, grid, ties=0)


def last_of_equals(local, whole, image_of_text, mu, grid):
    return _with(local, whole, image_of_text, mu, grid, last=True)


def other_direction(local, whole, image_of_text, mu, grid):
    return _with(local, whole, image_of_text, mu, grid, axis=1)


def count_for_mu(local, whole, image_of_text, mu, grid):
    mixed, best = solution(local, whole, image_of_text, mu, grid)
    own = (local + best * whole)
    return mixed, float(((own >= own[image_of_text, np.arange(own.shape[1])]).sum(0) == 1).sum())


def by_argmax(local, whole, image_of_text, mu, grid):
    found = [int(((local + m * whole).argmax(0) == image_of_text).sum()) for m in grid]
    return local + mu * whole, float(grid[int(np.argmax(found))])


MISTAKES = (
    Mistake("wrong-side",
            "mu weighs the local score in yours. It belongs to `whole`: mu = 0 must leave the local score alone.", wrong_side),
    Mistake("shares",
            "you share between the two, (1 - mu) and mu. VSR++ adds: local stays as it is, and mu may well be above 1.",
            shares),
    Mistake("ranks",
            "you mix places instead of scores. That is another method (rank fusion): it forgets by how much an answer wins.",
            ranks_mixed),
    Mistake("per-query",
            "you bring both matrices to one scale for each text first. Then mu means another thing for every query; here one "
            "number serves all.", per_query),
    Mistake("ties-for",
            "`mixed` is right. An image that ties with a wrong one counts as found in yours; a tie counts against the model.",
            ties_for),
    Mistake("last",
            "`mixed` is right. Where several numbers of the grid find equally many texts you take the last one; take the "
            "first, the one closest to local alone.", last_of_equals),
    Mistake("direction",
            "`mixed` is right. You count images that find one of their texts. Here the texts are the queries: look down each "
            "column.", other_direction),
    Mistake("count",
            "`mixed` is right. You return how many texts are found; asked is the number of the grid that finds so many.",
            count_for_mu),
    Mistake("argmax",
            "`mixed` is right. argmax takes the first of equal images, so a tie is decided by the order of the file. A tie "
            "counts against the model: count what is as high.", by_argmax),
)


# ---------------------------------------------------------------- what every right answer has

RNG = np.random.default_rng(7)
LOCAL, WHOLE, OWNER, GRID = RNG.normal(size=(4, 8)), RNG.normal(size=(4, 8)), np.repeat(np.arange(4), 2), np.array([0., .5, 1., 2.])


def zero_is_local(answer):
    return None if np.allclose(answer(LOCAL, WHOLE, OWNER, 0.0, GRID)[0], LOCAL) else tr(
        "with mu = 0 the mix is not the local score")


def one_of_the_grid(answer):
    best = float(answer(LOCAL, WHOLE, OWNER, 1.0, GRID)[1])
    return None if (np.abs(GRID - best) < 1e-12).any() else tr("{best:.3g} is no number of the grid", best=best)


def useless_whole(answer):
    sure = LOCAL + 9 * (OWNER[None] == np.arange(4)[:, None])
    best = float(answer(sure, WHOLE, OWNER, 1.0, GRID)[1])
    return None if best == 0 else tr("local alone finds every text, and yours takes mu = {best:.3g}", best=best)


def scaled(answer):
    a, b = answer(LOCAL, WHOLE, OWNER, 1.0, GRID)[0], answer(LOCAL, 2 * WHOLE, OWNER, 0.5, GRID)[0]
    return None if np.allclose(a, b) else tr("doubling `whole` and halving mu changed the mix")


PROPERTIES = (
    Property("zero", "mu = 0 is the local score alone.", zero_is_local),
    Property("scale", "only mu times `whole` counts.", scaled),
    Property("grid", "the best mu is one that was tried.", one_of_the_grid),
    Property("first", "where local alone answers everything, nothing is to be added.", useless_whole),
)

EXERCISE = Exercise(
    "mix", N_("How much of each score?"), "09", 12, 3, 3, SPEC, STARTER, HINTS, solution, example, MISTAKES, PROPERTIES,
    outputs=(N_("mixed"), N_("best")), not_checked=N_("whether the mu would be the best on another gallery"))
