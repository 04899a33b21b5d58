"""One look: the style sheet, the colours with a meaning, and sheets whose panels are placed in inches."""
from pathlib import Path

import matplotlib
from matplotlib.figure import Figure

from vsrlab.draw import output
from vsrlab.draw.fonts import Picture, families

STYLE = Path(__file__).parents[1] / "vsrlab.mplstyle"


def look():
    """A context (or decorator) in which figures are made in vsrlab's style, without touching the user's settings."""
    return matplotlib.rc_context({"font.family": families()}, fname=str(STYLE))


def sheet(width: float, height: float) -> Figure:
    """An empty figure, inches; call it inside `look()`.  In a notebook it is drawn where it ends a cell."""
    output.register()
    return Picture(figsize=(width, height))


def panel(figure: Figure, left: float, top: float, width: float, height: float, frame: bool = True):
    """An axes at so many inches from the left and the top edge."""
    across, down = figure.get_size_inches()
    ax = figure.add_axes((left / across, 1 - (top + height) / down, width / across, height / down))
    if not frame:
        ax.set_axis_off()
    return ax


def points(ax) -> tuple:
    """Width and height of an axes in points, so that text can be laid out before anything is drawn."""
    across, down = ax.figure.get_size_inches()
    place = ax.get_position(original=True)
    return place.width * across * 72, place.height * down * 72
