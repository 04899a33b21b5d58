"""The contract of every model: encode images, encode texts, match, and what the paper adds to the loss."""
import copy

import torch
from torch import Tensor, nn

from vsrlab.errors import Problem
from vsrlab.models.layers.blocks import Words
from vsrlab.values import Batch, Encoding, Match

COMPARES = ("vectors", "parts", "pairs")


class Matcher(nn.Module):
    """What every model can do.  Override `match` when a pair is more than a dot product.

    A model reads tensors, never a corpus, a vocabulary or the name of a data set.  It is made by
    `Model(features, vocabulary, *, dim=256, ...)`: features F of a region, ids in the vocabulary, and its options by name.

    compares  what `match` reads, and with it how many pairs are scored at once:
              "vectors"  the vectors of both sides; one product, large blocks
              "parts"    regions and words; a block is small enough that all of their products stay in the cache
              "pairs"    each pair goes through a network; a block has at most 4,096 pairs
              A class that overrides `match` and says nothing is taken to compare "parts".
    nets      whole-photo vectors of other networks that the model reads, such as "lite2+mobilenetv2": the last regions it is given,
              whose mask is False.  `parts` and `mask` of its images are the regions before them.
    instead   a sentence that says what stands in for the model's own code, such as a student's function; "" for nothing
    knobs     options that can be turned after training, without other weights: attributes of the model that `match` reads
    may_be_zero  numeric options for which 0 has a meaning; shares of dropout always may
    shows     what the model lets be seen: "attention" between words and regions, "relations" of regions, a "memory" that
              reads regions.  Views say which models have what a model lacks.
    """
    compares: str = "vectors"
    nets: str = ""
    instead: str = ""
    knobs: tuple = ()
    may_be_zero: tuple = ()
    shows: tuple = ()

    def __init_subclass__(cls, **more):
        super().__init_subclass__(**more)
        if "match" in vars(cls) and "compares" not in vars(cls):
            cls.compares = "parts"

    @classmethod
    def sized(cls, options: dict, images: int) -> dict:
        """The options of a run, where some depend on the number of training images (Dual-path's classes)."""
        return options

    def begin(self, batches):
        """Once before the first epoch: learn from the training data what no gradient learns (word counts, concepts, a solution
        in closed form).  What is found goes into buffers, so that a saved run opens without the corpus.

        batches  a function without arguments; each call walks once over the training data, a Batch at a time
        """

    def epoch(self, now: int, of: int):
        """Before each epoch: its number from 0, and how many there are; for stages of training and weights that fall."""

    def encode_images(self, regions: Tensor, mask: Tensor) -> Encoding:
        """regions (I, R, F), mask (I, R) -> Encoding of I images with P = R.

        A model whose regions read each other takes `edges` (I, L, R, R) as well, factors of its affinities; None changes nothing.
        """
        raise TypeError(f"{type(self).__name__} does not read images")

    def encode_texts(self, words: Tensor, mask: Tensor) -> Encoding:
        """words (T, W) ids, mask (T, W) -> Encoding of T texts with P = W."""
        raise TypeError(f"{type(self).__name__} does not read texts")

    def prepare(self, encoding: Encoding) -> Encoding:
        """Before many matches of the same block of images or texts: what `match` would make again each time."""
        return encoding

    def match(self, images: Encoding, texts: Encoding) -> Match:
        """Every image against every text: scores (I, T) and what was seen for each pair, by the names of values.Match."""
        return Match(torch.einsum("id,td->it", images.vector, texts.vector), {})  # VSE++ eq. 3

    def paired(self, images: Encoding, texts: Encoding) -> Tensor:
        """Scores (N,) of image n with text n; a side of one serves all of the other."""
        if len(images.mask) == 1 or len(texts.mask) == 1:
            return self.match(images, texts).scores.flatten()
        # `match` compares every image with every text: of a block of eight, eight of its 64 scores are wanted
        few = [slice(n, n + 8) for n in range(0, len(images.mask), 8)]
        return torch.cat([self.match(images.rows(at), texts.rows(at)).scores.diagonal() for at in few])

    def ranking_losses(self, match: Match) -> list:
        """The score matrices that the ranking loss is applied to, with their weights: [(weight, scores (I, T)), ...].

        One matrix for nearly all papers; VSR++ with fusion="loss" ranks with two; [] for a model whose loss is its own.
        A third entry "nce" asks for InfoNCE of that matrix, whatever the Settings say; the model then has `log_scale`.
        """
        return [(1.0, match.scores)]

    def extra_loss(self, batch: Batch, images: Encoding, texts: Encoding) -> dict:
        """What a paper adds to the ranking loss, by name: {"caption": scalar tensor}; {} for nothing.

        A model whose ranking loss is its own gives it as "rank"; Settings.extra_weight weighs the others.
        """
        return {}

    def reading_order(self, regions: int) -> Tensor | None:
        """(R,) which region a memory reads at each step; None: in the order they are given, or there is no memory."""
        return None

    def knob(self, name: str):
        """The value of a knob, or None where the model has no such knob."""
        return getattr(self, name) if name in self.knobs else None

    def with_knobs(self, **knobs) -> "Matcher":
        """The same weights with other knobs; None leaves one as it is, and the model itself stays as it was."""
        knobs = {name: value for name, value in knobs.items() if value is not None}
        for name in knobs:
            if name not in self.knobs:
                has = f"it has {', '.join(self.knobs)}" if self.knobs else "it has no knobs"
                raise Problem(f"{type(self).__name__} has no knob {name!r}; {has}.")
        if not knobs:
            return self
        other = copy.copy(self)
        other.__dict__ = {**self.__dict__, "_parameters": dict(self._parameters), "_buffers": dict(self._buffers)}
        for name, value in knobs.items():
            learned = isinstance(getattr(self, name), Tensor)                # VSR++ may learn its mu
            other._parameters.pop(name, None), other._buffers.pop(name, None)
            setattr(other, name, torch.as_tensor(float(value)) if learned else value)
        return other

    def load_word_vectors(self, ids: Tensor, vectors: Tensor):
        """Begin from word vectors made elsewhere: ids (N,) of the vocabulary, vectors (N, word_dim).  They train on."""
        for module in self.modules():
            if isinstance(module, Words):
                module.load_word_vectors(ids, vectors)
