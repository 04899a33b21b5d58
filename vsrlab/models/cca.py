"""CCA.  Hotelling: Relations Between Two Sets of Variates, 1936; for images and sentences Klein, Lev, Sadeh, Wolf, CVPR 2015."""
import torch
from torch import Tensor, nn
from torch.nn import functional as fn

from vsrlab.errors import Problem
from vsrlab.models.dspe import TwoBranches
from vsrlab.models.layers.blocks import TfIdf, choose, unit
from vsrlab.models.layers.frozen import count, image_inputs, text_vector
from vsrlab.values import Match

TOGETHER = 2048  # pairs whose products are added up at once
PIVOT = 1e-7     # of a triangular factor, against the largest: below, what is solved is rounding


class Axes(nn.Module):
    """x (..., inputs) -> (x - centre) axes, (..., D).  Buffers: nothing here is trained; random until they are solved."""

    def __init__(self, inputs: int, dim: int):
        super().__init__()
        self.register_buffer("centre", torch.zeros(inputs))
        self.register_buffer("axes", torch.randn(inputs, dim) / inputs ** 0.5)

    def forward(self, x: Tensor) -> Tensor:
        return (x - self.centre) @ self.axes


class CCA(TwoBranches):
    """Axes along which images and texts vary together, in closed form: no epochs, no gradient, no wrong answers.

    x the mean region, y the text's vector, over all pairs of the training captions; C = covariances, divided by pairs - 1
    C_xx + ridge I = L L',  C_yy + ridge I = M M',  L^-1 C_xy M'^-1 = U diag(rho) V'           rho: correlations
    A = L'^-1 U,  B = M'^-1 V, the first D columns                                              image.axes A, text.axes B
    v = unit((x - mean x) A rho^power),  t = unit((y - mean y) B rho^power),  S = v . t
    An axis may turn its sign on both sides at once; no score changes.

    solve    "cca"; "ridge": A = (C_xx + ridge I)^-1 C_xy, B = I, the image's best linear guess of the sentence's vector, with which
             sentences are compared.  Its axes are those of the text, of text="mean" or "minilm", and dim and power do nothing
    text     "tfidf"; "mean" word vector, Flickr30K R@1 24.8 / 20.5 in the table of DSPE.  With Fisher vectors, which are not built
             here, 35.0 / 25.0; "minilm", sentences of a frozen reader that has read captions before (see frozen.minilm)
    nets     whole-photo vectors of other networks beside the mean region, such as "lite2+mobilenetv2"; of no paper
    ridge    added to the variances, in their units; it has to be positive, for words that never come apart have no inverse
    shrink   added to the variances of each side, as a share of their mean: for sides of different sizes, as two networks give them
    power    of the correlations, as weights of the axes: 0 all alike; 4 is usual (Gong, Ke, Isard, Lazebnik, IJCV 2014)
    most     words that are kept, those that most captions hold: the others weigh nothing.  A covariance has most^2 numbers
    dim      axes, those with the largest correlations; where there are fewer, the rest of a vector is zero
    word_dim of "mean", whose vectors are given (`load_word_vectors`) or random
    dropout  every model of the small settings has one; here nothing is trained, so nothing is dropped

    seen: nothing, it compares two vectors.  Departures: the mean region stands for the vector of a CNN; the constants of the
    printed rows are not known here.
    """
    may_be_zero = ("power", "shrink")

    def __init__(self, features: int, vocabulary: int, *, dim: int = 256, word_dim: int = 300, text: str = "tfidf",
                 ridge: float = 0.01, power: float = 0.0, most: int = 2000, dropout: float = 0.0, nets: str = "",
                 solve: str = "cca", shrink: float = 0.0):
        reader = text_vector(text, vocabulary, word_dim)
        if choose("solve", solve, ("cca", "ridge")) == "ridge":
            if text == "tfidf":
                raise Problem("cca with solve='ridge' guesses the vector of a sentence; take text='mean' or text='minilm'.")
            dim, power = reader.width, 0.0
        super().__init__(reader, Axes(features * (1 + count(nets)), dim), Axes(reader.width, dim))
        self.nets, self.ridge, self.power, self.most = nets, ridge, power, most
        self.solve, self.shrink = solve, shrink
        self.register_buffer("correlations", torch.ones(dim))

    def begin(self, batches):
        """Solve for the directions, from all batches of training."""
        super().begin(batches)
        kept = torch.arange(self.reader.width, device=self.correlations.device)
        if isinstance(self.reader, TfIdf):
            often = self.reader.holding.argsort(descending=True, stable=True)[:self.most]
            kept = often[self.reader.holding[often] > 0].sort().values
        moments, rows = 0.0, []

        def added():
            block = torch.cat(rows).double()
            rows.clear()
            return moments + block.T @ block
        for batch in batches():
            x = image_inputs(batch.regions, batch.region_mask, count(self.nets))[0]
            y = self.reader(batch.words, batch.word_mask)[:, kept]
            rows.append(torch.cat([x, y, torch.ones_like(x[:, :1])], 1))
            if sum(map(len, rows)) >= TOGETHER:                  # the product of a few rows is mostly memory traffic
                moments = added()
        moments = added() if rows else moments
        solved = canonical if self.solve == "cca" else guessed
        (x, a), (y, b), found = solved(moments, len(self.image.centre), self.ridge, self.shrink)
        dim, empty = len(self.correlations), torch.zeros_like(self.text.axes)
        pad = lambda values: fn.pad(values[..., :dim], (0, max(0, dim - values.shape[-1]))).to(empty.dtype)
        self.image.centre, self.image.axes, self.correlations = x.to(empty.dtype), pad(a), pad(found)
        self.text.centre = empty[:, 0].index_copy(0, kept, y.to(empty.dtype))
        self.text.axes = empty.index_copy(0, kept, pad(b))

    def _through(self, branch: nn.Module, x: Tensor) -> tuple[Tensor, dict]:
        return unit(branch(x) * self.correlations.clamp_min(0) ** self.power), {}

    def ranking_losses(self, match: Match) -> list:
        return []


