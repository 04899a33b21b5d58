"""VSR++.  Yuan, Huang, Zhang, Chen, Cheng, Wang: VSR++, Improving Visual Semantic Reasoning for Fine-Grained Image-Text
Matching, ICPR 2020."""
import torch
from torch import Tensor, nn

from vsrlab.errors import Problem
from vsrlab.models.layers.attention import CrossAttention, prepare
from vsrlab.models.layers.blocks import TextEncoder, choose, unit
from vsrlab.models.layers.captioner import Captioner
from vsrlab.models.layers.reasoning import Reasoner
from vsrlab.models.matcher import Matcher
from vsrlab.models.scan import SCAN
from vsrlab.values import Batch, Encoding, Match

FUSIONS = ("simi", "loss", "late")


class VSRPP(Matcher):
    """Global and local together: S = S_local + mu S_global, VSRN's memory of the scene beside SCAN's words and regions.

    Only the poster could be read; what it leaves open is chosen here and can be changed.
    mu             weight of the global score; 2.0 makes the poster's table of mu smooth in every column
    learn_mu       mu is trained (fusion="simi" only: as a weight of a loss it would shrink to nothing); its absolute value counts
    fusion         "simi": one ranking loss on S; "loss": a loss on S_local plus mu times a loss on S_global;
                   "late": two models that share nothing, each with its loss (the local one is SCAN on its own
                   projections); with mu=1 their S is twice the mean of both score matrices.  They differ from models trained
                   apart in one thing: the gradient is clipped by their common norm.
    text           "bigru" (the full model) or "gru" (a row of its ablation).  Words are the mean of both directions, the
                   sentence that of the last forward and the first backward state.
    direction, pooling, sharpness, lse   of the local score, see CrossAttention; "both" is the mean of t-i and i-t
    local_regions  "reasoned": words attend to the regions after reasoning; "raw": to those before
    layers, start, region_norm, head, caption, caption_dropout, dropout   as in VSRN
    """
    compares = "parts"
    knobs = ("mu", "direction", "pooling", "sharpness", "lse")
    may_be_zero = ("layers", "mu")
    shows = ("attention", "relations", "memory")

    def __init__(self, features: int, vocabulary: int, *, dim: int = 256, word_dim: int = 300, layers: int = 4, mu: float = 2.0,
                 learn_mu: bool = False, fusion: str = "simi", text: str = "bigru", direction: str = "t-i", pooling: str = "mean",
                 sharpness: float | None = None, lse: float | None = None, local_regions: str = "reasoned",
                 start: str = "long", region_norm: str = "feature", head: str = "coco", caption: bool = False,
                 caption_dropout: float = 0.2, dropout: float = 0.0):
        super().__init__()
        self.fusion = choose("fusion", fusion, FUSIONS)
        self.local_regions = choose("local_regions", local_regions, ("reasoned", "raw"))
        if learn_mu and fusion != "simi":
            raise Problem(f"learn_mu=True needs fusion='simi', not {fusion!r}: as the weight of a loss mu would shrink to nothing.")
        self.mu = nn.Parameter(torch.tensor(float(mu))) if learn_mu else float(mu)
        attention = CrossAttention(direction, pooling, sharpness, lse)                # fills in what is left open
        self.direction, self.pooling, self.sharpness, self.lse = direction, pooling, attention.sharpness, attention.lse
        self.reasoner = Reasoner(features, dim, layers, "gru", "given", region_norm, head, dropout, start)
        self.text = TextEncoder(vocabulary, word_dim, dim, text, dropout)
        late = fusion == "late"
        self.apart = SCAN(features, vocabulary, dim=dim, word_dim=word_dim, text=text, dropout=dropout) if late else None
        self.captioner = Captioner(dim, vocabulary, dropout=caption_dropout) if caption else None

    def encode_images(self, regions: Tensor, mask: Tensor, edges: Tensor | None = None) -> Encoding:
        """`edges` (I, L, R, R) are factors of the affinities: 0 cuts the relation of two regions in one layer."""
        vector, reasoned, before, seen = self.reasoner(regions, mask, edges)
        if self.apart is not None:
            parts = self.apart.encode_images(regions, mask).parts
        else:                                                                    # S_local compares directions, whatever region_norm
            parts = unit(reasoned if self.local_regions == "reasoned" else before)
        if self.captioner is not None:
            seen["reasoned"] = reasoned                                          # what it reads, whatever the words attend to
        return Encoding(unit(vector), parts, mask, seen)

    def encode_texts(self, words: Tensor, mask: Tensor) -> Encoding:
        states, vector = self.text(words, mask)
        parts = unit(states) if self.apart is None else self.apart.encode_texts(words, mask).parts
        return Encoding(unit(vector), parts, mask, {})

    @property
    def attention(self) -> CrossAttention:
        """The local score with the knobs as they stand."""
        return CrossAttention(self.direction, self.pooling, self.sharpness, self.lse)

    def reading_order(self, regions: int) -> Tensor | None:
        return self.reasoner.fixed_order(regions)

    def prepare(self, encoding: Encoding) -> Encoding:
        return prepare(encoding)

    def match(self, images: Encoding, texts: Encoding) -> Match:
        local = self.attention(images, texts, pictures=not self.training)
        whole = super().match(images, texts).scores                              # (I, T)
        return Match(local.scores + abs(self.mu) * whole, {**local.seen, "global": whole, "local": local.scores})

    def ranking_losses(self, match: Match) -> list:
        if self.fusion == "simi":
            return super().ranking_losses(match)
        return [(1.0, match.seen["local"]), (abs(self.mu) if self.fusion == "loss" else 1.0, match.seen["global"])]

    def extra_loss(self, batch: Batch, images: Encoding, texts: Encoding) -> dict:
        if self.captioner is None:
            return {}
        return {"caption": self.captioner(images.seen["reasoned"], images.mask, batch.words, batch.word_mask)}
