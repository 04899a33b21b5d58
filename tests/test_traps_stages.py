"""What is easily built wrong in the systems whose training goes in stages, one test for each trap."""
import math

import pytest
import torch

from vsrlab.errors import Problem
from vsrlab.models.dual_path import DualPath
from vsrlab.models.layers.slots import kmeans
from vsrlab.models.saem import angular
from vsrlab.papers import PAPERS
from vsrlab.settings import Settings
from vsrlab.training.step import losses
from vsrlab.values import Batch
from vsrlab.zoo import build

B, R, F, W, V, D = 5, 6, 8, 7, 20, 12
ROWS = {"saem": [{}, dict(text="gru")], "dual_path": [dict(images=4), dict(images=4, blocks="short", shift=False)]}


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


# Dual-path


def test_dual_path_has_one_classifier_for_both_sides_which_reads_features_of_any_length():
    model, b = made("dual_path", images=4).train(), batch()
    images, texts = encoded(model, b)
    extra, names = model.extra_loss(b, images, texts), [key for key, _ in model.named_parameters()]
    value = lambda name: extra[name].detach().item()
    assert [key for key in names if "classifier" in key] == ["classifier.weight", "classifier.bias"]
    for side in ("image", "text"):
        gradient, = torch.autograd.grad(extra[f"instance {side}"], model.classifier.weight, retain_graph=True)
        assert gradient.any()
    guess = torch.log_softmax(model.classifier(images.seen["features"]), 1)
    assert value("instance image") == pytest.approx(-guess[torch.arange(B), b.image].sum().item(), rel=1e-5)
    guess = torch.log_softmax(model.classifier(texts.seen["features"]), 1)
    assert value("instance text") == pytest.approx(-0.1 * guess[torch.arange(B), b.image].sum().item(), rel=1e-5)
    assert (images.seen["features"].norm(dim=1) - 1).abs().max() > 0.1 and torch.allclose(images.vector.norm(dim=1), torch.ones(B))
    assert "instance image" not in made("dual_path").extra_loss(b, images, texts), "no number of images, no classes"


def test_dual_path_ranks_from_the_second_stage_on():
    model, b = made("dual_path", images=4).train(), batch()
    stages = []
    for now in range(5):
        model.epoch(now, 5)
        stages.append("rank" in model.extra_loss(b, *encoded(model, b)))
    assert stages == [False, False, False, True, True] and model.ranking_losses(None) == []
    for stage, ranks in ((0.0, True), (1.0, False)):
        model.stage = stage
        model.epoch(0, 1), model.epoch(4, 5)
        assert model.ranks == ranks
    only = made("dual_path", images=4, instance=0.0, instance_text=0.0).train()
    assert set(only.extra_loss(b, *encoded(only, b))) == {"rank"}
    never = made("dual_path", images=4, ranking=0.0).train()
    assert set(never.extra_loss(b, *encoded(never, b))) == {"instance image", "instance text"}


def test_dual_path_pushes_the_hardest_text_and_an_image_at_random():
    model, scores = made("dual_path"), torch.tensor([[0.5, 0.7, 0.1], [0.2, 0.9, 0.4], [0.6, 0.3, 0.8]])
    right = torch.eye(3, dtype=torch.bool)
    # hardest texts: 1 - 0.5 + 0.7, 1 - 0.9 + 0.4, 1 - 0.8 + 0.6
    # images 2, 2, 1 of the texts: 1 - 0.5 + 0.6, 1 - 0.9 + 0.3, 1 - 0.8 + 0.4
    assert float(model.rank(scores, right, torch.tensor([2, 2, 1]))) == pytest.approx(1.2 + 0.5 + 0.8 + 1.1 + 0.4 + 0.6)
    assert float(model.rank(scores, right, torch.tensor([1, 0, 0]))) == pytest.approx(1.2 + 0.5 + 0.8 + 0.7 + 0.8 + 0.3)
    assert float(model.rank(scores, torch.ones(3, 3, dtype=torch.bool), torch.tensor([1, 0, 0]))) == 0, "nothing is wrong"
    b, model = batch(), model.train()
    images, texts = encoded(model, b)
    drawn = {round(float(model.extra_loss(b, images, texts)["rank"].detach()), 4) for _ in range(20)}
    assert len(drawn) > 1


