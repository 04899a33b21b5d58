"""Speed of the default extractor on photos, and how many boxes that people drew around phrases its boxes cover.

    python bench/bench_photos.py PHOTOS [--count 60]
    python bench/bench_photos.py PHOTOS --features FOLDER --phrases phrase_boxes.jsonl.gz --captions dataset_flickr8k.json

`--phrases` is Flickr30k Entities as JSON lines (filename, boxes in pixels, source); a photo's size comes from the captions
file, and photos whose `size_source` there is "assumed" or "unknown" are left out, for their boxes may be askew.
"""
import argparse
import gzip
import json
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import torch

LIMIT = 20 * 60                     # seconds that 8,000 photos may take on two cores
CROWD = ((1, 1), (1, 2), (2, 1))    # workers, threads inside torch


def rate(extractor, paths, workers: int, threads: int) -> tuple:
    """(photos a second, processor seconds a photo)."""
    from vsrlab.data.pictures import open_photo
    torch.set_num_threads(threads)
    with ThreadPoolExecutor(workers, initializer=torch.set_num_threads, initargs=(threads,)) as pool:
        work = lambda path: extractor(open_photo(path))
        list(pool.map(work, paths[:2 * workers]))
        began, used = time.perf_counter(), time.process_time()
        list(pool.map(work, paths))
        return len(paths) / (time.perf_counter() - began), (time.process_time() - used) / len(paths)


def parts(extractor, paths):
    """Processor milliseconds a photo of each step, one thread."""
    from vsrlab.data.extractors.pooling import cell_means, regions
    from vsrlab.data.extractors.ssd import CLASSES
    from vsrlab.data.pictures import open_photo
    torch.set_num_threads(1)
    photos = [open_photo(path) for path in paths]
    boxes, scores = extractor.detector.detect(photos[0])
    features = extractor.net.map(photos[0], extractor.side)
    steps = {"open": lambda n: open_photo(paths[n]), "boxes": lambda n: extractor.detector.detect(photos[n]),
             "map": lambda n: extractor.net.map(photos[n], extractor.side),
             "best 36, pooling": lambda n: regions(features, boxes, scores, CLASSES, 36, 0.6, cell_means(features, 6, 6))}
    for name, step in steps.items():
        began = time.process_time()
        for n in range(len(photos)):
            step(n)
        print(f"  {name:20s}{1e3 * (time.process_time() - began) / len(photos):6.1f} ms")


def speed(folder: Path, count: int):
    from vsrlab.data.extractors import extractor
    began = time.perf_counter()
    default = extractor("default")
    print(f"weights checked, read and folded in {time.perf_counter() - began:.1f} s")
    paths = sorted(p for p in folder.iterdir() if p.suffix.lower() == ".jpg")[:count]
    for workers, threads in CROWD:
        speed, used = rate(default, paths, workers, threads)
        print(f"{workers} worker{'s' * (workers > 1)} x {threads} thread{'s' * (threads > 1)}: {speed:5.1f} photos/s, "
              f"{1e3 * used:.0f} ms of processor a photo; 8,000 photos in {8000 / speed / 60:.1f} min, "
              f"{8000 / speed / LIMIT:.2f} of what is allowed")
    parts(default, paths)


def coverage(features: Path, phrases: Path, captions: Path):
    """The share of drawn boxes that some box of the photo meets, at three overlaps; for detector and grid."""
    from vsrlab.data.extractors.pooling import overlaps
    from vsrlab.data.precomputed import precomputed, splits
    sure = {i["filename"]: (i["width"], i["height"]) for i in json.loads(captions.read_text())["images"]
            if i.get("size_source") in ("original", "copy200", "boxes")}
    drawn = {}
    for line in gzip.open(phrases, "rt", encoding="utf-8"):
        phrase = json.loads(line)
        if phrase["source"] == "one_caption" and phrase["filename"] in sure:
            drawn.setdefault(phrase["filename"], []).extend(np.array(phrase["boxes"]) / np.tile(sure[phrase["filename"]], 2))
    found = {"boxes": [], "grid": []}
    for split in splits(features):
        for kind, best in found.items():
            corpus = precomputed(features, split, regions=kind)
            for photo, boxes in zip(corpus.ids, corpus.boxes):
                human = np.array(drawn.get(photo, np.zeros((0, 4))))
                best.extend(overlaps(np.concatenate([human, boxes]))[:len(human), len(human):].max(1))
    for kind, best in found.items():
        shares = ", ".join(f"IoU {level}: {100 * np.mean(np.array(best) >= level):.1f} %" for level in (0.3, 0.5, 0.7))
        print(f"{kind:6s}{len(best):,} drawn boxes met at {shares}; mean best IoU {np.mean(best):.3f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("photos", type=Path)
    parser.add_argument("--count", type=int, default=60)
    for name in ("features", "phrases", "captions"):
        parser.add_argument(f"--{name}", type=Path)
    given = parser.parse_args()
    if given.features:
        coverage(given.features, given.phrases, given.captions)
    else:
        speed(given.photos, given.count)


if __name__ == "__main__":
    main()
