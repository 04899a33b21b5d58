"""The control of every explanation: the same model with random weights, which was never trained."""
import copy
from dataclasses import replace

from vsrlab.device import seeded
from vsrlab.explain.pair import Pair
from vsrlab.zoo import build


def random_weights(run, seed: int = 0):
    """The run with a model of the same shape that was never trained: the control of every explanation."""
    with seeded(seed, run.device):
        model = build(run.settings.model, run.features, len(run.vocabulary), **run.settings.options)
    return replace(run, model=model.to(run.device).eval(), log=[], folder=None)


def without_training(pair: Pair, seed: int = 0) -> Pair:
    """The same image and text under random weights; its index stays that of the trained model and is only used for the corpus."""
    run, untrained = random_weights(pair.run, seed), copy.copy(pair)
    untrained.run, untrained.model = run, run.model
    return untrained
