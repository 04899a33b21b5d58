"""Belief: does the score fall faster when pieces go in the order of an explanation than when they go at random?

The affinity of an edge is ranked by its size, whatever its sign, so for edges a change of either sign counts.

Deletion and insertion follow Petsiuk, Das, Saenko: RISE, BMVC 2018, with random orders beside them; the control with
random weights follows Adebayo and others: Sanity Checks for Saliency Maps, NeurIPS 2018.  An explanation is compared by its
order alone, so that its scale plays no part.
"""
from dataclasses import dataclass

import numpy as np

from vsrlab.device import exact_products
from vsrlab.errors import Problem, unknown
from vsrlab.explain import attribution
from vsrlab.explain.contest import Contest
from vsrlab.explain.explanation import Explanation, Pair, explain_pair
from vsrlab.explain.interaction import compares_vectors, interaction
from vsrlab.explain.reasoning import spearman
from vsrlab.explain.removal import Outcome, Removal, random_orders
from vsrlab.wording import NOISE, signed

RECORD = ("attention", "contribution", "cosine", "affinity")              # what the record of a pair holds
METHODS = {"attention": "attention", "contribution": "part of the local score", "cosine": "largest cosine",
           "affinity": "affinity", **attribution.METHODS, "interaction": "interaction", "random": "a random order"}
ORDERS = 50               # random orders
BELIEVED = 0.9            # share of random orders that have to be beaten
WORTH = 0.01              # of the score, or of the margin where that is larger: a smaller effect is real, but negligible
ALIKE = 0.7               # rank correlation with random weights above which an order hardly depends on what was learnt


@dataclass(frozen=True, eq=False)
class Belief:
    """One explanation of one pair against random orders.  P pieces, S looks, n random orders."""
    what: str                        # "regions", "words" or "edges"
    method: str                      # a key of METHODS
    rule: str                        # how pieces are taken out, a key of RULES
    values: np.ndarray               # (P,)  what the explanation gives each piece
    pieces: np.ndarray               # (P,) rows of regions or positions of words; (P, 2) reader and read for edges
    counts: np.ndarray               # (S,)  pieces gone (deletion) or present (insertion) at each look
    whole: Outcome                   # of the pair as it is, numbers
    deletion: Outcome                # (S,)  the largest values go first
    random: Outcome                  # (n, S)
    insertion: Outcome | None        # (S,)  the largest values come first, into a pair of blanks; None for edges
    measure: str                     # "margin", or "score" where the gallery holds no rival
    seed: int
    control: np.ndarray | None = None   # (P,)  what the same explanation gives under random weights

    @property
    def agreement(self) -> float | None:
        """Rank correlation with the same explanation under random weights: near 0 when it depends on what was learnt."""
        return None if self.control is None else spearman(self.values, self.control)

    @property
    def better(self) -> float:
        """Share of random orders under which the margin falls less (of edges: changes less); ties count half."""
        if self.still:
            return 0.5
        return beaten(*(self._kept(x.margin, self.whole.margin) for x in (self.deletion, self.random)))

    @property
    def better_rank(self) -> float:
        """The same by the rank in the gallery, on a logarithmic scale."""
        worth = lambda outcome: -np.log2(1.0 + outcome.rank)
        return beaten(*(self._kept(worth(x), worth(self.whole)) for x in (self.deletion, self.random)))

    @property
    def better_insertion(self) -> float | None:
        """Share of random orders under which the margin rises less when pieces come in; None for edges."""
        return None if self.insertion is None else beaten(-self.insertion.margin, -self.random_insertion.margin)

    @property
    def random_insertion(self) -> Outcome:
        """(n, S) Curves of insertion: a reversed random order is a random order, and what is in first goes last."""
        return Outcome(*(x[:, ::-1] for x in self.random))

    @property
    def moved(self) -> float:
        """The largest change of the margin in the order of the explanation."""
        return float(np.abs(self.deletion.margin - self.whole.margin).max())

    @property
    def still(self) -> bool:
        """Does the margin change by no more than rounding, in this order and in every random one?"""
        most = max(self.moved, float(np.abs(self.random.margin - self.whole.margin).max()))
        return most < NOISE * max(1.0, abs(float(self.whole.score)))

    @property
    def negligible(self) -> bool:
        """Does it beat random orders by an effect that is too small to matter?  The threshold is WORTH of the score or margin."""
        asked = WORTH * max(abs(float(self.whole.score)), abs(float(self.whole.margin)))
        return not self.still and self.better >= BELIEVED and self.moved < asked

    @property
    def believed(self) -> bool:
        """Does it beat random orders, by an effect of some size?  `doubt` says whether that comes from what was learnt."""
        return self.better >= BELIEVED and not self.negligible

    @property
    def verdict(self) -> str:
        """"better than 93 % of random orders (n=50)", or that it is no better than chance."""
        share, n = self.better, len(self.random.score)
        if self.still:
            return f"no measurable change of the {self.measure}, in this order or at random (n={n})"
        does = f"changes the {self.measure} more" if self.what == "edges" else "better"
        if share >= BELIEVED:
            small = f": real, but negligible, {self.moved:.1g} of {float(self.whole.score):.3g}" if self.negligible else ""
            return f"{does} than {100 * share:.0f} % of random orders (n={n}){small}"
        if share > 1 - BELIEVED:
            return f"no better than chance here ({does} than {100 * share:.0f} % of random orders, n={n})"
        if self.what == "edges":
            return f"changes the {self.measure} less than {100 * (1 - share):.0f} % of random orders (n={n})"
        rises = self.deletion.margin.mean() > self.whole.margin
        effect = f"raises the {self.measure}" if rises else f"lowers the {self.measure} less than they do"
        return f"worse than {100 * (1 - share):.0f} % of random orders (n={n}): removing what it points at {effect}"

    @property
    def doubt(self) -> str:
        """What the control says against an explanation that beats random orders; "" where it says nothing."""
        if not self.believed or self.agreement is None or not self.agreement > ALIKE:
            return ""
        return (f"but its order is much the same under random weights (rank correlation {signed(self.agreement)}), "
                "so it hardly depends on what was learnt")

    @property
    def mark(self) -> str:
        """The outcome in a mark and a few words."""
        if self.still:
            return "○ cannot be told"
        if self.negligible:
            return "◌ real, but negligible"
        if not self.believed:
            return "✗ not believed"
        return "◐ believed in part" if self.doubt else "✓ believed"

    @property
    def brief(self) -> str:
        """The outcome in at most five words, with its size where that is too small to matter."""
        return f"{self.mark[2:].capitalize()}{f': {self.moved:.1g} of {float(self.whole.score):.3g}' * self.negligible}."

    def __repr__(self) -> str:
        return f"Belief: {METHODS[self.method]} of {self.what}, {', '.join(filter(None, (self.verdict, self.doubt)))}"

    def _kept(self, values, whole):
        """What is lower the more pieces of weight are gone: the values, or of edges minus their distance from the whole."""
        return -np.abs(values - whole) if self.what == "edges" else values


