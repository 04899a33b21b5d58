"""Texts without their order: tf-idf or the mean of given word vectors, and the two branches of DSPE, RRF-Net and CCA upon them."""
import torch
from torch import Tensor, nn
from torch.nn import functional as fn

from vsrlab.models.batchnorm import BatchNorm
from vsrlab.models.blocks import Dropout, Words, choose, linear, mean, unit
from vsrlab.models.matcher import Matcher
from vsrlab.values import Encoding

MARKS = 3        # the first ids are padding, <start> and <end>: they stand in every text and say nothing


class GivenWords(Words):
    """Word vectors that are given and not trained: a buffer.  Random until `load_word_vectors` puts others in."""

    def __init__(self, vocabulary: int, word_dim: int):
        super().__init__(vocabulary, word_dim)
        vectors = self.embed.weight.detach()
        del self.embed.weight
        self.embed.register_buffer("weight", vectors)


class MeanVector(GivenWords):
    """words (T, W), mask (T, W) -> (T, width): the mean of the given vectors of a text's words, <start> and <end> with them."""

    def __init__(self, vocabulary: int, word_dim: int):
        super().__init__(vocabulary, word_dim)
        self.width = word_dim

    def forward(self, words: Tensor, mask: Tensor) -> Tensor:
        return mean(self.each(words, mask), mask)

    def each(self, words: Tensor, mask: Tensor) -> Tensor:
        """(T, W, width): every word's vector, zero on padding."""
        return super().forward(words, mask)

    def begin(self, batches):
        """Nothing to count."""


class TfIdf(nn.Module):
    """words (T, W), mask (T, W) -> (T, V): how often a text holds each word, times log((1 + N) / (1 + n)) + 1.

    N texts (`texts`), n of them with the word (`holding`): buffers that `begin` fills from the training captions; before, every
    word weighs 1.  A word that no training caption holds weighs nothing, for nothing was learnt of it.
    """

    def __init__(self, vocabulary: int):
        super().__init__()
        self.width = vocabulary
        self.register_buffer("texts", torch.zeros(()))
        self.register_buffer("holding", torch.zeros(vocabulary))

    def counts(self, words: Tensor, mask: Tensor) -> Tensor:
        """(T, V): how often each text holds each word; marks are not counted."""
        found = torch.zeros(len(words), self.width, dtype=self.holding.dtype, device=words.device)
        return found.scatter_add_(1, words, (mask & (words >= MARKS)).to(found.dtype))

    def forward(self, words: Tensor, mask: Tensor) -> Tensor:
        weight = ((1 + self.texts) / (1 + self.holding)).log() + 1
        known = (self.holding > 0) | (self.texts == 0)
        return self.counts(words, mask) * (weight * known)

    def begin(self, batches):
        """Count the training captions; a batch is a values.Batch."""
        self.texts.zero_(), self.holding.zero_()
        for batch in batches():
            self.texts += len(batch.words)
            self.holding += (self.counts(batch.words, batch.word_mask) > 0).sum(0)


def text_vector(text: str, vocabulary: int, word_dim: int) -> nn.Module:
    """The reader that the option `text` names: "tfidf" or "mean"."""
    choose("text", text, ("tfidf", "mean"))
    return TfIdf(vocabulary) if text == "tfidf" else MeanVector(vocabulary, word_dim)


class Branch(nn.Module):
    """Two layers from one vector into the joint space, with batch norm where a paper has it: DSPE's branch, RRF-Net's beginning.

    x -> norm "enter" -> fc1 -> norm "middle" -> ReLU, dropout -> fc2 -> norm "leave";  `norms` names those that are there
    """

    def __init__(self, inputs: int, hidden: int, dim: int, norms: tuple, dropout: float = 0.0):
        super().__init__()
        self.fc1, self.fc2, self.dropout = linear(inputs, hidden), linear(hidden, dim), Dropout(dropout)
        self.enter, self.middle, self.leave = (BatchNorm(width) if name in norms else nn.Identity() for name, width in (
            ("enter", inputs), ("middle", hidden), ("leave", dim)))

    def forward(self, x: Tensor) -> Tensor:
        """x (..., inputs) -> (..., D), of any length."""
        return self.leave(self.fc2(self.dropout(fn.relu(self.middle(self.fc1(self.enter(x)))))))


class TwoBranches(Matcher):
    """v = unit(image(mean_r f_r)),  t = unit(text(reader(words))): two vectors of length one.

    `parts` are what a region, or a word, would be as an image, or as a text, of it alone.  In training nobody asks for them: they
    are the vector then.  How a branch is asked is `_through`.
    """
    compares = "vectors"

    def __init__(self, reader: nn.Module, image: nn.Module, text: nn.Module):
        super().__init__()
        self.reader, self.image, self.text = reader, image, text

    def begin(self, batches):
        self.reader.begin(batches)

    def encode_images(self, regions: Tensor, mask: Tensor) -> Encoding:
        vector, seen = self._through(self.image, mean(regions, mask))
        if self.training:
            return Encoding(vector, vector[:, None], mask.any(1, keepdim=True), seen)
        return Encoding(vector, self._through(self.image, regions)[0] * mask[..., None], mask, seen)

    def encode_texts(self, words: Tensor, mask: Tensor) -> Encoding:
        vector, seen = self._through(self.text, self.reader(words, mask))
        if self.training:
            return Encoding(vector, vector[:, None], mask.any(1, keepdim=True), seen)
        different, at = words.unique(return_inverse=True)
        alone, _ = self._through(self.text, self.reader(different[:, None], different[:, None] > 0))
        return Encoding(vector, alone[at] * mask[..., None], mask, seen)

    def _through(self, branch: nn.Module, x: Tensor) -> tuple[Tensor, dict]:
        """x (..., inputs) -> vectors (..., D) of length one, and what was seen on the way."""
        return unit(branch(x)), {}
