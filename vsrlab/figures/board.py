"""A board: finished figures on one sheet, each as sharp as on its own."""
import io

import numpy as np
from matplotlib.figure import Figure

from vsrlab import draw
from vsrlab.figures.layout import EDGE, WIDTH

DPI = 130


@draw.look()
def board(figures: dict, title: str, foot: str) -> Figure:
    """{name: Figure} on one sheet, as pictures, one below the other, as wide as each is alone: letters keep their size."""
    places, top = [], 0.5
    for name, figure in figures.items():
        across, down = figure.get_size_inches()
        high = WIDTH * down / across
        places.append((name, figure, top, high))
        top += high + 0.4
    under = 0.15 * len(draw.broken(foot, 7, (WIDTH - 2 * EDGE) * 72)) + 0.1
    sheet = draw.sheet(WIDTH, top + under)
    draw.headline(sheet, title)
    for name, figure, top, high in places:
        draw.paragraph(draw.panel(sheet, EDGE, top, WIDTH - 2 * EDGE, 0.25), name, 10, weight="bold")
        ax = draw.panel(sheet, 0, top + 0.25, WIDTH, high, frame=False)
        ax.imshow(_pixels(figure, WIDTH), aspect="auto", interpolation="bilinear")
    draw.footer(sheet, foot, lines=9)
    return sheet


def _pixels(figure, wide) -> np.ndarray:
    """(H, W, 4) of a figure that will be `wide` inches."""
    from PIL import Image
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=DPI * wide / figure.get_size_inches()[0])
    return np.asarray(Image.open(buffer))
