"""Equations of the systems that differ in how they read texts, or in what an image's vector is made of: Chain-VSE, SCO."""
from vsrlab.equations.equation import Equation
from vsrlab.equations.pairs import LSTM, encoded
from vsrlab.losses import hinge, right_answers
from vsrlab.models.blocks import mean, unit
from vsrlab.models.sco import IMAGES
from vsrlab.papers import PAPERS


def ranked(name: str, scores, image):
    """The ranking loss of the paper's row; other captions of the same image are wrong answers, as the papers have it."""
    return hinge(scores, right_answers(image, "negative"), PAPERS[name].margin, hardest=False)


def _chain_vse(model, x: dict) -> dict:
    alone = x["images"][:, None]                                                 # one vector an image is one region
    images = model.encode_images(alone, alone.new_ones(alone.shape[:2]).bool())
    texts = model.encode_texts(x["characters"], x["character_mask"])
    found = {"t": texts.vector, "v": images.vector}
    for measure in ("order", "cosine"):
        scores = model.with_knobs(measure=measure).match(images, texts).scores
        found |= {f"scores_{measure}": scores, f"loss_{measure}": ranked("chain_vse", scores, alone.new_zeros(len(scores)))}
    return found


CHAIN_VSE = Equation("chain_vse", dict(features=6, vocabulary=9, dim=4, first=2, filters=3, towers=4), {
    f"{paper}.{part}": f"{ours}.{part}" for part in ("weight", "bias") for paper, ours in (
        [("fc", "fc"), ("embed", "embed")]
        + [(f"first.{width}.{copy}", f"first.{n}.{copy}") for n, width in enumerate((3, 5, 7)) for copy in "ab"]
        + [(f"tower.{n}.{layer}.{copy}", f"towers.{n - 1}.{layer}.{copy}") for n in range(1, 5) for layer in range(n)
           for copy in "ab"])}, _chain_vse)


def _sco(model, x: dict) -> dict:
    """`concept_words` (C,) among the inputs says which words are the concepts; without it they are chosen from the captions."""
    batch, images, texts = encoded(model, x)
    if "concept_words" in x:
        model.concept_words.copy_(x["concept_words"])
    else:
        model.begin(lambda: [batch])
    p, context = images.seen["concepts"], mean(batch.regions, batch.region_mask)
    scores = {image: unit(model.join(p, context, image)[0]) @ texts.vector.T for image in IMAGES}
    extra, rank = model.extra_loss(batch, images, texts), ranked("sco", scores["gate"], batch.image)
    return {"concepts": p, "shown_by": images.seen["shown by"], "gate": images.seen["gate"], "v": model.join(p, context)[0],
            "t": texts.vector, "scores": scores["gate"], **{f"scores_{image}": s for image, s in scores.items()}, "rank": rank,
            **extra, "loss": rank + sum(extra.values())}


AFFINE = ("weight", "bias")
SCO = Equation("sco", dict(features=6, vocabulary=12, dim=4, word_dim=3, concepts=5), {
    "words.weight": "reader.embed.weight", "decoder_words.weight": "teller.embed.weight"} | {
    f"{paper}.{part}": f"{ours}.{part}_l0" for part in LSTM                                     # the reader, the decoder
    for paper, ours in (("lstm", "reader.lstm"), ("decoder", "teller.decoder"))} | {
    f"{paper}.{part}": f"{ours}.{part}" for part in AFFINE for paper, ours in (("concept", "concept"), ("tell", "teller.out"))} | {
    name: f"{name}.weight" for name in ("of_concepts", "of_context", "gate_concepts", "gate_context")}, _sco)  # W_l, W_g, U_l, U_g

READERS = {e.name: e for e in (CHAIN_VSE, SCO)}
