"""The belief under a view: it tests what the view draws of the pair it looks at, when it is first looked at, and only then."""
from vsrlab.errors import Problem
from vsrlab.page import html
from vsrlab.views.belief.view import BeliefView

NOTHING = "Can this be believed? No explanation is drawn here, so there is nothing to test."
UNTESTED = "Can this be believed? It could not be tested: "
LATER = "Can this be believed? Not tested yet: the button of the live view and vl.strip(run, index, image, text) do it."


class ViewBelief:
    """The belief of a PairView.  It follows the view; each explanation of a pair is tested once."""

    def __init__(self, view):
        self.view, self._pair, self._made = view, None, {}

    def now(self) -> BeliefView | None:
        """The test of what is drawn now, computed or not yet; None where nothing is drawn, or the pair cannot run again."""
        self.view.follow()
        pair, drawn = self.view.whatif.pair, self.view.tested()
        if pair is None or drawn is None:
            return None
        if pair is not self._pair:
            self._pair, self._made = pair, {}
        what, method, options = drawn
        key = what, method, *sorted(options.items())
        if key not in self._made:
            self._made[key] = BeliefView(pair, what, method, **options)
        return self._made[key]

    def known(self) -> bool:
        """Does showing it cost nothing?"""
        now = self.now()
        return now is None or now.known

    def text(self, hurried: bool = False) -> str:
        """One sentence: the verdict, or why there is none; `hurried`: without a test that was not made yet."""
        return self._try(lambda test: f"Can this be believed? {test.headline}", str, hurried)

    def brief(self) -> str:
        """The outcome in at most six words; that it was not tested yet; "" where nothing is drawn."""
        test = self.now()
        return "" if test is None else test.belief.brief if test.known else "Not tested yet."

    def html(self, hurried: bool = False) -> str:
        """The curves and the verdict as a part of the view's card, or why there are none."""
        return self._try(lambda test: test.html(), lambda why: f'<p class="quiet strip">{html.escape(why)}</p>', hurried)

    def _try(self, show, instead, hurried):
        """What `show` makes of the test, or `instead` of the reason why there is none."""
        test = self.now()
        if test is None:
            return instead(NOTHING)
        if hurried and not test.known:
            return instead(LATER)
        try:
            return show(test)
        except Problem as problem:
            return instead(f"{UNTESTED}{problem}")
