"""DSPE.  Wang, Li, Lazebnik: Learning Deep Structure-Preserving Image-Text Embeddings, CVPR 2016."""
import torch
from torch import Tensor, nn

from vsrlab.models.layers.blocks import Branch, choose, linear, unit
from vsrlab.models.layers.frozen import count, image_inputs, text_vector
from vsrlab.models.matcher import Matcher
from vsrlab.values import Batch, Encoding, Match

NEAR = 1e-4      # below the root of a distance, as in the released code: a distance is 0.01 at least, its gradient finite


class TwoBranches(Matcher):
    """What DSPE, RRF-Net and CCA have in common: v = unit(image(mean_r f_r)), t = unit(text(reader(words))).

    `parts` are what a region, or a word, would be as an image, or as a text, of it alone.  In training nobody asks for them: they
    are the vector then.  How a branch is asked is `_through`.
    """
    compares = "vectors"

    def __init__(self, reader: nn.Module, image: nn.Module, text: nn.Module):
        super().__init__()
        self.reader, self.image, self.text = reader, image, text

    def begin(self, batches):
        self.reader.begin(batches)

    def encode_images(self, regions: Tensor, mask: Tensor) -> Encoding:
        x, each, mask = image_inputs(regions, mask, count(self.nets))
        vector, seen = self._through(self.image, x)
        if self.training:
            return Encoding(vector, vector[:, None], mask.any(1, keepdim=True), seen)
        return Encoding(vector, self._through(self.image, each)[0] * mask[..., None], mask, seen)

    def encode_texts(self, words: Tensor, mask: Tensor) -> Encoding:
        vector, seen = self._through(self.text, self.reader(words, mask))
        if self.training:
            return Encoding(vector, vector[:, None], mask.any(1, keepdim=True), seen)
        different, at = words.unique(return_inverse=True)
        alone, _ = self._through(self.text, self.reader(different[:, None], different[:, None] > 0))
        return Encoding(vector, alone[at] * mask[..., None], mask, seen)

    def _through(self, branch: nn.Module, x: Tensor) -> tuple[Tensor, dict]:
        """x (..., inputs) -> vectors (..., D) of length one, and what was seen on the way."""
        return unit(branch(x)), {}


