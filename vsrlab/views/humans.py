"""vl.humans: do scores order pairs of a photo and a caption as people's grades do?"""
import datetime

import numpy as np

from vsrlab.desk.grades import Grades, grades_of
from vsrlab.errors import Problem
from vsrlab.figures.slices import slices_sheet
from vsrlab.measure.concordance import NAMES, concordance
from vsrlab.measure.graded import at_pairs
from vsrlab.page import html
from vsrlab.retrieval.scored import alike, scored_of
from vsrlab.views.view import View
from vsrlab.wording import signed, thousands

ALL, FOREIGN = "all pairs", "foreign captions only"
FEW = 30                       # foreign pairs below which they have no row


def humans(what, judgements, *others, accepted: float | None = None) -> "HumansView":
    """How far scores agree with graded human judgements: Spearman's rho, Kendall's tau-b and the area under the ROC curve.

    what        an Index, or a Scored; `others` are more of them on the same gallery, each compared with the first
    judgements  a file (TSV or CSV: image, caption, one grade or more a line, larger is better; see `desk.grades`), or Judgements
                with grades
    accepted    the grade from which a pair counts as right, for the area; None: above the middle of the grades that were given

    A pair's grade is the mean of the people's.  All numbers have 95 % intervals by bootstrap over photos, and a second row for
    foreign captions only, those that were not written for the photo: there a model cannot win by knowing whose caption it is.
    """
    scored = [scored_of(one, "vl.humans") for one in (what, *others)]
    for one in scored[1:]:
        if not alike(scored[0], one):
            raise Problem(f"{one.name} and {scored[0].name} have different galleries; give scores of the same photos and captions.")
    first = scored[0]
    return HumansView(scored, grades_of(judgements, first.ids, first.text_ids, first.texts), accepted)


class HumansView(View):
    """A row for each model and kind of pairs."""

    def __init__(self, scored: list, judged: Grades, accepted: float | None = None):
        super().__init__()
        self.scored, self.judged = scored, judged
        g = judged.grades
        if g.min() == g.max():
            raise Problem(f"all {len(g):,} pairs of {judged.name} have the same grade, so no order can be compared; give grades "
                          "that differ.")
        self.given = accepted is not None
        self.accepted = accepted if self.given else (g.min() + g.max()) / 2
        self.right = g >= self.accepted if self.given else g > self.accepted
        foreign = np.asarray(scored[0].image_of_text)[judged.texts] != judged.images
        scores = np.stack([np.asarray(at_pairs(one.scores, judged.images, judged.texts), float) for one in scored])
        self.pairs, self.found = {ALL: len(g)}, {}
        kinds = {ALL: np.ones(len(g), bool)} | ({FOREIGN: foreign} if FEW <= foreign.sum() < len(g) else {})
        for kind, rows in kinds.items():
            self.pairs[kind] = int(rows.sum())
            self.found[kind] = concordance(scores[:, rows], g[rows], self.right[rows], judged.images[rows])

    def verdict(self) -> str:
        """How far the first model orders the pairs as people do."""
        return (f"{self.scored[0].name} orders {thousands(self.pairs[ALL])} judged pairs as people do to a Spearman of "
                f"{self.found[ALL]['Spearman'][0]}.")

    def text(self) -> str:
        said = [self.verdict()]
        if FOREIGN in self.found:
            said.append(f"Of foreign captions only, {thousands(self.pairs[FOREIGN])} pairs: {self.found[FOREIGN]['Spearman'][0]}.")
        for n, one in enumerate(self.scored[1:]):
            gap = self.found[ALL]["difference"]["Spearman"][n]
            how = "more" if gap.low > 0 else "less" if gap.high < 0 else "neither more nor less, as far as can be seen"
            number, low, high = (signed(x, True, 3) for x in gap)
            said.append(f"{one.name} agrees {how}: {number} [{low}, {high}].")
        if self.judged.lost:
            said.append(f"{thousands(self.judged.lost)} judged pairs of {self.judged.name} are not of this gallery and were left "
                        "out.")
        return " ".join(said)

    def table(self):
        """A row for each model and kind of pairs: the three coefficients with their intervals."""
        import pandas
        rows = []
        for kind, found in self.found.items():
            for n, one in enumerate(self.scored):
                row = {"model": one.name, "pairs": kind, "judged": self.pairs[kind]}
                for name in NAMES:
                    row |= {name: found[name][n].value, f"{name} low": found[name][n].low, f"{name} high": found[name][n].high}
                rows.append(row)
        return pandas.DataFrame(rows)

    def footer(self) -> str:
        """Where the numbers come from."""
        how = f"of {self.accepted:g} or more" if self.given else f"above {self.accepted:g}, the middle of those given,"
        return (f"{self.judged.name} · up to {self.judged.people} grades a pair, their mean · accepted: a mean grade {how} "
                f"({thousands(self.right.sum())} pairs) · 95 % by bootstrap over photos · {datetime.date.today().isoformat()}")

    def figure(self):
        rows = [(f"{one.name}, {kind}: {name}", self.pairs[kind], *found[name][n], f"{found[name][n].value:.3f}", n == 0,
                 kind == FOREIGN)
                for kind, found in self.found.items() for name in NAMES for n, one in enumerate(self.scored)]
        return slices_sheet(rows, 0.5, f"{self.scored[0].name} beside people's grades", "agreement", self.text(), self.footer(),
                            "chance of the AUC (of the correlations it is 0)")

    def html(self) -> str:
        table = self.table()
        lines = [(row["model"], row["pairs"], thousands(row["judged"]),
                  *(f"{row[name]:.3f} [{row[f'{name} low']:.3f}, {row[f'{name} high']:.3f}]" for name in NAMES))
                 for _, row in table.iterrows()]
        numbers = html.table(("model", "pairs", "judged", *NAMES), lines)
        return html.card(html.unique(), numbers, lead=self.verdict(), more=self.text(), foot=self.footer(),
                         label="agreement with people")
