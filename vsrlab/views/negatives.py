"""The hard-negative microscope: in a batch of pairs, which wrong answer does the maximum of hinges push away?"""
import datetime
from dataclasses import dataclass

import numpy as np

from vsrlab import colours, draw
from vsrlab.data.thumbnail import photo_of
from vsrlab.data.words import tokenise
from vsrlab.errors import Problem, needs
from vsrlab.explain.explanation import weights_id
from vsrlab.figures.layout import EDGE, WIDTH
from vsrlab.page import html
from vsrlab.page.thumbnails import pictures_of
from vsrlab.retrieval.index import Index, index
from vsrlab.views.view import View
from vsrlab.wording import signed

WIDE = 180               # pixels of a photo on the page
LIKELY = 0.7             # share of content words in common from which a "wrong" caption may well be right


@dataclass(frozen=True)
class Negative:
    """One pair of the batch and the hardest wrong caption for its image."""
    image: int               # rows in the corpus
    text: int
    wrong: int               # row of the hardest wrong caption
    score: float             # of the right pair
    against: float           # of the image with the wrong caption
    shared: float            # share of the shorter caption's words that both have

    def loss(self, margin: float) -> float:
        """What this pair adds to the maximum of hinges on its image's side."""
        return max(0.0, margin - self.score + self.against)

    @property
    def maybe_valid(self) -> bool:
        """So many words in common that the caption probably fits this image too: a false negative."""
        return self.shared >= LIKELY


def negatives(run, corpus, pairs: int = 128, shown: int = 4, seed: int = 0) -> "Negatives":
    """The hardest negatives of one batch of `pairs` captions with different images, the `shown` hardest on the picture.

    Nothing is trained: the run reads the batch as it stands, so an earlier checkpoint shows an earlier microscope.
    """
    at = corpus if isinstance(corpus, Index) else None
    corpus = at.corpus if at is not None else corpus
    needs("vl.negatives", run, "Run")
    needs("vl.negatives", corpus, "Corpus")
    if pairs < 2 or len(corpus) < 2:
        raise Problem("a batch needs at least two images; give a corpus with more.")
    draws = np.random.default_rng(seed)
    with_text = np.unique(corpus.image_of_text)
    images = np.sort(draws.choice(with_text, min(pairs, len(with_text)), replace=False))
    texts = np.array([draws.choice(corpus.texts_of(i)) for i in images])
    if at is None:
        part = corpus.images(images)
        rows = [int(part.texts_of(n)[list(corpus.texts_of(i)).index(t)]) for n, (i, t) in enumerate(zip(images, texts))]
        scores = index(run, part).scores[:, rows]
    else:
        scores = at.scores[np.ix_(images, texts)]
    right = scores.diagonal()
    hardest = np.where(np.eye(len(scores), dtype=bool), -np.inf, scores).argmax(1)
    found = [Negative(int(i), int(t), int(w), float(right[n]), float(scores[n, h]), shared(corpus.texts[t], corpus.texts[w]))
             for n, (i, t, h, w) in enumerate(zip(images, texts, hardest, texts[hardest]))]
    return Negatives(run, corpus, found, shown, seed)


def shared(one: str, other: str) -> float:
    """Share of the shorter caption's different words that the other one has too."""
    a, b = ({word for word, _, _ in tokenise(text)} for text in (one, other))
    return len(a & b) / max(1, min(len(a), len(b)))


