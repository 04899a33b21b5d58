"""What is wrong with a folder of features, and how to mend it."""
import warnings
from pathlib import Path

import numpy as np

from vsrlab.arrays import npy
from vsrlab.data.captions import utf8_lines
from vsrlab.data.corpus import Corpus
from vsrlab.data.examine.finding import Finding, outlive
from vsrlab.data.examine.photos import photos
from vsrlab.data.examine.texts import captions
from vsrlab.data.examine.together import few, memory, together
from vsrlab.data.examine.vectors import boxes, features
from vsrlab.data.folders import AGAIN, about, frame, interrupted, none_in, splits
from vsrlab.data.pictures import PhotoOf
from vsrlab.data.precomputed import Joined, assembled

__all__ = ["Finding", "examine"]


def examine(folder, progress: bool = False) -> list:
    """Everything that would trip training on a precomputed folder: [Finding, ...]; whatever the folder holds, it goes on."""
    folder, corpora, marks = Path(folder), [], {}
    if not splits(folder):
        return [Finding("broken", *none_in(folder))]
    found = [Finding("warning", f"{split}: an extraction was interrupted and left {len(left)} files, such as {left[0].name}",
                     f"{AGAIN}; or remove them: rm '{folder}'/.{split}_*") for split, left in interrupted(folder).items()]
    said = outlive(found, "features.json", about, folder, instead={})
    for split in splits(folder):
        corpus = _split(folder, split, said, found)
        if corpus is None:
            outlive(found, f"{split}_ids.txt", _photos_alone, folder, split, said, found, progress)
            continue
        corpora.append(corpus)
        marks[split] = outlive(found, f"{split}_ims.npy", features, corpus, found, progress) or []
        outlive(found, f"{split}_boxes.npy or {split}_confidence.npy", boxes, corpus, found)
        if corpus.photo is not None:
            outlive(found, f"{split}_sizes.npy or {split}_ids.txt", photos, split, corpus.photo, found, progress)
    whole = [corpus for corpus in corpora if marks[corpus.split]]
    return (found + few(corpora) + (outlive(found, "the splits", together, whole, marks) or []) + memory(corpora))


def _split(folder: Path, split: str, said: dict, found: list) -> Corpus | None:
    """The corpus, without the pieces that cannot be read; findings about its files and captions are added."""
    place, file = len(found), folder / f"{split}_caps.txt"
    kinds = [kind for kind, name in (("boxes", "ims"), ("grid", "grid")) if (folder / f"{split}_{name}.npy").exists()]
    regions = "both" if len(kinds) == 2 else (kinds or ["boxes"])[0]
    texts = outlive(found, file.name, captions, file, found)

    def attempt(files, instead, read, *given):
        unread = files == file.name and texts is None            # then it was said
        return instead if unread else outlive(found, files, read, *given, instead=instead)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        corpus = outlive(found, f"{split}_*", assembled, folder, split, regions, texts or [], said, attempt)
    if corpus is None:
        return None
    images, parts, size = corpus.regions.shape
    if isinstance(corpus.regions, Joined):
        parts = "({} + {} grid)".format(*(p.shape[1] for p in corpus.regions.parts))
    counts = np.bincount(corpus.image_of_text, minlength=images)
    least, most = (counts.min(), counts.max()) if counts.size else (0, 0)
    each = f"{least} each" if least == most else f"{least} to {most} each"
    found.insert(place, Finding("ok", f"{split}: {images:,} images x {parts} regions x {size} features, {corpus.regions.dtype}; "
                                f"{len(corpus.texts):,} captions ({each}); {'boxes' if corpus.boxes is not None else 'no boxes'}; "
                                f"{'photos' if corpus.photo else 'no photos'}"))
    for name in said.get("nets", {}):
        found += outlive(found, f"{split}_{name}.npy", _net, folder / f"{split}_{name}.npy", name, images) or []
    return corpus


def _net(path: Path, name: str, images: int) -> list:
    """Findings about the whole-photo vectors of one network: a row for every image."""
    again = "remove the file, and give the same vsrlab features command again: it makes what is missing, and no more"
    if not path.exists():
        return [Finding("note", f"{path.name} is not there, so models cannot read whole-photo vectors of {name} of this split",
                        "give the same vsrlab features command again")]
    rows = npy(path)[0][0]
    return [] if rows == images else [Finding("broken", f"{path.name} has {rows:,} rows for {images:,} images", again)]


def _photos_alone(folder: Path, split: str, said: dict, found: list, progress: bool):
    """The photos of a split whose features cannot be read, as far as they are listed."""
    listed = folder / f"{split}_ids.txt"
    if said.get("photos") and listed.is_file():
        ids = [line.strip() for line in utf8_lines(listed)]
        photos(split, PhotoOf(folder / said["photos"], ids, "", None, frame(said)), found, progress)
