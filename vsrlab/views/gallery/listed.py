"""Which failures are listed: those that hold a word and whose rank lies in a band."""
import re

import numpy as np

from vsrlab.views.state import BANDS, State


def few(state: State) -> bool:
    """Does the state ask for a part of the failures only?"""
    return bool(state.holds.strip()) or state.band != "any"


def listed(rows, ranks, state: State, corpus) -> np.ndarray:
    """Those of some queries that hold the word of the state, in their caption or one of them, and whose rank is in its band."""
    low, high = BANDS[state.band]
    rank = (ranks.of_texts if state.side == "text" else ranks.of_images)[rows] + 1
    rows, word = rows[(low <= rank) & (rank <= high)], state.holds.strip()
    if not word:
        return rows
    has = re.compile(rf"\b{re.escape(word)}\b", re.IGNORECASE).search
    texts = lambda row: [row] if state.side == "text" else corpus.texts_of(row)
    return rows[[any(has(corpus.texts[t]) for t in texts(row)) for row in rows]]
