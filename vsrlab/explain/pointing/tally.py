"""What was answered in the pointing game, counted: of each caption, then over photos, with intervals, as a table."""
from typing import NamedTuple

import numpy as np

from vsrlab.errors import Problem
from vsrlab.measure.significance import bootstrap

CHANCE = "a region at random"


class Played(NamedTuple):
    """One caption: U words or phrases, answered by N answers in turn.  Shares are 0 or 1, between them for an answer by lot."""
    image: int
    named: dict                # answer -> (U, U)  share that the answer for one lies on another's place; its own on the diagonal
    centre: dict               # answer -> (U,)    share whose middle lies in a box
    part: dict                 # answer -> (U,)    share whose middle lies in a box although it is no hit
    answered: np.ndarray       # (U,)     does a region answer it at all?
    apart: np.ndarray          # (U, U)   are the places of the two different?
    unread: int                # words and phrases of which the vocabulary knows no word

    def sums(self, answer: str) -> np.ndarray:
        """(7,) sums: hits, hits where a region answers, middles, parts; own and other's place over pairs, their difference."""
        named = self.named[answer]
        own = np.broadcast_to(np.diag(named)[:, None], named.shape)
        return np.array([np.trace(named), np.diag(named)[self.answered].sum(), self.centre[answer].sum(), self.part[answer].sum(),
                         own[self.apart].sum(), named[self.apart].sum(), (own - named)[self.apart].sum()])

    @property
    def sizes(self) -> np.ndarray:
        """(4,) words, words that a region answers, pairs of different places, 1 for a caption with words."""
        return np.array([len(self.answered), self.answered.sum(), self.apart.sum(), len(self.answered) > 0])


def played(image: int, chosen: dict, near, middle, boxes_apart, answered, unread: int = 0) -> Played:
    """Count the answers of one caption.

    chosen    answer -> (U, C) the share of each of C candidates, rows sum to one
    near, middle (C, U)  does a candidate lie on the place of a word, is its middle inside?
    """
    named = {name: share @ near for name, share in chosen.items()}
    centre = {name: (share * middle.T).sum(1) for name, share in chosen.items()}
    part = {name: (share * (middle & ~near).T).sum(1) for name, share in chosen.items()}
    return Played(image, named, centre, part, np.asarray(answered, bool), np.asarray(boxes_apart, bool), unread)


def tabled(plays: list, model: str, control: str = "random weights"):
    """-> DataFrame: the model, its control and their difference, then the answers that read no word; see `pointing_game`."""
    import pandas as pd
    plays = [one for one in plays if len(one.answered)]
    if not plays:
        raise Problem("none of these words names a region; play on more images, or lower `least`.")
    _, image = np.unique([one.image for one in plays], return_inverse=True)
    by_image = lambda rows: np.stack([np.bincount(image, weights=column) for column in np.array(rows, float).T], 1)
    sizes = by_image([one.sizes for one in plays])
    sums = {name: by_image([one.sums(name) for one in plays]) for name in plays[0].named}
    others = [name for name in sums if name not in (model, control)]
    rows = [_row(name, sums[name], sizes) for name in (model, control)]
    rows.append(_row("difference", sums[model] - sums[control], sizes))
    chance = rows[0] if CHANCE not in sums else _row(CHANCE, sums[CHANCE], sizes)
    for row in rows[:2]:
        row["chance"] = chance["hit rate"]
    table = pd.DataFrame(rows + [_row(name, sums[name], sizes) for name in others])
    table.attrs |= {"answered": int(sizes[:, 1].sum()), "compared": int(sizes[:, 2].sum()), "photos": len(sizes),
                    "unread": sum(one.unread for one in plays), "ahead": _ahead(sums, sizes, model, others)}
    return table


def _ahead(sums, sizes, model: str, others: list) -> dict:
    """{answer: {"hit rate": (difference, low, high), "centre": ...}}: the model beside each answer, photo by photo, in points."""
    words, found = sizes[:, 0], {}
    for name in others:
        gap = sums[model] - sums[name]
        found[name] = {what: (100 * gap[:, at].sum() / words.sum(), *(100 * end for end in bootstrap(gap[:, at], words)))
                       for what, at in (("hit rate", 0), ("centre", 2))}
    return found


def _row(name: str, sums, sizes) -> dict:
    """One answer: sums (I, 7) and sizes (I, 4) of each photo."""
    words, answered, compared, captions = sizes.T
    share = lambda part, of: 100 * part.sum() / of.sum() if of.sum() else np.nan
    ends = lambda part, of: tuple(100 * end for end in bootstrap(part, of))
    hits, inside, centre, part, own, other, gap = sums.T
    row = {"model": name, "pairs": int(captions.sum()), "words": int(words.sum()), "hit rate": share(hits, words)}
    row |= dict(zip(("low", "high"), ends(hits, words))) | {"chance": np.nan, "answered": share(inside, answered)}
    row |= {"centre": share(centre, words)} | dict(zip(("centre low", "centre high"), ends(centre, words)))
    row |= {"part": share(part, words), "own": share(own, compared), "other": share(other, compared)}
    row |= {"within": share(gap, compared)}
    return row | dict(zip(("within low", "within high"), ends(gap, compared)))