def beaten(own, random) -> float:
    """Share of random curves (n, S) whose mean lies above that of one's own (S,); ties count half."""
    own, random = float(np.mean(own)), np.mean(random, axis=1)
    near = 1e-9 * max(1.0, abs(own))
    return float(np.mean(random > own + near) + 0.5 * np.mean(np.abs(random - own) <= near))


def chance_of_belief(orders: int = ORDERS) -> float:
    """How often an order that means nothing is believed: it is as likely to beat any number of the others as any other number."""
    return (orders - int(np.ceil(BELIEVED * orders - 1e-9)) + 1) / (orders + 1)


def belief(pair: Pair, what: str = "regions", method: str = "", **options) -> Belief:
    """One explanation of a pair and how far it can be believed; `method` "" is the first that the model has."""
    method = method or available(pair, what)[0]
    return beliefs(pair, what, (method,), **options)[0]


@exact_products()
def beliefs(pair: Pair, what: str = "regions", methods=None, *, rule: str = "mean", orders: int = ORDERS, target: str = "",
            seed: int = 0, layer: int = -1, untrained: Pair | None = None, record: Explanation | None = None) -> list:
    """Some explanations of a pair against the same random orders: a list of Belief.

    what       "regions", "words" or "edges" (of one `layer`)
    methods    keys of METHODS; None for all that the model has
    rule       how a piece is taken out: "mean", "drop" or "zero"
    target     of captum's methods: "margin" (where the gallery holds a rival), "score" or "soft rank"
    untrained  the same pair under random weights, `without_training(pair)`, for the control
    record     the Explanation of the pair, where it was made already
    """
    if orders < 2:
        raise Problem(f"orders={orders}: give at least 2 random orders to compare with; {ORDERS} are usual.")
    band = Band(Removal(pair, what, rule, layer), orders, seed)
    contest, record = band.removal.contest, record or explain_pair(pair)
    have = available(pair, what, record)
    methods = have if methods is None else _known(methods, have, what)
    target = target or ("margin" if len(contest.rows) else "score")
    other = untrained and (explain_pair(untrained), Contest(untrained, contest.side, like=contest))
    give = lambda method, e, contest: values(method, what, e, contest, band.removal.pieces, target, layer, seed)
    control = lambda method: give(method, *other) if other and method != "random" else None
    return [band.test(method, give(method, record, contest), control(method)) for method in methods]


