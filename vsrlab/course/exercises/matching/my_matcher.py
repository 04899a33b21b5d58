"""Exercise `my-matcher`: a model of one's own, DVSA by the maximum over regions, that keeps the contract."""
import numpy as np
import torch
from torch import nn
from torch.nn import functional as fn

from vsrlab.course.exercise import Exercise, Mistake, Property
from vsrlab.course.language import N_, tr
from vsrlab.models.contract import checked_encoding, checked_match
from vsrlab.models.matcher import Matcher
from vsrlab.values import Encoding, Match

SPEC = N_("""
**my-matcher** (30 min). A model of your own: every word looks for the one region that fits it best. The layers are there; write the
three methods. Regions come as `regions` (I, R, F) with `mask` (I, R), words as numbers `words` (T, W) with `mask` (T, W); a mask is
True where a part is real, and what is padding must not change any score.

* `encode_images`: parts (I, R, D) are `self.embed(regions)`, made of unit length, and 0 on padding; the vector (I, D) is the sum
  of the parts, made of unit length. Return `Encoding(vector, parts, mask, {})`.
* `encode_texts`: the same with `self.words(words)`.
* `match`: cosines of every word of every text with every region of every image; for each real word the largest over the real
  regions; the score of a pair is the mean of these over the real words. Return `Match(scores, {})` with scores (I, T).
""")

STARTER = '''from torch import nn

from vsrlab.models.matcher import Matcher
from vsrlab.values import Encoding, Match


class MyMatcher(Matcher):
    """Each word takes the region that fits it best; the score is the mean over the words."""

    def __init__(self, features, vocabulary, *, dim=32):
        super().__init__()
        self.embed, self.words = nn.Linear(features, dim), nn.Embedding(vocabulary, dim)

    def encode_images(self, regions, mask):
        """regions (I, R, F), mask (I, R) -> Encoding with parts (I, R, D)."""
        ...

    def encode_texts(self, words, mask):
        """words (T, W), mask (T, W) -> Encoding with parts (T, W, D)."""
        ...

    def match(self, images, texts):
        """Every image with every text -> Match with scores (I, T)."""
        ...
'''

HINTS = (
    N_("Idea. Write `match` for one image and one text on paper first: a table (W, R), the largest of each row, the mean of "
       "those. Then add the two axes I and T in front, and ask of each step what padding would do."),
    N_("Formula. S(i, t) = 1/|t| sum over real words w of max over real regions r of cos(v_ir, e_tw)."),
    N_("Code. c = torch.einsum('ird,twd->itwr', images.parts, texts.parts);  best = c.masked_fill(~images.mask[:, None, "
       "None], -9).amax(-1)"),
)


class Solution(Matcher):
    """Each word takes the region that fits it best; the score is the mean over the words."""

    def __init__(self, features, vocabulary, *, dim=32):
        super().__init__()
        self.embed, self.words = nn.Linear(features, dim), nn.Embedding(vocabulary, dim)

    def encode_images(self, regions, mask):
        """regions (I, R, F), mask (I, R) -> Encoding with parts (I, R, D)."""
        parts = fn.normalize(self.embed(regions), dim=-1) * mask[..., None]
        return Encoding(fn.normalize(parts.sum(1), dim=-1), parts, mask, {})

    def encode_texts(self, words, mask):
        """words (T, W), mask (T, W) -> Encoding with parts (T, W, D)."""
        parts = fn.normalize(self.words(words), dim=-1) * mask[..., None]
        return Encoding(fn.normalize(parts.sum(1), dim=-1), parts, mask, {})

    def match(self, images, texts):
        """Every image with every text -> Match with scores (I, T)."""
        cosine = torch.einsum("ird,twd->itwr", images.parts, texts.parts)
        best = cosine.masked_fill(~images.mask[:, None, None], -9).amax(-1)        # (I, T, W)
        real = texts.mask[None].to(best.dtype)                                     # (1, T, W)
        return Match((best * real).sum(-1) / real.sum(-1), {})


