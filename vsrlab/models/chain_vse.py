"""Chain-VSE.  Wehrmann, Barros: Bidirectional Retrieval Made Simple, CVPR 2018."""
import torch
from torch import Tensor, nn

from vsrlab.models.layers.attention import lowest
from vsrlab.models.layers.blocks import Dropout, choose, linear, mean, unit, violation
from vsrlab.models.matcher import Matcher
from vsrlab.values import Encoding, Match

WIDTHS = (3, 5, 7)                          # of the first layer, in characters


class OneHot(nn.Embedding):
    """Character ids as vectors of zeros and a one, (T, W) -> (T, W, V): an embedding that is not learnt and not saved."""

    def __init__(self, characters: int):
        super().__init__(characters, characters)
        del self.weight
        self.register_buffer("weight", torch.eye(characters), persistent=False)


class Maxout(nn.Module):
    """The larger of two convolutions a and b of one width, (N, inputs, W) -> (N, outputs, W); nothing else bends it."""

    def __init__(self, inputs: int, outputs: int, width: int):
        super().__init__()
        self.a, self.b = (nn.Conv1d(inputs, outputs, width, padding=width // 2) for _ in range(2))

    def forward(self, x: Tensor) -> Tensor:
        return torch.maximum(self.a(x), self.b(x))


class ChainVSE(Matcher):
    """Characters go through towers of convolutions; a text is what each filter found at its best place.

    x_w one-hot characters (characters),  c = [maxout_3(x), maxout_5(x), maxout_7(x)]           first
    tower n: c through n maxout convolutions of width 3, then the maximum over the characters   towers, n = 1..towers
    t = unit(W_t [maxima of all towers] + b_t),  v = unit(W_v x_image + b_v)                    fc, embed
    S = -sum_d max(0, |t| - |v|)_d^2: how far the text is from lying above its image; absolute values number by number

    filters, first  of a convolution in the towers and in the first layer: 64 and 16 here, 256 and 64 in the paper, with which
                    a step costs several times as much
    measure         "order" (printed, ResNet-152, COCO 1K: R@1 55.14 / 41.2 at dim 1024, 59.4 / 43.47 at 8192); "cosine": the
                    command in the README of the code jwehrmann/chain-vse asks for neither order nor absolute values (57.8 / 44.2
                    at 1024, 61.2 / 46.6 at 8192).  A knob: both read the same vectors
    dropout         share of region features and characters set to zero in training

    seen: texts "peaks" (T, W), how many of the towers' filters have their maximum at each character, and of two equal ones at the
    first.  `parts` of a text are what fc makes of the towers at each character, of unit length, of an image those of each region.

    Departures: the code lets padding take part in the maximum, so that a text depends on the longest of its batch; here every
    text is read as if alone, and a character that is masked in its middle is stepped over.  The code's order measure has a root,
    which the paper has not (`measure="order-root"` of vsepp shows it).  A text without characters has zeros for maxima.
    The alphabet is that of the training captions, in the code a fixed list of 71.
    """
    compares = "vectors"
    knobs = ("measure",)

    def __init__(self, features: int, vocabulary: int, *, dim: int = 256, filters: int = 64, first: int = 16, towers: int = 4,
                 measure: str = "order", dropout: float = 0.0):
        super().__init__()
        self.measure = choose("measure", measure, ("order", "cosine"))
        self.characters, self.dropout = OneHot(vocabulary), Dropout(dropout)
        self.first = nn.ModuleList(Maxout(vocabulary, first, width) for width in WIDTHS)
        self.towers = nn.ModuleList(nn.ModuleList(
            Maxout(filters if n else first * len(WIDTHS), filters, 3) for n in range(count)) for count in range(1, towers + 1))
        self.fc, self.embed = linear(towers * filters, dim), linear(features, dim)

    def encode_images(self, regions: Tensor, mask: Tensor) -> Encoding:
        regions = self.dropout(regions)
        vector = unit(self.embed(mean(regions, mask)))
        if self.training:
            return Encoding(vector, vector[:, None], mask[:, :1], {})
        return Encoding(vector, unit(self.embed(regions)) * mask[..., None], mask, {})

    def encode_texts(self, words: Tensor, mask: Tensor) -> Encoding:
        order = torch.argsort(~mask, dim=1, stable=True)                         # real characters first, in their order
        real = mask.take_along_dim(order, 1)
        found = self._towers(words.take_along_dim(order, 1), real)               # (T, towers x filters, W)
        best, where = found.masked_fill(~real[:, None], lowest(found)).max(2)
        best = best * mask.any(1, keepdim=True)
        vector = unit(self.fc(best))
        if self.training:
            return Encoding(vector, vector[:, None], mask.any(1, keepdim=True), {})
        back = order.argsort(1)
        parts = unit(self.fc(found.mT)).take_along_dim(back[..., None], 1) * mask[..., None]
        peaks = torch.zeros_like(words).scatter_add(1, where, torch.ones_like(where)).take_along_dim(back, 1) * mask
        return Encoding(vector, parts, mask, {"peaks": peaks})

    def _towers(self, words: Tensor, real: Tensor) -> Tensor:
        """What all towers give at each character; beyond the last it is zero after every layer, as for a text alone."""
        real = real[:, None]                                                     # (T, 1, W)
        x = self.dropout(self.characters(words).mT) * real                       # (T, V, W)
        c, found = torch.cat([layer(x) for layer in self.first], 1) * real, []
        for tower in self.towers:
            x = c
            for layer in tower:
                x = layer(x) * real
            found.append(x)
        return torch.cat(found, 1)

    def match(self, images: Encoding, texts: Encoding) -> Match:
        if self.measure == "cosine":
            return super().match(images, texts)
        return Match(-violation(images.vector.abs(), texts.vector.abs()), {})
