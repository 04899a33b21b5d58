"""VSE0, VSE++, and their ancestors UVS and order-embeddings: one vector an image, one vector a text.

Faghri, Fleet, Kiros, Fidler: VSE++, Improving Visual-Semantic Embeddings with Hard Negatives, BMVC 2018.
Kiros, Salakhutdinov, Zemel: Unifying Visual-Semantic Embeddings with Multimodal Neural Language Models, 2014 (UVS, also MNLM).
Vendrov, Kiros, Fidler, Urtasun: Order-Embeddings of Images and Language, ICLR 2016.
"""
from torch import Tensor

from vsrlab.models.layers.blocks import LSTM, Dropout, Words, choose, linear, root, unit, violation
from vsrlab.models.layers.frozen import READERS, count, image_inputs, text_reader
from vsrlab.models.matcher import Matcher
from vsrlab.values import Encoding, Match

SHOWN = 4096      # pairs of a block, at most, whose violations are kept


class SumOfWords(Words):
    """Word ids to vectors of the joint space; a text is their sum."""

    def forward(self, words: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """words (T, W), mask (T, W) -> word vectors (T, W, D), their sum (T, D)."""
        x = super().forward(words, mask)
        return x, x.sum(1)


class VSE(Matcher):
    """One vector an image, one vector a text, in one space.  VSE0 and VSE++ differ in the hinge alone.

    v = W mean_r f_r + b (embed),  t = the last state of a recurrent network over the words (text), of unit length,
    S = v . t                               UVS: v as it is while training, v / |v| when it measures
    S = -sum of max(0, |t| - |v|)^2         order: unit length, then absolute values; the text is the more general and stands above

    The image is the mean of its regions (the papers' is one CNN vector: give one region).  Training asks for no
    parts, so that only the mean is projected then, and `parts` is that one vector; otherwise `parts` are the
    projected regions, whose mean the vector is.

    text        "gru"; "bigru"; "lstm", as in the paper of UVS (Flickr30K R@1 23.0 / 16.8; its code
                ryankiros/visual-semantic-embedding has the GRU, 29.8 / 22.0); "bow", the sum of word vectors, `dim` wide, as there;
                "minilm", a frozen reader that has read captions before (see frozen.minilm), and a linear layer
    nets        whole-photo vectors of other networks beside the mean region, such as "lite2+mobilenetv2"; of no paper
    image_norm  unit length for images; the official VSE0 command turns it off, the row vse0 keeps it (Settings.paper does not)
    rest_norm   unit length for images when the model is not training, whatever image_norm says: the row uvs
    measure     "cosine"; "order": minus the squared violation of the text being above its image (Vendrov et al. 2016,
                COCO R@1 46.7 / 37.9); "order-root": its square root, as the VSE++ code has it (margins differ)
    use_abs     absolute values on both sides, for the order measures

    seen, of the order measures and for at most 4,096 pairs at once: "violation" (I, T, D), max(0, t - v).
    Departures: a batch of UVS holds sentences of any length, and an epoch of order every caption, where their codes have
    sentences of one length, and one caption drawn for each image.
    """

    compares = "vectors"
    knobs = ("measure",)

    def __init__(self, features: int, vocabulary: int, *, dim: int = 256, word_dim: int = 300, text: str = "gru",
                 image_norm: bool = True, measure: str = "cosine", use_abs: bool = False, dropout: float = 0.0,
                 rest_norm: bool = False, nets: str = ""):
        super().__init__()
        self.measure = choose("measure", measure, ("cosine", "order", "order-root"))
        self.image_norm, self.rest_norm, self.use_abs = image_norm, rest_norm, use_abs
        self.nets, self.dropout, self.embed = nets, Dropout(dropout), linear(features * (1 + count(nets)), dim)
        choose("text encoder", text, (*READERS, "lstm", "bow"))
        self.text = (LSTM(vocabulary, word_dim, dim, dropout) if text == "lstm" else SumOfWords(vocabulary, dim, dropout)
                     if text == "bow" else text_reader(vocabulary, word_dim, dim, text, dropout))

    def encode_images(self, regions: Tensor, mask: Tensor) -> Encoding:
        x, each, mask = image_inputs(self.dropout(regions), mask, count(self.nets))
        vector = self.embed(x)                                                   # VSE++ eq. 1   (I, D)
        parts, real = (vector[:, None], mask[:, :1]) if self.training else (self.embed(each) * mask[..., None], mask)
        return Encoding(self._final(vector, self.image_norm or self.rest_norm and not self.training), parts, real, {})

    def encode_texts(self, words: Tensor, mask: Tensor) -> Encoding:
        states, vector = self.text(words, mask)                                  # VSE++ eq. 2
        return Encoding(self._final(vector, True), unit(states), mask, {})

    def _final(self, vector, norm):
        vector = unit(vector) if norm else vector                                # VSE++ eq. 1, VSE++ eq. 2
        return vector.abs() if self.use_abs else vector

    def match(self, images: Encoding, texts: Encoding) -> Match:
        if self.measure == "cosine":
            return super().match(images, texts)
        total, seen = violation(images.vector, texts.vector), {}                 # order score
        if not self.training and total.numel() <= SHOWN:
            seen = {"violation": (texts.vector[None] - images.vector[:, None]).clamp_min(0)}      # order violation
        # order score
        return Match(-total if self.measure == "order" else -root(total), seen)
