"""What JupyterLab leaves of HTML in a notebook that is not trusted: no style sheet, no SVG, and inline style by a list.

Written from the behaviour of its sanitiser (jupyterlab/jupyterlab, packages/apputils): the tags, attributes and
properties that the views use, and the form that values must have to survive.
"""
import re
from html.parser import HTMLParser

TAGS = set("b br caption details div em i img input label p small span strong sub sup summary table tbody td th thead tr".split())
DROPPED_WITH_TEXT = {"style", "script", "textarea", "option", "noscript"}
ATTRIBUTES = {"*": {"class", "dir", "hidden", "id", "lang", "style", "title"}, "img": {"alt", "src", "width", "height"},
              "input": {"checked", "disabled", "name", "type", "value"}, "label": {"for"}, "details": {"open"},
              "th": {"scope", "colspan"}, "td": {"scope", "colspan"}}
LENGTH = r"[+-]?([0-9]*[.])?[0-9]+(e-?[0-9]*)?(px|em|rem|ex|in|cm|mm|pt|pc|%)|0|auto"
COLOUR = r"#(0x)?[0-9a-f]+"
PROPERTIES = {"position": "static|relative|absolute", "opacity": r"1([.][0]+)?|0([.][0-9]+)?", "z-index": "[+-]?[0-9]{1,7}",
              "padding": f"(({LENGTH})\\s*){{1,4}}", "border": rf"(([0-9]+px|solid|dashed|{COLOUR})\s*){{1,3}}",
              "display": "block|inline|none|inline-block", "color": COLOUR, "background": COLOUR, "background-color": COLOUR,
              **dict.fromkeys(("left", "top", "width", "height", "max-width", "padding-top", "font-size"), LENGTH)}


class _Cleaner(HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=False)
        self.out, self.skipping = [], 0

    def handle_starttag(self, tag, attributes):
        if tag in DROPPED_WITH_TEXT:
            self.skipping += 1
        if tag not in TAGS or self.skipping:
            return
        kept = [(k, _style(v) if k == "style" else v) for k, v in attributes if k in ATTRIBUTES["*"] | ATTRIBUTES.get(tag, set())]
        self.out.append(f"<{tag}" + "".join(f' {k}="{(v or "").replace(chr(34), "&quot;")}"' for k, v in kept) + ">")

    def handle_endtag(self, tag):
        if tag in DROPPED_WITH_TEXT:
            self.skipping -= 1
        elif tag in TAGS and not self.skipping:
            self.out.append(f"</{tag}>")

    def handle_data(self, data):
        if not self.skipping:
            self.out.append(data)

    def handle_entityref(self, name): self.handle_data(f"&{name};")
    def handle_charref(self, name): self.handle_data(f"&#{name};")


def _style(text):
    pairs = (p.split(":", 1) for p in text.split(";") if ":" in p)
    return ";".join(f"{k.strip()}:{v.strip()}" for k, v in pairs
                    if re.fullmatch(PROPERTIES.get(k.strip(), "(?!)"), v.strip(), re.IGNORECASE))


def sanitised(fragment: str) -> str:
    cleaner = _Cleaner()
    cleaner.feed(fragment)
    return "".join(cleaner.out)
