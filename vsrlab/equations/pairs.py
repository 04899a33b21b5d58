"""Equations of the systems that look at regions and words: DAN, DVSA, sm-LSTM, m-CNN."""
import torch

from vsrlab.equations.equation import Equation, batch_of
from vsrlab.losses import hinge, right_answers
from vsrlab.models.mcnn import LEVELS
from vsrlab.papers import PAPERS

LSTM = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")


def bilstm(reader: str) -> dict:
    """Names of word vectors and of both directions: w.words, w.lstm, w.lstm_back, beside those of a blocks.BiLSTM."""
    ways = ("", ""), ("_back", "_reverse")
    return {"words.weight": f"{reader}.embed.weight"} | {
        f"lstm{paper}.{part}": f"{reader}.lstm.{part}_l0{ours}" for paper, ours in ways for part in LSTM}


def encoded(model, x: dict) -> tuple:
    """(Batch, Encoding of the images, Encoding of the texts) of the inputs."""
    batch = batch_of(x)
    return batch, model.encode_images(batch.regions, batch.region_mask), model.encode_texts(batch.words, batch.word_mask)


def ranked(name: str, scores, image, own_captions: str = "negative"):
    """The ranking loss of the paper's row; other captions of the same image are wrong answers, as the papers have it."""
    row = PAPERS[name]
    return hinge(scores, right_answers(image, own_captions), row.margin, row.hinge == "max")


def _dan(model, x: dict) -> dict:
    batch, images, texts = encoded(model, x)
    match = model.match(images, texts)
    by_look = lambda vector: vector.unflatten(1, (-1, model.dim))
    return {"v": by_look(images.vector), "u": by_look(texts.vector), "attention_image": images.seen["looks"],
            "attention_text": texts.seen["looks"], "per_look": match.seen["per look"], "scores": match.scores,
            "vector_image": images.vector, "vector_text": texts.vector, "loss": ranked("dan", match.scores, batch.image)}


DAN = Equation("dan", dict(features=6, vocabulary=12, dim=4, word_dim=3, looks=2), bilstm("reader") | {
    f"project.{k}": f"project.{k}.weight" for k in range(3)} | {                                # P^(k)
    f"{side}.{k}.{part}": (f"{side}.{k - 1}.{part}.weight", how) for side in ("image", "text") for k in (1, 2)
    for part, how in (("of_part", ""), ("of_memory", ""), ("strength", "unsqueeze 0"))}, _dan)  # W, W_m, w_h of look k


def _dvsa(model, x: dict) -> dict:
    batch, images, texts = encoded(model, x)
    match = model.match(images, texts)
    return {"words": texts.parts, "scores": match.scores, "best_region": match.seen["best region"],
            "loss": ranked("dvsa", match.scores, batch.image)}


DVSA = Equation("dvsa", dict(features=6, vocabulary=12, dim=4, word_dim=3, hidden=5), {"words.weight": "reader.embed.weight"} | {
    f"{paper}.{part}": f"{ours}.{part}" for part in ("weight", "bias") for paper, ours in (
        ("enter", "reader.enter"), ("forward", "reader.ahead"), ("backward", "reader.back"), ("out", "reader.leave"),
        ("embed", "embed"))}, _dvsa)                                                            # W_e, W_f, W_b, W_d, W

def layer(paper: str, ours: str, *parts: str) -> dict:
    """{"embed.weight": "embed.weight", "embed.bias": ...}: both parts of a Linear, or those that are named."""
    return {f"{paper}.{part}": f"{ours}.{part}" for part in parts or ("weight", "bias")}


def _sm_lstm(model, x: dict) -> dict:
    found = {}
    for form in ("joint", "printed"):
        now = model.with_knobs(saliency=form)
        batch, images, texts = encoded(now, x)
        match, extra = now.match(images, texts), now.extra_loss(batch, images, texts)["saliency"]
        rank = ranked("sm_lstm", match.scores, batch.image)
        found |= {f"scores_{form}": match.scores, f"saliency_image_{form}": match.seen["saliency of regions"],
                  f"saliency_text_{form}": match.seen["saliency of words"], f"rank_{form}": rank,
                  f"regulariser_{form}": extra / now.weight, f"loss_{form}": rank + extra}
    return found | {name.removesuffix("_joint"): value for name, value in found.items() if name.endswith("_joint")}


SALIENCY = {f"{side}.{part}.{what}": f"{ours}.{part}.{what}" for side, ours in (("image", "region"), ("text", "word"))
            for part, whats in (("of_part", ("weight", "bias")), ("of_context", ("weight", "bias")),        # W_a, W_m
                                ("of_state", ("weight", "bias")), ("strength", ("weight",))) for what in whats}   # W_h, w_p
SM_LSTM = Equation("sm_lstm", dict(features=6, vocabulary=12, dim=4, word_dim=3, looks=3), {
    **bilstm("reader"), **layer("embed", "embed"), **SALIENCY, **layer("compare.image", "compare_image"),  # W_1
    **layer("compare.text", "compare_text", "weight"), **layer("compare.out", "compare"),                 # W_2, W_3
    **{f"looks.{part}": f"lstm.{part}" for part in LSTM}, **layer("score.hidden", "hidden"),               # W_s
    "score.weight": "score.weight", "score.bias": "shift"}, _sm_lstm)                                     # w, b

def _mcnn(model, x: dict) -> dict:
    _, images, texts = encoded(model, x)
    levels = model.match(images, texts).seen["levels"]
    margin, here, found = PAPERS["mcnn"].margin, torch.arange(len(levels)), {}
    for name, scores in [(f"_{name}", levels[..., n]) for n, name in enumerate(model.levels)] + [("", levels.sum(-1))]:
        found |= {f"scores{name}": scores, f"loss{name}": (
            margin - scores.diagonal() + scores[here, x["wrong_text"]]).clamp_min(0).sum()}
    return found


LEVEL = {"1": "conv.0", "2": "conv.1", "3": "conv.2", "hidden": "hidden"}                                 # W_1, W_2, W_3, W_h
MCNN = Equation("mcnn", dict(features=6, vocabulary=12, dim=4, word_dim=3, length=30, maps=5), {
    "words.weight": "reader.embed.weight", **layer("embed", "embed"), **{
        name: key for level in LEVELS for paper, ours in LEVEL.items()
        for name, key in layer(f"{level}.{paper}", f"levels.{level}.{ours}").items()},
    **{f"{level}.score.{part}": f"levels.{level}.{ours}" for level in LEVELS
       for part, ours in (("weight", "score.weight"), ("bias", "shift"))}}, _mcnn)                        # w_s, b_s

PAIRS = {e.name: e for e in (DAN, DVSA, SM_LSTM, MCNN)}
