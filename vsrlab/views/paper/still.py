"""Paper mode as a still sheet: an equation a row, with its words, shape and numbers."""
from vsrlab import draw, sentences
from vsrlab.draw.equation import fitted
from vsrlab.draw.look import look
from vsrlab.papers import title

WIDTH, EDGE, LEFT, EQUATION, RIGHT = 10.5, 0.2, 1.2, 4.2, 5.25           # inches: sheet, margin, equation, its width, what is told
LINE, SIZE, MOST = 0.19, 8.5, 3                                          # of what is told; lines of it


def told(view, row) -> list:
    """What stands beside an equation: its words, shape and numbers, and what is otherwise."""
    numbers = row.why and f"No numbers: {row.why}."
    if row.value is not None:
        own = row.of_word(view.word)[:6]
        numbers = (f"“{view.e.words[view.word]}”: {'  '.join(own)} …" if len(own) == 6 else
                   f"“{view.e.words[view.word]}”: {'  '.join(own)}") if own else "  ".join(row.corner[0])
    shown = numbers if row.why else f"{row.shape}   {numbers}"
    return [(row.step.words, draw.DARK), (shown, draw.PLUS), *([(row.departs,
                                                                                      draw.MINUS)] if row.departs else [])]


def sheet(view):
    """The Figure of all rows, or of the one."""
    with look():
        wide = (WIDTH - RIGHT - EDGE) * 72
        rows = [(row, [(line, colour) for text, colour in told(view, row) for line in draw.broken(text, SIZE, wide)[:MOST]])
                for row in view.rows]
        high = [max(0.62, LINE * len(lines) + 0.14) for _, lines in rows]
        top = 0.95 if not view.told.note or view.only else 1.35
        figure = draw.sheet(WIDTH, top + sum(high) + 0.35)
        draw.headline(figure, f"{title(view.name)}, row by row · {sentences.score(view.e)}")
        under = " ".join(filter(None, (f"“{view.e.text}” and {view.e.image_id}.", view.told.note if not view.only else "")))
        draw.paragraph(draw.panel(figure, EDGE, 0.45, WIDTH - 2 * EDGE, top - 0.5), under, 9)
        ax = draw.panel(figure, 0, 0, WIDTH, figure.get_size_inches()[1], frame=False)       # one for all text: axes are slow
        ax.set(xlim=(0, WIDTH), ylim=(figure.get_size_inches()[1], 0))
        for (row, lines), tall in zip(rows, high):
            ax.text(EDGE, top + tall / 2, row.step.printed or row.step.key, fontsize=9, color=draw.MUTED, va="center",
                    parse_math=False)
            fitted(ax, row.step.latex, LEFT, top + tall / 2, EQUATION - 0.35, tall)
            for n, (line, colour) in enumerate(lines):
                ax.text(RIGHT, top + 0.14 + LINE * n, line, fontsize=SIZE, color=colour, va="center", parse_math=False)
            top += tall
        draw.footer(figure, sentences.footer(view.e))
        return figure
