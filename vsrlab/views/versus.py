"""Two models compared: numbers with their tests, and, where their scores are there, lists of what was repaired and what broken."""
from dataclasses import dataclass, field, fields
from functools import cached_property

from vsrlab import sentences
from vsrlab.desk import versus as lists
from vsrlab.desk.digest import SIDES
from vsrlab.desk.slicing import sliced
from vsrlab.errors import Problem
from vsrlab.figures.versus import rank_chart
from vsrlab.measure.result import Comparison, Result
from vsrlab.retrieval.evaluate import compare as measured
from vsrlab.retrieval.index import Index, index
from vsrlab.retrieval.scored import Scored, alike, scored_of
from vsrlab.run import Run
from vsrlab.views.gallery.view import gallery
from vsrlab.wording import thousands

MOVED = 6                      # slices that `Versus.slices` shows


def compare(a, b, groups=None, *, corpus=None):
    """Compare two models query by query: Results, or an Index, a Scored or a Run each, measured first in one gallery.

    groups  (I,) a label for each image, as in `evaluate`; None: those that the results were measured with
    corpus  of runs; without one that of the other, which is then an Index
    -> a Comparison; of two that have their scores a `Versus`, which also lists what was repaired and what broken.
    Raises Problem when they were not measured in the same way.
    """
    whose = next((one for one in (a, b) if isinstance(one, Index)), None)
    both = []
    for one in (a, b):
        if isinstance(one, Run):
            gallery_ = corpus if corpus is not None else whose.corpus if whose is not None else None
            if gallery_ is None:
                raise Problem("runs are compared on a corpus: vl.compare(run, other, corpus=corpus), or give indexes.")
            one = index(one, gallery_)
        both.append(one)
    found = measured(*both, groups)
    if any(isinstance(one, Result) for one in both):
        return found
    first, second = (scored_of(one, "vl.compare") for one in both)
    if not alike(first, second):                               # equal texts and images, but the ids differ in their order
        return found
    return Versus(**{f.name: getattr(found, f.name) for f in fields(Comparison)}, a=first, b=second)


@dataclass(frozen=True, repr=False)
class Versus(Comparison):
    """A Comparison that knows both models' scores.  Lists are pandas DataFrames of queries by their ids, see `queries`."""
    a: Scored | None = field(default=None, repr=False)
    b: Scored | None = field(default=None, repr=False)

    @cached_property
    def queries(self) -> dict:
        """{"text": DataFrame, "image": DataFrame}: every query with both ranks and both first answers."""
        return {side: lists.queries_of_both(self.a, self.b, side) for side in SIDES}

    @property
    def repaired(self):
        """Queries that the second model alone answers, those that changed most first."""
        return lists.of_kind(self.queries, "repaired")

    @property
    def broken(self):
        """Queries that the first model alone answers."""
        return lists.of_kind(self.queries, "broken")

    @property
    def both_wrong_same(self):
        """Queries on which both have the same wrong answer first: look there for labels that are missing."""
        return lists.of_kind(self.queries, "both_wrong_same")

    @property
    def both_wrong_other(self):
        """Queries on which both are wrong, each with another answer."""
        return lists.of_kind(self.queries, "both_wrong_other")

    def flips(self, count: int = 10):
        """The queries whose rank changed most, at most two a photo; nearly tied ones are left out."""
        return lists.flips(self.queries, count)

    def slices(self, count: int = MOVED):
        """The slices of captions in which what is repaired less what is broken differs most from the rest: a DataFrame."""
        import pandas
        rows = sorted((row for row in sliced(self.a, None, "repaired", self.b) if not row.test.small), key=lambda row: row.test.p)
        return pandas.DataFrame([{"slice": row.name, "n": row.test.queries, "net repaired, %": row.test.inside,
                                  "difference": row.test.difference, "low": row.test.low, "high": row.test.high,
                                  "holm": row.test.holm, "said": row.said()} for row in rows[:count]])

    def gallery(self, query):
        """The gallery of both models on one query: a row of one of the lists, or the id of a caption or a photo."""
        if hasattr(query, "get"):
            side, row = query["side"], int(query["row"])
        elif query in self.a.text_ids or query in self.a.ids:
            side = "text" if query in self.a.text_ids else "image"
            row = (self.a.text_ids if side == "text" else self.a.ids).index(query)
        else:
            raise Problem(f"there is no caption or photo {query!r}; ids look like {self.a.text_ids[0]!r} and {self.a.ids[0]!r}.")
        return gallery(self.a.index or self.a, other=self.b.index or self.b, **{side: row})

    def text(self) -> str:
        """Who is ahead, and what was repaired and broken, in sentences."""
        said = [sentences.comparison(self)]
        for side, things in (("text", "captions"), ("image", "photos")):
            kinds = self.queries[side]["kind"].value_counts()
            many = lambda kind, kinds=kinds: thousands(kinds.get(kind, 0))
            said.append(f"Of {thousands(len(self.queries[side]))} {things} {self.names[1]} repairs {many('repaired')} and breaks "
                        f"{many('broken')}; {many('both_right')} both find first, in {many('both_wrong_same')} both have the same "
                        f"wrong answer first, in {many('both_wrong_other')} each another.")
        return " ".join(said)

    def chart(self):
        """Rank against rank, on scales of powers of ten, with the counts."""
        ranks = {side: (self.queries[side]["rank_first"], self.queries[side]["rank_second"]) for side in SIDES}
        return rank_chart(ranks, self.names, self.text(), f"{self.first.footer()} · beside {self.second.footer()}")

    __repr__ = Comparison.__repr__