def example(rng):
    images, texts, r, w, f = 3, 4, 4, 5, 6
    masks = [np_mask(rng, n, p) for n, p in ((images, r), (texts, w))]
    return dict(regions=torch.tensor(rng.normal(size=(images, r, f)), dtype=torch.float64), region_mask=masks[0],
                words=torch.tensor(rng.integers(4, 20, (texts, w))) * masks[1], word_mask=masks[1], seed=int(rng.integers(1000)))


def np_mask(rng, n, parts):
    """(n, parts) True for one to all parts, at least one of them with padding."""
    real = rng.integers(1, parts + 1, n)
    real[0] = parts - 2
    return torch.tensor([[p < k for p in range(parts)] for k in real])


def made(answer, seed: int, features: int = 6):
    """The model of a class, with weights drawn by a seed, in float64."""
    model, rng = answer(features, 20, dim=5).double().eval(), np.random.default_rng(seed)
    with torch.no_grad():
        for _, weight in sorted(model.named_parameters()):
            weight.copy_(torch.tensor(rng.normal(size=tuple(weight.shape))))
    return model


def called(answer, given):
    """(parts of the images, parts of the texts, scores) of a class; the scores are of the solution's encodings."""
    model, reference = made(answer, given["seed"]), made(Solution, given["seed"])
    with torch.no_grad():
        seen, read = (given["regions"], given["region_mask"]), (given["words"], given["word_mask"])
        images, texts = model.encode_images(*seen), model.encode_texts(*read)
        match = model.match(reference.encode_images(*seen), reference.encode_texts(*read))
    blank = lambda x: x is None or x is ...
    found = [None if blank(x) else checked_encoding(model, x, side, len(given[key])).parts
             for x, side, key in ((images, "images", "regions"), (texts, "texts", "words"))]
    return *found, None if blank(match) else checked_match(model, match, len(given["regions"]), len(given["words"]))


# ---------------------------------------------------------------- known wrong answers

class SumOverWords(Solution):
    def match(self, images, texts):
        return Match(super().match(images, texts).scores * texts.mask.sum(1), {})


class PaddingWords(Solution):
    def match(self, images, texts):
        return Match(super().match(images, texts).scores * texts.mask.sum(1) / texts.mask.shape[1], {})


class PaddingRegions(Solution):
    def match(self, images, texts):
        return super().match(images._replace(mask=torch.ones_like(images.mask)), texts)


class MeanOverRegions(Solution):
    def match(self, images, texts):
        cosine = torch.einsum("ird,twd->itwr", images.parts, texts.parts)
        return Match(cosine.sum((-1, -2)) / images.mask.sum(1)[:, None] / texts.mask.sum(1), {})


class RegionsAsk(Solution):
    def match(self, images, texts):
        return Match(super().match(texts, images).scores.T, {})


class VectorsOnly(Solution):
    def match(self, images, texts):
        return Match(images.vector @ texts.vector.T, {})


class NotUnit(Solution):
    def encode_images(self, regions, mask):
        parts = self.embed(regions) * mask[..., None]
        return Encoding(fn.normalize(parts.sum(1), dim=-1), parts, mask, {})

    def encode_texts(self, words, mask):
        parts = self.words(words) * mask[..., None]
        return Encoding(fn.normalize(parts.sum(1), dim=-1), parts, mask, {})


class PaddingStays(Solution):
    def encode_images(self, regions, mask):
        parts = fn.normalize(self.embed(regions), dim=-1)
        return Encoding(fn.normalize(parts.sum(1), dim=-1), parts, mask, {})

    def encode_texts(self, words, mask):
        parts = fn.normalize(self.words(words), dim=-1)
        return Encoding(fn.normalize(parts.sum(1), dim=-1), parts, mask, {})


