"""What the attention view lights up and says for each word and region: numbers in, targets and sentences out; no HTML."""
from typing import NamedTuple

import numpy as np

from vsrlab import sentences, wording
from vsrlab.explain.choosing import FULL, Target, chosen, light
from vsrlab.explain.interaction import Interaction
from vsrlab.explain.pointing.mix import light as pointing_light
from vsrlab.explain.record import Explanation
from vsrlab.views.attention import pointed
from vsrlab.views.state import State
from vsrlab.wording import decimals, signed, significant

MEANING = {"pointing": "weight by which the phrase points", "attention": "attention",
           "cosine": "cosine of word and region",
           "occlusion": "score that word and region carry together",
           "interaction": "what word and region add to the score together"}
OVERALL = {"pointing": "Largest weight of any phrase",
           "attention": "Mean attention of all words", "cosine": "Largest cosine with any word",
           "occlusion": "Score lost without the region", "interaction": "What the region adds with all words"}
RUN = ("occlusion", "interaction")          # the model runs again for these: drawn where they are asked for
SCALES = {"word": "largest of the chosen word or region", "pair": "largest of this pair", "fixed": "fixed"}
RULES = SCALES | {"trained": "largest of the trained model"}
DIRECTIONS = {"t-i": "words look at regions", "i-t": "regions look at words"}
NEIGHBOURS = 3             # regions shown beside a chosen one, of those that it reads
NUMBERED = 3               # regions with a number in their box
MISSED = 2e-3              # of a sum of cells: more is said


class Drawn(NamedTuple):
    """One quantity of a pair and how it is to be lit."""
    quantity: str              # a key of MEANING
    matrix: np.ndarray         # (W, R)
    overall: np.ndarray        # (R,)   what lights up when no word is chosen
    scale: str = "word"        # a key of SCALES: what full light means
    top: int = 3               # regions that light up ...
    mass: float | None = None  # ... or the share of all weight that they hold
    against: np.ndarray | None = None   # (W, R) of the trained model, where the matrix is of its control: its largest is full light
    told: str = ""             # what else is known of it, a sentence or two
    ranks: tuple = ()          # (W,) what stands under the words, see ranks.under_words
    held: tuple = ()           # positions that are read as one phrase
    human: tuple = ()          # of Unit: phrases whose places people have drawn

    @property
    def even(self) -> bool:
        """Is it an attention of words, whose light is scaled against an even one?"""
        return self.quantity == "attention" and abs(float(self.matrix.sum()) - len(self.matrix)) < 0.01 * len(self.matrix)

    @property
    def rule(self) -> str:
        """A key of RULES: the scale, or "trained" where the trained model sets it."""
        return self.scale if self.against is None or self.scale == "fixed" else "trained"

    @property
    def signed(self) -> bool:
        """Does it hold negative values?"""
        return bool((self.matrix < 0).any())

    def limit(self, values) -> float:
        """What full light means for some values of the matrix."""
        if self.scale == "fixed":
            return 1.0
        whole = self.matrix if self.against is None else self.against
        of = whole if self.scale == "pair" or self.against is not None else values
        return float(np.abs(of).max(initial=0))

    def chosen(self, values) -> np.ndarray:
        """The regions that light up for values (R,), strongest first."""
        return chosen(values, self.top, self.mass)

    def strength(self, values) -> np.ndarray:
        """(R,) the light of values (R,), -1 to 1."""
        limit = self.limit(values) or 1.0
        if self.quantity == "pointing":
            return pointing_light(values, limit)
        return light(values, limit) if self.even else np.clip(np.asarray(values, float) / limit, -1, 1)

    def lit(self, values) -> dict:
        """Values (R,) as {region: (strength -1 to 1, number)} of the regions that light up; the first few are numbered.  None does
        where an attention has no preference."""
        strength, found = self.strength(values), {}
        for n, r in enumerate(self.chosen(values) if strength.any() or not self.even else ()):
            number = f"{r}: {significant(values[r], self.signed)}" if n < NUMBERED else ""
            found[int(r)] = float(strength[r]), number
        return found


# what lights up

def targets(e: Explanation, d: Drawn, layer: int = -1) -> list:
    """Nothing, every word and every region, with what each lights up and says."""
    links = neighbours(e, layer)
    keys = ["none", *(f"w{w}" for w in range(len(e.words))), *(f"r{r}" for r in links)]
    return [target(e, d, key, links) for key in keys]


def target(e: Explanation, d: Drawn, key: str, links: dict) -> Target:
    """What "w3", a word, "r7", a region, or "none" lights up and says; `links` as of `neighbours`."""
    if key == "none":
        return Target(key, d.lit(d.overall), {}, overall_said(e, d))
    kind, place = key[0], int(key[1:])
    if kind == "w":
        return Target(key, d.lit(d.matrix[place]), {place: 1.0}, word_said(e, d, place), under=d.ranks[place] if d.ranks else "")
    reads = links[place]
    return Target(key, nearby(e, place, reads), spoken(d, place), region_said(e, d, place, reads), bool(reads))


def nearby(e: Explanation, region: int, links) -> dict:
    """A region and those that it reads, [(region, affinity), ...]: {region: (strength, number)}."""
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


def measurable(losses) -> np.ndarray:
    """Losses of a score, those within its rounding as 0."""
    return np.where(np.abs(losses) < wording.NOISE, 0.0, losses)


# what is said

