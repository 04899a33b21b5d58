"""Attention on the photo: choose a word and see its regions, choose a region and see its words and neighbours."""
import numpy as np

from vsrlab import figures, sentences
from vsrlab.errors import Problem, unknown
from vsrlab.explain.explanation import Explanation, Pair, explain
from vsrlab.explain.lacks import no_attention
from vsrlab.figures.attention import best_word
from vsrlab.figures.layout import plain_sheet
from vsrlab.page import html, stage
from vsrlab.views.attention import page as attention_html
from vsrlab.views.attention.page import DIRECTIONS, MEANING, SCALES, Drawn
from vsrlab.views.attention.still import still
from vsrlab.views.belief.follow import Under
from vsrlab.views.state import ALL, State
from vsrlab.views.view import View
from vsrlab.views.whatif import WhatIf

TESTED = "Whether it can be believed is tested on the pair without these changes."


def attention(run, index, image, text, state: State | None = None, strip: bool = True, **options) -> "AttentionView":
    """Where the words of a text look on an image.

    run, index   a trained run and its index of a corpus
    image        row of the image in the corpus, or its id
    text         row of the text, or a sentence of your own
    state        a State shared with other views; or give its keys as options: word="dog", quantity="cosine", scale="pair",
                 top=5, mass=0.8, direction="i-t", temperature=4.0
    strip        under the view, whether what it draws can be believed, tested when it is first looked at; False for none
    """
    record = explain(run, index, image, text)
    view = AttentionView(record, Pair(run, index, image, text), state)
    view.strip = Under(view, view.tested) if strip else None
    view.state.point_at(record)
    return view.choose(**options)


