"""Equations of the systems whose training goes in stages: SAEM, Dual-path."""
import torch

from vsrlab.equations.equation import Equation, batch_of
from vsrlab.equations.pairs import layer, ranked
from vsrlab.losses import right_answers
from vsrlab.models.layers.batchnorm import BatchNorm
from vsrlab.models.saem import WIDTHS


def _saem(model, x: dict) -> dict:
    """`states` (T, W, word_dim) among the inputs take the place of BERT's; other captions of an image are wrong answers."""
    batch = batch_of(x)
    images, texts = model.encode_images(batch.regions, batch.region_mask), model.read(x["states"], batch.word_mask)
    scores = model.match(images, texts).scores
    extra = model.extra_loss(batch._replace(image=torch.arange(len(scores))), images, texts)
    rank = ranked("saem", scores, batch.image)
    return {"v": images.vector, "t": texts.vector, "attention": images.seen["affinity"], "scores": scores, "rank": rank,
            "angular": extra["angular"] / model.weight, "norms": extra["norms"] / model.norms, "loss": rank + sum(extra.values())}


PLACES = {name: f"layer.{name}" for name in ("query", "value", "out", "inner", "outer", "norm_attention", "norm_inner")} | {
    "embed": "embed", "fc": "leave"} | {f"conv.{width}": f"conv.{n}" for n, width in enumerate(WIDTHS)}
SAEM = Equation("saem", dict(features=6, vocabulary=12, dim=4, word_dim=3, heads=2), {
    "key.weight": "layer.key.weight", "key.bias": "layer.key_bias",
    **{name: key for paper, ours in PLACES.items() for name, key in layer(paper, ours).items()}}, _saem)


def _dual_path(model, x: dict) -> dict:
    """Batch norms in training, their running numbers left as they are; the wrong image of each text is the hardest, not any."""
    batch, norms = batch_of(x), [m for m in model.modules() if isinstance(m, BatchNorm)]
    momentum = [norm.momentum for norm in norms]
    model.train()
    for norm in norms:
        norm.momentum = 0.0
    images, texts = model.encode_images(batch.regions, batch.region_mask), model.read(batch.words, batch.word_mask, x["shift"])
    slots, _ = model.reader(batch.words, batch.word_mask, x["shift"])
    for norm, kept in zip(norms, momentum):
        norm.momentum = kept
    extra, right = model.eval().extra_loss(batch, images, texts), right_answers(batch.image)
    scores = model.match(images, texts).scores
    rank = model.rank(scores, right, scores.masked_fill(right, -2).argmax(0))
    image, text = extra["instance image"], extra["instance text"]
    return {"slots": slots, "v": images.seen["features"], "t": texts.seen["features"], "scores": scores,
            "instance_image": image / model.instance, "instance_text": text / model.instance_text, "rank": rank,
            "loss": model.ranking * rank + image + text}


def _normed(paper: str, ours: str, norm: str = "", weight: str = ".linear.weight") -> dict:
    """A weight without bias and the batch norm after it."""
    return {f"{paper}.weight": ours + weight} | {f"{paper}.bn.{part}": f"{norm or ours + '.norm'}.{part}" for part in (
        "weight", "bias", "running_mean", "running_var")}


def _block(paper: str, ours: str, skip: bool) -> dict:
    parts = {"1": "enter", "3": "leave"} | ({"skip": "skip"} if skip else {})
    return _normed(f"{paper}.2", f"{ours}.pair", f"{ours}.norm", "") | {
        name: key for part, key in parts.items() for name, key in _normed(f"{paper}.{part}", f"{ours}.{key}").items()}


DUAL_PATH = Equation("dual_path", dict(features=6, vocabulary=12, dim=4, word_dim=5, slots=8, blocks="2-6 2-6 4-8/2", images=3), {
    **_normed("words", "reader", weight=".embed.weight"), "words.weight": ("reader.embed.weight", "T"), "words.bias": "reader.bias",
    **{name: key for n, block in enumerate("abc") for name, key in _block(block, f"reader.blocks.{n}", block != "b").items()},
    **_normed("text.fc", "text"), **_normed("image.fc1", "enter"), **_normed("image.fc2", "image"),        # W_3, W_1, W_2
    **layer("classes", "classifier")}, _dual_path)                                                         # W, b

STAGES = {e.name: e for e in (SAEM, DUAL_PATH)}
