"""sm-LSTM.  Huang, Wang, Wang: Instance-aware Image and Sentence Matching with Selective Multimodal LSTM, CVPR 2017."""
import torch
from torch import Tensor, nn

from vsrlab.errors import Problem
from vsrlab.models.layers.attention import softmax
from vsrlab.models.layers.blocks import BiLSTM, Dropout, bare, choose, linear, mean
from vsrlab.models.layers.pairwise import attended, grid, strength
from vsrlab.models.matcher import Matcher
from vsrlab.values import Batch, Encoding, Match

FORMS = ("joint", "printed")


class Saliency(nn.Module):
    """How much each part of one side matters at a look, to the context of that side and the state of the LSTM.

    joint    p_i = softmax_i  w_p . sigma(m W_m + b_m + a_i W_a + b_a + h W_h + b_h)
    printed  p_i = softmax_i  w_p . (sigma(m W_m + b_m) + sigma(a_i W_a + b_a) + sigma(h W_h + b_h))
    of_part W_a, of_context W_m, of_state W_h, strength w_p.  The printed b_p is left out: a softmax does not see it.
    """

    def __init__(self, dim: int, context: bool, state: bool):
        super().__init__()
        self.of_part, self.strength = linear(dim, dim), bare(dim, 1)
        self.of_context = linear(dim, dim) if context else None
        self.of_state = linear(dim, dim) if state else None                      # a single look has no state before it

    def keys(self, parts: Tensor, context: Tensor) -> tuple[Tensor, Tensor]:
        """parts (N, P, D), context (N, D) -> their products (N, P, D), (N, D): all that needs no other side."""
        return self.of_part(parts), torch.zeros_like(context) if self.of_context is None else self.of_context(context)

    def forward(self, parts: Tensor, context: Tensor, mask: Tensor, state: Tensor, form: str) -> Tensor:
        """`keys`, with an axis of one for the other side: (I, 1, P, D), (I, 1, D), mask (I, 1, P); state (I, T, D) -> (I, T, P)."""
        terms = [x for x, used in ((context, self.of_context), (state, self.of_state)) if used is not None]
        terms = [x if x is context else self.of_state(x) for x in terms]
        if choose("saliency", form, FORMS) == "joint":
            found = strength(parts, sum(terms, torch.zeros_like(state)), self.strength.weight[0])
        else:
            found = self.strength(torch.sigmoid(parts))[..., 0] + sum(self.strength(torch.sigmoid(x)) for x in terms)
        return softmax(found, -1, mask) * mask


