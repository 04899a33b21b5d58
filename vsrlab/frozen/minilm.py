"""all-MiniLM-L6-v2, frozen: a sentence becomes a vector, and each of its words a state that knows the sentence.

Wang, Wei, Dong, Bao, Yang, Zhou: MiniLM, Deep Self-Attention Distillation, NeurIPS 2020; Reimers and Gurevych: Sentence-BERT,
EMNLP 2019.  Six layers of BERT, 384 wide, trained on about a billion pairs of sentences, **the captions of Flickr30K and COCO among
them**: it has read captions like those that it is tested on (not seen the photos).  A result with it is one "with a pretrained text
reader that has read captions", and does not stand beside one without as if they were alike.  Its weights never change.
"""
import functools
import json
import struct
from collections import OrderedDict

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as fn

from vsrlab.errors import Problem
from vsrlab.frozen import weights
from vsrlab.frozen.pieces import MOST, NONE, TITLE, pieces

WIDTH, HEADS, LAYERS, EPSILON = 384, 12, 6, 1e-12
AT_ONCE, KEPT = 64, 1 << 20              # sentences of one pass; words whose states are kept in memory (0.8 GB at most)


def safetensors(data: bytes) -> dict:
    """name -> float32 tensor of a safetensors file: eight bytes with the length of a JSON header, the header, the numbers."""
    size = struct.unpack("<Q", data[:8])[0]
    numbers = memoryview(data)[8 + size:]
    found = {}
    for name, about in json.loads(data[8:8 + size]).items():
        if name == "__metadata__" or about["dtype"] != "F32":            # the list of places is stored too, as whole numbers
            continue
        start, end = about["data_offsets"]
        found[name] = torch.frombuffer(bytearray(numbers[start:end]), dtype=torch.float32).view(about["shape"])
    return found


class MiniLM:
    """The frozen reader.  Whatever it has read is kept, so that an epoch costs a look instead of a pass."""

    def __init__(self, tensors: dict):
        """tensors: of the file, by the names that BERT gives them."""
        self.tensors, self.kept, self.words = tensors, OrderedDict(), 0

    def __deepcopy__(self, memo):
        return self                                                       # one is enough for all models

    @torch.no_grad()
    def states(self, ids: Tensor, mask: Tensor) -> Tensor:
        """ids (N, L) of pieces, mask (N, L) -> states (N, L, 384) after the last layer."""
        get = self.tensors.__getitem__
        line = lambda x, name: fn.linear(x, get(name + ".weight"), get(name + ".bias"))
        norm = lambda x, name: fn.layer_norm(x, (WIDTH,), get(name + ".weight"), get(name + ".bias"), EPSILON)
        embed = lambda name: get(f"embeddings.{name}_embeddings.weight")
        x = norm(embed("word")[ids] + embed("position")[:ids.shape[1]] + embed("token_type")[0], "embeddings.LayerNorm")
        real = None if bool(mask.all()) else mask[:, None, None]
        for n in range(LAYERS):
            layer = f"encoder.layer.{n}."
            q, k, v = (line(x, f"{layer}attention.self.{name}").unflatten(-1, (HEADS, -1)).transpose(1, 2)
                       for name in ("query", "key", "value"))
            read = fn.scaled_dot_product_attention(q, k, v, attn_mask=real).transpose(1, 2).flatten(2)
            x = norm(x + line(read, layer + "attention.output.dense"), layer + "attention.output.LayerNorm")
            inner = fn.gelu(line(x, layer + "intermediate.dense"))
            x = norm(x + line(inner, layer + "output.dense"), layer + "output.LayerNorm")
        return x

    @torch.no_grad()
    def read(self, words: Tensor, mask: Tensor) -> Tensor:
        """words (T, W) packed (see frozen.pieces), mask (T, W) -> states (T, W, 384), zero on padding.

        A word's state is the mean of its pieces'.  A masked word is not there: the others are read without it.
        """
        device, mask = words.device, mask.cpu()
        rows = self.rows(words, mask)
        for some in self.blocks(dict(rows)):
            self.add(some)
        states = torch.zeros(*words.shape, WIDTH)
        for n, (key, _) in enumerate(rows):
            self.kept.move_to_end(key)
            states[n, mask[n]] = self.kept[key].float()
        while self.words > KEPT and len(self.kept) > 1:                   # what was not asked for longest goes first
            self.words -= len(self.kept.popitem(last=False)[1])
        return states.to(device)

    @staticmethod
    def rows(words: Tensor, mask: Tensor) -> list:
        """words (T, W), mask (T, W) -> T times (name under which the states are kept, pieces (n, 3) of the n words).

        What the kit calls a word does not matter: the same pieces have the same name whatever the vocabulary.
        """
        cut, mask = pieces(words.cpu()).short().numpy(), mask.cpu().numpy()
        found = [one[real] for one, real in zip(cut, mask)]
        return [(one.tobytes(), one) for one in found]

    def blocks(self, rows: dict) -> list:
        """Those of `rows` that are not kept, in dictionaries of sentences of like length."""
        new = sorted((key for key in rows if key not in self.kept), key=len)
        return [{key: rows[key] for key in new[at:at + AT_ONCE]} for at in range(0, len(new), AT_ONCE)]

    def add(self, rows: dict):
        """Read some sentences, and keep them."""
        for key, found in zip(rows, self._pass(list(rows.values()))):
            self.keep(key, found)

    def keep(self, key: bytes, states: Tensor):
        """Keep the states (n, 384) of a sentence."""
        if key not in self.kept:
            self.kept[key] = states
            self.words += len(states)

    @torch.no_grad()
    def _pass(self, rows: list) -> list:
        """Pieces (n, 3) of the words of some sentences -> (n, 384) float16 each: the states of the words."""
        cut = [torch.from_numpy(row.astype(np.int64)) for row in rows]
        longest = max(int((parts != NONE).sum()) for parts in cut)
        if longest > MOST:
            raise Problem(f"a sentence of {longest} word pieces was given, {TITLE} reads {MOST} at most; shorten it.")
        ids = torch.zeros(len(rows), longest, dtype=torch.long)
        for n, parts in enumerate(cut):
            real = parts[parts != NONE]
            ids[n, :len(real)] = real
        with torch.autocast("cpu", enabled=False):
            x = self.states(ids, ids != NONE)
        found = []
        for n, parts in enumerate(cut):
            each = (parts != NONE).sum(1)                                 # pieces of each word
            mine = x[n, :int(each.sum())]
            of = torch.repeat_interleave(torch.arange(len(parts)), each)
            found.append((torch.zeros(len(parts), WIDTH).index_add_(0, of, mine) / each.clamp_min(1)[:, None]).half())
        return found


@functools.cache
def minilm() -> MiniLM:
    """The reader of this process; raises Missing or Problem where its package is absent or holds other bytes."""
    return MiniLM(safetensors(weights.read(weights.READER)))
