"""The attention view in HTML: what each word and region lights up, in CSS and in words.  Numbers in, text out."""
from typing import NamedTuple

import numpy as np

from vsrlab import html, sentences
from vsrlab.explain.record import Explanation
from vsrlab.views import stage
from vsrlab.views.lights import Hooks, Target, chosen, lit, number, rules
from vsrlab.views.state import State

HINT = "Point at a word or at a box. A click holds it, a second click lets it go; arrow keys walk through words and boxes."
MEANING = {"attention": "attention", "cosine": "cosine of word and region",
           "occlusion": "score that word and region carry together"}
OVERALL = {"attention": "Mean attention of all words", "cosine": "Largest cosine with any word",
           "occlusion": "Score lost without the region"}
SCALES = {"word": "largest of the chosen word or region", "pair": "largest of this pair", "fixed": "fixed"}
TRAINED = {"trained": "largest of the trained model"}
NEIGHBOURS = 3


class Drawn(NamedTuple):
    """One quantity of a pair and how it is to be lit."""
    quantity: str
    matrix: np.ndarray         # (W, R)
    overall: np.ndarray        # (R,)   what lights up when no word is chosen
    scale: str = "word"        # a key of SCALES: what full light means
    top: int = 3               # regions that light up ...
    mass: float | None = None  # ... or the share of all weight that they hold
    against: np.ndarray | None = None   # (W, R) of the trained model, where the matrix is of its control: its largest is full light

    @property
    def signed(self) -> bool:
        return bool((self.matrix < 0).any())

    def limit(self, values) -> float:
        """What full light means for some values of the matrix."""
        if self.scale == "fixed":
            return 1.0
        whole = self.matrix if self.against is None else self.against
        return float(np.abs(whole if self.scale == "pair" or self.against is not None else values).max(initial=0))

    def lit(self, values) -> dict:
        return lit(values, self.limit(values), self.top, self.mass, signed=self.signed)


def targets(e: Explanation, d: Drawn, layer: int = -1) -> list:
    """Nothing, every word and every region, with what each lights up and says."""
    at = stage.places(e)
    target = lambda key, shown, *rest: Target(key, shown, *rest, shifts=stage.shifts(at, shown))
    found = [target("none", d.lit(d.overall), {}, overall_said(e, d))]
    found += [target(f"w{w}", d.lit(d.matrix[w]), {w: 1.0}, word_said(e, d, w)) for w in range(len(e.words))]
    for r, links in neighbours(e, layer).items():
        most = max((abs(v) for _, v in links), default=0) or 1.0
        near = {r: (1.0, e.region_name(r).removeprefix("region "))} | {n: (0.55 * v / most, f"{n}: {number(v)}") for n, v in links}
        column = d.matrix[:, r]
        words = {int(w): float(min(1, column[w] / (d.limit(column) or 1))) for w in np.flatnonzero(column > 0)}
        found.append(target(f"r{r}", near, words, region_said(e, d, r, links), bool(links)))
    return found


def neighbours(e: Explanation, layer: int = -1) -> dict:
    """{region: [(region it reads, affinity), ...]}, the strongest few; empty lists for a model without reasoning."""
    if e.affinity is None:
        return {r: [] for r in range(e.regions)}
    affinity = np.array(e.affinity[layer], float)
    np.fill_diagonal(affinity, 0)
    return {r: [(int(n), float(affinity[r, n])) for n in chosen(affinity[r], NEIGHBOURS)] for r in range(len(affinity))}


def strongest(values, name, signed, count=3, between=" ") -> list:
    """['region 7 (dog) 0.41', ...] for the largest of some values."""
    return [f"{name(n)}{between}{number(values[n], signed)}" for n in np.argsort(-values, kind="stable")[:count]]


def word_said(e: Explanation, d: Drawn, word: int) -> str:
    """Where a word looks, in a sentence or two."""
    row = d.matrix[word]
    if d.quantity == "attention":
        shown = len(chosen(row, d.top, d.mass))
        held = np.sort(row)[::-1][:shown].sum() / max(row.sum(), 1e-12)
        return f"{sentences.attention(e, word)} The {shown} strongest hold {100 * held:.0f} % of it."
    where = sentences.several(strongest(row, e.region_name, True))
    if d.quantity == "cosine":
        return f"“{e.words[word]}” is most like {where} (cosine; the middle region {number(np.median(row))})."
    return f"“{e.words[word]}” carries most score together with {where}: lost when both are left out, beyond each alone."


def region_said(e: Explanation, d: Drawn, region: int, links) -> str:
    """Which words a region means most to, and which regions it reads."""
    known = f", detector {e.confidence[region]:.2f}" if e.confidence is not None else ""
    words = sentences.several(strongest(d.matrix[:, region], lambda w: f"“{e.words[w]}”", d.signed))
    reads = sentences.several(f"{e.region_name(n)} {number(v)}" for n, v in links)
    reads = f" It reads {reads} (affinity)." if links else ""
    return f"{e.region_name(region).capitalize()}{known}: {MEANING[d.quantity]} {words}.{reads}"


