"""Why: one query, its right answer beside the first wrong one, and all that is known of the difference.

Nothing is scored again but the two pairs: ranks, margins and winners come from the digest.
"""
from dataclasses import dataclass, field, replace

import numpy as np

from vsrlab.desk.causes import causes, reasons_valid
from vsrlab.desk.edits import edit
from vsrlab.desk.record import Record
from vsrlab.desk.wordlists import LISTS, content
from vsrlab.errors import Problem
from vsrlab.explain.explanation import explain_pair
from vsrlab.explain.pair import Pair
from vsrlab.explain.record import Explanation
from vsrlab.retrieval.answers import Query
from vsrlab.retrieval.failures.records import record_of
from vsrlab.retrieval.scored import Scored, alike, scored_of
from vsrlab.scoring import score_all

MARKERS = "start and end"      # what the markers of a sentence add, together
CELLS = {(True, True): "both branches are for the right answer", (True, False): "the global branch alone is for the right answer",
         (False, True): "the local branch alone is for the right answer", (False, False): "both branches are for the wrong answer"}


@dataclass(frozen=True)
class Bar:
    """A part of the difference of two scores: above 0 it favours the wrong answer."""
    name: str                  # "score", "μ × global", or a word
    right: float               # what it adds to the score of the right pair; 0 for a word that only the wrong text has
    wrong: float

    @property
    def favours(self) -> float:
        """Wrong minus right."""
        return self.wrong - self.right


@dataclass(frozen=True, repr=False)
class Why:
    """What is known of one query: rows, ranks from 0, scores, and what speaks for which cause."""
    scored: Scored
    query: Query
    right: int                 # row of the best right answer
    wrong: int                 # row of the best wrong answer: the first one of a failure
    ranks: tuple               # of the right answer, ties counted against it and for it
    scores: tuple              # of the right pair and of the wrong one
    margin_sd: float           # right minus wrong, in deviations of the wrong answers' scores
    tied: bool
    record: Record
    reasons: list              # Reason of every rule that fires, the surest first; [] where nothing failed
    valid: list                # why the wrong pair may be valid, in words
    judged: tuple              # (how many people judged the wrong pair, valid or None)
    bars: list = field(default_factory=list)       # of Bar; they add up to the difference of the scores
    exact: bool = True         # do the bars add up by the model's own formula, or are they shares?
    branch: str = ""           # which branch was right, for a model that has two
    pairs: tuple = ()          # Explanation of the right and of the wrong pair; () for scores alone
    other: tuple = ()          # (name, rank of the right answer, row of its first answer, is it the same wrong one?)

    @property
    def failed(self) -> bool:
        """Is the first answer wrong?"""
        return self.ranks[0] > 0

    @property
    def margin(self) -> float:
        """Score of the right pair minus that of the wrong one."""
        return self.scores[0] - self.scores[1]

    def image(self, which: str) -> int:
        """Row of the image of the "right" or of the "wrong" pair."""
        answer = getattr(self, which)
        return answer if self.query.side == "text" else self.query.row

    def text(self, which: str) -> int:
        """Row of the text of the "right" or of the "wrong" pair."""
        answer = getattr(self, which)
        return self.query.row if self.query.side == "text" else answer

    def words(self) -> tuple:
        """(words of the right photo's captions only, of the wrong one's only, of both), relations left out; of an image query, of
        the two texts."""
        said = [[self.scored.texts[t] for t in self.scored.texts_of(self.image(which))] if self.query.side == "text" else
                [self.scored.texts[self.text(which)]] for which in ("right", "wrong")]
        right, wrong = ([w for w in dict.fromkeys(word for text in some for word in content(text)) if w not in LISTS["relation"]]
                        for some in said)
        return [w for w in right if w not in wrong], [w for w in wrong if w not in right], [w for w in right if w in wrong]


def asked_why(what, text=None, image=None, other=None) -> Why:
    """The Why of a text (its row, its id, or itself) or an image (its row or id); None: the failure with the largest margin.

    other  an Index or a Scored of the same gallery
    """
    scored = scored_of(what, "vl.why")
    others = [] if other is None else [scored_of(other, "vl.why")]
    for one in others:
        if not alike(scored, one):
            raise Problem(f"{one!r} is not the gallery of {scored!r}; score both models on one and the same corpus.")
    if text is None and image is None:
        text = int(failures_by_margin(scored)[0])
    if isinstance(text, str) and text in scored.text_ids:
        text = scored.text_ids.index(text)
    query = Query.of(scored, text, image)
    if query.row is None:
        raise Problem(f"nobody knows the right photo of {query.text!r}, so it cannot have failed; give a text of the gallery or "
                      "its row, or look at what it finds with vl.gallery.")
    known = scored.digest.side(query.side)
    if known.worst[query.row] < 0:
        raise Problem(f"no text of the gallery describes image {scored.ids[query.row]}, so it has nothing to find; give another.")
    record = record_of(scored, query.side, query.row, others)
    right = int(scored.image_of_text[query.row]) if query.side == "text" else _best_text(scored, query.row)
    found = Why(scored, query, right, record.answer, (int(known.worst[query.row]), int(known.best[query.row])),
                (float(known.score[query.row]), float(known.wrong[query.row])), float(known.margin_sd[query.row]),
                bool(known.tied[query.row]), record, [], [], scored.verdicts.get((record.image, record.text), (0, None)))
    found = _taken_apart(found)
    if others:
        found = replace(found, other=_other(others[0], found))
    if not found.failed:
        return found
    return replace(found, reasons=causes(found.record), valid=reasons_valid(found.record))


