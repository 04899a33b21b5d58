"""Random choices that are the same on every machine: uniform numbers of one seeded stream, and what is made of them."""
import numpy as np


class Dice:
    """A stream of uniform numbers in [0, 1), keyed by integers: Dice(seed, image) never depends on other images."""

    def __init__(self, *key: int):
        self._stream = np.random.default_rng(key)
        self._pool = []

    def __call__(self) -> float:
        if not self._pool:                               # numpy is fast for many numbers and slow for one
            self._pool = self._stream.random(256).tolist()
        return self._pool.pop()

    def chance(self, p: float) -> bool:
        """True with this probability."""
        return self() < p

    def between(self, low: float, high: float) -> float:
        """A number from low to high, all alike."""
        return low + (high - low) * self()

    def pick(self, among):
        """One of a sequence, all alike."""
        return among[int(self() * len(among))]

    def weighted(self, among, weights):
        """One of a sequence, in proportion to its weight."""
        aim = self() * sum(weights)
        for item, weight in zip(among, weights):
            aim -= weight
            if aim < 0:
                return item
        return among[-1]

    def shuffled(self, items) -> list:
        """The items in a random order."""
        items = list(items)
        for k in range(len(items) - 1, 0, -1):
            other = int(self() * (k + 1))
            items[k], items[other] = items[other], items[k]
        return items
