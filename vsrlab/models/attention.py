"""Stacked cross attention, for every pair at once and without building a single attended vector.

Lee, Chen, Hua, Hu, He: Stacked Cross Attention for Image-Text Matching, ECCV 2018.  Each query (a word, or a region
in the other direction) attends to the other side; its relevance is the cosine with what it attended to; the score
pools the relevances.  Of the attended vector c = sum_k a_k v_k only two numbers are used, and both follow from inner
products: q.c = sum_k a_k (q.v_k) and |c|^2 = a' G a, with G the Gram matrix of the parts attended to.  One product of
all words with all regions is then the only work that grows with D.

The products of N contexts of P parts with M others of Q queries are kept as (N, P, Q, M): sums over parts or queries then
run along long rows.  What follows them is done in pieces that stay in a CPU's cache (`in_pieces`).
"""
from dataclasses import dataclass, replace

import torch
from torch import Tensor
from torch.nn import functional as fn

from vsrlab.models.blocks import EPS, choose, root
from vsrlab.models.pieces import in_pieces, spare
from vsrlab.values import Encoding, Match

DIRECTIONS = ("t-i", "i-t", "both")
POOLINGS = ("mean", "lse", "sum", "max", "summax")
RAW_NORMS = ("clipped_l2norm", "l2norm", "clipped_l1norm", "l1norm", "clipped", "softmax", "no_norm")
SHARPNESS = {"t-i": 9.0, "i-t": 4.0}      # lambda 1 of the paper
LSE = {"t-i": 6.0, "i-t": 5.0}              # lambda 2, Flickr30K
PARTS, QUERIES = 1, 2                       # axes of (N, P, Q, M): every part of N contexts with every query of M others
GROUP = {"t-i": 32, "i-t": 8}               # texts of similar length that a CPU scores together
MILD = 16.0                                 # up to here exp(sharpness) and its square are far from the limits of float32


