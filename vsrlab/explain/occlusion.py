"""Occlusion: what score and rank lose when regions and words are left out or replaced, for every model of the zoo."""
from typing import NamedTuple

import numpy as np
import torch

from vsrlab.device import exact_products
from vsrlab.errors import Problem
from vsrlab.explain.pair import Pair
from vsrlab.scoring import score_all


class Occlusion(NamedTuple):
    """Losses of the score, in its units; negative where the score rises."""
    regions: np.ndarray       # (R,)    without one region
    words: np.ndarray         # (W,)    without one word
    both: np.ndarray          # (W, R)  what the two carry together: s - s(-r) - s(-w) + s(-r, -w)


@torch.no_grad()
def occlusion(pair: Pair, **options) -> Occlusion:
    """Leave out every region, every word and every two of them: R + 1 images against W + 1 texts in one match.

    What is left out is masked like padding: graph, memory and attention do not see it.  `options` are the model's own
    knobs (sharpness=4.0).  Raises Problem for a single region or word, since nothing would remain.
    """
    regions, words = pair.regions.shape[1], pair.words.shape[1]
    if min(regions, words) < 2:
        raise Problem(f"occlusion leaves one out, and the pair has {regions} region(s) and {words} word(s); "
                      "look at the attention instead.")
    images, texts = pair.encode_image(mask=_but_one(regions)), pair.encode_text(mask=_but_one(words))
    scores = pair.model.with_knobs(**options).match(images, texts).scores.double().cpu().numpy()    # (R+1, W+1)
    whole, without_region, without_word, neither = scores[0, 0], scores[1:, 0], scores[0, 1:], scores[1:, 1:]
    return Occlusion(whole - without_region, whole - without_word, (whole - without_region[:, None] - without_word + neither).T)


class Standings(NamedTuple):
    """Where the image stands for N changed texts."""
    score: np.ndarray         # (N,)
    rank: np.ndarray          # (N,)    among all images, from 0, as a search lists it


@exact_products()
@torch.no_grad()
def without_words(pair: Pair, **options) -> Standings:
    """Leave out every word: W texts against all images, in one batch.  Markers, and the only word of a text, stay."""
    written = np.array([token.start >= 0 for token in pair.tokens])
    mask = np.ones((len(written), len(written)), bool)
    if written.sum() > 1:
        mask[written, written] = False
    return _standings(pair, pair.encode_text(mask=mask), options)


@exact_products()
@torch.no_grad()
def with_words(pair: Pair, word: int, others, **options) -> Standings:
    """Put each of N other words, which the vocabulary knows, in the place of a word: N texts against all images, in one batch."""
    ids = pair.words.repeat(len(others), 1)
    read = lambda other: next(token.id for token in pair.run.vocabulary.tokens(other) if token.start >= 0)
    ids[:, word] = torch.as_tensor([read(other) for other in others], device=ids.device)
    return _standings(pair, pair.encode_text(words=ids), options)


def _standings(pair, texts, options) -> Standings:
    scores = score_all(pair.model.with_knobs(**options), pair.index.images, texts)                   # (I, N)
    own = scores[pair.image]
    return Standings(own.astype(float), np.array([pair.rank(column, value) for column, value in zip(scores.T, own)], int))


def _but_one(n: int) -> torch.Tensor:
    """(n + 1, n): everything, then everything but each one."""
    return torch.cat([torch.ones(1, n, dtype=torch.bool), ~torch.eye(n, dtype=torch.bool)])
