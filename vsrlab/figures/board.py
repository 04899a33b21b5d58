"""A board: finished figures on one sheet, two in a row, each as sharp as on its own."""
import io

import numpy as np
from matplotlib.figure import Figure

from vsrlab import draw
from vsrlab.figures.layout import EDGE

WIDE, DPI = 14.0, 130


@draw.look()
def board(figures: dict, title: str, foot: str) -> Figure:
    """{name: Figure} on one sheet, as pictures, in two columns of which the shorter one gets the next."""
    column, tops, places = (WIDE - 3 * EDGE) / 2, [0.55, 0.55], []
    for name, figure in figures.items():
        across, down = figure.get_size_inches()
        side = int(tops[1] < tops[0])
        places.append((name, figure, side, tops[side], column * down / across))
        tops[side] += column * down / across + 0.5
    sheet = draw.sheet(WIDE, max(tops) + 0.25)
    draw.headline(sheet, title)
    for name, figure, side, top, high in places:
        left = EDGE + side * (column + EDGE)
        draw.paragraph(draw.panel(sheet, left, top, column, 0.25), name, 10, weight="bold")
        ax = draw.panel(sheet, left, top + 0.28, column, high, frame=False)
        ax.imshow(_pixels(figure, column), aspect="auto", interpolation="bilinear")
    draw.footer(sheet, foot)
    return sheet


def _pixels(figure, wide) -> np.ndarray:
    """(H, W, 4) of a figure that will be `wide` inches."""
    from PIL import Image
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=DPI * wide / figure.get_size_inches()[0])
    return np.asarray(Image.open(buffer))
