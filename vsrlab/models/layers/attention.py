"""Stacked cross attention, for every pair at once and without building a single attended vector.

Lee, Chen, Hua, Hu, He: Stacked Cross Attention for Image-Text Matching, ECCV 2018.  Each query (a word, or a region
in the other direction) attends to the other side; its relevance is the cosine with what it attended to; the score
pools the relevances.  Of the attended vector c = sum_k a_k v_k only two numbers are used, and both follow from inner
products: q.c = sum_k a_k (q.v_k) and |c|^2 = a' G a, with G the Gram matrix of the parts attended to.  One product of
all words with all regions is then the only work that grows with D.
"""
from dataclasses import dataclass, replace

import torch
from torch import Tensor
from torch.nn import functional as fn

from vsrlab.models.layers.blocks import EPS, choose, root
from vsrlab.values import Encoding, Match

DIRECTIONS = ("t-i", "i-t", "both")
POOLINGS = ("mean", "lse", "sum", "max", "summax", "meanmax")
RAW_NORMS = ("clipped_l2norm", "l2norm", "clipped_l1norm", "l1norm", "clipped", "softmax", "no_norm")
SHARPNESS = {"t-i": 9.0, "i-t": 4.0}      # lambda 1 of the paper
LSE = {"t-i": 6.0, "i-t": 5.0}              # lambda 2, Flickr30K
PARTS, QUERIES = 1, 3                       # axes of (N, P, M, Q): every part of N contexts with every query of M others


