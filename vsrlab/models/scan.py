"""SCAN.  Lee, Chen, Hua, Hu, He: Stacked Cross Attention for Image-Text Matching, ECCV 2018."""
from torch import Tensor

from vsrlab.models.layers.attention import CrossAttention, prepare
from vsrlab.models.layers.blocks import Dropout, linear, mean, unit
from vsrlab.models.layers.frozen import text_reader
from vsrlab.models.matcher import Matcher
from vsrlab.values import Encoding, Match


class SCAN(Matcher):
    """Every word looks at the regions (t-i), or every region at the words (i-t); what they find makes the score.

    Regions and words are vectors of one space; `vector` is the mean of the parts, for searching the neighbourhood
    of an image or a text, and no part of the score.  The choices of attention are those of CrossAttention; the two-
    model results of the paper are ensembles of score matrices.

    text                   "bigru": the halves of both directions averaged (the published runs); "gru"; "minilm", the states of a
                           frozen reader that has read captions before (see frozen.minilm), and a linear layer
    image_norm, text_norm  unit length for regions and words
    dropout                share of the region features and word embeddings set to zero in training; 0 in the paper
    """
    compares = "parts"
    knobs = ("direction", "pooling", "sharpness", "lse")
    shows = ("attention",)

    def __init__(self, features: int, vocabulary: int, *, dim: int = 256, word_dim: int = 300, text: str = "bigru",
                 direction: str = "t-i", pooling: str = "mean", sharpness: float | None = None, lse: float | None = None,
                 raw_norm: str = "clipped_l2norm", image_norm: bool = True, text_norm: bool = True, dropout: float = 0.0):
        super().__init__()
        attention = CrossAttention(direction, pooling, sharpness, lse, raw_norm)      # fills in what is left open
        self.direction, self.pooling, self.sharpness, self.lse = direction, pooling, attention.sharpness, attention.lse
        self.raw_norm, self.image_norm, self.text_norm = raw_norm, image_norm, text_norm
        self.dropout, self.embed = Dropout(dropout), linear(features, dim)
        self.text = text_reader(vocabulary, word_dim, dim, text, dropout)

    def encode_images(self, regions: Tensor, mask: Tensor) -> Encoding:
        v = self.embed(self.dropout(regions))                                    # regions (I, R, D)
        v = (unit(v) if self.image_norm else v) * mask[..., None]                # regions of length one
        return Encoding(unit(mean(v, mask)), v, mask, {})

    def encode_texts(self, words: Tensor, mask: Tensor) -> Encoding:
        e, _ = self.text(words, mask)                                            # (T, W, D)
        e = (unit(e) if self.text_norm else e) * mask[..., None]
        return Encoding(unit(mean(e, mask)), e, mask, {})

    @property
    def attention(self) -> CrossAttention:
        """The local score with the knobs as they stand."""
        return CrossAttention(self.direction, self.pooling, self.sharpness, self.lse, self.raw_norm)

    def prepare(self, encoding: Encoding) -> Encoding:
        return prepare(encoding)

    def match(self, images: Encoding, texts: Encoding) -> Match:
        return self.attention(images, texts, self.image_norm and self.text_norm, pictures=not self.training)
