"""DVSA.  Karpathy, Fei-Fei: Deep Visual-Semantic Alignments for Generating Image Descriptions, CVPR 2015 (its alignment model)."""
import torch
from torch import Tensor, nn
from torch.nn import functional as fn

from vsrlab.models.layers.attention import CrossAttention
from vsrlab.models.layers.blocks import Dropout, Words, choose, linear, mean, unit
from vsrlab.models.layers.gru import read
from vsrlab.models.matcher import Matcher
from vsrlab.values import Encoding, Match


class BRNN(Words):
    """A bidirectional recurrent network of rectified units: words x_t to vectors s_t of the space of the regions.

    e_t = f(W_e x_t + b_e),  hf_t = f(e_t + W_f hf_{t-1} + b_f),  hb_t = f(e_t + W_b hb_{t+1} + b_b),
    s_t = f(W_d (hf_t + hb_t) + b_d),  f = ReLU.  enter W_e, ahead W_f, back W_b, leave W_d; each with its bias.
    text="bigru" takes hf and hb from a GRU of both directions, and has neither enter nor ahead and back.
    """

    def __init__(self, vocabulary: int, word_dim: int, hidden: int, dim: int, text: str, dropout: float):
        choose("text encoder", text, ("brnn", "bigru"))
        super().__init__(vocabulary, word_dim, dropout)
        if text == "bigru":
            self.gru = nn.GRU(word_dim, hidden, batch_first=True, bidirectional=True)
        else:
            self.enter, self.ahead, self.back = linear(word_dim, hidden), linear(hidden, hidden), linear(hidden, hidden)
        self.text, self.leave = text, linear(hidden, dim)

    def forward(self, words: Tensor, mask: Tensor) -> Tensor:
        """words (T, W), mask (T, W) -> s (T, W, D), zero on padding, which is stepped over wherever it stands."""
        x = self.dropout(self.embed(words))                                      # DVSA eq. 2
        if self.text == "bigru":
            states = read(self.gru, x, mask)[0].sum(2)
        else:
            e = fn.relu(self.enter(x))                                           # DVSA eq. 3
            # DVSA eq. 4, DVSA eq. 5
            states = self._read(self.ahead, e, mask) + self._read(self.back, e.flip(1), mask.flip(1)).flip(1)
        return fn.relu(self.leave(states)) * mask[..., None]                     # DVSA eq. 6

    @staticmethod
    def _read(layer, e, mask):
        h, states = torch.zeros_like(e[:, 0]), []
        for now, real in zip(e.unbind(1), mask[..., None].unbind(1)):
            h = torch.where(real, fn.relu(now + layer(h)), h)                    # DVSA eq. 4, DVSA eq. 5
            states.append(h)
        return torch.stack(states, 1)


class DVSA(Matcher):
    """Every word is aligned with the one region that agrees with it best.

    v_i = W f_i + b (embed),  s_t as in BRNN (reader),  S = sum over words t of max over regions i of v_i . s_t
    Products are not divided by lengths and the sum not by the number of words: a longer sentence scores higher with every
    image, so that scores of one image with texts of different length favour the long ones.  That is the method.

    text    "brnn"; "bigru", gated units in its place
    hidden  units of each direction; 0: as many as dim
    whole   the whole image is one more region, as in the paper.  Here it is the mean of the real regions, and its product with
            a word is then the mean of theirs, which is never above the best: it wins only where all regions agree equally.
    dropout share of region features and word vectors set to zero in training

    seen: "attention" (I, T, W, R), all of it on the best region; "relevance" (I, T, W), its product, whose sum is the score;
    "cosine" of lengths; "best region" (I, T, W), its index, R for the whole image and -1 on padding.  The attention of a word
    that the whole image wins is spread evenly over the real regions: the same product, and it sums to one over regions.
    `vector` is the mean of the parts, for neighbourhoods, and no part of the score.

    Departures: word vectors train (the paper keeps word2vec as it is); F here for the paper's 4,096; wrong answers are l != k,
    the printed sums have l = k as well, which adds 2 a pair and no gradient.  Printed: Flickr30K R@1 22.2 / 15.2, COCO 38.4 / 27.4.
    """
    compares = "parts"
    may_be_zero = ("hidden",)
    shows = ("attention",)

    def __init__(self, features: int, vocabulary: int, *, dim: int = 256, word_dim: int = 300, text: str = "brnn", hidden: int = 0,
                 whole: bool = True, dropout: float = 0.0):
        super().__init__()
        self.whole, self.dropout, self.embed = whole, Dropout(dropout), linear(features, dim)
        self.reader = BRNN(vocabulary, word_dim, hidden or dim, dim, text, dropout)

    def encode_images(self, regions: Tensor, mask: Tensor) -> Encoding:
        v = self.embed(self.dropout(regions)) * mask[..., None]                  # DVSA eq. 1
        return Encoding(unit(mean(v, mask)), v, mask, {})

    def encode_texts(self, words: Tensor, mask: Tensor) -> Encoding:
        s = self.reader(words, mask)
        return Encoding(unit(mean(s, mask)), s, mask, {})

    def match(self, images: Encoding, texts: Encoding) -> Match:
        regions = images.mask.shape[1]
        if self.whole:                                                           # region R of (I, R + 1, D)
            parts = torch.cat([images.parts, mean(images.parts, images.mask)[:, None]], 1)
            images = images._replace(parts=parts, mask=fn.pad(images.mask, (0, 1), value=True))
        scores, seen = CrossAttention("t-i", "summax")(images, texts, unit_length=False, pictures=not self.training)
        if self.training:
            return Match(scores, {})
        attention, of_whole = seen["attention"][..., :regions], seen["attention"][..., regions:]
        best = torch.where(texts.mask, seen["attention"].max(-1).indices, -1)
        real = images.mask[:, None, None, :regions]                              # (I, 1, 1, R)
        attention = attention + of_whole.sum(-1, keepdim=True) * real / real.sum(-1, keepdim=True).clamp_min(1)
        return Match(scores, {"attention": attention, "relevance": seen["relevance"], "best region": best,
                              "cosine": seen["cosine"][..., :regions]})
