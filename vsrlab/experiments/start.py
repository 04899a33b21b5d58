"""Lesson 00: one sentence and its photo.  Which photo wins, what a sentence claims, and what one other colour does."""

import numpy as np

from vsrlab import colours, draw
from vsrlab.data.scenes.world import COLOURS
from vsrlab.data.thumbnail import photo_of
from vsrlab.data.words import tokenise
from vsrlab.errors import Problem
from vsrlab.experiments.found import Found
from vsrlab.explain.choosing import best_word
from vsrlab.explain.explanation import explain
from vsrlab.figures.layout import EDGE, WIDTH
from vsrlab.run.departures import departures, said
from vsrlab.wording import cut, several

TRIED = 12  # sentences that are looked at closely before one is chosen
OPTIONS = 4  # photos of the guess


def clear_pair(index, word: str = "") -> tuple:
    """(row of an image, row of a text): a match to begin with, whose words look at what they name.

    Chosen, not random: of the texts that find their photo and are found by it (with `word` in them, where one is given), the TRIED
    that name most regions; of these the one whose words look most often at what they name, as far as the corpus knows that, and of
    several such the one with the closest rival.
    Where no text is first in both directions, the best placed one is taken.
    """
    corpus, scores, owner = index.corpus, np.asarray(index.scores), np.asarray(index.corpus.image_of_text)
    texts = [t for t in range(len(owner)) if not word or word in _words(corpus.texts[t])]
    if not texts:
        raise Problem(f"no text of {corpus.name} holds the word {word!r}; ask for another one.")
    place = {t: int(index.ranks.of_texts[t]) + int((scores[owner[t]] > scores[owner[t], t]).sum()) for t in texts}
    best = [t for t in texts if place[t] == min(place.values())]
    named = lambda t: sum(map(bool, corpus.truth.words[t])) if corpus.truth is not None else len(corpus.texts[t])
    best = sorted(best, key=named, reverse=True)[:TRIED]
    if corpus.truth is not None:
        best = sorted(best, key=lambda t: (-_points(explain(index.run, index, int(owner[t]), t)), _lead(scores[:, t], owner[t])))
    return int(owner[best[0]]), best[0]


def _words(text) -> list:
    return [word for word, _, _ in tokenise(text)]


def _lead(column, own) -> float:
    """How far the right photo stands above its closest rival: column (I,) scores of one text."""
    return float(column[own] - np.delete(column, own).max(initial=-np.inf))


def _points(e) -> float:
    """Share of the words that name something and whose largest attention lies there; 0 for a model without attention."""
    named = [w for w, regions in enumerate(e.truth or ()) if len(regions)]
    return (
        float(np.mean([int(np.argmax(e.attention[w])) in e.truth[w] for w in named])) if named and e.attention is not None else 0.0
    )


class FourPhotos:
    """A sentence and four photos in a drawn order: its own, and the three that the model finds most like it.

    photos  rows of the corpus, the first is photo 1        winner  which of them the model puts first, from 1
    """

    def __init__(self, index, text: int, seed: int = 0):
        column, own = np.asarray(index.scores)[:, text], int(index.corpus.image_of_text[text])
        if len(column) < OPTIONS:
            raise Problem(f"four photos are needed, and {index.corpus.name} has {len(column)}; index a larger corpus.")
        rivals = [int(i) for i in np.argsort(-column, kind="stable") if i != own][: OPTIONS - 1]
        self.index, self.text = index, index.corpus.texts[text]
        self.photos = [int(i) for i in np.random.default_rng(seed).permutation([own, *rivals])]
        self.scores = column[self.photos]
        self.winner = int(np.argmax(self.scores)) + 1

    @draw.look()
    def figure(self):
        """The sentence and below it the photos with their numbers; the scores are not told."""
        wide = (WIDTH - 2 * EDGE - 0.6) / OPTIONS
        figure = draw.sheet(WIDTH, wide * 0.75 + 1.5)
        draw.headline(figure, "Which photo does the model put first?")
        draw.paragraph(draw.panel(figure, EDGE, 0.5, WIDTH - 2 * EDGE, 0.4), f"“{self.text}”", 11, colours.DARK)
        for n, row in enumerate(self.photos):
            left = EDGE + n * (wide + 0.2)
            photo = photo_of(self.index.corpus, row, 300)
            draw.photo(draw.panel(figure, left, 0.98, wide, wide * 0.75), photo.pixels(), photo.size, "no photo")
            draw.paragraph(draw.panel(figure, left, 1.03 + wide * 0.75, wide, 0.25), f"photo {n + 1}", 10, colours.DARK)
        names = "; ".join(f"{n + 1}, {self.index.corpus.ids[row]}" for n, row in enumerate(self.photos))
        figure.set_label(f"Four photos and the sentence “{self.text}”. Photos: {names}.")
        return figure


