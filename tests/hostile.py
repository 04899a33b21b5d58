"""One text that wants out of every place it could be put into, values that hold it in every field, and what finds it alive."""
import csv
import io
import json
import re
from dataclasses import fields, replace
from html.parser import HTMLParser
from xml.etree import ElementTree

import numpy as np
from PIL import Image
from planted import planted_explanation

import vsrlab as vl
from vsrlab.desk.judgements import Judgement
from vsrlab.explain.record import Explanation
from vsrlab.files import FORMULA
from vsrlab.measure.ranks import Ranks

MARK, AT = "window.ran=1", "http://127.0.0.1:9/"
# The first letters leave an attribute, a style sheet and a title, for texts are cut in many places; the rest tries what is left.
TEXT = (f"\"'></style><script>{MARK}</script></title></textarea><img src={AT}i onerror={MARK}><svg onload={MARK}>"
        f"<meta http-equiv=refresh content='0;url={AT}m'><form action={AT}f><input name=q autofocus onfocus={MARK}>"
        f"<iframe src={AT}n></iframe><base href={AT}b><link rel=stylesheet href={AT}l><a href='javascript:{MARK}'>dog</a>"
        f"<style>@import '{AT}s'</style>\\3c/style>}}*{{background:url({AT}c)}};-->&lt;script>$x_{{")
FORMULAS = [f"{sign}HYPERLINK(\"{AT}\",\"dog\")" for sign in FORMULA]
I = 14


def texts() -> list:
    """Captions, each a formula of a spreadsheet or not, that the vocabulary knows."""
    return [f"{FORMULAS[n % len(FORMULAS)] if n % 2 else ''}{TEXT} a red dog number {n} left of a cat" for n in range(2 * I)]


def corpus(split=""):
    """A corpus whose every field holds the text."""
    rng = np.random.default_rng(0)
    boxes = np.sort(rng.random((I, 4, 2, 2)), 2).reshape(I, 4, 4).astype("float32")
    return vl.Corpus(TEXT, rng.normal(size=(I, 4, 8)).astype("float32"), texts(), np.repeat(np.arange(I), 2), boxes=boxes,
                     ids=[f"{FORMULAS[n % len(FORMULAS)]}{TEXT}{n}.jpg" for n in range(I)], sizes=np.full((I, 2), 40),
                     labels=[[f"{TEXT}{r}" for r in range(4)]] * I, confidence=rng.random((I, 4)), split=split or TEXT, kind="",
                     photo=lambda row: Image.new("RGB", (40, 40), (17 * row, 9, 90)), extractor=TEXT, note=TEXT)


def scored(of):
    """Scores of another program on that corpus, every field of them, judged by somebody of that name."""
    rng = np.random.default_rng(1)
    found = vl.Scored(TEXT, rng.normal(size=(I, 2 * I)).astype("float32"), of.ids, of.texts, of.image_of_text, TEXT, of.photo,
                      note=TEXT, dataset=TEXT, text_ids=[f"{TEXT}#{n}" for n in range(2 * I)])
    said = [Judgement(of.ids[n], found.text_ids[2 * n + 3], verdict, cause=(TEXT,), note=TEXT, author=TEXT, run=TEXT, time=TEXT,
                      source="person") for n, verdict in enumerate(("valid", "wrong", "unsure"))]
    return found.judge(said)


def explanation(folder):
    """An Explanation from a file, where every field that a file may fill with such a text is filled with it."""
    e, taken = planted_explanation(notes=("note",)), {}
    for name in (field.name for field in fields(Explanation)):
        value = getattr(e, name)
        if isinstance(value, str | tuple | dict) and poisoned(value) != value:
            try:
                replace(e, **{name: poisoned(value)}).save(folder / "one.npz")
                taken[name] = getattr(Explanation.open(folder / "one.npz"), name)
            except vl.Problem:
                continue                                           # refused: nothing of it can be shown
    assert {"text", "words", "image_id", "labels", "notes", "provenance", "terms"} <= {*taken}, {*taken}
    return replace(e, **taken)


