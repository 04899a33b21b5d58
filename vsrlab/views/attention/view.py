"""Attention on the photo: choose a word and see its regions, choose a region and see its words and neighbours."""
import numpy as np

from vsrlab import figures, sentences
from vsrlab.course.own import with_own
from vsrlab.errors import unknown
from vsrlab.explain.choosing import best_word
from vsrlab.explain.explanation import Explanation, Pair
from vsrlab.explain.interaction import compares_vectors
from vsrlab.explain.lacks import no_attention
from vsrlab.explain.pointing import mix
from vsrlab.explain.pointing.phrases import phrase_units
from vsrlab.figures.layout import plain_sheet
from vsrlab.views.attention import lit, page, ranks, verdict
from vsrlab.views.attention.lit import DIRECTIONS, MEANING, SCALES, Drawn
from vsrlab.views.attention.still import still
from vsrlab.views.pair_view import PairView, within
from vsrlab.views.state import ALL, State

TESTED = "Whether it can be believed is tested on the pair without these changes."


def attention(run, index, image, text, state: State | None = None, strip: bool = True, phrases: dict | None = None,
              attend=None, **options) -> "AttentionView":
    """Where the words of a text look on an image.

    run, index   a trained run and its index of a corpus
    image        row of the image in the corpus, or its id
    text         row of the text, or a sentence of your own
    state        a State shared with other views; or give its keys as options: word="dog", quantity="cosine", scale="pair",
                 top=5, mass=0.8, direction="i-t", sharpness=4.0; a word may be a phrase of the text: word="brown dog"
    strip        under the view, whether what it draws can be believed, tested when it is first looked at; False for none
    phrases      places that people have drawn, as `pointing_game` takes them: it is said whether the pointed region is right
    attend       a function of your own, attend(words, regions, sharpness), which then draws the picture: see vl.course
    """
    view = AttentionView.of_pair(with_own(run, "attend", attend), index, image, text, state, strip, **options)
    view.phrases = phrases or {}
    return view


