"""Small models with given weights give the numbers that plain loops of the papers' equations gave, forward and backward."""
from pathlib import Path

import numpy as np
import pytest
import torch

import vsrlab as vl
from vsrlab.equations.table import EQUATIONS
from vsrlab.losses import hinge, right_answers

FOLDER = Path(__file__).parents[1] / ".." / "shared" / "specs" / "zoo_golden"
FREE = {                                    # numbers of a file that no system has to give
    "dvsa": {"scores_defrag"},              # another paper's score of the same regions
    "chain_vse": {"t_padding_counts"},      # what the official program gives for a padded batch
}


def golden(name):
    """(weights, inputs, numbers, gradients) of a file, by their names without a prefix."""
    path = FOLDER / f"{name}.npz"
    if not path.exists():
        pytest.skip(f"no golden numbers of {name} here: {path}")
    with np.load(path) as file:
        return [{k.removeprefix(p): file[k] for k in file.files if k.startswith(p)} for p in ("w.", "x.", "out.", "grad.")]


@pytest.mark.parametrize("name", EQUATIONS)
def test_the_numbers_and_gradients_of_the_paper(name):
    w, x, out, grad = golden(name)
    equation, free = vl.zoo_equation(name), FREE.get(name, set())
    model, x = equation.load(w), {k: torch.as_tensor(v) for k, v in x.items()}
    x = {k: v.requires_grad_() if v.is_floating_point() else v for k, v in x.items()}
    found = equation.run(x)
    for key in set(out) - free:
        assert found[key].shape == out[key].shape, key
        assert np.allclose(found[key].detach().numpy(), out[key], rtol=0, atol=1e-9), key
    weights, tried = dict(model.named_parameters()), 0
    for key, wanted in grad.items():
        loss, kind, thing = key.split(".", 2)
        at = x[thing] if kind == "x" else weights.get(_key(equation.names[thing]))
        if loss in free:
            continue
        if at is None:                      # a buffer: the loss does not see a batch norm's running numbers, or what it takes away
            assert np.abs(wanted).max() < 1e-12, key
            continue
        gradient, = torch.autograd.grad(found[loss], at, retain_graph=True, allow_unused=True)
        gradient = torch.zeros_like(at) if gradient is None else gradient
        if "T" in equation.names.get(thing, ())[1:]:
            gradient = gradient.mT
        assert np.allclose(gradient.numpy().reshape(wanted.shape), wanted, rtol=0, atol=1e-7), key
        tried += 1
    assert tried or not grad


def _key(name):
    return name[0] if isinstance(name, tuple) else name


LOSSES = {"sum_of_hinges": ("negative", dict(hardest=False)), "max_of_hinges": ("negative", dict(hardest=True)),
          "sum_masked": ("mask", dict(hardest=False)), "max_masked": ("mask", dict(hardest=True)),
          "top2": ("negative", dict(hardest=False, keep=2)), "margin1": ("negative", dict(hardest=False, margin=1.0))}


@pytest.mark.parametrize("name", LOSSES)
def test_the_losses_of_one_matrix_and_their_gradients(name):
    w, x, out, grad = golden("losses")
    own, asked = LOSSES[name]
    scores = torch.tensor(w["scores"], requires_grad=True)
    loss = hinge(scores, right_answers(torch.tensor(x["image"]), own), **asked)
    loss.backward()
    assert float(loss.detach()) == pytest.approx(float(out[name]), abs=1e-9)
    assert np.allclose(scores.grad.numpy(), grad[f"{name}.w.scores"], rtol=0, atol=1e-7)


def test_sums_that_count_the_right_answer_as_wrong_are_two_margins_a_pair_higher():
    w, x, out, _ = golden("losses")
    loss = hinge(torch.tensor(w["scores"]), right_answers(torch.tensor(x["image"]), "negative"), 1.0, hardest=False)
    assert float(loss) + 2 * len(x["image"]) == pytest.approx(float(out["margin1_as_printed"]), abs=1e-9)
