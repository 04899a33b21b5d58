"""VSE0 and VSE++.  Faghri, Fleet, Kiros, Fidler: VSE++, Improving Visual-Semantic Embeddings with Hard Negatives, BMVC 2018."""
import torch
from torch import Tensor
from torch.nn import functional as fn

from vsrlab.models.blocks import Dropout, TextEncoder, choose, linear, mean, root, unit
from vsrlab.models.matcher import Matcher
from vsrlab.values import Encoding, Match


class VSE(Matcher):
    """One vector an image, one vector a text, in one space.  VSE0 and VSE++ differ in the hinge alone.

    The image is the mean of its regions (the paper's is one CNN vector: give one region).  Training asks for no
    parts, so that only the mean is projected then, and `parts` is that one vector; otherwise `parts` are the
    projected regions, whose mean the vector is.

    image_norm  unit length for images; the official VSE0 command turns it off, the row here keeps it (Settings.paper does not)
    measure     "cosine"; "order": minus the squared violation of the text being above its image (Vendrov et al. 2016);
                "order-root": its square root, as the VSE++ code has it (margins differ)
    use_abs     absolute values on both sides, for the order measures
    """

    compares = "vectors"

    def __init__(self, features: int, vocabulary: int, *, dim: int = 256, word_dim: int = 300, text: str = "gru",
                 image_norm: bool = True, measure: str = "cosine", use_abs: bool = False, dropout: float = 0.0):
        super().__init__()
        self.measure = choose("measure", measure, ("cosine", "order", "order-root"))
        self.image_norm, self.use_abs = image_norm, use_abs
        self.dropout, self.embed = Dropout(dropout), linear(features, dim)
        self.text = TextEncoder(vocabulary, word_dim, dim, text, dropout)

    def encode_images(self, regions: Tensor, mask: Tensor) -> Encoding:
        regions = self.dropout(regions)
        vector = self.embed(mean(regions, mask))                                 # (I, D)
        parts, real = (vector[:, None], mask[:, :1]) if self.training else (self.embed(regions) * mask[..., None], mask)
        return Encoding(self._final(vector, self.image_norm), parts, real, {})

    def encode_texts(self, words: Tensor, mask: Tensor) -> Encoding:
        states, vector = self.text(words, mask)
        return Encoding(self._final(vector, True), unit(states), mask, {})

    def _final(self, vector, norm):
        vector = unit(vector) if norm else vector
        return vector.abs() if self.use_abs else vector

    def match(self, images: Encoding, texts: Encoding) -> Match:
        if self.measure == "cosine":
            return super().match(images, texts)
        # image by image: (T, D) at a time and never (I, T, D)
        violation = torch.stack([fn.relu(texts.vector - image).square().sum(-1) for image in images.vector])
        return Match(-violation if self.measure == "order" else -root(violation), {})
