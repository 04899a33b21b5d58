"""Lesson 01: the letters of a corpus, a folder of features written from scenes, four ways to break it, and what the doctor says."""

import os
import shutil
from pathlib import Path

import numpy as np

from vsrlab import colours, draw
from vsrlab.checkup import doctor
from vsrlab.data.thumbnail import photo_of
from vsrlab.errors import unknown
from vsrlab.experiments.found import Found, own
from vsrlab.explain.reasoning import overlaps
from vsrlab.figures.layout import EDGE, WIDTH
from vsrlab.files import write_text
from vsrlab.wording import cut, several

SPLIT = "train"
NEAR = 1e-4


def letters(corpus) -> Found:
    """The letters of every shape in this kit, what they count, and how many it is here.  numbers: the letters"""
    images, regions, features = corpus.regions.shape
    words = max(len(text.split()) for text in corpus.texts)
    here = {"I": images, "T": len(corpus.texts), "R": regions, "F": features, "W": words}
    meaning = {
        "I": "images",
        "T": "texts: here five of every image",
        "R": "regions of an image",
        "F": "numbers that stand for a region",
        "W": "words of a text, here of the longest",
    }
    rows = [(name, meaning[name], f"{value:,}") for name, value in here.items()]
    rows.append(("D", "numbers of a vector in the joint space", "chosen by the model"))
    return Found(
        f"{corpus.name} holds regions ({images:,}, {regions}, {features}), which is (I, R, F), and {len(corpus.texts):,} texts.",
        ("letter", "what it counts", "here"),
        tuple(rows),
        here,
    )


def named_regions(corpus, text: int, word: str) -> Found:
    """Which regions of its photo a word of a text names, by the truth of scenes.  numbers: "regions" how many"""
    from vsrlab.data.words import tokenise

    place = [w for w, _, _ in tokenise(corpus.texts[text])].index(word)
    regions = [int(r) for r in corpus.truth.words[text][place]]
    return Found(
        f"“{word}” in “{cut(corpus.texts[text])}” names {len(regions)} of {corpus.regions.shape[1]} regions: "
        f"{several([str(r) for r in regions])}.",
        numbers={"regions": len(regions), "image": int(corpus.image_of_text[text]), "first": regions[0]},
    )


def captions_file(corpus, images: int = 6) -> list:
    """Lines of a captions file as old folders have it, "name#number<tab>caption", of the first images of a corpus."""
    return [f"{corpus.ids[i]}#{n}\t{corpus.texts[t]}" for i in range(images) for n, t in enumerate(corpus.texts_of(i))]


def owners(corpus, answer=None, images: int = 6) -> "Owners":
    """The captions file of some photos, read with the student's function, or with the library's while that is untouched."""
    return Owners(corpus, answer, images)


class Owners:
    """Photos with the captions that a function says are theirs.  found  in a sentence how many stand under the right photo"""

    def __init__(self, corpus, answer, images):
        self.corpus, lines = corpus, captions_file(corpus, images)
        self.lines = [lines[n] for n in np.random.default_rng(0).permutation(len(lines))]
        fits = lambda x: len(x) == 2 and len(x[1]) == len(self.lines) and max(x[1]) < len(x[0])
        (self.names, self.owner), self.whose = own(answer, _owners, "data_owner", list(self.lines), check=fits)

    @property
    def found(self) -> Found:
        """numbers: "right" how many captions stand under their photo, "captions" how many there are."""
        right = sum(self.names[int(row)] == line.split("\t")[0].rpartition("#")[0] for row, line in zip(self.owner, self.lines))
        return Found(
            f"The reader is {self.whose}. {right} of {len(self.lines)} captions stand under their photo.",
            numbers={"right": right, "captions": len(self.lines)},
        )

    @draw.look()
    def figure(self):
        """Three photos and the captions that the function gives them."""
        wide, shown = (WIDTH - 2 * EDGE - 0.4) / 3, list(self.names)[:3]
        figure = draw.sheet(WIDTH, wide * 0.75 + 2.5)
        draw.headline(figure, "Captions under their photos")
        draw.footer(figure, f"The reader is {self.whose}.")
        for n, name in enumerate(shown):
            left, top = EDGE + n * (wide + 0.2), 0.55
            ax = draw.panel(figure, left, top, wide, wide * 0.75)
            if name in self.corpus.ids:
                photo = photo_of(self.corpus, self.corpus.ids.index(name), 300)
                draw.photo(ax, photo.pixels(), photo.size, "no photo")
            else:
                draw.photo(ax, None, None, "no such photo")
            said = [line.split("\t")[1] for row, line in zip(self.owner, self.lines) if int(row) == n]
            for m, text in enumerate(said[:5]):
                line = draw.shortened(text, 7.5, wide * 72, 2)
                draw.paragraph(draw.panel(figure, left, top + wide * 0.75 + 0.08 + 0.33 * m, wide, 0.3), line, 7.5, colours.DARK)
        figure.set_label(self.found.says)
        return figure


def _owners(lines) -> tuple:
    rows, owner = {}, []
    for line in filter(str.strip, lines):
        owner.append(rows.setdefault(line.split("\t")[0].rpartition("#")[0], len(rows)))
    return list(rows), np.array(owner)


