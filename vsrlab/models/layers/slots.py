"""Texts as a row of slots, read by residual blocks of narrow convolutions, and classes of images: the pieces of Dual-path."""
import re

import torch
from torch import Tensor, nn
from torch.nn import functional as fn

from vsrlab.errors import Problem
from vsrlab.models.layers.batchnorm import BatchNorm
from vsrlab.models.layers.blocks import Words, bare

BLOCK = re.compile(r"(\d+)-(\d+)(/2)?")


class Normed(nn.Module):
    """BN(W x), without a bias: x (..., inputs) -> (..., outputs)."""

    def __init__(self, inputs: int, outputs: int):
        super().__init__()
        self.linear, self.norm = bare(inputs, outputs), BatchNorm(outputs)

    def forward(self, x: Tensor) -> Tensor:
        return self.norm(self.linear(x))


class Block(nn.Module):
    """ReLU(skip(x) + BN(W_3 ReLU(BN(W_2 [y_{p-1}, y_p])))) with y = ReLU(BN(W_1 x)); before the first slot stands a zero.

    enter W_1 (inner x inputs), pair W_2 (a convolution of width 2), leave W_3 (outer x inner).  skip is x itself, or BN(W x) where
    the width changes or slots are halved: then W_2 and skip read every other place only.
    """

    def __init__(self, inputs: int, inner: int, outer: int, stride: int):
        super().__init__()
        self.enter, self.leave, self.stride = Normed(inputs, inner), Normed(inner, outer), stride
        self.pair, self.norm = nn.Parameter(nn.init.xavier_uniform_(torch.empty(inner, inner, 2))), BatchNorm(inner)
        self.skip = Normed(inputs, outer) if stride > 1 or inputs != outer else None

    def forward(self, x: Tensor) -> Tensor:
        """x (T, P, inputs) -> (T, P / stride, outer)."""
        y, (before, here) = fn.pad(fn.relu(self.enter(x)), (0, 0, 1, 0)), self.pair.unbind(-1)
        y = y[:, :-1:self.stride] @ before.T + y[:, 1::self.stride] @ here.T
        y = self.leave(fn.relu(self.norm(y)))
        return fn.relu(y + (x if self.skip is None else self.skip(x[:, ::self.stride])))


class Slots(Words):
    """Word vectors in a row of slots, the rest of it empty; a batch norm over all slots, then blocks.

    plan  blocks as (inner, outer, stride).  The word layer's bias adds the same to every slot, and the batch norm takes it away:
    a buffer that stays 0.
    """

    def __init__(self, vocabulary: int, word_dim: int, slots: int, plan: list):
        super().__init__(vocabulary, word_dim)
        self.slots, self.norm, self.blocks, width = slots, BatchNorm(word_dim), nn.ModuleList(), word_dim
        self.register_buffer("bias", torch.zeros(word_dim))
        for inner, outer, stride in plan:
            self.blocks.append(Block(width, inner, outer, stride))
            width = outer

    def forward(self, words: Tensor, mask: Tensor, first: Tensor) -> tuple[Tensor, Tensor]:
        """words (T, W), mask (T, W), first (T,) the slot of each first word -> (T, P, outer), and where each word is now (T, W).

        Words beyond the last slot are cut off.
        """
        place = first[:, None] + mask.cumsum(1) - 1
        x = super().forward(words, mask & (place < self.slots))
        place = place.clamp(0, self.slots - 1)
        x = x.new_zeros(len(x), self.slots, x.shape[2]).scatter_add(1, place[..., None].expand_as(x), x)
        x = self.norm(x + self.bias)
        for block in self.blocks:
            x = block(x)
        return x, place * x.shape[1] // self.slots


def planned(text: str) -> list:
    """Blocks as they are written, "8-32 64-64/2": inner and outer width, and /2 where the slots are halved -> [(8, 32, 1), ...]."""
    found = [BLOCK.fullmatch(word) for word in text.split()]
    if not found or not all(found) or not all(int(m[1]) * int(m[2]) for m in found):
        raise Problem(f"no plan of blocks {text!r}; take full or short, or write inner and outer width of each block, and /2 where "
                      'the slots are halved: "8-32 64-64/2".')
    return [(int(m[1]), int(m[2]), 2 if m[3] else 1) for m in found]


def laid_out(count: tuple, maps: int) -> str:
    """The plan of the paper at another width: `count` blocks of the widths maps / 8, / 4, / 2 and maps.

    The first block of a width is as wide inside (half as wide at the first width), the others a quarter; the second and the third
    width begin by halving the slots.
    """
    words = []
    for n, times in enumerate(count):
        outer = max(4, maps >> (len(count) - 1 - n))
        words += [f"{outer if n else outer // 2}-{outer}" + "/2" * (n in (1, 2))] + [f"{outer // 4}-{outer}"] * (times - 1)
    return " ".join(words)


def kmeans(x: Tensor, count: int, steps: int = 20) -> Tensor:
    """x (N, F) in `count` clusters -> (N,) the cluster of each; begun from rows drawn with a seed of its own.

    An empty cluster takes the row that is farthest from its centre.
    """
    centre = x[torch.randperm(len(x), generator=torch.Generator().manual_seed(0))[:count].to(x.device)].clone()
    for _ in range(steps):
        near = [torch.cdist(rows, centre).min(1) for rows in x.split(1024)]
        distance, cluster = torch.cat([n.values for n in near]), torch.cat([n.indices for n in near])
        size = cluster.bincount(minlength=count)
        empty = (size == 0).nonzero()[:, 0]
        cluster[distance.topk(len(empty)).indices] = empty
        size = cluster.bincount(minlength=count)
        centre = torch.zeros_like(centre).index_add_(0, cluster, x) / size.clamp_min(1)[:, None]
    return cluster
