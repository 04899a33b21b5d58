"""A selection of points of the map: what it holds against all, and the words that stand out in it."""
import numpy as np

from vsrlab.data.words import tokenise
from vsrlab.space.atlas import Atlas
from vsrlab.wording import thousands

TOLD, RARE = 5, 3                      # words that are told; a word has to stand in so many captions of the selection


def contents(atlas: Atlas, points) -> str:
    """What a selection of points is like, against all."""
    points = np.asarray(points, int)
    if not len(points):
        return "No point lies there."
    ranks, text = atlas.ranks, atlas.is_text
    images, captions = thousands((~text[points]).sum()), thousands(text[points].sum())
    recalled = 100 * (ranks[points] == 0).mean()
    said = (f"{thousands(len(points))} points, {images} images and {captions} captions; "
            f"R@1 {recalled:.0f} % (all: {100 * (ranks == 0).mean():.0f} %).")
    words = outstanding(atlas, points)
    if words:
        said += " Words that stand out: " + ", ".join(f"“{word}” ({times:.1f} times)" for word, times in words) + "."
    return said


def outstanding(atlas: Atlas, points) -> list:
    """[(word, how many times more often it stands in the captions of these points than in those of all), ...], most first.

    A point that is an image counts with its sampled caption.  One is added to each count, so that rare words do not lead.
    """
    n = len(atlas.images)
    pairs = np.unique(np.asarray(points, int) % n)
    if not len(pairs) or len(pairs) == n:
        return []
    held = [{word for word, _, _ in tokenise(atlas.corpus.texts[t])} for t in atlas.texts]
    inside, everywhere = {}, {}
    for pair in range(n):
        for word in held[pair]:
            everywhere[word] = everywhere.get(word, 0) + 1
    for pair in pairs:
        for word in held[pair]:
            inside[word] = inside.get(word, 0) + 1
    share = {word: (count + 1) / (len(pairs) + 2) / ((everywhere[word] + 1) / (n + 2)) for word, count in inside.items()
             if count >= RARE}
    best = sorted(share.items(), key=lambda one: (-one[1], one[0]))[:TOLD]
    return [(word, times) for word, times in best if times > 1.2]


def keep(atlas: Atlas, points, state):
    """Points become the selection of a state, as rows of its images and texts; other views of the state list what lies in it."""
    points = np.asarray(points, int)
    rows = lambda kind: tuple(sorted(int(atlas.rows[p]) for p in points if atlas.is_text[p] == kind))
    state.set(within_images=rows(False), within_texts=rows(True))


def kept(atlas: Atlas, state) -> np.ndarray:
    """The points that the selection of a state has in this sample."""
    image = ~atlas.is_text & np.isin(atlas.rows, list(state.within_images))
    return np.flatnonzero(image | (atlas.is_text & np.isin(atlas.rows, list(state.within_texts))))


def ends(state) -> tuple:
    """What a state asks with and what it looks at: {"text": row or sentence} or {"image": row}, {} for nothing."""
    asked, seen = state.typed or state.query, "image" if state.side == "text" else "text"
    query = {} if asked is None else {state.side: asked}
    answer = {} if state.candidate is None else {seen: state.candidate}
    return query, answer