def own_overlap(corpus, image: int, answer=None, region: int = 0) -> Found:
    """The student's `iou` of one region with its nearest ones, in pixels, beside the library's.  numbers: "far", "largest" """
    boxes = np.asarray(corpus.boxes[image], float) * np.tile(np.asarray(corpus.sizes[image], float), 2)
    right = overlaps(np.asarray(corpus.boxes[image], float))[region]
    rows, far, whose = [], 0.0, ""
    for other in [int(r) for r in np.argsort(-right, kind="stable") if r != region][:6]:
        mine, whose = own(
            answer,
            lambda *_, other=other: right[other],
            "iou",
            boxes[region].copy(),
            boxes[other].copy(),
            check=lambda x: np.ndim(x) == 0 and np.isfinite(float(x)),
        )
        far = max(far, abs(float(mine) - right[other]))
        rows.append((f"{region} and {other} ({corpus.labels[image][other]})", f"{float(mine):.3f}", f"{right[other]:.3f}"))
    agrees = "" if whose != "yours" else " It agrees with the library." if far < NEAR else f" It differs by up to {far:.3g}."
    return Found(f"The iou is {whose}.{agrees}", ("regions", "this function", "library"), tuple(rows), {"far": far})


# ---------------------------------------------------------------- a folder, and four ways to break it


def as_folder(corpus, folder) -> Path:
    """A corpus written in the layout of public folders: features, captions, owners, boxes."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    order = [t for i in range(len(corpus)) for t in corpus.texts_of(i)]
    np.save(folder / f"{SPLIT}_ims.npy", np.asarray(corpus.regions[:], np.float32))
    write_text(folder / f"{SPLIT}_caps.txt", "".join(corpus.texts[t] + "\n" for t in order))
    write_text(folder / f"{SPLIT}_ids.txt", "".join(f"{i}\n" for i in range(len(corpus))))
    np.save(folder / f"{SPLIT}_boxes.npy", np.asarray(corpus.boxes, np.float32))
    np.save(folder / f"{SPLIT}_sizes.npy", np.asarray(corpus.sizes))
    return folder


def _bytes(folder):
    file = folder / f"{SPLIT}_caps.txt"
    write_text(file, "".join(f"{line.encode()!r}\n" for line in file.read_text(encoding="utf-8").splitlines()))


def _short(folder):
    file = folder / f"{SPLIT}_ims.npy"
    with open(file, "r+b") as opened:
        opened.truncate(file.stat().st_size * 2 // 3)


def _corners(folder):
    boxes = np.load(folder / f"{SPLIT}_boxes.npy")
    boxes[..., 2:] -= boxes[..., :2]
    np.save(folder / f"{SPLIT}_boxes.npy", boxes)


def _lost(folder):
    file = folder / f"{SPLIT}_caps.txt"
    lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
    write_text(file, "".join(lines[:3] + lines[4:]))


WAYS = {
    "captions as bytes": _bytes,
    "features cut short": _short,
    "boxes with width and height": _corners,
    "one caption lost": _lost,
}


def broken(folder, way: str, out) -> Path:
    """A copy of a folder that is broken in one of four WAYS."""
    if way not in WAYS:
        raise unknown("way to break a folder", way, WAYS)
    out = Path(out)
    shutil.rmtree(out, ignore_errors=True)
    shutil.copytree(folder, out)
    WAYS[way](out)
    return out


def diagnosed(folder, place) -> Found:
    """The folder broken in each of the four ways, and the doctor's first sentence about it.  numbers: "found", "ways" """
    rows, healthy = [], {f.what for f in doctor(folder, progress=False).findings if f.level in ("warning", "broken")}
    for way in WAYS:
        report = doctor(broken(folder, way, Path(place) / way.replace(" ", "-")), progress=False)
        new = [f for f in (*report.of("broken"), *report.of("warning")) if f.what not in healthy]
        says = cut(new[0].what.replace(f"{Path(place)}{os.sep}", ""), 150) if new else ""
        rows.append((way, new[0].level if new else "not found", says))
    found = sum(row[1] != "not found" for row in rows)
    return Found(
        f"The doctor finds {found} of {len(rows)}.",
        ("broken by", "level", "what the doctor says"),
        tuple(rows),
        {"found": found, "ways": len(rows)},
    )


def answer_sources(*corpora, found: Found) -> Found:
    """How do photos, features and scenes become the same thing?  From corpora of several sources, and from `diagnosed`."""
    kinds = {type(one).__name__ for one in corpora}
    rows = tuple((one.name, "{:,}, {}, {}".format(*one.regions.shape), f"{len(one.texts):,}") for one in corpora)
    says = (
        f"{len(corpora)} sources, one kind of value: {several(sorted(kinds))}. A source begins differently and ends the same: "
        f"regions "
        f"(I, R, F), texts, and who belongs to whom. What goes wrong on the way is quiet; the doctor found {found['found']:.0f} of "
        f"{found['ways']:.0f} ways of it."
    )
    return Found(says, ("source", "I, R, F", "texts"), rows)
