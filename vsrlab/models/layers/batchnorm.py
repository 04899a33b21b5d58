"""Batch normalisation that leaves padding out, and whose batch is the global one when several processes train together."""
import torch
import torch.distributed as dist
from torch import Tensor, nn


class BatchNorm(nn.BatchNorm1d):
    """BatchNorm1d over every axis but the last; positions where the mask is False are not counted.

    With torch.distributed the sums over a batch are those of all processes, in the gradient too, so that two
    processes with half a batch each learn what one learns with the whole.  Same weights and names as BatchNorm1d.
    """

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        """x (..., D), mask (...) True where a position is real -> (..., D)."""
        together = dist.is_available() and dist.is_initialized() and dist.get_world_size() > 1
        if not self.training or not together and (mask is None or bool(mask.all())):
            return super().forward(x.reshape(-1, x.shape[-1])).view_as(x)
        weight = x.new_ones(x.shape[:-1]) if mask is None else mask.to(x.dtype)
        total = AllSum.apply if together else lambda sums: sums
        axes, weight = tuple(range(x.dim() - 1)), weight[..., None]
        sums = total(torch.cat([(x * weight).sum(axes), weight.sum().view(1)]))
        count = sums[-1].clamp_min(1)
        mean = sums[:-1] / count
        variance = total(((x - mean).square() * weight).sum(axes)) / count       # in two passes: nothing cancels
        with torch.no_grad():
            self.num_batches_tracked += 1
            self.running_mean.lerp_(mean.to(self.running_mean.dtype), self.momentum)
            self.running_var.lerp_((variance * count / (count - 1).clamp_min(1)).to(self.running_var.dtype), self.momentum)
        return (x - mean) * (variance + self.eps).rsqrt() * self.weight + self.bias


class AllSum(torch.autograd.Function):
    """The sum over all processes; its gradient is again the sum over all processes."""

    @staticmethod
    def forward(ctx, x):
        x = x.clone()
        dist.all_reduce(x)
        return x

    @staticmethod
    def backward(ctx, gradient):
        gradient = gradient.clone()
        dist.all_reduce(gradient)
        return gradient
