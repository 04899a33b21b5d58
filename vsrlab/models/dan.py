"""DAN.  Nam, Ha, Kim: Dual Attention Networks for Multimodal Reasoning and Matching, CVPR 2017 (its matching network, m-DAN)."""
import torch
from torch import Tensor, nn

from vsrlab.models.layers.attention import softmax
from vsrlab.models.layers.blocks import BiLSTM, Dropout, bare, mean
from vsrlab.models.matcher import Matcher
from vsrlab.values import Encoding, Match


class Look(nn.Module):
    """One look: the memory asks every part, and what is seen is their mean by strength.

    h_n = tanh(W part_n) o tanh(W_m memory),  alpha = softmax_n(w_h . h_n);  no biases, as in the paper.
    of_part W, of_memory W_m, strength w_h.
    """

    def __init__(self, parts: int, dim: int):
        super().__init__()
        self.of_part, self.of_memory = bare(parts, dim), bare(dim, dim)
        self.strength = bare(dim, 1)

    def forward(self, parts: Tensor, mask: Tensor, memory: Tensor) -> tuple[Tensor, Tensor]:
        """parts (N, P, F), mask (N, P), memory (N, D) -> what is seen (N, F), alpha (N, P), zero on padding."""
        h = torch.tanh(self.of_part(parts)) * torch.tanh(self.of_memory(memory))[:, None]
        alpha = softmax(self.strength(h)[..., 0], 1, mask) * mask
        return (alpha[:, None] @ parts)[:, 0], alpha


class DAN(Matcher):
    """Looks over the regions and looks over the words, each guided by what its own side saw before.

    v^0 = tanh(P^0 mean_n v_n),  v^k = tanh(P^k sum_n alpha_n v_n),  m_v <- m_v + v^k        regions v_n, K looks
    u^0 = mean_t u_t,            u^k = sum_t alpha_t u_t,            m_u <- m_u + u^k        words u_t: no tanh and no P
    S = sum over k = 0..K of v^k . u^k: one product of the two concatenations, which are `vector`, (looks + 1) x dim wide.
    image, text: the looks k = 1..K (class Look); project: P^0..P^K; reader: the BiLSTM, whose two directions are added.

    looks    K; 2 in the paper (ResNet: R@1 55.0 / 39.4 on Flickr30K, VGG: 41.4 / 31.8)
    dropout  share of region features and word vectors set to zero in training; 0.5 in the code JunweiLiang/DualAttentionNetwork

    seen: images "looks" (I, K, R), texts "looks" (T, K, W), each look sums to one; match "per look" (I, T, K+1), the terms of S.
    `parts` are tanh(P^0 v_n), each region as the start of an image of it alone, and u_t; the score does not read them.
    Of a single region (one vector a photo) every look sees the same.

    Departures: margin 1.0 where the paper has 100, which belongs to dim 512 and Adadelta; every wrong answer pushes, where the
    paper draws them at random and the code takes the best of 32; the code clips each number of the gradient at 0.1.
    """
    compares = "vectors"
    may_be_zero = ("looks",)

    def __init__(self, features: int, vocabulary: int, *, dim: int = 256, word_dim: int = 300, looks: int = 2,
                 dropout: float = 0.0):
        super().__init__()
        self.dim, self.dropout = dim, Dropout(dropout)
        self.reader = BiLSTM(vocabulary, word_dim, dim, dropout)
        self.image = nn.ModuleList(Look(features, dim) for _ in range(looks))
        self.text = nn.ModuleList(Look(dim, dim) for _ in range(looks))
        self.project = nn.ModuleList(bare(features, dim) for _ in range(looks + 1))

    def encode_images(self, regions: Tensor, mask: Tensor) -> Encoding:
        regions = self.dropout(regions) * mask[..., None]
        found = [torch.tanh(self.project[0](mean(regions, mask)))]
        memory, looks = found[0], [regions.new_zeros(len(regions), 0, regions.shape[1])]
        for look, project in zip(self.image, self.project[1:]):
            saw, alpha = look(regions, mask, memory)
            found.append(torch.tanh(project(saw)))
            memory = memory + found[-1]
            looks.append(alpha[:, None])
        parts = torch.tanh(self.project[0](regions))                             # zero on padding: there is no bias
        return Encoding(torch.cat(found, 1), parts, mask, {"looks": torch.cat(looks, 1)})

    def encode_texts(self, words: Tensor, mask: Tensor) -> Encoding:
        u = self.reader(words, mask)[0].sum(2)                                   # (T, W, D)
        found = [mean(u, mask)]
        memory, looks = found[0], [u.new_zeros(len(u), 0, u.shape[1])]
        for look in self.text:
            saw, alpha = look(u, mask, memory)
            found.append(saw)
            memory = memory + saw
            looks.append(alpha[:, None])
        return Encoding(torch.cat(found, 1), u, mask, {"looks": torch.cat(looks, 1)})

    def match(self, images: Encoding, texts: Encoding) -> Match:
        if self.training:
            return super().match(images, texts)
        looks = torch.stack([v @ u.T for v, u in zip(images.vector.split(self.dim, 1), texts.vector.split(self.dim, 1))])
        return Match(looks.sum(0), {"per look": looks.permute(1, 2, 0)})
