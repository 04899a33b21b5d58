"""SCO.  Huang, Wu, Song, Wang: Learning Semantic Concepts and Order for Image and Sentence Matching, CVPR 2018."""
import torch
from torch import Tensor, nn
from torch.nn import functional as fn

from vsrlab.models.layers.attention import lowest
from vsrlab.models.layers.blocks import LSTM, Dropout, bare, choose, linear, mean, unit
from vsrlab.models.layers.captioner import Teller
from vsrlab.models.matcher import Matcher
from vsrlab.values import Batch, Encoding

IMAGES = ("gate", "sum", "context", "concepts")
GENERATIONS = ("own", "shared", "none")


class SCO(Matcher):
    """The image is what its regions show by name and what it is as a whole, joined by a gate; it has to tell its sentence.

    p = max over regions r of sigma(W_c f_r + b_c)                       concept; C concepts, words of the training captions
    p' = unit(W_l p),  x' = unit(W_g x)                                  of_concepts, of_context; x is the mean region
    z = sigma(U_l p + U_g x),  v = z o p' + (1 - z) o x'                 gate_concepts U_l, gate_context U_g; no biases
    t = last state of an LSTM (reader),  S = cos(v, t)
    loss: ranking + `concept`, cross entropy of p and the caption's words, + `generation`, that of a decoder from v (teller)

    concepts    C; 256 in the paper.  `begin` chooses them, see `agreed`; their word ids are the buffer concept_words
    image       Flickr30K R@1 of Table 2: "gate" 42.4 / 32.4, "sum" 39.9 / 31.4 (v = p' + x'), "context" 33.8 / 26.3 (v = x'),
                "concepts" 30.9 / 23.1 (v = p')
    generation  "own" decoder: 44.2 / 32.8 with the gate, 35.6 / 27.9 with the context; "shared": word vectors and LSTM are those
                of the reader, 35.5 / 27.4 with the context ("gen (E)"); "none"
    sentence    the sentence's vector as the teacher ("sen", 22.8 / 19.1 with the context): |v - t|^2, which t does not learn from
    dropout     share of region features and word vectors set to zero in training

    seen: images "concepts" (I, C) p, "shown by" (I, C) the region that shows each best, "gate" (I, D) z where there is one,
    "evidence" (I, C) p before the sigma.  `parts` are each region as an image of it alone, and the states of the LSTM.
    Of a single region (one vector a photo) that region shows every concept.

    Departures: concepts are chosen by their use and not by kind of word, which takes a tagger; the concept head is learnt with
    the matching, where the paper trains a network before, and by the pair's own caption; the mean region stands for ten crops;
    "gen (S)", a decoder that reads its own words, is not built.  Chosen here: h_0 of the decoder is v, of unit length; weights 1.
    """
    def __init__(self, features: int, vocabulary: int, *, dim: int = 256, word_dim: int = 300, concepts: int = 256,
                 image: str = "gate", generation: str = "own", sentence: bool = False, dropout: float = 0.0):
        super().__init__()
        self.image, self.generation = choose("image", image, IMAGES), choose("generation", generation, GENERATIONS)
        self.sentence, self.dropout = sentence, Dropout(dropout)
        self.reader = LSTM(vocabulary, word_dim, dim, dropout)
        if image != "context":
            self.concept, self.of_concepts = linear(features, concepts), bare(concepts, dim)
            self.register_buffer("concept_words", torch.full((concepts,), -1))
        if image != "concepts":
            self.of_context = bare(features, dim)
        if image == "gate":
            self.gate_concepts, self.gate_context = bare(concepts, dim), bare(features, dim)
        self.teller = None if generation == "none" else Teller(vocabulary, word_dim, dim, nn.LSTM, own=generation == "own")

    def begin(self, batches):
        if self.image != "context":
            found = agreed(batches(), len(self.concept_words))
            self.concept_words[:len(found)] = found.to(self.concept_words.device)

    def encode_images(self, regions: Tensor, mask: Tensor) -> Encoding:
        regions = self.dropout(regions) * mask[..., None]
        context, seen, each, p = mean(regions, mask), {}, None, None
        if self.image != "context":
            each = self.concept(regions)                                         # (I, R, C)
            evidence, where = each.masked_fill(~mask[..., None], lowest(each)).max(1)
            evidence = evidence * mask.any(1, keepdim=True)                      # without regions: neither way
            p = torch.sigmoid(evidence)
            seen = {"evidence": evidence, "concepts": p, "shown by": where}
        v, gate = self.join(p, context)
        seen |= {} if gate is None else {"gate": gate}
        if self.training:
            return Encoding(unit(v), unit(v)[:, None], mask.any(1, keepdim=True), seen)
        parts = unit(self.join(None if each is None else torch.sigmoid(each), regions)[0]) * mask[..., None]
        return Encoding(unit(v), parts, mask, seen)

    def join(self, p: Tensor | None, x: Tensor, image: str = "") -> tuple:
        """Concepts (..., C) and context (..., F) -> v (..., D), the gate or None; `image` in place of the model's own."""
        image = image or self.image
        if image == "context":
            return unit(self.of_context(x)), None
        named = unit(self.of_concepts(p))
        if image == "concepts":
            return named, None
        whole = unit(self.of_context(x))
        if image == "sum":
            return named + whole, None
        gate = torch.sigmoid(self.gate_concepts(p) + self.gate_context(x))
        return gate * named + (1 - gate) * whole, gate

    def encode_texts(self, words: Tensor, mask: Tensor) -> Encoding:
        states, vector = self.reader(words, mask)
        return Encoding(unit(vector), unit(states), mask, {})

    def extra_loss(self, batch: Batch, images: Encoding, texts: Encoding) -> dict:
        found = {}
        if self.image != "context":
            chosen = self.concept_words >= 0
            said = (batch.words[..., None] == self.concept_words).any(1).to(images.vector.dtype)          # (B, C)
            missed = fn.binary_cross_entropy_with_logits(images.seen["evidence"], said, reduction="none")
            found["concept"] = (missed * chosen).sum() / len(said)
        if self.teller is not None:
            shared = (self.reader.embed, self.reader.lstm) if self.generation == "shared" else ()
            found["generation"] = self.teller(images.vector, batch.words, batch.word_mask, *shared)
        if self.sentence:
            found["sentence"] = (images.vector - texts.vector.detach()).square().sum(1).mean()
        return found


