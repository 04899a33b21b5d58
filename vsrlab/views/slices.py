"""Slices: on which captions is a model worse, or does another one repair more?  Each slice beside the rest, tested by Holm."""
import datetime

import numpy as np

from vsrlab import colours
from vsrlab.desk.slicing import BY, Sliced, gains, sliced
from vsrlab.errors import Problem, unknown
from vsrlab.figures.slices import slices_sheet
from vsrlab.measure.slices import LEAST
from vsrlab.page import html
from vsrlab.retrieval.scored import alike, scored_of
from vsrlab.views.view import View
from vsrlab.wording import cut, few, several, signed, thousands

SHOWN = 20                     # queries of a slice on the page
STYLE = f"""
.vsr .slices td.dot {{ width: 220px; padding: 0 }} .vsr .slices svg {{ display: block }}
.vsr .slices tr.small th, .vsr .slices tr.small td {{ color: {colours.MUTED} }}
.vsr .slices tr.found th, .vsr .slices tr.found td {{ font-weight: 600 }}"""


def slices(scored, predicates=None, by: str = "hit@1", *, other=None, ready: bool = True, groups=None) -> "SlicesView":
    """Slices of the captions that look for their photo, each beside the rest.

    scored      an Index or a Scored
    predicates  own slices: {"red": lambda r: "red" in r.words}, see `desk.slicing.Caption`; or {name: (T,) True and False}
    by          "hit@1": is the photo found first; "rank": the share of wrong photos below the right one; "repaired": what `other`
                repairs less what it breaks
    other       the Index or Scored of a second model on the same gallery, for "repaired"
    ready       False leaves out the ready slices: length, colour, number, spatial, -ing, negation, rare word, person, own captions
                agree, hub, margin; the last two are made of the answers, not of the query alone
    groups      (I,) a label for each photo; near-duplicates with one label are one unit of the test
    """
    scored = scored_of(scored, "vl.slices")
    other = None if other is None else scored_of(other, "vl.slices")
    if other is not None and not alike(scored, other):
        raise Problem(f"{other!r} is not the gallery of {scored!r}; score both models on one and the same corpus.")
    return SlicesView(scored, sliced(scored, predicates, by, other, ready, groups), by, other)


