"""A belief in HTML: curves on the band of random orders, and the control as rows of cells.  Numbers in, text out."""
import numpy as np

from vsrlab import colours
from vsrlab.explain.belief import Belief
from vsrlab.page import html
from vsrlab.wording import NOISE, decimals, signed

WIDE, HIGH = 330, 120      # of a curve, pixels


def fragment(b: Belief, text: str, table: str, names) -> str:
    """The strip under a view; `table` is HTML, `names` are those of the P pieces."""
    curves = curve(b, b.deletion, b.random, "gone")
    if b.insertion:
        curves += curve(b, b.insertion, b.random_insertion, "present")
    return (f'<div class="strip" role="group" aria-label="can it be believed?" style="border-top:1px solid {colours.LINE};'
            f'margin-top:12px;padding-top:8px"><p><b>{b.mark}.</b> {html.escape(text)}</p>'
            f'<div style="display:flex;flex-wrap:wrap;gap:10px">{curves}</div>{cells(b, names)}'
            + html.details("the curves as numbers", table) + "</div>")


def cells(b: Belief, names) -> str:
    """The explanation by the trained model and under random weights, a cell a piece, on one scale; "" without a control."""
    if b.control is None or b.what == "edges":
        return ""
    most = max(float(np.abs([b.values, b.control]).max()), 1e-12)
    row = lambda given: "".join(cell(v / most, f"{name}: {v:.3g}") for name, v in zip(names, given))
    rows = "".join(f'<tr><th scope="row">{name}</th>{row(given)}</tr>' for name, given in
                   (("trained", b.values), ("random weights", b.control)))
    signs = "violet adds, orange takes away" if (b.values < 0).any() or (b.control < 0).any() else "the deeper, the more"
    about = f"One scale for both: full colour is {most:.3g}, {signs}. Point at a cell for its name."
    return f'<table style="margin-top:8px">{rows}</table><p class="quiet">{about}</p>'


def cell(value: float, title: str) -> str:
    """A coloured field of a table; `value` from -1 to 1."""
    colour = colours.PLUS if value >= 0 else colours.MINUS
    return (f'<td title="{html.escape(title)}" style="padding:0;width:16px;height:16px;border:1px solid {colours.LINE};background:'
            f'color-mix(in srgb,{colour} {100 * abs(value):.0f}%,white)"></td>')


def curve(b: Belief, own, random, way: str) -> str:
    """One's own curve on the band of the middle 90 % of random orders; its numbers are the alternative text."""
    low, middle, high = np.percentile(random.margin, (5, 50, 95), axis=0)
    every = np.concatenate([low, high, own.margin, [b.whole.margin]])
    bottom, peak = float(every.min()), float(every.max())
    digits = decimals(peak - bottom)
    shown = lambda v: signed(v, False, digits)
    left = max(44, 10 + 7 * max(len(shown(peak)), len(shown(bottom))))
    top, wide, tall = 8, WIDE - left - 12, HIGH - 40
    x = lambda n: left + wide * n / max(1, len(b.counts) - 1)
    y = lambda v: top + tall * (1 - (v - bottom) / ((peak - bottom) or 1))
    path = lambda values: [f"{x(n):.1f},{y(v):.1f}" for n, v in enumerate(values)]
    line = lambda values, style: f'<polyline points="{" ".join(path(values))}" fill="none" {style}/>'
    said = (f"{b.measure} with {b.counts[0]} to {b.counts[-1]} of {len(b.values)} {b.what} {way}: {shown(own.margin[0])} to "
            f"{shown(own.margin[-1])}; random orders, median: {shown(middle[0])} to {shown(middle[-1])}")
    dots = "".join(f'<circle cx="{x(n):.1f}" cy="{y(v):.1f}" r="2.4" fill="{colours.PLUS}"/>' for n, v in enumerate(own.margin))
    ends = [(left - 4, y(peak) + 4, shown(peak), "end"), (left - 4, y(bottom) + 4, shown(bottom), "end")]
    flat = [(left + wide / 2, top + tall / 2, "no measurable change", "middle")]
    marks = [*(ends if peak - bottom >= NOISE else flat),
             (left, HIGH - 18, b.counts[0], "start"), (left + wide, HIGH - 18, b.counts[-1], "end"),
             (left + wide / 2, HIGH - 5, f"{b.what} {way}; grey: random orders; dotted: as it is", "middle")]
    words = "".join(f'<text x="{at:.0f}" y="{up:.0f}" font-size="11" text-anchor="{anchor}" fill="{colours.DARK}">{text}</text>'
                    for at, up, text, anchor in marks)
    whole = f'y1="{y(b.whole.margin):.1f}" y2="{y(b.whole.margin):.1f}"'
    return (f'<svg role="img" aria-label="{html.escape(said)}" width="{WIDE}" height="{HIGH}" viewBox="0 0 {WIDE} {HIGH}">'
            f'<polygon points="{" ".join([*path(low), *reversed(path(high))])}" fill="{colours.LINE}"/>'
            + line(middle, f'stroke="{colours.MUTED}" stroke-dasharray="4 3"')
            + f'<line x1="{left}" x2="{left + wide}" {whole} stroke="{colours.DARK}" stroke-dasharray="1 3"/>'
            + line(own.margin, f'stroke="{colours.PLUS}" stroke-width="1.8"') + dots + words + "</svg>")
