"""Which images a training learns from, and which choose its best epoch."""
import numpy as np

from vsrlab.errors import Problem

DEV = 1000                              # images that choose the best epoch, at most
FEW = 20                                # a corpus of fewer images is not divided


def divide(corpus, dev=None) -> tuple:
    """(training corpus, development corpus, how in words).  Neighbours, as hard twins are, stay on one side."""
    if not len(corpus.texts) or not len(corpus):
        raise Problem(f"{corpus.name} has {len(corpus)} images and {len(corpus.texts)} texts; training needs both. "
                      "Look into the captions file with vsrlab doctor.")
    if len(corpus.texts) < 2:
        raise Problem(f"{corpus.name} has a single text; a pair's wrong answers are other pairs, so give at least two.")
    if dev is not None:
        if not len(dev.texts):
            raise Problem(f"the development corpus {dev.name} has no texts; give one with captions, or leave dev out.")
        count = min(DEV, len(dev))
        return corpus, dev.images(range(count)), f"the first {count} images of {dev.name} {dev.split}".strip()
    if len(corpus) < FEW:
        return corpus, corpus, f"the {len(corpus)} training images themselves: too few to hold any out"
    every = max(10, -(-len(corpus) // DEV))
    held = np.arange(len(corpus)) // 2 % every == every - 1
    train, dev = corpus.images(np.flatnonzero(~held)), corpus.images(np.flatnonzero(held))
    if not len(train.texts) or not len(dev.texts):
        return corpus, corpus, "the training images themselves: too few have texts to hold any out"
    return train, dev, f"every {every}th pair of neighbouring images, {len(dev)} of {len(corpus)}"
