"""A chart of a table, with the table rounded and folded below it: what the answers of a measurement look like."""
import base64
from functools import partial

from vsrlab.page import html
from vsrlab.views import host
from vsrlab.views.view import View

WIDE = ".vsr img { max-width: 100% }"


class ChartTable(View):
    """One sentence, one chart, one table.  Who inherits has `found` (a DataFrame), verdict(), text(), footer() and figure().

    columns  name in `found` -> head of the folded table      cell   (row, name) -> how one number is read
    head     of the folded table                              label  what the page is about, for a screen reader
    """
    columns: dict = {}
    head, label = "The numbers", ""
    cell = staticmethod(lambda row, name: str(row[name]))

    def table(self):
        return self.found

    def told(self) -> str:
        """What the page says in words, beside the verdict."""
        return self.text()

    def folded(self) -> str:
        """The table, rounded, inside of what unfolds."""
        rows = [tuple(map(partial(self.cell, row), self.columns)) for _, row in self.found.iterrows()]
        return html.details(self.head, html.table(self.columns.values(), rows))

    def html(self) -> str:
        picture = f'<img alt="{html.escape(self.text())}" src="data:image/png;base64,{base64.b64encode(self.png()).decode()}">'
        return html.card(html.unique(), picture + self.folded(), lead=self.verdict(), more=self.told(), foot=self.footer(),
                         rules=WIDE, label=self.label)

    def show(self):
        """The chart, once, and below it the folded table."""
        if not host.notebook():
            print(repr(self))
            return
        host.display({"image/png": self.png(), "text/plain": repr(self)}, {"image/png": {"alt": self.text()}})
        numbers = html.card(html.unique(), self.folded(), label="the numbers")
        host.display({"text/html": numbers, "text/plain": self.found.to_string()})

    _ipython_display_ = show
