"""VSR++, and this kit's variant of it.  Yuan, Huang, Zhang, Chen, Cheng, Wang: VSR++, Improving Visual Semantic Reasoning for
Fine-Grained Image-Text Matching, ICPR 2020."""
import torch
from torch import Tensor, nn

from vsrlab.errors import Problem
from vsrlab.frozen.pieces import own
from vsrlab.losses import LOG_SCALE
from vsrlab.models.layers.attention import CrossAttention, prepare
from vsrlab.models.layers.blocks import EPS, choose, mean, unit
from vsrlab.models.layers.captioner import Captioner
from vsrlab.models.layers.frozen import apart, count, text_reader
from vsrlab.models.layers.reasoning import Reasoner
from vsrlab.models.matcher import Matcher
from vsrlab.models.scan import SCAN
from vsrlab.models.vse import VSE
from vsrlab.values import Batch, Encoding, Match

FUSIONS = ("simi", "loss", "late")
FOLLOW = 0.02      # of a new batch in the running spread of the scores


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
                   sentence that of the last forward and the first backward state.  Or "minilm", see frozen.minilm
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
        self.text = text_reader(vocabulary, word_dim, dim, text, dropout)
        late = fusion == "late"
        self.apart = SCAN(features, vocabulary, dim=dim, word_dim=word_dim, text=text, dropout=dropout) if late else None
        self.captioner = Captioner(dim, vocabulary, dropout=caption_dropout) if caption else None

    def encode_images(self, regions: Tensor, mask: Tensor, edges: Tensor | None = None) -> Encoding:
        """`edges` (I, L, R, R) are factors of the affinities: 0 cuts the relation of two regions in one layer."""
        vector, reasoned, before, seen = self.reasoner(regions, mask, edges)
        if self.apart is not None:
            parts = self.apart.encode_images(regions, mask).parts                # local regions
        else:                                                                    # S_local compares directions, whatever region_norm
            parts = unit(reasoned if self.local_regions == "reasoned" else before)      # local regions
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
        whole = super().match(images, texts).scores                              # S_global (I, T)
        # S = S_local + mu S_global
        return Match(local.scores + abs(self.mu) * whole, {**local.seen, "global": whole, "local": local.scores})

    def ranking_losses(self, match: Match) -> list:
        if self.fusion == "simi":
            return super().ranking_losses(match)                                 # fusion simi
        # fusion loss, fusion late
        return [(1.0, match.seen["local"]), (abs(self.mu) if self.fusion == "loss" else 1.0, match.seen["global"])]

    def extra_loss(self, batch: Batch, images: Encoding, texts: Encoding) -> dict:
        if self.captioner is None:
            return {}
        return {"caption": self.captioner(images.seen["reasoned"], images.mask, batch.words, batch.word_mask)}


