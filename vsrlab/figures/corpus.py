"""A contact sheet: what a corpus looks like, photo beside caption."""
import numpy as np
from matplotlib.figure import Figure

from vsrlab import colours, draw
from vsrlab.data.thumbnail import photo_of, real_regions
from vsrlab.errors import Problem
from vsrlab.figures.layout import EDGE, WIDTH

ACROSS = 4


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
