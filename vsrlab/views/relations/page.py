"""The relation graph as a page: arrows as SVG, nodes that can be held, layers as tabs.  It reacts by CSS alone."""
import numpy as np

from vsrlab import sentences
from vsrlab.colours import CARD, DARK, HIGHLIGHT, LINE, MINUS, PLUS
from vsrlab.explain.choosing import Target
from vsrlab.explain.reasoning import Cuts
from vsrlab.explain.record import Explanation
from vsrlab.page import html, stage
from vsrlab.page.lights import Hooks, line_of, rules
from vsrlab.views.relations import words
from vsrlab.views.relations.graph import EFFECTS, Graph, home
from vsrlab.views.relations.parts import edge_table, matrix, moved_table
from vsrlab.wording import significant

WIDE, NODE = 560.0, 11.0        # of the drawing, and the radius of a node; in its own units
HINT = "Point at a node: its own relations. A click holds it, a click on another one walks on; “all” lets go."
STYLE = f"""ROOT .shade {{ background: rgba(252,252,250,.5); mix-blend-mode: normal }}
ROOT .shade i {{ background: none; opacity: 1; outline: 1px solid rgba(0,0,0,calc(.45*var(--s))) }}
ROOT .node, ROOT .nodes button {{ position: absolute; width: 22px; height: 22px; min-width: 0; margin: -11px 0 0 -11px; padding: 0;
  border-radius: 50%; border: 1.5px solid {DARK}; background: #fff; color: rgba(38,38,38,var(--s)) !important; text-align: center;
  opacity: 1 !important; font: 600 11px/19px system-ui, "DejaVu Sans", sans-serif; cursor: pointer; z-index: 95; box-shadow: none;
  transform: scale(calc(.42 + .58*var(--s))) }}
ROOT .node label {{ position: absolute; inset: 0; cursor: pointer }}
ROOT .node:has(:checked), ROOT .nodes button.mod-active {{ background: {HIGHLIGHT} !important }}
ROOT .node:hover, ROOT .nodes button:hover {{ box-shadow: 0 0 0 3px #fff, 0 0 0 4.5px #000; z-index: 96 }}
ROOT .nodes, ROOT .nodes > div {{ position: absolute; inset: 0; margin: 0; width: auto; height: auto; display: block }}
ROOT .graph {{ position: absolute; inset: 0; width: 100%; height: 100%; pointer-events: none; z-index: 90;
  filter: drop-shadow(0 0 1px #fff) drop-shadow(0 0 1px #fff) }}
ROOT .graph .read {{ fill: none; stroke: {DARK}; stroke-opacity: .55; stroke-width: 2 }}
ROOT .graph .named {{ font: 700 15px system-ui, "DejaVu Sans", sans-serif; fill: {DARK}; stroke: #fff; stroke-width: 3.5px;
  paint-order: stroke }}
ROOT .graph path {{ fill: none; stroke: {PLUS} }}
ROOT .graph .m path {{ stroke: {MINUS}; stroke-dasharray: 7 4 }}
ROOT .graph path.h {{ stroke: none; fill: {PLUS} }}
ROOT .graph .m path.h {{ fill: {MINUS} }}
ROOT .graph path.l {{ stroke: {DARK}; stroke-width: 1; opacity: var(--s) }}
ROOT .matrix {{ width: 260px; image-rendering: pixelated; border: 1px solid {LINE} }}"""


def targets(e: Explanation, g: Graph, cuts: Cuts | None = None, layer: int = -1) -> list:
    """All relations, and every region with its own: which nodes are whole, and what is said."""
    found = [Target("none", {r: (1.0, "") for r in g.linked}, {}, words.overview(e, g), True)]
    for r in range(e.regions):
        near = {n: (1.0, "") for edge in g.ego.get(r, ()) for n in edge} | {r: (1.0, "")}
        found.append(Target(f"r{r}", near, {}, words.ego(e, g, r, cuts, layer) if r in g.ego else "", True))
    return found