@dataclass(frozen=True)
class CrossAttention:
    """The local score of SCAN and VSR++, with its choices.

    direction    "t-i": words attend to regions; "i-t": regions attend to words; "both": the mean of the two scores
    pooling      of the relevances: "mean" (AVG), "lse" (LogSumExp), "sum", "max"; "summax" is the paper's baseline
                 without attention: for each query its best cosine, summed (in the paper, not in its code)
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
            return self._seen(images, texts, unit_length)
        # small groups on a CPU, so that little is computed for padding; a GPU is better fed with much
        cpu, there = texts.mask.device.type == "cpu", self.direction == "t-i"
        groups, back = by_length(texts, GROUP[self.direction] if cpu else 2 ** 26 // (images.mask.numel() * texts.mask.shape[1]))
        images = _kept(images, gram=gram(images)) if there else _kept(images, asking=_by_part(images))    # once for all groups
        raws = self._together(images, groups)
        scores = [self._score(images, group, raw, unit_length) for group, raw in zip(groups, raws)]
        return Match(torch.cat(scores, 1)[:, back], {})

    def _together(self, images: Encoding, groups: list) -> tuple:
        """The products (N P, Q M) of the images with each group of texts, out of one product of all."""
        sizes = [group.mask.numel() for group in groups]
        if self.direction == "i-t":
            return products(_joined([group.parts.flatten(0, 1) for group in groups]), queries(images)).split(sizes)
        words = _joined([queries(group) for group in groups])
        words = fn.pad(words, (0, 0, 0, -len(words) % 16)) if len(words) % 16 else words      # see `products`
        return products(images.parts.flatten(0, 1), words)[:, :sum(sizes)].split(sizes, 1)

    def _score(self, images: Encoding, texts: Encoding, raw: Tensor, unit_length: bool) -> Tensor:
        """(I, T) from the products."""
        context, asking = self._sides(images, texts)
        real = _unless_all(asking.mask.T)                                        # (Q, M)
        attend = lambda raw, gram, parts: self._attend(raw, gram, parts, real)[0]
        relevance = in_pieces(attend, raw.view(*context.mask.shape, *asking.mask.T.shape), gram(context), _unless_all(context.mask))
        scores = self._pool(relevance if unit_length else relevance / _size(asking), real)
        return scores if context is images else scores.T

    def _seen(self, images: Encoding, texts: Encoding, unit_length: bool) -> Match:
        """The scores (I, T) with what they are made of."""
        context, asking = self._sides(images, texts)
        real, raw = _unless_all(asking.mask.T), products(context.parts.flatten(0, 1), queries(asking))
        raw = raw.view(*context.mask.shape, *asking.mask.T.shape)
        relevance, weights = self._attend(raw, gram(context), _unless_all(context.mask), real)
        if not unit_length:
            relevance = relevance / _size(asking)
            raw = raw / (length(context.parts)[:, :, None, None] * _size(asking)).clamp_min(EPS)
        scores, attention = self._pool(relevance, real), weights / weights.sum(PARTS, keepdim=True).clamp_min(EPS)
        if real is not None:                                                     # nothing is seen of padding
            attention, relevance = attention * real, relevance * real
        there = context is images
        axes = (0, 3, 2, 1) if there else (3, 0, 1, 2)                           # to (I, T, W, R)
        seen = {"cosine": raw.permute(axes), "attention" if there else "attention i-t": attention.permute(axes)}
        if there:
            return Match(scores, {**seen, "relevance": relevance.permute(0, 2, 1)})
        return Match(scores.T, {**seen, "relevance i-t": relevance.permute(2, 0, 1)})

    def _sides(self, images: Encoding, texts: Encoding) -> tuple[Encoding, Encoding]:
        """N contexts that are attended to, and M others whose parts ask."""
        return (images, texts) if self.direction == "t-i" else (texts, images)

    def _attend(self, raw: Tensor, gram: Tensor, parts: Tensor | None, real: Tensor | None) -> tuple[Tensor, Tensor]:
        """The relevance of each query (N, Q, M), times its length, and its attention to each part (N, P, Q, M), up to a factor.

        From the products (N, P, Q, M), the Gram matrices (N, P, P), and masks of parts (N, P) and queries (Q, M), None for all.
        """
        parts = None if parts is None else parts[:, :, None, None]
        if self.pooling == "summax":
            return best(raw, parts)
        x = self._normalise(raw, real)
        if self.raw_norm in ("clipped", "no_norm") or abs(self.sharpness) > MILD:
            x = x if parts is None else x.masked_fill(~parts, lowest(x))
            x = x - x.amax(PARTS, keepdim=True)
        a = torch.exp(x, out=spare(x))                   # a softmax without its sum, which falls out of the cosine
        a = a if parts is None else a * parts
        product = torch.mul(a, raw)
        along = product.sum(PARTS)                                               # q.c
        product = torch.bmm(gram, a.flatten(2), out=spare(product, a.flatten(2).shape)).view_as(a)
        square = torch.mul(product, a, out=spare(product)).sum(PARTS)            # a' G a
        return along * square.clamp_min(EPS ** 2).rsqrt(), a

    def _normalise(self, raw: Tensor, real: Tensor | None) -> Tensor:
        """The raw products (N, P, Q, M) of each part over its queries, times lambda 1; never `raw` itself."""
        x = fn.leaky_relu(raw, 0.1) if self.raw_norm.startswith("clipped") else raw
        if self.raw_norm in ("clipped", "no_norm"):
            return x * self.sharpness
        if self.raw_norm == "softmax":
            return torch.softmax(x if real is None else x.masked_fill(~real, lowest(x)), QUERIES) * self.sharpness
        x = x if real is None else x * real
        if "l1" in self.raw_norm:
            size = x.abs().sum(QUERIES, keepdim=True)
        else:
            size = root((x * x).sum(QUERIES, keepdim=True))
        return torch.mul(x, self.sharpness / (size + EPS), out=None if x is raw else spare(x))

    def _pool(self, relevance: Tensor, real: Tensor | None) -> Tensor:
        """One score a pair: relevance (N, Q, M) -> (N, M)."""
        if self.pooling == "lse":
            x = relevance * self.lse
            return torch.logsumexp(x if real is None else x.masked_fill(~real, lowest(x)), 1) / self.lse
        if self.pooling == "max":
            return (relevance if real is None else relevance.masked_fill(~real, lowest(relevance))).amax(1)
        if real is None:
            return relevance.mean(1) if self.pooling == "mean" else relevance.sum(1)
        total = (relevance * real).sum(1)
        return total / real.sum(0).clamp_min(1) if self.pooling == "mean" else total


def prepare(encoding: Encoding) -> Encoding:
    """With what every block of the other side asks of this one: see `gram` and `queries`."""
    return _kept(encoding, gram=gram(encoding), asking=_by_part(encoding))


def gram(encoding: Encoding) -> Tensor:
    """(N, P, P): the inner products of the parts of each image or text."""
    found = encoding.seen.get("gram")
    return encoding.parts @ encoding.parts.mT if found is None else found


def queries(encoding: Encoding) -> Tensor:
    """(P N, D): the first part of all, then the second of all: the order in which `products` has them as queries."""
    found = encoding.seen.get("asking")
    return (_by_part(encoding) if found is None else found).transpose(0, 1).flatten(0, 1)


def _by_part(encoding: Encoding) -> Tensor:
    """The parts (N, P, D), with those of the same place beside each other in memory."""
    return encoding.parts.transpose(0, 1).contiguous().transpose(0, 1)


def _joined(tensors: list) -> Tensor:
    return torch.cat(tensors) if len(tensors) > 1 else tensors[0]


def _kept(encoding: Encoding, **more) -> Encoding:
    return encoding._replace(seen={**encoding.seen, **more})


def _unless_all(mask: Tensor) -> Tensor | None:
    """None in place of a mask that leaves nothing out."""
    return None if bool(mask.all()) else mask


def _size(encoding: Encoding) -> Tensor:
    """(P, N) the length of each part as a query, to divide by."""
    return length(encoding.parts).T.clamp_min(EPS)


def by_length(texts: Encoding, each: int):
    """Texts in groups of similar length, cut to the longest: a list of Encodings, and the index (T,) that undoes the order."""
    if bool(texts.mask.all()):
        return [texts], slice(None)
    last = (texts.mask * torch.arange(1, texts.mask.shape[1] + 1, device=texts.mask.device)).amax(1)    # (T,)
    order = last.argsort()
    groups = []
    for rows in order.split(max(1, each)):
        width = max(1, int(last[rows[-1]]))
        groups.append(Encoding(texts.vector[rows], texts.parts[rows, :width], texts.mask[rows, :width], {}))
    return groups, order.argsort()


def products(a: Tensor, b: Tensor) -> Tensor:
    """(N, D), (M, D) -> (N, M).  Rows that are no multiple of 16 numbers long cost a CPU's matrix product half its speed."""
    return (b @ a.T).T.contiguous() if len(b) % 16 and len(a) % 16 == 0 else a @ b.T


def best(raw: Tensor, real: Tensor | None) -> tuple[Tensor, Tensor]:
    """The best product of each query (N, M, Q), and all attention on the part that has it (N, P, M, Q)."""
    value, where = (raw if real is None else raw.masked_fill(~real, lowest(raw))).max(PARTS, keepdim=True)
    attention = torch.zeros_like(raw).scatter(PARTS, where, 1.0)
    if real is not None:                                                         # where nothing is real, nothing is found
        value, attention = value.masked_fill(~real.any(PARTS, keepdim=True), 0), attention * real
    return value.squeeze(PARTS), attention


def lowest(x: Tensor) -> float:
    """The smallest finite number of the type of x: minus infinity that stays finite under arithmetic."""
    return torch.finfo(x.dtype).min


def length(x: Tensor) -> Tensor:
    """Along D: (N, P, D) -> (N, P)."""
    return root(x.square().sum(-1))
