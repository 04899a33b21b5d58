"""Equations of the systems that read ready vectors, one of an image and one of a text: DSPE, RRF-Net, CCA."""
import copy

import torch

from vsrlab.equations.equation import Equation
from vsrlab.models.cca import CCA
from vsrlab.models.layers.blocks import unit
from vsrlab.values import Batch


def ready(model, x: dict) -> Batch:
    """The Batch whose image vectors are x.images (I, F) and whose text vectors are x.texts (T, E): one region, one word each.

    The reader of `model` is that of the mean word vector: word t is text t's vector.  Images come as often as they have texts.
    """
    model.reader.embed.weight = x["texts"]
    row = torch.arange(len(x["texts"]))
    of, real = row // (len(row) // len(x["images"])), torch.ones(len(row), 1, dtype=torch.bool)             # the image of each text
    return Batch(x["images"][of, None], real, row[:, None], real, x.get("image", of))


def encoded(model, batch: Batch) -> tuple:
    """(Encoding of the images, Encoding of the texts)"""
    return model.encode_images(batch.regions, batch.region_mask), model.encode_texts(batch.words, batch.word_mask)


def _dspe(model, x: dict) -> dict:
    """Losses as printed (sums over all triplets; 1, 2, 0.2), and as in the code (means of the two largest; 1, 1.5, 0.05)."""
    batch, every = ready(model, x), len(x["texts"]) // len(x["images"])
    rest_v, rest_t = encoded(model.eval(), batch)
    images, texts = encoded(model.train(), batch)                                # batch norm over the batch
    found = {"v": images.vector[::every], "t": texts.vector, "v_eval": rest_v.vector[::every], "t_eval": rest_t.vector,
             "distance": -model.match(images, texts).scores.T[:, ::every], "scores": model.match(images, texts).scores,
             "text_distance": -model.match(texts, texts).scores}
    for name, weights in (("paper", dict(keep=0, balance=2.0, structure=0.2)), ("code", dict(keep=2, balance=1.5, structure=0.05))):
        form = copy.copy(model)
        vars(form).update(weights)
        found[f"loss_{name}"] = sum(form.extra_loss(batch, images, texts).values())
    model.eval()
    return found


NORM = ("weight", "bias", "running_mean", "running_var")
DSPE = Equation("dspe", dict(features=6, vocabulary=6, dim=4, word_dim=5, text="mean"), {
    f"{side}.{paper}.{part}": f"{side}.{ours}.{part}" for side in ("image", "text") for paper, ours, parts in (
        ("fc1", "fc1", NORM[:2]), ("bn", "middle", NORM), ("fc2", "fc2", NORM[:2])) for part in parts}, _dspe)   # W_1, BN, W_2



def _rrf(model, x: dict) -> dict:
    """The loss keeps the two largest; v, t, stages and scores are those of training, with the numbers of the batch."""
    batch = ready(model, x)
    rest, rest_text = encoded(model.eval(), batch)
    fused = {name: unit(model.image.fused(rest.seen["stages"], name)) for name in ("conv", "sum", "none")}
    images, texts = encoded(model.train(), batch)
    form = copy.copy(model)
    form.keep = 2
    extra = form.extra_loss(batch, images, texts)
    model.eval()
    return {"v": images.vector, "t": texts.vector, "v_stages": images.seen["stages"].movedim(-2, 0),
            "t_stages": texts.seen["stages"].movedim(-2, 0), "v_eval": rest.vector, "t_eval": rest_text.vector,
            **{f"v_{name}": vector for name, vector in fused.items()}, "scores": model.match(images, texts).scores,
            **extra, "loss": sum(extra.values())}


AFFINE = NORM[:2]
RRF = Equation("rrf", dict(features=6, vocabulary=6, dim=4, word_dim=5, text="mean", steps=3), {
    f"{side}.{paper}.{part}": f"{side}.{ours}.{part}" for side in ("image", "text") for paper, ours, parts in (
        ("enter", "first.enter", NORM), ("fc1", "first.fc1", AFFINE), ("fc2", "first.fc2", AFFINE), ("bn2", "first.leave", NORM),
        ("shared", "shared", AFFINE), *((f"step{t}", f"norms.{t}", NORM) for t in range(4)),                        # W, BN_t
        ("fuse", "fuse", ("bias",)), ("fuse.bn", "fuse_norm", NORM), ("out", "out", AFFINE), ("out.bn", "out_norm", NORM))
    for part in parts} | {f"{side}.fuse.weight": (f"{side}.fuse.weight", "unsqueeze 0") for side in ("image", "text")}, _rrf)


def _cca(model, x: dict) -> dict:
    """The solution of these very pairs: a model as wide as they are.  loss: minus the sum of the correlations of its axes."""
    (images, features), (texts, width) = x["images"].shape, x["texts"].shape
    fits = dict(dim=len(model.correlations), word_dim=width, ridge=model.ridge, power=model.power)
    model = CCA(features, texts, text="mean", **fits).double()
    batch, every = ready(model, x), texts // images
    model.begin(lambda: [batch])
    v, t = encoded(model.eval(), batch)
    return {"v": v.vector[::every], "t": t.vector, "scores": model.match(v, t).scores[::every], "correlations": model.correlations,
            "loss": -model.correlations.sum()}


CANONICAL = Equation("cca", dict(features=6, vocabulary=6, dim=4, word_dim=5, text="mean"), {}, _cca)       # nothing is learnt

SOLVED = {e.name: e for e in (DSPE, RRF, CANONICAL)}
