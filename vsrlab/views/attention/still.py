"""The attention view as a still picture: what the page lights up for the open word or region, and below it all there is to know."""
import numpy as np

from vsrlab.explain.record import Explanation
from vsrlab.figures.attention import BRIGHTEST, LISTED, Lit, lit, of_word
from vsrlab.page import stage
from vsrlab.page.lights import Target
from vsrlab.views.attention.page import MEANING, OVERALL, SCALES, TRAINED, Drawn, lit_said, neighbours, target
from vsrlab.views.state import State


def still(e: Explanation, d: Drawn, opens: str, layer: int, state: State, *, under: str, headline: str = "", heat: bool = False):
    """The figure of the open target ("w3", "r7", "none"); `under` and `headline` as in figures.pair.lit."""
    opened = target(e, d, opens, neighbours(e, layer), stage.places(e))
    shown = of_region(e, d, opened) if opens[0] == "r" else of_words(e, d, opened)
    heat = "attention" if heat and d.quantity == "attention" and d.against is None else ""
    return lit(e, shown, under, heat=heat, headline=headline, words=state.hidden_words, regions=state.hidden_regions)


def of_words(e: Explanation, d: Drawn, opened: Target) -> Lit:
    """A word, or all together, with the regions that light up."""
    word = int(opened.key[1:]) if opened.key[0] == "w" else None
    weights = d.overall if word is None else d.matrix[word]
    title = OVERALL[d.quantity] if word is None else "" if d.quantity == "attention" else f"“{e.words[word]}”: {d.quantity}"
    most = {"word": BRIGHTEST, "fixed": "full at 1"}.get(d.rule, f"full at the {(SCALES | TRAINED)[d.rule]}")
    scale = f"Light: {MEANING[d.quantity]}, {most}; {lit_said(d)} outlined{', dashed where negative' * d.signed}."
    return of_word(e, word, weights, opened.regions, opened.said, scale, None if d.rule == "word" else d.limit(weights), title)


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
