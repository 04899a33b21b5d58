"""Hubs: answers that far more queries find than others, and what CSLS or an inverted softmax make of them."""
import datetime
from functools import cached_property

import numpy as np

from vsrlab.errors import Problem, unknown
from vsrlab.figures.hubs import counted, hubs_sheet
from vsrlab.page import html
from vsrlab.page.thumbnails import pictures_of
from vsrlab.retrieval.evaluate import compare, evaluate
from vsrlab.retrieval.hubness import AFTER, SEEN, normalised
from vsrlab.retrieval.scored import scored_of
from vsrlab.views.view import View
from vsrlab.wording import cut, signed, thousands

SHOWN, WIDE = 10, 160          # answers that are shown; pixels of a photo
THINGS = {"image": ("photo", "captions"), "text": ("caption", "photos")}
STYLE = """
.vsr .hubs { display: flex; flex-wrap: wrap; gap: 12px; margin: 6px 0 10px }
.vsr .hubs > div { width: 168px; font-size: 12.5px; overflow-wrap: anywhere }"""


def hubs(scored, after: str | None = None, bank=None, *, side: str = "image", k: int = 10) -> "HubsView":
    """The answers that most queries have among their first k.

    scored  an Index or a Scored
    after   "csls" or "invsoftmax": beside it the same with scores by which hubs are fewer, see `retrieval.hubness.normalised`
    bank    (I, B) scores of the same images with other captions, or a Scored; None: the queries themselves, which the title says
    side    "image": photos that captions find; "text": captions that photos find
    """
    scored = scored_of(scored, "vl.hubs")
    if side not in THINGS:
        raise unknown("side", side, THINGS)
    if bank is not None and after is None:
        raise Problem('a bank is for after="csls" or after="invsoftmax"; name one, or leave the bank out.')
    if bank is not None and side == "text":
        raise Problem("a bank of captions tells of photos only; ask for side=\"image\", or leave the bank out.")
    return HubsView(scored, None if after is None else normalised(scored, after, bank), after, bank is not None, side, k)


