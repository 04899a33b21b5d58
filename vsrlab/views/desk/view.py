"""vl.desk: the failures of a model as a list, one of them taken apart, and what people say of it."""
from functools import cached_property

import numpy as np

from vsrlab.desk.causes import RULES
from vsrlab.desk.judgements import VERDICTS
from vsrlab.errors import Problem, unknown
from vsrlab.page import html
from vsrlab.page.thumbnails import pictures_of
from vsrlab.retrieval.evaluate import evaluate
from vsrlab.retrieval.failures.listing import Wanted, listed, slices_of
from vsrlab.retrieval.failures.records import share
from vsrlab.retrieval.failures.tally import Tally, tally
from vsrlab.retrieval.failures.why import Why, asked_why
from vsrlab.retrieval.scored import alike, scored_of
from vsrlab.views.desk import words as said
from vsrlab.views.state import State
from vsrlab.views.view import View
from vsrlab.views.why import page as why_page
from vsrlab.views.why import words as why_words
from vsrlab.views.why.view import WhyView

PAGE = 50                      # failures of a page of the list
FOLDED = 12                    # failures that the offline form can be turned to
HIDDEN = ' style="display:none"'


def desk(scored, *, other=None, side: str = "text", author: str = "", state: State | None = None) -> "DeskView":
    """The failures of a model, to be filtered, looked at and judged.

    scored  an Index or a Scored; verdicts of earlier sessions are read from its desk's folder, and new ones appended there
    other   the Index or Scored of a second model on the same gallery
    side    "text": captions that look for their photo; "image": photos that look for captions
    author  who judges
    """
    return DeskView(scored, other, side, author, state)


