"""Exercise `pointing-game`: does the strongest region of a word show what the word names?"""
import numpy as np

from vsrlab.course.exercise import Exercise, Mistake, Property
from vsrlab.course.language import N_, tr

SPEC = N_("""
**pointing-game** (12 min). `attention` (W, R) says how much each word looks at each region. `truth` is a list of W lists: for each
word the regions that show what it names, `[]` for a word that names nothing, such as "the".

* A word *hits* if the region it looks at most is one of its own. Words that name nothing do not play.
* `hit_rate`: the share of hits among the words that play, in per cent.
* `chance`: what a region drawn by lot would reach on average for the same words, in per cent.

Return both numbers.
""")

STARTER = '''def pointing(attention, truth):
    """attention (W, R), truth: W lists of regions -> hit rate, chance; both in per cent."""
    hit_rate = ...
    chance = ...
    return hit_rate, chance
'''

HINTS = (
    N_("Idea. First list the words that play. For each of them two small questions: is its strongest region in its list, and "
       "how large is its list beside R?"),
    N_("Formula. hit rate = mean over words with a truth of [argmax_r a_wr in truth_w]; chance = mean of |truth_w| / R."),
    N_("Code. words = [w for w, own in enumerate(truth) if own];  hits = [attention[w].argmax() in truth[w] for w in words]"),
)


def solution(attention, truth):
    words = [w for w, own in enumerate(truth) if own]                       # those that name something
    hits = [int(attention[w].argmax()) in truth[w] for w in words]
    chance = [len(truth[w]) / attention.shape[1] for w in words]
    return 100 * float(np.mean(hits)), 100 * float(np.mean(chance))


def example(rng):
    """An attention in which about half of the words point right, and some words name nothing."""
    w, r = int(rng.integers(5, 8)), int(rng.integers(8, 11))
    truth = [sorted(map(int, rng.choice(r, int(rng.integers(1, 4)), replace=False))) if n % 3 else [] for n in range(w)]
    logits = rng.normal(size=(w, r))
    for n, own in enumerate(truth):
        if own and rng.random() < 0.5:
            logits[n, own[-1]] += 2
    return dict(attention=np.exp(logits) / np.exp(logits).sum(1, keepdims=True), truth=truth)


# ---------------------------------------------------------------- known wrong answers

def _played(attention, truth, hit, chance=lambda own, r: len(own) / r, words=None):
    words = [w for w, own in enumerate(truth) if own] if words is None else words
    return (100 * float(np.mean([hit(attention[w], truth[w]) for w in words])),
            100 * float(np.mean([chance(truth[w], attention.shape[1]) for w in words])))


def _hit(row, own):
    return int(row.argmax()) in own


def all_words(attention, truth):
    return _played(attention, truth, _hit, words=range(len(truth)))


def top_three(attention, truth):
    return _played(attention, truth, lambda row, own: bool(set(map(int, np.argsort(-row)[:3])) & set(own)))


def other_caption(attention, truth):
    moved = [own for own in truth if own]
    moved = iter(moved[1:] + moved[:1])
    return solution(attention, [next(moved) if own else [] for own in truth])


def first_region(attention, truth):
    return _played(attention, truth, lambda row, own: int(row.argmax()) == own[0])


def mass(attention, truth):
    return _played(attention, truth, lambda row, own: row[own].sum())


def one_of_all(attention, truth):
    return _played(attention, truth, _hit, lambda own, r: 1 / r)


def share(attention, truth):
    return tuple(x / 100 for x in solution(attention, truth))


def weakest(attention, truth):
    return solution(-attention, truth)


def chance_of_all(attention, truth):
    return solution(attention, truth)[0], 100 * sum(map(len, truth)) / attention.size


MISTAKES = (
    Mistake("all-words",
            "words that name nothing play in yours and always lose. \"the\" cannot point at anything; leave it out of both "
            "numbers.", all_words),
    Mistake("top-three",
            "you ask whether one of the three strongest regions is right. The game asks for the strongest alone; with three "
            "tries chance would be three times as high.", top_three),
    Mistake("other-word",
            "the chance is right. The truth you compare with is that of another word: truth[w] belongs to row w, and "
            "counting must not move when a word is left out.", other_caption),
    Mistake("first-region",
            "the chance is right. You compare with the first region of the list only; any region that shows the thing will "
            "do.", first_region),
    Mistake("mass",
            "the chance is right. You add the attention that falls on the right regions. That is a measure, too, but the "
            "pointing game asks only where the strongest lies.", mass),
    Mistake("chance-one",
            "the hit rate is right. Chance is not 1 / R: a word with three regions is hit by lot three times as often.",
            one_of_all),
    Mistake("share", "these are shares from 0 to 1; asked is per cent.", share),
    Mistake("weakest", "you take the region that a word looks at least. The largest attention is what it points at.", weakest),
    Mistake("chance-all",
            "the hit rate is right. Words that name nothing are counted in your chance; they do not play, so leave them out "
            "there as well.", chance_of_all),
)


# ---------------------------------------------------------------- what every right answer has

ATTENTION = np.array([[.1, .7, .1, .1], [.4, .2, .3, .1], [.1, .2, .1, .6]])
TRUTH = [[1], [], [3, 0]]


def perfect(answer):
    hit, chance = answer(ATTENTION, TRUTH)
    if abs(float(hit) - 100) > 1e-6:
        return tr("both words point at their own thing; yours says {hit:.1f}", hit=float(hit))
    return None if abs(float(chance) - 37.5) < 1e-6 else tr(
        "chance is the mean of 1/4 and 2/4, 37.5 per cent; yours says {chance:.1f}", chance=float(chance))


def silent_words(answer):
    a, b = answer(ATTENTION, TRUTH), answer(np.vstack([ATTENTION, [.25] * 4]), TRUTH + [[]])
    return None if np.allclose(a, b) else tr(
        "one more word that names nothing changed the result from {a} to {b}", a=[round(float(x), 1) for x in a],
        b=[round(float(x), 1) for x in b])


def everything_named(answer):
    hit, chance = answer(ATTENTION, [[0, 1, 2, 3]] * 3)
    return None if abs(hit - 100) < 1e-6 and abs(chance - 100) < 1e-6 else tr(
        "where every region is right, both are 100; yours are {hit:.1f} and {chance:.1f}", hit=float(hit), chance=float(chance))


PROPERTIES = (
    Property("perfect", "words that point at their thing hit.", perfect),
    Property("silent", "a word that names nothing changes nothing.", silent_words),
    Property("all", "where everything is right, even a lottery hits.", everything_named),
)

EXERCISE = Exercise(
    "pointing-game", N_("Do words point at what they name?"), "06", 12, 2, 4, SPEC, STARTER, HINTS,
    solution, example, MISTAKES, PROPERTIES,
    outputs=(N_("hit rate"), N_("chance")), not_checked=N_("equal attention, sentences without any such word"))
