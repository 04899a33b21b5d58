"""What is wrong with a folder of features, and how to mend it."""
import math
import warnings
from collections import Counter
from itertools import combinations
from pathlib import Path
from typing import NamedTuple

import numpy as np

from vsrlab.data.batches import single, sound
from vsrlab.data.captions import read_lines, unbytes
from vsrlab.data.corpus import Corpus
from vsrlab.data.folders import AGAIN, interrupted, none_in, part_of, splits
from vsrlab.data.precomputed import Joined, precomputed
from vsrlab.data.store import readable
from vsrlab.data.words import tokenise
from vsrlab.errors import Problem
from vsrlab.progress import pace

_BLOCK = 64 << 20                # bytes of features looked at together
_LONG = 100                      # words of a caption that looks like several


class Finding(NamedTuple):
    """One thing that was looked at."""
    level: str                   # "ok", "note", "warning": results may suffer, "broken": it cannot be used
    what: str
    repair: str = ""             # one line: what to type or do


def examine(folder, progress: bool = False) -> list:
    """Everything that would trip training on a precomputed folder: [Finding, ...]; whatever the folder holds, it goes on."""
    folder, corpora, marks = Path(folder), [], {}
    if not splits(folder):
        return [Finding("broken", *none_in(folder))]
    found = [Finding("warning", f"{split}: an extraction was interrupted and left {len(left)} files, such as {left[0].name}",
                     f"{AGAIN}; or remove them: rm '{folder}'/.{split}_*") for split, left in interrupted(folder).items()]
    for split in splits(folder):
        corpus = _outlive(found, f"{split}_*", _split, folder, split, found)
        if corpus is not None:
            corpora.append(corpus)
            marks[split] = _outlive(found, f"{split}_ims.npy", _features, corpus, found, progress) or []
            _outlive(found, f"{split}_boxes.npy or {split}_confidence.npy", _boxes, corpus, found)
            _outlive(found, f"{split}_sizes.npy or {split}_ids.txt", _photos, corpus, found)
    return found + _together(corpora, marks) + _memory(corpora)


def _outlive(found: list, files: str, look, *given):
    """look(*given); None and a finding about these files where they are so odd that it fails."""
    try:
        return look(*given)
    except Problem as problem:
        found.append(_said(problem, "broken"))
    except (ValueError, TypeError, LookupError, ArithmeticError, OSError) as error:
        found.append(Finding("broken", f"{files} cannot be used: {type(error).__name__}, {' '.join(str(error).split())}",
                             "make these files again, or copy them again from where they are whole"))


def _said(problem: Problem, level: str) -> Finding:
    """A Problem's sentence, cut where its repair begins."""
    what, _, repair = str(problem).partition("; ")
    return Finding(level, what, repair)


def _split(folder: Path, split: str, found: list) -> Corpus:
    """The corpus; findings about its files and captions are added."""
    file, place = folder / f"{split}_caps.txt", len(found)
    kinds = [kind for kind, name in (("boxes", "ims"), ("grid", "grid")) if (folder / f"{split}_{name}.npy").exists()]
    regions = "both" if len(kinds) == 2 else (kinds or ["boxes"])[0]
    spelled = sum(unbytes(line) != line for line in file.read_bytes().decode("utf-8", errors="replace").split("\n"))
    if spelled:
        found.append(Finding("warning", f"{file.name}: {spelled:,} captions are spelled as bytes (b'...'), which makes unknown "
                             "words of their first and last; vsrlab reads the text they stand for, other programs do not",
                             f"python -c \"from vsrlab.data.captions import mend; mend('{file}')\""))
    texts = read_lines(file, allow_empty=True)
    found += _captions(file.name, texts)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        corpus = precomputed(folder, split, regions=regions, allow_empty=True)
    images, parts, size = corpus.regions.shape
    if isinstance(corpus.regions, Joined):
        parts = "({} + {} grid)".format(*(p.shape[1] for p in corpus.regions.parts))
    counts = np.bincount(corpus.image_of_text, minlength=images)
    each = f"{counts.min()} each" if counts.min() == counts.max() else f"{counts.min()} to {counts.max()} each"
    found.insert(place, Finding("ok", f"{split}: {images:,} images x {parts} regions x {size} features, {corpus.regions.dtype}; "
                                f"{len(texts):,} captions ({each}); {'boxes' if corpus.boxes is not None else 'no boxes'}; "
                                f"{'photos' if corpus.photo else 'no photos'}"))
    return corpus


