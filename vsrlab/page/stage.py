"""The stage: a photo with its regions, and the words of a caption, as elements that `lights` can light up."""
import numpy as np

from vsrlab.colours import CARD, MINUS
from vsrlab.explain.record import Explanation
from vsrlab.page.html import css, escape, jpeg
from vsrlab.page.lights import Hooks, Target

WIDE, TALL = 560, 18         # pixels: the photo on the page, a number in its box
UNKNOWN = "not in the vocabulary: the model reads it as an unknown word"
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


def places(e: Explanation) -> np.ndarray:
    """(R, 4) boxes as fractions of the photo; tiles of a square grid where the corpus has none."""
    if e.boxes is not None:
        return np.clip(np.asarray(e.boxes, float), 0, 1)
    side = int(np.ceil(np.sqrt(max(e.regions, 1))))
    row, column = np.divmod(np.arange(e.regions), side)
    return np.stack([column, row, column + 1, row + 1], 1) / side


def geometry(e: Explanation) -> list:
    """CSS of each region: its place, and small ones above large ones so that the pointer reaches all."""
    at = places(e)
    low, size = at[:, :2], np.maximum(at[:, 2:] - at[:, :2], 0.004)
    above = np.argsort(np.argsort(-size.prod(1), kind="stable")) + 1
    percent = lambda x: f"{100 * x:.4g}%"
    return [{"left": percent(x), "top": percent(y), "width": percent(w), "height": percent(h), "z-index": int(z)}
            for (x, y), (w, h), z in zip(low, size, above)]


def shifts(places, shown: dict) -> dict:
    """How far numbers move down so that none covers another: {region: pixels}, for a photo drawn `WIDE` pixels wide.

    places (R, 4); shown {region: (strength, number)}
    """
    taken, found = [], {}
    for r, (_, number) in shown.items():
        if number:
            (x, y), wide, start = places[r, :2] * (WIDE, 0.75 * WIDE), 10 + 7 * len(number), places[r, 1] * 0.75 * WIDE
            while any(abs(y - b) < TALL and x < a + w and a < x + wide for a, b, w in taken):
                y += 1
            taken.append((x, y, wide))
            found[r] = int(y - start)
    return found


def inline(properties: dict) -> str:
    return ";".join(f"{k}:{v}" for k, v in properties.items())


def photo(e: Explanation, alt: str) -> str:
    """The picture, its shade and the numbers of the boxes; a grey field of the photo's shape where there is no photo."""
    if e.photo is not None:
        tall = ' class="tall"' * (e.size is not None and e.size[0] < 0.8 * e.size[1])       # so that it fits a screen
        picture = f'<img{tall} src="{jpeg(e.photo)}" alt="{escape(alt)}" style="width:100%;display:block">'
    else:
        across, down = e.size or (4, 3)
        picture = f'<div role="img" aria-label="{escape(alt)}" style="padding-top:{100 * down / across:.4g}%"></div>'
    regions = "".join(f'<i class="r{r}" style="{inline(at)}"></i>' for r, at in enumerate(geometry(e)))
    return f'{picture}<div class="shade">{regions}</div><div class="numbers">{regions}</div>'


def arcs(e: Explanation, neighbours: dict) -> str:
    """{region: [(neighbour, weight), ...]} as curves over the photo, dashed where the weight is negative."""
    at = places(e)
    middle = 50 * (at[:, :2] + at[:, 2:])
    drawn = []
    for region, links in neighbours.items():
        for negative in (False, True):
            path = " ".join(_curve(middle[region], middle[other]) for other, weight in links if (weight < 0) == negative)
            drawn.append(f'<path class="g-r{region}{" minus" * negative}" d="{path}"/>' if path else "")
    return f'<svg class="arcs" viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true">{"".join(drawn)}</svg>'


def _curve(start, end) -> str:
    (x, y), (a, b) = start, end
    return f"M{x:.1f} {y:.1f}Q{(x + a) / 2 - 0.15 * (b - y):.1f} {(y + b) / 2 + 0.15 * (a - x):.1f} {a:.1f} {b:.1f}"


def boxes(e: Explanation, root: str, opens: Target) -> str:
    """The regions as radio buttons on the photo.  `opens` is what shows where style sheets are taken away."""
    made = []
    for r, at in enumerate(geometry(e)):
        strength, number = opens.regions.get(r, (0.0, ""))
        bare = at | {"position": "absolute", "opacity": f"{0.12 + 0.88 * min(1, 3 * abs(strength)):.2f}"}
        bare |= {"border": "2px solid #ffffff"} if strength else {}
        name = e.region_name(r)
        number = f'<b style="background:#000000;color:#ffffff">{escape(number)}</b>'
        made.append(f'<span class="box t r{r}" style="{inline(bare)}" title="{escape(name)}"><label>'
                    f'{_radio(root, f"r{r}", name, opens.key)}{number}</label>{_off(root)}</span>')
    return "".join(made)


def sentence(e: Explanation, root: str, opens: Target) -> str:
    """The caption as radio buttons, one a word, the first one for none."""
    none = f'<span class="word t none"><label>{_radio(root, "none", "all words", opens.key)}all</label></span>'
    words = " ".join(_word(e, w, root, opens.key) for w in range(len(e.words)))
    return f'<div class="words" role="radiogroup" aria-label="words">{none} {words}</div>'


def _word(e, w, root, opens) -> str:
    title, mark = (f' title="{UNKNOWN}"', "<sup>?</sup>") if e.unknown[w] else ("", "")
    return (f'<span class="word t w{w}"{title}><label>{_radio(root, f"w{w}", e.words[w], opens)}{escape(e.words[w])}{mark}</label>'
            f"{_off(root)}</span>")


def _radio(root, key, name, opens) -> str:
    return (f'<input type="radio" name="{root}" id="{root}-{key}" value="{key}" aria-label="{escape(name)}" '
            f'style="position:absolute;opacity:0"{" checked" * (key == opens)}>')


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
    found += [css(f".{root} .d-{t.key}", {"display": f"var(--d-{t.key},none)!important"}) for t in targets]
    found += [css(f".{root} .g-{t.key}", {"display": f"var(--g-{t.key},none)"}) for t in targets if t.edges]
    found += [css(hooks.part(f"w{w}"), {"text-decoration": f"line-through 2px {MINUS}"}) for w in words]
    return "".join(found + [css(hooks.part(f"r{r}"), {"background": CROSSED, "opacity": "1!important"}) for r in regions])


def said(targets, opens: str) -> str:
    """The lines beside the photo, one a target; only the chosen one shows."""
    return "".join(f'<p class="said d-{t.key}" style="display:{"block" if t.key == opens else "none"}">{escape(t.said)}</p>'
                   for t in targets)


def scale_bar(low: str, high: str, words: str, signed: bool) -> str:
    """What brightness on the photo means."""
    shades = "#ffb562,#606060,#ffffff" if signed else "#606060,#ffffff"
    bar = f'<span class="bar" style="background:linear-gradient(90deg,{shades})"></span>'
    return f'<p class="quiet">{escape(low)}{bar}{escape(high)} · {escape(words)}</p>'