class Negatives(View):
    """The view of one batch."""

    def __init__(self, run, corpus, found: list, shown: int, seed: int = 0):
        super().__init__()
        self.run, self.corpus, self.margin, self.seed = run, corpus, run.settings.ranking[1], seed
        self.pictures = pictures_of(corpus)
        self.found = sorted(found, key=lambda n: n.score - n.against)
        self.shown = self.found[:shown]

    @property
    def active(self) -> float:
        """Share of the pairs that still push: their hardest wrong caption is inside the margin."""
        return float(np.mean([n.loss(self.margin) > 0 for n in self.found]))

    def text(self) -> str:
        """How many of the hardest wrong captions push, how many beat the right one, and how many may be right themselves."""
        beaten = np.mean([n.against >= n.score for n in self.found])
        valid = np.mean([n.maybe_valid for n in self.found])
        said = (f"In a batch of {len(self.found)} pairs, {self.active:.0%} of the hardest wrong captions stand within the margin "
                f"of {self.margin:g} and push, and {beaten:.0%} even beat the right caption.")
        return said + (f" {valid:.0%} share so many words with the right caption that they may be valid too: pushing those away "
                       "teaches something wrong." if valid else " None shares most of its words with the right caption.")

    def verdict(self) -> str:
        valid = np.mean([n.maybe_valid for n in self.found])
        return f"{self.active:.0%} of the hardest wrong captions still push; {valid:.0%} may be valid."

    def table(self):
        """A row for each pair of the batch, the hardest first."""
        import pandas as pd
        texts = self.corpus.texts
        return pd.DataFrame([{"image": self.corpus.ids[n.image], "right caption": texts[n.text], "score": n.score,
                              "hardest wrong caption": texts[n.wrong], "its score": n.against, "loss": n.loss(self.margin),
                              "words in common": n.shared, "maybe valid": n.maybe_valid} for n in self.found])

    def said(self, one: Negative) -> list:
        """[(line, colour), ...] of a pair: its caption, the hardest wrong one, and what they cost."""
        valid = f" · {one.shared:.0%} of the words in common: maybe valid" if one.maybe_valid else ""
        return [(f"✓ {signed(one.score)}   {self.corpus.texts[one.text]}", colours.RIGHT),
                (f"✗ {signed(one.against)}   {self.corpus.texts[one.wrong]}", colours.WRONG),
                (f"loss {one.loss(self.margin):.2f}{valid}", colours.MUTED)]

    def footer(self) -> str:
        """Where the numbers come from."""
        run = self.run
        return " · ".join((run.settings.model, f"run {run.name}", f"checkpoint {weights_id(run)}",
                           f"{self.corpus.name} {self.corpus.split}".strip(), f"{len(self.found)} pairs, seed {self.seed}",
                           f"margin {self.margin:g}", datetime.date.today().isoformat()))

    def html(self) -> str:
        """The hardest pairs: the photo beside its caption, the wrong one, and what they cost."""
        root = html.unique()
        body = "".join(f'<div class="beside pair"><div>{self._photo(one.image)}</div><div>{self._lines(one)}</div></div>'
                       for one in self.shown)
        rules = f".{root} .pair{{border-top:1px solid {colours.LINE};padding:8px 0}}.{root} .pair>:first-child{{flex:0 0 {WIDE}px}}"
        return html.card(root, body, lead=self.verdict(), more=self.text(), foot=self.footer(), rules=rules,
                         label="hard-negative microscope")

    def _photo(self, image) -> str:
        name = self.corpus.ids[image]
        return f'{self.pictures.element(image, f"photo {name}", WIDE)}<p class="quiet">{html.escape(name)}</p>'

    def _lines(self, one) -> str:
        return "".join(f'<p style="color:{colour}">{html.escape(line)}</p>' for line, colour in self.said(one))

    @draw.look()
    def figure(self):
        """The same as a sheet."""
        wide, high = 1.9, 1.45
        figure = draw.sheet(WIDTH, 0.6 + len(self.shown) * (high + 0.2) + 0.3)
        draw.footer(figure, self.footer())
        draw.headline(figure, f"The hardest negatives of a batch of {len(self.found)} · {self.run.name}")
        for n, one in enumerate(self.shown):
            top, left = 0.55 + n * (high + 0.2), EDGE + wide + 0.3
            photo = photo_of(self.corpus, one.image, 240)
            ax = draw.panel(figure, EDGE, top, wide, high)
            draw.photo(ax, photo.pixels(), photo.size, "no photo")
            for (line, colour), down, size in zip(self.said(one), (0.1, 0.55, 1.02), (9.5, 9.5, 8)):
                draw.paragraph(draw.panel(figure, left, top + down, WIDTH - EDGE - left, 0.4), line, size, colour)
        return figure
