"""Published figures beside measured ones, only where both are of one data set, one split and one protocol."""
import re

from vsrlab.published import book

SETS = {"Flickr8K": "f(lickr)?8k", "Flickr30K": "f(lickr)?30k", "COCO": "(ms)?coco"}
GALLERIES = {("Flickr8K", 1000, 5000, 1): "test-1K", ("Flickr30K", 1000, 5000, 1): "test-1K", ("COCO", 1000, 5000, 5): "test-1K",
             ("COCO", 5000, 25000, 1): "test-5K", ("COCO", 1000, 5000, 1): "test-1K (1 fold)"}
SIX = [(side, f"R@{k}") for side in ("i2t", "t2i") for k in (1, 5, 10)]


def where(board) -> tuple | None:
    """(data set, split) as they are published of what the board was measured on; None where that is something else.

    The split has to be the test split, with as many images and texts as the published one, in as many galleries.
    """
    stamp = board.stamp
    name = (board.dataset or stamp.get("corpus", "")).casefold()
    known = next((known for known, pattern in SETS.items() if re.search(rf"(?<![a-z0-9]){pattern}(?![a-z0-9])", name)), None)
    gallery = stamp.get("gallery") or [0, 0]
    split = GALLERIES.get((known, gallery[0], gallery[1], stamp.get("folds", 1)))
    return (known, split) if split and stamp.get("split") == "test" else None


def rows(board, entry) -> list:
    """The printed rows of a system, all six recalls, that may stand beside a row of the board; [] for options of its own."""
    place = where(board)
    if place is None or entry.options or entry.ensemble:
        return []
    whole = book.read()
    system = next((name for name, about in whole.systems.items() if about.get("row") == entry.model), None)
    return [row for row in whole.rows if row.system == system and (row.dataset, row.split) == place
            and all(row.cells.get(key) and row.cells[key].value is not None for key in SIX)]


def rsum(row) -> float:
    """The sum of the six printed recalls of a row."""
    return sum(row.cells[key].value for key in SIX)


def said(board, entry) -> str:
    """'389.2 to 465.0 (6 printed rows)', or "" where nothing may stand beside."""
    found = sorted(rsum(row) for row in rows(board, entry))
    if not found:
        return ""
    span = f"{found[0]:.1f}" if len(found) == 1 else f"{found[0]:.1f} to {found[-1]:.1f}"
    return f"{span} ({len(found)} printed row{'s' * (len(found) > 1)})"
