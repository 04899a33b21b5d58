"""How long it takes to open a folder of 31,000 images, to read captions and a TSV, beside reading the same bytes plainly.

    python bench/bench_reading.py [--images 31000]
"""
import argparse
import base64
import csv
import json
import shutil
import tempfile
import time
from pathlib import Path

import numpy as np

from vsrlab.data.captions import read_captions
from vsrlab.data.names import Names
from vsrlab.data.precomputed import precomputed
from vsrlab.data.sources import source_of
from vsrlab.data.tsv import convert

OPENED = 2.0                            # seconds that opening 31,000 images may take


def best(what, times: int = 3) -> float:
    """The shortest of a few runs, seconds."""
    took = []
    for _ in range(times):
        began = time.perf_counter()
        what()
        took.append(time.perf_counter() - began)
    return min(took)


def folder(place: Path, images: int):
    """A folder as `vsrlab features` writes it, 36 regions with boxes, labels and confidence; small vectors: opening reads none."""
    rng = np.random.default_rng(0)
    np.save(place / "train_ims.npy", rng.random((images, 36, 16), np.float32).astype(np.float16))
    np.save(place / "train_boxes.npy", np.sort(rng.random((images, 36, 4), np.float32)))
    np.save(place / "train_sizes.npy", np.tile(np.int32([500, 375]), (images, 1)))
    np.save(place / "train_confidence.npy", rng.random((images, 36), np.float32))
    (place / "train_labels.json").write_text(json.dumps([[f"label {(7 * i + r) % 80}" for r in range(36)] for i in range(images)]))
    (place / "train_ids.txt").write_text("".join(f"{i:012d}.jpg\n" for i in range(images)))
    (place / "train_caps.txt").write_text("".join(f"a dog, number {i}, on grass {c}\n" for i in range(images) for c in range(5)))


def plainly(place: Path):
    """The same bytes with the standard library and numpy, and no look at them."""
    for name in ("boxes", "sizes", "confidence"):
        np.load(place / f"train_{name}.npy")
    json.loads((place / "train_labels.json").read_text())
    (place / "train_ids.txt").read_text().split("\n")
    (place / "train_caps.txt").read_text().split("\n")


def captions(place: Path, images: int):
    """A table with a comma in every caption."""
    rows = [(f"{i:012d}.jpg", f"a dog, number {i}, on grass {c}") for i in range(images) for c in range(5)]
    with open(place / "c.csv", "w", newline="") as file:
        csv.writer(file).writerows([("image", "caption"), *rows])


def photos(place: Path, images: int):
    """Empty files with the names of photos, their suffix in capitals."""
    (place / "photos").mkdir()
    for i in range(images):
        (place / "photos" / f"{i:012d}.JPG").touch()


def table(place: Path, count: int = 200):
    code = lambda x: base64.b64encode(np.asarray(x, "<f4").tobytes())
    rng = np.random.default_rng(0)
    with open(place / "a.tsv", "wb") as file:
        for n in range(count):
            file.write(b"%d\t640\t480\t36\t%s\t%s\n" % (n, code(np.tile([1, 2, 50, 60], (36, 1))), code(rng.random((36, 2048)))))
    (place / "c.txt").write_text("".join(f"{n}.jpg|a dog\n" for n in range(count)))


def decoded(place: Path):
    for line in open(place / "a.tsv", "rb"):
        np.frombuffer(base64.b64decode(line.rstrip().split(b"\t")[5]), "<f4").copy()


def main(images: int):
    with tempfile.TemporaryDirectory() as place:
        place = Path(place)
        folder(place, images)
        took, floor = best(lambda: precomputed(place, "train")), best(lambda: plainly(place))
        print(f"opening {images:,} images: {took:.2f} s, {took / OPENED:.2f} of what is allowed, "
              f"{took / floor:.1f} x reading the same bytes plainly")
        corpus = precomputed(place, "train")
        print(f"where its features are from: {best(lambda: source_of(corpus)):.2f} s")
        captions(place, images)
        took = best(lambda: read_captions(place / "c.csv"))
        floor = best(lambda: list(csv.reader(open(place / "c.csv", newline=""))))
        print(f"{5 * images:,} captions of a table: {took:.2f} s, {took / floor:.1f} x csv.reader")
        photos(place, images)
        for what, suffix in (("as they are", ".JPG"), ("in another case", ".jpg"), ("without suffix", "")):
            names, began = Names(place / "photos"), time.perf_counter()
            assert all(names.find(f"{i:012d}{suffix}")[0] for i in range(images))
            print(f"{images:,} names of photos {what}: {time.perf_counter() - began:.2f} s")
        table(place)

        def conversion():
            shutil.rmtree(place / "out", ignore_errors=True)
            convert(place / "a.tsv", place / "c.txt", place / "out", progress=False)
        took, floor = best(conversion), best(lambda: decoded(place))
        print(f"a TSV of {(place / 'a.tsv').stat().st_size / 1e6:.0f} MB: {took:.2f} s, {took / floor:.1f} x decoding its features")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--images", type=int, default=31_000)
    main(parser.parse_args().images)
