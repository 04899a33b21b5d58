"""The values that travel through vsrlab, and the letters of their axes.

    I images    T texts    R regions    W words    F raw feature    D joint space
    B pairs of a training batch: there I = T = B, and text b belongs to image b
    L layers of reasoning    N either side's count    P parts of one side (R or W)
"""
from typing import NamedTuple

import torch
from torch import Tensor


def introduce(value) -> str:
    """Field names and shapes, so that a value can be looked at in a notebook."""
    def short(x):
        if isinstance(x, dict):
            return "{" + ", ".join(f"{k} {short(v)}" for k, v in x.items()) + "}"
        return str(tuple(x.shape)) if hasattr(x, "shape") else repr(x)
    return type(value).__name__ + "\n" + "\n".join(f"  {k:14s}{short(v)}" for k, v in value._asdict().items())


class Batch(NamedTuple):
    """What a model reads.  Padding is zero in the data and False in its mask."""
    regions: Tensor        # (I, R, F)  region features, float32
    region_mask: Tensor    # (I, R)     True where a region is real
    words: Tensor          # (T, W)     word ids: <start> ... <end>, padded with 0
    word_mask: Tensor      # (T, W)     True where a word is real, <start> and <end> included
    image: Tensor          # (I,)       row of the image in its corpus
    __repr__ = introduce

    def to(self, device) -> "Batch":
        """The same on another device."""
        return Batch(*(x.to(device, non_blocking=True) for x in self))


class Encoding(NamedTuple):
    """One side of N images or N texts: a vector each, their parts, and what was seen on the way."""
    vector: Tensor         # (N, D)     what the global score compares; unit length unless the paper says otherwise
    parts: Tensor          # (N, P, D)  regions after the model's own reasoning, or words
    mask: Tensor           # (N, P)     True where a part is real
    seen: dict             # name -> (N, ...)   "affinity" (I, L, R, R), "layers" (I, L+1, R, D), "memory" (I, R, D), ...
    __repr__ = introduce

    def rows(self, index) -> "Encoding":
        """The encoding of some rows: a slice, a list or an index tensor."""
        return Encoding(self.vector[index], self.parts[index], self.mask[index],
                        {k: v[index] for k, v in self.seen.items()})

    def to(self, device) -> "Encoding":
        """The same on another device."""
        return Encoding(self.vector.to(device), self.parts.to(device), self.mask.to(device),
                        {k: v.to(device) for k, v in self.seen.items()})

    def lean(self) -> "Encoding":
        """Without what was seen: all that `match` needs, and nothing for pictures."""
        return self._replace(seen={})


def join(encodings: list) -> Encoding:
    """Encodings of shards, one after the other; parts are padded to the longest."""
    longest = max(e.mask.shape[1] for e in encodings)

    def pad(x, axis):
        short = longest - x.shape[axis]
        return torch.nn.functional.pad(x, (0, 0) * (x.dim() - 1 - axis) + (0, short)) if short else x
    return Encoding(torch.cat([e.vector for e in encodings]), torch.cat([pad(e.parts, 1) for e in encodings]),
                    torch.cat([pad(e.mask, 1) for e in encodings]),
                    {k: torch.cat([e.seen[k] for e in encodings]) for k in encodings[0].seen})


class Match(NamedTuple):
    """Every image against every text."""
    scores: Tensor         # (I, T)
    seen: dict             # name -> (I, T, ...), see below
    __repr__ = introduce


# What a match may let be seen.  The name carries the direction, so that a reader need not know the model:
#   "attention"      (I, T, W, R)  words attend to regions: every real word sums to one over the regions
#   "relevance"      (I, T, W)     how well each word agrees with what it attended to
#   "attention i-t"  (I, T, W, R)  regions attend to words: every real region sums to one over the words
#   "relevance i-t"  (I, T, R)     how well each region agrees with what it attended to
#   "cosine"         (I, T, W, R)  raw cosines of words and regions
#   "global", "local"  (I, T)      the two scores of a model that adds them up