def _captions(name: str, texts: list) -> list:
    """Findings about the sentences themselves."""
    words = [len(tokenise(text)) for text in texts]
    empty = [n for n, text in enumerate(texts, 1) if not text]
    wordless = [n for n, (text, count) in enumerate(zip(texts, words), 1) if text and not count]
    long = [n for n, count in enumerate(words, 1) if count > _LONG]
    garbled = [n for n, text in enumerate(texts, 1) if "\ufffd" in text or "Ã" in text]
    found = []
    if empty:
        found.append(Finding("broken", f"{name}: {len(empty):,} captions are empty, {_some('line', empty)}",
                             "write a sentence on each of these lines; in Python, allow_empty=True reads them too"))
    if wordless:
        found.append(Finding("warning", f"{name}: {len(wordless):,} captions hold no word, {_some('line', wordless)}",
                             "write a sentence on each of these lines"))
    if long:
        found.append(Finding("warning", f"{name}: {len(long):,} captions have more than {_LONG} words (up to {max(words):,}), "
                             f"{_some('line', long)}: each makes its whole batch slow", "shorten these lines; where line breaks "
                             "were lost, put them back, one caption a line"))
    if garbled:
        found.append(Finding("warning", f"{name}: {len(garbled):,} captions look wrongly decoded (Ã, \ufffd), "
                             f"{_some('line', garbled)}", "fetch the original captions and keep them UTF-8"))
    return found


