"""Intervals and paired tests of 1,000 and 5,000 images, five texts each: python bench/bench_significance.py

Beside them, in the same run, the plain way: a draw after the other for the bootstrap (half as many, 1,000), random signs as
float64 for the paired test.  Best of five; a ratio above 1 says how many times faster the kit is.
"""
import time

import numpy as np

from vsrlab.measure.paired import difference_limits, net, sign_flips
from vsrlab.measure.ranks import ranks
from vsrlab.measure.significance import intervals
from vsrlab.measure.units import recalls, units


def two(images, each=5, size=32):
    """Ranks of two models that err on their own, and the owners."""
    rng = np.random.default_rng(0)
    owner = np.repeat(np.arange(images), each)
    image = rng.standard_normal((images, size), dtype=np.float32)
    text = image[owner] + 1.2 * rng.standard_normal((len(owner), size), dtype=np.float32)
    return [ranks((image + rng.standard_normal(image.shape, dtype=np.float32)) @ text.T, owner) for _ in range(2)], owner


def plain_intervals(u, draws=1000):
    rng, count, found = np.random.default_rng(0), len(u.hits), []
    for _ in range(draws):
        times = np.bincount(rng.integers(count, size=count), minlength=count)
        found.append(recalls(times @ u.hits, times @ u.asked))
    return np.percentile(found, [2.5, 97.5], axis=0)


def plain_flips(gaps, flips=10_000):
    gaps = np.concatenate([gaps, gaps.sum(1, keepdims=True)], 1)
    gaps = gaps[(gaps != 0).any(1)]
    rng, seen, as_far = np.random.default_rng(0), abs(gaps.sum(0)), 0
    for _ in range(0, flips, 1000):
        signs = rng.integers(0, 2, (1000, len(gaps)), dtype=np.int8) * 2.0 - 1
        as_far += (abs(signs @ gaps) >= seen - 1e-9).sum(0)
    return (1 + as_far) / (1 + flips)


def best(work, times=5):
    """Seconds of the fastest of so many calls."""
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        taken.append(time.perf_counter() - began)
    return min(taken)


def main():
    for images in (1000, 5000):
        pair, owner = two(images)
        first, second = (units(r, owner) for r in pair)
        slow, fast = best(lambda u=first: plain_intervals(u)), best(lambda r=pair[0], o=owner: intervals(units(r, o)))
        print(f"{images} images: intervals, 2,000 draws {1e3 * fast:.0f} ms; plain, 1,000 draws {1e3 * slow:.0f} ms: "
              f"{slow / fast:.1f} x")
        slow, fast = best(lambda a=first, b=second: plain_flips(net(a, b))), best(lambda a=first, b=second: sign_flips(a, b))
        more = best(lambda a=first, b=second: difference_limits(a, b))
        print(f"{images} images: 10,000 sign flips {1e3 * fast:.0f} ms; plain {1e3 * slow:.0f} ms: {slow / fast:.1f} x; with the "
              f"intervals of the differences {1e3 * (fast + more):.0f} ms: {slow / (fast + more):.1f} x")


if __name__ == "__main__":
    main()
