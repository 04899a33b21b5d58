"""DeViSE.  Frome, Corrado, Shlens, Bengio, Dean, Ranzato, Mikolov: DeViSE, A Deep Visual-Semantic Embedding Model, NIPS 2013."""
from torch import Tensor, nn

from vsrlab.models.layers.blocks import Dropout, MeanVector, bare, mean, unit
from vsrlab.models.matcher import Matcher
from vsrlab.values import Encoding


class DeViSE(Matcher):
    """One matrix maps an image into the space of word vectors, which stays as it was.

    v = M mean_r f_r (embed, no bias),  t = the mean of the word vectors, of unit length (words),  S = v . t
    The row's loss is the paper's: for each image the sum over wrong texts of max(0, margin - S_right + S_wrong), margin 0.1
    [margin from memory of the paper]; no wrong images.  Flickr30K R@1 4.5 / 6.7 in the tables of later papers.

    word_dim  of the word vectors, and so of the joint space; 0: `dim`.  Give vectors with `load_word_vectors`; without, they are
              random, and a text is a random projection of its bag of words
    dropout   share of region features set to zero in training

    Departures: the paper has labels of one word (skip-gram vectors of unit length); of a sentence the mean is taken.  The mean of
    the regions stands for the vector of its CNN, which the paper tunes in a second stage.
    `parts` are M f_r and the word vectors; seen: nothing, it compares two vectors.
    """
    compares = "vectors"
    may_be_zero = ("word_dim",)

    def __init__(self, features: int, vocabulary: int, *, dim: int = 256, word_dim: int = 0, dropout: float = 0.0):
        super().__init__()
        self.dropout, self.words = Dropout(dropout), MeanVector(vocabulary, word_dim or dim)
        self.embed: nn.Linear = bare(features, word_dim or dim)

    def encode_images(self, regions: Tensor, mask: Tensor) -> Encoding:
        regions = self.dropout(regions)
        return Encoding(self.embed(mean(regions, mask)), self.embed(regions) * mask[..., None], mask, {})

    def encode_texts(self, words: Tensor, mask: Tensor) -> Encoding:
        return Encoding(unit(self.words(words, mask)), self.words.each(words, mask), mask, {})
