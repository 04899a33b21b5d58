"""PairView: what the views of one pair share: opening, following the state, the lead, the note, the belief below."""
from abc import abstractmethod

from vsrlab import sentences
from vsrlab.errors import Problem
from vsrlab.explain.explanation import Explanation, Pair, explain
from vsrlab.page import html, stage
from vsrlab.views.belief.follow import ViewBelief
from vsrlab.views.state import State
from vsrlab.views.view import View
from vsrlab.views.whatif import WhatIf, notes_sentence


class PairView(View):
    """A view of the pair that its state looks at.  A record from a file, without `pair`, shows what needs no run of the model.

    Every method turns to the pair of the state first, by `follow()`; attributes and properties only tell what is there since then.
    Code that changes the state itself and reads them calls `follow()` in between: view.state.set(candidate=5); view.follow()

    record  the pair as the model gives it      e       what is drawn: the record, or what the state makes of it
    whatif  runs the pair again                 belief  under the picture, whether it can be believed; None for nothing
    """
    measured = ""              # what a view shows for the trained μ alone, as in WhatIf.mu_sentence
    believes = ViewBelief      # the kind of `belief` that opens with the view

    def __init__(self, record: Explanation, pair: Pair | None = None, state: State | None = None):
        super().__init__(state)
        self.whatif, self.record, self.e, self.belief = WhatIf(record, pair), record, record, None

    @classmethod
    def of_pair(cls, run, index, image, text, state: State | None = None, strip: bool = True, **options) -> "PairView":
        """The view of an image and a text of an index, which become the pair of its state; `options` as in `choose`.

        image  row of the image in the corpus, or its id      text   row of the text, or a sentence of your own
        strip  under the view, whether what it draws can be believed
        """
        record = explain(run, index, image, text)
        view = cls(record, Pair(run, index, image, text), state)
        view.belief = cls.believes(view) if strip else None
        view.state.point_at(record)
        return view.choose(**options)

    def follow(self) -> Explanation:
        """Turn to the pair that the state looks at; what belonged to the former one is forgotten.  -> what is drawn."""
        record = self.whatif.follow(self.state)
        if record is not self.record:
            self.record = record
            self.forget()
        self.e = record
        return record

    def forget(self):
        """Let go of what was computed for the former pair."""

    @abstractmethod
    def choose(self, **options) -> "PairView":
        """Set keys of the state or how the view is drawn, checked; -> the view."""

    @abstractmethod
    def tested(self) -> tuple | None:
        """(what, method, options) of the explanation that is drawn, as in `vl.strip`; None where there is none to test."""

    @abstractmethod
    def missing(self) -> list:
        """A sentence for each thing that the model or the picture lacks; "" for those that are there."""

    @abstractmethod
    def about(self) -> list:
        """What the picture says, in a sentence or two."""

    def lead(self) -> str:
        """The pair, its score and ranks as the model gives them, and what the wishes of the state did to them."""
        return lead(self.whatif, self.state, self.change())

    @abstractmethod
    def seen(self) -> str:
        """What is drawn and of which size, in at most 15 words."""

    def verdict(self) -> str:
        """What is drawn, of which size, and whether it can be believed where that was tested."""
        self.follow()
        return " ".join(filter(None, (self.seen(), self.belief.brief() if self.belief else "")))

    def change(self) -> str:
        """What the wishes of the state did to score and rank; "" when there are none."""
        return self.whatif.mu_sentence(self.state, self.measured)

    def odd(self) -> list:
        """The notes of the record, except that it has no attention: each view says in its own words what is missing."""
        return [note for note in self.e.notes if "no attention" not in note]

    def note(self) -> str:
        """One sentence when the model lacks what is drawn, or the record has something odd; "" when all is well."""
        self.follow()
        return notes_sentence((*self.missing(), *self.odd()), self.state)

    def believed(self) -> str:
        """Whether the picture can be believed, in a sentence; "" where that is not asked."""
        return self.belief.text(self.hurried) if self.belief else ""

    def below(self) -> str:
        """The same as HTML."""
        return self.belief.html(self.hurried) if self.belief else ""

    def text(self) -> str:
        """The pair, its score and place, what the picture shows, and whether that can be believed."""
        self.follow()
        return " ".join(filter(None, (self.lead(), self.note(), *self.about(), self.believed())))

    def plain(self, alt: str) -> str:
        """The fragment where there is nothing to draw: the photo, with `alt` as its text, and the note."""
        picture, below = f'<div class="stage">{stage.photo(self.e, alt)}</div>', self.below()
        return html.card(html.unique(), html.notice(self.note()) + picture + below, lead=self.verdict(),
                         more=self.lead(), foot=sentences.footer(self.e))


def within(key: str, value, count: int):
    """Raises Problem for a choice that is neither None nor one of 0 to count - 1."""
    if value is not None and value not in range(count):
        allowed = f"give {key} 0 to {count - 1}" if count else f"this model has no {key}s that could be chosen"
        raise Problem(f"{key}={value!r}: {allowed}, or None.")


def lead(whatif: WhatIf, state: State, change: str) -> str:
    """The pair that a state looks at, its score and ranks as the model gives them, and what was `change`d of it."""
    return " ".join(filter(None, (sentences.match(whatif.follow(state)), change)))
