"""vl.survey: one step of the walk through the survey, from the numbers that come with the kit or from a file."""
import re
from functools import cache
from pathlib import Path

from vsrlab import draw
from vsrlab.errors import Problem, unknown
from vsrlab.inputs import read_json
from vsrlab.page import html
from vsrlab.published import words
from vsrlab.published.browse import Published, published
from vsrlab.survey.pictures import DRAW
from vsrlab.survey.steps import SAY, STEPS

FILE = Path(__file__).with_name("on_scenes.json")
WHAT = "the numbers of the walk that bench/zoo_walk.py wrote"
FOOT = "scenes: 200 images and 1,000 sentences that no model has seen; trained on 1,200 scenes"


class Step:
    """One idea of the survey: numbers measured on scenes, their picture, what they say, and the rows that papers print."""

    def __init__(self, name: str, numbers: dict):
        self.name, self.numbers, self.about = name, numbers, STEPS[name]

    @property
    def title(self) -> str:
        """'4. Looking twice'"""
        return f"{1 + list(STEPS).index(self.name)}. {self.about.title}"

    def text(self) -> str:
        """The numbers in a few sentences; where the idea does not help here, they say so."""
        return SAY[self.name](self.numbers)

    def figure(self):
        """The picture of the step; its alternative text is what the numbers say."""
        with draw.look():
            figure = DRAW[self.name](self.numbers, self.title, FOOT)
        figure.set_label(f"{self.title}. {self.about.idea} {self.text()}")
        return figure

    def printed(self) -> Published:
        """The printed R@1 of the rows that belong to the step, with their sources."""
        found = []
        for system, data, table, pattern in self.about.printed:
            some = published(system, data, direction=["i2t", "t2i"], metric="R@1")
            found += [row for row in some.rows if row.table.id == table and re.search(pattern, row.name())]
        return Published(found, some.wanted, f"Printed: {self.about.title}")

    def __repr__(self) -> str:
        return "\n".join([f"{self.title}. {self.about.idea} {self.text()}", "", self.printed().text()])

    def _repr_html_(self) -> str:
        rows = [(row.full(), row.data(), *(words.shown(row, (side, "R@1")) for side in ("i2t", "t2i")), row.table.cite())
                for row in self.printed().rows]
        table = html.table(("printed", "data", "i→t R@1", "t→i R@1", "source"), rows)
        return html.card(html.unique(), f"<p>{html.escape(self.text())}</p>{table}", lead=f"{self.title}. {self.about.idea}",
                         label=self.title, foot=f"{FOOT}. Printed figures are of other data: only their order can be compared.")


@cache
def _stored(path):
    return read_json(path, WHAT, {"made": dict, "steps": {str: dict}})


def survey(name: str | None = None, path=None):
    """A step of the walk: "margin", "neighbours", "classes", "looks", "hardest", "refining", "order", "letters", "concepts" or
    "pairs"; without a name, all of them in order.

    path   a file that bench/zoo_walk.py wrote, in place of the numbers that come with the kit
    """
    found = _stored(Path(path) if path is not None else FILE)["steps"]
    if name is None:
        return [Step(step, found[step]) for step in STEPS if step in found]
    if not isinstance(name, str) or name not in STEPS:
        raise unknown("step of the survey", name, STEPS)
    if name not in found:
        raise Problem(f"the step {name!r} is not in {path or FILE.name}; make it with bench/zoo_walk.py.")
    return Step(name, found[name])
