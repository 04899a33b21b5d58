"""Contest: a pair against its nearest rivals, as a function of its regions or of its word vectors.

Attributions differentiate it and faithfulness changes what goes in; both ask the same function.
"""
import weakref
from contextlib import contextmanager

import numpy as np
import torch
from torch import Tensor, nn

from vsrlab.data.batches import read_images, read_texts
from vsrlab.errors import Problem, unknown
from vsrlab.explain.pair import Pair
from vsrlab.frozen.minilm import WIDTH
from vsrlab.models.layers.blocks import TfIdf, Words
from vsrlab.models.layers.frozen import FrozenWords

SIDES = ("regions", "words")
TARGETS = ("score", "margin", "soft rank")
RIVALS = 16               # wrong answers that a changed pair is compared with
FEW = 300                 # images whose regions make the mean region
_MEANS = weakref.WeakKeyDictionary()


class Contest(nn.Module):
    """Scores (N, 1 + K) of N changed pairs, the pair's own first, then those with its K rivals.

    side "regions": the image changes; its rivals are the wrong texts that score highest with it.
    side "words":   the text changes; its rivals are the wrong images that score highest with it.
    The rivals are chosen once, before anything changes: by the index, or they are those of another contest of the same pair
    (`like`, for a second model that the index does not know).  A gallery of one pair has none.
    """

    def __init__(self, pair: Pair, side: str = "regions", rivals: int = RIVALS, like: "Contest | None" = None):
        super().__init__()
        if side not in SIDES:
            raise unknown("side", side, SIDES)
        self.pair, self.side, self.model = pair, side, pair.model
        self.rows, self.width = (like.rows, like.width) if like else self._nearest(rivals)
        with torch.no_grad():
            if side == "regions":
                self.inputs, self.own = pair.regions, pair.encode_text().lean()
                words, mask = read_texts([pair.corpus.texts[t] for t in self.rows], pair.run.vocabulary)
                encode = lambda: self.model.encode_texts(words.to(pair.device), mask.to(pair.device))
            else:
                self.inputs, self.own = word_vectors(self.model, pair.words), pair.encode_image().lean()
                regions, mask = read_images(pair.corpus, self.rows)
                encode = lambda: self.model.encode_images(regions.to(pair.device), mask.to(pair.device))
            self.rivals = encode().lean() if len(self.rows) else None

    def _nearest(self, count):
        """Rows of the rivals, and the width of a soft step in units of the score."""
        wrong, scores = _wrong_texts(self.pair) if self.side == "regions" else _wrong_images(self.pair)
        best = wrong[np.argsort(-scores[wrong], kind="stable")[:count]]
        return best, float(max(np.std(scores[wrong]), 1e-3)) if len(wrong) else 1.0

    @property
    def removable(self) -> np.ndarray:
        """Positions of the regions or words that can be taken out; markers of a sentence stay."""
        if self.side == "regions":
            return np.arange(self.inputs.shape[1])
        return np.array([w for w, token in enumerate(self.pair.tokens) if token.start >= 0], int)

    def forward(self, x: Tensor, mask: Tensor | None = None, edges: Tensor | None = None) -> Tensor:
        """x (N, R, F) regions or (N, W, E) word vectors, mask (N, P) True for what stays, edges (N, L, R, R) -> (N, 1 + K)."""
        mask = torch.ones(x.shape[:2], dtype=torch.bool, device=x.device) if mask is None else mask
        if self.side == "regions":
            changed = self.model.encode_images(*self.pair.beside(x, mask), **({} if edges is None else {"edges": edges}))
            score = lambda against: self.model.match(changed, against).scores
        else:
            with read_as(self.model, x):
                changed = self.model.encode_texts(self.pair.words.expand(len(x), -1), mask)
            score = lambda against: self.model.match(against, changed).scores.T
        return score(self.own) if self.rivals is None else torch.cat([score(self.own), score(self.rivals)], 1)

    def blank(self, rule: str = "mean") -> Tensor:
        """What stands for nothing, (1, P, F); markers of a sentence are left as they are.

        "mean" is the mean region of the corpus or the mean word vector of the vocabulary; "zero" is outside of all that was seen.
        """
        if rule == "zero":
            empty = torch.zeros_like(self.inputs)
        elif rule == "mean":
            empty = mean_region(self.pair.index) if self.side == "regions" else mean_word(self.model)
            empty = empty.detach().to(self.inputs).expand_as(self.inputs)
        else:
            raise unknown("baseline", rule, ("mean", "zero"))
        stays = torch.ones(self.inputs.shape[1], dtype=torch.bool, device=self.inputs.device)
        stays[self.removable] = False
        return torch.where(stays[:, None], self.inputs, empty)

    def read(self, scores: Tensor, target: str) -> Tensor:
        """One number a pair, (N,), larger for a better match, from scores (N, 1 + K).

        score      the pair's own
        margin     the pair's own minus its best rival's
        soft rank  minus the expected number of rivals above it: -sum_k sigmoid((s_k - s) / width), which has a gradient
                   everywhere; the width is the standard deviation of the wrong answers' scores
        """
        if target not in TARGETS:
            raise unknown("target", target, TARGETS)
        if target == "score":
            return scores[:, 0]
        if scores.shape[1] < 2:
            raise Problem(f"{target!r} compares with wrong answers, and this gallery has none; take target='score' or more images.")
        if target == "margin":
            return scores[:, 0] - scores[:, 1:].amax(1)
        return -torch.sigmoid((scores[:, 1:] - scores[:, :1]) / self.width).sum(1)

    def ranks(self, score: np.ndarray) -> np.ndarray:
        """Rank from 0 that the changed pair would have with these scores, exactly and in the whole gallery, ties counted against.

        A changed image stands among the other images for the text, a changed text among the wrong texts for the image: they
        did not change, so their scores need not be computed again.
        """
        wrong, scores = _wrong_images(self.pair) if self.side == "regions" else _wrong_texts(self.pair)
        others = np.sort(scores[wrong])
        return len(others) - np.searchsorted(others, np.asarray(score, others.dtype), side="left")


