"""The strip under a timeline tests what the timeline draws: the effect of leaving each region out, over orders of reading."""
from vsrlab.explain.belief import Band, Belief, twin_of
from vsrlab.explain.explanation import explain_pair
from vsrlab.explain.reading import Reading
from vsrlab.explain.removal import Removal
from vsrlab.views.belief.follow import Under
from vsrlab.views.belief.view import Strip


class EffectStrip(Strip):
    """A Strip of the effects by region that a Reading has, beside those of the same reading under random weights."""

    def __init__(self, reading: Reading):
        super().__init__(reading.pair)
        self.reading = reading

    @property
    def title(self) -> str:
        return "Effect of leaving each region out"

    def _tested(self) -> Belief:
        r, twin = self.reading, twin_of(self.pair)
        other = Reading(explain_pair(twin), twin, r.draws, r.seed)
        vars(other)["shuffled"] = r.shuffled                                 # the same orders; no rank of the twin is asked for
        return Band(Removal(self.pair, "regions")).test("occlusion", r.bunching.content, other.bunching.content)


class UnderTimeline(Under):
    """Follows the reading of a TimelineView; nothing is tested where position and content cannot be told apart."""

    def __init__(self, view):
        super().__init__(view, None)
        self._of = self._strip = None

    @property
    def now(self) -> Strip | None:
        reading = self.view.reading if self.view.split else None
        if reading is not self._of:
            self._of, self._strip = reading, reading and EffectStrip(reading)
        return self._strip
