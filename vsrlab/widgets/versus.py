"""The live right beside wrong: the page of `vl.versus`, which reacts by itself, made anew for another query."""
import ipywidgets

from vsrlab.widgets.base import Live


class VersusWidget(Live):
    """Point at a word or hold it: both photos light up.  Offline: BesideView.html."""
    draws = ("side", "query", "typed")

    def __init__(self, view):
        self.lead = ipywidgets.HTML()
        super().__init__(view, [self.lead])

    def redraw(self):
        """The page of the query."""
        self.styled("")
        self.lead.value = self.view.html()
