"""Encode a corpus once, and score every image against every text, block by block.

A block is about 16 images by 1,024 words: its products stay in the processor's cache, which is where the speed
comes from.  Texts are kept and matched by exact length, so that no padding is stored or multiplied.
"""
from contextlib import contextmanager

import numpy as np
import torch
from torch import Tensor

from vsrlab.data.batches import read_images, read_texts
from vsrlab.data.captions.readings import read_at_once
from vsrlab.device import exact_products
from vsrlab.errors import Problem, needs
from vsrlab.models.contract import checked_encoding, checked_match
from vsrlab.progress import watched
from vsrlab.values import Encoding, join

BLOCK = {"cpu": (16, 1024), "cuda": (128, 8192)}       # images, words: of models that compare parts
BUFFER = 512                                           # images whose scores are held before they are written to `out`
PAIRS = 64                                             # images, and texts, of a block of a model that runs on each pair


class Shelf:
    """The encoding of T texts, kept by exact length: T x 14 words in place of T x 80.  It answers like an Encoding."""

    seen: dict = {}

    def __init__(self, rows: list, encodings: list):
        self.groups = list(zip(rows, encodings))                                 # [((n,) rows, Encoding of n texts), ...]
        where = [(row, g, n) for g, (rows, _) in enumerate(self.groups) for n, row in enumerate(rows)]
        self.place = np.array([(g, n) for _, g, n in sorted(where)], dtype=np.int64).reshape(-1, 2)     # (T, 2)

    def __len__(self) -> int:
        return len(self.place)

    def __repr__(self) -> str:
        words = sum(e.mask.numel() for _, e in self.groups)
        return f"Shelf of {len(self)} texts, {words} words, {len(self.groups)} lengths"

    def rows(self, index) -> Encoding:
        """The Encoding of some texts, by a slice, a list or an index tensor, padded to the longest of them."""
        place = self.place[index.cpu().numpy() if isinstance(index, Tensor) else index]
        at, found = np.argsort(place[:, 0], kind="stable"), []
        for g in np.unique(place[:, 0]):
            found.append(self.groups[g][1].rows(torch.from_numpy(place[place[:, 0] == g, 1])))
        return join(found).rows(torch.from_numpy(np.argsort(at)))

    @property
    def vector(self) -> Tensor:
        """(T, D)"""
        back = np.argsort(np.concatenate([rows for rows, _ in self.groups]))
        return torch.cat([e.vector for _, e in self.groups])[torch.from_numpy(back)]

    @property
    def parts(self) -> Tensor:
        """(T, W, D), padded to the longest: made when it is asked for."""
        return self.rows(slice(None)).parts

    @property
    def mask(self) -> Tensor:
        """(T, W)"""
        lengths = torch.tensor([self.groups[g][1].mask.shape[1] for g, _ in self.place])
        return torch.arange(int(lengths.max()))[None] < lengths[:, None]

    def lean(self) -> "Shelf":
        """Itself: nothing is kept for pictures."""
        return self

    def to(self, device) -> "Shelf":
        """The same shelf with its encodings on a device."""
        return Shelf([rows for rows, _ in self.groups], [e.to(device) for _, e in self.groups])


@contextmanager
def evaluating(model):
    """The model without dropout and with fixed statistics, and afterwards as it was."""
    was = model.training
    model.eval()
    try:
        yield model
    finally:
        model.train(was)


def device_of(model) -> torch.device:
    """Where a model's weights are."""
    return next((p.device for p in model.parameters()), torch.device("cpu"))


@exact_products()
@torch.no_grad()
def encode_images(model, corpus, batch: int = 128) -> Encoding:
    """Every image of a corpus, once: lean Encoding of I images, on the model's device."""
    device, whole = device_of(model), None
    with evaluating(model):
        for start in watched(range(0, len(corpus), batch), "images", batch):
            regions, mask = read_images(corpus, np.arange(start, min(start + batch, len(corpus))))
            part = model.encode_images(regions.to(device), mask.to(device))
            part = checked_encoding(model, part, "images", len(mask)).lean()
            if whole is None:                        # room for all at once: joining shards would need twice the memory
                whole = Encoding(*(x.new_empty(len(corpus), *x.shape[1:]) for x in part[:3]), {})
            for target, x in zip(whole[:3], part[:3]):
                target[start:start + len(x)] = x
    if whole is None:
        raise Problem(f"{corpus.name} has no images to encode; check the split that was asked for.")
    return whole