def test_dual_path_stands_anywhere_in_training_and_in_four_places_at_rest():
    model, b = made("dual_path", slots=12), batch()
    at = lambda first: model.read(b.words, b.word_mask, torch.full((B,), first))
    rest = model.encode_texts(b.words, b.word_mask)
    assert torch.equal(rest.vector, model.encode_texts(b.words, b.word_mask).vector)
    full = b.word_mask.sum(1) == W                                              # seven words: five slots to spare
    four = [at(first) for first in (0, 1, 2, 3)]
    sums = [model.text(model.reader(b.words, b.word_mask, torch.full((B,), n))[0].mean(1)) for n in range(4)]
    assert torch.allclose(rest.vector[full], torch.nn.functional.normalize(sum(sums))[full], atol=1e-6)
    assert not torch.allclose(four[0].vector, four[1].vector, atol=1e-3)
    left = made("dual_path", slots=12, shift=False)
    left.load_state_dict(model.state_dict())
    assert torch.equal(left.encode_texts(b.words, b.word_mask).vector, at(0).vector)
    model.train()
    assert not torch.equal(model.encode_texts(b.words, b.word_mask).vector, model.encode_texts(b.words, b.word_mask).vector)


def test_dual_path_cuts_what_does_not_fit_and_steps_over_gaps():
    model = made("dual_path", slots=8)
    words, mask = torch.randint(4, V, (2, 11)), torch.ones(2, 11, dtype=torch.bool)
    mask[1, 2:5] = False
    long, cut = model.encode_texts(words, mask), model.encode_texts(words[:1, :8], mask[:1, :8])
    assert torch.allclose(long.vector[0], cut.vector[0], atol=1e-6) and torch.isfinite(long.parts).all()
    together = model.encode_texts(words[1:, mask[1]], mask[1:, mask[1]])
    assert torch.allclose(long.vector[1], together.vector[0], atol=1e-6)
    assert torch.allclose(long.parts[1][mask[1]], together.parts[0], atol=1e-5)


@pytest.mark.parametrize("blocks, count, slots", [("full", 14, 8), ("short", 4, 8), ("2-6 2-6 4-8/2", 3, 16)])
def test_dual_path_has_the_blocks_that_are_asked_for(blocks, count, slots):
    model, b = made("dual_path", blocks=blocks, maps=64), batch()
    x, _ = model.reader(b.words, b.word_mask, torch.zeros(B, dtype=torch.long))
    assert len(model.reader.blocks) == count and x.shape[1] == slots
    with pytest.raises(Problem, match='no plan of blocks .*; take full or short, or write'):
        made("dual_path", blocks="fill")


def test_dual_path_makes_fewer_classes_of_images_that_look_alike():
    options = DualPath.sized({"classes": 2}, 6)
    assert options == {"classes": 2, "images": 6} and DualPath.sized({}, 6) == {"images": 6}
    model = made("dual_path", **options)
    b = batch()._replace(image=torch.tensor([0, 1, 2, 4, 5]))
    b.regions[:3], b.regions[3:] = b.regions[:3] * 0.01 + 5, b.regions[3:] * 0.01 - 5
    model.begin(lambda: [b])
    of = model.class_of[b.image].tolist()
    assert of[:3] == [of[0]] * 3 and of[3:] == [of[3]] * 2 and of[0] != of[3] and len(model.classifier.weight) == 2
    again = made("dual_path", **options)
    again.load_state_dict(model.state_dict())
    assert torch.equal(again.class_of, model.class_of)
    with pytest.raises(Problem, match="cannot make 9 classes of 6 images; classes=0 makes each a class"):
        DualPath.sized({"classes": 9}, 6)
    with pytest.raises(Problem, match="dual_path cannot take classes=-1; it has to be positive"):
        made("dual_path", classes=-1)


def test_kmeans_leaves_no_cluster_empty():
    x = torch.cat([torch.zeros(20, 3), torch.ones(20, 3), torch.tensor([[9.0, 9, 9]])])
    of = kmeans(x, 3)
    assert sorted(of.unique().tolist()) == [0, 1, 2]
    assert len(of[:20].unique()) == len(of[20:40].unique()) == 1 and len({int(of[0]), int(of[20]), int(of[40])}) == 3
