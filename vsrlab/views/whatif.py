"""What if: the pair that a state looks at, run again with the knobs, words and regions that the state asks for, each wish once."""
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from vsrlab.data.words import tokenise
from vsrlab.errors import Problem
from vsrlab.explain.explanation import Explanation, Pair, explain, explain_pair
from vsrlab.explain.interaction import Interaction, interaction
from vsrlab.explain.occlusion import Occlusion, occlusion
from vsrlab.explain.pair import without_training
from vsrlab.views.state import State
from vsrlab.wording import signed

KNOBS = ("sharpness", "mu", "direction")
CONTROL = ("Drawn is the control: the same model with random weights, on the colour scale of the trained one; "
           "scores, ranks and tests are those of the trained model.")
GONE = "This record was read from a file and cannot run again; open the pair with vl.attention(run, index, image, text)."
TRAINED = "Drawn is the trained model; its control with random weights is a choice of the attention view."
CACHED = 64
INSIDE = "attention", "cosine", "relevance", "affinity", "layers", "memory", "gates"      # of an Explanation


class Standing(NamedTuple):
    """Where the changed pair stands."""
    score: float
    rank: int                  # among the images, from zero
    gallery: int               # how many images compete


class WhatIf:
    """The record of a pair under the wishes of a state: another pair, other knobs, edited words, words and regions left out.

    Every question turns to the pair of its state first.

    record   the pair as the model sees it when nothing is wished
    pair     the same, ready to run again; None for a record from a file
    """

    def __init__(self, record: Explanation, pair: Pair | None = None):
        self.record, self.pair, self._known = record, pair, {}

    def follow(self, state: State) -> Explanation:
        """Turn to the pair that the state looks at; a state that looks at none leaves it as it is.  -> the record of the pair."""
        e, asked = self.record, state.pair
        if asked is None or asked == (e.image, e.text if e.text_row is None else e.text_row):
            return e
        if self.pair is None:
            raise Problem(GONE)
        pair = Pair(self.pair.run, self.pair.index, *asked)
        self.record, self.pair, self._known = explain(pair.run, pair.index, *asked), pair, {}
        return self.record

    def explanation(self, state: State) -> Explanation:
        """With the knobs and the edited words of `state`; words and regions left out do not change the picture."""
        trained = self.trained(state)
        return self._once(("control", *self._key(state)), lambda: self._control(state)) if state.control else trained

    def trained(self, state: State) -> Explanation:
        """The same of the trained model, whether or not the state asks for its control."""
        self.follow(state)
        if not self.options(state) and not state.edits:
            return self.record
        return self._once(("record", *self._key(state)), lambda: self._again(state))

    def with_mu(self, state: State) -> Explanation:
        """The record scored and ranked with the μ of `state`, and nothing else of what it wishes."""
        e = self.follow(state)
        return e if state.mu is None or e.mu is None or self.pair is None else self.trained(State(mu=state.mu))

    def mu_sentence(self, state: State, measured: str) -> str:
        """Score and rank at the μ of `state`, and what was `measured` at the trained one; "" where the two are the same."""
        now, e = self.with_mu(state), self.record
        if now is e:
            return ""
        said = f"At μ {now.mu:.3g} (trained {e.mu:.3g}) the score is {signed(now.score, False, 3)}, not {signed(e.score, False, 3)}"
        return f"{said}, and the rank {now.image_rank + 1:,}, not {e.image_rank + 1:,}; {measured} at the trained μ."

    def occlusion(self, state: State, control: bool = False) -> Occlusion:
        """What the score loses without each word and region of the changed pair; of its `control` with random weights."""
        self.follow(state)
        pair = lambda: without_training(self.changed(state)) if control else self.changed(state)
        return self._once(("occlusion", control, *self._key(state)), lambda: occlusion(pair(), **self.options(state)))

    def interaction(self, state: State, control: bool = False) -> Interaction:
        """What words and regions of the changed pair carry together of the score of two vectors; of its `control` likewise."""
        self.follow(state)
        pair = lambda: without_training(self.changed(state)) if control else self.changed(state)
        return self._once(("interaction", control, *self._key(state)), lambda: interaction(pair(), **self.options(state)))

    def standing(self, state: State) -> Standing:
        """Score and rank among the images when everything that `state` wishes is done.

        The other images are scored by the changed sentence and knobs; where only regions are left out they keep their scores.
        """
        self.follow(state)
        if not (self.options(state) or state.edits or state.hidden_words or state.hidden_regions):
            return Standing(self.record.score, self.record.image_rank, self.record.gallery[0])
        key = ("standing", *self._key(state), state.hidden_words, state.hidden_regions)
        return self._once(key, lambda: self._standing(state))

    def spreads(self, state: State, around=(0.25, 0.5, 1, 2, 4)) -> dict:
        """{lambda: attention (W, R)} for multiples of the trained lambda."""
        self.follow(state)
        found = {}
        for factor in around:
            sharp = self.record.sharpness * factor
            found[sharp] = self._once(("spread", sharp, *self._key(state)), lambda sharp=sharp: self._attention(state, sharp))
        return found

    def options(self, state: State) -> dict:
        """The knobs that differ from those of the record."""
        wished = {k: getattr(state, k) for k in KNOBS}
        return {k: v for k, v in wished.items() if v is not None and v != getattr(self.record, k)}

    def changed(self, state: State) -> Pair:
        """The pair with the edited words."""
        if self.pair is None:
            raise Problem(GONE)
        if not state.edits:
            return self.pair
        text = edited(self.record, state.edits)
        return self._once(("pair", text), lambda: Pair(self.pair.run, self.pair.index, self.pair.image, text))

    def _attention(self, state, sharpness) -> np.ndarray:
        pair, options = self.changed(state), self.options(state) | {"sharpness": sharpness}
        return pair.match(pair.model.with_knobs(**options))[2].seen["attention"][0, 0].cpu().numpy()

    def _standing(self, state) -> Standing:
        pair, options = self.changed(state), self.options(state)
        words = _stays(pair.words.shape[1], state.hidden_words, "word")
        regions = _stays(pair.regions.shape[1], state.hidden_regions, "region")
        score = float(pair.score(region_mask=regions, word_mask=words, **options)[0])
        if pair.text_row is not None and not options and words.all():
            others = np.asarray(pair.index.scores[:, pair.text_row])
        else:
            key = ("images", *self._key(state), state.hidden_words)
            others = self._once(key, lambda: pair.against_images(word_mask=words, **options))
        return Standing(score, pair.rank(others, score), len(others))

    def _again(self, state) -> Explanation:
        """The record of the changed pair.  The truth stays only where the words did.

        Its rank among the images is new; the other ranks remain the record's, because they cost a pass over every text of the
        gallery, which is too slow for a slider, and the views take them from the record.
        """
        options, e = self.options(state), self.record
        new = explain_pair(self.changed(state), **options)
        rank = self.standing(State(edits=state.edits, **options)).rank
        kept = ("truth", "relations") if not state.edits else ()
        return replace(new, image_rank=rank, **{k: getattr(e, k) for k in (
            "text_row", "gallery", "text_rank", "true_image_rank", "true_text_rank", "right", *kept)})

    def _control(self, state) -> Explanation:
        """The inside of the changed pair under random weights; everything else is told of the trained model."""
        trained = self.trained(state)
        found = explain_pair(without_training(self.changed(state)), **self.options(state))
        return replace(trained, notes=(CONTROL, *trained.notes), **{k: getattr(found, k) for k in INSIDE})

    def _key(self, state) -> tuple:
        return (*sorted(self.options(state).items()), *sorted(state.edits.items()))

    def once(self, key: tuple, state: State, make):
        """What `make` gives, made once for the pair as the state changes it; `key` says what it is."""
        return self._once((*key, *self._key(state)), make)

    def _once(self, key, make):
        if key not in self._known:
            if len(self._known) >= CACHED:
                self._known.pop(next(iter(self._known)))
            self._known[key] = make()
        return self._known[key]


