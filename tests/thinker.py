"""A model that reasons in the open: graph layers and a memory short enough to be followed by a plain loop."""
import numpy as np
import torch

from vsrlab.data.corpus import Corpus
from vsrlab.data.words import Vocabulary
from vsrlab.models.matcher import Matcher
from vsrlab.retrieval.index import index
from vsrlab.run import Run
from vsrlab.settings import Settings
from vsrlab.values import Encoding

WORDS = "dog ball tree sky grass cat".split()


class Thinker(Matcher):
    """Regions read each other twice by the cosines of their features / R, then a memory keeps half of itself at each region.

    Words are unit vectors of the feature space, a text is their mean: a score can be worked out by hand.
    """
    steps = 2
    shows = ("relations", "memory")

    def encode_images(self, regions, mask, edges=None):
        v = torch.nn.functional.normalize(regions, dim=-1, eps=1e-8) * mask[..., None]
        layers, affinity = [v], []
        for n in range(self.steps):
            r = v @ v.transpose(1, 2) / mask.sum(1)[:, None, None]
            affinity.append(r)
            v = v + (r if edges is None else r * edges[:, n]) @ v * mask[..., None]
            layers.append(v)
        memory, state = [], torch.zeros_like(v[:, 0])
        for n in range(v.shape[1]):
            state = torch.where(mask[:, n, None], 0.5 * state + 0.5 * v[:, n], state)
            memory.append(state)
        seen = {"affinity": torch.stack(affinity, 1), "layers": torch.stack(layers, 1), "memory": torch.stack(memory, 1),
                "gates": torch.full_like(v, 0.5)}
        return Encoding(torch.nn.functional.normalize(state, dim=-1), v, mask, seen)

    def encode_texts(self, words, mask):
        parts = torch.nn.functional.one_hot(words.clamp_min(4) - 4, len(WORDS)).float() * mask[..., None]
        return Encoding(torch.nn.functional.normalize(parts.sum(1), dim=-1), parts, mask, {})


def thinking(images=6, regions=5, seed=0, texts=2, **places):
    """(run, index) of a Thinker on random regions; with boxes, labels, and two captions an image."""
    rng = np.random.default_rng(seed)
    corner = rng.uniform(0, 0.6, (images, regions, 2))
    captions = [" ".join(rng.choice(WORDS, 3, replace=False)) for _ in range(texts * images)]
    values = {"boxes": np.concatenate([corner, corner + rng.uniform(0.1, 0.4, (images, regions, 2))], -1),
              "labels": np.array([[WORDS[r % len(WORDS)] for r in range(regions)]] * images), **places}
    corpus = Corpus("thought", rng.normal(size=(images, regions, len(WORDS))).astype(np.float32), captions,
                    np.repeat(np.arange(images), texts), **values)
    run = Run(Settings(model="vsrn"), len(WORDS), Vocabulary(WORDS, markers=False), Thinker())
    return run, index(run, corpus)