MISTAKES = (
    Mistake("sum-over-words",
            "the encodings are right. You add over the words; with the sum a long sentence beats a short one with every "
            "photo. The original DVSA does add: a good experiment for later.", SumOverWords),
    Mistake("padding-words",
            "the encodings are right. You divide by W, padding included: a sentence then scores lower because others of its "
            "batch are longer. Count its real words.", PaddingWords),
    Mistake("padding-regions",
            "the encodings are right. Padding takes part in your maximum: its cosine is 0, which beats every negative one. "
            "Put it below -1 before the maximum.", PaddingRegions),
    Mistake("mean-over-regions",
            "the encodings are right. You take the mean over the regions, so every word looks everywhere; asked is the one "
            "region that fits it best.", MeanOverRegions),
    Mistake("regions-ask",
            "the encodings are right. In yours each region looks for its best word, which is the other direction. Here the "
            "*words* ask: the maximum runs over the regions.", RegionsAsk),
    Mistake("vectors-only",
            "the encodings are right. You compare the two vectors of photo and sentence; words and regions never meet. "
            "Compare the parts.", VectorsOnly),
    Mistake("not-unit",
            "the parts keep their length in yours, so that a bright region fits every word. Give each part length 1 before "
            "it is compared.", NotUnit),
    Mistake("padding-stays",
            "padding is not 0 in your parts: multiply with the mask, since sums over the parts would count it otherwise.",
            PaddingStays),
)


# ---------------------------------------------------------------- what every right answer has

def _scores(answer, given, order=None):
    model = made(answer, given["seed"])
    regions, mask = given["regions"], given["region_mask"]
    regions, mask = (regions, mask) if order is None else (regions[:, order], mask[:, order])
    return model.match(model.encode_images(regions, mask), model.encode_texts(given["words"], given["word_mask"])).scores.detach()


def _given():
    return example(np.random.default_rng(5))


def padding_changes_nothing(answer):
    given = _given()
    wider = {**given, "regions": fn.pad(given["regions"], (0, 0, 0, 3)), "region_mask": fn.pad(given["region_mask"], (0, 3)),
             "words": fn.pad(given["words"], (0, 2)), "word_mask": fn.pad(given["word_mask"], (0, 2))}
    far = float((_scores(answer, given) - _scores(answer, wider)).abs().max())
    return None if far < 1e-9 else tr("three regions and two words of padding changed a score by {far:.3f}", far=far)


def alone_as_among_others(answer):
    given = _given()
    one = {**given, "regions": given["regions"][:1], "region_mask": given["region_mask"][:1]}
    far = float((_scores(answer, given)[:1] - _scores(answer, one)).abs().max())
    return None if far < 1e-9 else tr("the first photo scores differently when it is alone, by {far:.3f}", far=far)


def regions_in_any_order(answer):
    given = _given()
    far = float((_scores(answer, given) - _scores(answer, given, [2, 0, 3, 1])).abs().max())
    return None if far < 1e-9 else tr("shuffling the regions changed a score by {far:.3f}", far=far)


def learns(answer):
    """Scores carry a gradient, and every weight of the model gets one."""
    given = _given()
    model = made(answer, 0)
    images = model.encode_images(given["regions"], given["region_mask"])
    scores = model.match(images, model.encode_texts(given["words"], given["word_mask"])).scores
    if not scores.requires_grad:
        return tr("the scores carry no gradient: nothing could be trained")
    scores.sum().backward()
    still = [name for name, p in model.named_parameters() if p.grad is None or not p.grad.any()]
    return None if not still else tr("these weights get no gradient: {names}", names=", ".join(still))


PROPERTIES = (
    Property("padding", "what is padding must not change a score.", padding_changes_nothing),
    Property("alone", "a pair scores alone as it does among others.", alone_as_among_others),
    Property("order", "regions are a set: their order must not matter.", regions_in_any_order),
    Property("learns", "every weight must be able to learn.", learns),
)

EXERCISE = Exercise(
    "my-matcher", N_("A model of your own"), "11", 30, 4, 4, SPEC, STARTER, HINTS, Solution, example, MISTAKES, PROPERTIES,
    outputs=(N_("parts of the images"), N_("parts of the texts"), N_("scores")), called=called,
    not_checked=N_("what it learns, speed"))
