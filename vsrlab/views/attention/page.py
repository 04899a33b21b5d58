"""The attention view in HTML: what each word and region lights up, in CSS and in words.  Numbers in, text out."""
from typing import NamedTuple

import numpy as np

from vsrlab import sentences, wording
from vsrlab.explain.record import Explanation
from vsrlab.page import html, stage
from vsrlab.page.lights import Hooks, Target, chosen, lit, number, rules, significant
from vsrlab.views.state import State
from vsrlab.wording import decimals

HINT = "Point at a word or at a box. A click holds it, a second click lets it go; arrow keys walk through words and boxes."
MEANING = {"attention": "attention", "cosine": "cosine of word and region",
           "occlusion": "score that word and region carry together"}
OVERALL = {"attention": "Mean attention of all words", "cosine": "Largest cosine with any word",
           "occlusion": "Score lost without the region"}
SCALES = {"word": "largest of the chosen word or region", "pair": "largest of this pair", "fixed": "fixed"}
TRAINED = {"trained": "largest of the trained model"}
DIRECTIONS = {"t-i": "words look at regions", "i-t": "regions look at words"}
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
    def rule(self) -> str:
        """A key of SCALES, or "trained" where the trained model sets the scale."""
        return self.scale if self.against is None or self.scale == "fixed" else "trained"

    @property
    def signed(self) -> bool:
        return bool((self.matrix < 0).any())

    def limit(self, values) -> float:
        """What full light means for some values of the matrix."""
        if self.scale == "fixed":
            return 1.0
        whole = self.matrix if self.against is None else self.against
        return float(np.abs(whole if self.scale == "pair" or self.against is not None else values).max(initial=0))

    def chosen(self, values) -> np.ndarray:
        """The regions that light up."""
        return chosen(values, self.top, self.mass)

    def lit(self, values) -> dict:
        return lit(values, self.limit(values), self.top, self.mass, signed=self.signed)


def targets(e: Explanation, d: Drawn, layer: int = -1) -> list:
    """Nothing, every word and every region, with what each lights up and says."""
    links, at = neighbours(e, layer), stage.places(e)
    keys = ["none", *(f"w{w}" for w in range(len(e.words))), *(f"r{r}" for r in links)]
    return [target(e, d, key, links, at) for key in keys]


def target(e: Explanation, d: Drawn, key: str, links: dict, at) -> Target:
    """What "w3", a word, "r7", a region, or "none" lights up and says; `links` as `neighbours`, `at` as `stage.places`."""
    kind, place = key[0], int(key[1:] or 0) if key != "none" else 0
    if kind == "r":
        shown, words, said = nearby(e, place, links[place]), spoken(d, place), region_said(e, d, place, links[place])
    else:
        shown = d.lit(d.matrix[place] if kind == "w" else d.overall)
        words, said = ({place: 1.0}, word_said(e, d, place)) if kind == "w" else ({}, overall_said(e, d))
    return Target(key, shown, words, said, kind == "r" and bool(links[place]), stage.shifts(at, shown))


def nearby(e: Explanation, region: int, links) -> dict:
    """A region and those that it reads: {region: (strength, number)}."""
    most = max((abs(v) for _, v in links), default=0) or 1.0
    own = {region: (1.0, e.region_name(region).removeprefix("region "))}
    return own | {n: (0.55 * v / most, f"{n}: {significant(v)}") for n, v in links}


def spoken(d: Drawn, region: int) -> dict:
    """How strongly each word means a region: {word: strength}."""
    column = d.matrix[:, region]
    return {int(w): float(min(1, column[w] / (d.limit(column) or 1))) for w in np.flatnonzero(column > 0)}


def neighbours(e: Explanation, layer: int = -1) -> dict:
    """{region: [(region it reads, affinity), ...]}, the strongest few; empty lists for a model without reasoning."""
    if e.affinity is None:
        return {r: [] for r in range(e.regions)}
    affinity = np.array(e.affinity[layer], float)
    np.fill_diagonal(affinity, 0)
    return {r: [(int(n), float(affinity[r, n])) for n in chosen(affinity[r], NEIGHBOURS)] for r in range(len(affinity))}


def strongest(values, name, signed, count=3, between=" ") -> list:
    """['region 7 (dog) 0.41', ...] for the largest of some values."""
    return [f"{name(n)}{between}{significant(values[n], signed)}" for n in np.argsort(-values, kind="stable")[:count]]


