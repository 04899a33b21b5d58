"""Judges: do several people who judged the same pairs agree beyond chance?"""
from itertools import combinations
from typing import NamedTuple

from vsrlab.measure.agreement import cohen, fleiss, krippendorff
from vsrlab.wording import several, signed

UNNAMED = "(no name)"


class Agreed(NamedTuple):
    """Agreement on verdicts, "unsure" being one of them; nan where chance alone would agree fully, or nothing is shared."""
    authors: list              # J names
    judged: dict               # author -> pairs judged
    shared: int                # pairs that two people or more judged
    alike: int                 # of these, pairs on which all say the same
    cohen: dict                # (author, author) -> (kappa, pairs that both judged), of all who share a pair
    fleiss: float | None       # of three people or more, over the pairs that all of them judged; None where there is none
    whole: int                 # pairs that all of them judged
    alpha: float               # Krippendorff's, nominal: all pairs, labels may be missing

    def __str__(self) -> str:
        if not self.judged:
            return "Nobody judged a pair."
        who = several(f"{name or UNNAMED} ({self.judged[name]:,})" for name in self.authors)
        if len(self.authors) == 1:
            return f"One person judged: {who}; agreement needs a second one."
        said = f"{len(self.authors)} people judged: {who}."
        if not self.shared:
            return f"{said} No pair was judged by two of them, so nothing is known of their agreement."
        parts = [f"Cohen's kappa of {one or UNNAMED} and {other or UNNAMED} {number(kappa)} over {n:,} pairs"
                 for (one, other), (kappa, n) in self.cohen.items()] if len(self.authors) == 2 else []
        if self.fleiss is not None:
            parts.append(f"Fleiss' kappa {number(self.fleiss)} over the {self.whole:,} pairs that all judged")
        parts.append(f"Krippendorff's alpha {number(self.alpha)}")
        return f"{said} Of {self.shared:,} pairs that two or more judged they say the same of {self.alike:,}: {several(parts)}."


def number(kappa: float) -> str:
    """'0.62', or what nan means."""
    return signed(kappa, False) if kappa == kappa else "not defined (all labels are the same)"


def agreed(pairs: list, authors: list, labels: list) -> Agreed:
    """The Agreed of labels N x J, None where an author did not judge a pair."""
    said = [[label for label in row if label is not None] for row in labels]
    column = {name: [row[j] for row in labels] for j, name in enumerate(authors)}
    both = {(a, b): sum(x is not None and y is not None for x, y in zip(column[a], column[b]))
            for a, b in combinations(authors, 2)}
    whole = [row for row in labels if None not in row]
    shared = [row for row in said if len(row) > 1]
    return Agreed(authors, {name: sum(x is not None for x in some) for name, some in column.items()}, len(shared),
                  sum(len(set(row)) == 1 for row in shared),
                  {pair: (cohen(column[pair[0]], column[pair[1]]), n) for pair, n in both.items() if n},
                  fleiss(whole) if len(authors) > 2 and whole else None, len(whole),
                  krippendorff(labels) if shared else float("nan"))
