"""Features, boxes and confidence: every value of them is looked at."""
from collections import Counter

import numpy as np

from vsrlab.data.batches import as_float32, sound
from vsrlab.data.corpus import Corpus
from vsrlab.data.examine.finding import Finding, named
from vsrlab.progress import pace

_BLOCK = 64 << 20                # bytes of features looked at together


def features(corpus: Corpus, found: list, progress: bool) -> list:
    """A short mark of every image's features, after a look at every value: NaN, infinity, huge numbers, rows of zeros."""
    images, regions, size = corpus.regions.shape
    step = max(1, _BLOCK // max(1, regions * size * 4))
    marks, odd, huge, blank, padding = [], [], [], [], 0
    with pace(images, corpus.split, " images", show=progress) as bar:
        for start in range(0, images, step):
            rows = corpus.regions[start:start + step]
            values = as_float32(rows)
            finite, real = sound(values)                                                                     # (block, R)
            for row in (~finite).any(1).nonzero()[:, 0].tolist():
                (huge if values[row].isfinite().all() else odd).append(start + row)
            blank += (start + (~real).all(1).nonzero()[:, 0]).tolist()
            padding += int((~real).sum())
            marks += [hash(row[0].tobytes() + row[-1].tobytes()) for row in rows]
            bar.update(len(rows))
    for some, what in ((odd, "NaN or infinite features"), (huge, "features that are too large to add up")):
        if some:
            found.append(Finding("broken", f"{corpus.split}: {len(some):,} images hold {what}, {named(corpus.ids, some)}",
                                 "extract these photos again, or, in Python, leave them out: corpus.images([rows to keep])"))
    if blank:
        found.append(Finding("warning", f"{corpus.split}: {len(blank):,} images are all zeros, {named(corpus.ids, blank)}",
                             "extract these photos again: nothing can match them"))
    padding -= len(blank) * regions
    if padding:
        found.append(Finding("note", f"{corpus.split}: {padding / (images * regions):.1%} of the regions are zeros: padding"))
    for row in blank:
        marks[row] = None
    seen = Counter(mark for mark in marks if mark is not None)
    twins = [row for row, mark in enumerate(marks) if seen[mark] > 1]
    if twins:
        most = 2 * len(twins) > images
        found.append(Finding("warning" if most else "note",
                             f"{corpus.split}: {len(twins):,} images share their features with another "
                             f"one, {named(corpus.ids, twins)}; retrieval cannot tell them apart",
                             "extract again: so many equal vectors come from one photo, or from a model that sees nothing" * most))
    return marks


def boxes(corpus: Corpus, found: list):
    """Boxes that leave their photo, are empty, or are not numbers; confidence that is none; regions out of order."""
    if corpus.boxes is not None:
        values = np.asarray(corpus.boxes, np.float64)
        real = np.abs(values).max(-1, initial=0) != 0                           # padding has a box of zeros
        bad = ~np.isfinite(values).all(-1)
        outside = ((values < -1e-3) | (values > 1 + 1e-3)).any(-1)
        empty = real & ~bad & ((values[..., 2] <= values[..., 0]) | (values[..., 3] <= values[..., 1]))
        for flags, level, what, repair in (
                (bad, "broken", "are not finite", "make the boxes again with the features"),
                (outside, "warning", "reach outside their photo",
                 "divide them by the width and height of the photo they were found in"),
                (empty, "warning", "are empty", "boxes are x1 y1 x2 y2, not x y width height: add the first two to the last two")):
            if flags.any():
                rows = np.flatnonzero(flags.any(1)).tolist()
                found.append(Finding(level, f"{corpus.split}: {int(flags.sum()):,} boxes {what}, {named(corpus.ids, rows)}",
                                     repair))
    if corpus.confidence is not None and corpus.confidence.size:
        values = np.asarray(corpus.confidence, np.float64)
        odd = ~((values >= -1e-3) & (values <= 1 + 1e-3))                       # NaN is odd too
        if odd.any():
            rows = np.flatnonzero(odd.any(1)).tolist()
            found.append(Finding("warning", f"{corpus.split}: {int(odd.sum()):,} scores of the detector are not between 0 and 1, "
                                 f"{named(corpus.ids, rows)}",
                                 f"write them as shares of 1, or remove {corpus.split}_confidence.npy"))
        mixed = (np.diff(values, axis=1) > 1e-6).any(1).mean()
        if mixed > 0.01:
            found.append(Finding("note", f"{corpus.split}: {mixed:.0%} of the images have regions out of order of confidence; "
                                 "VSRN's GRU reads them in the order of the file"))
