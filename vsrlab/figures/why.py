"""One failure as a figure: the right answer beside the wrong one, the waterfall of their difference, reasons in words."""
import numpy as np
from matplotlib.figure import Figure

from vsrlab import colours, draw
from vsrlab.data.thumbnail import photo_of
from vsrlab.draw.text import broken
from vsrlab.figures.layout import EDGE, WIDTH
from vsrlab.retrieval.failures.why import Why
from vsrlab.wording import signed, thousands

CARD, TALL = 3.1, 2.5          # inches of a photo: its width, and the most it may be high
SAID, SMALL = 8.5, 7.5         # points


@draw.look()
def why_sheet(why: Why, headline: str, lines: list, bars: list, title: str, foot: str, lit: str = "",
              lights: tuple = ()) -> Figure:
    """The sheet.

    headline  the verdict;  lines  what else is said, a paragraph each
    bars      [(name, how far it favours the wrong answer), ...]; [] for scores alone;  title  of them
    lit       the word that lights up both photos, "" for none;  lights  its light (R,), 0 to 1, on the right and on the wrong photo
    """
    wide = WIDTH - 2 * EDGE
    under = 0.75 if why.query.side == "text" else 0.3          # room for what stands under the photos
    head = 0.2 * len(broken(headline, 10.5, wide * 72, "bold")) + 0.1
    cards = max(_high(why, which) for which in ("right", "wrong")) if why.query.side == "text" else _high(why, "right")
    column = wide * (0.48 if bars else 1.0)
    said = sum(_tall(line, column) for line in lines)
    below = max(said, 0.45 + 0.21 * len(bars) if bars else 0.0)
    figure = draw.sheet(WIDTH, 0.2 + head + cards + under + below + 0.2 + 0.14 * len(broken(foot, 7, wide * 72)))
    figure.set_label(headline)
    draw.paragraph(draw.panel(figure, EDGE, 0.15, wide, head), headline, 10.5, weight="bold")
    top = 0.2 + head
    (_photos if why.query.side == "text" else _captions)(figure, why, top, lit, lights)
    top += cards + under
    if bars:
        left = EDGE + wide - column
        draw.paragraph(draw.panel(figure, left, top, column, 0.3), title, SAID, weight="bold")
        lead = 0.16 * len(broken(title, SAID, column * 72, "bold")) + 0.06
        ax = draw.panel(figure, left + 1.1, top + lead, column - 1.1, 0.21 * len(bars))
        names, values = zip(*bars)
        draw.bars(ax, [draw.shortened(name, 8, 70) for name in names], np.array(values), number="%+.3f", size=8)
    for line in lines:
        high = _tall(line, column)
        draw.paragraph(draw.panel(figure, EDGE, top, column - 0.15 * bool(bars), high), line, SAID)
        top += high
    draw.footer(figure, foot, lines=9)
    return figure


def _tall(line, column) -> float:
    return len(broken(line, SAID, (column - 0.15) * 72)) * SAID * 1.35 / 72 + 0.07


def _high(why, which) -> float:
    across, down = photo_of(why.scored.corpus, why.image(which)).size or (4, 3)
    return min(CARD * down / across, TALL)


def _photos(figure, why, top, lit, lights):
    """A sentence looks for its photo: two photos."""
    for n, which in enumerate(("right", "wrong")):
        photo = photo_of(why.scored.corpus, why.image(which))
        across, down = photo.size or (4, 3)
        high = min(CARD * down / across, TALL)
        left = EDGE + n * (WIDTH / 2 - EDGE / 2)
        ax = draw.panel(figure, left, top, high * across / down, high)
        draw.photo(ax, photo.pixels(), photo.size, "no photo")
        if lit and why.pairs[n].boxes is not None:
            draw.spotlight(ax, why.pairs[n].places, lights[n], full=1.0)
            strongest = [r for r in np.argsort(-lights[n], kind="stable")[:3] if lights[n][r] > 0]
            draw.boxes(ax, why.pairs[n].places[strongest], 1.4)
            draw.labels(ax, np.array([[0.0, 0.15]]), [f"“{lit}”"])
        draw.verdict(ax, which == "right", 10)
        _under(figure, why, which, left, top + high + 0.06, WIDTH / 2 - 2 * EDGE)


def _captions(figure, why, top, lit, lights):
    """A photo looks for its captions: the photo, and two captions."""
    photo = photo_of(why.scored.corpus, why.query.row)
    across, down = photo.size or (4, 3)
    high = min(CARD * down / across, TALL)
    ax = draw.panel(figure, EDGE, top, high * across / down, high)
    draw.photo(ax, photo.pixels(), photo.size, "no photo")
    left = EDGE + high * across / down + 0.3
    for n, which in enumerate(("right", "wrong")):
        place = top + n * high / 2
        mark, colour = ("✓", colours.RIGHT) if which == "right" else ("✗", colours.WRONG)
        draw.paragraph(draw.panel(figure, left, place, 0.3, 0.25), mark, 13, colour, "bold")
        _under(figure, why, which, left + 0.3, place, WIDTH - EDGE - left - 0.3)


def _under(figure, why, which, left, top, wide):
    """Which answer it is, its rank and score, and its words."""
    rank = why.ranks[0] if which == "right" else 0 if why.failed else 1
    score = why.scores[which == "wrong"]
    place = f"{which} · rank {thousands(rank + 1)} · {signed(score, False, 3)}"
    draw.paragraph(draw.panel(figure, left, top, wide, 0.2), place, 9, weight="bold")
    texts, row = why.scored.texts, getattr(why, which)
    own = texts[row] if why.query.side == "image" else next((texts[t] for t in why.scored.texts_of(row)), "no caption")
    named = f"{why.scored.ids[row]}: “{own}”" if why.query.side == "text" else f"“{own}”"
    size, colour = (SMALL, colours.MUTED) if why.query.side == "text" else (9.5, colours.DARK)
    draw.paragraph(draw.panel(figure, left, top + 0.19, wide, 0.4), draw.shortened(named, size, wide * 72, 3), size, colour)
