"""Contact sheets: what a corpus looks like, photo beside caption; and first answers that are wrong by the labels, to be tagged."""
import numpy as np
from matplotlib.figure import Figure

from vsrlab import colours, draw
from vsrlab.data.thumbnail import photo_of, real_regions
from vsrlab.errors import Problem
from vsrlab.figures.layout import EDGE, WIDTH

ACROSS = 4
FIVE, GAP, BELOW = 5, 0.18, 0.62           # of the sheet of misses


@draw.look()
def contact_sheet(corpus, images=8, boxes: bool = False, seed: int = 0) -> Figure:
    """Some images with their first two texts: a number (a random sample of a seed) or the rows; `boxes` draws their regions."""
    rows = rows_of(corpus, images, seed)
    wide = (WIDTH - 2 * EDGE - 0.2 * (ACROSS - 1)) / ACROSS
    high, text = wide * 0.75, 0.9
    down = -(-len(rows) // ACROSS)
    figure = draw.sheet(WIDTH, 0.5 + down * (high + text) + 0.3)
    images_texts = f"{len(corpus):,} images, {len(corpus.texts):,} texts"
    draw.headline(figure, " · ".join(filter(None, (corpus.name, corpus.split, images_texts))))
    for n, row in enumerate(rows):
        left, top = EDGE + (n % ACROSS) * (wide + 0.2), 0.5 + (n // ACROSS) * (high + text)
        photo = photo_of(corpus, row, 240)
        ax = draw.panel(figure, left, top, wide, high)
        draw.photo(ax, photo.pixels(), photo.size, "no photo")
        ax.set_anchor("N")
        if boxes and corpus.boxes is not None:
            draw.boxes(ax, corpus.boxes[row][real_regions(corpus, row)], 0.6, alpha=0.7)
        draw.paragraph(draw.panel(figure, left, top + high + 0.06, wide, 0.15), f"{row} · {corpus.ids[row]}", 7.5, colours.MUTED)
        for m, t in enumerate(corpus.texts_of(row)[:2]):
            said = draw.shortened(corpus.texts[t], 7.5, wide * 72, 2)
            draw.paragraph(draw.panel(figure, left, top + high + 0.21 + 0.32 * m, wide, 0.3), said, 7.5)
    chosen = f"{len(rows)} of {len(corpus):,} images" + (f", random with seed {seed}" if np.ndim(images) == 0 else "")
    draw.footer(figure, " · ".join(filter(None, (chosen, corpus.note))))
    return figure


def rows_of(corpus, images, seed=0) -> np.ndarray:
    """A number of images becomes a random sample of rows in their order; rows stay what they are."""
    if np.ndim(images) == 0:
        count = min(int(images), len(corpus))
        return np.sort(np.random.default_rng(seed).choice(len(corpus), count, replace=False))
    rows = np.asarray(images, int)
    strange = rows[(rows < 0) | (rows >= len(corpus))]
    if len(strange):
        raise Problem(f"{corpus.name} has images 0 to {len(corpus) - 1}; row {strange[0]} was asked for.")
    return rows


@draw.look()
def misses(scored, drawn) -> Figure:
    """The first answers of some failures of texts, numbered from 1.

    scored  an Index or a Scored      drawn  rows of its `queries("text")`, such as `scored.sample(10)` gives
    """
    found = getattr(scored, "scored", scored)
    wide = (WIDTH - 2 * EDGE - GAP * (FIVE - 1)) / FIVE
    high, down = wide * 0.75, -(-len(drawn) // FIVE)
    figure = draw.sheet(WIDTH, 0.5 + down * (high + BELOW) + 0.3)
    draw.headline(figure, "The photo found first: is the sentence true of it?")
    for n, row in enumerate(drawn.itertuples()):
        left, top = EDGE + (n % FIVE) * (wide + GAP), 0.5 + (n // FIVE) * (high + BELOW)
        photo = photo_of(found.corpus, int(row.winner), 240)
        ax = draw.panel(figure, left, top, wide, high)
        draw.photo(ax, photo.pixels(), photo.size, "no photo")
        ax.set_anchor("N")
        said = draw.shortened(f"{n + 1}. {row.text}", 8, wide * 72, 3)
        draw.paragraph(draw.panel(figure, left, top + high + 0.05, wide, BELOW - 0.1), said, 8, colours.DARK)
    draw.footer(figure, f"{found.name}: {len(drawn)} failures of texts; the labels know another photo for each")
    said = " ".join(f"{n}. {text}" for n, text in enumerate(drawn["text"], 1))
    figure.set_label(f"First answers that are wrong by the labels: {said}")
    return figure
