"""The belief under a timeline tests what the timeline draws: the effect of leaving each region out, over orders of reading."""
from vsrlab.explain.belief import Band, Belief
from vsrlab.explain.explanation import explain_pair
from vsrlab.explain.pair import without_training
from vsrlab.explain.reading import Reading
from vsrlab.explain.removal import Removal
from vsrlab.views.belief.follow import ViewBelief
from vsrlab.views.belief.view import BeliefView


class EffectBelief(BeliefView):
    """The belief in the effects by region of a Reading, beside those of the same reading under random weights."""

    def __init__(self, reading: Reading):
        super().__init__(reading.pair)
        self.reading = reading

    @property
    def title(self) -> str:
        """What is tested."""
        return "Effect of leaving each region out"

    def _tested(self) -> Belief:
        r, untrained = self.reading, without_training(self.pair)
        control = Reading(explain_pair(untrained), untrained, shuffled=r.shuffled)             # in the same orders
        return Band(Removal(self.pair, "regions")).test("occlusion", r.bunching.content, control.bunching.content)


class TimelineBelief(ViewBelief):
    """Follows the reading of a TimelineView; nothing is tested where position and content cannot be told apart."""

    def __init__(self, view):
        super().__init__(view)
        self._reading = self._test = None

    def now(self) -> EffectBelief | None:
        """The test of the reading that is drawn now, computed or not yet; None where there is none to test."""
        self.view.follow()
        reading = self.view.reading if self.view.split else None
        if reading is not self._reading:
            self._reading, self._test = reading, EffectBelief(reading) if reading else None
        return self._test
