"""Speed of generated scenes, beside plain work of the same size on the same machine: python bench/bench_scenes.py [images]."""
import sys
import time

import numpy as np

from vsrlab.data.scenes.corpus import scenes

LIMIT = 60.0                         # seconds that 10,000 images without pictures may take on two cores


def main(images: int = 10_000):
    started = time.perf_counter()
    corpus = scenes(images, seed=1)
    taken = time.perf_counter() - started
    started = time.perf_counter()
    rng = np.random.default_rng(0)
    code, mix = rng.standard_normal((images // 10, 36, 94), dtype=np.float32), rng.standard_normal((94, 192), dtype=np.float32)
    for _ in range(10):
        np.maximum(code @ mix, 0).astype(np.float16)
    projection = time.perf_counter() - started
    started = time.perf_counter()
    for row in range(min(20, images)):
        corpus.photo(row)
    picture = (time.perf_counter() - started) / min(20, images)
    print(f"scenes: {images} images in {taken:.1f} s, {images / taken:.0f} images/s, {taken / projection:.0f} times the projection "
          f"alone; {taken / images * 10_000 / LIMIT:.2f} of the {LIMIT:.0f} s allowed for 10,000; a picture {1e3 * picture:.0f} ms")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
