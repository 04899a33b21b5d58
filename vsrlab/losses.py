"""Losses are functions of a score matrix: they serve every model, and can be put in a notebook cell."""
import math

import torch
from torch import Tensor
from torch.nn import functional as fn

LOG_SCALE, SHARPEST = math.log(1 / 0.07), math.log(100)      # of InfoNCE's scale: where it begins, and the most it may become


def right_answers(image: Tensor, own_captions: str = "mask") -> Tensor:
    """image (B,) rows of a corpus -> (B, B): True where text t describes image i, and is thus no wrong answer.

    `own_captions="negative"` marks the diagonal alone, as the official codes do: two captions of one image in a
    batch then count as wrong answers to each other.
    """
    if own_captions == "negative":
        return torch.eye(len(image), dtype=torch.bool, device=image.device)      # own captions are negatives
    return image[:, None] == image[None, :]                                      # own captions are masked


def hinge(scores: Tensor, right: Tensor, margin: float = 0.2, hardest: bool = True, keep: int = 0,
          wrong: str = "both") -> Tensor:
    """Every pair should beat every wrong answer of its row and of its column by the margin.

    scores (B, B) with pair b on the diagonal, right (B, B) from `right_answers`; the sum over the batch, a scalar.
    hardest=True keeps the worst offender of each row and column only (max of hinges: VSE++, eq. 6); False adds
    them all (sum of hinges: VSE0, eq. 5), or with `keep` above 0 so many of the largest of each row and column (DSPE, RRF).
    wrong="texts" pushes wrong texts of an image and no wrong images of a text (DeViSE).
    Summed, not averaged, as in most of the official codes.
    """
    scores = scores.float() if scores.dtype != torch.float64 else scores        # a sum of many: not in bfloat16
    pair = scores.diagonal()                                                     # (B,)
    for_image = (margin + scores - pair[:, None]).clamp_min(0).masked_fill(right, 0)   # cost of texts, for each image
    for_text = (margin + scores - pair[None, :]).clamp_min(0).masked_fill(right, 0)    # cost of images, for each text
    if wrong == "texts":
        for_text = torch.zeros_like(for_text)
    if hardest:
        # VSE++ eq. 6
        return for_image.max(1).values.sum() + for_text.max(0).values.sum()      # of equals the first one alone is pushed
    if keep:
        few = min(keep, len(scores))
        return for_image.topk(few, 1).values.sum() + for_text.topk(few, 0).values.sum()
    return for_image.sum() + for_text.sum()                                      # VSE++ eq. 5


def info_nce(scores: Tensor, right: Tensor, log_scale: Tensor) -> Tensor:
    """InfoNCE (van den Oord et al. 2018) both ways, as CLIP trains (Radford et al., ICML 2021): a softmax over the batch names it.

    scores (B, B) with pair b on the diagonal, right (B, B) from `right_answers`; log_scale a learned scalar, the logarithm of the
    inverse temperature, at most log 100.  Other right answers than the pair itself are left out of both softmaxes.
    The mean of both ways, summed over the batch, as the hinges are.
    """
    scores = (scores.float() if scores.dtype != torch.float64 else scores) * log_scale.clamp_max(SHARPEST).exp()
    own = torch.eye(len(scores), dtype=torch.bool, device=scores.device)
    scores = scores.masked_fill(right & ~own, torch.finfo(scores.dtype).min)
    pair = torch.arange(len(scores), device=scores.device)
    return (fn.cross_entropy(scores, pair, reduction="sum") + fn.cross_entropy(scores.T, pair, reduction="sum")) / 2


def one_wrong(right: Tensor) -> Tensor:
    """(B,) for each pair the row of one wrong text, drawn at random among its wrong ones; right (B, B) from `right_answers`."""
    return torch.rand(right.shape, device=right.device).masked_fill(right, -1).argmax(1)


def collapsed(batch: int, margin: float = 0.2) -> float:
    """The value where the hardest-answer hinge of a collapsed model stays: all scores equal, every hinge = margin."""
    return 2 * batch * margin
