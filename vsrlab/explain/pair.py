"""Pair: one image and one text, ready to be encoded and matched again with changes, many at once, or with random weights."""
import copy
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from vsrlab.data.batches import read_images, read_texts
from vsrlab.data.lookup import image_row, text_of
from vsrlab.device import exact_products, seeded
from vsrlab.errors import Problem, needs_pair
from vsrlab.measure.ranks import place
from vsrlab.scoring import device_of, score_all
from vsrlab.values import Encoding
from vsrlab.zoo import build

AT_ONCE = 256      # changed pairs of one pass; bounds memory


class Pair:
    """One image and one text, through the same two calls, encode and match, as every score of the kit.

    Padding is removed: R and W are the real regions and words, markers included.  Nothing is changed in place,
    so a pair can be asked any number of what-ifs.

    image  row of the image in the corpus of the index, or its id
    text   row of the text, or a sentence of your own
    """

    def __init__(self, run, index, image, text):
        needs_pair("a pair that is explained", run, index)
        self.run, self.index, self.corpus = run, index, index.corpus
        self.model = run.model.eval()
        self.device = device_of(self.model)
        self.image = image_row(self.corpus, image)
        self.text_row, self.text = text_of(self.corpus, run.vocabulary, text)
        regions, mask = read_images(self.corpus, [self.image])
        self.real = mask[0].numpy()                                         # (R of the corpus,) which regions are no padding
        self.regions = regions[:, mask[0]].to(self.device)                  # (1, R, F)
        nets = len(self.corpus.nets) if self.model.nets else 0
        self.whole = regions[:, regions.shape[1] - nets:].to(self.device)   # (1, nets, F) whole-photo vectors that the model reads
        self.words = read_texts([self.text], run.vocabulary)[0].to(self.device)   # (1, W)
        self.tokens = run.vocabulary.tokens(self.text)

    def __repr__(self) -> str:
        return (f"Pair: {self.text!r} and {self.corpus.ids[self.image]}, {self.regions.shape[1]} regions, "
                f"{self.words.shape[1]} words")

    @exact_products()
    def encode_image(self, regions=None, mask=None) -> Encoding:
        """The image, or N changed ones: regions (N, R, F), mask (N, R) True where a region stays."""
        regions = self._batch(regions, self.regions, 3, torch.float32)
        mask = self._batch(mask, torch.ones(regions.shape[:2], dtype=torch.bool), 2, torch.bool)
        self._nothing_left(mask, "region")
        return self.model.encode_images(*self.beside(*_together(regions, mask)))

    def beside(self, regions: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """regions (N, R, F), mask (N, R) as the model reads them: with the whole-photo vectors behind, where it reads any."""
        if not self.whole.shape[1]:
            return regions, mask
        whole = self.whole.expand(len(regions), -1, -1)
        return torch.cat([regions, whole.to(regions)], 1), torch.cat([mask, mask.new_zeros(whole.shape[:2])], 1)

    @exact_products()
    def encode_text(self, words=None, mask=None) -> Encoding:
        """The text, or N changed ones: word ids (N, W), mask (N, W) True where a word stays."""
        words = self._batch(words, self.words, 2, torch.long)
        mask = self._batch(mask, torch.ones(words.shape, dtype=torch.bool), 2, torch.bool)
        self._nothing_left(mask, "word")
        return self.model.encode_texts(*_together(words, mask))

    @exact_products()
    @torch.no_grad()
    def match(self, model=None) -> tuple:
        """-> (Encoding of the image, Encoding of the text, Match with I = T = 1); `model` may be a changed one."""
        images, texts = self.encode_image(), self.encode_text()
        return images, texts, (model or self.model).match(images, texts)

    @exact_products()
    @torch.no_grad()
    def score(self, *, regions=None, region_mask=None, words=None, word_mask=None, **options) -> np.ndarray:
        """Scores (N,) of N changed pairs.

        regions (N, R, F) and region_mask (N, R), words (N, W) ids and word_mask (N, W): a mask is True for what stays;
        one without the axis N, or with N = 1, serves all.  `options` are the model's own: sharpness=4.0, mu=0.
        A masked region is left out of everything (graph, memory, attention), as padding is.
        """
        given = (regions, 3), (region_mask, 2), (words, 2), (word_mask, 2)
        n = max((len(x) for x, axes in given if x is not None and np.ndim(x) == axes), default=1)
        model, scores = self.model.with_knobs(**options), []
        for start in range(0, n, AT_ONCE):
            at = slice(start, start + AT_ONCE)
            now = [x if x is None or np.ndim(x) < axes or len(x) == 1 else x[at] for x, axes in given]
            scores.append(model.paired(self.encode_image(*now[:2]), self.encode_text(*now[2:])))
        return torch.cat(scores).cpu().numpy()

    @torch.no_grad()
    def against_images(self, words=None, word_mask=None, **options) -> np.ndarray:
        """Scores (I,) of the text, or of one changed text, with every image of the index."""
        return score_all(self.model.with_knobs(**options), self.index.images, self.encode_text(words, word_mask))[:, 0]

    @torch.no_grad()
    def against_texts(self, regions=None, region_mask=None, **options) -> np.ndarray:
        """Scores (T,) of the image, or of one changed image, with every text of the index."""
        return score_all(self.model.with_knobs(**options), self.encode_image(regions, region_mask), self.index.texts)[0]

    def rank(self, scores, score=None):
        """Where the image stands, from 0, among the scores (I,) of its text, as a search lists it: `measure.ranks.place`.

        score  what it might score instead, one number or many: then the ranks it would have
        """
        right = None if self.text_row is None else np.arange(len(scores)) == self.corpus.image_of_text[self.text_row]
        return place(scores, self.image, right, score)

    def _batch(self, given, own, axes, kind) -> Tensor:
        """What was given, or the pair's own, as a tensor with its axis N."""
        x = own if given is None else torch.as_tensor(np.asarray(given) if not isinstance(given, Tensor) else given)
        x = x[None] if x.dim() == axes - 1 else x
        if x.dim() != axes:
            raise Problem(f"a change has shape {tuple(x.shape)}; it needs {axes} axes, the first one counting the changes.")
        return x.to(self.device, kind)

    @staticmethod
    def _nothing_left(mask, what):
        if not bool(mask.any(1).all()):
            raise Problem(f"change {int((~mask.any(1)).nonzero()[0])} leaves no {what}; keep at least one.")


def _together(x, mask):
    """x (N, ...) and mask (N, P) with the same N."""
    n = max(len(x), len(mask))
    return x.expand(n, *x.shape[1:]), mask.expand(n, *mask.shape[1:])


def random_weights(run, seed: int = 0):
    """The run with a model of the same shape that was never trained: the control of every explanation."""
    with seeded(seed, run.device):
        model = build(run.settings.model, run.features, len(run.vocabulary), **run.settings.options)
    return replace(run, model=model.to(run.device).eval(), log=[], folder=None)


def without_training(pair: Pair, seed: int = 0) -> Pair:
    """The same image and text under random weights; its index stays that of the trained model and is only used for the corpus."""
    run, untrained = random_weights(pair.run, seed), copy.copy(pair)
    untrained.run, untrained.model = run, run.model
    return untrained
