"""Equations of the systems that compare one vector of an image with one of a text: UVS, order-embeddings, DeViSE."""
from vsrlab.equations.equation import Equation, batch_of
from vsrlab.losses import hinge, right_answers
from vsrlab.papers import PAPERS

GRU = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")


def ranked(name: str, scores, image, own_captions: str = "negative", hardest: bool = False):
    """The hinge with the margin of the paper's row; other captions of an image are wrong answers, or masked."""
    row = PAPERS[name]
    return hinge(scores, right_answers(image, own_captions), row.margin, hardest,
                 wrong="texts" if row.hinge == "texts" else "both")


def encoded(model, batch) -> tuple:
    """(Encoding of the images, Encoding of the texts)"""
    return model.encode_images(batch.regions, batch.region_mask), model.encode_texts(batch.words, batch.word_mask)


def _uvs(model, x: dict) -> dict:
    batch = batch_of(x)
    rest = model.eval().match(*encoded(model, batch)).scores
    images, texts = encoded(model.train(), batch)                                # images of any length, as in training
    scores = model.match(images, texts).scores
    model.eval()
    loss = lambda s, own, hardest=False: ranked("uvs", s, batch.image, own, hardest)
    return {"v": images.vector, "t": texts.vector, "scores_train": scores, "scores_test": rest,
            "loss": loss(scores, "negative"), "loss_masked": loss(scores, "mask"),             # VSE++: the hardest, of unit vectors
            "loss_hardest": loss(rest, "negative", True), "loss_hardest_masked": loss(rest, "mask", True)}


def _order(model, x: dict) -> dict:
    batch = batch_of(x)
    images, texts = encoded(model, batch)
    match, root = model.match(images, texts), model.with_knobs(measure="order-root").match(images, texts).scores
    return {"v": images.vector, "t": texts.vector, "violations": match.seen["violation"], "scores": match.scores,
            "scores_root": root, "loss": ranked("order", match.scores, batch.image),
            "loss_masked": ranked("order", match.scores, batch.image, "mask"), "loss_root": ranked("order", root, batch.image)}


_SENTENCE = dict(features=6, vocabulary=12, dim=4, word_dim=3)
_VSE = {"embed.weight": "embed.weight", "embed.bias": "embed.bias", "words.weight": "text.embed.weight"} | {
    f"gru.{part}": f"text.gru.{part}_l0" for part in GRU}                                       # W_I, word vectors, the GRU
UVS = Equation("uvs", _SENTENCE, _VSE, _uvs)
ORDER = Equation("order", _SENTENCE, _VSE, _order)


def _devise(model, x: dict) -> dict:
    batch = batch_of(x)
    model.words.embed.weight = x["word_vectors"]
    images, texts = encoded(model, batch)
    scores = model.match(images, texts).scores
    return {"v": images.vector, "t": texts.vector, "scores": scores, "loss": ranked("devise", scores, batch.image)}


DEVISE = Equation("devise", dict(features=6, vocabulary=12, dim=3), {"embed.weight": "embed.weight"}, _devise)         # M

VECTORS = {e.name: e for e in (UVS, ORDER, DEVISE)}
