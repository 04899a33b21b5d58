"""GXN.  Gu, Cai, Joty, Niu, Wang: Look, Imagine and Match, CVPR 2018."""
import torch
from torch import Tensor, nn

from vsrlab.models.layers.blocks import Dropout, Words, choose, linear, mean, unit, violation
from vsrlab.models.layers.captioner import Teller
from vsrlab.models.layers.gru import read
from vsrlab.models.matcher import Matcher
from vsrlab.values import Batch, Encoding, Match

LEVELS = {2: ("high", "low"), 1: ("low",)}


class Reader(Words):
    """Word ids to a text's two levels: t_h from a GRU of both directions (high), halves averaged, t_l from a GRU (low)."""

    def __init__(self, vocabulary: int, word_dim: int, dim: int, levels: int, dropout: float):
        super().__init__(vocabulary, word_dim, dropout)
        self.high = nn.GRU(word_dim, dim, batch_first=True, bidirectional=True) if levels == 2 else None
        self.low = nn.GRU(word_dim, dim, batch_first=True)

    def forward(self, words: Tensor, mask: Tensor) -> tuple[list, Tensor]:
        """words (T, W), mask (T, W) -> [t_h, t_l] or [t_l], each (T, D), states of the low level (T, W, D)."""
        x = self.dropout(self.embed(words))
        states, last = read(self.low, x, mask)
        high = [] if self.high is None else [read(self.high, x, mask)[1].mean(1)]
        return [*high, last[:, 0]], states[:, :, 0]


class GXN(Matcher):
    """Two levels a side, abstract (h) and grounded (l), compared by order; the grounded image has to tell the sentence.

    v_h = |unit(W_h x + b_h)|,  v_l = |unit(W_l x + b_l)|         embed.high, embed.low; x is the mean region
    t_h = |unit(.)| of the BiGRU, t_l of the GRU                   reader
    s(t, v) = -|max(0, v - t)|^2,  S = share s(t_h, v_h) + (1 - share) s(t_l, v_l)
    loss: ranking of S, + `caption`: cross entropy of a GRU decoder that begins from v_l (teller)

    levels   2; 1: the grounded level alone ("GRU (VGG19)": COCO 1K R@1 51.4 / 39.1)
    above    "image", as printed: an image's numbers should not exceed its text's; "text", the order of Vendrov et al. 2016 and of
             Chain-VSE: max(0, t - v).  A knob
    caption  True: "GXN (i2t, xe)" 68.2 / 54.5, on a fine-tuned CNN; without: "GXN (fine-tune)" 64.0 / 53.6, fixed: 59.4 / 47.0
    imagine  also learn to give the image's features from t_l: `imagine`, the mean square of W t_l + b - x.  Not in the paper, which
             trains a GAN there ("GXN (t2i)", 67.1 / 56.5)
    share    lambda, of the abstract level; a knob.  The paper's value is not known here: one half
    dropout  share of region features and word vectors set to zero in training

    `vector` is [v_h, v_l], levels x dim wide.  seen: images and texts "levels" (N, L, D); match "high" and "low" (I, T), the scores
    of the levels, and "violation" (I, T, L, D), the amounts before the square, unless the encodings are lean.
    `parts` are regions on the grounded level, and the states of the GRU.

    Departures: neither GAN nor the reward of captions is built; both GRUs read one table of word vectors; absolute values and
    unit length as in order embeddings; features are not fine-tuned.
    """
    knobs = ("above", "share")
    may_be_zero = ("share",)
    compares = "vectors"

    def __init__(self, features: int, vocabulary: int, *, dim: int = 256, word_dim: int = 300, levels: int = 2,
                 above: str = "image", caption: bool = True, imagine: bool = False, share: float = 0.5, dropout: float = 0.0):
        super().__init__()
        self.names, self.above = LEVELS[choose("levels", levels, LEVELS)], choose("above", above, ("image", "text"))
        self.share, self.dim, self.dropout = share, dim, Dropout(dropout)
        self.embed = nn.ModuleDict({name: linear(features, dim) for name in self.names})
        self.reader = Reader(vocabulary, word_dim, dim, levels, dropout)
        self.teller = Teller(vocabulary, word_dim, dim) if caption else None
        self.imagined = linear(dim, features) if imagine else None

    def encode_images(self, regions: Tensor, mask: Tensor) -> Encoding:
        regions = self.dropout(regions)
        x, parts = mean(regions, mask), None if self.training else self.embed["low"](regions)
        return self._encoding([self.embed[name](x) for name in self.names], parts, mask)

    def encode_texts(self, words: Tensor, mask: Tensor) -> Encoding:
        return self._encoding(*self.reader(words, mask), mask)

    def _encoding(self, levels: list, parts: Tensor | None, mask: Tensor) -> Encoding:
        levels = torch.stack([unit(level).abs() for level in levels], 1)         # (N, L, D)
        if parts is None:
            return Encoding(levels.flatten(1), levels[:, -1:], mask.any(1, keepdim=True), {"levels": levels})
        return Encoding(levels.flatten(1), unit(parts) * mask[..., None], mask, {"levels": levels})

    def match(self, images: Encoding, texts: Encoding) -> Match:
        pairs = list(zip(images.vector.split(self.dim, 1), texts.vector.split(self.dim, 1)))
        found = [-(violation(t, v).T if self.above == "image" else violation(v, t)) for v, t in pairs]
        scores = found[0] if len(found) == 1 else self.share * found[0] + (1 - self.share) * found[1]
        if self.training:
            return Match(scores, {})
        seen = dict(zip(self.names, found))
        if images.seen and texts.seen:
            apart = images.seen["levels"][:, None] - texts.seen["levels"]        # (I, T, L, D)
            seen["violation"] = (apart if self.above == "image" else -apart).clamp_min(0)
        return Match(scores, seen)

    def extra_loss(self, batch: Batch, images: Encoding, texts: Encoding) -> dict:
        found = {}
        if self.teller is not None:
            found["caption"] = self.teller(images.vector[:, -self.dim:], batch.words, batch.word_mask)
        if self.imagined is not None:
            x = mean(batch.regions, batch.region_mask)
            found["imagine"] = (self.imagined(texts.vector[:, -self.dim:]) - x).square().mean()
        return found
