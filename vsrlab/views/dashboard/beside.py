"""Right beside wrong as a part of the workspace: what the state asks with, on its right answer and on the best wrong one."""
from vsrlab.errors import Problem
from vsrlab.page import html
from vsrlab.retrieval.index import Index
from vsrlab.views.state import State
from vsrlab.views.view import View
from vsrlab.views.why.view import WhyView

NOBODY = "A sentence of one's own has no right answer to stand beside; ask with a caption or a photo of the gallery."


class BesideView(View):
    """A view of `vl.versus` that follows the query of a state, whichever answer is looked at."""
    live = "versus.VersusWidget"

    def __init__(self, index: Index, state: State):
        super().__init__(state)
        self.index, self._known = index, (None, None)

    @property
    def shown(self) -> WhyView:
        """The view of the query; Problem where nobody knows its right answer."""
        s = self.state
        if s.query is None:
            raise Problem(NOBODY)
        if self._known[0] != (s.side, s.query):
            self._known = (s.side, s.query), WhyView(self.index, **{s.side: s.query}, words=True)
        return self._known[1]

    def _or(self, show, instead):
        """What is shown, or `instead` of the reason why it cannot be."""
        try:
            return show(self.shown)
        except Problem as problem:
            return instead(str(problem))

    def text(self) -> str:
        return self._or(lambda view: view.text(), str)

    def verdict(self) -> str:
        return self._or(lambda view: view.verdict(), lambda why: "Nobody knows the right answer to stand beside.")

    def table(self):
        return self.shown.table()

    def figure(self):
        return self.shown.figure()

    def html(self) -> str:
        return self._or(lambda view: view.html(), lambda why: html.card(html.unique(), html.notice(why), lead=self.verdict(),
                                                                        label="right beside wrong"))
