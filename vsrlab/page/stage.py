"""The stage: the photo with its regions and the words of the caption, as elements that `lights` can light up."""
import numpy as np

from vsrlab.colours import CARD, MINUS
from vsrlab.explain.choosing import Target
from vsrlab.explain.record import Explanation
from vsrlab.page.html import css, escape, jpeg, radio
from vsrlab.page.lights import Hooks, line_of

UNKNOWN = "not in the vocabulary: the model reads it as an unknown word"
FLAT, LEAST = 3.5, 160                           # width against height from which a photo is a strip; its least height, pixels
CROSSED = f"repeating-linear-gradient(45deg,transparent 0 7px,{MINUS} 7px 9px)"


def offline(root: str) -> Hooks:
    """Words and boxes of a page without a kernel: radio buttons inside their labels hold what was clicked."""
    return Hooks(part=lambda key: f".{root} .t.{key}", hover=lambda key: None if key == "none" else f".t.{key}:hover",
                 held=lambda key: f".t.{key} :checked")


def live(root: str, chosen: str) -> Hooks:
    """Words and boxes as the buttons of two ipywidgets.ToggleButtons; the kernel knows which target is `chosen`."""
    def button(key):
        return f".{'words' if key[0] == 'w' else 'boxes'} button:nth-of-type({int(key[1:]) + 1})"
    return Hooks(part=lambda key: f".{root} {button(key)}", hover=lambda key: None if key == "none" else button(key) + ":hover",
                 held=lambda key: "" if key == chosen else None)


def geometry(e: Explanation) -> list:
    """CSS of each region: its place, and small ones above large ones so that the pointer reaches all."""
    at = e.places
    low, size = at[:, :2], np.maximum(at[:, 2:] - at[:, :2], 0.004)
    above = np.argsort(np.argsort(-size.prod(1), kind="stable")) + 1
    percent = lambda x: f"{100 * x:.4g}%"
    return [{"left": percent(x), "top": percent(y), "width": percent(w), "height": percent(h), "z-index": int(z)}
            for (x, y), (w, h), z in zip(low, size, above)]


def inline(properties: dict) -> str:
    """CSS properties as the value of a style attribute."""
    return ";".join(f"{k}:{v}" for k, v in properties.items())


def photo(e: Explanation, alt: str) -> str:
    """The picture, its shade and the numbers of the boxes; a grey field of the photo's shape where there is no photo."""
    across, down = e.size or (4, 3)
    flat = across > FLAT * down                  # a strip: drawn taller than it is, so that its regions can be seen, and it is said
    title = f' title="{across / down:.0f} times as wide as high; drawn taller"' if flat else ""
    if e.photo is not None:
        tall = ' class="tall"' if across < 0.8 * down else ""                                # so that it fits a screen
        least = f";min-height:{LEAST}px;object-fit:fill" if flat else ""
        picture = f'<img{tall}{title} src="{jpeg(e.photo)}" alt="{escape(alt)}" style="width:100%;display:block{least}">'
    else:
        high = f"{100 * down / across:.4g}%"
        high = f"max({high},{LEAST}px)" if flat else high
        picture = f'<div role="img"{title} aria-label="{escape(alt)}" style="padding-top:{high}"></div>'
    regions = "".join(f'<i class="r{r}" style="{inline(at)}"></i>' for r, at in enumerate(geometry(e)))
    return f'{picture}<div class="shade">{regions}</div><div class="numbers">{regions}</div>'


def arcs(e: Explanation, neighbours: dict) -> str:
    """{region: [(neighbour, weight), ...]} as curves over the photo, dashed where the weight is negative."""
    at = e.places
    middle = 50 * (at[:, :2] + at[:, 2:])
    drawn = []
    for region, links in neighbours.items():
        for sign, some in (("", [n for n, weight in links if weight >= 0]), (" minus", [n for n, weight in links if weight < 0])):
            path = " ".join(_curve(middle[region], middle[other]) for other in some)
            drawn.append(f'<path class="g-r{region}{sign}" d="{path}"/>' if path else "")
    return f'<svg class="arcs" viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true">{"".join(drawn)}</svg>'


def _curve(start, end) -> str:
    (x, y), (a, b) = start, end
    return f"M{x:.1f} {y:.1f}Q{(x + a) / 2 - 0.15 * (b - y):.1f} {(y + b) / 2 + 0.15 * (a - x):.1f} {a:.1f} {b:.1f}"


