"""Ranks and recalls of 5,000 images x 25,000 texts: python bench/bench_ranking.py

Beside it, in the same run, the plain way of the official programs: one argsort a query.
"""
import time
import tracemalloc

import numpy as np

from vsrlab.measure.ranks import ranks, summary
from vsrlab.measure.significance import intervals
from vsrlab.measure.units import units


def plain(scores, some):
    """Rank of the best own text by sorting every text, image by image, and of the image by sorting every image."""
    of_images = [np.isin(np.argsort(-scores[i]), np.arange(5 * i, 5 * i + 5)).argmax() for i in some]
    return of_images, [int(np.flatnonzero(np.argsort(-scores[:, t]) == t // 5)[0]) for i in some for t in range(5 * i, 5 * i + 5)]


def main(images=5000, each=5, sample=50):
    rng = np.random.default_rng(0)
    owner = np.repeat(np.arange(images), each)
    scores = rng.standard_normal((images, images * each), dtype=np.float32)
    scores[owner, np.arange(len(owner))] += 3
    began = time.perf_counter()
    found = ranks(scores, owner)
    numbers = summary(found)
    taken = time.perf_counter() - began
    began = time.perf_counter()
    intervals(units(found, owner))
    bootstrap = time.perf_counter() - began
    began = time.perf_counter()
    assert plain(scores, range(sample))[0] == found.of_images[:sample].tolist()
    sorting = (time.perf_counter() - began) * images / sample
    tracemalloc.start()
    ranks(scores, owner)
    extra = tracemalloc.get_traced_memory()[1] / 1e6
    print(f"ranks and recalls of {images} x {len(owner)}: {taken:.2f} s (limit 3 s), extra memory {extra:.0f} MB, "
          f"rsum {numbers['rsum']:.1f}; one argsort a query {sorting:.0f} s, {sorting / taken:.0f} x; "
          f"2,000 bootstrap draws {bootstrap:.2f} s")


if __name__ == "__main__":
    main()
