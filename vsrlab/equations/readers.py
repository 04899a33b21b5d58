"""Equations of the systems that differ in how they read texts, or in what an image's vector is made of: Chain-VSE."""
from vsrlab.equations.equation import Equation
from vsrlab.losses import hinge, right_answers
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

READERS = {e.name: e for e in (CHAIN_VSE,)}