def boxes(e: Explanation, root: str, opened: Target) -> str:
    """The regions as radio buttons on the photo.  `opened` is what shows where style sheets are taken away."""
    made = []
    for r, at in enumerate(geometry(e)):
        strength, number = opened.regions.get(r, (0.0, ""))
        bare = at | {"position": "absolute", "opacity": f"{0.12 + 0.88 * min(1, 3 * abs(strength)):.2f}"}
        bare |= {"border": "2px solid #ffffff"} if strength else {}
        name = e.region_name(r)
        number = f'<b style="background:#000000;color:#ffffff">{escape(number)}</b>'
        made.append(f'<span class="box t r{r}" style="{inline(bare)}" title="{escape(name)}"><label>'
                    f'{radio(root, f"r{r}", name, opened.key == f"r{r}")}{number}</label>{_off(root)}</span>')
    return "".join(made)


def sentence(e: Explanation, root: str, opened: Target) -> str:
    """The caption as radio buttons, one a word, the first one for none."""
    none = f'<span class="word t none"><label>{radio(root, "none", "all words", opened.key == "none")}all</label></span>'
    words = " ".join(_word(e, w, root, opened.key == f"w{w}") for w in range(len(e.words)))
    return f'<div class="words" dir="auto" role="radiogroup" aria-label="words">{none} {words}</div>'


def _word(e, w, root, checked) -> str:
    title, mark = (f' title="{UNKNOWN}"', "<sup>?</sup>") if e.unknown[w] else ("", "")
    return (f'<span class="word t w{w}"{title}><label>{radio(root, f"w{w}", e.words[w], checked)}{escape(e.words[w])}{mark}</label>'
            f"{_off(root)}</span>")


def _off(root) -> str:
    """What lies over a chosen target: a click on it chooses nothing, because a radio button cannot be let go."""
    return f'<label class="off" for="{root}-none"></label>'


def bindings(e: Explanation, root: str, hooks: Hooks, targets, words=(), regions=()) -> str:
    """CSS by which elements read what `lights` sets, words show what they add, and left-out `words` and `regions` are crossed."""
    read = {"--s": ("r", 0), "--t": ("t", "none"), "--o": ("o", "#fff"), "--e": ("e", "solid"), "--k": ("k", 0),
            "--y": ("y", "0px")}
    found = [css(f".{root} i.r{r},{hooks.part(f'r{r}')}", {k: f"var(--{name}{r},{no})" for k, (name, no) in read.items()})
             for r in range(e.regions)]
    parts = e.word_part if e.word_part is not None else np.zeros(len(e.words))
    most = np.abs(parts).max(initial=0) or 1.0
    for w, part in enumerate(parts):
        takes = {"--bar": f"repeating-linear-gradient(90deg,{MINUS} 0 4px,{CARD} 4px 7px)"} if part < 0 else {}
        quiet = {"font-style": "italic", "font-size": "13px", "color": "#5a5a5a"} if e.markers[w] else {}
        found.append(css(hooks.part(f"w{w}"), {"--field": f"var(--w{w},0)", "--part": f"{abs(part) / most:.2g}"} | takes | quiet))
    found += [line_of(root, t.key) for t in targets]
    found += [css(f".{root} .g-{t.key}", {"display": f"var(--g-{t.key},none)"}) for t in targets if t.edges]
    found += [css(hooks.part(f"w{w}"), {"text-decoration": f"line-through 2px {MINUS}"}) for w in words]
    return "".join(found + [css(hooks.part(f"r{r}"), {"background": CROSSED, "opacity": "1!important"}) for r in regions])


def said(targets, chosen: str) -> str:
    """The lines beside the photo, one a target; only that of the `chosen` key shows."""
    shown = lambda key: "block" if key == chosen else "none"
    return "".join(f'<p class="said d-{t.key}" style="display:{shown(t.key)}">{escape(t.said)}</p>' for t in targets)


def scale_bar(low: str, high: str, words: str, signed: bool) -> str:
    """What brightness on the photo means."""
    shades = "#ffb562,#606060,#ffffff" if signed else "#606060,#ffffff"
    bar = f'<span class="bar" style="background:linear-gradient(90deg,{shades})"></span>'
    return f'<p class="quiet">{escape(low)}{bar}{escape(high)} · {escape(words)}</p>'
