"""Two models, rank against rank, a panel for each direction."""
from matplotlib.figure import Figure

from vsrlab import draw
from vsrlab.draw.text import broken
from vsrlab.figures.layout import EDGE, WIDTH

SAID = (("text", "a sentence looks for its photo"), ("image", "a photo looks for its captions"))


@draw.look()
def rank_chart(ranks: dict, names: list, text: str, foot: str) -> Figure:
    """ranks {"text": (first (N,), second (N,)), "image": ...}, from 0; what is said of them stands below."""
    size, wide, side = 8.5, WIDTH - 2 * EDGE, 3.55
    told = 0.165 * len(broken(text, size, wide * 72)) + 0.1
    below = 0.14 * len(broken(foot, 7, wide * 72)) + 0.2
    figure = draw.sheet(WIDTH, 0.8 + side + 0.65 + told + below)
    draw.headline(figure, f"{names[1]} beside {names[0]}: rank of the right answer")
    for left, (which, said) in zip((0.65, 5.0), SAID):
        ax = draw.panel(figure, left, 0.8, side, side)
        draw.rank_against_rank(ax, *ranks[which])
        ax.set_title(said, parse_math=False)
        ax.set_xlabel(draw.shortened(f"rank by {names[0]}", 8, side * 72), fontsize=8, parse_math=False)
        ax.set_ylabel(draw.shortened(f"rank by {names[1]}", 8, side * 72), fontsize=8, parse_math=False)
    draw.paragraph(draw.panel(figure, EDGE, 0.8 + side + 0.6, wide, told), text, size)
    draw.footer(figure, foot, lines=9)
    return figure
