"""What comes ready-made beside what is learned: a frozen reader of texts, and whole-photo vectors of other networks."""
import torch
from torch import Tensor, nn

from vsrlab.errors import Problem
from vsrlab.frozen.minilm import WIDTH, minilm
from vsrlab.frozen.pieces import NONE, pieces
from vsrlab.models.layers.blocks import Dropout, MeanVector, TextEncoder, TfIdf, choose, linear, mean, unit

READERS = ("gru", "bigru", "minilm")


class FrozenWords(nn.Module):
    """The states of all-MiniLM-L6-v2: words (T, W) packed, mask (T, W) -> (T, W, 384).  It is not trained, or saved with a run."""

    def __init__(self):
        super().__init__()
        self.reader = minilm()

    def forward(self, words: Tensor, mask: Tensor) -> Tensor:
        return self.reader.read(words, mask)


class FrozenSentence(nn.Module):
    """words (T, W) packed, mask (T, W) -> (T, 384) of length one: the mean over all pieces, as the model was trained."""
    width = WIDTH

    def __init__(self):
        super().__init__()
        self.states = FrozenWords()

    def forward(self, words: Tensor, mask: Tensor) -> Tensor:
        return self.sentence(self.states(words, mask), words, mask)

    @staticmethod
    def sentence(states: Tensor, words: Tensor, mask: Tensor) -> Tensor:
        """The sentence of states (T, W, 384): a word counts as often as it has pieces."""
        count = (pieces(words) != NONE).sum(-1) * mask                           # (T, W)
        return unit((states * count[..., None]).sum(1))

    def each(self, words: Tensor, mask: Tensor) -> Tensor:
        """(T, W, 384): every word's state of length one, zero on padding."""
        return unit(self.states(words, mask)) * mask[..., None]

    def begin(self, batches):
        """Nothing to count."""


class FrozenText(nn.Module):
    """A text through the frozen reader and one linear layer: a state for each word, and a vector of the sentence.

    state_w = W unit(m_w) + b,  vector = W unit(sum_w pieces_w m_w) + b                      m_w: the reader's state of a word
    """

    def __init__(self, dim: int, dropout: float = 0.0):
        super().__init__()
        self.reader, self.dropout, self.leave = FrozenSentence(), Dropout(dropout), linear(WIDTH, dim)

    def forward(self, words: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """words (T, W) packed, mask (T, W) -> states (T, W, D), vector (T, D); neither is normalised."""
        states = self.reader.states(words, mask)
        sentence = self.dropout(self.reader.sentence(states, words, mask))
        return self.leave(self.dropout(unit(states))) * mask[..., None], self.leave(sentence)


def text_reader(vocabulary: int, word_dim: int, dim: int, text: str, dropout: float = 0.0) -> nn.Module:
    """The reader that the option `text` names: "gru", "bigru", or "minilm", which is frozen and has read captions before."""
    choose("text encoder", text, READERS)
    return FrozenText(dim, dropout) if text == "minilm" else TextEncoder(vocabulary, word_dim, dim, text, dropout)


def image_inputs(regions: Tensor, mask: Tensor, nets: int) -> tuple[Tensor, Tensor, Tensor]:
    """What a linear layer reads of images: the mean of the regions, and behind it the whole-photo vectors of other networks.

    x = [mean_r f_r, g_1, g_2, ...].  Of a region alone f_r stands for the mean, so that the mean of these is x.

    regions (I, R, F), mask (I, R), the last `nets` regions are whole-photo vectors -> x (I, E), of each region (I, R - nets, E),
    their mask; E = F (1 + nets)
    """
    regions, mask, beside = apart(regions, mask, nets)
    if beside is None:
        return mean(regions, mask), regions, mask
    return (torch.cat([mean(regions, mask), beside], -1),
            torch.cat([regions, beside[:, None].expand(-1, regions.shape[1], -1)], -1), mask)


def count(nets: str) -> int:
    """How many whole-photo vectors the option `nets` names: "lite2+mobilenetv2" are two, "" none."""
    names = nets.split("+") if nets else []
    if not all(name.isidentifier() for name in names) or len(set(names)) < len(names):
        raise Problem(f"nets={nets!r}: name the networks with + between them, each once, such as 'lite2+mobilenetv2'.")
    return len(names)


def apart(regions: Tensor, mask: Tensor, nets: int) -> tuple:
    """regions (I, R, F), mask (I, R) -> the regions, their mask, and the last `nets` as one row (I, nets F), None for none."""
    if not nets:
        return regions, mask, None
    if regions.shape[1] <= nets:
        raise Problem(f"{regions.shape[1]} regions were given to a model that reads {nets} whole-photo vectors behind them; open "
                      "the data with regions such as 'grid+lite2+mobilenetv2'.")
    return regions[:, :-nets], mask[:, :-nets], regions[:, -nets:].flatten(1)


def text_vector(text: str, vocabulary: int, word_dim: int) -> nn.Module:
    """The reader that the option `text` names: "tfidf", "mean", or "minilm", which is frozen and has read captions before."""
    choose("text", text, ("tfidf", "mean", "minilm"))
    return (FrozenSentence() if text == "minilm" else TfIdf(vocabulary) if text == "tfidf" else MeanVector(vocabulary, word_dim))
