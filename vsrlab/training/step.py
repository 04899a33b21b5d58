"""One step of training: what it makes smaller, what the encoders see of a batch, and how fast it goes."""
import math

import torch

from vsrlab.data.words import END, UNKNOWN
from vsrlab.losses import collapsed, hinge, info_nce, one_wrong, right_answers
from vsrlab.settings import Settings
from vsrlab.training.distributed import World
from vsrlab.values import Batch


def losses(model, batch: Batch, settings: Settings, hardest: bool = True, everyone: World = World()) -> tuple:
    """({"rank": scalar, "caption": scalar, ...}, spread, level): what one step makes smaller, the standard deviation of the
    scores, and the ranking loss that a collapsed model would have (0 for the sum of hinges).

    With several processes the sum over them is the loss of the whole batch, so gradients are summed as well.
    """
    shown = hide(batch, settings)
    images = model.encode_images(shown.regions, shown.region_mask)
    texts = model.encode_texts(shown.words, shown.word_mask)
    right = right_answers(everyone.rows(batch.image), settings.own_captions)
    (kind, margin), level = settings.ranking, 0.0
    if kind == "one":
        scores = model.paired(images, texts), model.paired(images, texts.rows(one_wrong(right)))
        ranking, scores = (margin + scores[1] - scores[0]).clamp_min(0).sum(), torch.cat(scores)
    else:
        match = model.match(images, everyone.texts(texts))
        matrices, scores = model.ranking_losses(match), match.scores
        wrong = "texts" if kind == "texts" else "both"
        ranking, ranked = scores.new_zeros(()), 0.0
        for weight, s, *own in matrices:
            if (own or [kind])[0] == "nce":
                ranking = ranking + weight * info_nce(everyone.rows(s), right, model.log_scale)
            else:
                ranking, ranked = ranking + weight * hinge(everyone.rows(s), right, margin, hardest, wrong=wrong), ranked + weight
        level = collapsed(len(right), margin) * float(ranked) / everyone.size if hardest else 0.0
    parts = {"rank": ranking / everyone.size}
    share, weight = len(batch.image) / len(right), settings.extra_weight      # extra losses are means over their pairs
    parts |= {name: (share if name == "rank" else share * weight) * value
              for name, value in model.extra_loss(batch, images, texts).items()}
    return parts, scores.detach().float().std() / everyone.size, level


def hide(batch: Batch, settings: Settings) -> Batch:
    """The batch as the encoders see it in training: some regions hidden, some words unknown."""
    words, regions, mask = batch.words, batch.regions, batch.region_mask
    if settings.word_dropout:
        drop = (torch.rand(words.shape, device=words.device) < settings.word_dropout) & (words > END)
        words = words.masked_fill(drop, UNKNOWN)
    if settings.region_dropout:
        left = mask & (torch.rand(mask.shape, device=mask.device) >= settings.region_dropout)
        mask = torch.where(left.any(1, keepdim=True), left, mask)              # never all of them
        regions = regions * (mask | ~batch.region_mask)[..., None]             # whole-photo vectors, whose mask is False, stay
    return batch._replace(words=words, regions=regions, region_mask=mask)


def rate(settings: Settings, epoch: int, step: int = 0, length: int = 1) -> float:
    """The learning rate of a step of an epoch with `length` steps.

    schedule "step": a tenth after every `decay_after` epochs, as the official codes step it.  "cosine": half a wave from `rate` to
    nothing over all steps (Loshchilov and Hutter, ICLR 2017).  While it rises (`rise` epochs) a linear share of either.
    """
    now = epoch + step / length                                                # epochs that are done, with their fraction
    found = settings.rate * min(1.0, (now + 1 / length) / settings.rise if settings.rise else 1.0)
    if settings.schedule == "cosine":
        return found * 0.5 * (1 + math.cos(math.pi * now / max(1, settings.epochs)))
    return found * 0.1 ** (epoch // settings.decay_after if settings.decay_after else 0)


def used(settings: Settings, epoch: int) -> str:
    """The hinge of an epoch: while it warms up, "max" is still "sum"."""
    return "sum" if settings.ranking[0] == "max" and not hardest(settings, epoch) else settings.ranking[0]


def hardest(settings: Settings, epoch: int) -> bool:
    """Does this epoch look at the hardest wrong answer only, or still at all of them?"""
    return settings.ranking[0] == "max" and epoch >= settings.warm_up
