"""Slices of a gallery's captions: ready ones, made of their words and of the digest, and own ones; each tested beside the rest.

A query is a caption that looks for its photo: slices are made of its words.  Letters: T captions, I photos.
What is read of a Scored: texts, text_ids, ids, image_of_text, digest, is_hub.
"""
from dataclasses import dataclass
from functools import cached_property
from typing import Callable, NamedTuple

import numpy as np
from scipy import special
from scipy.sparse import csr_matrix

from vsrlab.desk.tfidf import Texts
from vsrlab.desk.wordlists import meaning, named, tokens
from vsrlab.errors import Problem, unknown
from vsrlab.measure.paired import LEVEL
from vsrlab.measure.significance import share_interval
from vsrlab.measure.slices import Slice, slice_differences
from vsrlab.measure.units import grouped

BY = {"hit@1": "captions whose photo is found first, %", "rank": "wrong photos that stand below the right one, %",
      "repaired": "captions repaired less broken by the other model, %"}
PEOPLE = frozenset("""man woman boy girl person child kid baby toddler lady guy gentleman player rider worker skater surfer crowd
couple family friend adult teenager soldier dancer cyclist climber runner singer""".split())
ANSWERED = ("the first answer is a hub", "margin")               # how the slices begin that are made of the answers
# Words in -ing that are no verbs; words of place, of which "in" and "on" stand in nearly every caption and are left out.
NO_VERB = frozenset("""thing something nothing anything everything king ring wing string spring swing ceiling building clothing
evening morning during sling earring railing painting lightning pudding wedding being""".split())
SPATIAL = frozenset("""behind front above over below under beneath underneath left right beside next near inside outside between
around through across atop top bottom middle corner""".split())


@dataclass(frozen=True)
class Caption:
    """One query, as the predicates of a slice read it: {"red": lambda r: "red" in r.words}."""
    row: int                   # of the text
    id: str
    text: str
    image: int                 # row of its photo
    captions: list             # all captions of that photo
    rank: int                  # of the right photo, from 0
    winner: int                # row of the first answer
    margin: float              # score of the right photo minus that of the best wrong one
    margin_sd: float           # the same in deviations of the wrong answers' scores

    @property
    def words(self) -> tuple:
        """Its words, lower case."""
        return tokens(self.text)

    @cached_property
    def says(self) -> dict:
        """The words of each list that it has: {"colour": {"red": "red"}, ...}, see `wordlists.named`."""
        return named(self.text)

    @property
    def hit(self) -> bool:
        """Is its photo found first?"""
        return self.rank == 0


class Sliced(NamedTuple):
    """One slice: what it holds, and how it stands beside the rest; values in per cent."""
    name: str
    inside: np.ndarray         # (T,) which captions are in it
    test: Slice
    low: float                 # 95 % interval of the slice's own value; nan for fewer than two units
    high: float

    @property
    def found(self) -> bool:
        """Does it differ from the rest, after Holm's correction for all slices?"""
        return not self.test.small and self.test.holm < LEVEL

    @property
    def of_answers(self) -> bool:
        """Is it made of the answers, and not of the query alone?  Then it tells where the failures are, not what is hard."""
        return self.name.startswith(ANSWERED)

    def said(self) -> str:
        """'worse by 8.1 points', 'no difference seen' or 'too small'."""
        if self.test.small:
            return "too small"
        if not self.found:
            return "no difference seen"
        return f"{'worse' if self.test.difference < 0 else 'better'} by {abs(self.test.difference):.1f} points"


def captions_of(scored) -> list:
    """The T queries as Caption."""
    known, owner = scored.digest.text, np.asarray(scored.image_of_text)
    margin, deviations, own = known.margin, known.margin_sd, {}
    for row, image in enumerate(owner.tolist()):
        own.setdefault(image, []).append(scored.texts[row])
    return [Caption(n, scored.text_ids[n], scored.texts[n], int(owner[n]), own[int(owner[n])], int(known.worst[n]),
                    int(known.rows[n, 0]), float(margin[n]), float(deviations[n])) for n in range(len(owner))]


def ready(scored, captions: list) -> dict:
    """{name: (T,) bool} of the slices that need only texts and the digest."""
    known, words = scored.digest.text, Texts(scored.texts, scored.image_of_text)
    each = lambda test: np.array([bool(test(c)) for c in captions])
    verb = lambda word: len(word) > 4 and word.endswith("ing") and word not in NO_VERB
    found = _thirds("length", np.array([len(c.words) for c in captions], float), "{:.0f}", ("short", "middling", "long"), " words")
    found["a colour"] = each(lambda c: c.says["colour"])
    found["a number"] = each(lambda c: set(c.says["number"]) - {"one"})
    found["a spatial word"] = each(lambda c: SPATIAL & set(c.words))
    found["a word in -ing"] = each(lambda c: any(map(verb, c.words)))
    found["a negation"] = each(lambda c: c.says["negation"])
    found["a rare word"] = each(lambda c: words.rare(c.row))
    found["a person"] = each(lambda c: any(meaning(word) in PEOPLE for word in c.words))
    found |= _thirds("own captions agree", _agreement(words), "{:.2f}", ("little", "middling", "much"), " tf-idf")
    found[ANSWERED[0]] = scored.is_hub(min(10, scored.digest.kept("text")))[known.rows[:, 0]]
    found |= _thirds(ANSWERED[1], np.abs(known.margin_sd), "{:.2f}", ("close", "middling", "wide"), " deviations")
    return found


