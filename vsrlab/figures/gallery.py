"""What a query found: photos in a row, or captions in a list, right and wrong marked, the truth always on the page."""
from matplotlib.figure import Figure

from vsrlab import draw, sentences
from vsrlab.explain.photo import photo_of
from vsrlab.explain.retrieval import Found, Retrieval
from vsrlab.figures.layout import EDGE, WIDTH

GAP = 0.42                       # inches of the "…" between the first k and deeper right answers


@draw.look()
def retrieval(found: Retrieval, title: str | None = None) -> Figure:
    """A Retrieval as the qualitative figure of a paper: photos for a sentence, captions for a photo."""
    figure = (_photos if found.text is not None else _captions)(found, found.index.corpus, title)
    draw.footer(figure, sentences.retrieval(found))
    return figure


def _photos(found, corpus, title):
    """Sentence -> photos, side by side."""
    deep = len(found.found) > found.k
    wide = min(2.0, (WIDTH - 2 * EDGE - GAP * deep - 0.14 * (len(found.found) - 1)) / len(found.found))
    high, said = wide * 0.8, draw.broken(f"“{found.text}”", 12, (WIDTH - 2 * EDGE) * 72)
    figure = draw.sheet(WIDTH, 0.75 + 0.23 * len(said) + high + 1.1)
    draw.headline(figure, title or f"{found.index.run.name}: a sentence looks for its photo among {found.gallery:,}")
    draw.paragraph(draw.panel(figure, EDGE, 0.5, WIDTH - 2 * EDGE, 0.23 * len(said)), f"“{found.text}”", 12)
    most, top = _most(found), 0.75 + 0.23 * len(said)
    for n, hit in enumerate(found.found):
        left = EDGE + n * (wide + 0.14) + GAP * (n >= found.k)
        photo = photo_of(corpus, hit.row, 240)
        ax = draw.panel(figure, left, top, wide, high)
        draw.photo(ax, photo.pixels(), photo.size, "no photo")
        ax.set_anchor("S")
        if hit.right is not None:
            draw.verdict(ax, hit.right)
        _score(figure, hit, left, top + high + 0.08, wide, most)
        name = draw.shortened(corpus.ids[hit.row], 7, wide * 72)
        draw.paragraph(draw.panel(figure, left, top + high + 0.53, wide, 0.15), name, 7, draw.MUTED)
    if deep:
        _dots(figure, EDGE + found.k * (wide + 0.14), top + high / 2)
    return figure


def _captions(found, corpus, title):
    """Photo -> captions, one under the other."""
    photo, row = photo_of(corpus, found.image), 0.5
    across, down = photo.size or (4, 3)
    wide = min(3.1, 2.9 * across / down)
    left, deep = EDGE + wide + 0.35, len(found.found) > found.k
    figure = draw.sheet(WIDTH, 0.6 + max(wide * down / across + 0.3, row * len(found.found) + 0.25 * deep) + 0.45)
    draw.headline(figure, title or f"{found.index.run.name}: a photo looks for its captions among {found.gallery:,}")
    ax = draw.panel(figure, EDGE, 0.55, wide, wide * down / across)
    draw.photo(ax, photo.pixels(), photo.size, "no photo")
    draw.paragraph(draw.panel(figure, EDGE, 0.6 + wide * down / across, wide, 0.15), corpus.ids[found.image], 7.5, draw.MUTED)
    most, rest = _most(found), WIDTH - EDGE - left
    for n, hit in enumerate(found.found):
        top = 0.52 + row * n + 0.25 * (n >= found.k)
        mark = "✓" if hit.right else "✗"
        draw.paragraph(draw.panel(figure, left, top + 0.03, 0.3, 0.2), mark, 12, draw.RIGHT if hit.right else draw.WRONG, "bold")
        weight, text = "bold" if hit.right else "normal", draw.panel(figure, left + 0.28, top + 0.03, rest - 1.75, row)
        draw.paragraph(text, draw.shortened(corpus.texts[hit.row], 9, (rest - 1.75) * 72, 2, weight), 9, weight=weight)
        _score(figure, hit, WIDTH - EDGE - 1.3, top, 1.3, most)
    if deep:
        _dots(figure, left + 0.3, 0.6 + row * found.k)
    return figure


def _score(figure, hit: Found, left, top, wide, most):
    """'rank 2 · 0.690' over a bar of the score's terms and their names, the dark one first."""
    draw.paragraph(draw.panel(figure, left, top, wide, 0.18), f"rank {hit.rank + 1:,} · {hit.score:.3f}", 8.5)
    draw.terms(draw.panel(figure, left, top + 0.2, wide, 0.09), hit.terms, limit=most)
    if len(hit.terms) > 1:
        split = " + ".join(f"{name} {value:.2f}" for name, value in hit.terms.items())
        draw.paragraph(draw.panel(figure, left, top + 0.33, wide, 0.15), draw.shortened(split, 6.5, wide * 72), 6.5, draw.MUTED)


def _most(found) -> float:
    return max((sum(max(v, 0) for v in hit.terms.values()) for hit in found.found), default=1.0)


def _dots(figure, left, top):
    across, down = figure.get_size_inches()
    figure.text((left + GAP / 2) / across, 1 - top / down, "…", fontsize=16, ha="center", va="center", color=draw.MUTED)
