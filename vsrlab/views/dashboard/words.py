"""The dashboard in words: what the query finds, and the pairs that are pinned beside the one looked at."""
import numpy as np

from vsrlab import wording
from vsrlab.measure.ranks import place
from vsrlab.retrieval.answers import Answers
from vsrlab.retrieval.branches import Branches
from vsrlab.views.gallery.words import figures

SHOWN = 3                      # pinned pairs told; the gallery's table has all


def found(a: Answers, corpus) -> str:
    """One sentence: the first answer to the query, and where the right ones stand."""
    photos, first = a.query.side == "text", a.found[0]
    asks = f"“{wording.cut(a.query.text)}”" if photos else f"The photo {corpus.ids[a.query.row]}"
    answer = corpus.ids[first.row] if photos else f"“{wording.cut(corpus.texts[first.row], 50)}”"
    said = f"{asks} finds {answer} first among {wording.thousands(a.gallery)} {'photos' if photos else 'captions'}"
    ranks = wording.several(wording.thousands(t.rank + 1) for t in a.truths)
    many = len(a.truths) > 1
    if not a.truths:
        return f"{said}."
    return f"{said}; the right {'ones stand at ranks' if many else 'one stands at rank'} {ranks}."


def pinned(branches: Branches, state) -> list:
    """A line for each pinned pair that is not looked at: its caption and photo, its score and rank at the state's μ."""
    corpus, lines = branches.scored, []
    for image, text in map(tuple, state.pinned):
        typed = isinstance(text, str)
        if (image, text) == state.pair or image >= len(corpus) or not typed and text >= len(corpus.texts):
            continue
        scores = branches.of_text(text, state.mu)
        right = None if typed else np.arange(len(scores)) == corpus.image_of_text[text]
        rank = place(scores, image, right) + 1
        caption = text if typed else corpus.texts[text]
        lines.append(f"Pinned: “{wording.cut(caption)}” and {corpus.ids[image]}: score {figures(scores[image])}"
                     + f", rank {wording.thousands(rank)} of {wording.thousands(len(corpus))} photos.")
    return lines[:SHOWN]

