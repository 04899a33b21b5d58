"""Notices: which changes of a caption does a model notice?  The share of pairs in which the original scores higher, by kind."""
import datetime

from vsrlab.figures.slices import slices_sheet
from vsrlab.page import html
from vsrlab.retrieval.noticing import LEAST, noticed
from vsrlab.retrieval.scored import scored_of
from vsrlab.views.view import View
from vsrlab.wording import cut, few, several, thousands

SHOWN = 12                     # missed edits on the page


def notices(what, edits, scorer=None) -> "NoticesView":
    """The edits that a model notices: the original caption scores higher with its photo than the edited one.

    what    an Index, whose model scores both; or a Scored from `vl.from_embeddings`
    edits   what `vl.edit(corpus)` made of the captions of this gallery
    scorer  of a Scored: a function from N texts to (N, D) vectors, by the model whose vectors of images it has
    """
    scored = scored_of(what, "vl.notices")
    return NoticesView(scored, *noticed(what, edits, scorer))


class NoticesView(View):
    """A row a kind and truth.  `each` has all edits with both scores; order-only edits stand apart."""

    def __init__(self, scored, kinds: list, each):
        super().__init__()
        self.scored, self.kinds, self.each = scored, kinds, each

    def text(self) -> str:
        told = [k for k in self.kinds if k.truth == "changed" and not k.order_only]
        said = [f"{self.scored.name}: in how many of {thousands(len(self.each))} edited captions does the original score higher?"]
        say = lambda k: f"{k.kind} {k.share:.0f} % [{k.interval.low:.0f}, {k.interval.high:.0f}] (a bag of words {k.control:.0f} %)"
        if told:
            said.append(f"Of what says something else: {several(map(say, told))}.")
        if order := [k for k in self.kinds if k.order_only and k.truth == "changed"]:
            said.append(f"Order alone, which a bag of words cannot notice by construction: "
                        f"{several(f'{k.kind} {k.share:.0f} % [{k.interval.low:.0f}, {k.interval.high:.0f}]' for k in order)}.")
        if same := [k for k in self.kinds if k.truth == "same" and k.photos >= LEAST]:
            said.append(f"Of what says the same, where half is even: {several(f'{k.kind} {k.share:.0f} %' for k in same)}.")
        return " ".join(said)

    def verdict(self) -> str:
        told = [k for k in self.kinds if k.truth == "changed" and not k.order_only]
        if not told:
            return f"{thousands(len(self.each))} edited captions; none of them says something else."
        least = min(told, key=lambda k: k.share)
        bag = f"even is 50, a bag of words {least.control:.0f} %"
        return f"Least noticed: {few(least.kind, 3)}, in {least.share:.0f} % of edits; {bag}."

    def table(self):
        """A row a kind and truth: edits, photos, share with a 95 % interval, ties, the control, what it tells."""
        import pandas
        return pandas.DataFrame([{"kind": k.kind, "truth": k.truth, "order_only": k.order_only, "edits": k.edits,
                                  "photos": k.photos, "share": k.share, "low": k.interval.low, "high": k.interval.high,
                                  "tied": k.tied,
                                  "control": k.control, "said": k.said} for k in self.kinds])

    def missed(self, kind: str | None = None):
        """The edits that say something else and score higher all the same, the largest surplus first: a DataFrame."""
        found = self.each[(self.each["truth"] == "changed") & (self.each["edited_score"] >= self.each["original"])]
        found = found if kind is None else found[found["kind"] == kind]
        found = found.assign(surplus=found["edited_score"] - found["original"])
        return found.sort_values("surplus", ascending=False, kind="stable")

    def footer(self) -> str:
        """Where the numbers come from."""
        s = self.scored
        return " · ".join(filter(None, (
            s.name, f"{s.dataset} {s.split}".strip(), "95 % over photos", "a tie is not noticed",
            "bag of words: tf-idf with the photo's other captions", datetime.date.today().isoformat())))

    def figure(self):
        rows = [(self._named(k), k.edits, k.share, k.interval.low, k.interval.high, k.said.split(";")[0].split(":")[0],
                 k.interval.low > 50 or k.interval.high < 50, k.truth != "changed") for k in self.kinds]
        return slices_sheet(rows, 50.0, f"{self.scored.name}: which changes of a caption are noticed?",
                            "the original scores higher, %", self.text(), self.footer(), "half")

    def html(self) -> str:
        lines = [(self._named(k), thousands(k.edits), f"{k.share:.1f} [{k.interval.low:.1f}, {k.interval.high:.1f}]",
                  f"{k.tied:.1f}", f"{k.control:.1f}", k.said) for k in self.kinds]
        columns = ("change", "edits", "original higher, % [95 %]", "level, %", "bag of words, %", "said")
        missed = self.missed().head(SHOWN)
        rows = [(one.kind, cut(one.text, 150), cut(one.edited, 150), one.image) for one in missed.itertuples()]
        more = html.details(f"{len(rows)} of {thousands(len(self.missed()))} changes that were missed, the largest surplus first",
                            html.table(("kind", "caption", "edited", "photo"), rows)) if rows else ""
        return html.card(html.unique(), html.table(columns, lines) + more, lead=self.verdict(), more=self.text(),
                         foot=self.footer(), label="changes that are noticed")

    @staticmethod
    def _named(k) -> str:
        return f"{k.kind}{', order alone' * k.order_only}{'' if k.truth == 'changed' else f' ({k.truth})'}"
