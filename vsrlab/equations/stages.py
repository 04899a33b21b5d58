"""Equations of the systems whose training goes in stages: SAEM."""
import torch

from vsrlab.equations.equation import Equation, batch_of
from vsrlab.equations.pairs import layer, ranked
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

STAGES = {e.name: e for e in (SAEM,)}
