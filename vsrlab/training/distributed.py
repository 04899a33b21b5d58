"""Several processes that train as one: torchrun starts them, every process holds the whole model and a share of each batch.

    torchrun --nproc-per-node 4 -m vsrlab train --data features --out runs/big

The hardest wrong answer is sought in the whole batch: texts are gathered with their gradient, each process
matches its own images with all of them, and the rows of scores are gathered.  So the loss, and each step, are those
of one process with the same batch.  Gradients are summed here, not by DistributedDataParallel: it averages,
and it wants one forward pass where a matcher has three calls.  The run folder has to be one that all processes see.
"""
import os
from dataclasses import dataclass

import torch
import torch.distributed as dist
from torch import Tensor
from torch.nn.functional import pad

from vsrlab.errors import Problem
from vsrlab.values import Encoding


@dataclass(frozen=True)
class World:
    """The processes of this training; with one process every method gives back what it was given."""
    rank: int = 0
    size: int = 1

    @property
    def main(self) -> bool:
        """The one process that writes and prints."""
        return self.rank == 0

    def rows(self, x: Tensor) -> Tensor:
        """Everybody's rows (n, ...) one after the other, in rank order; gradients find their way back."""
        return x if self.size == 1 else _Gather.apply(x, self._counts(len(x), x.device), self)

    def texts(self, texts: Encoding) -> Encoding:
        """Everybody's texts, their parts padded to the longest of all; what was seen stays at home."""
        if self.size == 1:
            return texts
        longest = torch.tensor(texts.mask.shape[1], device=texts.mask.device)
        dist.all_reduce(longest, dist.ReduceOp.MAX)
        short = int(longest) - texts.mask.shape[1]
        return Encoding(self.rows(texts.vector), self.rows(pad(texts.parts, (0, 0, 0, short))),
                        self.rows(pad(texts.mask, (0, short)).byte()).bool(), {})

    def sum_gradients(self, parameters):
        """Each process knows its share of every gradient; afterwards each knows the sum."""
        if self.size > 1:
            parameters = [p for p in parameters if p.requires_grad]
            flat = torch.cat([(p.grad if p.grad is not None else torch.zeros_like(p)).reshape(-1).float() for p in parameters])
            dist.all_reduce(flat)
            for p, part in zip(parameters, flat.split([p.numel() for p in parameters])):
                p.grad = part.view_as(p).to(p.dtype)

    def sum(self, x: Tensor) -> Tensor:
        """The sum over the processes, without a gradient."""
        if self.size > 1:
            dist.all_reduce(x := x.detach().clone())
        return x

    def any(self, flag: bool, device) -> bool:
        """True everywhere when it is True somewhere."""
        return bool(self.sum(torch.tensor(float(flag), device=device))) if self.size > 1 else flag

    def agree(self, task):
        """The main process does the task; everybody gets its result, or its Problem."""
        if self.size == 1:
            return task()
        said = [None, None]
        if self.main:
            try:
                said[0] = task()
            except Problem as problem:
                said[1] = str(problem)
        dist.broadcast_object_list(said, src=0)
        if said[1]:
            raise Problem(said[1])
        return said[0]

    def same_weights(self, model):
        """Everybody's weights become those of the main process."""
        if self.size > 1:
            for x in model.state_dict().values():
                dist.broadcast(x, src=0)

    def _counts(self, n: int, device) -> list:
        counts = torch.zeros(self.size, dtype=torch.long, device=device)
        counts[self.rank] = n
        dist.all_reduce(counts)
        return counts.tolist()


class _Gather(torch.autograd.Function):
    """Rows of all processes; backwards, each process gets the sum of what all of them want of its rows."""

    @staticmethod
    def forward(ctx, x, counts, world):
        ctx.counts, ctx.world = counts, world
        padded = x.new_zeros(max(counts), *x.shape[1:])          # every process has to send as much
        padded[:len(x)] = x
        everyone = [torch.empty_like(padded) for _ in counts]
        dist.all_gather(everyone, padded)
        return torch.cat([rows[:n] for rows, n in zip(everyone, counts)])

    @staticmethod
    def backward(ctx, gradient):
        dist.all_reduce(gradient := gradient.contiguous().clone())
        return gradient.split(ctx.counts)[ctx.world.rank], None, None


def world(device: torch.device) -> World:
    """The world that torchrun, or a process group that is already there, describes; alone otherwise."""
    if not dist.is_available():
        return World()
    if not dist.is_initialized() and int(os.environ.get("WORLD_SIZE", 1)) > 1:
        dist.init_process_group("nccl" if device.type == "cuda" else "gloo")
    return World(dist.get_rank(), dist.get_world_size()) if dist.is_initialized() else World()


def leave():
    """All processes end together: one that is done would pull the connection away from another that still talks to it (gloo)."""
    if dist.is_available() and dist.is_initialized():
        dist.barrier()
