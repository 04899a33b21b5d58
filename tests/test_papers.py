"""Each paper's equations, worked out by plain float64 loops, and the places where a model departs from paper or code."""
import plain
import pytest
import torch
from torch.nn.functional import normalize

from vsrlab.models.layers.batchnorm import BatchNorm
from vsrlab.models.layers.captioner import Captioner
from vsrlab.models.layers.gru import read
from vsrlab.models.layers.reasoning import Reasoner, Reasoning
from vsrlab.papers import PAPERS
from vsrlab.settings import Settings
from vsrlab.zoo import build

I, T, R, W, F, D, V = 3, 4, 6, 7, 8, 16, 20
LENGTHS = (7, 1, 4, 3)


def test_a_reasoning_step_is_the_equation_and_begins_as_the_identity():
    torch.manual_seed(0)
    step, v, mask = Reasoning(D), torch.randn(I, R, D), torch.ones(I, R, dtype=torch.bool)
    assert torch.equal(step(v, mask)[0], v)
    torch.nn.init.normal_(step.norm.weight), torch.nn.init.normal_(step.norm.bias)
    now, affinity = step(v, mask)
    part = lambda name: (getattr(step, name).weight, getattr(step, name).bias)
    parts = [part(name) for name in ("theta", "phi", "g", "update")]
    x, wanted = plain.reason(v, *parts)
    scaled = v.double() + (x - v.double()) * plain.double(step.norm.weight) + plain.double(step.norm.bias)
    assert torch.allclose(now.double(), scaled, atol=1e-4) and torch.allclose(affinity.double(), torch.stack(wanted), atol=1e-5)
    statistics = [getattr(step.eval().norm, k) for k in ("running_mean", "running_var", "weight", "bias")]
    edges = (torch.rand(I, R, R) > 0.5).float()
    now, affinity = step(v, mask, edges)
    x, wanted = plain.reason(v, *parts, statistics, edges)
    assert torch.allclose(now.double(), x, atol=1e-4) and torch.allclose(affinity.double(), torch.stack(wanted), atol=1e-5)


def test_an_image_is_the_memory_after_its_last_region():
    torch.manual_seed(0)
    model = build("vsrn", F, V, dim=D, head="coco").eval()
    x, mask = torch.randn(1, R, F), torch.ones(1, R, dtype=torch.bool)
    image = model.encode_images(x, mask)
    states, updates = plain.gru(image.parts[0], *plain.weights(model.reasoner.gru))
    assert torch.allclose(image.seen["memory"][0].double(), states, atol=1e-5)
    assert torch.allclose(image.seen["gates"][0].double(), updates, atol=1e-5)
    assert torch.allclose(image.vector[0].double(), states[-1] / states[-1].norm(), atol=1e-5)
    assert torch.allclose(image.seen["layers"][0, 0].double(), plain.rows_of_length_one(model.reasoner.embed(x)[0]), atol=1e-5)


@pytest.mark.parametrize("order, places", [("given", [0, 2, 3, 4]), ("reversed", [4, 3, 2, 0])])
def test_masked_regions_are_stepped_over_in_either_order(order, places):
    torch.manual_seed(0)
    reasoner = Reasoner(F, D, 1, "gru", order, "feature", "coco", 0.0).eval()
    mask = torch.tensor([[True, False, True, True, True, False]])
    vector, parts, _, seen = reasoner(torch.randn(1, R, F) * mask[..., None], mask)
    states, updates = plain.gru(parts[0, places], *plain.weights(reasoner.gru))
    assert torch.allclose(vector[0].double(), states[-1], atol=1e-5)
    assert torch.allclose(seen["memory"][0, places].double(), states, atol=1e-5)
    assert torch.allclose(seen["gates"][0, places].double(), updates, atol=1e-5) and not seen["gates"][0, 1].any()


def test_the_random_order_is_new_in_training_and_fixed_afterwards():
    torch.manual_seed(0)
    reasoner = Reasoner(F, D, 0, "gru", "random", "feature", "paper", 0.0)
    x, mask = torch.randn(2, R, F), torch.ones(2, R, dtype=torch.bool)
    assert not torch.allclose(reasoner(x, mask)[0], reasoner(x, mask)[0])
    reasoner.eval()
    assert torch.equal(reasoner(x, mask)[0], reasoner(x, mask)[0])
    order = reasoner.reading_order(mask)[0].tolist()
    assert order != sorted(order) == list(range(R))


