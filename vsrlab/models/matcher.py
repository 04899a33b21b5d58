"""The contract of every model: encode images, encode texts, match, and what the paper adds to the loss."""
import torch
from torch import Tensor, nn

from vsrlab.models.blocks import TextEncoder
from vsrlab.values import Batch, Encoding, Match


class Matcher(nn.Module):
    """What every model of the zoo can do.  Override `match` when a pair is more than a dot product.

    A model reads tensors, never a corpus, a vocabulary or the name of a data set.

    shows   what it lets be seen: "attention" between words and regions, "relations" of regions, a "memory" that reads regions
    """
    shows: tuple = ()

    def encode_images(self, regions: Tensor, mask: Tensor) -> Encoding:
        """regions (I, R, F), mask (I, R) -> Encoding of I images with P = R."""
        raise TypeError(f"{type(self).__name__} does not read images")

    def encode_texts(self, words: Tensor, mask: Tensor) -> Encoding:
        """words (T, W) ids, mask (T, W) -> Encoding of T texts with P = W."""
        raise TypeError(f"{type(self).__name__} does not read texts")

    def prepare(self, encoding: Encoding) -> Encoding:
        """Before many matches of the same block of images or texts: what `match` would make again each time."""
        return encoding

    def match(self, images: Encoding, texts: Encoding) -> Match:
        """Every image against every text: scores (I, T) and what was seen for each pair."""
        return Match(torch.einsum("id,td->it", images.vector, texts.vector), {})

    def ranking_losses(self, match: Match) -> list:
        """The score matrices that the ranking loss is applied to, with their weights: [(weight, scores (I, T)), ...].

        One matrix for nearly all papers; VSR++ with fusion="loss" ranks with two.
        """
        return [(1.0, match.scores)]

    def extra_loss(self, batch: Batch, images: Encoding, texts: Encoding) -> dict:
        """What a paper adds to the ranking loss, by name: {"caption": scalar tensor}; {} for nothing."""
        return {}

    def load_word_vectors(self, ids: Tensor, vectors: Tensor):
        """Begin from word vectors made elsewhere: ids (N,) of the vocabulary, vectors (N, word_dim).  They train on."""
        for module in self.modules():
            if isinstance(module, TextEncoder):
                module.load_word_vectors(ids, vectors)