def find_word_layer(model) -> nn.Module | None:
    """The layer that turns word ids into vectors: the text encoder's embedding, or the first one of a model with a reader of its
    own; of a model that counts words, the counting reader, for which a word is one number of weight in the vocabulary; of one
    with a frozen reader that reader, whose states know their sentence (a GRU beside it reads on unchanged)."""
    layer = next((m for kind in (FrozenWords, Words, TfIdf, nn.Embedding) for m in model.modules() if isinstance(m, kind)), None)
    return layer.embed if isinstance(layer, Words) else layer


def word_layer(model) -> nn.Module:
    """`find_word_layer`; raises Problem where there is none."""
    layer = find_word_layer(model)
    if layer is None:
        raise Problem(f"{type(model).__name__} reads no texts by word vectors, so its words cannot be changed; "
                      "take side='regions'.")
    return layer


def word_vectors(model, words: Tensor) -> Tensor:
    """Word ids (N, W) -> what the model reads of each: (N, W, E)."""
    layer, real = word_layer(model), torch.ones_like(words, dtype=torch.bool)
    if isinstance(layer, FrozenWords):
        return layer(words, real)
    return layer.each(words, real) if isinstance(layer, TfIdf) else layer(words)


def mean_word(model) -> Tensor:
    """(E,) the mean vector of the vocabulary's words; of a model that counts words, or has a frozen reader, nothing."""
    layer = word_layer(model)
    if isinstance(layer, FrozenWords):
        return torch.zeros(WIDTH, device=next(model.parameters()).device)
    return torch.zeros_like(layer.holding) if isinstance(layer, TfIdf) else layer.weight[4:].mean(0).detach()


@contextmanager
def read_as(model, vectors: Tensor):
    """Inside, the model reads these word vectors (N, W, E) in place of those of its vocabulary, wherever it reads N texts of W."""
    def replaced(layer, given, found):
        if given[0].shape != vectors.shape[:2]:                              # some models also read every word alone
            return found
        return (vectors * given[1][..., None]).sum(1) if isinstance(layer, TfIdf) else vectors

    hook = word_layer(model).register_forward_hook(replaced)
    try:
        yield
    finally:
        hook.remove()


def mean_region(index) -> Tensor:
    """(F,) the mean feature of the real regions of a random sample of 300 images (seed 0), computed once for an index."""
    if index not in _MEANS:
        count = len(index.corpus)
        rows = np.sort(np.random.default_rng(0).choice(count, min(FEW, count), replace=False))
        total = real = 0
        for part in np.array_split(rows, -(-len(rows) // 50)):
            regions, mask = read_images(index.corpus, part)
            total, real = total + (regions * mask[..., None]).sum((0, 1)), real + mask.sum()
        _MEANS[index] = total / real
    return _MEANS[index]


def _wrong_texts(pair: Pair):
    """Rows of the texts that are wrong for the image, and the image's scores with all texts."""
    wrong = np.asarray(pair.corpus.image_of_text) != pair.image
    if pair.text_row is not None:
        wrong[pair.text_row] = False
    return np.flatnonzero(wrong), np.asarray(pair.index.scores[pair.image])


def _wrong_images(pair: Pair):
    """Rows of the other images, and the text's scores with all images."""
    scores = pair.against_images() if pair.text_row is None else np.asarray(pair.index.scores[:, pair.text_row])
    return np.delete(np.arange(len(scores)), pair.image), scores
