"""Equation: a system small enough to be worked out by hand, so that anybody can check it against the paper's formulas."""
from dataclasses import dataclass, field
from typing import Callable

import numpy as np
import torch
from torch import Tensor

from vsrlab.errors import Problem
from vsrlab.models.matcher import Matcher
from vsrlab.values import Batch
from vsrlab.zoo import build


@dataclass
class Equation:
    """One system with the weights that somebody gives it, in float64.

    name     row of the zoo
    sizes    what builds the small model: features, vocabulary, and the options of the row
    names    the paper's name of every weight -> our key of the state dict, or (key, how) where the layout differs:
             "T" transposed, "squeeze" without axes of one, "unsqueeze N" with an axis of one at N, "stack I/N" the I-th of N equal
             pieces along the first axis of ours, from 0
    numbers  (model, x) -> {name: tensor}: the values of the paper, by the public calls of the model
    """
    name: str
    sizes: dict
    names: dict
    numbers: Callable = field(repr=False)
    model: Matcher | None = field(default=None, repr=False)

    def load(self, w: dict) -> Matcher:
        """The model with these weights, float64, in eval mode; `w` is {paper's name: array}, "w." before a name is allowed.

        Raises Problem for names that are missing or unknown, and for a weight of another size.
        """
        w = {name.removeprefix("w."): np.asarray(value) for name, value in w.items()}
        lost, odd = sorted(set(self.names) - set(w)), sorted(set(w) - set(self.names))
        if lost or odd:
            raise Problem(f"the weights are not those of {self.name}: " + "; ".join(
                f"{what} {', '.join(names[:4])}" for what, names in (("missing", lost), ("unknown", odd)) if names)
                + f"; its table is vl.zoo_equation({self.name!r}).names.")
        sizes = dict(self.sizes)
        model = build(self.name, sizes.pop("features"), sizes.pop("vocabulary"), **sizes).double()
        state = model.state_dict()
        for name, value in w.items():
            self._place(state, name, torch.as_tensor(value))
        model.load_state_dict(state)
        self.model = model.eval()
        return self.model

    def _place(self, state: dict, name: str, value: Tensor):
        key, how = self.names[name] if isinstance(self.names[name], tuple) else (self.names[name], "")
        target = state[key]
        if how.startswith("stack"):
            piece, of = map(int, how.split()[1].split("/"))
            target = target.chunk(of)[piece]
        value = {"T": lambda: value.mT, "squeeze": value.squeeze}.get(how, lambda: value)()
        value = value.unsqueeze(int(how.split()[1])) if how.startswith("unsqueeze") else value
        if value.shape != target.shape:
            raise Problem(f"{name} is {tuple(value.shape)}, the small {self.name} has {tuple(target.shape)} there: weights of "
                          f"another size; its sizes are {self.sizes}.")
        target.copy_(value)

    def run(self, x: dict) -> dict:
        """{name: tensor}: what the loaded model makes of the inputs {name: array}; gradients may be asked of every value."""
        if self.model is None:
            raise Problem(f"give the weights first: vl.zoo_equation({self.name!r}).load(w).")
        return self.numbers(self.model, {name.removeprefix("x."): torch.as_tensor(np.asarray(value)) if not isinstance(
            value, Tensor) else value for name, value in x.items()})


def batch_of(x: dict) -> Batch:
    """The Batch of a sentence system: regions (I, R, F), region_mask (I, R), words (T, W), word_mask (T, W), image (I,)."""
    return Batch(x["regions"], x["region_mask"], x["words"], x["word_mask"], x["image"])
