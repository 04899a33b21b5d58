"""The answer of `vl.pointing_game`: one sentence, one chart of all answers, and the table rounded and folded."""
from vsrlab.figures.belief import pointing
from vsrlab.views.chart_table import ChartTable
from vsrlab.wording import signed, thousands

BLIND = ("most confident box", "largest region", "whole photo", "a region at random")       # these read no word; the best first
COLUMNS = {"model": "answer", "hit rate": "overlap, %", "answered": "of those that a region answers, %", "centre": "middle, %",
           "part": "a part, %", "own": "own place, %", "other": "the other's, %", "within": "difference"}
SPANS = {"hit rate": ("low", "high"), "centre": ("centre low", "centre high"), "within": ("within low", "within high")}


def is_pointing(value) -> bool:
    """Is it a table that `vl.pointing_game` made?"""
    return hasattr(value, "columns") and {"model", "hit rate", "centre", "within"} <= {*value.columns} and "ahead" in value.attrs


def cell(row, name: str) -> str:
    """One number of a row as it is read: rounded, with its interval where there is one."""
    value = row[name]
    if name == "model":
        return value
    if value != value:
        return "–"
    low, high = SPANS.get(name, (None, None))
    return signed(value, name == "within", 1) + (f" [{signed(row[low], False, 1)}, {signed(row[high], False, 1)}]" if low else "")


class PointingView(ChartTable):
    """Answers of the pointing game side by side; `table()` is the whole table."""
    columns, cell = COLUMNS, staticmethod(cell)
    head, label = "The numbers, with 95 % intervals over photos", "do words point at what they name?"

    def __init__(self, table):
        super().__init__()
        self.found, self.about = table, table.attrs

    @property
    def blind(self) -> str:
        """The answer without words that is compared with: the detector's, where there is one."""
        return next(name for name in BLIND if name in self.about["ahead"])

    @property
    def thing(self) -> str:
        return "phrases" if self.about["phrases"] else "words"

    def verdict(self) -> str:
        """Is the answer better than the one that reads no word, by extent and by middle?"""
        row, other = self.found.iloc[0], self.found.set_index("model").loc[self.blind]
        ahead, found = self.about["ahead"][self.blind], {}
        for what, name in (("hit rate", "extent"), ("centre", "middle")):
            _, low, high = ahead[what]
            how = "beats" if low > 0 else "falls behind" if high < 0 else "does not beat"
            found.setdefault(how, []).append(f"by {name} ({row[what]:.0f} against {other[what]:.0f} %)")
        first, *more = found.items()
        blind = self.blind if self.blind.startswith("a ") else f"the {self.blind}"
        also = lambda how, some: (" or " if how == "does not beat" else " and ").join(some)
        said = f"{row['model']} {first[0]} {blind} {also(*first)}"
        return said + "".join(f", {how} it {also(how, some)}" for how, some in more) + "."

    def text(self) -> str:
        return f"{self.verdict()} {self.told()}"

    def told(self) -> str:
        """What else there is to say: parts, the test within a caption, what no region answers."""
        row, n = self.found.iloc[0], int(self.found.iloc[0]["words"])
        said = [f"{self.blind.capitalize()}: an answer that reads no word.",
                f"In {row['part']:.0f} % it points at a part: the middle is right and the extent is not."]
        if row["within"] == row["within"]:
            sign = 1 if row["within"] >= 0 else -1
            low, high = sorted((sign * row["within low"], sign * row["within high"]))
            said.append(f"It lies on its own place {abs(row['within']):.1f} points [{signed(low, False, 1)}, "
                        f"{signed(high, False, 1)}] {'more' if sign > 0 else 'less'} often than on that of another of the caption.")
        if lost := n - self.about["answered"]:
            said.append(f"{thousands(lost)} of {thousands(n)} {self.thing} no region answers, and they count as misses; of the "
                        f"others {row['answered']:.0f} % are right.")
        if unread := self.about["unread"]:
            said.append(f"Of {thousands(unread)} the vocabulary knows no word: the model reads <unk> there.")
        return " ".join(filter(None, (*said, self.about["lacks"])))

    def footer(self) -> str:
        """What was played and how."""
        a, row = self.about, self.found.iloc[0]
        mixed = f"pointed by {a['mix']} · " if a["quantity"] == "pointing" else f"pointed by {a['quantity']} · "
        return (f"{thousands(row['words'])} {self.thing} of {thousands(row['pairs'])} captions, {thousands(a['photos'])} photos · "
                f"{mixed}a region answers at an overlap (IoU) of {a['least']:g} · 95 % by bootstrap over photos · "
                f"{thousands(a['compared'])} ordered pairs of places")

    @property
    def rows(self):
        """The table without its difference."""
        return self.found[self.found["model"] != "difference"]

    def figure(self):
        return pointing(self.rows, self.verdict(), self.told(), self.footer(), BLIND)
