"""Equation of the system whose regions reason before they are matched as a whole and one by one: VSR++."""
from vsrlab.equations.equation import Equation
from vsrlab.equations.pairs import encoded, layer, ranked
from vsrlab.equations.vectors import GRU

LAYERS = 4


def _vsrpp(model, x: dict) -> dict:
    """Batch norms use their running numbers; other captions of an image are wrong answers."""
    batch, images, texts = encoded(model, x)
    match = model.match(images, texts)
    local, whole = match.seen["local"], match.seen["global"]
    rank = lambda scores: ranked("vsrpp", scores, batch.image)
    simi = rank(match.scores)
    return {"v": images.vector, "t": texts.vector, "regions": images.parts, "words": texts.parts, **images.seen,
            "attention": match.seen["attention"], "relevance": match.seen["relevance"], "scores": match.scores,
            "local": local, "global": whole, "scores_local": local, "scores_global": whole,
            "loss": simi, "loss_simi": simi, "loss_loss": rank(local) + abs(model.mu) * rank(whole)}


def gru(paper: str, ours: str, way: str = "") -> dict:
    """Names of a GRU in one direction."""
    return {f"{paper}.{part}": f"{ours}.{part}_l0{way}" for part in GRU}


def _step(n: int) -> dict:
    """Step n of reasoning, from 1: theta, phi, g with biases, W_r without, and the batch norm after it."""
    ours = f"reasoner.layers.{n - 1}"
    return {name: key for part in ("theta", "phi", "g") for name, key in layer(f"layer.{n}.{part}", f"{ours}.{part}").items()} | {
        f"layer.{n}.update.weight": f"{ours}.update.weight",                                    # W_r
        **layer(f"layer.{n}.bn", f"{ours}.norm", "weight", "bias", "running_mean", "running_var")}


VSRPP = Equation("vsrpp", dict(features=6, vocabulary=12, dim=4, word_dim=3, layers=LAYERS), {
    "words.weight": "text.embed.weight", **layer("embed", "reasoner.embed"),                    # W_f
    **{name: key for n in range(1, LAYERS + 1) for name, key in _step(n).items()},
    **gru("memory", "reasoner.gru"), **gru("gru", "text.gru"), **gru("gru_back", "text.gru", "_reverse")}, _vsrpp)

REASONING = {e.name: e for e in (VSRPP,)}