def live(root: str, held: str, hover: bool = True) -> Hooks:
    """Nodes as the buttons of an ipywidgets.ToggleButtons; the kernel knows which one is held.

    Without `hover` nothing is previewed: what a node would show was not computed.
    """
    def button(key):
        return f".nodes button:nth-of-type({int(key[1:]) + 1})"
    return Hooks(part=lambda key: f".{root} {button(key)}", held=lambda key: "" if key == held else None,
                 hover=lambda key: None if key == "none" or not hover else button(key) + ":hover")


def styles(root: str, hooks: Hooks, e: Explanation, at, groups) -> str:
    """All CSS: how nodes and arrows look, and what each target shows; `groups` are (condition on the root, targets)."""
    found = [" ".join(STYLE.replace("ROOT", f".vsr.{root}").split())]
    for r, (x, y) in enumerate(at):
        found.append(html.css(f".{root} .shade .r{r},.{root} .l.r{r},{hooks.part(f'r{r}')}", {"--s": f"var(--r{r},0)"}))
        found.append(html.css(hooks.part(f"r{r}"), {"left": f"{100 * x:.1f}%", "top": f"{100 * y:.1f}%"}))
    for key in ("none", *(f"r{r}" for r in range(e.regions))):
        found += [line_of(root, key), html.css(f".{root} .g-{key}", {"display": f"var(--g-{key},none)"})]
    return "".join(found) + "".join(rules(root, some, hooks, when) for when, some in groups)


def arrows(e: Explanation, g: Graph, at, shape: str = "", leaders: bool = True) -> str:
    """The graph as SVG: one group for the overview and one for each region's own relations; lines from nodes that had to move."""
    across, down = e.size or (4, 3)
    box = np.array([WIDE, WIDE * down / across])
    at, own = at * box, home(e) * box
    most = g.most if g.quantity not in EFFECTS else float(np.abs(g.of(g.edges)).max(initial=0.0)) or g.most
    lines = [f'<path class="l r{r}" d="M{_point(at[r])}L{_point(own[r])}"/>' for r in range(e.regions)
             if leaders and np.hypot(*(at[r] - own[r])) > NODE]
    groups = {"none": g.edges} | {f"r{r}": edges for r, edges in g.ego.items()}
    drawn = [f'<g class="g-{key}">{"".join(_arrow(at[a], at[b], g.weights[a, b], most) for a, b in reversed(edges))}</g>'
             for key, edges in groups.items() if edges]
    rings = [f'<circle class="read" cx="{x:.0f}" cy="{y:.0f}" r="{NODE * (0.5 + share):.1f}"/>'
             for (x, y), share in zip(at, () if g.read is None else g.read)]
    return (f'<svg class="graph {shape}" viewBox="0 0 {box[0]:.0f} {box[1]:.0f}" aria-hidden="true">'
            f'{"".join(rings)}{"".join(lines)}{"".join(drawn)}{_labels(g.named, at, box)}</svg>')


def _labels(named: dict, at, box) -> str:
    """The words of the sentence beside the regions that they name, inside of the picture."""
    found = []
    for r, word in named.items():
        wide = 10 * len(word) + 8
        x, y = np.clip(at[r, 0] + NODE + 3, 0, max(box[0] - wide, 0)), np.clip(at[r, 1] - NODE - 8, 14, box[1] - 4)
        found.append(f'<text class="named" x="{x:.0f}" y="{y:.0f}">{html.escape(word)}</text>')
    return "".join(found)


def _arrow(start, end, weight, most) -> str:
    """A curve that bends to its left, with a head; the two directions between a pair lie beside each other."""
    thick = 1.0 + 2.8 * min(abs(weight) / most, 1.0)
    way = end - start
    bend = (start + end) / 2 + 0.2 * np.array([way[1], -way[0]])
    along = (end - bend) / max(np.linalg.norm(end - bend), 1e-9)
    tip, side = end - (NODE + 1.5) * along, np.array([-along[1], along[0]])
    back, wing = tip - (4 + 1.5 * thick) * along, (2.2 + 0.75 * thick) * side
    minus = ' class="m"' if weight < 0 else ""
    return (f'<g{minus}><path stroke-width="{thick:.1f}" d="M{_point(start)}Q{_point(bend)} {_point(back)}"/>'
            f'<path class="h" d="M{_point(tip)}L{_point(back + wing)}L{_point(back - wing)}Z"/></g>')


