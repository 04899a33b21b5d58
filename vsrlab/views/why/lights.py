"""The same word on the right photo and on the wrong one: what it lights up on each, and what it adds there, in one scale."""
from dataclasses import replace

import numpy as np

from vsrlab.explain.choosing import light, passing
from vsrlab.explain.interaction import compares_vectors, interaction
from vsrlab.explain.pair import Pair
from vsrlab.explain.pointing.mix import light as pointing_light
from vsrlab.explain.pointing.mix import pointing_matrix
from vsrlab.retrieval.failures.why import MARKERS, Bar, Why

BLANK = "without any word"     # what the score of vectors has with the text blank
BOTH = "right", "wrong"


def taken_apart(why: Why) -> Why:
    """A Why whose bars are words also where the model compares vectors and has no attention: by the interaction of each pair.

    A word's bar is what it adds with all regions; what is left of the score is there without any word, so that the bars add up.
    """
    index = why.scored.index
    if index is None or index.run is None or not why.pairs or why.pairs[0].word_part is not None or not compares_vectors(
            index.run.model):
        return why
    found = [interaction(Pair(index.run, index, why.image(which), why.text(which))).values for which in BOTH]
    right, wrong = (replace(e, interaction=values.astype(np.float32)) for e, values in zip(why.pairs, found))
    own = [values.sum(1) for values in found]
    words = lambda e, parts: [(word, float(part)) for word, part, marker in zip(e.words, parts, e.markers) if not marker]
    if why.query.side == "text":
        bars = [Bar(word, a, b) for (word, a), (_, b) in zip(words(right, own[0]), words(wrong, own[1]))]
    else:
        bars = [Bar(word, 0.0, part) for word, part in words(wrong, own[1])] + [Bar(word, part, 0.0) for word, part in
                                                                                words(right, own[0])]
    rest = Bar(BLANK, right.score - float(own[0].sum()), wrong.score - float(own[1].sum()))
    return replace(why, bars=[rest, *bars], pairs=(right, wrong))


def named(why: Why) -> list:
    """The bars that are words."""
    return [bar for bar in why.bars if bar.name not in ("score", "μ × global", MARKERS, BLANK)]


def worst(why: Why) -> Bar | None:
    """The word that favours the wrong answer most, `passing` words aside while others do; None without one."""
    ahead = [bar for bar in named(why) if bar.favours > 0]
    telling = [bar for bar in ahead if bar.name.lower() not in passing()]
    return max(telling or ahead or named(why), key=lambda bar: bar.favours, default=None)


def lit(why: Why, which: str, word: int) -> np.ndarray | None:
    """(R,) the light of a word of the "right" or the "wrong" pair, 0 to 1, by what points; full light is the same on both photos of
    a sentence.  None without a matrix."""
    if not why.pairs:
        return None
    matrices = [pointing_matrix(e, why.scored.corpus.truth is not None) for e in why.pairs]
    name, own = matrices[which == "wrong"]
    if own is None:
        return None
    rows = [m[word] for _, m in matrices] if why.query.side == "text" else [own[word]]
    full = max(float(np.max(row)) for row in rows)
    if name in ("attention", "pointing"):
        return light(own[word], full) if name == "attention" else pointing_light(own[word], full)
    return np.clip(own[word] / max(full, 1e-12), 0, 1)
