"""Found: what an experiment showed, as a sentence, a small table and numbers by name."""
from dataclasses import dataclass, field

import numpy as np

from vsrlab.errors import Problem, unknown
from vsrlab.wording import markdown


@dataclass(frozen=True)
class Found:
    """What an experiment showed; it shows itself in a notebook.

    says      a sentence or three, worded by the numbers
    columns   names of the columns, the first one names the row
    rows      [(name, cell, ...), ...]: cells are text already, rounded as they are read
    numbers   {name: number}: what later cells and the answer ask for
    """
    says: str
    columns: tuple = ()
    rows: tuple = ()
    numbers: dict = field(default_factory=dict)

    def __getitem__(self, name: str):
        if name not in self.numbers:
            raise unknown("number of this experiment", name, self.numbers)
        return self.numbers[name]

    def table(self):
        """The rows as a pandas DataFrame."""
        import pandas as pd
        return pd.DataFrame(list(self.rows), columns=list(self.columns))

    def __repr__(self) -> str:
        if not self.rows:
            return self.says
        wide = [max(len(str(row[n])) for row in (self.columns, *self.rows)) for n in range(len(self.columns))]
        line = lambda row: "  ".join([str(row[0]).ljust(wide[0]), *(str(cell).rjust(w) for cell, w in zip(row[1:], wide[1:]))])
        return "\n".join([self.says, line(self.columns), *map(line, self.rows)])

    def _repr_markdown_(self) -> str:
        said = "\n\n".join(markdown(part) for part in self.says.split("\n"))
        if not self.rows:
            return said
        line = lambda cells: "| " + " | ".join(markdown(cell) for cell in cells) + " |"
        rule = "|---|" + "---:|" * (len(self.columns) - 1)
        return "\n".join([said, "", line(self.columns), rule, *map(line, self.rows)])


def percent(value: float, digits: int = 1) -> str:
    """'41.3 %'."""
    return f"{value:.{digits}f} %"


def own(answer, library, what: str, *given, check=lambda found: True, call=None):
    """(result, whose): what the student's function gives, or the library's where that is untouched or does not fit yet.

    answer, library  the student's function, or None, and the same of the kit
    check            result -> has it the kind that is drawn?
    call             function -> result, where it is called more than once; without it, answer(*given)
    """
    if answer is None:
        return library(*given), f"the library's: there is no {what} yet"
    try:
        found = answer(*given) if call is None else call(answer)
        if found is None or found is Ellipsis or isinstance(found, tuple) and any(x is None or x is Ellipsis for x in found):
            return library(*given), f"the library's, for your {what} is still to be written"
        if check(found):
            return found, "yours"
        why = "gives something else than was asked"
    except Exception as error:                                        # noqa: BLE001  whatever a beginner's function raises
        why = f"stopped with {type(error).__name__}"
        if "ellipsis" in str(error):                                  # a blank of the starter inside of an expression
            return library(*given), f"the library's, for your {what} is still to be written"
    return library(*given), f"the library's: your {what} {why}; its check says more"


def first_both_ways(index, related: bool = False) -> tuple:
    """(row of an image, row of a text) that find each other at once, with the clearest lead over all wrong answers.

    related  only texts that tell a relation between two things, where the corpus knows that
    Where no pair is first in both directions, the text whose image is best placed is taken, with its image.
    """
    corpus, owner, ranks = index.corpus, np.asarray(index.corpus.image_of_text), index.ranks
    if not len(owner):
        raise Problem(f"{corpus.name} has no texts; index a corpus with captions.")
    texts = np.arange(len(owner))
    if related and corpus.truth is not None:
        told = np.array([bool(one) for one in corpus.truth.relations])
        texts = texts[told] if told.any() else texts
    place = ranks.of_texts[texts]
    best = texts[place == place.min()]
    scores = np.asarray(index.scores)
    lead = []
    for text in best:
        image, row = owner[text], scores[owner[text]]
        rivals = np.r_[np.delete(scores[:, text], image), row[owner != image]]
        lead.append(scores[image, text] - rivals.max() if len(rivals) else 0.0)
    text = int(best[int(np.argmax(lead))])
    return int(owner[text]), text
