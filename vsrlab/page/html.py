"""Parts of a page: escaped text, tables, cards, tabs and whole files, which need neither network nor script nor kernel.

A fragment is one <div> with its own style sheet.  It reacts by CSS alone: a rule `.root:has(trigger)` sets custom
properties on the root, and the parts of the picture read them.  Colours are those of `vsrlab.colours`, and stay readable:
`contrast` is what the tests measure.
"""
import base64
import io
import re
import uuid
from functools import cache
from html import escape as _escape
from pathlib import Path

from vsrlab.colours import CARD, DARK, HIGHLIGHT, LINE, MINUS, MUTED, PLUS, RIGHT, WRONG

THEMED = {"card": CARD, "ink": DARK, "muted": MUTED, "line": LINE, "plus": PLUS, "minus": MINUS, "right": RIGHT, "wrong": WRONG,
          "highlight": HIGHLIGHT}      # colours that a style sheet takes from the theme, as var(--card,#fcfcfa); see html.css
POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'"


def escape(text) -> str:
    """Text as text, also inside attributes: <script> is shown, not run."""
    return _escape(str(text), quote=True)


def unique() -> str:
    """A class name of its own for each output, so that two outputs never share rules or radio groups."""
    return "v" + uuid.uuid4().hex[:8]


def jpeg(picture, widest: int = 640, quality: int = 80) -> str:
    """A data URI of a picture: JPEG bytes that are small already, or an array (H, W, 3) or PIL image to be made small."""
    if not isinstance(picture, bytes):
        from PIL import Image
        image = picture if isinstance(picture, Image.Image) else Image.fromarray(picture)
        image = image.convert("RGB")
        image.thumbnail((widest, widest))
        buffer = io.BytesIO()
        image.save(buffer, "JPEG", quality=quality)
        picture = buffer.getvalue()
    return "data:image/jpeg;base64," + base64.b64encode(picture).decode()


def css(selector: str, properties: dict) -> str:
    """One rule: css(".a", {"--r7": 0.41}) is '.a{--r7:0.41}'.  A text from data is a value only as `quoted`."""
    return (selector + "{" + ";".join(f"{k}:{v}" for k, v in properties.items()) + "}").replace("<", r"\3c ")


def quoted(text) -> str:
    """Text as a string of a style sheet: letters and digits as they are, all that CSS or HTML could read otherwise by number."""
    return '"' + "".join(c if c.isalnum() or c in " .:,+-−–…()%°?!_/" else f"\\{ord(c):x} " for c in str(text)) + '"'


def table(columns, rows, caption: str = "") -> str:
    """A table that a screen reader can walk: columns are headers, and so is the first cell of every row."""
    head = "".join(f'<th scope="col">{escape(c)}</th>' for c in columns)
    body = "".join(f'<tr><th scope="row">{escape(first)}</th>' + "".join(f"<td>{escape(c)}</td>" for c in rest) + "</tr>"
                   for first, *rest in rows)
    caption = f"<caption>{escape(caption)}</caption>" if caption else ""
    return f"<table>{caption}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def radio(group: str, key: str = "", label: str = "", checked: bool = False) -> str:
    """A radio button that is not seen: the <label> around it is what a person clicks, and it holds what was clicked.

    group  radio buttons of one group let go of each other
    key    its value; its id is "group-key"; "" for a button that nothing refers to
    label  its name for a reader aloud; "" where the text beside it is its name
    """
    found = f'<input type="radio" name="{group}"'
    if key:
        found += f' id="{group}-{key}" value="{key}"'
    if label:
        found += f' aria-label="{escape(label)}"'
    return found + ' style="position:absolute;opacity:0"' + (" checked>" if checked else ">")


def tabs(root: str, names, opened: int = 0, label: str = "", lead: str = "", letter: str = "q") -> tuple:
    """(HTML, CSS) of a row of tabs.  Of the parts with class "of q0", "of q1", ... only those of the chosen tab show.

    names   of the tabs     opened  place of the first one chosen      label, lead  of the row: for a reader aloud, and seen
    letter  another one than "q" for tabs around fragments that have tabs of their own
    """
    buttons, rules = [], []
    for n, name in enumerate(names):
        buttons.append(f'<label class="tab {letter}{n}">{radio(root + letter, checked=n == opened)}{escape(name)}</label>')
        rules.append(css(f".{root}{chosen_tab(n, letter)} .of.{letter}{n}", {"display": "block!important"}))
        rules.append(css(f".{root}:not({chosen_tab(n, letter)}) .of.{letter}{n}", {"display": "none!important"}))
    row = f'<div class="tabs" role="radiogroup" aria-label="{escape(label)}">{escape(lead)}{"".join(buttons)}</div>'
    return row, "".join(rules)


