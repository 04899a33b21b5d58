"""Score patterns of two made-up models, and nulls made of them: the ground on which the tests of significance are tested."""
import numpy as np

from vsrlab.measure.ranks import Ranks, ranks


def two_models(images, seed, texts=5, better=0.0, noise=0.9, dim=24):
    """Scores (I, T) of two models on the same queries, and the owners (T,).

    The texts of an image depend on each other: some images are vague, so that all their texts are hard, and images come in
    kinds that look alike.  Both models see the same captions, each with errors of its own; `better` takes errors off the second.
    """
    rng = np.random.default_rng(seed)
    owner = np.repeat(np.arange(images), texts)
    kind = rng.standard_normal((max(images // 8, 1), dim))[rng.integers(0, max(images // 8, 1), images)]
    image = 0.8 * kind + 0.6 * rng.standard_normal((images, dim))
    vague = rng.gamma(2.0, 0.5, images)[owner, None]
    text = image[owner] + vague * (0.5 * rng.standard_normal((images, dim))[owner] + 0.7 * rng.standard_normal((len(owner), dim)))
    unit = lambda v: v / np.linalg.norm(v, axis=1, keepdims=True)
    seen = lambda v, size: unit(v + size * rng.standard_normal(v.shape))
    return [(seen(image, size) @ seen(text, size).T).astype(np.float32) for size in (noise, noise - better)], owner


def swapped(pair, owner, rng):
    """Two ranks (I,), (T,) with the results of random images exchanged, an image with its texts: no model is better any more."""
    (a, b), swap = pair, rng.integers(0, 2, len(pair[0].of_images)).astype(bool)
    mix = lambda x, y: Ranks(np.where(swap, y.of_images, x.of_images), np.where(swap[owner], y.of_texts, x.of_texts))
    return mix(a, b), mix(b, a)


def ranked(images, seed, **how):
    """The ranks of both models, and the owners."""
    scores, owner = two_models(images, seed, **how)
    return [ranks(one, owner) for one in scores], owner
