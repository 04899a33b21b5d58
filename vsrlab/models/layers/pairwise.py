"""Models that run a network on every pair: blocks of pairs, and what would fill the memory computed again in the backward pass."""
import torch
from torch import Tensor
from torch.utils.checkpoint import checkpoint

BLOCK = 4096           # pairs that go through a network at once
CACHED = 2 ** 19       # numbers that stay in the cache of a CPU's core


def grid(network, images: tuple, texts: tuple, pairs: int = BLOCK) -> list:
    """A network of every image with every text, a block of pairs after the other.

    network  takes the tensors of `images` as (I, 1, ...) and those of `texts` as (1, T, ...); gives a tuple of tensors (I, T, ...)
    images, texts  tensors (I, ...) and (T, ...)
    """
    wide, rows = min(len(texts[0]), pairs), []
    high = max(1, pairs // max(1, wide))
    for at in range(0, len(images[0]), high):
        one = [x[at:at + high, None] for x in images]
        found = [network(*one, *(x[None, to:to + wide] for x in texts)) for to in range(0, len(texts[0]), wide)]
        rows.append([torch.cat(blocks, 1) for blocks in zip(*found)])
    return [torch.cat(blocks) for blocks in zip(*rows)]


def recomputed(network, training: bool, *inputs: Tensor):
    """network(*inputs); in training only the inputs are kept, and it is computed once more in the backward pass."""
    return checkpoint(network, *inputs, use_reentrant=False) if training and torch.is_grad_enabled() else network(*inputs)


def attended(weights: Tensor, parts: Tensor) -> Tensor:
    """weights (I, T, P) of parts (I, 1, P, D) or (1, T, P, D) -> their sums (I, T, D)."""
    if parts.shape[1] == 1:
        return weights @ parts[:, 0]
    return (weights.transpose(0, 1) @ parts[0]).transpose(0, 1)


def strength(parts: Tensor, other: Tensor, weight: Tensor) -> Tensor:
    """weight . sigma(parts + other): parts (I, 1, P, D) or (1, T, P, D), other (I, T, D), weight (D,) -> (I, T, P).

    The I x T x P x D numbers inside are never kept: a few pairs at a time, and once more in the backward pass.
    """
    if parts.shape[1] == 1:
        return Strength.apply(parts[:, 0].to(weight.dtype), other.to(weight.dtype), weight)
    return Strength.apply(parts[0].to(weight.dtype), other.transpose(0, 1).to(weight.dtype), weight).transpose(0, 1)


class Strength(torch.autograd.Function):
    """`strength` of N sides with M others each: parts (N, P, D), other (N or 1, M, D), weight (D,) -> (N, M, P)."""

    @staticmethod
    def forward(ctx, parts, other, weight):
        """Some others at a time, so that their products stay in the cache."""
        ctx.save_for_backward(parts, other, weight)
        n = torch.broadcast_shapes(parts.shape[:1], other.shape[:1])[0]
        found = parts.new_empty(n, other.shape[1], parts.shape[1])
        for i, few, x in _sigmas(parts, other, n):
            torch.matmul(x, weight, out=found[i, few])
        return found

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx, gradient):
        """With x the sigma, y = x (1 - x): weight takes sum g x, other weight * sum over P of g y, parts weight * sum over M."""
        parts, other, weight = ctx.saved_tensors
        of_parts, of_other, of_weight = torch.zeros_like(parts), torch.zeros_like(other), torch.zeros_like(weight)
        p, d = parts.shape[1:]
        for i, few, x in _sigmas(parts, other, len(gradient)):
            g = gradient[i, few]                                                 # (m, P)
            of_weight += g.reshape(-1) @ x.view(-1, d)
            y = torch.addcmul(x, x, x, value=-1, out=x)                          # (m, P, D)
            of_other[min(i, len(other) - 1), few] += torch.bmm(g[:, None], y)[:, 0]
            of_parts[min(i, len(parts) - 1)] += y.mul_(g[..., None]).sum(0)
        return of_parts * weight, of_other * weight, of_weight


def _sigmas(parts, other, n):
    """(i, slice of the others, sigma (m, P, D)) for all sides and some others at a time."""
    m = max(1, CACHED // parts[0].numel())
    for i in range(n):
        part, others = parts[min(i, len(parts) - 1)], other[min(i, len(other) - 1)]
        for at in range(0, len(others), m):
            few = slice(at, at + m)
            yield i, few, torch.add(part, others[few, None]).sigmoid_()