def notes_sentence(notes, state: State) -> str:
    """Notes joined to one sentence, with what is drawn where the state asks for the control; "" for none."""
    notes = [note.rstrip(".") for note in (*notes, TRAINED if state.control else "") if note]
    if not notes:
        return ""
    first, *others = notes
    return "; ".join([first, *(note[:1].lower() + note[1:] for note in others)]) + "."


def edited(e: Explanation, edits: dict) -> str:
    """The caption with some words, by position, each replaced by one other."""
    text = e.text
    for word in sorted(edits, reverse=True):                             # from the end, so that spans stay true
        start, end = e.spans[e.word(word)]
        if start < 0:
            raise Problem(f"{e.words[word]!r} is a marker of the model, not a word of the caption; edit another.")
        if len(tokenise(edits[word])) != 1:
            raise Problem(f"{edits[word]!r} is not one word; give one, so that the others keep their places.")
        text = text[:start] + edits[word].strip() + text[end:]
    return text


def _stays(n: int, hidden, what: str) -> np.ndarray:
    """(n,) True for what is not hidden."""
    keep = np.ones(n, bool)
    for place in hidden:
        if not 0 <= place < n:
            raise Problem(f"{what} {place} is not there: the pair has {what}s 0 to {n - 1}.")
        keep[place] = False
    if not keep.any():
        raise Problem(f"every {what} is left out; keep at least one.")
    return keep
