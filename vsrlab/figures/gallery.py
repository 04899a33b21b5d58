"""What a query found: photos in a row, or captions in a list, right and wrong marked, the truth always on the page."""
from matplotlib.figure import Figure

from vsrlab import colours, draw, sentences
from vsrlab.data.thumbnail import photo_of
from vsrlab.draw.text import extent
from vsrlab.figures.layout import EDGE, WIDTH
from vsrlab.retrieval.answers import Answer, Answers, called
from vsrlab.wording import signed

GAP = 0.42                       # inches of the "…" between the first k and deeper right answers
SMALL, LINE, SAID = 6.5, 0.125, 8.5      # points of what stands beside an answer, inches of its lines; points of the text below


@draw.look()
def retrieval(found: Answers, title: str = "", text: str = "", foot: str = "", notes: dict | None = None) -> Figure:
    """Answers as the qualitative figure of a paper: photos for a sentence, captions for a photo.

    text, foot   what is said of it and where it comes from, under the answers; without them, its sentence
    notes        {row of an answer: the pieces that stand under it, small}
    """
    text, foot = (text, foot) if text or foot else ("", sentences.retrieval(found))
    below = _high(text, SAID) + _high(foot, 7) + 0.1
    figure = (_photos if found.query.side == "text" else _captions)(found, found.scored.corpus, title, notes or {}, below)
    if text:
        draw.paragraph(draw.panel(figure, EDGE, figure.get_figheight() - below, WIDTH - 2 * EDGE, _high(text, SAID)), text, SAID)
    draw.footer(figure, foot, lines=9)
    return figure


def _high(text, size) -> float:
    """Inches of a text over the whole sheet; 0 of none."""
    return len(_lines(text, size, WIDTH - 2 * EDGE)) * size * 1.35 / 72 + 0.06 if text else 0.0


def _lines(text, size, wide) -> list:
    return draw.broken(text, size, wide * 72) if text else []


def _photos(found, corpus, title, notes, below):
    """Sentence -> photos, side by side."""
    deep = len(found.found) > found.k
    wide = min(2.0, (WIDTH - 2 * EDGE - GAP * deep - 0.14 * (len(found.found) - 1)) / len(found.found))
    high, said = wide * 0.8, _lines(f"“{found.query.text}”", 12, WIDTH - 2 * EDGE)
    under = [[*_pieces(corpus.ids[hit.row], wide), *notes.get(hit.row, ())] for hit in found.found]
    scored = max(_tall(hit, wide) for hit in found.found)
    figure = draw.sheet(WIDTH, 0.75 + 0.23 * len(said) + high + 0.17 + scored + LINE * max(map(len, under)) + below)
    draw.headline(figure, title or f"{found.scored.name}: a sentence looks for its photo among {found.gallery:,}")
    draw.paragraph(draw.panel(figure, EDGE, 0.5, WIDTH - 2 * EDGE, 0.23 * len(said)), f"“{found.query.text}”", 12)
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
        for line, piece in enumerate(under[n]):
            down = top + high + 0.08 + scored + LINE * line
            draw.paragraph(draw.panel(figure, left, down, wide, LINE), piece, SMALL, colours.MUTED)
    if deep:
        _dots(figure, EDGE + found.k * (wide + 0.14), top + high / 2)
    return figure


def _pieces(name, wide) -> list:
    """A name without spaces, broken where the card ends."""
    lines = [""]
    for letter in name:
        if extent(lines[-1] + letter, SMALL)[0] > wide * 72:
            lines.append("")
        lines[-1] += letter
    return lines