class SlicesView(View):
    """A row a slice.  `found` are those that differ; `queries(name)` are the captions of one."""

    def __init__(self, scored, rows: list, by: str, other=None):
        super().__init__()
        self.scored, self.rows, self.by, self.other = scored, rows, by, other
        self.whole = 100 * float(gains(scored, by, other).mean())

    def __getitem__(self, name: str) -> Sliced:
        """A slice by its name."""
        for row in self.rows:
            if row.name == name:
                return row
        raise unknown("slice", name, [row.name for row in self.rows])

    @property
    def found(self) -> list:
        """The slices that differ from the rest, the largest difference first; those that are made of the answers last."""
        return sorted((row for row in self.rows if row.found), key=lambda row: (row.of_answers, -abs(row.test.difference)))

    def queries(self, name: str):
        """The captions of a slice: rows of `Scored.queries`, the deepest right photo first."""
        table = self.scored.queries("text")[self[name].inside]
        return table.sort_values("rank", ascending=False, kind="stable")

    def text(self) -> str:
        tested = [row for row in self.rows if not row.test.small]
        small = len(self.rows) - len(tested)
        said = [f"{self.name()}: {thousands(len(self.scored.texts))} captions, {self.whole:.1f} % by {self.by}."]
        parts = [f"{row.name} ({row.test.inside:.1f} against {row.test.outside:.1f} in the rest, {row.said()} "
                 f"[{signed(row.test.low, digits=1)}, {signed(row.test.high, digits=1)}])" for row in self.found]
        if parts:
            said.append(f"Of {len(tested)} slices that were tested {len(parts)} {'differs' if len(parts) == 1 else 'differ'} from "
                        f"the rest: {several(parts[:3])}{f'; and {len(parts) - 3} more' if len(parts) > 3 else ''}.")
        else:
            said.append(f"None of the {len(tested)} slices that were tested can be told from the rest.")
        if small:
            said.append(f"{small} {'is' if small == 1 else 'are'} too small to be tested (fewer than {LEAST} photos).")
        return " ".join(said)

    def verdict(self) -> str:
        tested, found = sum(not row.test.small for row in self.rows), self.found
        if not found:
            return f"None of {tested} tested slices can be told from the rest."
        most = f"{few(found[0].name, 4)} ({signed(found[0].test.difference, digits=1)} points)"
        return f"{len(found)} of {tested} tested slices {'differs' if len(found) == 1 else 'differ'} from the rest, most: {most}."

    def name(self) -> str:
        """Whose answers: one model's, or what the second makes of the first one's."""
        return f"{self.scored.name}, repaired by {self.other.name}" if self.other is not None else self.scored.name

    def table(self):
        """A row for each slice: captions, units, its value with a 95 % interval, the difference from the rest, p, Holm p, words."""
        import pandas
        return pandas.DataFrame([{"slice": row.name, "n": row.test.queries, "units": row.test.units, self.by: row.test.inside,
                                  "low": row.low, "high": row.high, "rest": row.test.outside, "difference": row.test.difference,
                                  "difference_low": row.test.low, "difference_high": row.test.high, "p": row.test.p,
                                  "holm": row.test.holm, "said": row.said()} for row in self.rows])

    def footer(self) -> str:
        """Where the numbers come from, and how they were tested."""
        scored, tested = self.scored, sum(not row.test.small for row in self.rows)
        return " · ".join(filter(None, (
            self.name(), f"scores {scored.key[:12]}", f"{scored.dataset} {scored.split}".strip(),
            "captions look for their photo, ties counted against", "a unit is a photo with all its captions",
            f"p of the difference from the rest, Holm over {tested} slices, found below 0.05",
            "bars: 95 % of the slice's own value", "margins and hubs are made of the answers", datetime.date.today().isoformat())))

    def figure(self):
        rows = [(row.name, row.test.queries, row.test.inside, row.low, row.high, row.said(), row.found, row.test.small)
                for row in self.rows]
        return slices_sheet(rows, self.whole, f"{self.name()}: slices of the captions", BY[self.by], self.text(), self.footer())

    def html(self) -> str:
        """A table with a drawn dot and interval a row; below each found slice its captions, the deepest first."""
        root, ends = html.unique(), [x for row in self.rows for x in (row.low, row.high, row.test.inside) if np.isfinite(x)]
        low, high = min([*ends, self.whole]), max([*ends, self.whole])
        place = lambda x: 8 + 204 * (x - low) / ((high - low) or 1)
        columns = ("slice", "captions", self.by, "", "difference from the rest", "Holm p", "said")
        head = "".join(f'<th scope="col">{html.escape(one)}</th>' for one in columns)
        body = "".join(self._line(row, place) for row in self.rows)
        table = f'<table class="slices"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'
        return html.card(root, table + "".join(map(self._captions, self.found)), lead=self.verdict(), more=self.text(),
                         foot=self.footer(), rules=STYLE, label="slices of the captions")

    def _line(self, row: Sliced, place) -> str:
        test, kind = row.test, "small" if row.test.small else "found" if row.found else ""
        dot = ""
        if test.queries:
            colour, inside = (colours.MUTED if test.small else colours.DARK), colours.PLUS if row.found else colours.CARD
            span = f'<path d="M{place(row.low):.1f} 9H{place(row.high):.1f}" stroke="{colour}"/>' if np.isfinite(row.low) else ""
            line = f'<path d="M{place(self.whole):.1f} 0V18" stroke="{colours.MUTED}" stroke-dasharray="4 2"/>'
            dot = (f'<svg width="220" height="18" aria-hidden="true">{line}{span}<circle cx="{place(test.inside):.1f}" cy="9" '
                   f'r="4" fill="{inside}" stroke="{colour}"/></svg>')
        digits = lambda x, sign=False: signed(x, sign, 1) if np.isfinite(x) else "–"
        gap = f"{digits(test.difference, True)} [{digits(test.low, True)}, {digits(test.high, True)}]"
        p = f"{test.holm:.3g}" if np.isfinite(test.holm) else "–"
        cells = (thousands(test.queries), f"{digits(test.inside)} [{digits(row.low)}, {digits(row.high)}]")
        told = "".join(f"<td>{html.escape(cell)}</td>" for cell in cells)
        rest = "".join(f"<td>{html.escape(cell)}</td>" for cell in (gap, p, row.said()))
        return f'<tr class="{kind}"><th scope="row">{html.escape(row.name)}</th>{told}<td class="dot">{dot}</td>{rest}</tr>'

    def _captions(self, row: Sliced) -> str:
        """The captions of a slice, unfolded by a click."""
        table = self.queries(row.name)
        lines = [(one.id, cut(one.text), thousands(one.rank + 1), one.winner_id) for one in table.head(SHOWN).itertuples()]
        what = f"{row.name}: {min(SHOWN, len(table))} of {thousands(len(table))} captions, the deepest right photo first"
        return html.details(what, html.table(("id", "caption", "rank of its photo", "found first"), lines))
