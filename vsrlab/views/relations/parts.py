"""Parts of the relation page that do not react: tables, the matrix, the curve of cuts."""
import base64
import io

import numpy as np
from PIL import Image

from vsrlab.colours import LINE, MUTED, PLUS
from vsrlab.draw.matrix import pixels
from vsrlab.explain.choosing import moved
from vsrlab.explain.reasoning import Against, Cuts, nearest
from vsrlab.explain.record import Explanation
from vsrlab.page import html, svg
from vsrlab.views.relations import words
from vsrlab.views.relations.graph import Graph
from vsrlab.wording import significant


def edge_table(e: Explanation, edges: list, cuts: Cuts | None, layer: int, count: int = 8) -> str:
    """The strongest of some relations, with what cutting each does where that is known."""
    edges = edges[:count]
    if not edges:
        return ""
    raw = lambda edge: significant(e.affinity[layer][edge])
    if cuts is None:
        return html.table(("reads", "affinity"), [(words.edge(e, r), raw(r)) for r in edges])
    done = cuts.edges(layer, edges)
    rank = lambda n: f"{cuts.rank + 1:,} → {done.rank[n] + 1:,}" if done.rank[n] != cuts.rank else "stays"
    rows = [(words.edge(e, r), raw(r), words.cell(x), words.share(x, cuts.score), rank(n))
            for n, (r, x) in enumerate(zip(edges, done.change))]
    return html.table(("reads", "affinity", "change when cut", "of the score", "rank"), rows)


def moved_table(e: Explanation, layer: int, count: int = 8) -> str:
    """The regions that a layer turns most, and their most similar region before and after."""
    if e.layers is None or e.regions < 3:
        return ""
    layers, name = np.asarray(e.layers, float), lambda r: words.edge(e, (r,))
    turn, before, after = moved(layers)[layer], nearest(layers[layer]), nearest(layers[layer + 1])
    rows = [(name(r), significant(turn[r], False), name(before[r]), name(after[r])) for r in np.argsort(-turn)[:count]]
    return html.table(("region", "1 − cosine", "most similar before", "and after"), rows)


def matrix(g: Graph) -> str:
    """All relations of a layer (R, R) as a small picture, rows read columns, with what it shows in words."""
    buffer, size, most = io.BytesIO(), len(g.weights), significant(g.most, False)
    Image.fromarray(pixels(g.weights, g.most)).save(buffer, "PNG")
    alt = f"Matrix of {g.name}: {size} by {size} regions, from −{most} (orange) to {most} (purple)."
    data = "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()
    return (f'<img class="matrix" alt="{html.escape(alt)}" src="{data}">'
            f'<p class="quiet">{html.escape(alt)} Row: the region that reads, from the top; column: the one it reads.</p>')


def against(a: Against, label: str, wide: int = 320, high: int = 116) -> str:
    """The k strongest relations cut together, as a line, on the band of random choices (SVG)."""
    low, upper = np.percentile(a.random.change, [5, 95], axis=1)
    every = np.concatenate([low, upper, a.strongest.change, [0.0]])
    ends = [significant(v) for v in (float(every.max()), float(every.min()))]
    room = max(62.0, 14 + 6.6 * max(map(len, ends)))                       # so that the sign of a long number is not cut off
    x = room + (wide - room - 16) * np.arange(len(a.counts)) / max(len(a.counts) - 1, 1)
    y = lambda v: 8 + (high - 38) * (every.max() - np.asarray(v)) / (np.ptp(every) or 1.0)
    line = y(a.strongest.change)
    shapes = [f'<polygon fill="{LINE}" points="{svg.dots([*x, *x[::-1]], [*y(low), *y(upper)[::-1]])}"/>',
              f'<path d="M{room:.0f} {y(0):.1f}H{wide - 12}" stroke="{MUTED}" stroke-dasharray="2 3"/>',
              f'<polyline fill="none" stroke="{PLUS}" stroke-width="2" points="{svg.dots(x, line)}"/>']
    shapes += [f'<circle cx="{p:.1f}" cy="{q:.1f}" r="2.6" fill="{PLUS}"/>' for p, q in zip(x, line)]
    shapes += [svg.text(p, high - 18, k, size=10) for p, k in zip(x, a.counts)]
    shapes += [svg.text(room - 5, y(v) + 4, significant(v), "end", size=10) for v in {float(every.max()), float(every.min())}]
    shapes.append(svg.text(wide / 2, high - 4, "relations cut together; grey: as many at random"))
    return svg.picture(wide, high, shapes, label)