def _features(corpus: Corpus, found: list, progress: bool) -> list:
    """A short mark of every image's features, after a look at every value: NaN, infinity, rows of zeros."""
    images, regions, size = corpus.regions.shape
    step = max(1, _BLOCK // max(1, regions * size * 4))
    marks, odd, blank, padding = [], [], [], 0
    with pace(images, corpus.split, " images", show=progress) as bar:
        for start in range(0, images, step):
            rows = corpus.regions[start:start + step]
            finite, real = sound(single(rows))                                                               # (block, R)
            odd += (start + (~finite).any(1).nonzero()[:, 0]).tolist()
            blank += (start + (~real).all(1).nonzero()[:, 0]).tolist()
            padding += int((~real).sum())
            marks += [hash(row[0].tobytes() + row[-1].tobytes()) for row in rows]
            bar.update(len(rows))
    if odd:
        found.append(Finding("broken", f"{corpus.split}: {len(odd):,} images hold NaN or infinite features, {_named(corpus, odd)}",
                             "extract these photos again, or, in Python, leave them out: corpus.images([rows to keep])"))
    if blank:
        found.append(Finding("warning", f"{corpus.split}: {len(blank):,} images are all zeros, {_named(corpus, blank)}",
                             "extract these photos again: nothing can match them"))
    padding -= len(blank) * regions
    if padding:
        found.append(Finding("note", f"{corpus.split}: {padding / (images * regions):.1%} of the regions are zeros: padding"))
    for row in blank:
        marks[row] = None
    seen = Counter(mark for mark in marks if mark is not None)
    twins = [row for row, mark in enumerate(marks) if seen[mark] > 1]
    if twins:
        found.append(Finding("note", f"{corpus.split}: {len(twins):,} images share their features with another one, "
                             f"{_named(corpus, twins)}; retrieval cannot tell them apart"))
    return marks


def _boxes(corpus: Corpus, found: list):
    """Boxes that leave their photo, are empty, or are not numbers; regions out of order."""
    if corpus.boxes is not None:
        boxes = np.asarray(corpus.boxes, np.float64)
        real = np.abs(boxes).max(-1, initial=0) != 0                            # padding has a box of zeros
        bad = ~np.isfinite(boxes).all(-1)
        outside = ((boxes < -1e-3) | (boxes > 1 + 1e-3)).any(-1)
        empty = real & ~bad & ((boxes[..., 2] <= boxes[..., 0]) | (boxes[..., 3] <= boxes[..., 1]))
        for flags, level, what, repair in (
                (bad, "broken", "are not finite", "make the boxes again with the features"),
                (outside, "warning", "reach outside their photo",
                 "divide them by the width and height of the photo they were found in"),
                (empty, "warning", "are empty", "boxes are x1 y1 x2 y2, not x y width height: add the first two to the last two")):
            if flags.any():
                rows = np.flatnonzero(flags.any(1)).tolist()
                found.append(Finding(level, f"{corpus.split}: {int(flags.sum()):,} boxes {what}, {_named(corpus, rows)}", repair))
    if corpus.confidence is not None and corpus.confidence.size:
        mixed = (np.diff(np.asarray(corpus.confidence, np.float64), axis=1) > 1e-6).any(1).mean()
        if mixed > 0.01:
            found.append(Finding("note", f"{corpus.split}: {mixed:.0%} of the images have regions out of order of confidence; "
                                 "VSRN's GRU reads them in the order of the file"))


def _photos(corpus: Corpus, found: list):
    """Photos that are missing, cannot be read, or have another shape than the one the boxes were found in."""
    if corpus.photo is None:
        return
    missing = [row for row in range(len(corpus)) if not corpus.photo.path(row).is_file()]
    if missing:
        found.append(Finding("warning", f"{corpus.split}: {len(missing):,} photos are not in {corpus.photo.folder}, "
                             f"{_named(corpus, missing)}", corpus.photo.remedy))
    there = sorted(set(range(len(corpus))) - set(missing))
    for row in there[::max(1, len(there) // 8)]:
        try:
            width, height = corpus.photo(row).size
        except Problem as problem:
            found.append(_said(problem, "warning"))
            continue
        if corpus.sizes is not None and abs(width / height / (corpus.sizes[row][0] / corpus.sizes[row][1]) - 1) > 0.1:
            found.append(Finding("warning", f"{corpus.split}: photo {corpus.ids[row]} is {width} x {height}, its boxes were found "
                                 "in {} x {}".format(*corpus.sizes[row]), "use the photos the features were made from"))


def _together(corpora: list, marks: dict) -> list:
    """What splits must share and what they must not."""
    found, sizes = [], {c.split: c.regions.shape[2] for c in corpora}
    if len(set(sizes.values())) > 1:
        found.append(Finding("broken", "the splits have different features: " + ", ".join(f"{s} {n}" for s, n in sizes.items()),
                             "extract all splits with the same extractor"))
    for one, two in combinations(corpora, 2):
        if part_of(one.split, two.split):
            continue                                                            # test is the first thousand of testall
        same = (set(marks[one.split]) & set(marks[two.split])) - {None}
        ids = set() if _numbered(one) or _numbered(two) else set(one.ids) & set(two.ids)
        for shared, what in ((same, "the same features"), (ids, "the same id")):
            if shared:
                rows = [r for r in range(len(one)) if (marks[one.split][r] if shared is same else one.ids[r]) in shared]
                found.append(Finding("warning", f"{len(rows):,} images of {one.split} are in {two.split} too ({what}), "
                                     f"{_named(one, rows)}: what is measured there was trained on",
                                     f"leave them out of {one.split}, in the captions before extracting again or with "
                                     "corpus.images([rows to keep])"))
                break
    return found


def _memory(corpora: list) -> list:
    """What training and measuring will hold."""
    if not corpora:
        return []
    disk = sum(math.prod(c.regions.shape) * c.regions.dtype.itemsize for c in corpora)
    batch = max(128 * c.regions.shape[1] * c.regions.shape[2] * 4 for c in corpora)
    index = max(c.regions.shape[0] * c.regions.shape[1] for c in corpora if c.split != "train" or len(corpora) == 1) * 1024 * 4
    return [Finding("note", f"memory: {readable(disk)} of features stay on disk; a training batch of 128 takes {readable(batch)} "
                    f"and four are held; measuring the largest split with D = 1024 holds {readable(index)} of encoded regions")]


def _numbered(corpus: Corpus) -> bool:
    """Whether the ids are only row numbers, which say nothing about the photo."""
    return corpus.ids == [str(i) for i in range(len(corpus))]


def _some(word: str, numbers: list) -> str:
    return f"{word}{'s' if len(numbers) > 1 else ''} {', '.join(map(str, numbers[:5]))}{' ...' if len(numbers) > 5 else ''}"


def _named(corpus: Corpus, rows: list) -> str:
    return _some("row", rows) + ("" if _numbered(corpus) else f" (id {corpus.ids[rows[0]]}{' ...' if len(rows) > 1 else ''})")
