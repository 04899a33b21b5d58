"""SAEM.  Wu, Wang, Song, Huang: Learning Fragment Self-Attention Embeddings for Image-Text Matching, ACM MM 2019."""
import torch
from torch import Tensor, nn
from torch.nn import functional as fn

from vsrlab.errors import Problem
from vsrlab.losses import right_answers
from vsrlab.models.layers.attention import lowest, softmax
from vsrlab.models.layers.blocks import Dropout, TextEncoder, Words, choose, linear, mean, real_first, unit
from vsrlab.models.matcher import Matcher
from vsrlab.values import Batch, Encoding

WIDTHS = (1, 2, 3)
SIXTH, UNTIL = 6, 4                          # the angular weight falls by ten every sixth of the epochs and is 0 from the fifth on


class SelfAttention(nn.Module):
    """One layer of a transformer, as in BERT: regions read all regions, head by head, and each goes through two layers alone.

    A_h = softmax(Q_h K_h' / sqrt(D / H)),  x <- LN(x + [A_1 V_1 ... A_H V_H] W_o),  x <- LN(x + GELU(x W_1) W_2), each with biases
    query, key, value; out W_o; inner W_1 (4 D wide), outer W_2; norm_attention, norm_inner.  The bias of the keys adds the same to
    every region, and the softmax takes it away: it is a buffer that stays 0.
    """

    def __init__(self, dim: int, heads: int):
        super().__init__()
        self.heads = heads
        self.query, self.value, self.out = linear(dim, dim), linear(dim, dim), linear(dim, dim)
        self.key, self.inner, self.outer = nn.Linear(dim, dim, bias=False), linear(dim, 4 * dim), linear(4 * dim, dim)
        nn.init.xavier_uniform_(self.key.weight)
        self.register_buffer("key_bias", torch.zeros(dim))
        self.norm_attention, self.norm_inner = nn.LayerNorm(dim), nn.LayerNorm(dim)

    def forward(self, x: Tensor, mask: Tensor, edges: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """x (I, R, D), mask (I, R), edges (I, H, R, R) factors of the attention -> x, attention (I, H, R, R)."""
        q, k, v = (y.unflatten(-1, (self.heads, -1)).transpose(1, 2) for y in (
            self.query(x), self.key(x) + self.key_bias, self.value(x)))          # (I, H, R, D / H)
        real = mask[:, None, None]
        # SAEM attention
        attention = softmax(q @ k.mT / q.shape[-1] ** 0.5, -1, real) * real * mask[:, None, :, None]
        attention = attention if edges is None else attention * edges
        x = self.norm_attention(x + self.out((attention @ v).transpose(1, 2).flatten(2)))      # SAEM read
        return self.norm_inner(x + self.outer(fn.gelu(self.inner(x)))), attention              # SAEM inner


class SAEM(Matcher):
    """Regions attend to each other; words go through convolutions of three widths; each side is one vector.

    v = unit(mean of the regions after embed and one layer of self-attention)                 embed, layer
    t = unit(W [c_1, c_2, c_3] + b), c_k the maximum over windows of k words of ReLU(convolution)    conv, leave
    S = v . t;  loss: hardest wrong answer + `angular` + `norms`
    angular  of images a with their texts p, and of texts with their images: sum of log(1 + exp(max over wrong n of
             4 (a + p) . n - 4 a . p)); 45 degrees.  As in the code it is a sum over the batch, as the ranking loss is.
    norms    sum of the (unsquared) norms of the image side's weight matrices

    heads    of the attention; 16 in the code, for dim 256.  Flickr30K R@1 69.1 / 52.4, with BERT
    text     "conv"; "gru": the last state of a GRU
    angular, norms   weights; 0.5 and 0.01 in the code.  The first falls by ten after every sixth of the epochs and is 0 for the
             last third: after 5 and 20 epochs of 30, as in the code
    dropout  share of region features and word vectors set to zero in training; the code has 0.1 inside the layer as well

    seen: images "affinity" (I, H, R, R), a head where other models have a layer.  `parts` are the regions after the layer, and
    c_1 of each word (its state for "gru").
    Departures: an embedding that trains takes the place of a frozen BERT, which the published numbers rest on; windows lie inside
    of the sentence (of a shorter one there is one, with zeros behind it), where the code counts padding as words.
    """
    compares = "vectors"
    shows = ("relations",)
    may_be_zero = ("angular", "norms")

    def __init__(self, features: int, vocabulary: int, *, dim: int = 256, word_dim: int = 300, heads: int = 4, text: str = "conv",
                 angular: float = 0.5, norms: float = 0.01, dropout: float = 0.0):
        super().__init__()
        if dim % heads:
            raise Problem(f"saem cannot share dim={dim} among heads={heads}; take a dim that is a multiple of {heads}.")
        self.text, self.angular, self.norms = choose("text encoder", text, ("conv", "gru")), angular, norms
        self.weight, self.dropout = angular, Dropout(dropout)
        self.embed, self.layer = linear(features, dim), SelfAttention(dim, heads)
        if text == "conv":
            self.reader, self.leave = Words(vocabulary, word_dim, dropout), linear(len(WIDTHS) * dim, dim)
            self.conv = nn.ModuleList(nn.Conv1d(word_dim, dim, width) for width in WIDTHS)
        else:
            self.reader = TextEncoder(vocabulary, word_dim, dim, "gru", dropout)

    def epoch(self, now: int, of: int):
        sixth = now * SIXTH // max(1, of)
        self.weight = self.angular * 0.1 ** sixth if sixth < UNTIL else 0.0

    def encode_images(self, regions: Tensor, mask: Tensor, edges: Tensor | None = None) -> Encoding:
        """`edges` (I, H, R, R) are factors of the attention: 0 cuts what one region reads of another in one head."""
        # SAEM regions
        x, attention = self.layer(self.embed(self.dropout(regions)) * mask[..., None], mask, edges)
        parts = x * mask[..., None]
        # SAEM image
        return Encoding(unit(mean(parts, mask)), parts, mask, {} if self.training else {"affinity": attention})

    def encode_texts(self, words: Tensor, mask: Tensor) -> Encoding:
        if self.text == "conv":
            return self.read(self.reader(words, mask), mask)
        states, last = self.reader(words, mask)
        return Encoding(unit(last), states, mask, {})

    def read(self, states: Tensor, mask: Tensor) -> Encoding:
        """The Encoding of texts whose words are vectors already, such as BERT's: states (T, W, word_dim), mask (T, W)."""
        parts = fn.relu(self.conv[0](states.mT)).mT * mask[..., None]
        x, real = real_first(states * mask[..., None], mask)
        at, count, most = torch.arange(x.shape[1], device=x.device), real.sum(1, keepdim=True), []
        for width, conv in zip(WIDTHS, self.conv):
            # SAEM windows
            found = fn.relu(conv(fn.pad(x, (0, 0, 0, width - 1)).mT))            # (T, D, W) a window from each word on
            inside = at < (count - width + 1).clamp_min(1)                       # (T, W)
            most.append((found * inside[:, None]).amax(-1))                      # SAEM windows
        return Encoding(unit(self.leave(torch.cat(most, 1))), parts, mask, {})   # SAEM text

    def extra_loss(self, batch: Batch, images: Encoding, texts: Encoding) -> dict:
        found = {}
        if self.angular:
            right, v, t = right_answers(batch.image), images.vector, texts.vector
            found["angular"] = self.weight * (angular(v, t, right) + angular(t, v, right))
        if self.norms:
            matrices = [w for part in (self.embed, self.layer) for w in part.parameters() if w.dim() > 1]
            found["norms"] = self.norms * sum(w.norm() for w in matrices)
        return found


def angular(a: Tensor, p: Tensor, right: Tensor) -> Tensor:
    """a (B, D) with p (B, D), and right (B, B) which p are no wrong answers to which a -> the angular loss, a scalar."""
    beyond = 4 * (a + p) @ p.T - 4 * (a * p).sum(1, keepdim=True)                # SAEM angular (B, B)
    # SAEM angular
    return fn.softplus(beyond.masked_fill(right, lowest(beyond)).amax(1)).sum()
