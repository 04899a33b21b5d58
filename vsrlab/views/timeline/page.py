"""The timeline as a page: one column a step that can be held, the region it reads lit on the photo.  It reacts by CSS alone."""
from vsrlab import sentences
from vsrlab.colours import DARK, HIGHLIGHT
from vsrlab.explain.choosing import Target
from vsrlab.explain.reading import Reading
from vsrlab.page import html, stage
from vsrlab.page.lights import Hooks, line_of, rules
from vsrlab.views.timeline import words
from vsrlab.views.timeline.chart import WIDE, chart, columns, order

HINT = "Point at a step: the region that is read there. A click holds it; arrow keys walk."
STYLE = f"""ROOT .chart {{ position: relative; display: block; width: 100%; overflow: visible; line-height: 0 }}
ROOT .chart svg {{ width: 100%; height: auto; display: block }}
ROOT .film {{ position: absolute }}
ROOT .step, ROOT .steps button {{ position: absolute; top: 0; height: 100%; margin: 0; padding: 0; min-width: 0; border: 0;
  font-size: 0; background: {HIGHLIGHT}; opacity: calc(.55*var(--s)) !important; cursor: pointer; mix-blend-mode: multiply;
  box-shadow: none }}
ROOT .step:hover, ROOT .steps button:hover {{ opacity: .55 !important }}
ROOT .step label {{ position: absolute; inset: 0; cursor: pointer }}
ROOT .steps, ROOT .steps > div {{ position: absolute; inset: 0; margin: 0; width: auto; height: auto; display: block }}
ROOT .shade {{ background: #9a9a9a }}
ROOT .shade i {{ background: #fff; opacity: var(--s); outline: calc(2px*var(--s)) solid {DARK} }}"""


def targets(r: Reading) -> list:
    """Every step: the region it lights, and its line."""
    return [Target(f"r{int(region)}", {int(region): (1.0, "")}, {}, words.step(r, n)) for n, region in enumerate(r.course.order)]


def live(root: str, steps, held: str) -> Hooks:
    """Steps as the buttons of an ipywidgets.ToggleButtons, one for each region of `steps`; the kernel knows which is held."""
    place = {f"r{int(region)}": n for n, region in enumerate(steps)}
    button = lambda key: f".steps button:nth-of-type({place[key] + 1})"
    return Hooks(part=lambda key: f".{root} {button(key)}", hover=lambda key: button(key) + ":hover",
                 held=lambda key: "" if key == held else None)


def styles(root: str, hooks: Hooks, found: list) -> str:
    """All CSS of the view; `found` are its targets."""
    made, (left, wide) = [" ".join(STYLE.replace("ROOT", f".vsr.{root}").split())], columns(len(found))
    for x, target in zip(left, found):
        lit = {"--s": f"var(--{target.key},0)"}
        made.append(html.css(hooks.part(target.key), _place(x, wide) | lit) + html.css(f".{root} .shade .{target.key}", lit))
        made.append(line_of(root, target.key))
    return "".join(made) + rules(root, found, hooks)


def _place(x, wide) -> dict:
    return {"left": f"{100 * x / WIDE:.2f}%", "width": f"{100 * wide / WIDE:.2f}%"}


def steps(r: Reading, root: str, held: str) -> str:
    """One radio button a step, a column of the chart."""
    (left, wide), made = columns(len(r.course.order)), []
    for n, region in enumerate(r.course.order):
        key, name = f"r{region}", f"step {n + 1}: {r.e.region_name(int(region))}"
        at = stage.inline({"position": "absolute", "top": "0", **_place(left[n], wide)})
        radio = html.radio(root, key, name, held == key)
        made.append(f'<span class="step t {key}" style="{at}" title="{html.escape(name)}"><label>{radio}</label></span>')
    return "".join(made)


def fragment(r: Reading, step: int, told: list, *, lead: str, more: str, note: str, below: str, alive: bool, split: bool) -> str:
    """The offline view, opened on a step, with the sentences `told`; `below` is HTML.

    alive, split   can the pair be read in other orders, and do they tell position from content?
    """
    root, held, found = html.unique(), f"r{int(r.course.order[step])}", targets(r)
    lines = "".join(f"<p>{html.escape(line)}</p>" for line in told)
    orders = f'<div style="padding-top:8px">{order(r)}</div>' if split else ""
    hint = " ".join(filter(None, (HINT, r.e.unsure)))
    beside = f'<div style="min-height:64px">{stage.said(found, held)}</div><p class="quiet">{html.escape(hint)}</p>{lines}'
    body = (html.notice(note) + f'<div class="chart" style="position:relative">{chart(r, alive)}{steps(r, root, held)}</div>'
            f'<div class="beside" style="padding-top:10px"><div class="stage">{stage.photo(r.e, more)}</div>'
            f"<div>{beside}</div></div>{orders}{below}")
    return html.card(root, body, lead=lead, more=more, foot=sentences.footer(r.e), label="reasoning timeline",
                     rules=styles(root, stage.offline(root), found))