def _captions(found, corpus, title, notes, below):
    """Photo -> captions, one under the other."""
    photo = photo_of(corpus, found.query.row)
    across, down = photo.size or (4, 3)
    wide = min(3.1, 2.9 * across / down)
    left, deep = EDGE + wide + 0.35, len(found.found) > found.k
    rest = WIDTH - EDGE - left - 1.75
    highs = [_row(corpus, hit, rest) for hit in found.found]
    figure = draw.sheet(WIDTH, 0.6 + max(wide * down / across + 0.3, sum(highs) + 0.25 * deep) + 0.1 + below)
    draw.headline(figure, title or f"{found.scored.name}: a photo looks for its captions among {found.gallery:,}")
    ax = draw.panel(figure, EDGE, 0.55, wide, wide * down / across)
    draw.photo(ax, photo.pixels(), photo.size, "no photo")
    under = draw.panel(figure, EDGE, 0.6 + wide * down / across, wide, 0.15)
    draw.paragraph(under, corpus.ids[found.query.row], 7.5, colours.MUTED)
    most = _most(found)
    for n, (hit, high) in enumerate(zip(found.found, highs)):
        top = 0.52 + sum(highs[:n]) + 0.25 * (n >= found.k)
        mark, colour = ("✓", colours.RIGHT) if hit.right else ("✗", colours.WRONG)
        draw.paragraph(draw.panel(figure, left, top + 0.03, 0.3, 0.2), mark, 12, colour, "bold")
        text = draw.panel(figure, left + 0.28, top + 0.03, rest, high)
        lines = draw.paragraph(text, corpus.texts[hit.row], 9, weight="bold" if hit.right else "normal")
        under = draw.panel(figure, left + 0.28, top + 0.05 + 0.17 * len(lines), rest, LINE)
        draw.paragraph(under, " · ".join(notes.get(hit.row, ())), SMALL, colours.MUTED)
        _score(figure, hit, WIDTH - EDGE - 1.3, top, 1.3, most)
    if deep:
        _dots(figure, left + 0.3, 0.6 + sum(highs[:found.k]))
    return figure


def _row(corpus, hit: Answer, wide) -> float:
    """Inches of a caption with what stands beside and under it."""
    lines = draw.broken(corpus.texts[hit.row], 9, wide * 72, "bold" if hit.right else "normal")
    return max(_tall(hit, 1.3) + 0.05, 0.24 + 0.17 * len(lines))


def _score(figure, hit: Answer, left, top, wide, most) -> float:
    """'rank 2 · 0.690' over a bar of the score's terms and their names, the dark one first; -> inches that it takes.

    What does not fit into one line stands in several: nothing is cut, and nothing lies under the bar.
    """
    above, below, size = _said(hit, wide)
    for n, line in enumerate(above):
        draw.paragraph(draw.panel(figure, left, top + 0.16 * n, wide, 0.18), line, size)
    bar = top + 0.16 * len(above) + 0.04
    draw.terms(draw.panel(figure, left, bar, wide, 0.09), hit.terms, limit=most)
    for n, line in enumerate(below):
        draw.paragraph(draw.panel(figure, left, bar + 0.13 + LINE * n, wide, LINE), line, SMALL, colours.MUTED)
    return bar + 0.13 + LINE * len(below) - top


def _said(hit: Answer, wide) -> tuple:
    """(Lines over the bar, lines under it, points of those over it): each as wide as the card at most."""
    rank, score = f"rank {hit.rank + 1:,}", signed(hit.score, False, hit.digits)
    fits = lambda line, size: extent(line, size)[0] <= wide * 72
    above = [f"{rank} · {score}"] if fits(f"{rank} · {score}", 8.5) else [rank, score]
    size = next((size for size in (8.5, 7.5, SMALL) if all(fits(line, size) for line in above)), SMALL)
    if len(hit.terms) < 2:
        return above, [], size
    parts = [f"{called(name, hit.terms)} {signed(value, False)}" for name, value in hit.terms.items()]
    whole = " + ".join(parts)
    return above, [whole] if fits(whole, SMALL) else [line for part in parts for line in _lines(part, SMALL, wide)], size


def _tall(hit: Answer, wide) -> float:
    """Inches that `_score` takes."""
    above, under, _ = _said(hit, wide)
    return 0.16 * len(above) + 0.17 + LINE * len(under)


def _most(found) -> float:
    return max((sum(max(v, 0) for v in hit.terms.values()) for hit in found.found), default=1.0)


def _dots(figure, left, top):
    across, down = figure.get_size_inches()
    figure.text((left + GAP / 2) / across, 1 - top / down, "…", fontsize=16, ha="center", va="center", color=colours.MUTED)