def test_the_two_norms_are_along_the_feature_and_across_the_regions():
    x, mask = torch.randn(I, R, F), torch.ones(I, R, dtype=torch.bool)
    for norm, axis in (("feature", 2), ("across", 1)):
        parts = Reasoner(F, D, 2, "mean", "given", norm, "coco", 0.0).eval()(x, mask)[1]
        assert torch.allclose(parts.norm(dim=axis), torch.ones(1), atol=1e-5)


def test_a_text_is_read_in_both_directions_and_the_halves_are_averaged():
    torch.manual_seed(0)
    words, mask = torch.randint(1, V, (T, W)), torch.arange(W) < torch.tensor(LENGTHS)[:, None]
    for kind in ("gru", "bigru"):
        text = build("vsrpp", F, V, dim=D, word_dim=5, text=kind).text
        states, vector = text(words * mask, mask)
        for t, n in enumerate(LENGTHS):
            x = text.embed.weight[words[t, :n]]
            if kind == "bigru":
                wanted, last = plain.bigru(x, plain.weights(text.gru), plain.weights(text.gru, "_reverse"))
            else:
                wanted = plain.gru(x, *plain.weights(text.gru))[0]
                last = wanted[-1]
            assert torch.allclose(states[t, :n].double(), wanted, atol=1e-5)
            assert torch.allclose(vector[t].double(), last, atol=1e-5)


def test_a_hole_in_a_text_is_stepped_over():
    text, words = build("vsepp", F, V, dim=D).text, torch.tensor([[4, 5, 6, 7]])
    short = text(words[:, [0, 2, 3]], torch.ones(1, 3, dtype=torch.bool))
    states, vector = text(words, torch.tensor([[True, False, True, True]]))
    assert torch.allclose(states[:, [0, 2, 3]], short[0], atol=1e-6) and torch.allclose(vector, short[1], atol=1e-6)


def test_the_caption_loss_is_the_likelihood_word_by_word():
    torch.manual_seed(0)
    captioner = Captioner(D, V, hidden=10, word_dim=4).eval()
    regions, mask = torch.randn(3, R, D), torch.ones(3, R, dtype=torch.bool)
    mask[1, 3:] = False
    words = torch.tensor([[1, 7, 8, 9, 2, 0], [1, 6, 2, 0, 0, 0], [1, 2, 0, 0, 0, 0]])
    word_mask = words > 0
    wanted = [plain.caption_loss(captioner, regions[n][mask[n]], words[n][word_mask[n]].tolist()) for n in range(3)]
    assert captioner(regions, mask, words, word_mask).item() == pytest.approx(sum(wanted) / 3, rel=1e-5)
    wider = torch.nn.functional.pad(words, (0, 30))                              # and stops at the longest caption
    assert torch.equal(captioner(regions, mask, wider, wider > 0), captioner(regions, mask, words, word_mask))
    assert captioner(regions, mask, words[:, :1], word_mask[:, :1]) == 0         # nothing to tell
    short = Captioner(D, V, hidden=10, word_dim=4, longest=4).eval()
    short.load_state_dict(captioner.state_dict())
    assert torch.equal(short(regions, mask, words, word_mask), captioner(regions, mask, words[:, :4], word_mask[:, :4]))
    assert captioner.longest == 60                                               # as many words as the official captioner reads


def vsrpp(**chosen):
    torch.manual_seed(0)
    model = build("vsrpp", F, V, dim=D, **chosen).eval()
    words = torch.randint(1, V, (T, W))
    images = model.encode_images(torch.randn(I, R, F), torch.ones(I, R, dtype=torch.bool))
    return model, images, model.encode_texts(words, torch.ones(T, W, dtype=torch.bool))


@pytest.mark.parametrize("mu", [0.0, 0.5, 2.0])
@pytest.mark.parametrize("fusion", ["simi", "loss", "late"])
def test_vsrpp_is_local_plus_mu_times_global(mu, fusion):
    model, images, texts = vsrpp(mu=mu, fusion=fusion)
    with torch.no_grad():
        match = model.match(images, texts)
    for i, t, v, e in plain.pairs(images, texts):
        local = plain.scan(v, e)[0]
        local, both = float(local), float(plain.double(images.vector[i]) @ plain.double(texts.vector[t]))
        assert abs(float(match.scores[i, t] - local - mu * both)) < 1e-5
        assert abs(float(match.seen["local"][i, t] - local)) < 1e-5 and abs(float(match.seen["global"][i, t] - both)) < 1e-5
    losses = model.ranking_losses(match)
    assert [float(w) for w, _ in losses] == {"simi": [1], "loss": [1, mu], "late": [1, 1]}[fusion]
    assert torch.equal(losses[0][1], match.scores if fusion == "simi" else match.seen["local"])