def agreed(batches, most: int) -> Tensor:
    """Ids of the words that captions of one image agree on best, at most `most`: what can be seen, and not "the" or "is".

    By the covariance of two captions of one image: the share of such pairs that both say a word, minus the square of the share s
    of captions that do.  Where no image has two captions, by s (1 - s).  The four marks are no words.
    """
    said, width, image = [], 0, []
    for batch in batches:
        width = max(width, int(batch.words.max()) + 1)
        row = torch.arange(len(batch.words), device=batch.words.device)[:, None].expand_as(batch.words)
        once = torch.unique(torch.stack([row, batch.words * batch.word_mask], -1)[batch.word_mask], dim=0)
        said.append(torch.stack([batch.image[once[:, 0]], once[:, 1]], 1).cpu())
        image.append(batch.image.cpu())
    captions = torch.cat(image).bincount().double()                              # (images,)
    pair, count = torch.unique(torch.cat(said), dim=0, return_counts=True)       # (image, word) and how many captions say it
    sums = lambda x: torch.zeros(width, dtype=torch.double).index_add(0, pair[:, 1], x)
    share, pairs = sums(count.double()) / captions.sum(), (captions * (captions - 1)).sum()
    both = sums((count * (count - 1)).double()) / pairs if pairs else share
    score = (both - share.square())[4:]
    best = score.argsort(descending=True, stable=True)[:most]
    return best[score[best] > 0] + 4