class AttentionView(View):
    """The view of one pair.  Without `pair` (a record from a file) it shows everything that needs no second run of the model."""
    live = "attention.AttentionWidget"

    def __init__(self, record: Explanation, pair: Pair | None = None, state: State | None = None, strip=None, **options):
        super().__init__(state, strip)
        self.whatif = WhatIf(record, pair)
        self.choose(**options)

    def choose(self, **options) -> "AttentionView":
        """Set keys of the state, checked: choose(word="dog", quantity="cosine")."""
        for key, names in (("quantity", MEANING), ("scale", SCALES), ("direction", DIRECTIONS)):
            if options.get(key) is not None and options[key] not in names:
                raise unknown(key, options[key], names)
        for key, count in (("region", self.e.regions), ("layer", self.layers)):
            if options.get(key) is not None and options[key] not in range(count):
                allowed = f"give {key} 0 to {count - 1}" if count else f"this model has no {key}s that could be chosen"
                raise Problem(f"{key}={options[key]!r}: {allowed}, or None.")
        if options.get("word") not in (None, ALL):
            options["word"] = self.e.word(options["word"])
        self.state.set(**options)
        return self

    @property
    def record(self) -> Explanation:
        """The pair that the state looks at, as the model is."""
        self.whatif.follow(self.state)
        return self.whatif.record

    @property
    def e(self) -> Explanation:
        """The record as the state asks for it: its pair, lambda, direction and words."""
        return self.whatif.explanation(self.state)

    @property
    def quantities(self) -> list:
        """What can be drawn for this model."""
        e = self.e
        return [q for q in ("attention", "cosine") if getattr(e, q) is not None] + ["occlusion"] * (
            self.whatif.pair is not None and min(len(e.words), e.regions) > 1)

    @property
    def quantity(self) -> str | None:
        """What is drawn: what the state asks for, or the first that this model has."""
        return self.state.quantity if self.state.quantity in self.quantities else next(iter(self.quantities), None)

    @property
    def word(self) -> int:
        """The chosen word, or the one that adds most: a view never opens empty."""
        word = self.state.word
        return word if word is not None and 0 <= word < len(self.e.words) else best_word(self.whatif.trained(self.state))

    @property
    def opens(self) -> str:
        """The chosen target: "w3", "r7" where a region and no word is held, "none" for all words together."""
        word, region = self.state.word, self.state.region
        if word is None and region is not None and 0 <= region < self.e.regions:
            return f"r{region}"
        return "none" if word == ALL else f"w{self.word}"

    @property
    def layers(self) -> int:
        return 0 if self.e.affinity is None else len(self.e.affinity)

    @property
    def layer(self) -> int:
        """The layer whose relations a region shows: the state's, or the last."""
        return self.state.layer if self.state.layer is not None and 0 <= self.state.layer < self.layers else -1

    def matrix(self, quantity: str, control: bool | None = None) -> np.ndarray:
        """(W, R): "attention", "cosine" or "occlusion"; of the control where it, or the state, asks for that."""
        control = self.state.control if control is None else control
        if quantity == "occlusion":
            return attention_html.measurable(self.whatif.occlusion(self.state, control).both)
        return np.asarray(getattr(self.e if control else self.whatif.trained(self.state), quantity), float)

    def drawn(self, quantity: str) -> Drawn:
        """A quantity as the state wants it lit."""
        matrix, s = self.matrix(quantity), self.state
        overall = {"attention": lambda: matrix.mean(0), "cosine": lambda: matrix.max(0),
                   "occlusion": lambda: attention_html.measurable(self.whatif.occlusion(s, s.control).regions)}[quantity]()
        return Drawn(quantity, matrix, overall, s.scale, s.top, s.mass, self.matrix(quantity, False) if s.control else None)

    def tested(self) -> tuple | None:
        """What of the drawn quantity the strip puts to the test: the side that the trained model looks at, by that quantity."""
        what = "words" if self.record.direction == "i-t" and self.quantity == "attention" else "regions"
        return self.quantity and (what, self.quantity, {})

    def note(self) -> str:
        """One sentence when the model lacks what was asked for, or the record has something odd; "" when all is well."""
        e = self.e
        lacks = e.attention is None and self.state.quantity != "occlusion"
        missing = no_attention(e, MEANING[self.quantity] if self.quantity else "") if lacks else ""
        return " ".join(filter(None, (missing, *(n for n in e.notes if "no attention" not in n))))

    def change(self) -> str:
        """What the wishes of the state did to score and rank; "" when there are none."""
        said = attention_html.change_said(self.record, self.state, self.whatif.outcome(self.state))
        return f"{said} {TESTED}" if said and self.strip else said

    def lead(self) -> str:
        """The pair, its score and ranks as the model gives them, and what the wishes of the state did to them."""
        return " ".join(filter(None, (sentences.match(self.record), self.change())))

    def text(self) -> str:
        about = attention_html.briefly(self.e, self.drawn(self.quantity), self.opens, self.layer) if self.quantity else ""
        return " ".join(filter(None, (self.lead(), self.note(), about, self.believed())))

    def table(self):
        """One row for every word and region, with the box in pixels where it is known."""
        import pandas as pd
        e = self.e
        words, regions = np.indices((len(e.words), e.regions)).reshape(2, -1)
        labels = np.array(e.labels if e.labels is not None else [""] * e.regions)
        columns = {"position": words, "word": np.array(e.words)[words], "region": regions, "label": labels[regions]}
        columns |= {q: self.matrix(q)[words, regions] for q in self.quantities if q != "occlusion" or self.quantity == q}
        if e.contribution is not None:
            columns["contribution"] = e.contribution[words, regions]
        if e.pixels is not None:
            columns |= dict(zip(("x1", "y1", "x2", "y2"), np.round(e.pixels[regions], 1).T))
        return pd.DataFrame(columns)

    def html(self) -> str:
        strip, lead = self.strip.html() if self.strip else "", self.lead()
        if self.quantity is None:
            picture = f'<div class="stage">{stage.photo(self.e, lead)}</div>'
            return html.card(html.unique(), html.notice(self.note()) + picture + strip, lead=lead, foot=sentences.footer(self.e))
        shown = [self.quantity, *(q for q in self.quantities if q not in (self.quantity, "occlusion"))]
        return attention_html.fragment(self.e, [self.drawn(q) for q in shown], self.opens, self.state, lead=lead, note=self.note(),
                                       layer=self.layer, strip=strip)

    def figure(self, heat: bool = True):
        """The photo lit by what is open; with `heat`, the words-by-regions heat map of the attention underneath."""
        e, change = self.e, self.change()
        if self.quantity is None:
            return plain_sheet(e, " ".join(filter(None, (change, self.note()))))
        pointed = sentences.pointed(e) if self.quantity == "attention" else ""
        under = " ".join(filter(None, (change, self.note(), pointed, self.believed())))
        outcome = self.whatif.outcome(self.state)
        headline = f"{attention_html.scored(self.record, outcome)} · {attention_html.ranked(self.record, outcome)} images"
        return still(e, self.drawn(self.quantity), self.opens, self.layer, self.state, under=under, heat=heat,
                     headline=headline if change else "")

    def heatmap(self):
        """The words-by-regions heat map alone, for papers: of the attention or the cosine."""
        return figures.words_by_regions(self.e, "cosine" if self.quantity == "cosine" else "attention")
