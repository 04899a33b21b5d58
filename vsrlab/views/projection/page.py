"""The map as a page: points as a few paths of SVG, one set a colouring, and cards of some pairs that open under the pointer."""
from typing import NamedTuple

import numpy as np

from vsrlab import colours
from vsrlab.page import html
from vsrlab.space.atlas import TRUSTED, Atlas, Colouring
from vsrlab.wording import cut

SIDE, EDGE = 560, 16             # of the drawing, pixels
PLAIN = "list-style:none;padding:0;font-size:12.5px"
HINT = ("Circles are images, triangles captions. Point at a ringed pair to see it; a click holds it, arrow keys walk through them. "
        "Distances on the map are a hint: the neighbours in the card are the true ones.")


class Card(NamedTuple):
    """A pair that the page can open."""
    key: str                   # class of its parts
    image: int                 # rows in the corpus; a text may be a sentence of one's own
    text: int | str
    ends: np.ndarray           # (2, 2) pixels of the image and of the text


def frame(places, points=None) -> np.ndarray:
    """Places (N, 2), or other points of the same map, on the drawing: pixels from its upper left corner, both axes on one scale.

    Points that lie outside of the map are drawn at its edge.
    """
    places = np.asarray(places, float)
    low, high = places.min(0), places.max(0)
    scale = (SIDE - 2 * EDGE) / max(float((high - low).max()), 1e-12)
    at = (np.asarray(places if points is None else points, float) - (low + high) / 2) * scale * (1, -1) + SIDE / 2
    return np.clip(at, EDGE / 2, SIDE - EDGE / 2)


def hollow(at) -> str:
    """The mark of a query that the sample does not hold."""
    x, y = at
    return (f'<rect x="{x - 6:.0f}" y="{y - 6:.0f}" width="12" height="12" transform="rotate(45 {x:.0f} {y:.0f})" fill="#fff" '
            f'stroke="{colours.DARK}" stroke-width="2"/>')


def drawing(at, is_text, colouring: Colouring) -> str:
    """Points (N, 2), pixels, as one path for each group of images and of captions."""
    found = []
    for group in np.unique(colouring.group):
        for kind in (False, True):
            some = at[(colouring.group == group) & (is_text == kind)]
            shape = "l3,5.2h-6z" if kind else "m-2.6,0a2.6,2.6 0 1,0 5.2,0a2.6,2.6 0 1,0 -5.2,0"
            path = "".join(f"M{x:.0f},{y - (3 if kind else 0):.0f}{shape}" for x, y in some)
            if path:
                found.append(f'<path fill="{colouring.colours[group]}" fill-opacity=".75" d="{path}"/>')
    return "".join(found)


def legend(colouring: Colouring, is_text) -> str:
    """The groups with their colours and how many points they have."""
    rows = []
    for n, name in enumerate(colouring.names):
        here = colouring.group == n
        swatch = f'<span aria-hidden="true" style="color:{colouring.colours[n]}">■</span>'
        count = f"{int((here & ~is_text).sum()):,}&nbsp;● {int((here & is_text).sum()):,}&nbsp;▲"
        rows.append(f"<li>{swatch} {html.escape(name)}: {count}</li>")
    return f'<ul aria-label="colours" style="{PLAIN};margin:0 0 8px;columns:2">{"".join(rows)}</ul>'


def sampled(at, pairs) -> np.ndarray:
    """(M, 2, 2) ends of some pairs of points (N, 2), images first and then their texts."""
    return at.reshape(2, -1, 2).swapaxes(0, 1)[pairs]


def lines(ends, name: str, style: str) -> str:
    """Lines (M, 2, 2) between pixels."""
    path = "".join(f"M{x:.0f},{y:.0f}L{a:.0f},{b:.0f}" for (x, y), (a, b) in ends)
    return f'<path class="{name}" fill="none" {style} d="{path}"/>' if path else ""


def numbers(quality, method: str) -> str:
    """Trust, seeds and gap as numbers; what is below 0.8 is red and says so."""
    def one(name, value, meaning, low=True):
        bad = low and value < TRUSTED
        colour = f' style="color:{colours.WRONG}"' if bad else ""
        return f'<li title="{html.escape(meaning)}"><span{colour}>{name} <b>{value:.2f}</b>{" (low)" if bad else ""}</span></li>'
    seeds = "share of neighbours that another seed keeps" if method == "umap" else "PCA has no seed"
    found = [one("trustworthiness", quality.trust, "are neighbours on the map neighbours in the space? k = 15, 1 is best"),
             one("seed overlap", quality.seeds, seeds),
             one("modality gap", quality.gap.distance, "distance between the mean image and the mean caption", False),
             one("cosine of pairs", quality.gap.pairs, "mean over all captions with their image", False),
             one("of others", quality.gap.others, "mean over all captions with other images", False)]
    style = f"{PLAIN};display:flex;flex-wrap:wrap;gap:2px 14px;margin:6px 0"
    return f'<ul aria-label="how far the map can be believed" style="{style}">{"".join(found)}</ul>'


