"""Work along the first axis in pieces that stay in the cache of a CPU, whose gradient computes each piece again."""
import torch
from torch import Tensor

PIECE = 2 ** 17     # numbers of a piece for each thread: half a MiB, of which a core's cache holds a few


def in_pieces(function, x: Tensor, y: Tensor, mask: Tensor | None = None) -> Tensor:
    """function(x, y, mask) of x (N, ...), y (N, ...) and mask (N, ...) or None, as if made at once; in float32 or float64.

    What stands between x and the result is read and written many times.  On a CPU that costs more than to compute it a
    second time for the gradient, as long as it never leaves the cache.  A GPU does it at once.
    """
    if x.device.type == "cpu":
        return Pieces.apply(function, x, y, mask)
    with torch.autocast(x.device.type, enabled=False):
        return function(full(x), full(y), mask)


def full(x: Tensor) -> Tensor:
    """At least float32: what follows a product in bfloat16 is done in single precision."""
    return x.float() if x.dtype in (torch.bfloat16, torch.float16) else x


def spare(x: Tensor, shape: tuple | None = None) -> Tensor | None:
    """The memory of x for the result of the next operation, where no gradient will ask for x; else None, new memory.

    Fresh memory costs as much as the work on it once it fits into the cache.
    """
    if torch.is_grad_enabled():
        return None
    return x if shape is None else x.view(shape)


class Pieces(torch.autograd.Function):
    """Only x and y are kept for the gradient."""

    @staticmethod
    def forward(ctx, function, x, y, mask):
        ctx.function, ctx.mask = function, mask
        ctx.save_for_backward(x, y)
        with torch.autocast(x.device.type, enabled=False):
            return torch.cat([function(full(x[at]), full(y[at]), None if mask is None else mask[at]) for at in pieces(x)])

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx, gradient):
        x, y = ctx.saved_tensors
        of_x, of_y = x.new_empty(x.shape), y.new_zeros(y.shape)
        with torch.autocast(x.device.type, enabled=False):
            for at in pieces(x):
                with torch.enable_grad():
                    inputs = [full(z[at]).detach().requires_grad_() for z in (x, y)]
                    found = ctx.function(*inputs, None if ctx.mask is None else ctx.mask[at])
                a, b = torch.autograd.grad(found, inputs, gradient[at], allow_unused=True)
                of_x[at] = a
                if b is not None:
                    of_y[at] = b
        return None, of_x, of_y, None


def pieces(x: Tensor) -> list:
    """Slices of the first axis, each of at most PIECE numbers a thread, or of a single row."""
    step = max(1, PIECE * torch.get_num_threads() // max(1, x[0].numel())) if len(x) else 1
    return [slice(start, start + step) for start in range(0, len(x), step)]
