"""Equations of the systems that differ in how they read texts, or in what an image's vector is made of: Chain-VSE, SCO, GXN."""
from vsrlab.equations.equation import Equation
from vsrlab.equations.pairs import LSTM as CELL
from vsrlab.equations.pairs import encoded, ranked
from vsrlab.models.layers.blocks import mean, unit
from vsrlab.models.sco import IMAGES


def _chain_vse(model, x: dict) -> dict:
    alone = x["images"][:, None]                                                 # one vector an image is one region
    images = model.encode_images(alone, alone.new_ones(alone.shape[:2]).bool())
    texts = model.encode_texts(x["characters"], x["character_mask"])
    found = {"t": texts.vector, "v": images.vector}
    for measure in ("order", "cosine"):
        scores = model.with_knobs(measure=measure).match(images, texts).scores
        found |= {f"scores_{measure}": scores, f"loss_{measure}": ranked("chain_vse", scores, scores.new_zeros(len(scores)))}
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
    f"{paper}.{part}": f"{ours}.{part}_l0" for part in CELL                                     # the reader, the decoder
    for paper, ours in (("lstm", "reader.lstm"), ("decoder", "teller.decoder"))} | {
    f"{paper}.{part}": f"{ours}.{part}" for part in AFFINE for paper, ours in (("concept", "concept"), ("tell", "teller.out"))} | {
    name: f"{name}.weight" for name in ("of_concepts", "of_context", "gate_concepts", "gate_context")}, _sco)  # W_l, W_g, U_l, U_g


def _gxn(model, x: dict) -> dict:
    batch, images, texts = encoded(model, x)
    match, extra = model.match(images, texts), model.extra_loss(batch, images, texts)
    rank = ranked("gxn", match.scores, batch.image)
    (v_h, v_l), (t_h, t_l) = (side.seen["levels"].unbind(1) for side in (images, texts))
    return {"t_h": t_h, "t_l": t_l, "v_h": v_h, "v_l": v_l, "scores_h": match.seen["high"], "scores_l": match.seen["low"],
            "scores": match.scores, "scores_text_above": model.with_knobs(above="text").match(images, texts).scores, "rank": rank,
            **extra, "loss": rank + sum(extra.values())}


GXN = Equation("gxn", dict(features=6, vocabulary=12, dim=4, word_dim=3), {
    "words.weight": "reader.embed.weight", "decoder_words.weight": "teller.embed.weight"} | {
    f"{paper}.{part}": f"{ours}.{part}_l0{way}" for part in CELL for paper, ours, way in (
        ("gru_h", "reader.high", ""), ("gru_h_back", "reader.high", "_reverse"), ("gru_l", "reader.low", ""),
        ("decoder", "teller.decoder", ""))} | {
    f"{paper}.{part}": f"{ours}.{part}" for part in AFFINE for paper, ours in (
        ("embed_h", "embed.high"), ("embed_l", "embed.low"), ("tell", "teller.out"))}, _gxn)    # W_h, W_l

READERS = {e.name: e for e in (CHAIN_VSE, SCO, GXN)}