@dataclass(frozen=True)
class CrossAttention:
    """The local score of SCAN and VSR++, with its choices.

    direction    "t-i": words attend to regions; "i-t": regions attend to words; "both": the mean of the two scores
    pooling      of the relevances: "mean" (AVG), "lse" (LogSumExp), "sum", "max"; "summax" is the paper's baseline
                 without attention: for each query its best cosine, summed (in the paper, not in its code); "meanmax" is its
                 mean, "word-region max", which does not grow with the length of the sentence
    sharpness    lambda 1, how sharply a query attends: it multiplies inside the softmax, the inverse of a temperature;
                 None: 9 for t-i, 4 for i-t
    lse          lambda 2 of the LogSumExp; None: 6 for t-i, 5 for i-t
    raw_norm     of the raw products over the queries, before the softmax; "clipped" is a leaky ReLU with slope 0.1, as
                 in the code, where the paper clips at zero.  The code calls an undefined helper for the two l1 norms;
                 here they divide by the sum of absolute values, as its l1norm function would.
    """
    direction: str = "t-i"
    pooling: str = "mean"
    sharpness: float | None = None
    lse: float | None = None
    raw_norm: str = "clipped_l2norm"

    def __post_init__(self):
        choose("direction", self.direction, DIRECTIONS)
        choose("pooling", self.pooling, POOLINGS)
        choose("raw_norm", self.raw_norm, RAW_NORMS)
        for name, default in (("sharpness", SHARPNESS), ("lse", LSE)):
            if getattr(self, name) is None and self.direction != "both":         # each of the two has its own
                object.__setattr__(self, name, default[self.direction])

    def __call__(self, images: Encoding, texts: Encoding, unit_length: bool = True, pictures: bool = True) -> Match:
        """Every image against every text: scores (I, T), and seen, by the names of values.Match.

        t-i shows "attention" and "relevance", i-t "attention i-t" and "relevance i-t", both show all four; "cosine" stands beside.
        unit_length  the parts have length one, or are zero
        pictures     False (training): nothing is seen, and the texts are scored in groups of similar length, so that
                     little is computed for padding
        """
        if self.direction == "both":
            there, back = (replace(self, direction=d)(images, texts, unit_length, pictures) for d in ("t-i", "i-t"))
            return Match((there.scores + back.scores) / 2, {**back.seen, **there.seen})
        if pictures:
            return self._score(images, texts, unit_length)
        # about a million numbers a group stay in the cache; a GPU is better fed with more
        cells = (2 ** 20 if images.parts.device.type == "cpu" else 2 ** 26) // images.mask.numel()
        groups, back = by_length(texts, cells)
        images = prepare(images) if self.direction == "t-i" else images          # one Gram matrix for all groups
        raws = self._together(images.parts.flatten(0, 1), [group.parts.flatten(0, 1) for group in groups])
        scores = [self._score(images, group, unit_length, raw, False).scores for group, raw in zip(groups, raws)]
        return Match(torch.cat(scores, 1)[:, back], {})

    def _together(self, regions: Tensor, groups: list) -> tuple:
        """The products of regions (I R, D) with the words (T W, D) of each group, out of one product of all."""
        words, sizes = torch.cat(groups), [len(group) for group in groups]
        if self.direction == "i-t":
            return products(words, regions).split(sizes)                         # (T W, I R)
        words = fn.pad(words, (0, 0, 0, -len(words) % 16))                       # see `products`
        return products(regions, words)[:, :sum(sizes)].split(sizes, 1)          # (I R, T W)

    def _score(self, images: Encoding, texts: Encoding, unit_length: bool, raw: Tensor | None = None,
               pictures: bool = True) -> Match:
        there = self.direction == "t-i"
        context, asking = (images, texts) if there else (texts, images)          # i-t: N texts and M images
        (n, p, dim), (m, q) = context.parts.shape, asking.mask.shape
        # SCAN (1), and DVSA's products
        raw = products(context.parts.reshape(-1, dim), asking.parts.reshape(-1, dim)) if raw is None else raw
        raw = raw.view(n, p, m, q)
        real = None if bool(context.mask.all()) else context.mask[:, :, None, None]
        queries = None if bool(asking.mask.all()) else asking.mask[None, None]   # (1, 1, M, Q)
        if self.pooling in ("summax", "meanmax"):
            relevance, attention = best(raw, real, pictures)                     # best region
        else:
            x = self._normalise(raw, queries)
            attention = softmax(x, PARTS, real)                                  # SCAN (3)
            along = torch.mul(attention, raw, out=spare(x)).sum(PARTS)           # SCAN (4): q.c  (N, M, Q)
            mixed = torch.bmm(gram(context), attention.flatten(2), out=spare(x, (n, p, m * q)))
            square = torch.mul(mixed, attention.flatten(2), out=spare(mixed)).sum(1).view(n, m, q)      # SCAN (4): a' G a
            # SCAN (5)
            relevance = along / (root(square) if unit_length else root(square) * length(asking.parts)).clamp_min(EPS)
        scores = self._pool(relevance, None if queries is None else queries[0])
        if queries is not None:                                                  # nothing is seen of padding
            attention, relevance = attention * queries, relevance * queries[0]
        if not unit_length:
            raw = raw / (length(context.parts)[:, :, None, None] * length(asking.parts)).clamp_min(EPS)
        axes = (0, 2, 3, 1) if there else (2, 0, 1, 3)                           # to (I, T, W, R)
        seen = {"cosine": raw.permute(axes), "attention" if there else "attention i-t": attention.permute(axes)}
        if there:
            return Match(scores, {**seen, "relevance": relevance})
        return Match(scores.T, {**seen, "relevance i-t": relevance.transpose(0, 1)})

    def _normalise(self, raw: Tensor, queries: Tensor | None) -> Tensor:
        """The raw products (N, P, M, Q) of each part over its queries, times lambda 1; never `raw` itself."""
        x = fn.leaky_relu(raw, 0.1) if self.raw_norm.startswith("clipped") else raw      # SCAN (2)
        if self.raw_norm in ("clipped", "no_norm"):
            return x * self.sharpness
        if self.raw_norm == "softmax":
            return softmax(x, QUERIES, queries) * self.sharpness
        x = x if queries is None else x * queries
        # SCAN (2)
        size = torch.linalg.vector_norm(x, 1 if "l1" in self.raw_norm else 2, dim=QUERIES, keepdim=True)
        # SCAN (2), and the lambda of (3)
        return torch.mul(x, self.sharpness / (size + EPS), out=None if x is raw else spare(x))

    def _pool(self, relevance: Tensor, real: Tensor | None) -> Tensor:
        """One score a pair: relevance (N, M, Q) -> (N, M)."""
        if self.pooling == "lse":
            x = relevance * self.lse
            # SCAN (7)
            return torch.logsumexp(x if real is None else x.masked_fill(~real, lowest(x)), -1) / self.lse
        if self.pooling == "max":
            return (relevance if real is None else relevance.masked_fill(~real, lowest(relevance))).amax(-1)
        if real is None:
            return relevance.mean(-1) if "mean" in self.pooling else relevance.sum(-1)      # SCAN (6), DVSA's sum of relevances
        total = (relevance * real).sum(-1)
        return total / real.sum(-1).clamp_min(1) if "mean" in self.pooling else total


