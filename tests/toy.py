"""A pair to look at: scenes, a model with fresh weights, its index."""
import torch

from vsrlab.data.scenes.corpus import scenes
from vsrlab.data.words import Vocabulary
from vsrlab.retrieval.index import index
from vsrlab.run import Run
from vsrlab.settings import Settings
from vsrlab.zoo import ZOO, build, options


def indexed(name="scan", images=12, seed=0, **chosen):
    """(run, index) of an untrained model on a few scenes; gains and biases are shaken so that no layer is the identity."""
    corpus = scenes(images=images, seed=3)
    torch.manual_seed(seed)
    vocabulary = Vocabulary.of(corpus.texts, tokens=ZOO[name].paper.tokens)
    sizes = {k: v for k, v in {"dim": 24, "word_dim": 12}.items() if k in options(name)}
    model = build(name, corpus.regions.shape[2], len(vocabulary), **{**sizes, **chosen})
    for p in model.parameters():
        if p.dim() == 1:
            torch.nn.init.normal_(p, std=0.1)
    run = Run(Settings(model=name), corpus.regions.shape[2], vocabulary, model)
    return run, index(run, corpus)


def with_attention() -> str:
    """The richest model of the zoo that has attention between words and regions."""
    return "vsrpp" if "vsrpp" in ZOO else "scan"