def _thirds(name, value, number, called, unit) -> dict:
    """Three slices of about the same size by a value (T,); equal values stay together, nan is in none."""
    known = value[np.isfinite(value)]
    if not len(known) or known.min() == known.max():
        return {}
    low, high = np.quantile(known, [1 / 3, 2 / 3], method="lower")
    parts = [value <= low, (value > low) & (value <= high), value > high]
    told = [f"to {number.format(low)}{unit}", f"to {number.format(high)}{unit}", f"above {number.format(high)}{unit}"]
    return {f"{name}: {word} ({range_})": part for word, range_, part in zip(called, told, parts) if part.any()}


def _agreement(words: Texts) -> np.ndarray:
    """(T,) the mean tf-idf cosine of all pairs of captions of each caption's photo; nan where it has one."""
    many, texts = np.bincount(words.owner), len(words.owner)
    whose = csr_matrix((np.ones(texts), (words.owner, np.arange(texts))), shape=(len(many), texts))
    sums = whose @ words.rows                                    # |sum of unit rows|^2 = n + 2 x the sum over pairs
    total = np.asarray(sums.multiply(sums).sum(1)).ravel()
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(many > 1, (total - many) / (many * (many - 1)), np.nan)[words.owner]


def own(predicates: dict, captions: list) -> dict:
    """{name: (T,) bool} of functions of a Caption, or of arrays."""
    if not isinstance(predicates, dict):
        raise Problem('predicates are a dictionary of functions or of True and False: {"red": lambda r: "red" in r.words}.')
    found = {}
    for name, one in predicates.items():
        if isinstance(one, Callable):
            try:
                found[str(name)] = np.array([bool(one(c)) for c in captions])
            except Exception as error:                           # somebody's own function: any error is theirs to mend
                raise Problem(f"the predicate {name!r} stopped with {type(error).__name__}: {error}; it is given a caption with "
                              f"{', '.join(Caption.__dataclass_fields__)}, words, says and hit.") from error
            continue
        one = np.asarray(one)
        if one.dtype != bool or one.shape != (len(captions),):
            raise Problem(f"the slice {name!r} is {one.shape} of {one.dtype} for {len(captions)} captions; give True or False for "
                          "every caption, or a function of one.")
        found[str(name)] = one
    return found


def gains(scored, by: str, other=None) -> np.ndarray:
    """(T,) what each caption earns: 1 or 0 for a hit or a miss; the share of wrong photos below the right one; 1, 0 or -1."""
    if by not in BY:
        raise unknown("number to slice by", by, BY)
    if (by == "repaired") != (other is not None):
        raise Problem('"repaired" compares two models: vl.slices(scores, by="repaired", other=others), and only it does.')
    rank = scored.digest.text.worst
    if by == "rank":
        return 1 - rank / max(len(scored.ids) - 1, 1)
    hit = (rank == 0).astype(float)
    return hit if by == "hit@1" else (other.digest.text.worst == 0) - hit


def sliced(scored, predicates=None, by: str = "hit@1", other=None, with_ready: bool = True, groups=None) -> list:
    """[Sliced, ...]: the ready slices and one's own, in this order.

    groups  (I,) a label for each photo; photos with one label, as near-duplicates, are one unit.  None: each is one
    """
    gain, captions = gains(scored, by, other), captions_of(scored)
    chosen = (ready(scored, captions) if with_ready else {}) | own(predicates or {}, captions)
    if not chosen:
        raise Problem('there is no slice: give predicates={"red": lambda r: "red" in r.words}, or leave ready=False out.')
    owner = np.asarray(scored.image_of_text)
    unit = (np.arange(len(scored.ids)) if groups is None else grouped(groups, len(scored.ids)))[owner]
    tests = slice_differences(gain, unit, chosen)
    return [Sliced(name, inside, tests[name], *_interval(gain[inside], unit[inside], by)) for name, inside in chosen.items()]


def _interval(gain, unit, by) -> tuple:
    """(low, high) of a slice's own value, per cent; of hits as of every recall, else linearised over units with Student's t."""
    total = lambda values: np.bincount(np.unique(unit, return_inverse=True)[1], weights=values)
    if len(set(unit.tolist())) < 2:
        return float("nan"), float("nan")
    d, m = total(gain), total(np.ones(len(gain)))
    if by == "hit@1":
        return share_interval(d, m)[:2]
    n, mean = len(m), d.sum() / m.sum()
    half = np.sqrt(n / (n - 1) * np.square(d - mean * m).sum()) / m.sum() * special.stdtrit(n - 1, 0.975)
    return float(100 * (mean - half)), float(100 * (mean + half))