def prepare(encoding: Encoding) -> Encoding:
    """With the Gram matrix of its parts (N, P, P) among what was seen, which `match` then need not make for every block."""
    return encoding._replace(seen={**encoding.seen, "gram": gram(encoding)})


def gram(encoding: Encoding) -> Tensor:
    """(N, P, P): the inner products of the parts of each image or text."""
    found = encoding.seen.get("gram")
    return encoding.parts @ encoding.parts.mT if found is None else found


def by_length(texts: Encoding, cells: int):
    """Texts in groups of similar length, cut to the longest: a list of Encodings, and the index (T,) that undoes the order.

    `cells` is the size of a group in words.
    """
    last = (texts.mask * torch.arange(1, texts.mask.shape[1] + 1, device=texts.mask.device)).amax(1)    # (T,)
    order = last.argsort()
    each = max(1, cells // max(1, int(last.float().mean())))
    groups = []
    for rows in order.split(each):
        width = max(1, int(last[rows[-1]]))
        groups.append(Encoding(texts.vector[rows], texts.parts[rows, :width], texts.mask[rows, :width], {}))
    return groups, order.argsort()


def products(a: Tensor, b: Tensor) -> Tensor:
    """(N, D), (M, D) -> (N, M).  Rows that are no multiple of 16 numbers long cost a CPU's matrix product half its speed."""
    return (b @ a.T).T.contiguous() if len(b) % 16 and len(a) % 16 == 0 else a @ b.T


def best(raw: Tensor, real: Tensor | None, pictures: bool = True) -> tuple[Tensor, Tensor]:
    """The best product of each query (N, M, Q), and all attention on the part that has it (N, P, M, Q); none without `pictures`."""
    value, where = (raw if real is None else raw.masked_fill(~real, lowest(raw))).max(PARTS, keepdim=True)
    attention = torch.zeros_like(raw).scatter(PARTS, where, 1.0) if pictures else raw.new_zeros(1, 1, 1, 1)
    if real is not None:                                                         # where nothing is real, nothing is found
        value, attention = value.masked_fill(~real.any(PARTS, keepdim=True), 0), attention * real
    return value.squeeze(PARTS), attention


def softmax(x: Tensor, axis: int, real: Tensor | None) -> Tensor:
    """Over the real parts.  Where none is real it stays finite, which minus infinity would not."""
    return torch.softmax(x if real is None else x.masked_fill(~real, lowest(x)), axis)


def lowest(x: Tensor) -> float:
    """The smallest finite number of the type of x: minus infinity that stays finite under arithmetic."""
    return torch.finfo(x.dtype).min


def spare(x: Tensor, shape: tuple | None = None) -> Tensor | None:
    """The memory of x for the result of the next operation, where no gradient will ask for x; else None, new memory.

    Fresh memory costs as much as the work on it once blocks are small enough for the cache.
    """
    if torch.is_grad_enabled() or torch.is_autocast_enabled(x.device.type):
        return None
    return x if shape is None else x.view(shape)


def length(x: Tensor) -> Tensor:
    """Along D: (N, P, D) -> (N, P)."""
    return root(x.square().sum(-1))