class DSPE(TwoBranches):
    """Two branches into one space, Euclidean distances, and captions of one image kept nearer to each other than to other captions.

    v = unit(W_2 drop(ReLU(BN(W_1 x + b_1))) + b_2)            image; x is the mean region
    t = the same of the text's vector, weights of its own       text; reader makes the vector
    d(a, b) = sqrt(|a - b|^2 + 1e-4),  S = -d(v, t);  [z] = max(0, z), m = margin
    loss:   mean over (i, wrong text k) of [m + d(v_i, t_i) - d(v_i, t_k)]
          + balance x mean over (i, wrong image k) of [m + d(v_i, t_i) - d(v_k, t_i)]               together `rank`
          + structure x mean over (i, k) of [m + d(t_i, t_j) - d(t_i, t_k)]                         `structure`
    j is the farthest other caption of i's image, k a caption of another image; each mean is over the `keep` largest of every i.
    The paper's fourth term, images with the same sentence, is empty where every sentence has one image.  A batch needs two
    captions of an image (the row's `together`): without them `structure` is zero.

    text        Flickr30K R@1 of Table 1: "tfidf" 40.1 / 28.1, without structure 38.7 / 27.6; "mean" word vector 35.7 / 25.1,
                without 33.5 / 22.8.  Fisher vectors are not built: 40.3 / 29.7, without 39.3 / 28.1; the next two are of them
    depth       "nonlinear"; "linear": one layer a branch, 35.2 / 25.6, without structure 34.6 / 24.2
    directions  "both"; "texts": no wrong images and no structure, 37.5 / 22.4, linear 33.5 / 21.0
    structure   weight of the third term, 0.2 in the paper [from memory], 0.05 in its code; 0: without, as in the rows above
    balance     weight of the second term, 2 in the paper [from memory], 1.5 in its code (lwwang/Two_branch_network)
    keep        of each anchor's wrong answers, 10 as in the code; 0: sums over all triplets as printed, every other caption as j
    hidden      width of the layer between, 2048 in the paper (D 512); 0: twice dim
    word_dim    of "mean", whose vectors are given (`load_word_vectors`) or random
    dropout     share of the hidden layer set to zero in training; 0.5 in the paper

    Departures: the mean region stands for ten crops.  An image that stands twice in a batch counts once, as in the code.  There a
    caption is also its own neighbour, at distance 0.01; that matters only where it is alone, and then `structure` is zero here.
    "linear" is taken to be one layer straight into the space.  Of several processes each ranks its own share of a batch.
    seen: nothing, it compares two vectors.
    """
    compares = "vectors"
    may_be_zero = ("hidden", "structure", "balance", "keep")

    def __init__(self, features: int, vocabulary: int, *, dim: int = 256, word_dim: int = 300, text: str = "tfidf",
                 depth: str = "nonlinear", directions: str = "both", structure: float = 0.2, balance: float = 2.0, keep: int = 10,
                 margin: float = 0.05, hidden: int = 0, dropout: float = 0.0):
        reader, deep = text_vector(text, vocabulary, word_dim), choose("depth", depth, ("nonlinear", "linear")) == "nonlinear"
        made = lambda width: Branch(width, hidden or 2 * dim, dim, ("middle",), dropout) if deep else linear(width, dim)
        super().__init__(reader, made(features), made(reader.width))
        self.balance = balance if choose("directions", directions, ("both", "texts")) == "both" else 0.0
        self.structure, self.keep, self.margin = structure, keep, margin

    def match(self, images: Encoding, texts: Encoding) -> Match:
        return Match(-distance(images.vector, texts.vector), {})

    def ranking_losses(self, match: Match) -> list:
        return []

    def extra_loss(self, batch: Batch, images: Encoding, texts: Encoding) -> dict:
        rows, of = batch.image.unique(return_inverse=True)                       # each image once: (I,), and whose text t is
        first = torch.full_like(rows, len(of)).scatter_reduce(0, of, torch.arange(len(of), device=of.device), "amin")
        v, t = images.vector[first], texts.vector
        d, own = distance(t, v), of[:, None] == torch.arange(len(rows), device=of.device)           # (T, I)
        right = d.gather(1, of[:, None])
        rank = self._pushed(right, d.T[of], own.T[of]) + self.balance * self._pushed(right, d, own)
        return {"rank": rank} | ({"structure": self.structure * self._together(t, own.T[of])} if self.structure else {})

    def _together(self, t: Tensor, own: Tensor) -> Tensor:
        """t (T, D), own (T, T) where two texts are of one image -> the structure term, zero where no image has two captions."""
        apart, others = distance(t, t), own & ~torch.eye(len(own), dtype=torch.bool, device=own.device)
        if self.keep:
            at = others.any(1).nonzero()[:, 0]
            near = apart.masked_fill(~others, 0).amax(1)[at]
        else:
            at, other = others.nonzero(as_tuple=True)
            near = apart[at, other]
        return self._pushed(near[:, None], apart[at], own[at])

    def _pushed(self, right: Tensor, d: Tensor, own: Tensor) -> Tensor:
        """right (N, 1), distances d (N, K), own (N, K) True where none is wrong -> the mean of the largest, or the sum of all."""
        hinges = (self.margin + right - d).clamp_min(0).masked_fill(own, 0)
        if not self.keep:
            return hinges.sum()
        few = min(self.keep, hinges.shape[1])
        return hinges.topk(few, 1).values.sum() / max(1, few * len(hinges))


def distance(one: Tensor, other: Tensor) -> Tensor:
    """(N, D), (K, D) of length one -> (N, K): Euclidean, see NEAR."""
    one, other = (x.float() if x.dtype != torch.float64 else x for x in (one, other))
    square = one.square().sum(1)[:, None] + other.square().sum(1) - 2 * one @ other.T
    return (square.clamp_min(0) + NEAR).sqrt()
