"""Small models with given weights give the numbers that plain loops of the papers' equations gave, forward and backward."""
from pathlib import Path

import numpy as np
import pytest
import torch

import vsrlab as vl
from vsrlab.equations.readers import READERS

FOLDER = Path(__file__).parents[1] / ".." / "shared" / "specs" / "zoo_golden"
BONUS = {"chain_vse": {"t_padding_counts"}}


@pytest.mark.parametrize("name", READERS)
def test_the_numbers_of_the_paper(name):
    path = FOLDER / f"{name}.npz"
    if not path.exists():
        pytest.skip(f"no golden numbers of {name} here: {path}")
    golden = np.load(path)
    of = lambda prefix: {k.removeprefix(prefix): golden[k] for k in golden.files if k.startswith(prefix)}
    equation = vl.zoo_equation(name)
    model, x = equation.load(of("w.")), {k: torch.as_tensor(v) for k, v in of("x.").items()}
    x = {k: v.requires_grad_() if v.is_floating_point() else v for k, v in x.items()}
    found = equation.run(x)
    for key, wanted in of("out.").items():
        if key not in BONUS.get(name, ()):
            assert found[key].shape == wanted.shape, key
            assert np.allclose(found[key].detach().numpy(), wanted, rtol=0, atol=1e-9), key
    weights = dict(model.named_parameters())
    for key, wanted in of("grad.").items():
        loss, kind, thing = key.split(".", 2)
        if loss in BONUS.get(name, ()):
            continue
        at = x[thing] if kind == "x" else weights[_key(equation.names[thing])]
        gradient, = torch.autograd.grad(found[loss], at, retain_graph=True, allow_unused=True)
        gradient = torch.zeros_like(at) if gradient is None else gradient
        assert np.allclose(gradient.numpy().reshape(wanted.shape), wanted, rtol=0, atol=1e-7), key


def _key(name):
    return name[0] if isinstance(name, tuple) else name
