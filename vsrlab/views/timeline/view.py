"""The reasoning timeline: what the memory over the regions comes to believe, step by step, in this order and in others."""
import numpy as np

from vsrlab import sentences
from vsrlab.errors import Problem
from vsrlab.explain.explanation import Explanation, Pair, explain
from vsrlab.explain.lacks import no_memory
from vsrlab.explain.reading import ORDERS, Reading
from vsrlab.figures.layout import plain_sheet
from vsrlab.figures.timeline import timeline_sheet
from vsrlab.page import html, stage
from vsrlab.views.lead import mixed, noted, remixed
from vsrlab.views.state import State
from vsrlab.views.timeline import page as timeline_html
from vsrlab.views.timeline import words as said
from vsrlab.views.timeline.belief import UnderTimeline
from vsrlab.views.view import View
from vsrlab.views.whatif import WhatIf

MOST = 200


def timeline(run, index, image, text, state: State | None = None, strip: bool = True, **options) -> "TimelineView":
    """How the memory of an image grows region by region, compared with a text and with the best caption on the other side.

    run, index   a trained run and its index of a corpus
    image        row of the image in the corpus, or its id
    text         row of the text, or a sentence of your own
    state        a State shared with other views; or give as options: region=7, orders=20 shuffled orders, seed=0
    strip        under the view, whether the effects of its regions can be believed, tested when first looked at; False for none
    """
    record = explain(run, index, image, text)
    view = TimelineView(record, Pair(run, index, image, text), state)
    view.strip = UnderTimeline(view) if strip else None
    view.state.point_at(record)
    return view.choose(**options)


class TimelineView(View):
    """The view of one pair.  A record from a file, without `pair`, shows how much each region replaces and no cosines."""
    live = "timeline.TimelineWidget"

    def __init__(self, record: Explanation, pair: Pair | None = None, state: State | None = None, strip=None, **options):
        super().__init__(state, strip)
        self.whatif, self.orders, self.seed, self._reading = WhatIf(record, pair), ORDERS, 0, None
        self.choose(**options)

    def choose(self, *, orders: int | None = None, seed: int | None = None, **shared) -> "TimelineView":
        """How many shuffled orders are drawn and which; and the region of the state."""
        orders, seed = self.orders if orders is None else orders, self.seed if seed is None else seed
        if not 2 <= orders <= MOST:
            raise Problem(f"orders={orders}: give 2 to {MOST} shuffled orders; {ORDERS} are usual.")
        region = shared.get("region")
        if region is not None and not 0 <= region < max(self.e.regions, 1):
            raise Problem(f"the image has regions 0 to {self.e.regions - 1}; region {region} was asked for.")
        if (orders, seed) != (self.orders, self.seed):
            self.orders, self.seed, self._reading = orders, seed, None
        self.state.set(**shared)
        return self

    @property
    def e(self) -> Explanation:
        """The record of the pair that the state looks at, as the model was trained."""
        before = self.whatif.record
        self.whatif.follow(self.state)
        if self.whatif.record is not before:
            self._reading = None
        return self.whatif.record

    @property
    def reading(self) -> Reading | None:
        """The numbers, each computed once; None for a model without a memory."""
        e = self.e
        if self._reading is None and e.memory is not None:
            self._reading = Reading(e, self.whatif.pair, self.orders, self.seed)
        return self._reading

    @property
    def step(self) -> int:
        """The chosen step: where the state's region is read, or the largest step towards the caption."""
        found = np.flatnonzero(self.reading.course.order == self.state.region) if self.state.region is not None else ()
        return int(found[0]) if len(found) else said.turning(self.reading)

    @property
    def alive(self) -> bool:
        """Can the pair be read again in other orders?"""
        return self.reading is not None and self.whatif.pair is not None and len(self.reading.course.order) > 1

    @property
    def split(self) -> bool:
        """Are there enough regions to tell position and content apart?"""
        return self.alive and len(self.reading.course.order) > 2

    def lead(self) -> str:
        """The pair, its score and ranks as the model gives them, and what another μ makes of them."""
        return " ".join(filter(None, (sentences.match(self.e), self.remixed())))

    def remixed(self) -> str:
        return remixed(self.whatif, self.state, "shuffled orders, ranks and the test are those")

    def note(self) -> str:
        """One sentence when the model has no memory, or the record has something odd; "" when all is well."""
        missing = no_memory(self.e) if self.reading is None else ""
        return noted((missing, *(n for n in self.e.notes if "no attention" not in n)), self.state)

    def said(self) -> list:
        """What the numbers say, in the order of the picture; the effect of leaving regions out takes a second or two, once."""
        r = self.reading
        told = [said.course(r), said.gain(r)]
        told += [said.order(r.shuffled, self.e.gallery[0])] if self.alive else []
        told += [said.bunching(r.bunching)] if self.split else []
        return [*filter(None, told), said.ARTEFACT, *filter(None, [said.head(r) if self.alive else ""])]

    def text(self) -> str:
        verdict = self.believed()
        about = [] if self.reading is None else self.said()[:1 if verdict else 2]
        return " ".join(filter(None, (self.lead(), self.note(), *about, verdict)))

    def table(self):
        """One row a step: the region, cosines, update and, where the pair can run, the band of shuffled orders."""
        import pandas as pd
        if self.reading is None:
            return pd.DataFrame(columns=["step", "region", "label", "cosine", "rival", "update", "replaced"])
        c, e = self.reading.course, self.e
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
        e, strip = self.e, self.strip.html() if self.strip else ""
        if self.reading is None:
            picture = f'<div class="stage">{stage.photo(e, self.text())}</div>'
            return html.card(html.unique(), html.notice(self.note()) + picture + strip, lead=self.lead(), foot=sentences.footer(e))
        return timeline_html.fragment(self.reading, self.step, self.said(), lead=self.lead(), note=self.note(), strip=strip,
                                      alive=self.alive, split=self.split)

    def figure(self):
        """Cosines after each step on the band of shuffled orders, what each region replaces, and position against content."""
        if self.reading is None:
            return plain_sheet(self.e, self.note())
        r = self.reading
        told = " ".join(filter(None, (self.note(), self.remixed(), *self.said(), self.e.unsure, self.believed())))
        return timeline_sheet(mixed(self.whatif, self.state), r.course, r.rival, told, r.shuffled if self.alive else None,
                              r.bunching if self.split else None, self.step)
