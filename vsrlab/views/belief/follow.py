"""The strip under a view: it tests what the view draws of the pair it looks at, when it is first looked at, and only then."""
from vsrlab.errors import Problem
from vsrlab.page import html
from vsrlab.views.belief.view import Strip

NOTHING = "Can this be believed? No explanation is drawn here, so there is nothing to test."
UNTESTED = "Can this be believed? It could not be tested: "


class Under:
    """The faithfulness strip of a view that follows it; each of a pair's is computed once.

    view  a view with `.whatif.pair`
    asks  function -> (what, method, options) of what the view draws now, as in `strip`; None where it draws no explanation
    """

    def __init__(self, view, asks):
        self.view, self.asks, self._pair, self._made = view, asks, None, {}

    @property
    def now(self) -> Strip | None:
        """The strip of what is drawn now, computed or not yet."""
        asked, pair = self.asks(), self.view.whatif.pair             # in this order: asking follows the state to its pair
        if pair is None or asked is None:
            return None
        if pair is not self._pair:
            self._pair, self._made = pair, {}
        what, method, options = asked
        key = what, method, *sorted(options.items())
        if key not in self._made:
            self._made[key] = Strip(pair, what, method, **options)
        return self._made[key]

    @property
    def known(self) -> bool:
        """Does showing it cost nothing?"""
        return self.now is None or self.now.known

    def text(self) -> str:
        """One sentence: the verdict, or why there is none."""
        return self._try(lambda strip: f"Can this be believed? {strip.headline}", str)

    def html(self) -> str:
        return self._try(lambda strip: strip.html(), lambda why: f'<p class="quiet strip">{html.escape(why)}</p>')

    def _try(self, show, instead):
        strip = self.now
        if strip is None:
            return instead(NOTHING)
        try:
            return show(strip)
        except Problem as problem:
            return instead(f"{UNTESTED}{problem}")
