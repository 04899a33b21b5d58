"""vl.mix: how much of each?  S = local + mu x global, or of two models; mu is chosen on one gallery and unlocked on another."""
import datetime
from functools import cached_property

from vsrlab.errors import Problem
from vsrlab.figures.mix import mix_sheet
from vsrlab.page import html
from vsrlab.retrieval.mixing import Parts, best, different, looks, parts_of, tried, unlock
from vsrlab.retrieval.scored import Scored
from vsrlab.views.view import View
from vsrlab.wording import few, signed, thousands

SIDES = {"text": "a caption looks for its photo", "image": "a photo looks for its captions"}


def mix(what, other=None) -> "MixView":
    """Two matrices of one gallery and the weight between them.

    what   an Index of a model with a global and a local branch; or, with `other`, the first of two models
    other  the second model on the same gallery: then S = other + mu x what

        found = vl.mix(dev).choose()             # mu with the largest rsum on the development gallery
        scores = found.unlock(test)              # a Scored of the test gallery with that mu; the look is counted
        vl.evaluate(scores)
    """
    return MixView(parts_of(what, other))


class MixView(View):
    """`table()` has every mu that was tried; `mu` is the chosen one, None before `choose`."""

    def __init__(self, parts: Parts):
        super().__init__()
        self.parts, self.mu = parts, None

    @cached_property
    def tried(self):
        """A row for each mu: the six recalls and rsum."""
        return tried(self.parts)

    def choose(self) -> "MixView":
        """Take the mu with the largest rsum on this gallery."""
        self.mu = best(self.tried)
        return self

    def at(self, mu: float) -> Scored:
        """The scores of this gallery with a mu."""
        return self.parts.at(mu)

    def unlock(self, test, other=None) -> Scored:
        """The scores of another gallery with the chosen mu; the look is written into the folder of its desk and counted.

        Raises Problem before `choose`, and for a gallery that shares photos with the one on which mu was chosen.
        """
        if self.mu is None:
            raise Problem("no μ is chosen yet; call choose() first, on a gallery that is not the one to unlock.")
        return unlock(parts_of(test, other), self.mu, self.parts, self.parts.gallery.name)

    @property
    def unlocked(self) -> int:
        """With how many weights this gallery itself was looked at, as its folder says."""
        folder = self.parts.gallery.desk
        return 0 if folder is None else different(looks(folder))

    def cells(self, side: str = "text"):
        """A pandas DataFrame: what each of the two alone finds first, and what neither does."""
        import pandas
        one, other = self.parts.names
        found = self.parts.cells(side)
        return pandas.DataFrame([[found[a, b] for b in (True, False)] for a in (True, False)], [f"{one} right", f"{one} wrong"],
                                [f"{other} right", f"{other} wrong"])

    def text(self) -> str:
        one, other = self.parts.names
        rows = self.tried.set_index("mu")["rsum"]
        top = best(self.tried)
        said = [f"{self.parts.gallery.name}: S = {other} + μ × {one}. rsum is {rows.iloc[0]:.1f} with {other} alone and at most "
                f"{rows.max():.1f}, at μ {top:.3g}."]
        if self.parts.trained is not None:
            said.append(f"The model learnt with μ {self.parts.trained:.3g}: {rows[self.parts.trained]:.1f}.")
        found = self.parts.cells("text")
        both, first, second, none = map(thousands, found.values())
        said.append(f"Of {thousands(sum(found.values()))} captions both alone find {both} photos first, only {one} {first}, only "
                    f"{other} {second}, neither {none}.")
        said.append("A μ that was chosen on this gallery says nothing about it: unlock another." if self.mu is not None else "")
        return " ".join(filter(None, said))

    def verdict(self) -> str:
        (_, other), rows, top = self.parts.names, self.tried.set_index("mu")["rsum"], best(self.tried)
        gain = rows.max() - rows.iloc[0]
        return f"rsum is highest at μ {top:.3g}: {rows.max():.1f}, {signed(gain, digits=1)} against {few(other, 4)} alone."

    def table(self):
        return self.tried

    def footer(self) -> str:
        """Where the numbers come from, and how often this gallery was unlocked."""
        g = self.parts.gallery
        count = f"unlocked for {self.unlocked} weight{'s' * (self.unlocked != 1)}" if self.unlocked else ""
        return " · ".join(filter(None, (g.name, f"{g.dataset} {g.split}".strip(), "ties counted against",
                                        "" if self.mu is None else f"chosen here: μ {self.mu:.4g}", count, g.note,
                                        datetime.date.today().isoformat())))

    def _cells(self) -> dict:
        one, other = self.parts.names
        names = {(True, True): "both", (True, False): f"only {one}", (False, True): f"only {other}", (False, False): "neither"}
        return {said: {names[key]: n for key, n in self.parts.cells(side).items()} for side, said in SIDES.items()}

    def figure(self):
        return mix_sheet(self.tried["mu"].tolist(), self.tried["rsum"].tolist(), self.mu, self._cells(),
                         f"{self.parts.gallery.name}: how much of each?", self.text(), self.footer())

    def html(self) -> str:
        rows = self.tried.iloc[1:]
        places = list(range(len(rows)))
        mark = None if self.mu is None or self.mu == 0 else int((rows["mu"] - self.mu).abs().argmin())
        drawn = html.curve(places, rows["rsum"].tolist(), mark, 460, 110, "rsum over μ, on a scale of powers; see the table")
        lines = [(f"{one.mu:.4g}", *(f"{x:.1f}" for x in one[2:])) for one in self.tried.itertuples()]
        tables = "".join(html.table((said, "first alone"), [(name, thousands(n)) for name, n in counts.items()])
                         for said, counts in self._cells().items())
        body = f"{drawn}{tables}{html.details('every μ that was tried', html.table(self.tried.columns, lines))}"
        return html.card(html.unique(), body, lead=self.verdict(), more=self.text(), foot=self.footer(), label="a mixture of two")
