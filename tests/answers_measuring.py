"""Answers of other people to the exercises of data, measures and trust."""
import numpy as np

from vsrlab.course.exercise import exercise


def wrong(name, key):
    return next(m.wrong for m in exercise(name).mistakes if m.key == key)


# ---------------------------------------------------------------- recall

def recall_loops(scores, image_of_text, k, seek):
    hits, n = 0, 0
    if seek == "text":
        for i in range(scores.shape[0]):
            best = max(scores[i, t] for t in range(scores.shape[1]) if image_of_text[t] == i)
            rank = sum(scores[i, t] >= best for t in range(scores.shape[1]) if image_of_text[t] != i)
            hits, n = hits + (rank < k), n + 1
    else:
        for t in range(scores.shape[1]):
            own = image_of_text[t]
            rank = sum(scores[i, t] >= scores[own, t] for i in range(scores.shape[0]) if i != own)
            hits, n = hits + (rank < k), n + 1
    return np.float64(100 * hits / n)


def recall_by_sorting(scores, image_of_text, k, seek):
    right = np.equal.outer(np.arange(len(scores)), image_of_text)
    table, right = (scores, right) if seek == "text" else (scores.T, right.T)
    found = []
    for row, own in zip(table, right):
        order = np.lexsort((own, -row))                       # among equals the right ones come last
        found.append(own[order].argmax() < k)
    return float(np.mean(found)) * 100


def recall_sorted(scores, image_of_text, k, seek):
    if seek == "text":
        first = [np.argsort(-row, kind="stable")[:k] for row in scores]
        return 100 * np.mean([(image_of_text[f] == i).any() for i, f in enumerate(first)])
    return 100 * np.mean([image_of_text[t] in np.argsort(-scores[:, t], kind="stable")[:k] for t in range(len(image_of_text))])


RIGHT = {"recall": (recall_loops, recall_by_sorting)}
VARIANTS = {"recall": [("sorted", recall_sorted)]}
ODD = {"recall": [("share and strict", lambda scores, image_of_text, k, seek:
                   wrong("recall", "strict")(scores, image_of_text, k, seek) / 100 + 1),
                  ("always 50", lambda scores, image_of_text, k, seek: 50.0),
                  ("cut at one", lambda scores, image_of_text, k, seek:
                   recall_loops(np.minimum(scores, 1), image_of_text, k, seek))]}
