"""What two papers share: unit length, a mean over real parts, the readers of texts, in their order and without it."""
import torch
from torch import Tensor, nn
from torch.nn import functional as fn

from vsrlab.errors import Problem, unknown
from vsrlab.models.layers.batchnorm import BatchNorm
from vsrlab.models.layers.gru import read

EPS = 1e-8     # as SCAN's code; VSE++ and VSRN divide without it, and a vector of zeros becomes NaN there
MARKS = 3        # the first ids are padding, <start> and <end>: they stand in every text and say nothing


def unit(x: Tensor, dim: int = -1) -> Tensor:
    """Length one along an axis (D by default); zeros stay zeros."""
    return fn.normalize(x, dim=dim, eps=EPS)


def root(square: Tensor) -> Tensor:
    """Square root whose gradient stays finite at zero, where that of the official codes is NaN."""
    return square.clamp_min(EPS ** 3).sqrt()


def mean(parts: Tensor, mask: Tensor) -> Tensor:
    """(N, P, D), (N, P) -> (N, D): the mean of the real parts."""
    return (parts * mask[..., None]).sum(1) / mask.sum(1, keepdim=True).clamp_min(1)


def real_first(parts: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
    """parts (N, P, D), mask (N, P) -> the same with the real parts first, in their order, and the mask of these."""
    order = torch.argsort(~mask, dim=1, stable=True)
    return parts.take_along_dim(order[..., None], 1), mask.take_along_dim(order, 1)


def linear(inputs: int, outputs: int) -> nn.Linear:
    """A Linear as all the official codes begin it: Xavier uniform, no bias yet."""
    layer = nn.Linear(inputs, outputs)
    nn.init.xavier_uniform_(layer.weight)
    nn.init.zeros_(layer.bias)
    return layer


def bare(inputs: int, outputs: int) -> nn.Linear:
    """A Linear without bias, Xavier uniform."""
    layer = nn.Linear(inputs, outputs, bias=False)
    nn.init.xavier_uniform_(layer.weight)
    return layer


def choose(option: str, value, among):
    """The value, if it is one of the allowed ones."""
    if value not in among:
        raise unknown(f"{option}", value, among)
    return value


class Dropout(nn.Module):
    """nn.Dropout, its mask drawn a byte a number (the share rounded to 1/256): torch's own draw costs a CPU three times as much."""

    def __init__(self, share: float):
        super().__init__()
        self.keep = 256 - round(256 * share)

    def forward(self, x: Tensor) -> Tensor:
        if not self.training or self.keep == 256:
            return x
        drawn = torch.randint(-2 ** 63, 2 ** 63 - 1, (-(-x.numel() // 8),), device=x.device).view(torch.uint8)[:x.numel()]
        return x * (drawn.view_as(x) < self.keep).to(x.dtype).mul_(256 / self.keep)


class Words(nn.Module):
    """Word ids to vectors, with dropout in training; begun uniformly from -0.1 to 0.1 as in all the official codes."""

    def __init__(self, vocabulary: int, word_dim: int, dropout: float = 0.0):
        super().__init__()
        self.embed = nn.Embedding(vocabulary, word_dim)
        nn.init.uniform_(self.embed.weight, -0.1, 0.1)
        self.dropout = Dropout(dropout)

    def forward(self, words: Tensor, mask: Tensor) -> Tensor:
        """words (T, W), mask (T, W) -> (T, W, word_dim); padding is zero."""
        return self.dropout(self.embed(words)) * mask[..., None]

    @torch.no_grad()
    def load_word_vectors(self, ids: Tensor, vectors: Tensor):
        """Begin from word vectors made elsewhere: ids (N,) of the vocabulary, vectors (N, word_dim).  They train on."""
        if vectors.shape[-1] != self.embed.embedding_dim:
            raise Problem(f"the word vectors have {vectors.shape[-1]} dimensions, the model {self.embed.embedding_dim}; "
                          f"build it with word_dim={vectors.shape[-1]}.")
        self.embed.weight[torch.as_tensor(ids)] = torch.as_tensor(vectors, dtype=self.embed.weight.dtype)


class TextEncoder(Words):
    """Word ids to one state a word and one vector a text: an embedding and a GRU, in one direction or both.

    With two directions the halves are averaged (SCAN's code), for the words as for the vector.
    """

    def __init__(self, vocabulary: int, word_dim: int, dim: int, text: str = "gru", dropout: float = 0.0):
        choose("text encoder", text, ("gru", "bigru"))
        super().__init__(vocabulary, word_dim, dropout)
        self.gru = nn.GRU(word_dim, dim, batch_first=True, bidirectional=text == "bigru")

    def forward(self, words: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """words (T, W), mask (T, W) -> states (T, W, D), vector (T, D); neither is normalised."""
        states, last = read(self.gru, self.dropout(self.embed(words)), mask)     # words of SCAN; a sentence of VSE++ and VSRN
        return states.mean(2), last.mean(1)                                      # words of SCAN; a sentence of VSE++ and VSRN


class BiLSTM(Words):
    """Word ids to the states of an LSTM in both directions, which are kept apart: DAN adds them, sm-LSTM lays them side by side."""

    def __init__(self, vocabulary: int, word_dim: int, hidden: int, dropout: float = 0.0):
        super().__init__(vocabulary, word_dim, dropout)
        self.lstm = nn.LSTM(word_dim, hidden, batch_first=True, bidirectional=True)

    def forward(self, words: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """words (T, W), mask (T, W) -> states (T, W, 2, hidden), last (T, 2, hidden): forward and backward, see gru.read."""
        return read(self.lstm, self.dropout(self.embed(words)), mask)


class LSTM(Words):
    """Word ids to the states of an LSTM in one direction, and the last of them, which stands for the text."""

    def __init__(self, vocabulary: int, word_dim: int, dim: int, dropout: float = 0.0):
        super().__init__(vocabulary, word_dim, dropout)
        self.lstm = nn.LSTM(word_dim, dim, batch_first=True)

    def forward(self, words: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """words (T, W), mask (T, W) -> states (T, W, D), vector (T, D); neither is normalised."""
        states, last = read(self.lstm, self.dropout(self.embed(words)), mask)
        return states[:, :, 0], last[:, 0]


def violation(below: Tensor, above: Tensor) -> Tensor:
    """(I, D), (T, D) -> (I, T): how far each of `above` is from lying above, number by number: sum of max(0, above - below)^2.

    Row by row: (T, D) at a time and never (I, T, D).
    """
    return torch.stack([(above - row).clamp_min(0).square().sum(-1) for row in below])


class GivenWords(Words):
    """Word vectors that are given and not trained: a buffer.  Random until `load_word_vectors` puts others in."""

    def __init__(self, vocabulary: int, word_dim: int):
        super().__init__(vocabulary, word_dim)
        vectors = self.embed.weight.detach()
        del self.embed.weight
        self.embed.register_buffer("weight", vectors)


class MeanVector(GivenWords):
    """words (T, W), mask (T, W) -> (T, width): the mean of the given vectors of a text's words, <start> and <end> with them."""

    def __init__(self, vocabulary: int, word_dim: int):
        super().__init__(vocabulary, word_dim)
        self.width = word_dim

    def forward(self, words: Tensor, mask: Tensor) -> Tensor:
        return mean(self.each(words, mask), mask)

    def each(self, words: Tensor, mask: Tensor) -> Tensor:
        """(T, W, width): every word's vector, zero on padding."""
        return super().forward(words, mask)

    def begin(self, batches):
        """Nothing to count."""


class TfIdf(nn.Module):
    """words (T, W), mask (T, W) -> (T, V): how often a text holds each word, times log((1 + N) / (1 + n)) + 1.

    N texts (`texts`), n of them with the word (`holding`): buffers that `begin` fills from the training captions; before, every
    word weighs 1.  A word that no training caption holds weighs nothing, for nothing was learnt of it.
    """

    def __init__(self, vocabulary: int):
        super().__init__()
        self.width = vocabulary
        self.register_buffer("texts", torch.zeros(()))
        self.register_buffer("holding", torch.zeros(vocabulary))

    def counts(self, words: Tensor, mask: Tensor) -> Tensor:
        """(T, V): how often each text holds each word; marks are not counted."""
        found = torch.zeros(len(words), self.width, dtype=self.holding.dtype, device=words.device)
        return found.scatter_add_(1, words, (mask & (words >= MARKS)).to(found.dtype))

    @property
    def weights(self) -> Tensor:
        """(V,) what each word weighs."""
        return (((1 + self.texts) / (1 + self.holding)).log() + 1) * ((self.holding > 0) | (self.texts == 0))

    def forward(self, words: Tensor, mask: Tensor) -> Tensor:
        return self.counts(words, mask) * self.weights

    def each(self, words: Tensor, mask: Tensor) -> Tensor:
        """(T, W, V): what each word adds; their sum is what the text is."""
        return fn.one_hot(words, self.width) * (mask & (words >= MARKS))[..., None] * self.weights

    def begin(self, batches):
        """Count the training captions; a batch is a values.Batch."""
        self.texts.zero_(), self.holding.zero_()
        for batch in batches():
            self.texts += len(batch.words)
            self.holding += (self.counts(batch.words, batch.word_mask) > 0).sum(0)


class Branch(nn.Module):
    """Two layers from one vector into the joint space, with batch norm where a paper has it: DSPE's branch, RRF-Net's beginning.

    x -> norm "enter" -> fc1 -> norm "middle" -> ReLU, dropout -> fc2 -> norm "leave";  `norms` names those that are there
    """

    def __init__(self, inputs: int, hidden: int, dim: int, norms: tuple, dropout: float = 0.0):
        super().__init__()
        self.fc1, self.fc2, self.dropout = linear(inputs, hidden), linear(hidden, dim), Dropout(dropout)
        self.enter, self.middle, self.leave = (BatchNorm(width) if name in norms else nn.Identity() for name, width in (
            ("enter", inputs), ("middle", hidden), ("leave", dim)))

    def forward(self, x: Tensor) -> Tensor:
        """x (..., inputs) -> (..., D), of any length."""
        return self.leave(self.fc2(self.dropout(fn.relu(self.middle(self.fc1(self.enter(x)))))))
