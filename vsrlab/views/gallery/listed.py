"""Which failures are listed: those that hold a word, whose rank lies in a band, of a suspected cause, judged so, from the map."""
import re
from weakref import WeakKeyDictionary

import numpy as np

from vsrlab.retrieval.failures.listing import VERDICTS, judged
from vsrlab.retrieval.failures.tally import tally
from vsrlab.retrieval.scored import Scored
from vsrlab.views.state import BANDS, TAG, State

_CAUSES: WeakKeyDictionary = WeakKeyDictionary()      # Scored -> {side: {row: names of the causes that rules suspect}}


def few(state: State) -> bool:
    """Does the state ask for a part of the failures only?"""
    return bool(state.holds.strip() or state.within_images or state.within_texts or state.cause or state.judged
                ) or state.band != "any"


def listed(rows, ranks, state: State, scored: Scored) -> np.ndarray:
    """Those of some queries that hold the word of the state, in their caption or one of them, whose rank is in its band, and whose
    own row, image or one of whose texts was selected on the map, where something was; of its cause, and judged or tagged so."""
    if state.within_images or state.within_texts:
        owner = np.asarray(scored.image_of_text)
        images = {*state.within_images, *owner[list(state.within_texts)].tolist()}
        rows = rows[np.isin(owner[rows] if state.side == "text" else rows, list(images))]
    low, high = BANDS[state.band]
    rank = (ranks.of_texts if state.side == "text" else ranks.of_images)[rows] + 1
    rows, word = rows[(low <= rank) & (rank <= high)], state.holds.strip()
    if state.cause:
        suspected = causes(scored, state.side)
        rows = rows[[state.cause in suspected.get(int(row), ()) for row in rows]]
    if state.judged:
        rows = rows[_said(rows, scored, state)]
    if not word:
        return rows
    has = re.compile(rf"\b{re.escape(word)}\b", re.IGNORECASE).search
    texts = lambda row: [row] if state.side == "text" else scored.texts_of(row)
    return rows[[any(has(scored.texts[t]) for t in texts(row)) for row in rows]]


def causes(scored: Scored, side: str) -> dict:
    """{row of a failure: names of the causes that rules suspect}, of all failures or of a random sample; a second, once."""
    known = _CAUSES.setdefault(scored, {})
    if side not in known:
        found = tally(scored, side)
        known[side] = {int(row): {reason.cause for reason in some} for row, some in zip(found.rows, found.found)}
    return known[side]


def choices(scored: Scored) -> list:
    """What `state.judged` can be here: "", the verdicts, and the causes that people said, as tags."""
    said = scored.judgements.lines if scored.judgements is not None else ()
    return [*VERDICTS, *sorted({f"{TAG}{cause}" for one in said for cause in one.cause})]


def _said(rows, scored, state) -> np.ndarray:
    """(N,) which queries are judged or tagged as the state asks."""
    if not state.judged.startswith(TAG):
        return judged(scored.queries(state.side).loc[rows], state.judged)
    lines, tag = scored.judgements.lines if scored.judgements is not None else (), state.judged.removeprefix(TAG)
    names = scored.text_ids if state.side == "text" else scored.ids
    tagged = {one.text if state.side == "text" else one.image for one in lines if tag in one.cause}
    return np.array([names[row] in tagged for row in rows], bool)
