"""Which failures are listed: those that hold a word, whose rank lies in a band, and that were selected on the map."""
import re

import numpy as np

from vsrlab.views.state import BANDS, State


def few(state: State) -> bool:
    """Does the state ask for a part of the failures only?"""
    return bool(state.holds.strip() or state.within_images or state.within_texts) or state.band != "any"


def listed(rows, ranks, state: State, corpus) -> np.ndarray:
    """Those of some queries that hold the word of the state, in their caption or one of them, whose rank is in its band, and whose
    own row, image or one of whose texts was selected on the map, where something was."""
    if state.within_images or state.within_texts:
        owner = np.asarray(corpus.image_of_text)
        images = {*state.within_images, *owner[list(state.within_texts)].tolist()}
        rows = rows[np.isin(owner[rows] if state.side == "text" else rows, list(images))]
    low, high = BANDS[state.band]
    rank = (ranks.of_texts if state.side == "text" else ranks.of_images)[rows] + 1
    rows, word = rows[(low <= rank) & (rank <= high)], state.holds.strip()
    if not word:
        return rows
    has = re.compile(rf"\b{re.escape(word)}\b", re.IGNORECASE).search
    texts = lambda row: [row] if state.side == "text" else corpus.texts_of(row)
    return rows[[any(has(corpus.texts[t]) for t in texts(row)) for row in rows]]