def guessed(moments: Tensor, features: int, ridge: float, shrink: float = 0.0) -> tuple:
    """What `canonical` gives, of ridge regression: ((mean of x, axes (F, E)), (mean of y, the E axes of y), ones (E,))."""
    centre, covariance = centred(moments)
    axes = torch.linalg.solve(firm(covariance[:features, :features], ridge, shrink), covariance[:features, features:])
    own = torch.eye(len(centre) - features, dtype=centre.dtype, device=centre.device)
    return (centre[:features], axes), (centre[features:], own), own.new_ones(len(own))


def centred(moments: Tensor) -> tuple[Tensor, Tensor]:
    """moments (N + 1, N + 1) of [z, 1], a sum over pairs -> the mean of z (N,), its covariance (N, N)."""
    count = moments[-1, -1]
    centre = moments[-1, :-1] / count
    return centre, (moments[:-1, :-1] - count * torch.outer(centre, centre)) / (count - 1)


def firm(covariance: Tensor, ridge: float, shrink: float) -> Tensor:
    """A covariance (N, N) with more on its diagonal: `ridge`, and `shrink` of its mean variance."""
    more = ridge + shrink * covariance.diagonal().mean()
    return covariance + more * torch.eye(len(covariance), dtype=covariance.dtype, device=covariance.device)


def canonical(moments: Tensor, features: int, ridge: float, shrink: float = 0.0) -> tuple:
    """What solves CCA: ((mean of x, axes (F, K)), (mean of y, axes (E, K)), correlations (K,)), K = min(F, E), largest first.

    moments (F + E + 1, F + E + 1): the sum over pairs of the outer product of [x, y, 1] with itself.
    """
    centre, covariance = centred(moments)
    halves = [torch.linalg.cholesky_ex(firm(covariance[side, side], ridge, shrink))
              for side in (slice(features), slice(features, None))]
    if any(failed or factor.diagonal().min() < PIVOT * factor.diagonal().max() for factor, failed in halves):
        raise Problem(f"cca cannot be solved with ridge={ridge}: a covariance has no inverse; take a larger one, for example "
                      "options={'ridge': 0.01}.")
    left, right = (factor for factor, _ in halves)
    solved = lambda lower, x: torch.linalg.solve_triangular(lower, x, upper=False)
    u, found, v = torch.linalg.svd(solved(right, solved(left, covariance[:features, features:]).mT).mT, full_matrices=False)
    back = lambda lower, x: torch.linalg.solve_triangular(lower.mT, x, upper=True)
    return (centre[:features], back(left, u)), (centre[features:], back(right, v.mT)), found
