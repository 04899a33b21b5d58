"""Two models that are not of the zoo: they keep the contract of models/matcher.py and name nothing that it does not name."""
import torch
from torch import nn

from vsrlab.models.matcher import Matcher
from vsrlab.values import Encoding, Match


def unit(x):
    return nn.functional.normalize(x, dim=-1, eps=1e-8)


class BestRegion(Matcher):
    """Every word takes its best region; a pair scores the mean of what they find (DVSA without its sum)."""
    shows = ("attention",)

    def __init__(self, features, vocabulary, *, dim: int = 16):
        super().__init__()
        self.see, self.read = nn.Linear(features, dim), nn.Embedding(vocabulary, dim)

    def encode_images(self, regions, mask):
        parts = unit(self.see(regions)) * mask[..., None]
        return Encoding(unit(parts.sum(1)), parts, mask, {})

    def encode_texts(self, words, mask):
        parts = unit(self.read(words)) * mask[..., None]
        return Encoding(unit(parts.sum(1)), parts, mask, {})

    def match(self, images, texts):
        cosine = torch.einsum("ird,twd->itwr", images.parts, texts.parts)
        best, where = cosine.masked_fill(~images.mask[:, None, None], -9.0).max(-1)          # (I, T, W)
        attention = nn.functional.one_hot(where, cosine.shape[-1]).float() * texts.mask[None, :, :, None]
        relevance = best * texts.mask
        return Match(relevance.sum(-1) / texts.mask.sum(-1), {"attention": attention, "cosine": cosine, "relevance": relevance})


class Gated(Matcher):
    """A pair goes through a network; the module that weighs the regions is called attention, which is no knob."""
    compares = "pairs"

    def __init__(self, features, vocabulary, *, dim: int = 16):
        super().__init__()
        self.attention, self.see = nn.Linear(features, 1), nn.Linear(features, dim)
        self.read, self.judge = nn.EmbeddingBag(vocabulary, dim, mode="sum", padding_idx=0), nn.Linear(dim, 1)
        self.words = nn.Embedding(vocabulary, dim)

    def encode_images(self, regions, mask):
        weight = self.attention(regions).squeeze(-1).masked_fill(~mask, -1e9).softmax(1)
        parts = self.see(regions) * mask[..., None]
        return Encoding((weight[..., None] * parts).sum(1), parts, mask, {})

    def encode_texts(self, words, mask):
        parts = self.words(words) * mask[..., None]
        return Encoding(parts.sum(1), parts, mask, {})

    def match(self, images, texts):
        both = torch.tanh(images.vector[:, None] * texts.vector[None])                       # (I, T, D)
        return Match(self.judge(both).squeeze(-1), {})
