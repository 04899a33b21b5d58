"""What is easily built wrong in the systems whose training goes in stages, one test for each trap."""
import math

import pytest
import torch

from vsrlab.errors import Problem
from vsrlab.models.saem import angular
from vsrlab.papers import PAPERS
from vsrlab.settings import Settings
from vsrlab.training.fit import losses
from vsrlab.values import Batch
from vsrlab.zoo import build

B, R, F, W, V, D = 5, 6, 8, 7, 20, 12
ROWS = {"saem": [{}, dict(text="gru")]}


def batch(seed=0) -> Batch:
    """Five pairs, two of them of one image; padding at the ends, and a gap in the middle of an image and of a text."""
    torch.manual_seed(seed)
    regions, mask, said = torch.randn(B, R, F), torch.ones(B, R, dtype=torch.bool), torch.ones(B, W, dtype=torch.bool)
    mask[1, 4:] = mask[3, 2] = said[0, 5:] = said[2, 3] = False
    return Batch(regions * mask[..., None], mask, torch.randint(4, V, (B, W)) * said, said, torch.tensor([0, 1, 2, 2, 3]))


def made(name, **chosen):
    torch.manual_seed(1)
    return build(name, F, V, dim=D, word_dim=5, **chosen).eval()


def encoded(model, b):
    return model.encode_images(b.regions, b.region_mask), model.encode_texts(b.words, b.word_mask)


@pytest.mark.parametrize("name, chosen", [(name, chosen) for name in ROWS for chosen in ROWS[name]])
def test_every_weight_moves_within_five_steps(name, chosen):
    model, b = made(name, **chosen).train(), batch()
    before = {key: weight.detach().clone() for key, weight in model.named_parameters()}
    optimiser = torch.optim.Adam(model.parameters(), lr=1e-2)
    for _ in range(5):
        optimiser.zero_grad()
        sum(losses(model, b, Settings(model=name), PAPERS[name].hinge == "max")[0].values()).backward()
        optimiser.step()
    assert not {key for key, weight in model.named_parameters() if torch.equal(weight, before[key])}


# SAEM


def test_saem_angular_loss_by_hand_for_two_pairs():
    v, t = torch.tensor([[1.0, 0.0], [0.0, 1.0]]), torch.tensor([[0.6, 0.8], [0.0, 1.0]])
    right = torch.eye(2, dtype=torch.bool)
    # 4 (a + p) . n - 4 a . p: image 0: 4 (1.6 0 + 0.8 1) - 4 0.6 = 0.8;  image 1: 4 (0 0.6 + 2 0.8) - 4 1 = 2.4
    assert float(angular(v, t, right)) == pytest.approx(math.log(1 + math.exp(0.8)) + math.log(1 + math.exp(2.4)), abs=1e-5)
    # text 0: 4 (1.6 0 + 0.8 1) - 4 0.6 = 0.8;  text 1: 4 (0 1 + 2 0) - 4 1 = -4
    assert float(angular(t, v, right)) == pytest.approx(math.log(1 + math.exp(0.8)) + math.log(1 + math.exp(-4)), abs=1e-5)
    assert float(angular(v, t, torch.ones(2, 2, dtype=torch.bool))) == 0, "captions of the same image alone: nothing is wrong"


def test_saem_angular_weight_falls_as_in_the_code_and_norms_are_of_the_image_side():
    model, b = made("saem"), batch()
    weights = []
    for now in range(30):
        model.epoch(now, 30)
        weights.append(model.weight)
    assert weights == pytest.approx([0.5] * 5 + [0.05] * 5 + [0.005] * 5 + [0.0005] * 5 + [0.0] * 10)
    extra = model.extra_loss(b, *encoded(model, b))
    assert not extra["angular"].detach()
    extra["norms"].backward()
    reached = {key for key, w in model.named_parameters() if w.grad is not None}
    assert reached == {"embed.weight", *(f"layer.{name}.weight" for name in ("query", "key", "value", "out", "inner", "outer"))}


def test_saem_heads_attend_to_real_regions_and_can_be_cut():
    model, b = made("saem", heads=3), batch()
    images = model.encode_images(b.regions, b.region_mask)
    attention = images.seen["affinity"]
    assert attention.shape == (B, 3, R, R)
    assert torch.allclose(attention.sum(-1), b.region_mask[:, None].float().expand(B, 3, R), atol=1e-5)
    assert not attention.transpose(1, 3)[~b.region_mask].any() and not torch.allclose(attention[:, 0], attention[:, 1])
    assert torch.equal(model.encode_images(b.regions, b.region_mask, torch.ones_like(attention)).vector, images.vector)
    assert not torch.allclose(model.encode_images(b.regions, b.region_mask, torch.zeros_like(attention)).vector, images.vector)
    with pytest.raises(Problem, match="dim=12 among heads=5; take a dim that is a multiple of 5"):
        build("saem", F, V, dim=D, heads=5)


def test_saem_windows_lie_inside_of_the_sentence_and_a_shorter_one_has_one():
    model = made("saem")
    torch.nn.init.constant_(model.conv[2].bias, 3.0)                            # a window of zeros alone would win
    states, real = torch.randn(1, 4, 5), torch.ones(1, 4, dtype=torch.bool)
    whole = model.read(states, real).vector
    padded = torch.cat([states, torch.randn(1, 3, 5)], 1)
    assert torch.allclose(model.read(padded, torch.arange(7)[None] < 4).vector, whole, atol=1e-6)
    one = model.read(states[:, :1], real[:, :1]).vector
    assert torch.isfinite(one).all() and torch.allclose(model.read(padded, torch.arange(7)[None] < 1).vector, one, atol=1e-6)