def overall_said(e: Explanation, d: Drawn) -> str:
    return f"{OVERALL[d.quantity]}: {sentences.several(strongest(d.overall, e.region_name, d.signed))}."


def change_said(before: Explanation, state: State, outcome) -> str:
    """What was changed and what it did to score and rank; "" when nothing was."""
    hidden = [f"“{before.words[w]}”" for w in state.hidden_words]
    hidden += [before.region_name(r) for r in state.hidden_regions]
    done = [f"left out {sentences.several(hidden)}"] if hidden else []
    done += [f"“{before.words[w]}” became “{word}”" for w, word in state.edits.items()]
    done += [f"{sign} {value:.3g}" for sign, value in (("λ", state.temperature), ("μ", state.mu)) if value is not None]
    if not done and abs(outcome.score - before.score) < 1e-9:
        return ""
    score = f"score {before.score:.3f} → {outcome.score:.3f} ({number(outcome.score - before.score, digits=3)})"
    rank = f"rank {before.image_rank + 1:,} → {outcome.rank + 1:,} of {outcome.gallery:,}"
    return f"Changed ({'; '.join(done) or 'direction'}): {score}, {rank}."


def meaning_bar(d: Drawn) -> str:
    """The bar that says what brightness means: quantity, range and scale rule."""
    rule = d.scale if d.against is None or d.scale == "fixed" else "trained"
    top = {"word": "largest", "fixed": "1"}.get(rule, f"{d.limit(d.matrix):.2f}")
    shown = f"{d.mass:.0%} of the weight is lit" if d.mass else f"the {d.top} strongest are lit"
    meaning = f"{MEANING[d.quantity]}, {(SCALES | TRAINED)[rule]}; {shown}"
    return stage.scale_bar(f"−{top}" if d.signed else "0", top, meaning, d.signed)


def numbers(e: Explanation, d: Drawn) -> str:
    """The same as tables: words with their regions, regions with their words."""
    part = (lambda w: number(e.word_part[w], digits=3)) if e.word_part is not None else (lambda w: "")
    words = [(e.words[w], part(w), ", ".join(strongest(d.matrix[w], e.region_name, d.signed))) for w in range(len(e.words))]
    spoken = lambda r: ", ".join(strongest(d.matrix[:, r], lambda w: e.words[w], d.signed))
    regions = [(e.region_name(r), spoken(r)) for r in range(e.regions)]
    what = f"strongest {d.quantity}"
    return (html.details("Words and their regions", html.table(("word", "part of the local score", what), words))
            + html.details("Regions and their words", html.table(("region", what), regions)))


def styles(e: Explanation, root: str, hooks: Hooks, groups, state: State) -> str:
    """All CSS of the view; `groups` are (condition on the root, targets)."""
    bound = stage.bindings(e, root, hooks, groups[0][1], state.hidden_words, state.hidden_regions)
    return bound + "".join(rules(root, found, hooks, when) for when, found in groups)


def tabs(root: str, drawn) -> tuple:
    """(buttons, CSS): one tab for each quantity, and parts of class "of qN" that show with theirs."""
    buttons = "".join(f'<label class="tab q{n}"><input type="radio" name="{root}q"{" checked" * (n == 0)} '
                      f'style="position:absolute;opacity:0">{d.quantity}</label>' for n, d in enumerate(drawn))
    shown = [html.css(f".{root}{when} .of.q{n}", {"display": f"{how}!important"}) for n in range(len(drawn))
             for when, how in ((f":has(.tab.q{n} :checked)", "block"), (f":not(:has(.tab.q{n} :checked))", "none"))]
    return f'<div class="tabs" role="radiogroup" aria-label="quantity">{buttons}</div>', "".join(shown)


def fragment(e: Explanation, drawn: list, opens: str, state: State, *, lead: str, note="", layer=-1, strip="") -> str:
    """The offline view: `drawn` quantities as tabs, opened on the target `opens` ("w3", "r7", "none")."""
    root = html.unique()
    groups = [(f":has(.tab.q{n} :checked)", targets(e, d, layer)) for n, d in enumerate(drawn)]
    opened = {t.key: t for t in groups[0][1]}[opens]
    buttons, shown = tabs(root, drawn)
    sides = "".join(f'<div class="of q{n}" style="display:{"none" if n else "block"}">{stage.said(found, opens)}'
                    f"{meaning_bar(d)}</div>" for n, (d, (_, found)) in enumerate(zip(drawn, groups)))
    over = stage.arcs(e, neighbours(e, layer)) + stage.boxes(e, root, opened)
    picture = f'<div class="stage">{stage.photo(e, lead)}{over}</div>'
    body = (html.notice(note) + stage.sentence(e, root, opened)
            + f'<div class="beside">{picture}<div>{buttons}{sides}<p class="quiet">{HINT}</p>'
            + f"{numbers(e, drawn[0])}</div></div>{strip}")
    return html.card(root, body, lead=lead, foot=sentences.footer(e), label="attention on the photo",
                     rules=styles(e, root, stage.offline(root), groups, state) + shown)
