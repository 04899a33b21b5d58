"""Dual-path.  Zheng, Zheng, Garrett, Yang, Xu, Shen: Dual-Path Convolutional Image-Text Embeddings with Instance Loss, 2017."""
import torch
from torch import Tensor
from torch.nn import functional as fn

from vsrlab.errors import Problem
from vsrlab.losses import one_wrong, right_answers
from vsrlab.models.layers.blocks import Dropout, linear, mean, unit
from vsrlab.models.layers.slots import Normed, Slots, kmeans, laid_out, planned
from vsrlab.models.matcher import Matcher
from vsrlab.values import Batch, Encoding, Match

BLOCKS = {"full": (3, 4, 6, 1), "short": (1, 1, 1, 1)}       # of each width
PLACES = 4                                                   # of a sentence at rest, as many as slots end in one of the last


class DualPath(Matcher):
    """Every image with its texts is a class; one classifier for both sides brings them together, before any ranking.

    v = ReLU(BN(W_2 ReLU(BN(W_1 x))))       enter, image; x the mean region
    t = ReLU(BN(W_3 mean over slots of the blocks))             reader (class Slots), text
    S = cos(v, t);  loss of stage I: instance L_image + instance_text L_text;  of stage II: these + ranking L_rank
    L_image = sum of -log softmax(W v + b)[class of the image],  L_text the same of t            classifier: the same W and b
    L_rank = sum of [m - S_ii + S_ik] + [m - S_ii + S_ji], k the hardest wrong text, j a wrong image at random, m = margin

    Flickr30K R@1, ResNet-50; stage I, then stage II where both are printed:
    ranking, instance, instance_text   weights; as here 39.9 / 28.2 (stage I has no ranking), 55.4 / 39.7.  With ranking=0:
                39.9 / 28.2, 50.5 / 34.9.  With instance=0, instance_text=0: 6.1 / 4.9 (stage=0), 47.5 / 29.0
    stage       share of the epochs that belong to stage I; 0: ranking from the beginning, 1: never
    classes     0: each training image, 52.2 / 37.2; 3000 of k-means over the mean regions 38.0 / 26.1; 10000: 44.7 / 31.3
    shift       a sentence begins at any slot in training, 39.9 / 28.2; False: at the first, 34.1 / 23.6
    blocks      "full" 3, 4, 6 and 1 of four widths as printed, "short" one of each, or written out: see slots.planned
    maps        width of the last blocks, those before have an eighth, a quarter, a half; 2048 in the paper; 0: twice dim
    slots       of a sentence; longer ones are cut
    images      number of training images, which vl.fit counts; 0: there is no classifier
    dropout     share of the features that the classifier does not see in training; 0.75 in the code (Flickr30K)

    Random word vectors begin (38.0 / 26.6); the paper's were given (39.9 / 28.2), and learnt a thousandth as fast.
    At rest both sides leave out the last ReLU, as the code does, and a text is the sum over four places in the middle of the
    slots; the code adds all 33 - n, which costs several times as much (rsum on scenes 316.0 against 318.6; with the ReLU 305.7).
    Departures: `parts`, which the paper has not, are each region as an image of it alone, and what `text` makes of the slot where
    a word ended; in training they are the vector.  Settings.hinge and margin do not reach the ranking loss.

    What is slow to learn is the depth of the text network.  Rsum on scenes (4,000 sentences of 800 to learn, 192 others, one seed,
    two stages): full blocks 74 after 8 epochs, short ones 209, a GRU in their place 310, a bag of words 325; after 10 short ones
    239 (237 at three times the rate, 209 without `shift`), after 20 epochs 319, which therefore are what small runs have.  Full
    blocks learn sixteen pairs by heart in 160 steps, and keep them with the running numbers of the batch norms.
    """
    compares = "vectors"
    may_be_zero = ("maps", "classes", "images", "ranking", "instance", "instance_text", "stage")

    def __init__(self, features: int, vocabulary: int, *, dim: int = 256, word_dim: int = 300, blocks: str = "full", maps: int = 0,
                 slots: int = 32, shift: bool = True, stage: float = 0.6, classes: int = 0, images: int = 0, margin: float = 1.0,
                 ranking: float = 2.0, instance: float = 1.0, instance_text: float = 0.1, dropout: float = 0.0):
        super().__init__()
        plan = planned(laid_out(BLOCKS[blocks], maps or 2 * dim) if blocks in BLOCKS else blocks)
        self.shift, self.stage, self.ranks, self.margin = shift, stage, True, margin
        self.ranking, self.instance, self.instance_text = ranking, instance, instance_text
        self.enter, self.image = Normed(features, dim), Normed(dim, dim)
        self.reader, self.text = Slots(vocabulary, word_dim, slots, plan), Normed(plan[-1][1], dim)
        self.dropout, self.classifier = Dropout(dropout), linear(dim, classes or images) if images else None
        self.register_buffer("class_of", torch.arange(images))

    @classmethod
    def sized(cls, options: dict, images: int) -> dict:
        if options.get("classes", 0) > images:
            raise Problem(f"dual_path cannot make {options['classes']} classes of {images} images; classes=0 makes each a class.")
        return {**options, "images": images}

    def begin(self, batches):
        """With fewer classes than images: k-means of the mean regions says which images share one."""
        count, images = len(self.classifier.weight) if self.classifier is not None else 0, len(self.class_of)
        if count < images:
            found = {}
            for batch in batches():
                found |= dict(zip(batch.image.tolist(), mean(batch.regions, batch.region_mask)))
            rows = torch.tensor(list(found), device=self.class_of.device)
            self.class_of[rows] = kmeans(torch.stack(list(found.values())), count)

    def epoch(self, now: int, of: int):
        self.ranks = now >= round(self.stage * of)

    def encode_images(self, regions: Tensor, mask: Tensor) -> Encoding:
        through = lambda x: self.image(fn.relu(self.enter(x)))
        return self._encoding(through(mean(regions, mask)), mask, None if self.training else through(regions))

    def encode_texts(self, words: Tensor, mask: Tensor) -> Encoding:
        room = (self.reader.slots - mask.sum(1)).clamp_min(0)                    # (T,) slots that stay empty
        if not self.shift:
            return self.read(words, mask, 0 * room)
        if self.training:
            return self.read(words, mask, torch.minimum((torch.rand(len(room), device=room.device) * (room + 1)).long(), room))
        return self.read(words, mask, *(torch.minimum((room // 2 - PLACES // 2).clamp_min(0) + n, room) for n in range(PLACES)))

    def read(self, words: Tensor, mask: Tensor, *first: Tensor) -> Encoding:
        """The texts with their first word at these slots: each of `first` is (T,); of several their sum counts."""
        passes = [self.reader(words, mask, at) for at in first]
        parts = None if self.training else sum(self.text(x).take_along_dim(at[..., None], 1) for x, at in passes)
        return self._encoding(sum(self.text(x.mean(1)) for x, _ in passes), mask, parts)

    def _encoding(self, x: Tensor, mask: Tensor, parts: Tensor | None) -> Encoding:
        """x (N, D) before the last ReLU."""
        features = fn.relu(x)
        if parts is None:
            vector = unit(features)
            return Encoding(vector, vector[:, None], mask.any(1, keepdim=True), {"features": features})
        return Encoding(unit(x), unit(parts) * mask[..., None], mask, {"features": features})

    def ranking_losses(self, match: Match) -> list:
        return []

    def extra_loss(self, batch: Batch, images: Encoding, texts: Encoding) -> dict:
        found, right = {}, right_answers(batch.image)
        if self.ranks and self.ranking:
            found["rank"] = self.ranking * self.rank(images.vector @ texts.vector.T, right, one_wrong(right))
        for side, encoding, weight in (("image", images, self.instance), ("text", texts, self.instance_text)):
            if weight and self.classifier is not None:
                guess = self.classifier(self.dropout(encoding.seen["features"]))
                found[f"instance {side}"] = weight * fn.cross_entropy(guess, self.class_of[batch.image], reduction="sum")
        return found

    def rank(self, scores: Tensor, right: Tensor, other: Tensor) -> Tensor:
        """scores (B, B), right (B, B) what is no wrong answer, other (B,) a wrong image of each text -> L_rank."""
        pair, here = scores.diagonal(), torch.arange(len(scores), device=scores.device)
        for_image = (self.margin - pair[:, None] + scores).clamp_min(0).masked_fill(right, 0).amax(1)
        for_text = (self.margin - pair + scores[other, here]).clamp_min(0).masked_fill(right[other, here], 0)
        return for_image.sum() + for_text.sum()
