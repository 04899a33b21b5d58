"""What splits must share, and what they must not; and what they will take of memory."""
import math
from itertools import combinations

from vsrlab.data.corpus import Corpus
from vsrlab.data.examine.finding import Finding, named, only_numbers
from vsrlab.data.folders import part_of
from vsrlab.data.sources import same_source, source_of
from vsrlab.data.store import size_in_words
from vsrlab.errors import Problem

FEW = 100                        # queries: of fewer, one more right answer moves a recall by more than a point


def few(corpora: list) -> list:
    """Splits to measure on that are too small for their recalls to say much."""
    return [Finding("warning", f"{c.split}: {len(c):,} images are few to measure on: one more right answer moves a recall by "
                    f"{100 / len(c):.0f} points",
                    "give more photos, or this split a larger share, such as --split train=0.6,val=0.2,test=0.2")
            for c in corpora if c.split != "train" and 0 < len(c) < FEW]


def together(corpora: list, marks: dict) -> list:
    """What splits must share and what they must not."""
    found, sizes = [], {c.split: c.regions.shape[2] for c in corpora}
    if len(set(sizes.values())) > 1:
        found.append(Finding("broken", "the splits have different features: " + ", ".join(f"{s} {n}" for s, n in sizes.items()),
                             "extract all splits with the same extractor"))
    for one, two in combinations(sorted(corpora, key=lambda c: c.split == "train"), 2):      # what is shared is to leave the others
        if sizes[one.split] == sizes[two.split]:
            found += _unlike(one, two)
        if not part_of(one.split, two.split):                                   # test is the first thousand of testall
            found += _shared(one, two, marks)
    return found


def _unlike(one: Corpus, two: Corpus) -> list:
    try:
        same_source({**source_of(one), "extractor": ""}, two)
        return []
    except Problem as problem:
        return [Finding("broken", f"{one.split} and {two.split} hold features of two extractors: "
                        f"{str(problem).partition(': ')[2].partition(';')[0]}", "extract all splits with the same extractor")]


def _shared(one: Corpus, two: Corpus, marks: dict) -> list:
    """Images that stand in both splits, by their features or by their ids."""
    same = (set(marks.get(one.split, ())) & set(marks.get(two.split, ()))) - {None}
    ids = set() if only_numbers(one.ids) or only_numbers(two.ids) else set(one.ids) & set(two.ids)
    found = []
    for shared, what in ((same, "the same features"), (ids, "the same id")):
        rows = [r for r in range(len(one)) if shared and (marks[one.split][r] if shared is same else one.ids[r]) in shared]
        if rows and not (found and set(rows) <= set(found[0][1])):
            found.append((Finding("warning", f"{len(rows):,} images of {one.split} are in {two.split} too ({what}), "
                                  f"{named(one.ids, rows)}: what is measured there was trained on",
                                  f"leave them out of {one.split}, in the captions before extracting again or with "
                                  "corpus.images([rows to keep])"), rows))
    return [finding for finding, _ in found]


def memory(corpora: list) -> list:
    """What training and measuring will hold."""
    if not corpora:
        return []
    disk = sum(math.prod(c.regions.shape) * c.regions.dtype.itemsize for c in corpora)
    batch = max(128 * c.regions.shape[1] * c.regions.shape[2] * 4 for c in corpora)
    index = max(c.regions.shape[0] * c.regions.shape[1] for c in corpora if c.split != "train" or len(corpora) == 1) * 1024 * 4
    disk, batch, index = map(size_in_words, (disk, batch, index))
    return [Finding("note", f"memory: {disk} of features stay on disk; a training batch of 128 takes {batch} and four are held; "
                            f"measuring the largest split with D = 1024 holds {index} of encoded regions")]