def strongest(values, name, sign: bool, count: int = 3) -> list:
    """['region 7 (dog) 0.41', ...] for the largest of some values (N,); `name` turns a place into words."""
    return [f"{name(n)} {significant(values[n], sign)}" for n in np.argsort(-values, kind="stable")[:count]]


def word_said(e: Explanation, d: Drawn, word: int) -> str:
    """Where a word looks, in a sentence or two."""
    row = d.matrix[word]
    if d.quantity == "attention":
        return sentences.attention(e, word, len(d.chosen(row)))
    if d.quantity == "pointing":
        return pointed.said(e, d.matrix[word], word, d.held, d.human)
    where = wording.several(strongest(row, e.region_name, True))
    if d.quantity == "cosine":
        return f"“{e.words[word]}” is most like {where} (cosine; the middle region {significant(np.median(row))})."
    if d.quantity == "interaction":
        if e.markers[word]:
            return f"“{e.words[word]}” is never left blank, so it has no part of its own."
        return f"“{e.words[word]}” adds most with {where}; {significant(row.sum())} with all regions."
    if not row.any():
        return f"“{e.words[word]}” carries no measurable change of the score together with any region."
    return f"“{e.words[word]}” carries most score together with {where}: lost when both are left out, beyond each alone."


def region_said(e: Explanation, d: Drawn, region: int, links) -> str:
    """Which words a region means most to, and which regions it reads, [(region, affinity), ...]."""
    known = f", detector {e.confidence[region]:.2f}" if e.confidence is not None else ""
    words = wording.several(strongest(d.matrix[:, region], lambda w: f"“{e.words[w]}”", d.signed))
    reads = wording.several(f"{e.region_name(n)} {significant(v)}" for n, v in links)
    reads = f" It reads {reads} (affinity)." if links else ""
    return f"{e.region_name(region).capitalize()}{known}: {MEANING[d.quantity]} {words}.{reads}"


def overall_said(e: Explanation, d: Drawn) -> str:
    """Which regions light up when no word is chosen."""
    if not d.overall.any():
        return f"{OVERALL[d.quantity]}: no measurable change for any region."
    dark = "; nearly even, so nothing is lit" if d.even and not d.strength(d.overall).any() else ""
    return f"{OVERALL[d.quantity]}: {wording.several(strongest(d.overall, e.region_name, d.signed))}{dark}."


def briefly(e: Explanation, d: Drawn, key: str, layer: int = -1) -> str:
    """What is said of a target, without what a word adds: for texts that stand alone."""
    if key[0] == "w" and d.quantity == "attention":
        word = int(key[1:])
        return sentences.briefly(e, word, len(d.chosen(d.matrix[word])))
    return target(e, d, key, neighbours(e, layer)).said


def rule_said(d: Drawn) -> str:
    """What full light means: 'largest of the chosen word or region'."""
    least = f", or {FULL} times even attention where that is more; none at even attention" if d.even and d.rule != "fixed" else ""
    return RULES[d.rule] + least


def lit_said(d: Drawn) -> str:
    """'the 3 strongest are', or 'as many as hold 80 % of the weight are'."""
    if d.mass:
        return f"as many as hold {100 * d.mass:.0f} % of the weight are"
    return f"the {d.top} strongest are" if d.top > 1 else "the strongest is"


def summed(e: Explanation, found: Interaction) -> str:
    """What the cells of an interaction add up to, beside the score that it takes apart."""
    whole = float(found.corners[0, 0])
    named = f"the score {signed(whole, False, 3)}"
    if e.score_local is not None:
        named = f"μ × global {signed(whole, False, 3)}" if e.mu is not None else f"the global score {signed(whole, False, 3)}"
    said = (f"All cells add up to {signed(found.values.sum(), digits=3)} of {named}; {signed(found.alone, digits=3)} is there "
            "while the text or the image is blank.")
    missed = abs(found.gap)
    return said if missed < MISSED else f"{said} The cells miss their sum by {missed:.3f}."


def change_said(before: Explanation, state: State, now) -> str:
    """What was changed and what it did to score and rank, `now` as of WhatIf.standing; "" when nothing was."""
    hidden = [f"“{before.words[w]}”" for w in state.hidden_words]
    hidden += [before.region_name(r) for r in state.hidden_regions]
    done = [f"left out {wording.several(hidden)}"] if hidden else []
    done += [f"“{before.words[w]}” became “{word}”" for w, word in state.edits.items()]
    done += [f"{sign} {value:.3g}" for sign, value in (("λ", state.sharpness), ("μ", state.mu)) if value is not None]
    done += [DIRECTIONS[state.direction]] if state.direction not in (None, before.direction) else []
    return f"Changed ({'; '.join(done)}): {scored(before, now)}, {ranked(before, now)}." if done else ""


def scored(before: Explanation, now) -> str:
    """'score 0.576 → 0.585 (+0.008)'."""
    change = now.score - before.score
    if abs(change) < wording.NOISE:
        return f"no measurable change of the score {signed(before.score, False, 3)}"
    digits = decimals(change, 3)
    old, new = (signed(x, False, digits) for x in (before.score, now.score))
    return f"score {old} → {new} ({signed(change, digits=digits)})"


def ranked(before: Explanation, now) -> str:
    """'rank 48 → 55 of 100'."""
    return f"rank {before.image_rank + 1:,} → {now.rank + 1:,} of {now.gallery:,}"
