"""Tiny corpora for the tests: coloured shapes whose captions name two of them, learnt in a second."""
import numpy as np

from vsrlab.data.corpus import Corpus

COLOURS, SHAPES = "red green blue black".split(), "ball cube cone ring".split()


def toy(images=40, regions=4, each=2, features=10, seed=0, name="toy"):
    """A Corpus: features are one-hot colours and shapes with a little noise; texts of five to nine words."""
    rng = np.random.default_rng(seed)
    colour, shape = rng.integers(4, size=(2, images, regions))
    x = 0.1 * rng.standard_normal((images, regions, features))
    x[..., :8] += np.concatenate([np.eye(4)[colour], np.eye(4)[shape]], -1)
    texts = []
    for image in np.repeat(np.arange(images), each):
        a, b = rng.choice(regions, 2, replace=False)
        one, two = (f"{COLOURS[colour[image, r]]} {SHAPES[shape[image, r]]}" for r in (a, b))
        texts.append(rng.choice([f"a {one} and a {two}", f"the {one} is near the {two}", f"{one} {two}"]))
    return Corpus(name, x.astype(np.float32), [str(t) for t in texts], np.repeat(np.arange(images), each))
