"""Why did it fail: the verdict, the right answer beside the wrong one, the waterfall, suspected causes, the other model."""
from vsrlab.errors import Problem
from vsrlab.figures.why import why_sheet
from vsrlab.page import html
from vsrlab.page.thumbnails import pictures_of
from vsrlab.retrieval.failures.why import Why, asked_why, failures_by_margin
from vsrlab.retrieval.scored import scored_of
from vsrlab.views.state import State
from vsrlab.views.view import View
from vsrlab.views.why import page
from vsrlab.views.why import words as said
from vsrlab.views.why.lights import lit, taken_apart


def why(scored, *, text=None, image=None, other=None, state: State | None = None) -> "WhyView":
    """Why a query found what it found.

    scored  an Index, or a Scored: of scores alone there are photos, texts and what the rules read in them; of a run also where each
            word looks and what it adds
    text    row, id or words of a text of the gallery;  image  row or id of an image.  None: the failure with the largest margin
    other   the Index or Scored of a second model on the same gallery
    """
    return WhyView(scored, text, image, other, state)


def versus(run, index=None, *, text=None, image=None, other=None, state: State | None = None) -> "WhyView":
    """Right beside wrong: a sentence on its right photo and on the one that won, the same word lit on both, a bar a word.

    run, index  a trained run and its index, or the index alone;  text, image, other  as in `why`, whose view this is

    The bars add up to the difference of the scores.  Where the model has no attention and compares vectors, a word's bar is what
    it adds with all regions by second-order attribution (explain.interaction), which takes a fraction of a second.
    """
    scores = run if index is None else index
    if index is not None and getattr(index, "run", None) is not run:
        raise Problem("this index is of another run; give its own: vl.versus(index.run, index, text=0).")
    if getattr(scored_of(scores, "vl.versus"), "index", None) is None:
        raise Problem("scores alone do not tell what a word adds; give a run and its index: vl.versus(run, index, text=0).")
    return WhyView(scores, text, image, other, state, words=True)


class WhyView(View):
    """One query.  `step` goes to the next failure; nothing but the shown pairs is scored again.

    words  take the score apart word by word also where the model compares vectors, as `versus` does
    """

    def __init__(self, scored, text=None, image=None, other=None, state: State | None = None, words: bool = False):
        super().__init__(state)
        self.words = words
        self.scored, self.other = scored_of(scored, "vl.why"), other
        self.pictures = pictures_of(self.scored.corpus)
        self.ask(text, image)

    def ask(self, text=None, image=None) -> "WhyView":
        """Another query, given as in `why`."""
        found: Why = asked_why(self.scored, text, image, self.other)
        self.why = taken_apart(found) if self.words else found
        self.state.set(side=self.why.query.side, query=self.why.query.row, typed="", candidate=self.why.wrong)
        return self

    def step(self, by: int = 1) -> "WhyView":
        """To the next failure, or by=-1 to the former one: the largest margin first."""
        side, rows = self.why.query.side, failures_by_margin(self.scored, self.why.query.side)
        at = next((n for n, row in enumerate(rows) if row == self.why.query.row), -1 if by > 0 else 0)
        return self.ask(**{side: int(rows[(at + by) % len(rows)])})

    def text(self) -> str:
        return said.text(self.why)

    def verdict(self) -> str:
        return said.brief(self.why)

    def table(self):
        """A row for the two answers, for every part of their difference, and for every cause."""
        import pandas as pd
        return pd.DataFrame(said.rows(self.why))

    def figure(self):
        found = self.why
        lines = [f"{one[:1].upper()}{one[1:]}." for one in said.reasons(found)]
        lines = [said.lost(found), *lines, said.branch(found), said.differing(found), said.other(found)]
        return why_sheet(found, said.verdict(found), [line for line in lines if line], said.waterfall(found), said.title(found),
                         said.footer(found), *self._lit())

    def _lit(self) -> tuple:
        """The word on which it was lost, and its light (R,) on the right and on the wrong photo; ("", ()) for none."""
        word, found = page.said_word(self.why), self.why
        if not word or found.query.side != "text" or lit(found, "right", 0) is None:
            return "", ()
        place = found.pairs[0].words.index(word)
        return word, tuple(lit(found, which, place) for which in ("right", "wrong"))

    def html(self) -> str:
        root, found = html.unique(), self.why
        body = page.cards(found, self.pictures, root) + page.reasons(found)
        quiet = " ".join(filter(None, (said.lost(found), said.branch(found), said.other(found), said.differing(found))))
        body += f"<p>{html.escape(quiet)}</p>"
        fall = page.waterfall(found)
        body += html.details(said.title(found), fall) if fall else ""
        return html.card(root, body, lead=self.verdict(), more=said.text(found), foot=said.footer(found), label="why it failed",
                         rules=page.rules(found, root))
