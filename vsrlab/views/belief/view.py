"""Can an explanation be believed?  One small picture, one sentence and a table: the strip under a view, or a view of its own."""
from functools import cached_property

import numpy as np

from vsrlab import sentences, wording
from vsrlab.explain.belief import ALIKE, BELIEVED, METHODS, WORTH, Belief, available, beliefs, with_rule
from vsrlab.explain.explanation import Explanation, Pair, explain, explain_pair
from vsrlab.explain.pair import without_training
from vsrlab.explain.removal import RULES
from vsrlab.figures.belief import belief_sheet
from vsrlab.page import html
from vsrlab.views.belief import page
from vsrlab.views.state import State
from vsrlab.views.view import View

REMOVED = {"regions": {"mean": "replaced by the mean region", "drop": "left out", "zero": "set to zero"},
           "words": {"mean": "replaced by the mean word vector", "drop": "left out", "zero": "set to zero"},
           "edges": {"zero": "cut"}}
DEFINED = (f"Margin: the score minus that of the best wrong answer. Believed: the order beats {100 * BELIEVED:.0f} % of random "
           f"orders or more, and changes the margin by {100 * WORTH:.0f} % of the score or of the margin, whichever is larger.")
RANDOM = ("random 5 %", "random median", "random 95 %")
OTHER = 0.3                # rank correlation with random weights below which the order is another one


def strip(run, index, image, text, what: str = "regions", method: str = "", **options) -> "BeliefView":
    """Can an explanation of a pair be believed?  Removal in its order against random orders, and the same under random weights.

    run, index   a trained run and its index of a corpus
    image, text  row of the image or its id; row of the text or a sentence of your own
    what         "regions", "words" or "edges"
    method       a key of explain.belief.METHODS; "" is the first that the model has
    options      rule="mean", orders=50, target="margin", seed=0, layer=-1, see explain.belief.beliefs
    """
    return BeliefView(Pair(run, index, image, text), what, method, **options)


