"""VSRN.  Li, Zhang, Li, Li, Fu: Visual Semantic Reasoning for Image-Text Matching, ICCV 2019."""
from torch import Tensor

from vsrlab.models.layers.blocks import TextEncoder, unit
from vsrlab.models.layers.captioner import Captioner
from vsrlab.models.layers.reasoning import Reasoner
from vsrlab.models.matcher import Matcher
from vsrlab.values import Batch, Encoding


class VSRN(Matcher):
    """Regions reason with each other, then a GRU reads them into one memory of the scene; a text is its last state.

    layers, pool, order, start, region_norm, head  see Reasoner; the published runs are region_norm="across" with the head of their
                 data set, and `Settings.paper` asks for them.  The head is "f30k" otherwise too: without its
                 BatchNorm all images begin as nearly the same state, and small runs take long to leave it
    caption      add the caption-generation loss (the paper does; off here, as it makes a step on a CPU much longer)
    image_norm, use_abs  of the official code: unit length for images, absolute values on both sides
    dropout      share of the region features and word embeddings set to zero in training; 0 in the paper
    caption_dropout      of the captioner's inputs, 0.2 in the official code
    """
    may_be_zero = ("layers",)
    shows = ("relations", "memory")

    def __init__(self, features: int, vocabulary: int, *, dim: int = 256, word_dim: int = 300, text: str = "gru", layers: int = 4,
                 pool: str = "gru", order: str = "given", start: str = "long", region_norm: str = "feature", head: str = "f30k",
                 caption: bool = False, caption_dropout: float = 0.2, image_norm: bool = True, use_abs: bool = False,
                 dropout: float = 0.0):
        super().__init__()
        self.image_norm, self.use_abs = image_norm, use_abs
        self.reasoner = Reasoner(features, dim, layers, pool, order, region_norm, head, dropout, start)
        self.text = TextEncoder(vocabulary, word_dim, dim, text, dropout)
        self.captioner = Captioner(dim, vocabulary, dropout=caption_dropout) if caption else None

    def encode_images(self, regions: Tensor, mask: Tensor, edges: Tensor | None = None) -> Encoding:
        """`edges` (I, L, R, R) are factors of the affinities: 0 cuts the relation of two regions in one layer."""
        vector, reasoned, _, seen = self.reasoner(regions, mask, edges)
        vector = unit(vector) if self.image_norm else vector
        return Encoding(vector.abs() if self.use_abs else vector, reasoned, mask, seen)

    def encode_texts(self, words: Tensor, mask: Tensor) -> Encoding:
        states, vector = self.text(words, mask)
        vector = unit(vector)
        return Encoding(vector.abs() if self.use_abs else vector, unit(states), mask, {})

    def reading_order(self, regions: int) -> Tensor | None:
        return self.reasoner.fixed_order(regions)

    def extra_loss(self, batch: Batch, images: Encoding, texts: Encoding) -> dict:
        if self.captioner is None:
            return {}
        # caption loss
        return {"caption": self.captioner(images.parts, images.mask, batch.words, batch.word_mask)}
