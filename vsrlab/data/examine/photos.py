"""Photos: each one's name and header is looked at, and the pixels of those that look cut short."""
import os
from collections import Counter
from pathlib import Path

from vsrlab.data.examine.finding import Finding, named, only_numbers, said
from vsrlab.data.names import inside, led_out
from vsrlab.data.pictures import PhotoOf, header, open_photo
from vsrlab.errors import Problem
from vsrlab.progress import pace

_SAMPLE = 8                      # photos whose pixels are read whatever their end looks like
_ENDS = {b"\xff\xd8": b"\xff\xd9", b"\x89P": b"IEND"}          # how JPEG and PNG begin -> what stands near their end


def photos(split: str, photo: PhotoOf, found: list, progress: bool):
    """Photos that are missing or outside, cannot be read, are turned, or have another shape than the one of their boxes."""
    ids = photo.ids
    twice = [row for row, n in enumerate(ids) if Counter(ids)[n] > 1] if len(set(ids)) < len(ids) else []
    if twice:
        found.append(Finding("warning",
                             f"{split}: {len(twice):,} images have the id of another one, {named(ids, twice)}: one of them "
                             "shows a wrong photo",
                             f"write each photo's own name into {split}_ids.txt, in the order of the features"))
    outside = [] if only_numbers(ids) else [row for row, name in enumerate(ids) if not inside(name.replace("\\", "/"))]
    if outside:
        found.append(Finding("warning",
                             f"{split}: {len(outside):,} names of photos lead out of {photo.folder}, {named(ids, outside)}; "
                             "they are not opened there", "write names, or paths below that folder; be careful with a folder that "
                             "somebody else made"))
    missing = [row for row in range(len(ids)) if row not in set(outside) and not photo.path(row).is_file()]
    if missing:
        found.append(Finding("warning", f"{split}: {len(missing):,} photos are not in {photo.folder}, {named(ids, missing)}",
                             photo.remedy))
    there = sorted(set(range(len(ids))) - {*missing, *outside})
    if linked := led_out(photo.folder, [os.path.relpath(photo.path(row), photo.folder) for row in there]):
        found.append(Finding("note", f"{split}: {len(linked):,} photos are links that lead out of {photo.folder}, such as "
                             f"{linked[0]}; they are read where the links lead"))
    _differ(split, photo, there, found)
    _headers(split, photo, there, found, progress)


def _differ(split: str, photo: PhotoOf, there: list, found: list):
    """Notes about names that are spelled otherwise, and about links that lead elsewhere."""
    differs = [row for row in there if photo.differs(row)]
    if differs:
        found.append(Finding("note",
                             f"{split}: {len(differs):,} photos have another name than their id ({photo.differs(differs[0])}), "
                             f"{named(photo.ids, differs)}"))
    root = Path(os.path.realpath(photo.folder))
    linked = [row for row in there if photo.path(row).is_symlink()]
    links = [row for row in linked if not Path(os.path.realpath(photo.path(row))).is_relative_to(root)]
    if links:
        found.append(Finding("note", f"{split}: {len(links):,} photos are links to files outside of {photo.folder}, "
                             f"{named(photo.ids, links)}"))


def _headers(split: str, photo: PhotoOf, there: list, found: list, progress: bool):
    """Every photo's header beside the size that its boxes were found in."""
    spoilt, shapes, turned, frames = [], [], [], Counter()
    sample = set(there[::max(1, len(there) // _SAMPLE)])
    with pace(len(there), f"{split} photos", " photos", show=progress) as bar:
        for row in there:
            bar.update()
            path = photo.path(row)
            try:
                head = header(path)
                if row in sample or _cut(path):
                    open_photo(path)
            except Problem as problem:
                spoilt.append((row, problem))
                continue
            frame = photo.frame or photo.told(row, head)
            if head.turn > 1:
                turned += [row] * (not frame)
                frames[frame] += 1
            if photo.sizes is not None and not _alike(head, photo.sizes[row]):
                shapes.append((row, head.upright))
    rows = [row for row, _ in spoilt]
    found += [said(problem, "warning") for _, problem in spoilt[:5]]
    if len(spoilt) > 5:
        found.append(Finding("warning", f"{split}: {len(spoilt):,} photos in all cannot be read, {named(photo.ids, rows)}",
                             "copy them again"))
    if shapes:
        row, size = shapes[0]
        more = f", and {len(shapes):,} photos in all have another shape than theirs" * (len(shapes) > 1)
        found.append(Finding("warning", f"{split}: photo {photo.ids[row]} is {size[0]} x {size[1]}, its boxes were found in "
                             "{} x {}".format(*photo.sizes[row]) + more, "use the photos the features were made from"))
    _turned(split, photo, turned, frames, found)


def _turned(split: str, photo: PhotoOf, turned: list, frames: Counter, found: list):
    """Photos that their camera turned: how they are shown, or that this cannot be told."""
    if frames["stored"]:
        found.append(Finding("note", f"{split}: {frames['stored']:,} photos that their camera turned are shown as they are stored, "
                             "as their boxes were found"))
    if turned and len(set(frames) - {""}) != 1:
        found.append(Finding("warning", f"{split}: {len(turned):,} photos are turned by their camera's note, "
                             f"{named(photo.ids, turned)}, and it cannot be told whether their boxes were found in the stored or "
                             "in the upright picture",
                             'write "frame": "stored" or "upright" into features.json, or give precomputed(..., frame=...)'))


def _alike(head, size) -> bool:
    """Whether a photo has the shape, as stored or upright, of the size its boxes were found in."""
    near = lambda width, height: abs(size[0] * height / (size[1] * width) - 1) < 0.1
    return near(*head.upright) or near(*head.size)


def _cut(path: Path) -> bool:
    """Whether a JPEG or PNG lacks its end."""
    with open(path, "rb") as file:
        end = _ENDS.get(file.read(2))
        file.seek(max(0, path.stat().st_size - 4096))
        return end is not None and end not in file.read()