class SMLSTM(Matcher):
    """Look after look, a salient instance of the image and one of the text are compared; an LSTM adds the comparisons up.

    p_t, q_t as in Saliency, of regions a_i with context m and of words w_j with context n, both with state h_{t-1}
    a'_t = sum_i p_ti a_i,  w'_t = sum_j q_tj w_j,  c_t = ReLU(a'_t W_1 + w'_t W_2 + b) W_3 + b_3,  h_t = LSTM(c_t, h_{t-1})
    S = w . sigma(h_K W_s + b_s) + b      over looks t = 1..K
    embed a_i; reader w_j (directions side by side, dim / 2 each); region, word the two Saliencies; compare_image W_1,
    compare_text W_2, compare W_3; lstm; hidden W_s, score w, shift b (no ranking loss sees it: a buffer that stays 0).
    `vector` holds the contexts: m is the mean of the a_i, n the last states of the words; they are of two spaces.

    looks     K.  Printed R@1 on Flickr30K for 1, 2, 3, 4, 5: 38.8, 38.0, 42.4, 38.2, 38.1 (image to text)
    saliency  "joint", or "printed": the three sigmoids then stand outside of one another, those of m and h are the same for all
              parts and the softmax removes them.  Every look is then the same, and W_m and W_h learn nothing.  A knob.
    context   m and n take part (the paper's ablation)
    weight    of the regulariser, the mean over pairs of sum_i (1 - sum_t p_ti)^2 + sum_j (1 - sum_t q_tj)^2: no part is left out.
              Printed it has no square, and is I + J - 2 K whatever the weights.  The paper's 100 is for 196 regions, 0.1 a guess.
    dropout   share of region features and word vectors set to zero in training

    seen: "saliency of regions" (I, T, K, R), "saliency of words" (I, T, K, W); each look sums to one.

    Departures: m is the mean region, for the last layer of a CNN; regions are embedded first; the comparison network and
    the margin 0.2 are chosen here, the paper's are not known.
    """
    compares = "pairs"
    knobs = ("saliency",)
    may_be_zero = ("weight",)

    def __init__(self, features: int, vocabulary: int, *, dim: int = 256, word_dim: int = 300, looks: int = 3,
                 saliency: str = "joint", context: bool = True, weight: float = 0.1, dropout: float = 0.0):
        super().__init__()
        if dim % 2:
            raise Problem(f"sm_lstm cannot take dim={dim}: half of it is read forwards and half backwards; take {dim + 1}.")
        self.looks, self.saliency, self.weight = looks, choose("saliency", saliency, FORMS), weight
        self.dropout, self.embed = Dropout(dropout), linear(features, dim)
        self.reader = BiLSTM(vocabulary, word_dim, dim // 2, dropout)
        self.region, self.word = (Saliency(dim, context, looks > 1) for _ in range(2))
        self.compare_image, self.compare_text, self.compare = linear(dim, dim), bare(dim, dim), linear(dim, dim)
        self.lstm, self.hidden, self.score = nn.LSTMCell(dim, dim), linear(dim, dim), bare(dim, 1)
        self.register_buffer("shift", torch.zeros(1))

    def encode_images(self, regions: Tensor, mask: Tensor) -> Encoding:
        a = self.embed(self.dropout(regions)) * mask[..., None]
        return Encoding(mean(a, mask), a, mask, {})

    def encode_texts(self, words: Tensor, mask: Tensor) -> Encoding:
        w, last = self.reader(words, mask)
        return Encoding(last.flatten(1), w.flatten(2), mask, {})

    def match(self, images: Encoding, texts: Encoding) -> Match:
        one, other = self._sides(images, texts)
        scores, p, q = grid(self._looked, one, other)
        return Match(scores, {} if self.training else {"saliency of regions": p, "saliency of words": q})

    def paired(self, images: Encoding, texts: Encoding) -> Tensor:
        return self._pairs(images, texts)[0]

    def extra_loss(self, batch: Batch, images: Encoding, texts: Encoding) -> dict:
        if not self.weight:
            return {}
        _, p, q = self._pairs(images, texts)
        missed = [(1 - x.sum(1)).square().mul(side.mask).sum(1) for x, side in ((p, images), (q, texts))]      # (B,) each
        return {"saliency": self.weight * (missed[0] + missed[1]).mean()}

    def _sides(self, images: Encoding, texts: Encoding) -> tuple:
        """What each side brings to `_looked`: keys and context of its saliency, its parts as they are compared, and its mask."""
        sides = (images, self.region, self.compare_image), (texts, self.word, self.compare_text)
        return tuple((*saliency.keys(side.parts, side.vector), compare(side.parts), side.mask) for side, saliency, compare in sides)

    def _pairs(self, images, texts):
        """Scores (N,), saliencies (N, K, R) and (N, K, W) of image n with text n; a side of one serves all of the other."""
        one, other = self._sides(images, texts)
        return [x[:, 0] for x in self._looked(*(x[:, None] for x in (*one, *other)))]

    def _looked(self, key, context, region, mask, key_of_words, context_of_words, word, word_mask):
        """Images by texts, each with an axis of one for the other side: (I, 1, R, D), (I, 1, D), (I, 1, R, D), (I, 1, R), then
        (1, T, W, D) and so on -> scores (I, T), saliencies (I, T, K, R), (I, T, K, W)."""
        shape = torch.broadcast_shapes(context.shape, context_of_words.shape)    # (I, T, D)
        h = cell = key.new_zeros(shape)
        p, q = [], []
        for _ in range(self.looks):
            p.append(self.region(key, context, mask, h, self.saliency).expand(*shape[:2], -1))
            q.append(self.word(key_of_words, context_of_words, word_mask, h, self.saliency).expand(*shape[:2], -1))
            c = self.compare(torch.relu(attended(p[-1], region) + attended(q[-1], word)))
            h, cell = (x.view(shape) for x in self.lstm(c.flatten(0, 1), (h.flatten(0, 1), cell.flatten(0, 1))))
        return (self.score(torch.sigmoid(self.hidden(h))) + self.shift)[..., 0], torch.stack(p, 2), torch.stack(q, 2)
