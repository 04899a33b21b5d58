"""One pass of a model over a pair, with what its modules gave, as numbers in float64."""
from functools import cached_property
from typing import NamedTuple

import numpy as np

from vsrlab.errors import Problem
from vsrlab.explain.pair import Pair
from vsrlab.losses import right_answers


class Pass:
    """Numbers of one pair by row: p["eq-2"], each read or worked out once.

    images, texts, match  what the two calls `encode` and `match` gave, as for every score of the kit
    out      name of a module -> what it gave, with the axis of the batch
    words    (W,) ids     features (R, F)
    """

    def __init__(self, pair: Pair, steps: list):
        self.pair, self.model, self.steps = pair, pair.model, {step.key: step for step in steps}
        self.out, self._values = {}, {}
        hooks = [module.register_forward_hook(self._keep(name)) for name, module in self.model.named_modules() if name]
        try:
            self.images, self.texts, self.match = pair.match()
        finally:
            for hook in hooks:
                hook.remove()
        self.words, self.features = pair.words[0].cpu().numpy(), array(pair.regions[0])
        self._weights = {**dict(self.model.named_parameters()), **dict(self.model.named_buffers())}

    def _keep(self, name: str):
        def hook(module, given, found):                          # returns nothing: what a hook returns replaces the output
            self.out.setdefault(name, found)
        return hook

    def weight(self, name: str):
        """A weight or buffer of the model; None where it has none of that name."""
        return array(self._weights[name]) if name in self._weights else None

    def seen(self, name: str) -> np.ndarray:
        """What the match let be seen of the pair."""
        return array(self.match.seen[name][0, 0])

    def of_image(self, name: str) -> np.ndarray:
        """What the encoder of images let be seen."""
        return array(self.images.seen[name][0])

    def gave(self, name: str) -> np.ndarray:
        """What a module gave, of the pair alone."""
        return array(self.out[name][0])

    def __getitem__(self, key: str) -> np.ndarray:
        """The numbers of a row: as the model computed them, else worked out from the rows before."""
        if key not in self._values:
            step = self.steps[key]
            self._values[key] = np.asarray((step.read or step.follow)(self), float)
        return self._values[key]

    @cached_property
    def batch(self) -> "Three":
        """Three pairs as they might stand in a batch."""
        return three(self.pair)


class Three(NamedTuple):
    """Two captions of one image and one of its hardest rival: what the losses are shown on.

    images, texts  (3,) rows of the corpus; pair b is image b with text b
    match          of these three by the model, with what was seen
    right          (3, 3) True where a text describes an image
    """
    images: list
    texts: list
    match: tuple
    right: np.ndarray

    @property
    def scores(self) -> np.ndarray:
        """(3, 3)"""
        return array(self.match.scores)

    def term(self, name: str) -> np.ndarray:
        """(3, 3) of one term of the score: "local", "global"."""
        return array(self.match.seen[name])


def three(pair: Pair) -> Three:
    """The three pairs for a Pair: its own image and text first, where they belong together."""
    index, owner = pair.index, np.asarray(pair.corpus.image_of_text)
    if len(pair.corpus) < 2:
        raise Problem("the losses of paper mode need a gallery of two images or more; index a larger corpus.")
    text = pair.text_row
    image = pair.image if text is None else int(owner[text])
    own = np.flatnonzero(owner == image)
    first = int(own[0]) if text is None else text
    second = int(next((t for t in own if t != first), first))
    scores = index.scores
    rivals = np.where(np.arange(len(scores)) == image, -np.inf, scores[:, first])
    rival = int(rivals.argmax())
    theirs = np.flatnonzero(owner == rival)
    if not len(theirs):
        raise Problem(f"image {pair.corpus.ids[rival]} has no caption, and the losses of paper mode need one; "
                      "index a corpus whose images have captions.")
    images, texts = [image, image, rival], [first, second, int(theirs[scores[image, theirs].argmax()])]
    import torch
    with torch.no_grad():
        device = pair.device
        found = pair.model.match(index.images.rows(images).to(device), index.texts.rows(texts).to(device))
    return Three(images, texts, found, right_answers(torch.tensor(images)).numpy())


def array(x) -> np.ndarray:
    """A tensor as numpy's float64."""
    return x.detach().cpu().double().numpy()
