"""Hubs made fewer: scores from which is taken off what an image, and a text, scores with everything: CSLS and inverted softmax."""
from dataclasses import replace

import numpy as np

from vsrlab.errors import Problem, unknown
from vsrlab.measure.ranks import blocks
from vsrlab.retrieval.lazy import Lazy
from vsrlab.retrieval.matrices import finite, matrix
from vsrlab.retrieval.scored import Scored

AFTER = {"csls": "CSLS", "invsoftmax": "inverted softmax"}
NEAREST = 10                   # answers whose mean CSLS takes off, as its authors do
SHARP = 2.0                    # of the softmax, in mean deviations of a caption's scores
SEEN = "transductive: has seen all queries"


class Lowered(Lazy):
    """times x scores, less a number of each image (I,) and one of each text (T,); made when it is read."""

    def __init__(self, scores, times: float, of_images, of_texts):
        self.x, self.times, self.shape = scores, times, tuple(scores.shape)
        self.of_images, self.of_texts = np.asarray(of_images, float), np.asarray(of_texts, float)

    def rows(self, start, stop):
        wide = self.times * np.asarray(self.x[start:stop], float)
        return (wide - self.of_images[start:stop, None] - self.of_texts).astype(np.float32)

    def column(self, text):
        return (self.times * np.asarray(self.x[:, text], float) - self.of_images - self.of_texts[text]).astype(np.float32)

    def pairs(self, images, texts):
        own = self.x.pairs(images, texts) if isinstance(self.x, Lazy) else np.asarray(self.x[images, texts])
        if own is None:
            return None
        return (self.times * np.asarray(own, float) - self.of_images[images] - self.of_texts[texts]).astype(np.float32)


def normalised(scored: Scored, after: str, bank=None, k: int = NEAREST, sharp: float | None = None) -> Scored:
    """The same gallery with scores by which hubs are fewer -> a Scored that can be measured, compared and looked at like any.

    after  "csls": 2 s(i, t) - r(i) - r(t), r the mean of the k best scores of an image with texts, and of a text with images
           (Conneau and others 2018); "invsoftmax": sharp x s(i, t) - log of the sum over texts of e^(sharp x s) of the image, and
           the same over images for the text (Smith and others 2017).  Each divides by what it sums over the *queries* of a
           direction; what is the same for all answers of a query moves no rank, so both directions may be written in one matrix
    bank   (I, B) scores of the same images with other captions, such as those of training, or a Scored: the images' part is then
           taken from it, and captions that ask have not been seen.  Only captions that look for photos may be measured then
    sharp  of the softmax; its authors learn it.  None: 2 divided by the mean deviation of a caption's scores, so that no scale of
           scores is favoured; tried on three models of scenes, where 2 to 4 did best and 20, usual for cosines, did harm
    """
    if after not in AFTER:
        raise unknown("way to lower hubs", after, AFTER)
    bank = None if bank is None else _bank(scored, bank)
    if after == "csls":
        x = Lowered(scored.scores, 2.0, _nearest(scored, bank, k), scored.digest.text.scores[:, :k].mean(1, dtype=float))
    else:
        sharp = SHARP / max(float(scored.digest.text.deviation.mean()), 1e-12) if sharp is None else sharp
        if not sharp > 0:
            raise Problem(f"sharp={sharp}: give a number above 0, or leave it out.")
        x = Lowered(scored.scores, sharp, _log_sums(scored.scores if bank is None else bank, sharp)[0],
                    _log_sums(scored.scores, sharp)[1])
    said = f"k = {k}" if after == "csls" else f"sharpness {sharp:.3g}"
    seen = SEEN if bank is None else f"from a bank of {bank.shape[1]:,} other captions"
    note = "; ".join(filter(None, (scored.note, f"{AFTER[after]}, {said}, {seen}")))
    return replace(scored, name=f"{scored.name} + {AFTER[after]}", scores=x, run=None, index=None, terms={}, members=(), desk=None,
                   note=note)


def _nearest(scored, bank, k) -> np.ndarray:
    """(I,) mean of the k best scores of each image with texts."""
    most = min(scored.digest.kept("text"), scored.digest.kept("image") if bank is None else bank.shape[1])
    if not 1 <= k <= most:
        raise Problem(f"k={k}: CSLS takes the mean of 1 to {most} best scores here.")
    if bank is None:
        return scored.digest.image.scores[:, :k].mean(1, dtype=float)
    best = [np.partition(block, bank.shape[1] - k)[:, -k:].mean(1, dtype=float) for _, block in blocks(bank)]
    return np.concatenate(best)


def _bank(scored, bank):
    if isinstance(bank, Scored):
        if list(bank.ids) != list(scored.ids):
            raise Problem(f"the bank {bank!r} has other images than {scored!r}; score the same images with other captions.")
        return bank.scores
    x = matrix(bank, "the bank")
    if len(x) != len(scored):
        raise Problem(f"the bank is {x.shape} for {len(scored)} images; give (I, B): a row for each image, a column for each other "
                      "caption.")
    finite(x, "the bank", "text")
    return x


def _log_sums(scores, sharp) -> tuple:
    """(I,) and (T,) log of the sums of e^(sharp x s) over texts and over images; one pass."""
    images, texts = scores.shape
    rows, high, columns = np.empty(images), np.full(texts, -np.inf), np.zeros(texts)
    for start, block in blocks(scores):
        wide = sharp * block.astype(float)
        top = wide.max(1)
        rows[start:start + len(block)] = top + np.log(np.exp(wide - top[:, None]).sum(1))
        higher = np.maximum(high, wide.max(0))                         # the largest so far: nothing overflows
        columns = columns * np.exp(high - higher) + np.exp(wide - higher).sum(0)
        high = higher
    return rows, high + np.log(columns)
