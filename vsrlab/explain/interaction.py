"""Interaction: how much of the score of two vectors each word and region carry together, for every model that compares vectors.

Moeller, Nikolaev, Pado: Explaining Caption-Image Interactions in CLIP Models with Second-Order Attributions, TMLR 2025.
"""
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from vsrlab.device import exact_products
from vsrlab.errors import Problem
from vsrlab.explain.contest import find_word_layer, mean_region, mean_word, read_as, word_vectors
from vsrlab.explain.lacks import no_vectors
from vsrlab.explain.pair import Pair
from vsrlab.models.matcher import Matcher
from vsrlab.values import Encoding

STEPS, MOST = 16, 256          # on the way from the blank to the pair: at first, and where they do not suffice
WITHIN = 1e-3                  # the parts may miss their sum by so much, of the largest of the four scores that it is made of


class Interaction(NamedTuple):
    """What each word and region carry together, in units of the score."""
    values: np.ndarray         # (W, R)  rows of markers are zero: a marker is never blank
    corners: np.ndarray        # (2, 2)  the compared score of [text, blank text] with [image, blank image]
    steps: int                 # on both ways

    @property
    def change(self) -> float:
        """What the parts add up to: s(text, image) - s(text, blank) - s(blank, image) + s(blank, blank)."""
        return float(self.corners[0, 0] - self.corners[0, 1] - self.corners[1, 0] + self.corners[1, 1])

    @property
    def alone(self) -> float:
        """What is no interaction, the score of one side with the other's blank: corners[0, 0] - change."""
        return float(self.corners[0, 0]) - self.change

    @property
    def gap(self) -> float:
        """By how much the parts miss their sum."""
        return float(self.values.sum()) - self.change

    def __repr__(self) -> str:
        return (f"Interaction of {len(self.values)} words and {self.values.shape[1]} regions: adds up to "
                f"{self.values.sum():+.4f}, the change is {self.change:+.4f}")


def compares_vectors(model) -> bool:
    """Has the model, or the class of models, a score of two vectors, its own or a part of it, and words that can be changed?"""
    if isinstance(model, torch.nn.Module) and find_word_layer(model) is None:
        return False
    return model.compares == "vectors" or "mu" in model.knobs


@exact_products()
def interaction(pair: Pair, baseline: str = "mean", steps: int = STEPS, within: float = WITHIN, **options) -> Interaction:
    """Second-order attribution of a pair.

    With f(x) the vector of the image, g(y) that of the text, s(f, g) the score, x0 and y0 blanks, and x(a) = x0 + a (x - x0):

        A[w, r] = mean over a and b in (0, 1) of  (y - y0)_w' J_g(y(b))' H(f(x(a)), g(y(b))) J_f(x(a)) (x - x0)_r,
        H = d2 s / dg df                                              for a product of vectors the identity

    baseline  what blank is: "mean" (the mean region of the corpus, the mean word vector) or "zero".  Where the blank's vector has
              no length, as of CCA on the very images that it was solved on, the way has no direction there: take the other
    steps     on both ways; doubled, up to 256, until the parts miss their sum by no more than `within` of the largest corner
    options   knobs of the model: mu=1.0.  Of a model that adds a local score, its global score times mu is taken apart

    Departures from the paper, which takes CLIP apart: the parts are the regions and word vectors that go in, not the tokens of a
    layer in between; what is blank is a mean, not a text of padding; and the second derivative H lets scores that are no product
    (order embeddings, distances) be taken apart too.  Raises Problem for a model that compares no vectors.
    """
    model = pair.model.with_knobs(**options)
    score, whole = compared(pair, model), torch.ones(1, device=pair.device)
    while True:
        with torch.backends.cudnn.flags(enabled=False), torch.enable_grad():       # cuDNN has no backward of a GRU in eval mode
            ways = _Way(pair, "regions", baseline), _Way(pair, "words", baseline)
            values = _integral(score, *ways, torch.linspace(0, 1, steps + 1, device=pair.device) ** 2)
            ends = torch.cat([whole, 0 * whole])
            corners = score(*(way(ends[:, None].expand(-1, way.parts)) for way in ways)).detach().T.double().cpu().numpy()
        found = Interaction(values.double().cpu().numpy(), corners, steps)
        if abs(found.gap) <= within * float(np.abs(corners).max()) or 2 * steps > MOST:
            return found
        steps *= 2