class BeliefView(View):
    """One explanation of a pair and whether it can be believed, computed when it is first looked at.

    what, method, options   as in `strip`
    control                 also explain the pair under random weights
    belief                  a Belief that is known already, to be shown as it is
    """

    def __init__(self, pair: Pair, what: str = "regions", method: str = "", *, control: bool = True, belief: Belief | None = None,
                 state: State | None = None, **options):
        super().__init__(state)
        self.pair, self.what, self.method, self.control, self.options = pair, what, method, control, options
        self._belief = belief

    @property
    def belief(self) -> Belief:
        """The explanation and what became of it: hundreds of runs of the model, once."""
        if self._belief is None:
            self._belief = self._tested()
        return self._belief

    @property
    def known(self) -> bool:
        """Does showing it cost nothing?"""
        return self._belief is not None

    @property
    def headline(self) -> str:
        """The verdict in a sentence, with what the control says against it."""
        return f"{self.title}: {', '.join(filter(None, (self.belief.verdict, self.belief.doubt)))}."

    @property
    def title(self) -> str:
        """What is tested."""
        return f"{METHODS[self.belief.method].capitalize()} of the {self.belief.what}"

    @cached_property
    def record(self) -> Explanation:
        """The pair without its place in the gallery."""
        return explain_pair(self.pair)

    @cached_property
    def placed(self) -> Explanation:
        """The pair with its place in the gallery."""
        pair = self.pair
        return explain(pair.run, pair.index, pair.image, pair.text if pair.text_row is None else pair.text_row)

    @cached_property
    def others(self) -> list:
        """The same explanation under the other removal rules: does the verdict depend on the rule?"""
        b = self.belief
        return [] if b.what == "edges" else [with_rule(self.pair, b, rule) for rule in RULES if rule != b.rule]

    @property
    def names(self) -> list:
        """(P,) what the pieces are called."""
        b, e = self.belief, self.record
        if b.what == "edges":
            return [f"{e.region_name(a)} reads {e.region_name(r)}" for a, r in b.pieces]
        return [e.words[p] if b.what == "words" else e.region_name(p) for p in b.pieces]

    def text(self) -> str:
        """The verdict, what was measured, and whether rule, random weights and truth say the same."""
        b = self.belief
        falls = "falls"
        if b.what == "edges":
            falls = f"moves, up or down (at most {b.moved:.{wording.decimals(b.moved)}f}),"
        told = (f"{self.headline} Measured is how far the {b.measure} {falls} while "
                f"the {b.what}, strongest first, are {REMOVED[b.what][b.rule]}.")
        return " ".join(filter(None, (told, self._rules(), self._agrees(), self._points())))

    def verdict(self) -> str:
        b = self.belief
        beats = f"{self.title[0].lower()}{self.title[1:]} beats {100 * b.better:.0f} % of random orders"
        return f"{b.brief[:-1]}{'' if b.still or b.negligible else f': {beats}, by at most {wording.significant(b.moved, False)}'}."

    def table(self):
        """One row for each look: how many pieces are gone or present, one's own margin, score and rank, and the random ones'."""
        import pandas as pd
        b, rows = self.belief, []
        ways = {"deletion": (b.deletion, b.random)}
        if b.insertion:
            ways["insertion"] = b.insertion, b.random_insertion
        for way, (own, random) in ways.items():
            levels = dict(zip(RANDOM, np.percentile(random.margin, (5, 50, 95), axis=0)))
            rows.append(pd.DataFrame({"way": way, "what": b.what, "method": METHODS[b.method], "rule": b.rule, "pieces": b.counts,
                                      "margin": own.margin, "score": own.score, "rank": own.rank + 1, **levels}))
        return pd.concat(rows, ignore_index=True)

    def figure(self):
        """The curves of deletion and insertion on the band of random orders, and the control."""
        return belief_sheet(self.belief, self.text(), self.names, self.title)

    def html(self) -> str:
        """The strip as a part of another view's card, or on its own."""
        b, table = self.belief, self.table()
        numbers = table[["margin", *RANDOM]].to_numpy().ravel()
        digits = wording.decimals(np.ptp(numbers), 3)
        marks = [wording.signed(x, False, digits) for x in numbers]
        rows = [(f"{way}, {n}", *marks[4 * k:4 * k + 4], rank) for k, (way, n, rank) in
                enumerate(zip(table["way"], table["pieces"], table["rank"]))]
        return page.fragment(b, self.text(), html.table((b.what, b.measure, *RANDOM, "rank"), rows, DEFINED),
                             self.names)

    def alone(self) -> str:
        """The same on a card of its own, with the pair and its place in the gallery."""
        e = self.placed
        return html.card(html.unique(), self.html(), lead=self.verdict(), more=sentences.match(e), foot=sentences.footer(e),
                         label="can it be believed?")

    def _rules(self) -> str:
        """Whether the verdict is the same under the other rules."""
        b, others = self.belief, self.others
        if not others:
            return ""
        shares = wording.several(f"{100 * o.better:.0f} % when {REMOVED[b.what][o.rule]}" for o in others)
        same = all(o.believed == b.believed for o in others)
        return f"The verdict {'does not depend' if same else 'depends'} on the rule: {shares}."

    def _agrees(self) -> str:
        """How much of the order is there without anything learnt, unless the headline says so."""
        agreement, doubt = self.belief.agreement, self.belief.doubt
        if agreement is None or doubt and doubt in self.headline:
            return ""
        if not np.isfinite(agreement):
            return "Under random weights it is the same everywhere, so there is nothing to compare."
        how, warns = "changes in part", ""
        if agreement > ALIKE:
            how, warns = "hardly changes", ": it shows the data more than what was learnt"
        elif agreement < OTHER:
            how = "is another one"
        return f"Under random weights its order {how} (rank correlation {wording.signed(agreement)}){warns}."

    def _points(self) -> str:
        """The pointing game, where the corpus knows what words name."""
        return sentences.pointed(self.record) if self.belief.method in ("attention", "contribution", "cosine") else ""

    def _tested(self) -> Belief:
        """The test itself: removal in the order of the explanation and at random, for the trained and the untrained pair."""
        pair, record = self.pair, self.record
        method = self.method or available(pair, self.what, record)[0]
        untrained = without_training(pair, self.options.get("seed", 0)) if self.control else None
        return beliefs(pair, self.what, (method,), untrained=untrained, record=record, **self.options)[0]
