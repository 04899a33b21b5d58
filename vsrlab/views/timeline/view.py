"""The reasoning timeline: what the memory over the regions comes to believe, step by step, in this order and in others."""
import numpy as np

from vsrlab.errors import Problem
from vsrlab.explain.explanation import Explanation, Pair
from vsrlab.explain.lacks import no_memory
from vsrlab.explain.reading import ORDERS, Reading
from vsrlab.figures.layout import plain_sheet
from vsrlab.figures.timeline import timeline_sheet
from vsrlab.views.pair_view import PairView, within
from vsrlab.views.state import State
from vsrlab.views.timeline import page, words
from vsrlab.views.timeline.belief import TimelineBelief

MOST = 200                 # shuffled orders


def timeline(run, index, image, text, state: State | None = None, strip: bool = True, **options) -> "TimelineView":
    """How the memory of an image grows region by region, compared with a text and with the best caption on the other side.

    run, index   a trained run and its index of a corpus
    image        row of the image in the corpus, or its id
    text         row of the text, or a sentence of your own
    state        a State shared with other views; or give as options: region=7, orders=20 shuffled orders, seed=0
    strip        under the view, whether the effects of its regions can be believed, tested when first looked at; False for none
    """
    return TimelineView.of_pair(run, index, image, text, state, strip, **options)


class TimelineView(PairView):
    """The memory of one pair, as the model was trained.  A record from a file shows how much each region replaces, no cosines."""
    live = "timeline.TimelineWidget"
    measured = "shuffled orders, ranks and the test are those"
    believes = TimelineBelief

    def __init__(self, record: Explanation, pair: Pair | None = None, state: State | None = None, **options):
        super().__init__(record, pair, state)
        self._asked, self._reading = None, None          # (orders, seed) and what was read with them
        self.choose(**options)

    def choose(self, *, orders: int | None = None, seed: int | None = None, **shared) -> "TimelineView":
        """How many shuffled orders are drawn and which; and the region of the state."""
        self.follow()
        if orders is not None and not 2 <= orders <= MOST:
            raise Problem(f"orders={orders}: give 2 to {MOST} shuffled orders; {ORDERS} are usual.")
        within("region", shared.get("region"), self.e.regions)
        wanted = {"orders": orders, "seed": seed}
        self.state.set(**shared, **{key: value for key, value in wanted.items() if value is not None})
        self.follow()
        return self

    def forget(self):
        """Let go of the reading of the former pair."""
        self._reading = None

    @property
    def orders(self) -> int:
        """How many shuffled orders are drawn."""
        return self.state.orders or ORDERS

    @property
    def seed(self) -> int:
        """Which ones."""
        return self.state.seed

    @property
    def reading(self) -> Reading | None:
        """The numbers, each computed once; None for a model without a memory."""
        asked = self.orders, self.seed
        if self.e.memory is not None and (self._reading is None or self._asked != asked):
            self._asked, self._reading = asked, Reading(self.e, self.whatif.pair, *asked)
        return self._reading

    @property
    def step(self) -> int:
        """The chosen step: where the state's region is read, or the largest step towards the caption."""
        found = np.flatnonzero(self.reading.course.order == self.state.region) if self.state.region is not None else ()
        return int(found[0]) if len(found) else words.turning(self.reading)

    @property
    def alive(self) -> bool:
        """Can the pair be read again in other orders?"""
        return self.reading is not None and self.whatif.pair is not None and len(self.reading.course.order) > 1

    @property
    def split(self) -> bool:
        """Are there enough regions to tell position and content apart?"""
        return self.alive and len(self.reading.course.order) > 2

    def tested(self) -> tuple | None:
        """What its TimelineBelief tests: the effect of leaving each region out."""
        self.follow()
        return ("regions", "occlusion", {}) if self.split else None

    def missing(self) -> list:
        """That the model has no memory."""
        return [no_memory(self.e)] if self.reading is None else []

    def seen(self) -> str:
        """Where the memory ends, and whether the order of reading matters."""
        return words.seen(self.reading, self.alive) if self.reading is not None else "This model keeps no memory of regions."

    def said(self) -> list:
        """What the numbers say, in the order of the picture; the effect of leaving regions out takes a second or two, once."""
        self.follow()
        r = self.reading
        told = [words.course(r), words.gain(r)]
        told += [words.order(r.shuffled, self.e.gallery[0])] if self.alive else []
        told += [words.bunching(r.bunching)] if self.split else []
        told += [words.ARTEFACT, words.head(r) if self.alive else ""]
        return list(filter(None, told))

    def about(self) -> list:
        """What the memory comes to believe; the first sentence alone where the belief speaks as well."""
        if self.reading is None:
            return []
        return self.said()[:1] if self.belief else self.said()[:2]

    def table(self):
        """One row a step: the region, cosines, update and, where the pair can run, the band of shuffled orders."""
        import pandas as pd
        e = self.follow()
        if self.reading is None:
            return pd.DataFrame(columns=["step", "region", "label", "cosine", "rival", "update", "replaced"])
        c = self.reading.course
        columns = {"step": np.arange(1, len(c.order) + 1), "region": c.order,
                   "label": np.array(e.labels if e.labels is not None else [""] * e.regions)[c.order], "cosine": c.shown,
                   "rival": np.nan if c.rival is None else c.rival, "update": c.update,
                   "replaced": np.nan if c.replaced is None else c.replaced}
        if self.alive:
            columns |= dict(zip(("shuffled_low", "shuffled_high"), np.percentile(self.reading.shuffled.cosine, [5, 95], axis=0)))
        if self.split:
            b = self.reading.bunching
            columns |= {"effect_of_step": b.position, "effect_of_region": b.content[c.order]}
        return pd.DataFrame(columns)

    def html(self) -> str:
        """The curves with a column a step that can be held, and the region it reads lit on the photo."""
        self.follow()
        if self.reading is None:
            return self.plain(self.text())
        below = self.below()                                   # first: the verdict tells what is known
        return page.fragment(self.reading, self.step, self.said(), lead=self.verdict(), more=self.lead(), note=self.note(),
                             below=below, alive=self.alive, split=self.split)

    def figure(self):
        """Cosines after each step on the band of shuffled orders, what each region replaces, and position against content."""
        e = self.follow()
        if self.reading is None:
            return plain_sheet(e, self.note())
        r = self.reading
        told = " ".join(filter(None, (self.note(), self.change(), *self.said(), e.unsure, self.believed())))
        return timeline_sheet(self.whatif.with_mu(self.state), r.course, r.rival, told, r.shuffled if self.alive else None,
                              r.bunching if self.split else None, self.step)
