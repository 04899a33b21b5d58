"""Regions that reason: a residual graph network, then a GRU that reads the regions into one memory of the scene.

The image side of VSRN and of VSR++.  Li, Zhang, Li, Li, Fu: Visual Semantic Reasoning for Image-Text Matching, ICCV 2019.
"""
import torch
from torch import Tensor, nn

from vsrlab.models.layers.batchnorm import BatchNorm
from vsrlab.models.layers.blocks import Dropout, choose, linear, mean, unit
from vsrlab.models.layers.gru import long_memory, read

HEADS = ("paper", "coco", "f30k")
GOLDEN = 0.6180339887                       # multiples of it, modulo one, shuffle any number of positions evenly


class Reasoning(nn.Module):
    """One step over the graph of regions: V* = BatchNorm(W_r (R V W_g)) + V, which begins as the identity.

    The affinity R is divided by the number of regions, as in the official code; the paper only says "row-normalised".
    Its four projections are 1x1 convolutions there, which are Linear layers here.  W_r has no bias: the batch
    normalisation after it takes any bias away again, and what is left of its gradient is rounding noise.
    """

    def __init__(self, dim: int):
        super().__init__()
        self.theta, self.phi, self.g = (nn.Linear(dim, dim) for _ in range(3))
        self.update = nn.Linear(dim, dim, bias=False)
        self.norm = BatchNorm(dim)
        nn.init.zeros_(self.norm.weight), nn.init.zeros_(self.norm.bias)

    def forward(self, v: Tensor, mask: Tensor, edges: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """v (I, R, D), mask (I, R), edges (I, R, R) factors of the affinity -> v after the step, affinity (I, R, R)."""
        affinity = self.theta(v) @ self.phi(v).mT                                # eq. 2   (I, R, R)
        if not bool(mask.all()):
            affinity = affinity * (mask[:, :, None] & mask[:, None])
        affinity = affinity / mask.sum(1).clamp_min(1)[:, None, None]            # eq. 2
        if edges is not None:
            affinity = affinity * edges
        step = self.norm(self.update(affinity @ self.g(v)), mask)                # eq. 3   (I, R, D)
        return v + step * mask[..., None], affinity                              # eq. 3


class Reasoner(nn.Module):
    """Region features to reasoned regions and the vector of the image.

    layers       steps of reasoning, 0 to any number
    pool         "gru": the regions are read one after the other, the last state is the image; "mean": their mean
    order        in which they are read: "given" (detectors sort by confidence, the paper's best), "reversed", or "random":
                 anew for every image in training, one fixed shuffle otherwise.  By size: sort the regions of the corpus
                 by the area of their boxes, which a model never sees.
    start        how the GRU begins: "long", its units remember 1 to 36 regions (`long_memory`); "torch": as the official
                 code, where the last state holds the last few regions at first
    region_norm  "feature": every region has length one, as the paper says; "across": every channel has length one across
                 the regions of its image, as the official code does (its author agreed that the former was meant)
    head         "paper": nothing is added; "coco": the regions are normalised once more before reasoning; "f30k":
                 BatchNorm on the last state instead.  The official code chooses by the name of the data set.
    """

    def __init__(self, features: int, dim: int, layers: int, pool: str, order: str, region_norm: str, head: str, dropout: float,
                 start: str = "long"):
        super().__init__()
        self.pool, self.order = choose("pool", pool, ("gru", "mean")), choose("order", order, ("given", "reversed", "random"))
        self.region_norm, self.head = choose("region_norm", region_norm, ("feature", "across")), choose("head", head, HEADS)
        self.dropout, self.embed = Dropout(dropout), linear(features, dim)
        self.layers = nn.ModuleList(Reasoning(dim) for _ in range(layers))
        self.gru = nn.GRU(dim, dim, batch_first=True) if pool == "gru" else None
        if choose("start", start, ("long", "torch")) == "long" and self.gru is not None:
            long_memory(self.gru, 36)
        self.norm = BatchNorm(dim) if head == "f30k" else None

    def forward(self, regions: Tensor, mask: Tensor, edges: Tensor | None = None) -> tuple[Tensor, Tensor, Tensor, dict]:
        """regions (I, R, F), mask (I, R), edges (I, L, R, R) -> vector (I, D), V* (I, R, D), regions before (I, R, D), seen.

        V* are the reasoned regions; in training nothing is seen.
        """
        count, one = len(regions), not self.training and _one(regions) and bool(mask.all())
        v, real = (regions[:1], mask[:1]) if one else (regions, mask)            # one image: once, until its relations differ
        v = self.embed(self.dropout(v)) * real[..., None]                        # eq. 1   (I, R, D)
        if self.head == "coco":
            v = self._unit(v)
        layers, affinities = [v], [v.new_zeros(count, 0, *[v.shape[1]] * 2)]
        for n, layer in enumerate(self.layers):
            cut = None if edges is None else edges[:, n]
            if len(v) < count and cut is not None:
                v, real, cut = (v, real, None) if bool((cut == 1).all()) else (v.expand(count, -1, -1), mask, cut)
            v, affinity = layer(v, real, cut)                                    # V* layer by layer
            layers.append(v)
            affinities.append(affinity.expand(count, -1, -1)[:, None])
        v, *layers = (x.expand(count, -1, -1) for x in (v, *layers))
        u = self._unit(v)                                                        # V*      (I, R, D)
        seen = {} if self.training else {"affinity": torch.cat(affinities, 1), "layers": torch.stack(layers, 1)}
        if self.pool == "mean":
            vector = mean(u, mask)
        else:
            vector, memory = self._read(u, mask)                                 # eq. 4-7
            seen |= memory
        return self.norm(vector) if self.norm else vector, u, layers[0], seen    # last state

    def _unit(self, v):
        return unit(v) if self.region_norm == "feature" else unit(v, dim=1)

    def _read(self, u, mask):
        """The last state (I, D), and outside of training the states and update gates after each region."""
        order = self.reading_order(mask)                                         # (I, R) real regions first, as they are read
        if order is not None:
            u, mask = u.take_along_dim(order[..., None], 1), mask.take_along_dim(order, 1)
        states, last = read(self.gru, u, mask)                                   # eq. 4-7
        if self.training:
            return last[:, 0], {}
        memory = {"memory": states[:, :, 0], "gates": gates(self.gru, u, states[:, :, 0]) * mask[..., None]}
        if order is not None:
            back = order.argsort(1)[..., None]
            memory = {name: x.take_along_dim(back, 1) for name, x in memory.items()}
        return last[:, 0], memory

    def fixed_order(self, regions: int) -> Tensor | None:
        """(R,) which of so many real regions is read at each step outside of training; None: as given, or none is read."""
        if self.gru is None or self.order == "given":
            return None
        return self.reading_order(torch.ones(1, regions, dtype=torch.bool))[0]

    def reading_order(self, mask):
        """(I, R) the regions as they are read, masked ones last; None for the given order without any masked."""
        if self.order == "given" and bool(mask.all()):
            return None
        place = mask.cumsum(1).float()                                           # among the real ones: padding moves nothing
        if self.order == "random":
            place = torch.rand_like(place) if self.training else place * GOLDEN % 1
        place = -place if self.order == "reversed" else place
        return place.masked_fill(~mask, mask.shape[1] + 1).argsort(dim=1, stable=True)


def _one(images: Tensor) -> bool:
    """Are they one image, repeated without a copy (`expand`)?  As where N relations of it are cut, each in a version of its own."""
    return len(images) > 1 and images.stride(0) == 0


def gates(gru: nn.GRU, x: Tensor, states: Tensor) -> Tensor:
    """Update gates of a GRU for all steps at once: x (N, P, F), states (N, P, D) after each step -> (N, P, D).

    1 keeps the memory as it is, 0 replaces it: PyTorch's convention, h = (1 - z) new + z old.
    """
    before = torch.cat([torch.zeros_like(states[:, :1]), states[:, :-1]], 1)
    _, z, _ = gru.weight_ih_l0.chunk(3)                                          # reset, update, new
    _, z_state, _ = gru.weight_hh_l0.chunk(3)
    bias = gru.bias_ih_l0.chunk(3)[1] + gru.bias_hh_l0.chunk(3)[1]
    return torch.sigmoid(x @ z.T + before @ z_state.T + bias)                    # eq. 4