def word_said(e: Explanation, d: Drawn, word: int) -> str:
    """Where a word looks, in a sentence or two."""
    row = d.matrix[word]
    if d.quantity == "attention":
        return sentences.attention(e, word, len(d.chosen(row)))
    where = wording.several(strongest(row, e.region_name, True))
    if d.quantity == "cosine":
        return f"“{e.words[word]}” is most like {where} (cosine; the middle region {significant(np.median(row))})."
    if not row.any():
        return f"“{e.words[word]}” carries no measurable change of the score together with any region."
    return f"“{e.words[word]}” carries most score together with {where}: lost when both are left out, beyond each alone."


def region_said(e: Explanation, d: Drawn, region: int, links) -> str:
    """Which words a region means most to, and which regions it reads."""
    known = f", detector {e.confidence[region]:.2f}" if e.confidence is not None else ""
    words = wording.several(strongest(d.matrix[:, region], lambda w: f"“{e.words[w]}”", d.signed))
    reads = wording.several(f"{e.region_name(n)} {significant(v)}" for n, v in links)
    reads = f" It reads {reads} (affinity)." if links else ""
    return f"{e.region_name(region).capitalize()}{known}: {MEANING[d.quantity]} {words}.{reads}"


def overall_said(e: Explanation, d: Drawn) -> str:
    if not d.overall.any():
        return f"{OVERALL[d.quantity]}: no measurable change for any region."
    return f"{OVERALL[d.quantity]}: {wording.several(strongest(d.overall, e.region_name, d.signed))}."


def briefly(e: Explanation, d: Drawn, opens: str, layer: int = -1) -> str:
    """What is said of the open target, without what a word adds: for texts that stand alone."""
    if opens[0] == "w" and d.quantity == "attention":
        return sentences.briefly(e, int(opens[1:]), len(d.chosen(d.matrix[int(opens[1:])])))
    return target(e, d, opens, neighbours(e, layer), stage.places(e)).said


def measurable(losses) -> np.ndarray:
    """Losses of a score, those within its rounding as 0."""
    return np.where(np.abs(losses) < wording.NOISE, 0.0, losses)


def change_said(before: Explanation, state: State, outcome) -> str:
    """What was changed and what it did to score and rank; "" when nothing was."""
    hidden = [f"“{before.words[w]}”" for w in state.hidden_words]
    hidden += [before.region_name(r) for r in state.hidden_regions]
    done = [f"left out {wording.several(hidden)}"] if hidden else []
    done += [f"“{before.words[w]}” became “{word}”" for w, word in state.edits.items()]
    done += [f"{sign} {value:.3g}" for sign, value in (("λ", state.temperature), ("μ", state.mu)) if value is not None]
    done += [DIRECTIONS[state.direction]] if state.direction not in (None, before.direction) else []
    return f"Changed ({'; '.join(done)}): {scored(before, outcome)}, {ranked(before, outcome)}." if done else ""


def scored(before: Explanation, outcome) -> str:
    """'score 0.576 → 0.585 (+0.008)'."""
    change = outcome.score - before.score
    if abs(change) < wording.NOISE:
        return f"no measurable change of the score {number(before.score, False, 3)}"
    digits = decimals(change, 3)
    old, new = (number(x, False, digits) for x in (before.score, outcome.score))
    return f"score {old} → {new} ({number(change, digits=digits)})"


def ranked(before: Explanation, outcome) -> str:
    """'rank 48 → 55 of 100'."""
    return f"rank {before.image_rank + 1:,} → {outcome.rank + 1:,} of {outcome.gallery:,}"


def meaning_bar(d: Drawn) -> str:
    """The bar that says what brightness means: quantity, range and scale rule."""
    most = d.limit(d.matrix)
    top = {"word": "largest", "fixed": "1"}.get(d.rule, significant(most, False))
    meaning = f"{MEANING[d.quantity]}, {(SCALES | TRAINED)[d.rule]}; {lit_said(d)} lit"
    return stage.scale_bar(f"−{top}" if d.signed else "0", top, meaning, d.signed)


def lit_said(d: Drawn) -> str:
    """'the 3 strongest are', or 'as many as hold 80 % of the weight are'."""
    if d.mass:
        return f"as many as hold {100 * d.mass:.0f} % of the weight are"
    return f"the {d.top} strongest are" if d.top > 1 else "the strongest is"


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
            + f'<div class="beside">{picture}<div>{buttons}{sides}<p class="quiet">{HINT} {html.escape(e.unsure)}</p>'
            + f"{numbers(e, drawn[0])}</div></div>{strip}")
    return html.card(root, body, lead=lead, foot=sentences.footer(e), label="attention on the photo",
                     rules=styles(e, root, stage.offline(root), groups, state) + shown)
