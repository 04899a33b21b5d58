"""Attribution: how much each region and each word adds to a score, by captum's methods.  The one door to captum.

Sundararajan, Taly, Yan: Axiomatic Attribution for Deep Networks, ICML 2017 (integrated gradients); Castro, Gomez, Tejada:
Polynomial calculation of the Shapley value based on sampling, 2009.
"""
from typing import NamedTuple

import numpy as np
import torch
from torch import nn

from vsrlab.device import seeded
from vsrlab.errors import Problem, unknown
from vsrlab.explain.contest import TARGETS, Contest
from vsrlab.explain.pair import Pair

METHODS = {"ig": "integrated gradients", "gradient": "gradient x input", "occlusion": "occlusion",
           "shapley": "Shapley value sampling"}
AT_ONCE = 64              # changed inputs of one pass; bounds memory


class Attribution(NamedTuple):
    """What each region or word adds to the target, against an input in which it is blank."""
    values: np.ndarray    # (P,)   regions R, or words W with zeros at the markers
    side: str             # "regions" or "words"
    method: str           # a key of METHODS
    target: str           # "score", "margin" or "soft rank"
    whole: float          # the target of the pair as it is
    blank: float          # ... and with every region or word blank

    @property
    def gap(self) -> float:
        """How much the values miss the change they should add up to (integrated gradients and Shapley values: about zero)."""
        return float(self.values.sum() - (self.whole - self.blank))

    @property
    def order(self) -> np.ndarray:
        """Positions from the most helpful to the most harmful."""
        return np.argsort(-self.values, kind="stable")

    def __repr__(self) -> str:
        return (f"Attribution of the {self.target} to {len(self.values)} {self.side} by {METHODS[self.method]}: "
                f"adds up to {self.values.sum():+.3f}, the change is {self.whole - self.blank:+.3f}")


class TargetScore(nn.Module):
    """What captum sees: a function of regions (N, R, F) or word vectors (N, W, E) to one number each, (N,).

    It is a module because some of captum's methods want one.  Words enter as the vectors of the embedding layer, so that
    every method attributes to that layer and none needs hooks of captum's, which fail on layers that are used twice.
    """

    def __init__(self, contest: Contest, target: str):
        super().__init__()
        self.contest, self.target = contest, target

    def forward(self, x):
        return self.contest.read(self.contest(x), self.target)


def attribute(pair: Pair, side: str = "regions", method: str = "ig", target: str = "score", *, baseline: str = "mean",
              steps: int = 50, samples: int = 25, seed: int = 0, contest: Contest | None = None) -> Attribution:
    """What each region or word of a pair adds.

    side      "regions" or "words"
    method    "ig" with `steps` points on the way from the blank input; "gradient" (times the input: adds up to zero where
              the score is a cosine, so only its order tells); "occlusion" (one at a time made blank); "shapley" with
              `samples` random orders of a seed
    target    "score"; "margin": minus the best rival's; "soft rank": see Contest.read
    baseline  what blank is: "mean" (the mean region of the corpus, the mean word vector) or "zero"
    contest   of the same pair and side, when there is one already
    """
    if method not in METHODS:
        raise unknown("method", method, METHODS)
    if target not in TARGETS:
        raise unknown("target", target, TARGETS)
    if steps < 1 or samples < 1:
        raise Problem(f"steps={steps}, samples={samples}: each has to be at least 1.")
    contest = contest or Contest(pair, side)
    blank, model = contest.blank(baseline), TargetScore(contest, target)
    with torch.no_grad():
        whole, nothing = (float(model(x)[0]) for x in (contest.inputs, blank))
    # cuDNN has no backward pass for a GRU in eval mode, and train mode would switch dropout on
    with torch.backends.cudnn.flags(enabled=False), torch.enable_grad(), seeded(seed, pair.device):
        values = _captum(model, contest.inputs.detach().clone().requires_grad_(), blank, method, steps, samples)
    return Attribution(values[0].detach().double().cpu().numpy(), side, method, target, whole, nothing)


def _captum(model, x, blank, method, steps, samples):
    """(1, P) by one of captum's methods."""
    import captum.attr as captum
    if method == "ig":
        return captum.IntegratedGradients(model).attribute(x, blank, n_steps=steps, internal_batch_size=AT_ONCE).sum(-1)
    if method == "gradient":
        return captum.InputXGradient(model).attribute(x).sum(-1)
    group = torch.arange(x.shape[1], device=x.device)[None, :, None].expand_as(x).contiguous()    # a region or word is one feature
    more = {"n_samples": samples} if method == "shapley" else {}
    peer = captum.ShapleyValueSampling if more else captum.FeatureAblation
    with torch.no_grad():
        found = peer(model).attribute(x.detach(), blank, feature_mask=group, perturbations_per_eval=AT_ONCE, **more)
    return found[..., 0]                                                                 # every entry of a group holds its value
