"""The charts of the timeline as SVG: curves on the band of other orders, who is ahead, what is replaced, and the regions."""
import numpy as np

from vsrlab import wording
from vsrlab.colours import LINE, MINUS, MUTED, PLUS
from vsrlab.draw.filmstrip import strip
from vsrlab.explain.reading import Course, Reading
from vsrlab.explain.record import Explanation
from vsrlab.page import html, svg
from vsrlab.views.timeline import words

WIDE, LEFT, RIGHT = 920, 54, 110                        # of the chart and its margins, in its own units
TOP, LINES, AHEAD, BARS, GAP = 14, 130, 40, 40, 12      # heights: above the curves, the curves, who is ahead, the bars, between
HIGH = TOP + LINES + AHEAD + BARS + 2 * GAP + 46
NAMES = WIDE - RIGHT + 4                                # where names stand


def columns(count: int) -> tuple:
    """(left edges (count,), width) of so many steps, in the chart's units."""
    wide = (WIDE - LEFT - RIGHT) / count
    return LEFT + wide * np.arange(count), wide


def chart(r: Reading, alive: bool) -> str:
    """Everything over the steps; the band needs a pair that can run again."""
    left, wide = columns(len(r.course.order))
    x = left + wide / 2
    shapes = [*_curves(r, x, alive), *_ahead(r.course, x, 0.7 * wide), *_bars(r.course, x, 0.7 * wide)]
    return svg.picture(WIDE, HIGH, shapes, words.course(r), fixed=False) + _film(r.e, r.course.order, wide)


def _curves(r: Reading, x, alive: bool) -> list:
    """Cosines of the memory with both captions; grey, those of this caption in shuffled orders."""
    c = r.course
    if not np.isfinite(c.shown).all():
        return [svg.text(WIDE / 2, TOP + LINES / 2, "no cosines: the record was read from a file")]
    curves = [c.shown] + ([] if c.rival is None else [c.rival])
    low, high = np.percentile(r.shuffled.cosine, [5, 95], axis=0) if alive else (c.shown, c.shown)
    every = np.concatenate([*curves, low, high])
    y = lambda v: TOP + LINES * (every.max() - v) / (np.ptp(every) or 1.0)
    shapes = [f'<polygon fill="{LINE}" points="{svg.dots([*x, *x[::-1]], [*y(low), *y(high)[::-1]])}"/>'] if alive else []
    shapes += [f'<polyline fill="none" stroke="{colour}" stroke-width="2.2"{dash} points="{svg.dots(x, y(v))}"/>'
               for v, colour, dash in zip(curves, (PLUS, MINUS), ("", ' stroke-dasharray="6 4"'))]
    ends = sorted({float(every.max()), float(every.min())})
    return [*shapes, *_names(r, [float(y(v[-1])) for v in curves]),
            *(svg.text(LEFT - 6, y(v) + 4, words.cosine(v), "end") for v in ends)]


def _names(r: Reading, at: list) -> list:
    """What each curve is, beside its end at heights `at`, and not on top of each other."""
    if len(at) == 2 and abs(at[0] - at[1]) < 14:
        middle, aside = sum(at) / 2, 7 if at[0] <= at[1] else -7
        at = [middle - aside, middle + aside]
    names = ("this caption", "best right one" if r.rival and r.rival.right else "best wrong one")
    return [svg.text(NAMES, y + 4, name, "start", colour) for y, name, colour in zip(at, names, (PLUS, MINUS))]


def _ahead(c: Course, x, wide) -> list:
    """By how much the memory is nearer to this caption than to the other: the curves may be too close to tell."""
    if c.rival is None:
        return []
    ahead, middle = c.shown - c.rival, TOP + LINES + GAP + AHEAD / 2
    most, half = np.abs(ahead).max() or 1.0, AHEAD / 2
    bars = [svg.bar(p, middle - half * max(v, 0), wide, half * abs(v), PLUS if v >= 0 else MINUS) for p, v in zip(x, ahead / most)]
    return [*bars, f'<path d="M{LEFT} {middle}H{WIDE - RIGHT}" stroke="{MUTED}"/>',
            svg.text(NAMES, middle + 4, "this − the other", "start"),
            svg.text(LEFT - 6, middle + 4, f"±{words.cosine(most)}", "end")]


def _bars(c: Course, x, wide) -> list:
    """What each step replaces (or, without gates, how far it moves the memory), and the regions' numbers."""
    values = c.update / max(c.update.max(), 1e-12) if c.replaced is None else c.replaced
    base, size = TOP + LINES + AHEAD + 2 * GAP + BARS, 10 if len(x) <= 40 else 7
    bars = [svg.bar(p, base - BARS * v, wide, BARS * v, PLUS) for p, v in zip(x, np.clip(values, 0, 1))]
    numbers = [svg.text(p, HIGH - 3, int(region), size=size) for p, region in zip(x, c.order)]
    title = "change, 0 to largest" if c.replaced is None else "replaced, 0 to 1"
    return [*bars, *numbers, svg.text(NAMES, base - BARS / 2 + 4, title, "start"),
            svg.text(NAMES, HIGH - 3, "region, as read", "start")]


def _film(e: Explanation, order, wide) -> str:
    """Pictures of the regions in the order of reading."""
    image = e.picture()
    if image is None or e.boxes is None:
        return ""
    side, pixels = min(wide, 28.0), min(40, 3000 // len(order))
    cells = strip(image, e.boxes[order], pixels, round(pixels * wide / side))
    at = (f"left:{100 * LEFT / WIDE:.2f}%;top:{100 * (HIGH - 15 - side) / HIGH:.2f}%;"
          f"width:{100 * (WIDE - LEFT - RIGHT) / WIDE:.2f}%")
    names = wording.several(e.region_name(int(r)) for r in order[:8]) + (" and so on" if len(order) > 8 else "")
    return (f'<img class="film" style="position:absolute;{at}" alt="The regions as they are read: {html.escape(names)}." '
            f'src="{html.jpeg(cells, widest=cells.shape[1])}">')


def order(r: Reading) -> str:
    """The effect of leaving a region out, by position and by region, as two small charts on one scale."""
    b = r.bunching
    most = max(b.position.max(), b.content.max()) or 1.0
    return (_small(b.position / most, "effect by position, whatever stands there", "step 1", str(len(b.position)))
            + _small(b.content / most, "effect by region, wherever it stands", "region 0", str(len(b.content) - 1)))


def _small(values, title, first, last, wide=320, high=92) -> str:
    step = (wide - 30) / len(values)
    bars = [svg.bar(5 + step * (n + 0.5), 16 + 56 * (1 - v), 0.75 * step, 56 * v, PLUS) for n, v in enumerate(values)]
    ends = [svg.text(5, 10, title, "start"), svg.text(5, 86, first, "start"), svg.text(wide - 25, 86, last, "end")]
    return svg.picture(wide, high, [*bars, *ends], title)
