"""m-CNN.  Ma, Lu, Shang, Li: Multimodal Convolutional Neural Networks for Matching Image and Sentence, ICCV 2015."""
import torch
from torch import Tensor, nn
from torch.nn import functional as fn

from vsrlab.errors import Problem
from vsrlab.models.layers.blocks import Dropout, Words, bare, choose, linear, mean, real_first
from vsrlab.models.layers.pairwise import grid, recomputed
from vsrlab.models.matcher import Matcher
from vsrlab.values import Encoding, Match

LEVELS = ("wd", "phs", "phl", "st")          # the image joins the first, second, third convolution, or what comes after them
SHORTEST = 22                                # slots of which three convolutions and pools leave one
BLOCK = 512                                  # pairs


class Level(nn.Module):
    """One network: three times a convolution of width 3 with ReLU and a maximum of two neighbours, then a score.

    nu_l = ReLU(W_l [x_t, x_{t+1}, x_{t+2}] + b_l), at the level's own convolution ReLU(W_l [x_t, x_{t+1}, x_{t+2}, nu_im] + b_l)
    s = w_s . ReLU(W_h nu_JR + b_h) + b_s, where nu_JR is what is left of the sentence, at level "st" with nu_im
    conv W_l; hidden W_h, score w_s, shift b_s (no ranking loss sees it: a buffer that stays 0).
    A window without a word gives 0 (a gate), so that padding adds nothing; zeros at the end are not computed.
    """

    def __init__(self, level: str, words: int, maps: int, dim: int, length: int):
        super().__init__()
        self.joins, self.slots, self.left = LEVELS.index(level), [], length      # positions after each convolution, and at the end
        for _ in range(3):
            self.slots.append(self.left - 2)
            self.left = self.slots[-1] // 2
        self.conv = nn.ModuleList(linear(3 * (maps if n else words) + dim * (n == self.joins), maps) for n in range(3))
        self.hidden, self.score = linear(self.left * maps + dim * (self.joins == 3), dim), bare(dim, 1)
        self.register_buffer("shift", torch.zeros(1))

    def text(self, x: Tensor, real: Tensor) -> tuple[Tensor, Tensor]:
        """Before the image joins: x (T, P, C), real (T, P) -> what the image is added to (T, P', maps), and its gate (T, P')."""
        for n in range(min(self.joins, 3)):
            windows, gate = self._windows(x, real, n)
            x, real = self._pooled(self.conv[n](windows), gate, n)
        if self.joins == 3:
            return x, real
        windows, gate = self._windows(x, real, self.joins)
        layer = self.conv[self.joins]
        return fn.linear(windows, layer.weight[:, :windows.shape[-1]], layer.bias), gate

    def forward(self, image: Tensor, x: Tensor, real: Tensor) -> Tensor:
        """image (..., D) with what `text` gave of its sentence, (..., P, maps) and (..., P) -> scores (...)."""
        for n in range(self.joins, 3):
            if n > self.joins:
                windows, real = self._windows(x, real, n)
                x = self.conv[n](windows)
            else:
                x = x + fn.linear(image, self.conv[n].weight[:, -image.shape[-1]:])[..., None, :]
            x, real = self._pooled(x, real, n)
        x = fn.pad(x, (0, 0, 0, self.left - x.shape[-2])).flatten(-2)            # nu_JR
        if self.joins == 3:
            shape = torch.broadcast_shapes(image.shape[:-1], x.shape[:-1])
            x = torch.cat([x.expand(*shape, -1), image.expand(*shape, -1)], -1)
        return (self.score(fn.relu(self.hidden(x))) + self.shift)[..., 0]

    def _windows(self, x, real, n):
        """(..., P, C), (..., P) -> windows (..., P', 3 C) that hold a part, at most those of convolution n, and their gate."""
        p = min(x.shape[-2], self.slots[n])
        x, real = (fn.pad(y, (0, 0, 0, max(0, p + 2 - y.shape[-2]))) for y in (x, real[..., None]))
        x, real = (torch.cat([y[..., k:k + p, :] for k in range(3)], -1) for y in (x, real))
        return x, real.any(-1)

    def _pooled(self, x, gate, n):
        """ReLU, gate, and the maximum of two neighbours: (..., P, C) -> (..., P', C); at the last slot one alone is dropped."""
        p, both = min(-(-x.shape[-2] // 2), self.slots[n] // 2), (fn.relu(x) * gate[..., None], gate[..., None])
        x, gate = (fn.pad(y, (0, 0, 0, 1))[..., :2 * p, :].unflatten(-2, (p, 2)) for y in both)
        return x.amax(-2), gate.any(-2)[..., 0]


class MCNN(Matcher):
    """Image and sentence go through one network together; four networks in which they meet at four levels, and their sum.

    nu_im = ReLU(W x + b), x the mean region (embed); reader: the word vectors; each of `levels` as in class Level.

    level   "all" (ENS in the paper: Flickr30K R@1 33.6 / 26.2), or one: "wd" words (21.3 / 18.2), "phs" short phrases
            (25.0 / 19.7), "phl" long phrases (23.9 / 19.4), "st" the sentence (27.0 / 19.7)
    length  slots of a sentence; longer ones are cut
    maps    features of each convolution; 0: dim / 2 (200, 300, 300 for dim = 256 in the paper)
    dropout share of region features and word vectors set to zero in training; 0.1 in the paper
    seen: match "levels" (I, T, levels), the scores whose sum is the score.  `vector` is nu_im, and the mean of the words.
    `parts` are ReLU(W x_r + b) and the word vectors, with zeros up to dim; wider ones are first brought to dim.
    Departures: the four networks of a sum are trained together and share word vectors and nu_im; words start at random.
    One wrong text is soon too easy: rsum 81 on scenes after 6 epochs (800 to learn, 192 others), 132 with eight, 149 after 20.
    """
    compares = "pairs"
    may_be_zero = ("maps",)

    def __init__(self, features: int, vocabulary: int, *, dim: int = 256, word_dim: int = 50, level: str = "all", length: int = 30,
                 maps: int = 0, dropout: float = 0.0):
        super().__init__()
        if length < SHORTEST:
            raise Problem(f"mcnn cannot take length={length}: convolutions leave nothing of it; take length={SHORTEST} or more.")
        chosen = LEVELS if choose("level", level, ("all", *LEVELS)) == "all" else (level,)
        self.dim, self.width, self.length = dim, min(word_dim, dim), length
        self.dropout, self.embed = Dropout(dropout), linear(features, dim)
        self.reader, self.enter = Words(vocabulary, word_dim, dropout), linear(word_dim, dim) if word_dim > dim else None
        self.levels = nn.ModuleDict({x: Level(x, self.width, maps or max(1, dim // 2), dim, length) for x in chosen})

    def encode_images(self, regions: Tensor, mask: Tensor) -> Encoding:
        regions = self.dropout(regions)
        parts = fn.relu(self.embed(regions)) * mask[..., None]
        return Encoding(fn.relu(self.embed(mean(regions, mask))), parts, mask, {})

    def encode_texts(self, words: Tensor, mask: Tensor) -> Encoding:
        x = self.reader(words, mask)
        x = fn.pad(x, (0, self.dim - self.width)) if self.enter is None else self.enter(x) * mask[..., None]
        return Encoding(mean(x, mask), x, mask, {})

    def match(self, images: Encoding, texts: Encoding) -> Match:
        levels, = grid(lambda *x: (recomputed(self._network, self.training, *x),), (images.vector,), self._texts(texts), BLOCK)
        return Match(levels.sum(-1), {} if self.training else {"levels": levels})

    def paired(self, images: Encoding, texts: Encoding) -> Tensor:
        return self._network(images.vector, *self._texts(texts)).sum(-1)

    def _texts(self, texts: Encoding) -> tuple:
        """All that needs no image; real words first, then for each level what `Level.text` gives: (T, P, maps), (T, P), ..."""
        last = max(1, min(self.length, int(texts.mask.sum(1).max())))
        x, real = real_first(texts.parts[..., :self.width], texts.mask)
        return tuple(found for level in self.levels.values() for found in level.text(x[:, :last], real[:, :last]))

    def _network(self, image, *texts):
        """image (..., D) and what `_texts` gave -> (..., levels)."""
        return torch.stack([level(image, *texts[2 * n:2 * n + 2]) for n, level in enumerate(self.levels.values())], -1)