class AttentionView(PairView):
    """What words and regions of one pair mean to each other.

    e        the record as the state asks for it: with its lambda, direction and words, or its control with random weights
    trained  the same of the trained model
    """
    live = "attention.AttentionWidget"

    def __init__(self, record: Explanation, pair: Pair | None = None, state: State | None = None, **options):
        super().__init__(record, pair, state)
        self.trained, self.phrases = record, {}
        self.choose(**options)

    def choose(self, **options) -> "AttentionView":
        """Set keys of the state, checked: choose(word="dog", quantity="cosine")."""
        self.follow()
        for key, names in (("quantity", MEANING), ("scale", SCALES), ("direction", DIRECTIONS)):
            if options.get(key) is not None and options[key] not in names:
                raise unknown(key, options[key], names)
        within("region", options.get("region"), self.e.regions)
        within("layer", options.get("layer"), self.layers)
        if isinstance(options.get("word"), str) and len(options["word"].split()) > 1:
            options["phrase"] = mix.positions_of(self.e, options["word"])
            options["word"] = options["phrase"][-1]
        elif options.get("word") not in (None, ALL):
            options["word"] = self.e.word(options["word"])
        self.state.set(**options)
        self.follow()
        return self

    def follow(self) -> Explanation:
        """Turn to the pair of the state and to what else it wishes; -> `e`, what is drawn."""
        super().follow()
        self.trained, self.e = self.whatif.trained(self.state), self.whatif.explanation(self.state)
        return self.e

    @property
    def quantities(self) -> list:
        """What can be drawn for this model."""
        found = [quantity for quantity in ("attention", "cosine") if getattr(self.e, quantity) is not None]
        if "cosine" in found and not mix.mix_of(self.record).plain:
            found.insert(0, "pointing")
        if self.whatif.pair is not None and min(len(self.e.words), self.e.regions) > 1:
            found.append("occlusion")
        if self.e.interaction is not None or self.whatif.pair is not None and compares_vectors(self.whatif.pair.model):
            found.append("interaction")
        return found

    @property
    def quantity(self) -> str | None:
        """What is drawn: what the state asks for, or what points: on photos the mix of cosine, confidence and area, or the cosine
        where nothing can be mixed, not the attention made from it; on scenes the attention; else the first that this model has."""
        have = self.quantities
        if self.state.quantity in have:
            return self.state.quantity
        first = ("pointing", "cosine", "attention") if not self.scenes else ("attention", "cosine")
        return next((quantity for quantity in (*first, *have) if quantity in have), None)

    @property
    def scenes(self) -> bool:
        """Is the picture a generated scene?  A record from a file tells by its truth."""
        pair = self.whatif.pair
        return self.record.truth is not None if pair is None else pair.corpus.truth is not None

    @property
    def word(self) -> int:
        """The chosen word, or the one that adds most: a view never opens empty."""
        word = self.state.word
        return word if word is not None and 0 <= word < len(self.e.words) else best_word(self.trained)

    @property
    def open_target(self) -> str:
        """The key of the chosen target: "w3", "r7" where a region and no word is held, "none" for all words together."""
        word, region = self.state.word, self.state.region
        if word is None and region is not None and 0 <= region < self.e.regions:
            return f"r{region}"
        return "none" if word == ALL else f"w{self.word}"

    @property
    def layers(self) -> int:
        """How many layers of reasoning the model has."""
        return 0 if self.e.affinity is None else len(self.e.affinity)

    @property
    def layer(self) -> int:
        """The layer whose relations a region shows: the state's, or the last."""
        return self.state.layer if self.state.layer is not None and 0 <= self.state.layer < self.layers else -1

    def matrix(self, quantity: str, control: bool | None = None) -> np.ndarray:
        """(W, R): a key of lit.MEANING; of the control where it, or the state, asks for that."""
        self.follow()
        control = self.state.control if control is None else control
        if quantity == "occlusion":
            return lit.measurable(self.whatif.occlusion(self.state, control).both)
        if quantity == "interaction" and self.whatif.pair is not None:
            return lit.measurable(self.whatif.interaction(self.state, control).values)
        e = self.e if control else self.trained
        return mix.pointing_weights(e, mix.mix_of(e), self.state.phrase) if quantity == "pointing" else np.asarray(
            getattr(e, quantity), float)

    def drawn(self, quantity: str) -> Drawn:
        """A quantity as the state wants it lit."""
        matrix, s = self.matrix(quantity), self.state
        if quantity == "occlusion":
            overall = lit.measurable(self.whatif.occlusion(s, s.control).regions)
        else:
            overall = {"attention": matrix.mean, "interaction": matrix.sum}.get(quantity, matrix.max)(0)
        return Drawn(quantity, matrix, overall, s.scale, s.top, s.mass, self.matrix(quantity, False) if s.control else None,
                     " ".join(self.told(quantity)), tuple(ranks.under_words(self.whatif, s)), s.phrase, self.human)

    def tested(self) -> tuple | None:
        """The drawn quantity of the side that the trained model looks at; of the mix the cosine, which is what the model brings."""
        self.follow()
        if self.quantity is None:
            return None
        what = "words" if self.record.direction == "i-t" and self.quantity == "attention" else "regions"
        return what, "cosine" if self.quantity == "pointing" else self.quantity, {}

    @property
    def human(self) -> tuple:
        """The phrases of this pair whose places people have drawn, as Units."""
        of = self.phrases.get(self.e.text_row) if self.e.text_row is not None else None
        return tuple(phrase_units(self.e, of)) if of and self.e.right else ()

    def missing(self) -> list:
        """That the model has no attention, and what is shown instead."""
        lacks = self.e.attention is None and self.state.quantity not in ("occlusion", "interaction")
        return [no_attention(self.e, MEANING[self.quantity] if self.quantity else "")] if lacks else []

    def note(self) -> str:
        """What the model lacks and what is odd, a sentence each; "" when all is well."""
        self.follow()
        return " ".join((*self.missing(), *self.odd()))

    def told(self, quantity: str) -> list:
        """What else is known of a quantity and of the open word: the sum of an interaction, ranks with other words."""
        found = [f"Weight: exp({mix.mix_of(self.e)}), as a share of all regions; of a phrase, the mean cosine of its words."] * (
            quantity == "pointing")
        if quantity == "interaction" and self.whatif.pair is not None:
            found.append(lit.summed(self.trained, self.whatif.interaction(self.state)))
        if ranks.ranks_without(self.whatif, self.state) is not None:
            found.append(ranks.legend(self.whatif, self.state))
            if self.state.word is not None and self.open_target[0] == "w":       # of a word that somebody chose: it runs the model
                found.append(ranks.instead(self.whatif, self.state, self.word))
        return [said for said in found if said]

    def change(self) -> str:
        """What the wishes of the state did to score and rank; "" when there are none."""
        self.follow()
        said = lit.change_said(self.record, self.state, self.whatif.standing(self.state))
        return f"{said} {TESTED}" if said and self.belief else said

    def seen(self) -> str:
        """What the open word or region lights up most, how strongly, and whether it is right."""
        if not self.quantity:
            return "This model compares whole vectors: no word looks at a region."
        return verdict.seen(self.e, self.drawn(self.quantity), self.open_target)

    def about(self) -> list:
        """What is said of the open target."""
        if not self.quantity:
            return []
        said = [lit.briefly(self.e, self.drawn(self.quantity), self.open_target, self.layer)]
        return said + self.told(self.quantity)[:1] if self.quantity == "interaction" else said

    def table(self):
        """One row for every word and region, with the box in pixels where it is known."""
        import pandas as pd
        e = self.follow()
        words, regions = np.indices((len(e.words), e.regions)).reshape(2, -1)
        labels = np.array(e.labels if e.labels is not None else [""] * e.regions)
        columns = {"position": words, "word": np.array(e.words)[words], "region": regions, "label": labels[regions]}
        columns |= {q: self.matrix(q)[words, regions] for q in self.quantities if q not in lit.RUN or self.quantity == q}
        if e.contribution is not None:
            columns["contribution"] = e.contribution[words, regions]
        if e.pixels is not None:
            columns |= dict(zip(("x1", "y1", "x2", "y2"), np.round(e.pixels[regions], 1).T))
        return pd.DataFrame(columns)

    def html(self, brief: bool = False) -> str:
        """The photo and the caption with all that lights up, a tab for each quantity; `brief` has the drawn one alone."""
        e = self.follow()
        if self.quantity is None:
            return self.plain(self.lead())
        below = self.below()                                   # first: the verdict tells what is known
        shown = [self.quantity, *(q for q in self.quantities if q not in (self.quantity, *lit.RUN) and not brief)]
        return page.fragment(e, [self.drawn(q) for q in shown], self.open_target, self.state, lead=self.verdict(), more=self.lead(),
                             note=self.note(), layer=self.layer, below=below)

    def figure(self, heat: bool = True):
        """The photo lit by what is open; with `heat`, the words-by-regions heat map of the attention underneath."""
        e, change = self.follow(), self.change()
        if self.quantity is None:
            return plain_sheet(e, " ".join(filter(None, (change, self.note()))))
        pointed = sentences.pointed(e) if self.quantity == "attention" else ""
        below = " ".join(filter(None, (change, self.note(), *self.told(self.quantity), pointed, self.believed())))
        now = self.whatif.standing(self.state)
        headline = f"{lit.scored(self.record, now)} · {lit.ranked(self.record, now)} images" if change else ""
        return still(e, self.drawn(self.quantity), self.open_target, self.layer, self.state, below=below, heat=heat,
                     headline=headline)

    def heatmap(self):
        """The words-by-regions heat map alone, for papers: of the attention or the cosine."""
        return figures.words_by_regions(self.follow(), "cosine" if self.quantity == "cosine" else "attention")