def card(atlas: Atlas, image: int, text, pictures, side: str = "") -> str:
    """One pair: photo, caption, ranks, cosine, and the true neighbours of both or, with `side`, of its "image" or its "text"."""
    corpus, near = atlas.corpus, []
    said = text if isinstance(text, str) else corpus.texts[text]
    for name, kind, what in (("image", "image", image), ("caption", "text", text)):
        if side in ("", kind):
            found = atlas.neighbours(5 if side else 3, **{kind: what})
            images = ", ".join(f"{corpus.ids[r]} {c:.2f}" for r, c in found["images"])
            texts = "".join(f"<li>{html.escape(cut(corpus.texts[r], 64))} {c:.2f}</li>" for r, c in found["texts"])
            near.append(f'<p class="quiet"><b>true neighbours of the {name}</b><br>images {html.escape(images)}</p>'
                        f'<ul class="quiet" style="margin:0 0 6px;padding-left:16px">{texts}</ul>')
    photo = pictures.element(image, f"image {corpus.ids[image]}", 180)
    return (f'{photo}<p style="margin:4px 0"><b>{html.escape(corpus.ids[image])}</b><br>“{html.escape(said)}”</p>'
            f'<p class="quiet">{html.escape(atlas.standing(image, text))}</p>' + "".join(near))


def fragment(atlas: Atlas, at, colourings, shown, longest, quality, method: str, pictures, *, lead: str, more: str, foot: str,
             table: str, new: str = "") -> str:
    """The offline view: colourings as tabs, `shown` (Card, ...), the first of them open; `new` is SVG on top."""
    root, is_text = html.unique(), atlas.is_text
    tabs, shows = html.tabs(root, [c.by for c in colourings], label="colour", lead="colour by ")
    sets = "".join(f'<g class="of q{n}">{drawing(at, is_text, c)}</g>' for n, c in enumerate(colourings))
    svg = (f'<svg role="img" aria-label="{html.escape(more)}" viewBox="0 0 {SIDE} {SIDE}" style="width:100%;display:block">{sets}'
           + lines(sampled(at, longest), "longest", f'stroke="{colours.DARK}" stroke-opacity=".35"')
           + "".join(lines([c.ends], f"line {c.key}", f'stroke="{colours.DARK}" stroke-width="2"') for c in shown) + new + "</svg>")
    marks = "".join(mark(root, c, kind, c is shown[0], atlas) for c in shown for kind in (0, 1))
    cards = "".join(f'<div class="pc {c.key}">{card(atlas, c.image, c.text, pictures)}</div>' for c in shown)
    legends = "".join(f'<div class="of q{n}">{legend(c, is_text)}</div>' for n, c in enumerate(colourings))
    body = (tabs + '<div class="beside">'
            f'<div class="stage" style="background:#fff">{svg}{marks}</div><div>{legends}{cards}</div></div>'
            + numbers(quality, method) + f'<p class="quiet">{HINT}</p>' + table)
    return html.card(root, body, lead=lead, more=more, foot=foot, rules=shows + rules(root, shown), label="map of the joint space")


def mark(root: str, shown: Card, kind: int, opened: bool, atlas: Atlas) -> str:
    """A ring on the map that opens a pair: the image's holds the radio button, the caption's is a second label of it."""
    key, group, (x, y) = shown.key, f"{root}p", shown.ends[kind]
    place = f'style="left:{100 * x / SIDE:.2f}%;top:{100 * y / SIDE:.2f}%"'
    if kind:
        return f'<label class="dot {key}" for="{group}-{key}" {place}></label>'
    said = shown.text if isinstance(shown.text, str) else atlas.corpus.texts[shown.text]
    name = f"{atlas.corpus.ids[shown.image]}: {cut(said)}"
    return f'<label class="dot {key}" {place}>{html.radio(group, key, name, opened)}</label>'


def rules(root: str, shown) -> str:
    """CSS of the cards: what is held opens, unless something is under the pointer; then that opens."""
    r = f".{root}"
    found = [f"{r} .dot{{position:absolute;width:16px;height:16px;margin:-8px 0 0 -8px;border:1.6px solid {colours.DARK};"
             f"border-radius:50%;cursor:pointer;line-height:0}}"
             f"{r} .dot:hover,{r} .dot:has(:checked){{background:{colours.HIGHLIGHT}}}"
             f"{r} .pc{{display:none}}{r} .line{{opacity:0}}{r} .dot:has(:focus-visible){{outline:3px solid #0173b2}}"]
    for key in (c.key for c in shown):
        for when in (f":not(:has(.dot:hover)):has(#{root}p-{key}:checked)", f":has(.dot.{key}:hover)"):
            found.append(f"{r}{when} .pc.{key}{{display:block}}{r}{when} .line.{key}{{opacity:1}}")
    return "".join(found)