def compared(pair: Pair, model=None):
    """The function f (N, D), g (M, D) -> scores (N, M) of a pair's model; what a local score adds is left out."""
    model = model or pair.model
    lean = lambda x: Encoding(x, x[:, None], torch.ones(len(x), 1, dtype=torch.bool, device=x.device), {})
    if model.compares == "vectors":
        return lambda f, g: model.match(lean(f), lean(g)).scores
    seen = pair.match(model)[2]
    if "global" not in seen.seen or "local" not in seen.seen:
        raise Problem(no_vectors(pair.run.settings.model))
    weight = abs(float(model.knob("mu"))) if model.knob("mu") is not None else 1.0
    return lambda f, g: weight * Matcher.match(model, lean(f), lean(g)).scores


class _Way:
    """The way of one side from its blank to what it is: amounts (N, P) of every part -> vectors (N, D)."""

    def __init__(self, pair: Pair, side: str, baseline: str):
        self.pair, self.side = pair, side
        with torch.no_grad():
            if side == "regions":
                self.whole, blank = pair.regions, mean_region(pair.index)
            else:
                self.whole, blank = word_vectors(pair.model, pair.words), mean_word(pair.model)
            blank = blank.to(self.whole) if baseline == "mean" else torch.zeros_like(self.whole[0, 0])
            self.step = self.whole - blank                                                  # (1, P, F)
            if side == "words":
                self.step[:, [token.start < 0 for token in pair.tokens]] = 0                # markers are never blank
        self.parts = self.whole.shape[1]

    def __call__(self, amounts: Tensor) -> Tensor:
        x, mask = self.whole - (1 - amounts)[..., None] * self.step, torch.ones(amounts.shape, dtype=torch.bool,
                                                                                device=amounts.device)
        if self.side == "regions":
            return self.pair.model.encode_images(*self.pair.beside(x, mask)).vector
        with read_as(self.pair.model, x):
            return self.pair.model.encode_texts(self.pair.words.expand(len(x), -1), mask).vector


def _integral(score, image: _Way, text: _Way, at: Tensor) -> Tensor:
    """(W, R): the text's derivatives go through the score's second one, and then backwards through the image, a pass a word.

    at (N,) points of the way from 0 to 1; they lie closer near the blank, where a vector of unit length turns fastest.
    """
    words, regions = (at[:, None].expand(-1, way.parts).clone().requires_grad_() for way in (text, image))
    g, f = text(words), image(regions)                                                      # (N, D)
    each = torch.eye(text.parts, device=at.device)
    moved = _moved(g, words, each)                                                          # (W, N, D) by each word
    moved = moved * _weights(at, g.detach(), moved.sum(0))
    f0, g0 = (x.detach().requires_grad_() for x in (f, g))
    by_text, = torch.autograd.grad(score(f0, g0).sum(), g0, create_graph=True)
    through, = torch.autograd.grad(by_text, f0, moved, is_grads_batched=True)               # (W, N, D)
    slope, = _moved(f, regions, torch.ones(1, image.parts, device=at.device))
    found, = torch.autograd.grad(f, regions, through * _weights(at, f.detach(), slope), is_grads_batched=True)      # (W, N, R)
    return found.sum(1)


def _moved(vectors: Tensor, amounts: Tensor, ways: Tensor) -> Tensor:
    """vectors (N, D) of amounts (N, P), ways (K, P) -> (K, N, D): how the vectors move when the amounts move that way.

    The derivative of backwards: u -> u' J is linear in u, so that a pass a way is enough, where backwards takes one a number.
    """
    u = torch.zeros_like(vectors, requires_grad=True)
    backwards, = torch.autograd.grad(vectors, amounts, u, create_graph=True)                # (N, P)
    pick = ways[:, None].expand(-1, len(amounts), -1)
    return torch.autograd.grad(backwards, u, pick, retain_graph=True, is_grads_batched=True)[0]


def _weights(at: Tensor, values: Tensor, slope: Tensor) -> Tensor:
    """values and their slopes (N, D) at points (N,) of the way -> (N, D) what each point counts, for each number by itself.

    Between two points both slopes share the step so that it adds up to what the number really changed by, where that lies between
    them; halves elsewhere would be the trapezoid rule, which sees a ReLU that switches on in between only by half a step.
    """
    step, before, after = at.diff()[:, None], slope[:-1], slope[1:]
    bend = after - before
    share = torch.where(bend.abs() > 1e-6, (values.diff(dim=0) / step - before) / bend, 0.5).clamp(0, 1)
    weights = torch.zeros_like(values)
    weights[:-1] += (1 - share) * step
    weights[1:] += share * step
    return weights