def with_rule(pair: Pair, b: Belief, rule: str) -> Belief:
    """The same explanation against the same random orders, but with another removal rule."""
    return Band(Removal(pair, b.what, rule), len(b.random.score), b.seed).test(b.method, b.values, b.control)


class Band:
    """What random orders do to a pair: shared by every explanation of it."""

    def __init__(self, removal: Removal, orders: int = ORDERS, seed: int = 0):
        self.removal, self.seed, self.counts = removal, seed, removal.counts()
        self.random = removal.along(random_orders(orders, len(removal), seed), self.counts)
        self.whole = Outcome(*(x[0] for x in removal.without(np.zeros((1, len(removal)), bool))))
        self.mixed = np.random.default_rng([seed, 1]).permutation(len(removal))

    def test(self, method: str, given, control=None) -> Belief:
        """An explanation that gives each piece a value (P,); pieces of equal value go in a random order."""
        removal = self.removal
        order = self.mixed[np.argsort(-given[self.mixed], kind="stable")]
        both = removal.along(np.stack([order, order[::-1]]), self.counts)
        deletion, mirrored = (Outcome(*(x[n] for x in both)) for n in (0, 1))
        insertion = None if removal.what == "edges" else Outcome(*(x[::-1] for x in mirrored))
        return Belief(removal.what, method, removal.rule, given, removal.pieces, self.counts, self.whole, deletion, self.random,
                      insertion, "margin" if len(removal.contest.rows) else "score", self.seed, control)


def available(pair: Pair, what: str, record: Explanation | None = None) -> list:
    """The explanations that a model has of the regions, words or edges of a pair; `record` where it was made already."""
    if what == "edges":
        return ["affinity", "random"]
    record = record or explain_pair(pair)
    side = {"t-i": "regions", "both": "regions", "i-t": "words"}        # that is looked at; the other's weights add up to one each
    looks = side.get(record.direction) == what
    have = {"attention": looks, "contribution": record.contribution is not None, "cosine": record.cosine is not None,
            "affinity": record.affinity is not None and what == "regions", "interaction": compares_vectors(pair.model)}
    return [m for m in METHODS if have.get(m, True)]


def values(method: str, what: str, record: Explanation, contest: Contest, pieces, target: str, layer: int = -1, seed: int = 0):
    """(P,) what an explanation gives each piece: its order is what counts.

    attention     the mean over the words (i-t: over the regions)       cosine  the largest with any word (any region)
    contribution  the part of the local score                           affinity  its size: of an edge, or of all that read a region
    interaction   the part of the score of two vectors, over all words (regions)
    """
    axis = 0 if what == "regions" else 1
    if method == "random":                           # one of its own for each pair: the same for all would not be random in a set
        own = contest.pair.image, contest.pair.text_row or 0
        return np.random.default_rng([seed, *own]).permutation(len(pieces)).astype(float)
    if method == "affinity":
        size = np.abs(record.affinity[layer]).astype(float)
        return size[tuple(pieces.T)] if what == "edges" else (size.sum(0) - np.diag(size))[pieces]
    if method in RECORD:
        found = {"attention": lambda: record.attention.mean(axis), "cosine": lambda: record.cosine.max(axis),
                 "contribution": lambda: record.region_part if what == "regions" else record.word_part}[method]()
    elif method == "interaction":
        found = interaction(contest.pair).values.sum(axis)
    else:
        found = attribution.attribute(contest.pair, what, method, target, seed=seed, contest=contest).values
    return np.asarray(found, float)[pieces]


def _known(methods, have, what):
    for method in methods:
        if method not in METHODS:
            raise unknown("explanation", method, METHODS)
        if method not in have:
            raise Problem(f"this model has no {METHODS[method]} of its {what}; it has: {', '.join(have)}.")
    return list(methods)
