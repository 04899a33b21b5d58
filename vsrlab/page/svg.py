"""The few shapes that charts in HTML are made of, as SVG text."""
from vsrlab.colours import MUTED
from vsrlab.page.html import escape


def dots(xs, ys) -> str:
    """Points of a line or polygon, from their coordinates (N,)."""
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in zip(xs, ys))


def text(x, y, words, anchor="middle", colour=MUTED, size=11) -> str:
    """Words at a point of the drawing; `anchor` says which end of them lies there: "start", "middle" or "end"."""
    return f'<text x="{x:.0f}" y="{y:.0f}" font-size="{size}" fill="{colour}" text-anchor="{anchor}">{escape(words)}</text>'


def bar(x, y, wide, high, colour) -> str:
    """A bar whose middle is at x and whose upper edge is at y."""
    return f'<rect x="{x - wide / 2:.1f}" y="{y:.1f}" width="{wide:.1f}" height="{high:.1f}" fill="{colour}"/>'


def picture(wide, high, shapes, label: str, fixed: bool = True) -> str:
    """The drawing with its alternative text; `fixed` keeps its size, otherwise it fills its place."""
    size = f' width="{wide}" height="{high}"' if fixed else ""
    return f'<svg role="img" aria-label="{escape(label)}"{size} viewBox="0 0 {wide} {high}">{"".join(shapes)}</svg>'
