"""RRF-Net.  Liu, Guo, Bakker, Lew: Learning a Recurrent Residual Fusion Network for Multimodal Matching, ICCV 2017."""
import torch
from torch import Tensor, nn
from torch.nn import functional as fn

from vsrlab.models.dspe import TwoBranches
from vsrlab.models.layers.batchnorm import BatchNorm
from vsrlab.models.layers.blocks import Branch, choose, linear, unit
from vsrlab.models.layers.frozen import text_vector
from vsrlab.values import Batch, Encoding, Match

MOST = 4                                 # steps
WEIGHTS = (1.0, 0.5), (2.0, 1.0)         # of the loss: wrong texts and what is within the texts; wrong images and within the images


class Refining(nn.Module):
    """One side's branch: a layer that refines again and again, and the fusion of its steps.

    h_0 = ReLU(BN(W_2 drop(ReLU(W_1 BN(x) + b_1)) + b_2))      first
    h_{t+1} = h_t + ReLU(BN_t(W h_t + b)), t = 0 .. T           shared W, one for all steps; norms BN_t, one each
    "conv": f = ReLU(bn(sum_t w_t h_{t+1} + c))                 fuse w, c; fuse_norm bn, of ONE channel: one mean, one variance
    "sum": f = sum_t h_{t+1};  "none": f = h_{T+1}
    out: BN(W_o f + b_o)                                        out, out_norm
    """

    def __init__(self, inputs: int, hidden: int, dim: int, steps: int, fusion: str, dropout: float):
        super().__init__()
        self.first, self.shared = Branch(inputs, hidden, dim, ("enter", "leave"), dropout), linear(dim, dim)
        self.norms = nn.ModuleList(BatchNorm(dim) for _ in range(steps + 1))
        if fusion == "conv":
            self.fuse, self.fuse_norm = linear(steps + 1, 1), BatchNorm(1)
            nn.init.constant_(self.fuse.weight, 1 / (steps + 1))
        self.out, self.out_norm = linear(dim, dim), BatchNorm(dim)

    def stages(self, x: Tensor) -> Tensor:
        """x (..., inputs) -> h_1, ..., h_{T+1}: (..., T+1, D)."""
        h, found = fn.relu(self.first(x)), []
        for norm in self.norms:
            h = h + fn.relu(norm(self.shared(h)))
            found.append(h)
        return torch.stack(found, -2)

    def fused(self, stages: Tensor, fusion: str) -> Tensor:
        """(..., T+1, D) -> (..., D), of any length."""
        if fusion == "conv":
            f = fn.relu(self.fuse_norm(self.fuse(stages.mT))[..., 0])
        else:
            f = stages.sum(-2) if fusion == "sum" else stages[..., -1, :]
        return self.out_norm(self.out(f))


class RRF(TwoBranches):
    """Two branches that refine their vectors by one residual layer, step after step, and fuse what all steps found.

    v = unit of the image's branch (image; x is the mean region), t = unit of the text's (text; reader makes its vector), S = v . t
    loss, of pair i: for the `keep` wrong texts k with the largest [m - S_ii + S_ik] > 0 (m = margin, [z] = max(0, z))
              1 x [m - S_ii + S_ik],  `rank`,  + 0.5 x [m - S_ii + t_i . t_k],  `structure`
          and for the `keep` wrong images k with the largest [m - S_ii + S_ki] > 0
              2 x [m - S_ii + S_ki],  `rank`,  + 1 x [m - S_ii + v_i . v_k],  `structure`
    summed and divided by keep x pairs.  Captions of the same image are never wrong.

    steps    T: the shared layer is applied T + 1 times, as in the released T = 3 file (yuLiu24/RRF-Net).  Flickr30K R@1 of Table 1:
             1: 46.4 / 34.3, 2: 46.9 / 34.8, 3: 47.6 / 35.4, 4: 46.2 / 35.1.  0, once: stands for the baseline, 45.0 / 33.6
    fusion   "conv" 47.6 / 35.4, "sum" 47.1 / 35.0, "none" 45.8 / 34.2 (Table 2)
    keep     wrong answers of each anchor, 50 in the released code
    text     "tfidf" or "mean" word vector, in place of the paper's Fisher vectors; word_dim of "mean", as in DSPE
    hidden   width of the layer between, 2048 in the paper (D 512); 0: twice dim
    dropout  share of the hidden layer set to zero in training; 0.5 in the paper

    seen: images and texts "stages" (N, T+1, D), h_1 to h_{T+1} before the fusion; they grow, for each adds what is not negative.
    Departures: the mean region stands for the CNN's vector, tf-idf for the Fisher vector, Adam for SGD.  The fusion begins as the
    mean of the steps.  What exactly the printed baseline leaves out is not known.  Of several processes each ranks its own share.
    """
    may_be_zero = ("steps", "hidden")

    def __init__(self, features: int, vocabulary: int, *, dim: int = 256, word_dim: int = 300, text: str = "tfidf", steps: int = 3,
                 fusion: str = "conv", keep: int = 50, margin: float = 0.1, hidden: int = 0, dropout: float = 0.0):
        choose("steps", steps, range(MOST + 1)), choose("fusion", fusion, ("conv", "sum", "none"))
        reader = text_vector(text, vocabulary, word_dim)
        super().__init__(reader, *(Refining(width, hidden or 2 * dim, dim, steps, fusion, dropout)
                                   for width in (features, reader.width)))
        self.fusion, self.keep, self.margin = fusion, keep, margin

    def _through(self, branch: nn.Module, x: Tensor) -> tuple[Tensor, dict]:
        stages = branch.stages(x)
        return unit(branch.fused(stages, self.fusion)), {"stages": stages}

    def ranking_losses(self, match: Match) -> list:
        return []

    def extra_loss(self, batch: Batch, images: Encoding, texts: Encoding) -> dict:
        own = batch.image[:, None] == batch.image
        v, t = (x.vector.float() if x.vector.dtype != torch.float64 else x.vector for x in (images, texts))
        scores, found = v @ t.T, {"rank": 0.0, "structure": 0.0}
        for (across, within), wrong, side in zip(WEIGHTS, (scores, scores.T), (t, v)):
            hinges = self.margin - scores.diagonal()[:, None] + torch.stack([wrong, side @ side.T])            # (2, B, B)
            worst, at = hinges[0].clamp_min(0).masked_fill(own, 0).topk(min(self.keep, len(own)), 1)
            found["rank"] = found["rank"] + across * worst.sum()
            inside = hinges[1].clamp_min(0).gather(1, at)[worst > 0]
            found["structure"] = found["structure"] + within * inside.sum()
        return {name: x / (self.keep * len(own)) for name, x in found.items()}
