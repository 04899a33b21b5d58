"""The gallery: what a sentence or a photo finds, with the truth always on the page; one model, or two side by side."""
from functools import cached_property

import numpy as np

from vsrlab import figures, wording
from vsrlab.errors import Problem, unknown
from vsrlab.figures.poster import PosterRow, poster_sheet
from vsrlab.page import html, stage
from vsrlab.page.lights import Hooks, line_of, rules
from vsrlab.page.thumbnails import pictures_of
from vsrlab.papers import PAPERS
from vsrlab.retrieval.answers import Answers, Query, answers, first, opening
from vsrlab.retrieval.branches import ORDERS, Branches, differ
from vsrlab.retrieval.likeness import SAME, Likeness
from vsrlab.retrieval.scored import alike, scored_of
from vsrlab.views.gallery import page as gallery_html
from vsrlab.views.gallery import words as gallery_said
from vsrlab.views.gallery.listed import few, listed
from vsrlab.views.state import State
from vsrlab.views.view import View

BETWEEN = {"models": "ranks of the two models farthest apart first"}
HINT = "Point at an answer to read about it; a click holds it, arrow keys walk through them."


def gallery(scored, query=None, *, text=None, image=None, other=None, state: State | None = None,
            k: int | None = None, same: float | None = SAME, **options) -> "GalleryView":
    """What a query finds in a gallery, by one model or by two side by side.

    scored  an Index, or a Scored: scores of any model, which know no sentence of one's own and no mu
    query   a sentence of your own, or the row of an image, as in `index.search`; None opens on an instructive one
    text    instead: the row of a text, or a sentence;  image: the row or the id of an image
    other   the Index or the Scored of a second model on the same corpus
    k       answers shown: 10, or 5 of each of two models
    same    cosine from which answers are folded as near-duplicates; None folds nothing
    options keys of the state: mu=1.0, order="gap"
    """
    view = GalleryView(scored, other, state, k, same)
    if query is not None:
        text, image = (query, image) if isinstance(query, str) else (text, query)
    if text is not None or image is not None:
        view.ask(text=text, image=image)
    return view.choose(**options)


