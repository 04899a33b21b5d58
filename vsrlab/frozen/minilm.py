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
        device, words, mask = words.device, words.cpu(), mask.cpu()
        rows = [row[real] for row, real in zip(words, mask)]
        keys = [row.numpy().tobytes() for row in rows]
        self._read(dict(zip(keys, rows)))
        states = torch.zeros(*words.shape, WIDTH)
        for n, key in enumerate(keys):
            found = self.kept[key]
            self.kept.move_to_end(key)
            states[n, mask[n]] = found.float()
        self._forget()
        return states.to(device)

    def _read(self, rows: dict):
        """Read and keep what is not kept yet, sentences of like length together."""
        new = sorted((key for key in rows if key not in self.kept), key=len)
        for at in range(0, len(new), AT_ONCE):
            some = new[at:at + AT_ONCE]
            for key, found in zip(some, self._pass([rows[key] for key in some])):
                self.kept[key] = found
                self.words += len(found)

    def _pass(self, rows: list) -> list:
        """Rows (W,) of packed words -> (W, 384) float16 each: the states of the words."""
        cut = [pieces(row) for row in rows]                               # (W, 3)
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

    def _forget(self):
        """What was not asked for longest goes first."""
        while self.words > KEPT and len(self.kept) > 1:
            self.words -= len(self.kept.popitem(last=False)[1])


@functools.cache
def minilm() -> MiniLM:
    """The reader of this process; raises Missing or Problem where its package is absent or holds other bytes."""
    return MiniLM(safetensors(weights.read(weights.READER)))
