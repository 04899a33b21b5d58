"""Slices as a figure: a dot with its interval for each, an upright at the value of the whole, what the test says beside it."""
from matplotlib.figure import Figure

from vsrlab import colours, draw
from vsrlab.draw.text import broken
from vsrlab.figures.layout import EDGE, WIDTH

LEFT, SAID = 3.3, 1.95           # inches of the names, and of the words beside the dots


@draw.look()
def slices_sheet(rows: list, whole: float, title: str, axis: str, text: str, foot: str, dashed: str = "all captions") -> Figure:
    """rows [(name, number of captions, value, low, high, said, found?, too small?), ...], per cent; whole: of `dashed`."""
    size, wide = 8.5, WIDTH - 2 * EDGE
    told = 0.165 * len(broken(text, size, wide * 72)) + 0.1
    below = 0.14 * len(broken(foot, 7, wide * 72)) + 0.2
    high = 0.22 * len(rows)
    figure = draw.sheet(WIDTH, 0.5 + told + high + 0.55 + below)
    draw.headline(figure, title)
    draw.paragraph(draw.panel(figure, EDGE, 0.42, wide, told), text, size)
    ax = draw.panel(figure, LEFT, 0.5 + told, WIDTH - LEFT - SAID, high)
    faint, bold = ([n for n, row in enumerate(rows) if row[place]] for place in (7, 6))
    names = [draw.shortened(f"{row[0]} · {row[1]:,}", 8, (LEFT - 0.2) * 72, weight="bold" if n in bold else "normal")
             for n, row in enumerate(rows)]
    draw.dots(ax, names, *zip(*(row[2:5] for row in rows)), whole, bold, faint)
    ax.set_xlabel(f"{axis}; dashed: {dashed}, {whole:.1f}", fontsize=8)
    for n, row in enumerate(rows):
        colour = colours.MUTED if row[7] or not row[6] else colours.DARK
        ax.text(1.02, n, row[5], transform=ax.get_yaxis_transform(), va="center", fontsize=8, color=colour, parse_math=False,
                weight="bold" if row[6] else "normal")
    draw.footer(figure, foot, lines=9)
    return figure