class GalleryView(View):
    """Answers to one query.  Every re-ranking comes from two matrices that are scored once."""
    live = "gallery.GalleryWidget"

    def __init__(self, scored, other=None, state: State | None = None, k: int | None = None, same=SAME):
        super().__init__(state)
        both = [scored_of(one, "vl.gallery") for one in (scored, other)[:1 + (other is not None)]]
        if not alike(both[0], both[-1]):
            raise Problem(f"{both[1]!r} is not the gallery of the first model, {both[0]!r}; index both on one corpus.")
        if k is not None and k < 1:
            raise Problem(f"k={k}: ask for at least one answer.")
        self.k, self.corpus = (k if k is not None else 5 if other is not None else 10), both[0].corpus
        self.branches = [Branches(one) for one in both]
        self.likeness = [Likeness(one, same) for one in both]
        self.pictures, self._known = pictures_of(self.corpus), (None, None)
        if self.state.query is None and not self.state.typed:
            self.ask(text=self._instructive[0])

    def choose(self, **options) -> "GalleryView":
        """Set keys of the state, checked: choose(mu=1.0, order="gap")."""
        if options.get("order") is not None and options["order"] not in self.orders:
            raise unknown("order", options["order"], self.orders)
        if options.get("mu") is not None and self.mu_of is None:
            raise Problem(f"{self.names[0]} has one score and no μ; the index of a model with a global and a local branch (vsrpp) "
                          "has.")
        self.state.set(**options)
        return self

    # the query

    def ask(self, text=None, image=None) -> "GalleryView":
        """Another query; the state's candidate becomes its first answer."""
        query = Query.of(self.branches[0].scored, text, image)
        typed = query.text if query.row is None else ""
        self.state.set(side=query.side, query=query.row, typed=typed, candidate=first(self.branches[0], query, self.state.mu))
        return self

    def ask_with(self, answer: int) -> "GalleryView":
        """Turn round: the answer of this row becomes the query."""
        return self.ask(image=answer) if self.state.side == "text" else self.ask(text=answer)

    def step(self, by: int = 1) -> "GalleryView":
        """To the next failure, or by=-1 to the former one, in the order of the state."""
        rows = self.failures()
        if not len(rows):
            raise Problem("no failure has this word, rank, cause or judgement, or lies in the selection of the map; "
                          "empty the field of the word, take any rank, cause and judgement, and select nothing on the map."
                          if few(self.state) else "there is no failure to go to: the first answer to every query is right.")
        at = np.flatnonzero(rows == (-1 if self.state.query is None else self.state.query))
        row = int(rows[(at[0] + by) % len(rows)] if len(at) else rows[0 if by > 0 else -1])
        return self.ask(**{self.state.side: row})

    def failures(self) -> np.ndarray:
        """Rows of the queries whose first answer is wrong, ordered as the state asks."""
        s = self.state
        if s.order == "models":
            apart = np.abs(differ(*self.branches, s.side, s.mu))
            rows = np.flatnonzero(apart > 0)
            rows = rows[np.argsort(-apart[rows], kind="stable")]
        else:
            rows = self.branches[0].failures(s.side, s.order, s.mu)
        return listed(rows, self.branches[0].ranks(s.mu), s, self.branches[0].scored) if few(s) else rows

    @property
    def query(self) -> Query:
        """What the state asks with; the instructive query while it asks with nothing."""
        s = self.state
        asked = {"text": self._instructive[0]} if s.query is None and not s.typed else {s.side: s.typed or s.query}
        return Query.of(self.branches[0].scored, **asked)

    @property
    def answers(self) -> list:
        """The Answers of each model to the query, at the mu of the state."""
        asked = (self.state.side, self.state.query, self.state.typed, self.state.mu, self.k)
        if self._known[0] != asked:
            query = self.query
            self._known = asked, [self._answers(b, same, query) for b, same in zip(self.branches, self.likeness)]
        return self._known[1]

    def soon(self):
        """Rows of the photos that other values of mu would bring on the page, one after the other."""
        query = self.query
        for mu in gallery_html.GRID if query.side == "text" and self.mu_of is not None else ():
            for branches, likeness in zip(self.branches, self.likeness):
                yield from (a.row for a in answers(branches, query, self.k, mu, likeness).found)

    def _answers(self, branches, likeness, query) -> Answers:
        return answers(branches, query, self.k, self.state.mu, likeness)

    @cached_property
    def _instructive(self) -> tuple:
        """(row of the text that teaches most, why)."""
        row, why = opening(*self.branches)
        return row, f"Chosen because {why}." if len(self.corpus) > 1 else ""

    # what is said

    @property
    def names(self) -> list:
        """What the models are called: by their kind, or by their runs where that is the same."""
        scored = [b.scored for b in self.branches]
        kinds = [s.name if s.run is None else PAPERS[s.run.settings.model].title for s in scored]       # VSR++, VSE++
        names = kinds if len(set(kinds)) == len(kinds) else [s.name for s in scored]
        return names if len(set(names)) == len(names) else [f"{name} {'AB'[n]}" for n, name in enumerate(names)]

    @property
    def orders(self) -> dict:
        """The orders of the answers that can be chosen."""
        return ORDERS | (BETWEEN if len(self.branches) == 2 else {})

    @cached_property
    def mu_of(self) -> Branches | None:
        """The branches that have a mu, those of the first model if it has one."""
        return next((b for b in self.branches if b.mu is not None), None)

    def why(self) -> str:
        """Why the view opened where it did; "" elsewhere."""
        row, why = vars(self).get("_instructive", (None, ""))           # known only where the view had to choose
        if not why or self.query.side != "text" or self.query.row != row:
            return ""
        return why[:-1] + " at the trained μ." if self.mixed() else why

    def note(self) -> str:
        """What a reader should know before trusting the page; "" when all is well."""
        found, notes = self.answers[0], []
        run = found.scored.run
        lost = gallery_said.unheard(found.query.text, None if run is None else run.vocabulary)
        if lost:
            which = wording.several(f"“{word}”" for word in lost)
            notes.append(f"The model does not know {which} and reads an unknown word instead.")
        if self.corpus.photo is None:
            notes.append("The scores came without photos: ids stand in their place." if self.corpus.regions is None else
                         f"{self.corpus.name} has features but no photos: boxes and the detector's words stand in their place.")
        if found.gallery == 1:
            notes.append("The gallery holds one answer, so its rank says nothing.")
        return " ".join(notes)

    def verdict(self) -> str:
        """The chosen answer in at most 20 words: is it right, where does it stand, and where does the right one?"""
        return gallery_said.verdict(self.answers[0], self.state.candidate)

    def text(self) -> str:
        """What the gallery shows, in sentences."""
        found = self.answers
        said = [f"“{wording.cut(found[0].query.text)}” looks for its photo" if found[0].query.side == "text" else
                f"The photo {self.corpus.ids[found[0].query.row]} looks for its captions"]
        said[0] += f" among {wording.thousands(found[0].gallery)}{self.mixed()}."
        for name, one in zip(self.names, found):
            said.append(f"{name}: {gallery_said.placed(one)}" if len(found) > 1 else gallery_said.placed(one))
        return " ".join(filter(None, (*said, self.why(), self.note())))

    def mixed(self) -> str:
        """' with μ 0 (trained 2)' where the state weighs the branches otherwise than the model learnt to."""
        return "" if self.state.mu is None or self.mu_of is None else f" with μ {self.state.mu:.3g} (trained {self.mu_of.mu:.3g})"

    def footer(self) -> str:
        """Where the numbers come from."""
        return gallery_said.footer(self.names, self.answers, self.likeness[0].rule())

    # exits

    def table(self):
        """A row for every answer shown, of each model."""
        import pandas as pd
        each = zip(self.names, self.answers)
        return pd.DataFrame([row for name, found in each for row in gallery_said.rows_of(found, name)])

    def html(self) -> str:
        """The offline page: every order of the answers, chosen without script."""
        root = html.unique()
        try:
            held = next((f"m0a{n}" for n, a in enumerate(self.answers[0].found) if a.row == self.state.candidate), "m0a0")
            radio = lambda key: html.radio(root, key, f"answer {key[3:]}", key == held)
            query, cards, picked, found = self.body(radio, held)
        except Problem as problem:
            return html.card(root, html.notice(str(problem)), label="retrieval gallery")
        measured = "".join(gallery_html.measured(name, b, self.state.mu) for name, b in zip(self.names, self.branches))
        hooks = Hooks(part=str, hover=lambda key: f".t.{key}:hover", held=lambda key: f".t.{key} :checked")
        below = gallery_html.pins(self.names, self.branches, self.state) + measured
        body = f'<div class="beside">{query}<div>{cards}</div></div>' if self.state.side == "image" else query + cards
        said = html.details("In words", f"<p>{html.escape(self.text())}</p>")
        notes = html.notice(self.note())
        return html.card(root, f'{notes}{body}{picked}<p class="quiet">{HINT}</p>{said}{below}', lead=self.verdict(),
                         foot=self.footer(), label="retrieval gallery", rules=self.styles(root, found, hooks))

    def body(self, radio, held: str) -> tuple:
        """(HTML of the query, of its answers, and of what is said of them; Targets of all answers); the live view has no radio."""
        blocks, found = [], []
        for m, (name, one) in enumerate(zip(self.names, self.answers)):
            head = f'<p class="model">{html.escape(name)}</p>' if len(self.branches) > 1 else ""
            blocks.append(head + gallery_html.block(one, self.pictures, f"m{m}a", radio, held))
            found += gallery_html.targets(one, f"m{m}a")
        query = gallery_html.asked(self.answers[0], self.pictures)
        picked = f'<div class="tellings" aria-live="polite">{stage.said(found, held)}</div>'
        return query, f'<div role="radiogroup" aria-label="answers">{"".join(blocks)}</div>', picked, found

    @staticmethod
    def styles(root: str, found: list, hooks: Hooks) -> str:
        """The style sheet of the gallery, and the CSS by which the line of the chosen answer shows."""
        return gallery_html.STYLE + "".join(line_of(root, t.key) for t in found) + rules(root, found, hooks)

    def figure(self, k: int | None = None):
        """The first answers and the right ones: photos in a row, captions in a list; two models in two columns."""
        if len(self.branches) > 1:
            return poster_sheet([PosterRow(self.answers, self.why())], self.names, self.footer(), k or 3, mixed=self.mixed())
        photos, one = self.state.side == "text", self.answers[0]
        asks = "a sentence looks for its photo" if photos else "a photo looks for its captions"
        title = f"{self.names[0]}: {asks} among {wording.thousands(one.gallery)}{self.mixed()}"
        notes = {a.row: gallery_said.aside(a) for a in one.found}
        said = f"{self.verdict()} {self.text()}"
        return figures.retrieval(one.cut(k or (5 if photos else self.k)), title, said, self.footer(), notes)