class DeskView(View):
    """A list of failures, `why` of the chosen one, verdicts.

        view.filter(word="red", order="may be valid first")
        view.say("valid")                    # judges the pair that is shown, and goes to the next
        view.say_all("wrong", cause=("colour",))     # all that are listed
    """
    live = "desk.DeskWidget"

    def __init__(self, scored, other=None, side="text", author="", state: State | None = None):
        super().__init__(state)
        scored = scored_of(scored, "vl.desk")
        if side not in ("text", "image"):
            raise unknown("side", side, ("text", "image"))
        self.other = None if other is None else scored_of(other, "vl.desk")
        if self.other is not None and not alike(scored, self.other):
            raise Problem(f"{self.other!r} is not the gallery of {scored!r}; score both models on one and the same corpus.")
        self.scored = scored if scored.judgements is not None else scored.judged()
        if self.scored is not scored:
            share(scored, self.scored)
        self.side, self.author, self.wanted = side, author, Wanted()
        self.pictures = pictures_of(self.scored.corpus)
        self.rows = listed(self.scored, self.tally, self.wanted)
        self.state.set(side=side, query=int(self.rows[0]) if len(self.rows) else None)

    @cached_property
    def tally(self) -> Tally:
        """Causes of the failures, or of a sample of them."""
        return tally(self.scored, self.side, [] if self.other is None else [self.other])

    @cached_property
    def slices(self) -> dict:
        """The ready slices of captions; {} where photos ask."""
        return slices_of(self.scored) if self.side == "text" else {}

    @property
    def why(self) -> Why | None:
        """The failure that is shown; None where none is listed."""
        if self.state.query is None:
            return None
        return asked_why(self.scored, other=self.other, **{self.side: self.state.query})

    def filter(self, **wanted) -> "DeskView":
        """List other failures: fields of `retrieval.failures.listing.Wanted`; those that are not named are let go."""
        if odd := set(wanted) - set(Wanted.__dataclass_fields__):
            raise unknown("filter", sorted(odd)[0], Wanted.__dataclass_fields__)
        asked = Wanted(**wanted)
        if asked.cause and asked.cause not in RULES:
            raise unknown("cause", asked.cause, RULES)
        self.rows, self.wanted = listed(self.scored, self.tally, asked, self.slices if asked.slice else None), asked
        self.state.set(query=int(self.rows[0]) if len(self.rows) else None)
        return self

    def step(self, by: int = 1) -> "DeskView":
        """To the next failure of the list, or by=-1 to the former one."""
        if len(self.rows):
            at = np.flatnonzero(self.rows == self.state.query)
            self.state.set(query=int(self.rows[(int(at[0]) + by) % len(self.rows)] if len(at) else self.rows[0]))
        return self

    def say(self, verdict: str, cause=(), note: str = "") -> "DeskView":
        """Judge the pair that is shown, keep it, and go to the next.  The list stays as it is until it is filtered again."""
        found = self._shown()
        self._say([found], verdict, cause, note)
        return self.step()

    def say_all(self, verdict: str, cause=(), note: str = "") -> int:
        """Judge every failure that is listed -> how many."""
        self._shown()
        if not self.wanted.filtered:
            raise Problem("nothing is filtered, so every failure would be judged at once; filter first, or judge one by one with "
                          "say.")
        self._say([int(row) for row in self.rows], verdict, cause, note)
        return len(self.rows)

    def _shown(self) -> int:
        if self.state.query is None:
            raise Problem("no failure is listed; let go of a filter: view.filter().")
        return self.state.query

    def _say(self, rows, verdict, cause, note):
        if verdict not in VERDICTS:
            raise unknown("verdict", verdict, VERDICTS)
        former, first = self.scored, self.scored.digest.side(self.side).rows
        pairs = [(int(first[row, 0]), row) if self.side == "text" else (row, int(first[row, 0])) for row in rows]
        self.scored = former.say_many(pairs, verdict, author=self.author, cause=cause, note=note)
        share(former, self.scored)

    @cached_property
    def result(self):
        """The numbers of the scores, which verdicts do not change."""
        return evaluate(self.scored)

    def top(self) -> str:
        """Queries, found, failed, judged."""
        return said.top(self.scored, self.side, self.result)

    # exits

    def text(self) -> str:
        """The top line, what is listed, and the failure that is shown."""
        shown = why_words.verdict(self.why) if self.why is not None else "No failure is listed."
        return " ".join((self.top(), said.listed(self.rows, self.wanted, self.tally), shown))

    def verdict(self) -> str:
        one = self.scored.corrected(self.side)
        return (f"{one.failures:,} of {one.queries:,} {said.ASKS[self.side]} fail; {one.judged:,} judged, {one.valid:,} valid; "
                f"{len(self.rows):,} listed.")

    def table(self):
        """A row for each failure that is listed: the columns of `Scored.queries` with the causes."""
        named = dict(zip(self.tally.rows.tolist(), self.tally.named()))
        table = self.scored.queries(self.side).loc[self.rows]
        return table.assign(cause=[named.get(row, "") for row in self.rows])

    def figure(self):
        if self.why is None:
            raise Problem("no failure is listed, so there is no picture; let go of a filter: view.filter().")
        return WhyView(self.scored, other=self.other, **{self.side: self.state.query}).figure()

    def html(self) -> str:
        """The offline form: the first failures of the list, turned to by a click; the list of fifty below."""
        root, rows = html.unique(), self.rows[:FOLDED].tolist()
        lead, more = self.verdict(), f"{self.top()} {said.listed(self.rows, self.wanted, self.tally)}"
        if not rows:
            return html.card(root, html.notice("No failure is listed."), lead=lead, more=more, foot=said.footer(self.scored),
                             label="failures")
        opened = rows.index(self.state.query) if self.state.query in rows else 0
        tabs, rules = html.tabs(root, [str(n + 1) for n in range(len(rows))], opened, "failures", "failure ")
        parts, styles = [], []
        for n, row in enumerate(rows):
            part, style = self.part(asked_why(self.scored, other=self.other, **{self.side: row}))
            parts.append(f'<div class="of q{n}"{"" if n == opened else HIDDEN}>{part}</div>')
            styles.append(style)
        fifty = html.details(f"The first {min(PAGE, len(self.rows))} of {len(self.rows):,}", html.table(*said.lines(self, PAGE)))
        return html.card(root, tabs + "".join(parts) + fifty, lead=lead, more=more, foot=said.footer(self.scored), label="failures",
                         rules=rules + "".join(styles))

    def part(self, why: Why) -> tuple:
        """(HTML, CSS) of one failure."""
        own = html.unique()
        quiet = " ".join(filter(None, (why_words.branch(why), why_words.other(why), why_words.differing(why))))
        fall = why_page.waterfall(why)
        body = (f'<p class="lead">{html.escape(why_words.verdict(why))}</p>{why_page.cards(why, self.pictures, own)}'
                f"{why_page.reasons(why)}<p>{html.escape(quiet)}</p>{html.details(why_words.title(why), fall) if fall else ''}")
        return f'<div class="{own}">{body}</div>', why_page.rules(why, own)