@exact_products()
@torch.no_grad()
def encode_texts(model, strings, vocabulary, batch: int = 256) -> Shelf:
    """Every text, once, with texts of the same length together.  On the model's device."""
    device, strings = device_of(model), list(strings)
    if not strings:
        raise Problem("there are no texts to encode; check the captions of the split that was asked for.")
    read_at_once(model, strings, vocabulary)
    words, mask = read_texts(strings, vocabulary)
    lengths, rows, found = mask.sum(1).numpy(), [], []
    with evaluating(model):
        for length in watched(np.unique(lengths).tolist(), "lengths of texts"):
            mine = np.flatnonzero(lengths == length)
            parts = []
            for at in torch.from_numpy(mine).split(batch):
                part = model.encode_texts(words[at, :length].to(device), mask[at, :length].to(device))
                parts.append(checked_encoding(model, part, "texts", len(at)).lean())
            rows.append(mine)
            found.append(join(parts))
    return Shelf(rows, found)


def sizes(model) -> tuple:
    """(images, words, texts or None): the most of each that `score_all` gives to one call of `match`."""
    images, words = BLOCK.get(device_of(model).type, BLOCK["cpu"])
    if model.compares == "vectors":                    # few large products
        return BUFFER, 64 * words, None
    return (PAIRS, words, PAIRS) if model.compares == "pairs" else (images, words, None)


@exact_products()
@torch.inference_mode()
def score_all(model, images: Encoding, texts, *, image_block: int | None = None, word_block: int | None = None,
              out=None) -> np.ndarray:
    """Scores (I, T), float32, by the model's own `match`, for any size of corpus.

    images and texts are Encodings, or a Shelf of texts.  `out` may be a memory map (I, T) to write into.
    Extra memory: what `match` makes of image_block x word_block pairs (16 x 1,024 on a CPU, 128 x 8,192 on a GPU),
    and 512 rows of scores.
    """
    needs("vl.score_all", model, "Matcher")
    device = device_of(model)
    block, words, most = sizes(model)
    shape = len(images.mask), len(texts.mask)
    if most is None and word_block is None and not isinstance(texts, Shelf):     # few words: more images make as large a block
        block = min(BUFFER, block * max(1, words // max(1, texts.mask.numel())))
    out = np.empty(shape, np.float32) if out is None else out
    if out.shape != shape:
        raise Problem(f"out is {out.shape}, the scores are {shape}: images by texts.")
    images, prepare = images.lean(), model.prepare                  # what a model needs of a side alone
    with evaluating(model):
        for start in watched(range(0, shape[0], BUFFER), "images scored", BUFFER):
            stop = min(start + BUFFER, shape[0])
            some = [prepare(images.rows(slice(at, min(at + (image_block or block), stop))).to(device))
                    for at in range(start, stop, image_block or block)]
            rows = np.empty((stop - start, shape[1]), np.float32)
            for columns, part in blocks(texts, word_block or words, most):
                part = prepare(part.to(device))
                found = [checked_match(model, model.match(image, part), len(image.mask), len(columns)) for image in some]
                rows[:, columns] = torch.cat(found).float().cpu().numpy()
            out[start:stop] = rows
    return out


def blocks(texts, words: int, most: int | None = None):
    """[(rows, Encoding), ...]: texts of one exact length, about so many words and at most so many texts together, unpadded."""
    step = lambda length: min(max(1, words // max(1, length)), most or words)
    if isinstance(texts, Shelf):
        for rows, encoding in texts.groups:
            each = step(encoding.mask.shape[1])
            for start in range(0, len(rows), each):
                yield rows[start:start + each], encoding.rows(slice(start, start + each))
        return
    texts = texts.lean()
    ends = (texts.mask * torch.arange(1, texts.mask.shape[1] + 1, device=texts.mask.device)).amax(1)     # after the last real word
    for length in ends.unique().tolist():
        mine = (ends == length).nonzero()[:, 0]
        for rows in mine.split(step(length)):
            part = Encoding(texts.vector[rows], texts.parts[rows, :length], texts.mask[rows, :length], {})
            yield rows.cpu().numpy(), part