class VSRPPKit(Matcher):
    """This kit's own variant for small sets of photos, not the poster's VSR++: S = S_local + mu S_global, each part learned apart.

    S_local   word-region max: the mean over the words of the cosine of each with its best region (`apart`, a SCAN); InfoNCE
    S_global  v . t,  v = [sqrt(a) g, sqrt(1 - a) s]: of the GRU's vectors g (`whole`, a VSE++), and with text="minilm" of the
              frozen sentence's s (`said`, a VSE++); each with the ranking loss of the Settings.  Without it a = 1
    mu, a     follow the spread of the three scores in training, so that with weights of one each part has an equal say

    nets      whole-photo vectors of other networks in S_global, such as "lite2+mobilenetv2"; words look at the regions alone
    text      of the words of S_local: "bigru", learned from nothing; "minilm", which has read captions before (see frozen.minilm)
    sentence, gru   weights of the two global parts, in units of the local part's spread
    Departures from VSR++: regions do not reason and no memory reads them (with 6,000 photos VSRN's part is no better than a mean),
    words do not attend, and scores are joined after training ("late").
    """
    compares = "parts"
    knobs = ("mu",)
    shows = ("attention",)

    def __init__(self, features: int, vocabulary: int, *, dim: int = 256, word_dim: int = 300, text: str = "bigru", nets: str = "",
                 sentence: float = 1.33, gru: float = 1.0, dropout: float = 0.0):
        super().__init__()
        self.nets, self.count, self.weights = nets, count(nets), (gru, sentence if text == "minilm" else 0.0)
        sizes = dict(dim=dim, word_dim=word_dim, dropout=dropout)
        self.whole = VSE(features, vocabulary, nets=nets, **sizes)
        self.said = VSE(features, vocabulary, text="minilm", nets=nets, **sizes) if text == "minilm" else None
        self.apart = SCAN(features, vocabulary, text=text, pooling="meanmax", **sizes)
        self.log_scale = nn.Parameter(torch.tensor(LOG_SCALE))
        self.register_buffer("mu", torch.tensor(1.0))
        self.register_buffer("share", torch.tensor(1.0 if self.said is None else 0.5))      # a
        self.register_buffer("spread", torch.zeros(3))                                     # of local, GRU's, sentence's scores

    def encode_images(self, regions: Tensor, mask: Tensor) -> Encoding:
        own_regions, real, beside = apart(regions, mask, self.count)
        x = mean(own_regions, real)[:, None]                                     # both global parts read the mean alone
        x = x if beside is None else torch.cat([x, regions[:, -self.count:]], 1)
        seen = torch.arange(x.shape[1], device=x.device)[None].expand(len(x), -1) < 1
        return self._joined(self.apart.encode_images(own_regions, real),
                            *(one and one.encode_images(x, seen) for one in (self.whole, self.said)))

    def encode_texts(self, words: Tensor, mask: Tensor) -> Encoding:
        said = self.said and self.said.encode_texts(words, mask)
        return self._joined(self.apart.encode_texts(words, mask), self.whole.encode_texts(own(words), mask), said)

    def _joined(self, parts: Encoding, whole: Encoding, said: Encoding | None) -> Encoding:
        """The parts of S_local, and both vectors of S_global as one of unit length."""
        vector = whole.vector if said is None else torch.cat([self.share.sqrt() * whole.vector,
                                                               (1 - self.share).sqrt() * said.vector], -1)
        return Encoding(vector, parts.parts, parts.mask, {})

    def prepare(self, encoding: Encoding) -> Encoding:
        return self.apart.prepare(encoding)

    def match(self, images: Encoding, texts: Encoding) -> Match:
        local = self.apart.match(images, texts)
        whole = Matcher.match(self, images, texts).scores                        # (I, T)
        seen = {**local.seen, "local": local.scores, "global": whole}
        if self.training:
            seen |= self._each(images.vector, texts.vector)
        return Match(local.scores + abs(self.mu).clone() * whole, seen)

    def _each(self, images: Tensor, texts: Tensor) -> dict:
        """name -> scores (I, T) of the global parts one by one, without the weights that their vectors (N, D) carry."""
        if self.said is None:
            return {"gru": images @ texts.T}
        half, share = images.shape[1] // 2, self.share.clone()                   # it moves before the backward pass
        return {"gru": images[:, :half] @ texts[:, :half].T / share,
                "sentence": images[:, half:] @ texts[:, half:].T / (1 - share)}

    @torch.no_grad()
    def _measure(self, *scores: Tensor):
        """The running spread of each part's scores over a batch, and mu and a that follow from it."""
        now = torch.ones_like(self.spread)
        now[:len(scores)] = torch.stack([x.float().std().clamp_min(EPS) for x in scores])
        self.spread.copy_(torch.where(self.spread > 0, self.spread.lerp(now, FOLLOW), now))
        gru, sentence = self.weights[0] / self.spread[1], self.weights[1] / self.spread[2]
        self.share.copy_(gru / (gru + sentence))
        self.mu.copy_(self.spread[0] * (gru + sentence))

    def ranking_losses(self, match: Match) -> list:
        """Each part by its own loss; what is seen of their spread here moves mu and a."""
        parts = [match.seen[name] for name in ("gru", "sentence") if name in match.seen]
        if parts and match.scores.numel() > 1:
            self._measure(match.seen["local"], *parts)
        return [(1.0, match.seen["local"], "nce"), *((1.0, scores) for scores in parts or [match.seen["global"]])]