def poisoned(value):
    """The same kind of value with the text in place of every text, names in dictionaries too."""
    if isinstance(value, str):
        return TEXT
    if isinstance(value, tuple | list):
        return type(value)(map(poisoned, value))
    if isinstance(value, dict):
        return {f"{TEXT}{n}" if MARK not in key else key: poisoned(x) for n, (key, x) in enumerate(value.items())} | {
            key: poisoned(x) for key, x in value.items()}
    return value


def state() -> dict:
    """What a session may hold of it."""
    return {"tags": {TEXT: TEXT}, "notes": {TEXT: TEXT}, "pinned": ((0, 0), (1, 2))}


def ranks():
    """Ranks of some images, for a row of a leaderboard."""
    rng = np.random.default_rng(2)
    return Ranks(*(np.where(rng.random(30) < 0.5, 0, 20) for _ in range(2)))


# what finds it alive

TAGS = set("""a article b body br button caption circle code dd defs desc details div dl dt em fieldset figcaption figure footer g
g h1 h2 h3 h4 head header hr html i img input label legend li line linearGradient main mark marker meter nav ol option p path
polygon polyline pre progress rect s section select small span stop strong style sub summary sup svg symbol table tbody td text
tfoot th thead title tr tspan u ul use""".lower().split())
LOADS = {"src", "href", "xlink:href", "action", "formaction", "srcset", "srcdoc", "poster", "background", "data", "ping", "cite",
         "longdesc", "manifest"}


class Elements(HTMLParser):
    """What a page holds that acts or asks for something: `live`; and its text, `seen`, as a person reads it or hears it."""

    def __init__(self, page: str):
        super().__init__(convert_charrefs=True)
        self.live, self.seen, self._style = [], "", False
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self._style = tag == "style"
        if tag == "meta" and not {*attributes} - {"charset", "name", "content", "http-equiv"} \
                and attributes.get("http-equiv", "Content-Security-Policy") == "Content-Security-Policy":
            return
        if tag not in TAGS:
            self.live.append(tag)
        for name, value in attributes.items():
            value = value or ""
            if name.startswith("on") or name in LOADS and not value.startswith(("data:image/", "#")) \
                    or name == "style" and re.search(r"url\((?!data:|#)|expression|@import|[<>{}]", value):
                self.live.append(f"{tag} {name}={value[:60]}")
            self.seen += f" {value}" if name in ("title", "aria-label", "alt", "value") else ""

    def handle_endtag(self, tag):
        self._style = False

    def handle_data(self, text):
        rules = re.sub(r'"(?:[^"\\\n]|\\.)*"', '""', text) if self._style else ""           # a text in a string asks for nothing
        if found := re.search(r"url\(\s*(?!['\"]?data:)|@import|expression\(|:9/|<", rules + "<" * (self._style and "<" in text)):
            self.live.append(f"style {rules[max(0, found.start() - 20):][:60]}")
        self.seen += "" if self._style else text


def alive_in_svg(text: str) -> list:
    """Elements of a drawing that act or ask for something."""
    found = []
    for element in ElementTree.fromstring(text).iter():
        tag = element.tag.split("}")[-1]
        if tag in ("script", "foreignObject", "iframe", "image", "a", "animate", "set", "handler"):
            found += [tag] * (tag != "image" or not str(element.get("{http://www.w3.org/1999/xlink}href")).startswith("data:image/"))
        found += [name for name in element.attrib if name.split("}")[-1].lower().startswith("on")]
    return found


def alive_in_csv(text: str) -> list:
    """Cells of a table that a spreadsheet would calculate."""
    def number(cell):
        return re.fullmatch(r"[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?|-inf|inf|nan", cell, re.IGNORECASE)
    return [cell[:40] for row in csv.reader(io.StringIO(text)) for cell in row
            if cell.lstrip().startswith((*FORMULA, "\t", "\r")) and not number(cell)]


def holds(text: str) -> bool:
    """Whether a JSON export holds the text; what is no JSON raises."""
    return MARK in json.dumps(json.loads(text))
