"""Later: live views of one state are drawn one by one when the clicks have come to rest, so that only the last one counts."""
import asyncio
import weakref

REST, AT_ONCE = 0.06, 0.005    # seconds without a click before another pair is drawn, and before anything else is
_OF: weakref.WeakKeyDictionary = weakref.WeakKeyDictionary()      # State -> its Later


class Later:
    """The views of a state that wait to be drawn.

    Where an event loop runs (a kernel with a person before it) another pair first dims the views of the old one, then waits for
    REST without another click, and then they are drawn one by one: a click that comes in between starts anew, and what it makes
    needless is never drawn.
    Where none runs, as in a script, views are drawn at once.
    """

    def __init__(self):
        self._waiting, self._round = {}, 0

    @classmethod
    def of(cls, state) -> "Later":
        """The one of a state."""
        return _OF.setdefault(state, cls())

    def ask(self, live, other: bool = False):
        """Draw a view: now, or when the clicks have come to rest; `other` is for another pair."""
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            self._waiting.pop(live, None)
            live.draw()
            return
        self._waiting[live] = None
        if other:
            live.add_class("stale")
        self._round += 1
        loop.call_later(REST if other else AT_ONCE, self._work, loop, self._round)

    def forget(self, live):
        """A view that was closed."""
        self._waiting.pop(live, None)

    def _work(self, loop, asked):
        """Draw the first that waits, and go on with the next unless something new was asked for."""
        if asked != self._round or not self._waiting:
            return
        live = min(self._waiting, key=lambda live: live.turn)
        self._waiting.pop(live)
        live.draw()
        live.remove_class("stale")
        loop.call_later(AT_ONCE, self._work, loop, asked)
