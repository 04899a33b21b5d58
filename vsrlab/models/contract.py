"""Does a model keep the contract?  One sentence for each way in which it does not, before a number is believed."""
import torch

from vsrlab.errors import Problem
from vsrlab.values import Encoding, Match

SUM = 1e-3            # how far the attention of a word may be from one
# of `Match.seen`: the axes after I and T
SEEN = {"attention": "WR", "attention i-t": "WR", "cosine": "WR", "relevance": "W", "relevance i-t": "R", "global": "", "local": ""}


def checked_encoding(model, encoding, side: str, n: int) -> Encoding:
    """The encoding, if it is one of n images or texts; side "images" or "texts"."""
    name, letter = f"{type(model).__name__}.encode_{side}", side[0].upper()
    if not isinstance(encoding, Encoding):
        raise Problem(f"{name} returned a {type(encoding).__name__}; it returns values.Encoding(vector, parts, mask, seen).")
    for field, axes in (("vector", 2), ("parts", 3), ("mask", 2)):
        value = getattr(encoding, field)
        wanted = {"vector": f"({letter}, D)", "parts": f"({letter}, P, D)", "mask": f"({letter}, P)"}[field]
        if not isinstance(value, torch.Tensor):
            more = "; a model that only compares parts keeps their mean there" if field == "vector" else ""
            raise Problem(f"{name} gave no `{field}`: it has to be a tensor {wanted}{more}.")
        if value.dim() != axes or len(value) != n:
            raise Problem(f"{name}: `{field}` is {tuple(value.shape)} for {n} {side}; it has to be {wanted}.")
    if encoding.parts.shape[:2] != encoding.mask.shape or encoding.mask.dtype != torch.bool:
        raise Problem(f"{name}: `parts` are {tuple(encoding.parts.shape)} and `mask` is {tuple(encoding.mask.shape)} "
                      f"{encoding.mask.dtype}; the mask is True where a part is real, one for each part.")
    if not isinstance(encoding.seen, dict):
        raise Problem(f"{name}: `seen` is a {type(encoding.seen).__name__}; it is a dict, name -> tensor ({letter}, ...).")
    return encoding


def checked_match(model, match, images: int, texts: int) -> torch.Tensor:
    """The scores (I, T) of a match of so many images and texts."""
    name = f"{type(model).__name__}.match"
    if not isinstance(match, Match):
        raise Problem(f"{name} returned a {type(match).__name__}; it returns values.Match(scores, seen).")
    if not isinstance(match.scores, torch.Tensor) or match.scores.shape != (images, texts):
        given = tuple(match.scores.shape) if isinstance(match.scores, torch.Tensor) else type(match.scores).__name__
        raise Problem(f"{name}: `scores` are {given} for {images} images and {texts} texts; they have to be ({images}, {texts}).")
    return match.scores


def checked_seen(model, match: Match, words: int, regions: int) -> dict:
    """What was seen of one pair of W words and R regions: name -> its shape without I and T; attention sums to one."""
    name, size = f"{type(model).__name__}.match", {"W": words, "R": regions}
    seen = {key: value[0, 0].float() for key, value in match.seen.items()}
    for key, axes in SEEN.items():
        if key in seen and tuple(seen[key].shape) != tuple(size[a] for a in axes):
            wanted = ", ".join(["I", "T", *axes])
            raise Problem(f"{name}: seen[{key!r}] is {tuple(match.seen[key].shape)}; it has to be ({wanted}), here W = {words} "
                          f"and R = {regions}.")
    for key, axis, which in (("attention", 1, "word over the regions"), ("attention i-t", 0, "region over the words")):
        if key in seen:
            off = (seen[key].sum(axis) - 1).abs().max()
            if not off < SUM:
                raise Problem(f"{name}: seen[{key!r}] of each {which} has to sum to one; it is off by {float(off):.3g}. "
                              "Give the weights after the softmax, and zero for padding.")
            if "cosine" not in seen or key.replace("attention", "relevance") not in seen:
                raise Problem(f"{name} shows {key!r} without {key.replace('attention', 'relevance')!r} and 'cosine': "
                              "give all three, or none of them.")
    return seen
