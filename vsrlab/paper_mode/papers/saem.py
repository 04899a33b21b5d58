"""SAEM.  Wu, Wang, Song, Huang, ACM MM 2019: regions attend to each other as the words of a transformer do."""
import math

import numpy as np

from vsrlab.errors import Problem
from vsrlab.models.saem import WIDTHS, angular
from vsrlab.paper_mode.multiply import layer_norm, linear, softmax, unit
from vsrlab.paper_mode.one_pass import array
from vsrlab.paper_mode.papers.shared import batch, losses, score
from vsrlab.paper_mode.step import Step, Told

FILE = "models/saem.py"
_ERF = np.vectorize(math.erf)


def heads(p, name: str):
    """(H, R, D / H): queries, keys or values."""
    x = linear(p, f"layer.{name}", p["embed"]) + (p.weight("layer.key_bias") if name == "key" else 0)
    return x.reshape(len(x), p.model.layer.heads, -1).transpose(1, 0, 2)


def attention(p):
    """(H, R, R)"""
    q, k = heads(p, "query"), heads(p, "key")
    return softmax(q @ k.transpose(0, 2, 1) / np.sqrt(q.shape[-1]))


def read(p):
    """(R, D): what all heads read, added to the region and normalised."""
    mixed = (p["attention"] @ heads(p, "value")).transpose(1, 0, 2).reshape(p["embed"].shape)
    return layer_norm(p, "layer.norm_attention", p["embed"] + linear(p, "layer.out", mixed))


def inner(p):
    """(R, D): two layers on each region alone."""
    x = linear(p, "layer.inner", p["read"])
    x = x * (1 + _ERF(x / np.sqrt(2))) / 2                                       # GELU
    return layer_norm(p, "layer.norm_inner", p["read"] + linear(p, "layer.outer", x))


def windows(p):
    """(3, D): for windows of 1, 2 and 3 words the most that any of them gives, nothing below zero."""
    x, found = p.weight("reader.embed.weight")[p.words], []
    for n, width in enumerate(WIDTHS):
        w, b = p.weight(f"conv.{n}.weight"), p.weight(f"conv.{n}.bias")          # (D, X, width)
        padded = np.vstack([x, np.zeros((max(0, width - len(x)), x.shape[1]))])
        every = [np.maximum(0, np.einsum("dxk,kx->d", w, padded[at:at + width]) + b) for at in range(len(padded) - width + 1)]
        found.append(np.max(every, axis=0))
    return np.array(found)


def beyond(p):
    """The angular loss of the three pairs, both ways, by hand."""
    (v, t), right, total = map(array, _vectors(p)), p.batch.right, 0.0
    for a, b in ((v, t), (t, v)):
        every = 4 * (a + b) @ b.T - 4 * (a * b).sum(1, keepdims=True)
        total += np.log1p(np.exp(np.where(right, -np.inf, every).max(1))).sum()
    return total


def _vectors(p):
    index = p.pair.index
    return index.images.rows(p.batch.images).vector, index.texts.rows(p.batch.texts).vector


def steps(run) -> list:
    """The rows for text="conv"."""
    if run.model.text != "conv":
        raise Problem("paper mode of SAEM tells of text='conv'; train one with vl.Settings(model='saem').")
    return [
        Step("embed", r"x_i = W f_i + b", "One layer takes the features of each region into the joint space.", "R D",
             lambda p: linear(p, "embed", p.features), lambda p: p.gave("embed"), (FILE, "SAEM regions")),
        Step("attention", r"A_h = \mathrm{softmax}\left(\frac{Q_h K_h^{\top}}{\sqrt{D / H}}\right)",
             "Each region asks all regions; in every head its answers are shares that sum to one.", "H R R", attention,
             lambda p: p.of_image("affinity"), (FILE, "SAEM attention"),
             departs="VSRN has neither the softmax nor the root: its affinities are signed and divided by the number of regions."),
        Step("read", r"x \leftarrow \mathrm{LN}\left(x + [A_1 V_1, \ldots, A_H V_H]\,W_o\right)",
             "What the heads read is added to the region, and the sum is normalised.", "R D", read,
             lambda p: p.gave("layer.norm_attention"), (FILE, "SAEM read")),
        Step("inner", r"x \leftarrow \mathrm{LN}\left(x + \mathrm{GELU}(x W_1)\,W_2\right)",
             "Two layers on each region alone, added and normalised again.", "R D", inner, lambda p: array(p.images.parts[0]),
             (FILE, "SAEM inner")),
        Step("image", r"v = \frac{1}{R}\sum_i x_i,\quad v \leftarrow v\,/\,\|v\|", "The image is the mean of its regions, of "
             "length one.",
             "D", lambda p: unit(p["inner"].mean(0)), lambda p: array(p.images.vector[0]), (FILE, "SAEM image")),
        Step("windows", r"c_k = \max_{t}\ \max\left(0,\ W_k\,[x_t, \ldots, x_{t+k-1}] + b_k\right),\quad k = 1, 2, 3",
             "Convolutions read windows of one, two and three words; each channel keeps its largest answer.", "3 D", windows,
             code=(FILE, "SAEM windows"), departs="A word embedding that trains takes the place of a frozen BERT."),
        Step("text", r"t = W\,[c_1, c_2, c_3] + b,\quad t \leftarrow t\,/\,\|t\|", "One layer joins the three, and the vector is "
             "cut to "
             "length one.", "D", lambda p: unit(linear(p, "leave", p["windows"].ravel())), lambda p: array(p.texts.vector[0]),
             (FILE, "SAEM text")),
        Step("score", r"S = v \cdot t", "The cosine of both sides.", "", lambda p: p["image"] @ p["text"], score,
             ("models/matcher.py", "VSE++ eq. 3")),
        batch(), *losses(run),
        Step("angular", r"\sum_b \log\left(1 + e^{\max_n\ 4 (a_b + p_b) \cdot n - 4\, a_b \cdot p_b}\right)",
             "A wrong answer must also stay outside of an angle of 45 degrees around the pair.", "", beyond,
             lambda p: sum(array(angular(*pair, _right(p))) for pair in _both(p)), (FILE, "SAEM angular"))]


def _both(p):
    v, t = (x.double() for x in _vectors(p))
    return (v, t), (t, v)


def _right(p):
    import torch
    return torch.tensor(p.batch.right)


TOLD = Told("saem", steps)
