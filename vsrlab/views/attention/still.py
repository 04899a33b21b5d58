"""The attention view as a still picture: what lights up for the open word or region, and below it all there is to know."""
import numpy as np

from vsrlab.explain.choosing import Target
from vsrlab.explain.pointing.mix import said
from vsrlab.explain.record import Explanation
from vsrlab.figures.attention import BRIGHTEST, LISTED, Lit, lit, of_word
from vsrlab.views.attention import pointed
from vsrlab.views.attention.lit import MEANING, OVERALL, RULES, Drawn, lit_said, neighbours, rule_said, target
from vsrlab.views.state import State

NONE = "; none at even attention"


def still(e: Explanation, d: Drawn, key: str, layer: int, state: State, *, below: str, headline: str = "",
          heat: bool = False):
    """The Figure of an open target ("w3", "r7", "none"); `below` and `headline` as in figures.attention.lit."""
    opened = target(e, d, key, neighbours(e, layer))
    shown = of_region(e, d, opened) if key[0] == "r" else of_words(e, d, opened)
    heat = "attention" if heat and d.quantity == "attention" and d.against is None else ""
    return lit(e, shown, below, heat=heat, headline=headline, words=state.hidden_words, regions=state.hidden_regions,
               under=d.ranks)


def of_words(e: Explanation, d: Drawn, opened: Target) -> Lit:
    """A word, or all together, with the regions that light up."""
    word = int(opened.key[1:]) if opened.key[0] == "w" else None
    weights = d.overall if word is None else d.matrix[word]
    most = {"word": BRIGHTEST, "fixed": "full at 1"}.get(d.rule, f"full at the {RULES[d.rule]}")
    most = "none at an even share, full at the largest" if d.quantity == "pointing" and d.rule == "word" else most
    most = f"none where it is even, full at the {rule_said(d)[:-len(NONE)]}" if rule_said(d).endswith(NONE) else most
    dashes = ", dashed where negative" if d.signed else ""
    scale = f"Light: {MEANING[d.quantity]}, {most}; {lit_said(d)} outlined{dashes}."
    own = d.even or d.quantity == "pointing"
    full = 1.0 if own else None if d.rule == "word" else d.limit(weights)
    light = d.strength(weights) if own else None
    drawn = of_word(e, word, weights, opened.regions, opened.said, scale, full, title(e, d, word), light)
    unit = None if word is None else pointed.unit_of(d.human, word)
    return drawn if unit is None else drawn._replace(human=unit.boxes)


def title(e: Explanation, d: Drawn, word: int | None) -> str:
    """What stands over the list of regions; "" leaves it to the figure."""
    if word is None:
        return OVERALL[d.quantity]
    if d.quantity == "pointing":
        return f"“{said(e, pointed.phrase(e, word, d.held))}” points at"
    return "" if d.quantity == "attention" else f"“{e.words[word]}”: {d.quantity}"


def of_region(e: Explanation, d: Drawn, opened: Target) -> Lit:
    """A region, the regions that it reads, and the words that it means most to."""
    region, weights = int(opened.key[1:]), np.zeros(e.regions)
    for near, (strength, _) in opened.regions.items():
        weights[near] = abs(strength)
    column = d.matrix[:, region]
    listed = np.argsort(-column, kind="stable")[:LISTED]
    reads = " and the regions it reads, by their affinity (dashed where negative)" if opened.edges else ""
    return Lit(weights, opened.regions, f"{e.region_name(region)}: {d.quantity}", [e.words[w] for w in listed], column[listed],
               opened.said, f"Light: the chosen region{reads}.", full=1.0)