def chosen_tab(n: int, letter: str = "q") -> str:
    """The condition on the root, as CSS, that the tab at place n is chosen."""
    return f":has(.tab.{letter}{n} :checked)"


def details(summary: str, body: str) -> str:
    """What unfolds; `body` is HTML."""
    return f"<details><summary>{escape(summary)}</summary><div>{body}</div></details>"


def notice(text: str) -> str:
    """One sentence that something is missing or wrong, red and marked by a word as well."""
    return f'<p class="notice"><b>Note.</b> {escape(text)}</p>' if text else ""


def opening(verdict: str, more: str = "") -> str:
    """How every view begins: its verdict in at most 20 words, and what else is said of it, folded.  Both are text."""
    told = f'<p class="lead">{escape(verdict)}</p>' if verdict else ""
    told += details("In words", f"<p>{escape(more)}</p>") if more else ""
    return f'<div class="opening">{told}</div>' if told else ""


def card(root: str, body: str, *, lead: str = "", foot: str = "", rules: str = "", label: str = "", more: str = "") -> str:
    """The fragment: style, verdict line, body, grey footer.  `body` is HTML and `rules` CSS, the others text; `more` is folded.

    Where it knows of no theme it is a light card of its own, because a transparent one cannot be read on dark themes; and it
    keeps JupyterLab from taking arrow keys that are meant for the words.
    """
    return (f'<div class="vsr {root}" role="group" aria-label="{escape(label)}" data-lm-suppress-shortcuts="true" '
            f'style="background:{CARD};color:{DARK};max-width:960px;padding:12px 16px"><style>{sheet()}{themed(rules)}</style>'
            + opening(lead, more) + body
            + (f'<p class="foot">{escape(foot)}</p>' if foot else "") + "</div>")


def page(title: str, fragment: str) -> str:
    """A whole file around a fragment.  The policy in its head forbids every request, script, form and other base."""
    return ('<!doctype html><html lang="en"><head><meta charset="utf-8">'
            f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
            f'<meta name="viewport" content="width=device-width"><title>{escape(title)}</title></head>'
            f'<body style="margin:16px;background:#ececE8">{fragment}</body></html>')


def curve(xs, ys, mark=None, width: int = 220, height: int = 64, label: str = "") -> str:
    """A small line drawing (SVG) with dots; `mark` is the x of a vertical line; `label` is its alternative text."""
    across = lambda x: 8 + (width - 16) * (x - min(xs)) / ((max(xs) - min(xs)) or 1)
    down = lambda y: height - 8 - (height - 16) * (y - min(ys)) / ((max(ys) - min(ys)) or 1)
    dots = [(across(x), down(y)) for x, y in zip(xs, ys)]
    line = f'<path d="M{across(mark):.1f} 2V{height - 2}" stroke="{MUTED}" stroke-dasharray="3 2"/>' if mark is not None else ""
    return (f'<svg role="img" aria-label="{escape(label)}" width="{width}" height="{height}" viewBox="0 0 {width} {height}">{line}'
            f'<polyline fill="none" stroke="{PLUS}" stroke-width="1.8" points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in dots)}"/>'
            + "".join(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.4" fill="{PLUS}"/>' for x, y in dots) + "</svg>")


def contrast(one: str, other: str) -> float:
    """Contrast of two hex colours by WCAG 2: 1 (none) to 21; text needs 4.5."""
    def luminance(colour):
        channels = [int(colour[i:i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def themed(css: str) -> str:
    """A style sheet whose colours of the palette follow the theme: '#262626' becomes 'var(--ink,#262626)'."""
    return _PALETTE.sub(lambda found: f"var(--{_NAMES[found[0].lower()]},{found[0]})", css)


_NAMES = {colour: name for name, colour in THEMED.items()}
_PALETTE = re.compile("|".join(_NAMES) + r"(?![0-9a-f])", re.IGNORECASE)


@cache
def sheet() -> str:
    """The style sheet that every fragment carries, in one line."""
    text = Path(__file__).with_name("html.css").read_text().split("*/", 1)[1]
    light = ";".join(f"--{name}:{colour}" for name, colour in THEMED.items())
    inline = "".join(f'[data-jp-theme-light="false"] .vsr [style*="{kind}:{colour}"]{{{kind}:var(--{name})!important}}'
                     for name, colour in THEMED.items() for kind in ("color", "background"))
    return " ".join(themed(text).replace("LIGHT", light).split()) + inline