def test_a_learned_mu_begins_at_mu_and_is_never_negative():
    model, images, texts = vsrpp(mu=1.5, learn_mu=True)
    match = model.match(images, texts)
    assert torch.allclose(match.scores, match.seen["local"] + 1.5 * match.seen["global"])
    match.scores.sum().backward()
    assert float(model.mu.grad) == pytest.approx(float(match.seen["global"].sum()), rel=1e-5)
    with torch.no_grad():
        model.mu.neg_()
    assert torch.equal(model.match(images, texts).scores, match.scores)


def test_words_see_the_regions_after_reasoning_or_before():
    for local in ("reasoned", "raw"):
        model, _, _ = vsrpp(local_regions=local, head="paper", layers=2)
        torch.nn.init.normal_(model.reasoner.layers[0].norm.weight)
        x, mask = torch.randn(I, R, F), torch.ones(I, R, dtype=torch.bool)
        images = model.encode_images(x, mask)
        wanted = images.seen["layers"][:, -1 if local == "reasoned" else 0]
        assert torch.allclose(images.parts, normalize(wanted, dim=-1), atol=1e-6)


def test_late_fusion_shares_nothing():
    model, images, texts = vsrpp(fusion="late")
    model.train()
    match = model.match(images, texts)
    match.seen["local"].sum().backward(retain_graph=True)
    assert all(p.grad is None for name, p in model.named_parameters() if not name.startswith("apart."))
    model.zero_grad()
    match.seen["global"].sum().backward()
    assert all(p.grad is None or not p.grad.any() for p in model.apart.parameters())


def test_batch_norm_does_not_count_padding():
    torch.manual_seed(0)
    ours, theirs = BatchNorm(D), torch.nn.BatchNorm1d(D)
    x, mask = torch.randn(I, R, D), torch.rand(I, R) > 0.4
    x[~mask] = 1e3
    found, wanted = ours(x, mask), theirs(x[mask])
    assert torch.allclose(found[mask], wanted, atol=1e-5) and found.shape == x.shape
    for name in ("running_mean", "running_var"):
        assert torch.allclose(getattr(ours, name), getattr(theirs, name), atol=1e-5)
    assert torch.allclose(ours.eval()(x, mask)[mask], theirs.eval()(x[mask]), atol=1e-5)
    assert ours.state_dict().keys() == theirs.state_dict().keys() and ours.num_batches_tracked == 1


@pytest.mark.parametrize("both", [False, True])
def test_the_quick_gru_has_the_states_and_gradients_of_pytorchs(both):
    torch.manual_seed(0)
    gru = torch.nn.GRU(F, D, batch_first=True, bidirectional=both).double()
    x = torch.randn(T, W, F).double().requires_grad_()
    some = torch.rand(T, W) > 0.4
    some[:, 3] = True
    for mask in (torch.arange(W) < torch.tensor(LENGTHS)[:, None], some, torch.ones(T, W, dtype=torch.bool)):
        found = []
        for quick in (True, False):
            gru.train(quick).zero_grad()
            x.grad = None
            states, last = read(gru, x, mask)
            (states.square().sum() + last.sin().sum()).backward()
            found.append([states, last, x.grad, *(p.grad for p in gru.parameters())])
        assert all(torch.allclose(a, b, atol=1e-10) for a, b in zip(*found)) and not found[0][0][~mask].any()


def test_a_gru_that_begins_long_holds_the_first_region_and_one_begun_as_torch_does_only_the_last_ones():
    def share(start):
        """How much the first region moves the last state, beside what the last region does."""
        torch.manual_seed(0)
        reasoner = Reasoner(F, 64, 0, "gru", "given", "feature", "paper", 0.0, start).eval()
        x, mask = torch.randn(20, 36, F), torch.ones(20, 36, dtype=torch.bool)
        moved = []
        for place in (0, 35):
            other = x.clone()
            other[:, place] = torch.randn(20, F)
            moved.append((reasoner(other, mask)[0] - reasoner(x, mask)[0]).norm(dim=1).mean())
        return float(moved[0] / moved[1])
    assert share("long") > 0.03 and share("torch") < 1e-3


def test_the_settings_of_the_papers_begin_the_memory_as_the_official_codes_do():
    for paper in ("vsrn", "vsrpp"):
        for data in PAPERS[paper].official:
            assert Settings.paper(paper, data).options["start"] == "torch"