def failures_by_margin(scored: Scored, side: str = "text") -> np.ndarray:
    """Rows of the queries of a side whose first answer is wrong, the largest margin first, in deviations of the wrong answers."""
    known = scored.digest.side(side)
    failed = np.flatnonzero(known.failed)
    if not len(failed):
        raise Problem(f"{scored.name}: the first answer to every {side} query is right, so there is no failure to explain; name a "
                      f"query: vl.why(scores, {side}=0).")
    return failed[np.argsort(np.nan_to_num(known.margin_sd[failed], nan=0), kind="stable")]


def _best_text(scored, image) -> int:
    """Row of the image's own text that scores highest; an index scores these few pairs alone."""
    own = scored.texts_of(image)
    index = scored.index
    if index is not None and "scores" not in vars(index):
        scores = score_all(index.run.model, index.images.rows([image]), index.texts.rows(own))[0]
    else:
        scores = scored.of_image(image)[own]
    return int(own[np.argmax(scores)])


def _taken_apart(why: Why) -> Why:
    """With the two pairs explained, where a model is there."""
    index = why.scored.index
    if index is None or index.run is None:
        return why
    pairs = [Pair(index.run, index, why.image(which), why.text(which)) for which in ("right", "wrong")]
    right, wrong = (explain_pair(pair) for pair in pairs)
    bars = _bars(why.query.side, right, wrong)
    record, words = why.record, [bar for bar in bars if bar.name not in (MARKERS, "score", "μ × global")]
    if words and why.query.side == "text" and why.failed:
        worst = max(words, key=lambda bar: bar.favours)
        hidden = _without(pairs, [t.word for t in pairs[0].tokens].index(worst.name))
        record = replace(record, bars={bar.name: bar.favours for bar in words}, hidden={worst.name: hidden})
    if why.query.side == "text" and why.failed:
        record = replace(record, turned=_turned(why, index, right.score))
    branch = ""
    if len(right.terms) == 2:
        ahead = tuple(right.terms[name] > wrong.terms[name] for name in ("global", "local"))
        branch = CELLS[ahead]
    return replace(why, bars=bars, exact=right.exact or right.attention is None, branch=branch, pairs=(right, wrong), record=record)


def _bars(side, right: Explanation, wrong: Explanation) -> list:
    """The difference of two scores as a waterfall."""
    if right.word_part is None:
        return [Bar("score", right.score, wrong.score)]
    bars = [Bar("μ × global", right.terms["global"], wrong.terms["global"])] if len(right.terms) == 2 else []
    parts = lambda e: [(w, word, float(part)) for w, (word, part) in enumerate(zip(e.words, e.word_part)) if not e.markers[w]]
    marks = [float(e.word_part[e.markers].sum()) for e in (right, wrong)]
    if side == "text":
        bars += [Bar(word, a, b) for (_, word, a), (_, _, b) in zip(parts(right), parts(wrong))]
    else:
        bars += [Bar(word, 0.0, part) for _, word, part in parts(wrong)] + [Bar(word, part, 0.0) for _, word, part in parts(right)]
    return bars + ([Bar(MARKERS, *marks)] if right.markers.any() or wrong.markers.any() else [])


def _without(pairs, word: int) -> bool:
    """Is the right pair ahead when a word of the text is hidden?"""
    mask = np.ones(pairs[0].words.shape[1], bool)
    mask[word] = False
    if not mask.any():
        return False
    right, wrong = (float(pair.score(word_mask=mask)[0]) for pair in pairs)
    return right > wrong


def _turned(why: Why, index, score) -> tuple | None:
    """The caption with two things exchanged that says something else, and how its score with the right image differs."""
    try:
        edit_ = edit(why.query.text, "order").made[0]
    except Problem:                                                # no relation stands between two things
        return None
    spread = float(why.scored.digest.text.spread[why.query.row])
    if edit_.truth == "same" or not spread > 0:
        return None
    return edit_.edited, abs(float(Pair(index.run, index, why.right, edit_.edited).score()[0]) - score) / spread


def _other(other: Scored, why: Why) -> tuple:
    known, row = other.digest.side(why.query.side), why.query.row
    first = int(known.rows[row, 0])
    return other.name, int(known.worst[row]), first, bool(known.worst[row] > 0 and first == why.wrong)