def _point(p) -> str:
    return f"{p[0]:.0f} {p[1]:.0f}"


def nodes(e: Explanation, root: str, at, held: str, linked) -> str:
    """The regions as radio buttons where they are; where style sheets are taken away only the linked ones show."""
    made = []
    for r, (x, y) in enumerate(at):
        name, bare = e.region_name(r), {"position": "absolute", "left": f"{100 * x:.1f}%", "top": f"{100 * y:.1f}%"}
        bare |= {"background": "#ffffff", "color": DARK} if r in linked or held == f"r{r}" else {"opacity": "0"}
        radio = html.radio(root, f"r{r}", name, held == f"r{r}")
        made.append(f'<span class="node t r{r}" style="{stage.inline(bare)}" title="{html.escape(name)}"><label>{radio}</label>{r}'
                    f'<label class="off" for="{root}-none"></label></span>')
    return "".join(made)


def scale_bar(g: Graph) -> str:
    """What colour and width mean."""
    top = significant(g.most, False)
    bar = f'<span class="bar" style="background:linear-gradient(90deg,{MINUS},{CARD},{PLUS})"></span>'
    return f'<p class="quiet">−{top} dashed{bar}+{top} · {html.escape(words.legend(g))}</p>'


def side(e: Explanation, g: Graph, some, held: str, cuts: Cuts | None, layer: int, live: bool = False) -> str:
    """What stands beside the photo: the line of the held target, the scale, and the strongest relations as a table."""
    own = g.ego.get(int(held[1:]), []) if live and held != "none" else g.edges
    tables = "" if g.quantity in EFFECTS else html.details("Matrix", matrix(g))
    tables += html.details("Moved most", moved_table(e, layer)) if g.quantity == "affinity" and e.layers is not None else ""
    return f'<div style="min-height:92px">{stage.said(some, held)}</div>{scale_bar(g)}{edge_table(e, own, cuts, layer)}{tables}'


def fragment(e: Explanation, graphs: list, layers: list, opened: int, held: str, at, *, lead: str, more: str, below: str,
             note: str = "", cuts: Cuts | None = None, photo: bool = True) -> str:
    """The offline view: `graphs`, each of one of `layers`, as tabs, opened on one of them with `held` ("none", "r7") chosen.

    at     (R, 2) places of the nodes, fractions of the photo
    below  HTML under the picture
    cuts   what cutting does, told for the opened graph and for graphs of effects; None without a model
    photo  False leaves the picture out, for nodes on a circle
    """
    root, count = html.unique(), range(len(graphs))
    some = [targets(e, g, cuts if g.quantity in EFFECTS else None, layer) for g, layer in zip(graphs, layers)]
    tabs, shown = html.tabs(root, [g.name for g in graphs], opened, "layer")
    sides = "".join(f'<div class="of q{n}" style="display:{"block" if n == opened else "none"}">'
                    f'{side(e, graphs[n], some[n], held, cuts if n == opened else None, layers[n])}</div>' for n in count)
    drawn = "".join(arrows(e, graphs[n], at, f"of q{n}", photo) for n in count)
    none = f'<span class="tab t none"><label>{html.radio(root, "none", "all relations", held == "none")}all</label></span>'
    hint = f'<p class="quiet">{html.escape(" ".join(filter(None, (HINT, e.unsure))))}</p>'
    picture = f'<div class="stage">{stage.photo(e, more)}{drawn}{nodes(e, root, at, held, graphs[opened].linked)}</div>'
    body = (html.notice(note) + tabs
            + f'<div class="beside">{picture}<div><div class="tabs">{none}</div>{sides}{hint}</div></div>{below}')
    groups = [(html.chosen_tab(n), some[n]) for n in count]
    hidden = "" if photo else html.css(f".{root} .stage img", {"opacity": 0})
    return html.card(root, body, lead=lead, more=more, foot=sentences.footer(e), label="relations between regions on the photo",
                     rules=styles(root, stage.offline(root), e, at, groups) + shown + hidden)
