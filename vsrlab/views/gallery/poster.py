"""The poster: both models, both directions, several queries, the first answers of each with right and wrong marks."""
from dataclasses import replace

import numpy as np

from vsrlab import colours, wording
from vsrlab.errors import Problem
from vsrlab.figures.poster import PosterRow, poster_sheet
from vsrlab.page import html, thumbnails
from vsrlab.retrieval.answers import Query, answers
from vsrlab.retrieval.branches import differ
from vsrlab.retrieval.likeness import Likeness
from vsrlab.views.gallery import page as gallery_html
from vsrlab.views.gallery import words as gallery_said
from vsrlab.views.gallery.view import GalleryView, gallery
from vsrlab.views.view import View

EACH = 2                                  # queries of each direction that are chosen when none are given
WIDE = 100                                # pixels of a thumbnail
STYLE = f"""
.vsr .two {{ display: flex; flex-wrap: wrap; gap: 18px; margin-bottom: 12px; padding-bottom: 8px;
  border-bottom: 1px solid {colours.LINE} }}
.vsr .two > div {{ flex: 1 1 340px; min-width: 280px }} .vsr .two > .who {{ flex: 0 0 160px; min-width: 160px }}
.vsr .two .asked {{ font-size: 15px }} .vsr .two .cards {{ gap: 4px }}
.vsr .two .answer.line .amount {{ flex: 1 0 100%; padding-left: 106px }}"""


def poster(one, other, queries=None, k: int = 3, **options) -> "PosterView":
    """The qualitative figures of the VSR++ poster: two models on one gallery, their first answers side by side.

    one, other  each an Index, or a Scored: scores of any model
    queries  sentences, and rows of images; ("text", row) and ("image", row or id) are clear as well.  None: two of each
             direction on which the ranks of the models lie farthest apart, one in favour of each where there is one
    k        answers of each model; near-duplicates are not folded, so these are the ranks 1 to k
    options  those of `gallery`
    """
    return PosterView(gallery(one, other=other, **options), queries, k)


class PosterView(View):
    """Several queries, two models.  Every row says why it is there."""

    def __init__(self, view: GalleryView, queries=None, k: int = 3):
        super().__init__(view.state)
        if len(view.branches) < 2:
            raise Problem("a poster compares two models: vl.poster(index, other_index).")
        self.view, self.k = view, k
        self.queries = [(self._query(q), "") for q in queries] if queries is not None else instructive(view)
        if not self.queries:
            raise Problem("the two models rank everything alike, so no query tells them apart; name some: "
                          "poster(queries=['a dog on grass']).")

    def _query(self, asked) -> Query:
        side, what = asked if isinstance(asked, tuple) else ("text" if isinstance(asked, str) else "image", asked)
        return Query.of(self.view.branches[0].scored, **{side: what})

    @property
    def rows(self) -> list:
        """One figures.poster.Row a query."""
        mu, plain = self.view.state.mu, [(b, Likeness(b.scored, None)) for b in self.view.branches]
        return [PosterRow([answers(b, q, self.k, mu, as_is) for b, as_is in plain], why) for q, why in self.queries]

    def text(self) -> str:
        """The poster in sentences: a line a query."""
        one, other = self.view.names
        many = len(self.queries)
        said = [f"{one} and {other}, the first {self.k} answers to {many} {'queries' if many > 1 else 'query'}{self.view.mixed()}."]
        for row in self.rows:
            query = row.answers[0].query
            name = f"“{wording.cut(query.text, 50)}”" if query.text else f"Photo {self.view.corpus.ids[query.row]}"
            said.append(f"{name}: {self._placed(row.answers)}.")
        return " ".join(said)

    def verdict(self) -> str:
        firsts = [sum(bool(row.answers[n].truths) and row.answers[n].truths[0].rank == 0 for row in self.rows) for n in (0, 1)]
        one, other = (wording.few(name, 4) for name in self.view.names)
        return f"Of {len(self.queries)} queries {one} finds the right answer first for {firsts[0]}, {other} for {firsts[1]}."

    def _placed(self, found) -> str:
        """Where each model puts the right answer."""
        if not all(a.truths for a in found):
            own = found[0].query.text and found[0].query.row is None
            return "nobody knows the right answer" if own else "no caption of the gallery belongs to it"
        places = (f"at rank {wording.thousands(a.truths[0].rank + 1)} by {name}" for a, name in zip(found, self.view.names))
        return f"the right answer stands {', '.join(places)}"

    def table(self):
        """A row for each answer of each model to each query."""
        import pandas as pd
        return pd.DataFrame([line | {"why": row.why} for row in self.rows for name, found in zip(self.view.names, row.answers)
                             for line in gallery_said.rows_of(found, name)])

    def footer(self) -> str:
        """How the scores were made and measured."""
        return gallery_said.footer(self.view.names, self.rows[0].answers, "nothing folded")

    def figure(self):
        """The still picture."""
        return poster_sheet(self.rows, self.view.names, self.footer(), self.k, self.view.mixed())

    def html(self) -> str:
        """The offline page: the still picture with its sentences."""
        body = "".join(map(self._row, self.rows))
        return html.card(html.unique(), body, lead=self.verdict(), more=self.text(), foot=self.footer(),
                         rules=gallery_html.STYLE + STYLE, label="qualitative comparison of two models")

    def _row(self, row) -> str:
        """The query at the left, then what each model found, down to its best right answer."""
        view = self.view
        query = gallery_html.asked(row.answers[0], view.pictures, thumbnails.WIDE)
        why = f'<p class="quiet">{html.escape(row.why)}</p>' if row.why else ""
        columns = [f'<div class="who">{query}{why}</div>']
        for name, found in zip(view.names, row.answers):
            best = [a for a in found.truths[:1] if a not in found.first]
            shown = gallery_html.block(replace(found, found=(*found.first, *best)), view.pictures, "a", lambda key: "", wide=WIDE)
            said = html.escape(gallery_said.placed(found))
            columns.append(f'<div><p class="model">{html.escape(name)}</p>{shown}<p class="quiet">{said}</p></div>')
        return f'<div class="two">{"".join(columns)}</div>'


def instructive(view: GalleryView) -> list:
    """[(Query, why), ...]: queries of each direction on which the ranks differ most, in favour of the one and the other model."""
    found = []
    for side, things in (("image", "photos"), ("text", "captions")):
        apart = differ(*view.branches, side, view.state.mu)
        for row in _chosen(apart):
            why = (f"Chosen: of {wording.thousands(len(apart))} {things}, the ranks differ {_place(apart, row)} in favour of "
                   f"{view.names[int(apart[row] > 0)]} here.")
            found.append((Query.of(view.branches[0].scored, **{side: row}), why))
    return found


def _chosen(apart) -> list:
    """Rows of EACH queries: the farthest in favour of the second model, the farthest in favour of the first, then the next ones."""
    order = np.argsort(-np.abs(apart), kind="stable")
    first = [next((int(r) for r in order if sign * apart[r] > 0), None) for sign in (1, -1)]
    rest = [int(r) for r in order if apart[r] and r not in first]
    return [r for r in (*first, *rest) if r is not None][:EACH]


def _place(apart, row) -> str:
    """'most', or 'next most' when another query of the same sign lies farther apart."""
    return "most" if (apart * np.sign(apart[row]) <= abs(apart[row])).all() else "next most"