def judged(index, sentence: str, k: int = 3) -> Found:
    """A sentence of one's own: the first photos, and what it claims that is false of each; scenes know that.

    numbers: "right" how many of the first k it is true of; "score" of the first
    """
    hits, truth = index.search(sentence, k), index.corpus.truth
    if truth is None:
        raise Problem(f"{index.corpus.name} does not know what is true of its photos; judge a sentence on scenes.")
    false = [truth.false_claims(sentence, hit.row) for hit in hits]
    rows = tuple(
        (f"{hit.rank + 1}", hit.what, f"{hit.score:.3f}", several(wrong) if wrong else "nothing: it is true")
        for hit, wrong in zip(hits, false)
    )
    somewhere = sum(not truth.false_claims(sentence, i) for i in range(len(index.corpus)))
    first = "The first answer is right" if not false[0] else f"The first answer is wrong about: {several(false[0])}"
    says = f"{first}. Among {len(index.corpus)} photos the sentence is true of {somewhere or 'none'}."
    return Found(
        says,
        ("rank", "photo", "score", "false of it"),
        rows,
        {"right": float(sum(not wrong for wrong in false)), "score": float(hits[0].score), "true of": float(somewhere)},
    )


def colour_swaps(index, text: int) -> Found:
    """The first colour word of a text replaced by every other colour: score and rank of the photo that the text describes.

    numbers: "rank" of the text itself, from 1; "worst", "best" of the changed ones; "kept" how many leave the photo first
    """
    corpus, image = index.corpus, int(index.corpus.image_of_text[text])
    words, sentence = _words(corpus.texts[text]), corpus.texts[text]
    old = next((word for word in words if word in COLOURS), None)
    if old is None:
        raise Problem(f"text {text} has no colour word: {cut(sentence)!r}; choose one that has.")
    rows, places = [], {}
    for colour in [old, *(one for one in COLOURS if one != old)]:
        hits = index.search(sentence.replace(old, colour, 1), len(corpus))
        place, hit = next((n, hit) for n, hit in enumerate(hits) if hit.row == image)
        places[colour] = place + 1
        first = hits[0].what if place else "itself"
        rows.append((f"{colour}{' (true)' if colour == old else ''}", f"{hit.score:.3f}", f"{place + 1}", first))
    changed = [rank for colour, rank in places.items() if colour != old]
    kept = sum(rank == 1 for rank in changed)
    says = (
        f"With “{old}” its photo has rank {places[old]}. With another colour in its place the photo stays first "
        f"{kept} of {len(changed)} times; the deepest rank is {max(changed)}."
    )
    return Found(
        says,
        ("colour word", "score", "rank of its photo", "first photo"),
        tuple(rows),
        {"rank": places[old], "worst": max(changed), "best": min(changed), "kept": kept, "swaps": len(changed)},
    )


def differs(run) -> Found:
    """What a run does otherwise than its paper, and why, as a table."""
    found = departures(run.settings)
    rows = tuple(
        (
            one.name,
            said(one.here) if not isinstance(one.here, dict) else "smaller",
            said(one.paper) if not isinstance(one.paper, dict) else "larger",
            one.why,
        )
        for one in found
    )
    return Found(
        f"This {run.settings.model} differs from its paper in {len(found)} settings.",
        ("setting", "here", "paper", "why"),
        rows,
        {"settings": len(found)},
    )


def strongest_word(e) -> str:
    """The word that adds most to the local score of an Explanation; words such as "the" and numbers are passed over."""
    return e.words[best_word(e)]


def answer_start(e, swaps: Found) -> Found:
    """Why does this sentence find that photo?  From one Explanation, and from `colour_swaps`."""
    parts = (
        f"The score {e.score:.3f} of this pair is {e.mu:g} × {e.score_global:.3f} for the whole plus {e.score_local:.3f} from "
        f"the words"
        if e.mu is not None and e.score_global is not None
        else f"The score of this pair is {e.score:.3f}"
    )
    strongest = ""
    if e.word_part is not None:
        strongest = f" Of the words that tell something, “{strongest_word(e)}” adds most."
    kept = swaps["kept"] / swaps["swaps"]
    swap = (
        "One other colour word was enough to lose first place every time."
        if not kept
        else f"But the photo stayed first in {kept:.0%} of the swaps of one colour: a score is a sum, and the other words still "
             f"fit."
    )
    return Found(
        f"{parts}; no other of {e.gallery[0]:,} photos scores higher.{strongest} {swap}"
        if e.image_rank == 0
        else f"{parts}; {e.image_rank} of {e.gallery[0]:,} photos score as high or higher.{strongest} {swap}"
    )
