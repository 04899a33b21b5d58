"""Texts without their order: word counts weighed by how rare a word is (tf-idf), or the mean of given word vectors."""
import torch
from torch import Tensor, nn

from vsrlab.models.blocks import Words, choose, mean

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
