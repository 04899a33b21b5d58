"""The answer of `vl.faithfulness`: one sentence, one dot plot, and the table rounded and folded; `vl.show(table)` opens it."""
from vsrlab.explain.faithfulness import brief, ranked, winner
from vsrlab.figures.belief import faithfulness
from vsrlab.views.chart_table import ChartTable

COLUMNS = {"method": "method", "pairs": "pairs", "better": "pairs that beat 90 % of random orders, %", "beaten": "by deletion, %",
           "by insertion": "by insertion, %", "by rank": "by the rank, %", "random weights": "order under random weights"}
SPANS = {"better": ("low", "high"), "beaten": ("beaten low", "beaten high"), "by insertion": ("insertion low", "insertion high")}
FOOT = ("By deletion, insertion and rank: the mean share of random orders that a method beats, 50 by chance. A pair counts as "
        "believed where 90 % are beaten.")


def cell(row, name: str) -> str:
    """One number of a row as it is read: rounded, with its interval where there is one."""
    value = row[name]
    if name == "method":
        return value
    if value != value:
        return "–"
    if name == "random weights":
        return f"{value:.2f}"
    low, high = SPANS.get(name, (name, name))
    return f"{value:.0f}" + (f" [{row[low]:.0f}, {row[high]:.0f}]" if low in row and low != name else "")


def is_faithfulness(value) -> bool:
    """Is it a table that `vl.faithfulness` made?"""
    return hasattr(value, "columns") and {"method", "beaten", "by insertion", "chance"} <= {*value.columns}


class MethodsView(ChartTable):
    """Methods of explanation side by side; `table()` is the whole table, the best method first."""
    columns, cell = COLUMNS, staticmethod(cell)
    head, label = "The numbers, with 95 % intervals", "which explanation can be believed"

    def __init__(self, table):
        super().__init__()
        self.found = ranked(table)

    def text(self) -> str:
        return winner(self.found)

    def verdict(self) -> str:
        return brief(self.found)

    def footer(self) -> str:
        """What was tested and how."""
        row = self.found.iloc[0]
        skipped = self.found.attrs.get("skipped", 0)
        left = f" {skipped} pairs were left out: their captions have one word." if skipped else ""
        return f"{int(row['pairs'])} pairs, {row['what']} taken out, rule {row['rule']}. {FOOT}{left}"

    def figure(self):
        return faithfulness(self.found, self.text(), self.footer())
