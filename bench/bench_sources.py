"""Scores that others made, at full size: python bench/bench_sources.py

5,000 x 25,010 scores on disk beside one pass that reads and compares them; 25,000 x 25,000 scores that exist as vectors alone,
beside one product of the same vectors.  Ratios and memory; each part runs in a process of its own.
"""
import multiprocessing
import resource
import tempfile
import time
from pathlib import Path

import numpy as np


def timed(do):
    began = time.perf_counter()
    do()
    return time.perf_counter() - began


def peak() -> float:
    """The most anonymous memory of this process so far, MB; pages of a file that is mapped can be taken back and do not count."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3


def disk(path, images=5000, texts=25_010):
    from vsrlab.retrieval.sources import from_scores
    rng, owner = np.random.default_rng(0), np.arange(25_010) % 5000
    file = np.lib.format.open_memmap(path, mode="w+", dtype=np.float32, shape=(images, texts))
    for start in range(0, images, 250):
        file[start:start + 250] = rng.standard_normal((250, texts), dtype=np.float32)
    file[owner, np.arange(texts)] += 3
    file.flush()
    best = np.full((images, 1), 3, np.float32)

    def compare():
        x = np.load(path, mmap_mode="r")
        for start in range(0, images, 255):
            np.count_nonzero(x[start:start + 255] >= best[start:start + 255], axis=1)
    compare()
    once = min(timed(compare) for _ in range(3))
    opened = timed(lambda: from_scores(path, [f"text {t}" for t in range(texts)], owner))
    scored = from_scores(path, [f"text {t}" for t in range(texts)], owner)
    ranked = timed(lambda: scored.ranks)
    print(f"scores on disk, {images} x {texts}: a pass that reads and compares {once:.2f} s; opened and checked in {opened:.2f} s "
          f"({opened / once:.1f} passes), ranks in {ranked:.2f} s ({ranked / once:.1f} passes)")


def vectors(many=25_000, size=512):
    from vsrlab.retrieval.sources import from_embeddings
    rng = np.random.default_rng(0)
    images, texts = (rng.standard_normal((many, size), dtype=np.float32) for _ in range(2))
    before = peak()
    scored = from_embeddings(images, texts, [f"text {t}" for t in range(many)], np.arange(many))

    def product():
        for start in range(0, many, 255):
            images[start:start + 255] @ texts.T
    ranked, once = timed(lambda: scored.ranks), timed(product)
    print(f"vectors, {many} x {many}, D {size}: ranks in {ranked:.1f} s, {ranked / once:.1f} x one float32 product of all blocks "
          f"({once:.1f} s); memory beside the vectors {peak() - before:.0f} MB, of {4e-6 * many * many:.0f} MB for the scores")


def main():
    spawn = multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory() as folder:
        for part, given in ((disk, (Path(folder) / "scores.npy",)), (vectors, ())):
            process = spawn.Process(target=part, args=given)
            process.start()
            process.join()


if __name__ == "__main__":
    main()