class HubsView(View):
    """Ten answers with N_k.  `before` and `after` are Scored; `skewness()` of N_k tells how uneven it is."""

    def __init__(self, before, after, how, banked: bool, side: str, k: int):
        super().__init__()
        self.before, self.after, self.how, self.banked, self.side, self.k = before, after, how, banked, side, k
        self.count = before.digest.found(side, k)
        self.then = None if after is None else after.digest.found(side, k)
        self.rows = np.argsort(-self.count, kind="stable")[:SHOWN]

    def skewness(self, then: bool = False) -> float:
        """Third moment of N_k over the answers by the cube of their deviation: 0 is even (Radovanović and others 2010)."""
        return skewness(self.then if then else self.count)

    @cached_property
    def result(self):
        """The numbers before; whoever has measured them already may set this."""
        return evaluate(self.before)

    @cached_property
    def compared(self):
        """The Comparison of the recalls after and before; None without `after`."""
        return None if self.after is None else compare(self.result, evaluate(self.after))

    @property
    def recalls(self) -> list:
        """Names of the recalls that tell of this side: from a bank, only those of captions that look for photos."""
        sides = (self.side,) if self.banked else ("image", "text")
        return [f"{side} R@{at}" for side in sides for at in (1, 5, 10)]

    def title(self) -> str:
        """What is shown; without a bank it says that the queries were seen."""
        said = f"{self.before.name}: hubs among the {THINGS[self.side][0]}s"
        if self.after is None:
            return said
        return f"{said}, with {AFTER[self.how]} ({'from a bank of other captions' if self.banked else SEEN})"

    def text(self) -> str:
        thing, asking = THINGS[self.side]
        hubs_ = int(self.before.is_hub(self.k, self.side).sum())
        first = self.rows[0]
        said = (f"{self.title()}. {self._name(first)} is among the first {self.k} of {thousands(self.count[first])} {asking}, "
                f"{self.count.mean():.1f} would be even; {hubs_:,} {thing}{' is a hub' if hubs_ == 1 else 's are hubs'} (above the "
                f"99th percentile, and {3 * self.k} or more), {thousands((self.count == 0).sum())} are found by none; skewness "
                f"{signed(self.skewness(), False)}.")
        if self.after is None:
            return said
        c, name = self.compared, self.recalls[0]
        many = int(self.after.is_hub(self.k, self.side).sum())
        return (f"{said} After {AFTER[self.how]} the skewness is {signed(self.skewness(True), False)}, {many:,} {thing}"
                f"{' is a hub' if many == 1 else 's are hubs'}, {thousands((self.then == 0).sum())} are found by none, and {name} "
                f"is {c.second[name]:.1f} in place of {c.first[name]:.1f}, {c.with_interval(name)}: {c.words(name)}.")

    def verdict(self) -> str:
        thing, asking = THINGS[self.side]
        many, most = int(self.before.is_hub(self.k, self.side).sum()), thousands(self.count.max())
        left = "" if self.after is None else f"; {int(self.after.is_hub(self.k, self.side).sum()):,} remain"
        who = f"{thousands(many)} {thing}{' is a hub' if many == 1 else 's are hubs'}"
        return f"{who}; the largest is found by {most} {asking}, even would be {self.count.mean():.1f}{left}."

    def table(self):
        """A row for each answer shown: row, id, N_k, whether it is a hub; with `after` the same after it."""
        import pandas
        names, hub = self._names(), self.before.is_hub(self.k, self.side)
        found = pandas.DataFrame({"row": self.rows, "id": [names[r] for r in self.rows], f"N_{self.k}": self.count[self.rows],
                                  "hub": hub[self.rows]})
        return found if self.then is None else found.assign(**{f"N_{self.k} after": self.then[self.rows],
                                                              "hub after": self.after.is_hub(self.k, self.side)[self.rows]})

    def numbers(self):
        """A row for each number, before and after: skewness, hubs, answers found by none, the recalls."""
        import pandas
        both = [(self.before, self.count)] + ([(self.after, self.then)] if self.after is not None else [])
        rows = {"skewness": [skewness(n) for _, n in both], "hubs": [int(s.is_hub(self.k, self.side).sum()) for s, _ in both],
                "found by none": [int((n == 0).sum()) for _, n in both], f"largest N_{self.k}": [int(n.max()) for _, n in both]}
        if self.compared is not None:
            rows |= {name: [self.compared.first[name], self.compared.second[name]] for name in self.recalls}
        return pandas.DataFrame(rows, index=["before", "after"][:len(both)]).T

    def footer(self) -> str:
        """Where the numbers come from."""
        s = self.before
        note = "" if self.after is None else self.after.note
        tests = "" if self.after is None else "difference: 95 % of the paired difference over images, Holm over six recalls"
        return " · ".join(filter(None, (s.name, f"scores {s.key[:12]}", f"{s.dataset} {s.split}".strip(), note, tests,
                                        f"N_{self.k}: how many queries have it among their first {self.k}",
                                        datetime.date.today().isoformat())))

    def figure(self):
        return hubs_sheet(self.before, self._rows(), self.side, self.title(), self.text(), self.footer())

    def html(self) -> str:
        pictures, cells = pictures_of(self.before.corpus), []
        for row, name, before, after in self._rows():
            seen = pictures.element(row, f"photo {name}", WIDE) if self.side == "image" else ""
            said = f"<b>{counted(before, after)}</b> {html.escape(cut(name, 120))}"
            own = self.before.texts[row] if self.side == "text" else ""
            cells.append(f"<div>{seen}<p>{said}</p>{f'<p>“{html.escape(cut(own, 200))}”</p>' if own else ''}</div>")
        table = self.numbers()
        lines = [(name, *(f"{x:.2f}" if name == "skewness" else f"{x:.1f}" if "R@" in name else f"{x:,.0f}" for x in row))
                 for name, row in zip(table.index, table.to_numpy())]
        body = f'<div class="hubs">{"".join(cells)}</div>' + html.table(["", *table.columns], lines)
        return html.card(html.unique(), body, lead=self.verdict(), more=self.text(), foot=self.footer(), rules=STYLE, label="hubs")

    def _rows(self) -> list:
        names = self._names()
        return [(int(r), names[r], int(self.count[r]), None if self.then is None else int(self.then[r])) for r in self.rows]

    def _names(self) -> list:
        return self.before.ids if self.side == "image" else self.before.text_ids

    def _name(self, row) -> str:
        return f"{THINGS[self.side][0].capitalize()} {cut(self._names()[row], 60)}"


def skewness(count) -> float:
    """Of counts (N,); 0 where all are alike."""
    gap = np.asarray(count, float) - np.mean(count)
    deviation = np.sqrt((gap ** 2).mean())
    return float((gap ** 3).mean() / deviation ** 3) if deviation > 0 else 0.0
