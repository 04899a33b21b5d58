"""The digest of the error desk at full size: python bench/bench_digest.py

5,000 x 25,010 float32 scores on disk beside one pass that reads and compares them (limits: 25 passes, 20 s, 300 MB, a second
opening in 1 s), and 25,000 x 25,000 scores that exist as vectors alone, D = 512 (limits: 60 s, 600 MB).  Each part runs in a
process of its own; memory is what the process holds beside the scores, pages of a mapped file do not count.
"""
import argparse
import multiprocessing
import tempfile
import threading
import time
from pathlib import Path

import numpy as np


def timed(do):
    began = time.perf_counter()
    do()
    return time.perf_counter() - began


def worked(do) -> tuple:
    """(seconds, seconds of processor time), which other programs hardly change"""
    began = time.process_time()
    return timed(do), time.process_time() - began


def held() -> float:
    """Anonymous memory of this process, MB."""
    return next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("RssAnon")) / 1024


class Memory:
    """Peak of anonymous memory while the block runs, MB above the beginning."""

    def __enter__(self):
        self.before, self.most, self.watching = held(), 0.0, True
        self.thread = threading.Thread(target=self.watch)
        self.thread.start()
        return self

    def watch(self):
        while self.watching:
            self.most = max(self.most, held() - self.before)
            time.sleep(0.005)

    def __exit__(self, *_):
        self.watching = False
        self.thread.join()


def disk(folder, images=5000, texts=25_010):
    from vsrlab.retrieval.sources import from_scores
    path, rng, owner = folder / "scores.npy", np.random.default_rng(0), np.arange(texts) % images
    file = np.lib.format.open_memmap(path, mode="w+", dtype=np.float32, shape=(images, texts))
    for start in range(0, images, 250):
        file[start:start + 250] = rng.standard_normal((250, texts), dtype=np.float32)
    file[owner, np.arange(texts)] += 3
    file.flush()
    best, said = np.full((images, 1), 3, np.float32), [f"text {t}" for t in range(texts)]

    def compare():
        x = np.load(path, mmap_mode="r")
        for start in range(0, images, 255):
            np.count_nonzero(x[start:start + 255] >= best[start:start + 255], axis=1)
    compare()
    once = min(timed(compare) for _ in range(3))
    scored = from_scores(path, said, owner)
    with Memory() as memory:
        took, work = worked(lambda: scored.digest)
    ranked = timed(lambda: from_scores(path, said, owner).ranks) - timed(lambda: from_scores(path, said, owner))
    again = from_scores(path, said, owner)
    print(f"scores on disk, {images} x {texts}: one pass that compares {once:.2f} s; digest in {took:.1f} s ({took / once:.0f} "
          f"passes; {work:.1f} s of processor), ranks alone {ranked:.2f} s; extra memory {memory.most:.0f} MB; opened "
          f"again in {timed(lambda: again.digest):.2f} s; table of queries {timed(lambda: again.queries('text')):.2f} s; "
          f"near-duplicate images {timed(lambda: again.duplicates('image')):.1f} s")


def vectors(folder, many=25_000, size=512):
    from vsrlab.retrieval.sources import from_embeddings
    rng = np.random.default_rng(0)
    images, texts = (rng.standard_normal((many, size), dtype=np.float32) for _ in range(2))
    scored = from_embeddings(images, texts, [f"text {t}" for t in range(many)], np.arange(many))

    def product():
        for start in range(0, many, 255):
            images[start:start + 255] @ texts.T
    with Memory() as memory:
        took, work = worked(lambda: scored.digest)
    once = timed(product)
    print(f"vectors, {many} x {many}, D {size}: digest {took:.1f} s ({work:.1f} s of processor), {took / once:.1f} x one float32 "
          f"product of all blocks ({once:.1f} s); extra memory {memory.most:.0f} MB, of {4e-6 * many * many:.0f} MB for the scores")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--part", choices=("disk", "vectors"), help="one of the two")
    asked, spawn = parser.parse_args(), multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory() as folder:
        for part in (disk, vectors):
            if asked.part in (None, part.__name__):
                process = spawn.Process(target=part, args=(Path(folder),))
                process.start()
                process.join()


if __name__ == "__main__":
    main()
