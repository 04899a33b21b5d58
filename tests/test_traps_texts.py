"""What is easily built wrong in the systems that read texts without their order, one test for each trap; loops in plain Python."""
import itertools
import math
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
import torch
from toys import toy

import vsrlab as vl
from vsrlab import cli
from vsrlab.data.batches import batches
from vsrlab.data.words import Vocabulary
from vsrlab.draw.curves import training
from vsrlab.errors import Problem
from vsrlab.models.cca import canonical, guessed
from vsrlab.models.layers.blocks import TfIdf
from vsrlab.settings import Settings
from vsrlab.training.fit import fit
from vsrlab.training.step import losses
from vsrlab.values import Batch
from vsrlab.zoo import build

R, F, W, V, D = 6, 7, 7, 20, 12
ROWS = [("dspe", {}), ("dspe", dict(text="mean", word_dim=5)), ("dspe", dict(depth="linear", keep=0)),
        ("rrf", {}), ("rrf", dict(steps=0, fusion="sum")), ("rrf", dict(text="mean", word_dim=5, steps=4, fusion="none"))]
every = pytest.mark.parametrize("name, chosen", ROWS, ids=str)


def batch(seed=0, image=(0, 0, 1, 1, 1, 2, 3, 3)) -> Batch:
    """Eight pairs of four images, one of which stands there with a single caption; padding in images and texts."""
    torch.manual_seed(seed)
    image = torch.tensor(image)
    regions, mask = torch.randn(len(image), R, F), torch.ones(len(image), R, dtype=torch.bool)
    mask[1, 4:] = mask[3, 2] = False
    said = torch.arange(W) < torch.tensor([7, 3, 5, 7, 6, 2, 7, 4])[:, None]
    return Batch((regions * mask[..., None])[image], mask[image], torch.randint(4, V, (len(image), W)) * said, said, image)


def made(name, **chosen):
    torch.manual_seed(1)
    model = build(name, F, V, dim=D, **chosen)
    model.begin(lambda: [batch(seed) for seed in range(3)])
    return model.eval()


def encoded(model, b):
    return model.encode_images(b.regions, b.region_mask), model.encode_texts(b.words, b.word_mask)


def parts(model, b):
    """The model's own losses, and its vectors as lists."""
    images, texts = encoded(model, b)
    v, t = (side.vector.detach().double().numpy() for side in (images, texts))
    return {name: float(x.detach()) for name, x in model.extra_loss(b, images, texts).items()}, v, t


@every
def test_every_weight_moves_within_five_steps(name, chosen):
    model, b = made(name, **chosen).train(), batch()
    before = {key: weight.detach().clone() for key, weight in model.named_parameters()}
    optimiser = torch.optim.Adam(model.parameters(), lr=1e-2)
    for _ in range(5):
        optimiser.zero_grad()
        sum(losses(model, b, Settings(model=name), hardest=False)[0].values()).backward()
        optimiser.step()
    assert not {key for key, weight in model.named_parameters() if torch.equal(weight, before[key])}


def test_they_compare_vectors_and_are_scored_in_large_blocks():
    assert {build(name, F, V, dim=D).compares for name in ("cca", "dspe", "rrf")} == {"vectors"}


# texts without their order


def test_tf_idf_counts_texts_that_hold_a_word_and_not_how_often():
    corpus = toy(30, seed=4)
    vocabulary = Vocabulary.of(corpus.texts[:40])
    reader, held = TfIdf(len(vocabulary)), Counter(word for text in corpus.texts[:40] for word in set(text.split()))
    words, mask = vl.scoring.read_texts(["the red ball is near the ball", "a zebra", ""], vocabulary)
    assert reader(words, mask)[0].sum() == 7                                     # nothing was counted yet: each word weighs 1
    few = replace(corpus, texts=corpus.texts[:40], image_of_text=corpus.image_of_text[:40])
    reader.begin(lambda: batches(few, vocabulary, 7))
    for text, line in zip(["the red ball is near the ball", "a zebra", ""], reader(words, mask).tolist()):
        wanted = {vocabulary.ids(word)[1]: n * (math.log(41 / (1 + held[word])) + 1) for word, n in Counter(text.split()).items()
                  if word in held}
        assert {n: x for n, x in enumerate(line) if x} == pytest.approx(wanted, rel=1e-5)
    assert reader(words.flip(1), mask.flip(1)).equal(reader(words, mask))


@pytest.mark.parametrize("name", ["dspe", "rrf"])
def test_a_saved_run_reads_as_it_did_without_the_corpus_that_was_counted(name, tmp_path):
    run = fit(toy(), Settings(model=name, options=dict(dim=8), batch=16, epochs=2, rate=5e-3), out=tmp_path / "run", ui="none")
    again = vl.Run.load(tmp_path / "run")
    assert float(again.model.reader.texts) == 72 and again.model.reader.holding.equal(run.model.reader.holding)
    at = vl.index(again, toy(20, seed=9))
    assert np.array_equal(at.scores, vl.index(run, toy(20, seed=9)).scores) and len(at.search("the red ball", k=3)) == 3


# DSPE


def triplets(v, t, image, margin, keep):
    """Wrong texts, wrong images and structure of DSPE, loop by loop: a dict of sums, or of means of the `keep` largest."""
    d = lambda a, b: math.sqrt(sum((x - y) ** 2 for x, y in zip(a, b)) + 1e-4)
    n, first = range(len(image)), {i: image.index(i) for i in image}
    found = {"texts": [], "images": [], "structure": []}
    for a in n:
        me = v[first[image[a]]]
        wrong = [b for b in n if image[b] != image[a]]
        found["texts"].append([max(0, margin + d(me, t[a]) - d(me, t[b])) for b in wrong])
        found["images"].append([max(0, margin + d(me, t[a]) - d(v[row], t[a])) for i, row in first.items() if i != image[a]])
        near = [d(t[a], t[b]) for b in n if b != a and image[b] == image[a]]
        for x in near if not keep else sorted(near)[-1:]:
            found["structure"].append([max(0, margin + x - d(t[a], t[b])) for b in wrong])
    if not keep:
        return {name: sum(map(sum, lines)) for name, lines in found.items()}
    kept = {name: [sorted(line)[::-1][:keep] for line in lines] for name, lines in found.items()}
    return {name: sum(map(sum, lines)) / max(1, sum(map(len, lines))) for name, lines in kept.items()}


@pytest.mark.parametrize("keep, directions", [(3, "both"), (0, "both"), (2, "texts")])
def test_dspe_ranks_distances_of_pairs_and_keeps_captions_of_an_image_together(keep, directions):
    model, b = made("dspe", keep=keep, directions=directions, margin=0.3), batch()
    found, v, t = parts(model, b)
    wanted = triplets(v, t, b.image.tolist(), 0.3, keep)
    assert found["rank"] == pytest.approx(wanted["texts"] + 2 * wanted["images"] * (directions == "both"), rel=1e-4)
    assert found["structure"] == pytest.approx(0.2 * wanted["structure"], rel=1e-4) and wanted["structure"] > 0
    scores = model.match(*encoded(model, b)).scores.detach()
    assert all(float(scores[i, j]) == pytest.approx(-math.sqrt(((v[i] - t[j]) ** 2).sum() + 1e-4), abs=1e-5)
               for i, j in itertools.product(range(8), range(8)))
    assert np.allclose(np.linalg.norm(v, axis=1), 1) and np.allclose(np.linalg.norm(t, axis=1), 1)


@pytest.mark.parametrize("keep", [10, 0])
def test_dspe_has_no_structure_where_every_image_has_one_caption(keep):
    model = made("dspe", keep=keep, margin=1.0)
    assert parts(model, batch(image=range(8)))[0]["structure"] == 0 < parts(model, batch())[0]["structure"]
    assert "structure" not in parts(made("dspe", structure=0), batch())[0]
    alone = parts(model, batch(image=[0] * 8))[0]                                # nothing is wrong
    assert alone == {"rank": 0, "structure": 0}


def test_dspe_takes_an_image_that_stands_twice_once():
    model = made("dspe", keep=2, margin=1.0)
    b = batch(image=(0, 0, 0, 0, 1, 2, 3, 3))
    images, texts = encoded(model, b)
    other = images._replace(vector=torch.cat([images.vector[:1], torch.randn(3, D), images.vector[4:]]))
    assert {k: float(x.detach()) for k, x in model.extra_loss(b, other, texts).items()} == parts(model, b)[0]


@pytest.mark.parametrize("size", [8, 64])
def test_two_captions_of_an_image_stand_in_a_batch_and_the_order_can_be_had_again(size):
    corpus = toy(50, each=5)
    vocabulary, alone, seen = Vocabulary.of(corpus.texts), 0, []
    for b in batches(corpus, vocabulary, size, seed=3, epoch=1, together=2):
        seen += list(zip(b.image.tolist(), map(tuple, b.words.tolist())))
        alone += sum(n == 1 for n in Counter(b.image.tolist()).values())
    assert len(seen) == 250 and Counter(i for i, _ in seen) == {i: 5 for i in range(50)}
    assert alone <= 50 + 2 * (250 // size)                                       # the fifth of an image, and groups that are cut
    again = [x for b in batches(corpus, vocabulary, size, seed=3, epoch=1, together=2) for x in b.image.tolist()]
    assert again == [i for i, _ in seen]
    assert [x for b in batches(corpus, vocabulary, size, seed=3, epoch=2, together=2) for x in b.image.tolist()] != again


def test_dspe_is_trained_with_structure_and_takes_no_other_ranking_loss():
    run = fit(toy(200), Settings(model="dspe", options=dict(dim=16), batch=32, epochs=5, rate=5e-3), ui="none")
    assert all(line["loss structure"] > 0 and line["loss rank"] > 0 and line["hinge"] == "own" for line in run.log)
    assert run.log[-1]["rsum"] > 2 * run.log[-1]["chance"]
    half = losses(made("dspe"), batch(), Settings(model="dspe", extra_weight=0.5))[0]
    whole = losses(made("dspe"), batch(), Settings(model="dspe"))[0]
    assert half["rank"] == whole["rank"] and float(half["structure"]) == pytest.approx(float(whole["structure"]) / 2)
    for more in (dict(hinge="max"), dict(margin=0.2)):
        with pytest.raises(Problem, match="dspe takes neither hinge nor margin.*options={'margin': 0.05}"):
            Settings(model="dspe", **more)


@pytest.mark.parametrize("chosen, said", [
    (dict(text="gru"), "no text 'gru'.*tfidf, mean"), (dict(depth="non-linear"), "no depth 'non-linear'; did you mean 'nonlinear'"),
    (dict(directions="images"), "no directions 'images'"), (dict(keep=-1), "keep=-1; it has to be positive"),
    (dict(structure=-0.1), "structure=-0.1; it has to be positive")])
def test_dspe_says_what_it_cannot_be(chosen, said):
    with pytest.raises(Problem, match=said):
        build("dspe", F, V, **chosen)


# RRF-Net


def test_rrf_norms_its_fusion_with_one_mean_and_one_variance():
    branch, b = made("rrf").image.train(), batch()
    assert branch.fuse_norm.running_mean.shape == branch.fuse_norm.weight.shape == (1,)
    with torch.no_grad():
        branch.fuse.weight.copy_(torch.tensor([[1.0, -2.0, 0.5, 3.0]]))
        stages = branch.stages(b.regions.mean(1))                                # (8, 4, D)
        f = (stages * torch.tensor([1.0, -2.0, 0.5, 3.0])[:, None]).sum(1)
        wanted = ((f - f.mean()) / (f.var(unbiased=False) + 1e-5).sqrt()).clamp_min(0)           # over all 8 x D numbers
        fused = []
        branch.out.register_forward_pre_hook(lambda _, given: fused.append(given[0]))
        branch.fused(stages, "conv")
    assert torch.allclose(fused[0], wanted, atol=1e-5)
    every_feature = (f - f.mean(0)) / (f.var(0, unbiased=False) + 1e-5).sqrt()
    assert not torch.allclose(fused[0], every_feature.clamp_min(0), atol=0.1)


@pytest.mark.parametrize("steps", range(5))
def test_rrf_has_one_layer_and_a_norm_of_its_own_for_each_step(steps):
    model, b = made("rrf", steps=steps), batch()
    layers = [key for key, weight in model.image.named_parameters() if weight.shape == (D, D)]
    assert layers == ["shared.weight", "out.weight"] and len(model.image.norms) == steps + 1
    h = model.image.first(b.regions.sum(1) / b.region_mask.sum(1, keepdim=True)).clamp_min(0)
    seen = model.encode_images(b.regions, b.region_mask).seen["stages"]
    assert seen.shape == (8, steps + 1, D)
    for t in range(steps + 1):
        norm = model.image.norms[t]
        torch.nn.init.normal_(norm.weight), torch.nn.init.normal_(norm.running_mean)
    seen = model.encode_images(b.regions, b.region_mask).seen["stages"]
    for t in range(steps + 1):
        norm = model.image.norms[t]
        z = (h @ model.image.shared.weight.T + model.image.shared.bias - norm.running_mean) / (norm.running_var + norm.eps).sqrt()
        h = h + (z * norm.weight + norm.bias).clamp_min(0)
        assert torch.allclose(h, seen[:, t], atol=1e-4)
    length = seen.norm(dim=-1)
    assert (length.diff(dim=1) >= 0).all()


@pytest.mark.parametrize("keep, margin", [(50, 0.1), (2, 0.5), (1, 1.0)])
def test_rrf_compares_the_pair_with_wrong_answers_across_and_within_the_same_ones(keep, margin):
    model, b = made("rrf", keep=keep, margin=margin), batch()
    found, v, t = parts(model, b)
    rank = structure = 0.0
    for i in range(8):
        for mine, theirs, across, within in ((v, t, 1, 0.5), (t, v, 2, 1)):
            wrong = [k for k in range(8) if b.image[k] != b.image[i] and margin - v[i] @ t[i] + mine[i] @ theirs[k] > 0]
            for k in sorted(wrong, key=lambda k: -mine[i] @ theirs[k])[:keep]:   # chosen across, used within
                rank += across * (margin - v[i] @ t[i] + mine[i] @ theirs[k])
                structure += within * max(0, margin - v[i] @ t[i] + theirs[i] @ theirs[k])
    assert found == pytest.approx({"rank": rank / (8 * keep), "structure": structure / (8 * keep)}, rel=1e-4)
    assert structure > 0


def test_rrf_fuses_its_steps_in_three_ways_and_says_which():
    model, b = made("rrf"), batch()
    stages = model.encode_images(b.regions, b.region_mask).seen["stages"]
    leave = lambda f: torch.nn.functional.normalize(model.image.out_norm(model.image.out(f)), dim=-1)
    for fusion, f in (("sum", stages.sum(1)), ("none", stages[:, 3])):
        other = made("rrf", fusion=fusion)
        assert other.load_state_dict(model.state_dict(), strict=False).missing_keys == []
        assert torch.allclose(other.encode_images(b.regions, b.region_mask).vector, leave(f), atol=1e-6)
        assert not any("fuse" in key for key in other.state_dict())
    for chosen, said in ((dict(fusion="mean"), "no fusion 'mean'"), (dict(steps=5), "no steps 5; did you mean.*0, 1, 2, 3, 4")):
        with pytest.raises(Problem, match=said):
            build("rrf", F, V, **chosen)


# CCA


def whitened(x, y, ridge, axes, power=0.0):
    """(scores, correlations) of CCA by symmetric inverse roots, x (N, F) and y (N, E) in float64: other steps than the model's."""
    def halved(c):
        value, vector = np.linalg.eigh(c)
        return vector @ np.diag(value ** -0.5) @ vector.T
    x, y, n = x - x.mean(0), y - y.mean(0), len(x)
    cov = lambda a, b: sum(np.outer(a[k], b[k]) for k in range(n)) / (n - 1)
    a, b = (halved(cov(z, z) + ridge * np.eye(z.shape[1])) for z in (x, y))
    u, rho, v = np.linalg.svd(a @ cov(x, y) @ b)
    scores = np.zeros((n, n))
    for i in range(n):
        for t in range(n):
            one, other = (x[i] @ a @ u)[:axes] * rho[:axes] ** power, (y[t] @ b @ v.T)[:axes] * rho[:axes] ** power
            scores[i, t] = one @ other / np.sqrt((one @ one) * (other @ other))
    return scores, rho[:axes]


@pytest.mark.parametrize("ridge, power", [(0.01, 0.0), (0.5, 4.0)])
def test_the_equation_of_cca_gives_scores_correlations_and_the_gradient_of_their_sum(ridge, power):
    rng = np.random.default_rng(0)
    x = {"images": rng.normal(size=(14, 6)), "texts": rng.normal(size=(14, 5))}
    x["texts"][:, :3] += x["images"][:, :3]
    equation = vl.zoo_equation("cca")
    equation.sizes = {**equation.sizes, "ridge": ridge, "power": power}
    equation.load({})
    found, (scores, rho) = equation.run(x), whitened(x["images"], x["texts"], ridge, 4, power)
    assert np.allclose(found["scores"], scores, rtol=0, atol=1e-9) and np.allclose(found["correlations"], rho, rtol=0, atol=1e-9)
    assert float(found["loss"]) == pytest.approx(-rho.sum(), abs=1e-9) and rho[0] > 0.6
    given = {name: torch.tensor(value, requires_grad=True) for name, value in x.items()}
    for name, gradient in zip(x, torch.autograd.grad(equation.run(given)["loss"], list(given.values()))):
        way, step = rng.normal(size=x[name].shape), 1e-5
        up, down = (float(equation.run(x | {name: x[name] + sign * step * way})["loss"]) for sign in (1, -1))
        assert float((gradient * torch.tensor(way)).sum()) == pytest.approx((up - down) / (2 * step), abs=1e-7)


def test_cca_may_turn_its_axes_but_not_its_scores():
    model, b = made("cca"), batch()
    turned = made("cca")
    turned.begin(lambda: [c._replace(regions=-c.regions) for c in (batch(seed) for seed in range(3))])
    assert not torch.allclose(turned.text.axes, model.text.axes, atol=1e-3)
    assert torch.allclose(scores(turned, b._replace(regions=-b.regions)), scores(model, b), atol=1e-4)
    flipped = made("cca")
    for side in (flipped.image, flipped.text):
        side.axes = side.axes * torch.tensor([-1.0, 1.0]).repeat(D // 2)
    assert torch.allclose(scores(flipped, b), scores(model, b), atol=1e-5)


def scores(model, b):
    return model.match(*encoded(model, b)).scores


def test_cca_on_batches_is_cca_on_all_pairs_at_once_and_matches_loops():
    model, three = made("cca"), [batch(seed) for seed in range(3)]
    whole, whole_text = (np.concatenate([f(b).double().numpy() for b in three]) for f in (
        lambda b: b.regions.sum(1) / b.region_mask.sum(1, keepdim=True), lambda b: model.reader(b.words, b.word_mask)))
    wanted, rho = whitened(whole, whole_text, 0.01, F)
    each = [encoded(model, b) for b in three]
    found = torch.cat([i.vector for i, _ in each]) @ torch.cat([t.vector for _, t in each]).T
    assert np.allclose(found, wanted, atol=1e-4) and np.allclose(model.correlations[:F], rho, atol=1e-5)
    assert not model.correlations[F:].any() and not model.image.axes[:, F:].any()              # seven axes at most, of twelve
    assert wanted.diagonal().mean() > 0.8 and abs(wanted.mean()) < 0.2


def test_cca_keeps_the_words_that_most_captions_hold_and_says_when_it_has_no_solution():
    model = made("cca", most=5)
    kept = model.text.axes.any(1).nonzero()[:, 0].tolist()
    assert len(kept) == 5 and model.reader.holding[kept].min() >= model.reader.holding.sort(descending=True).values[5]
    assert made("cca", most=100).text.axes.any(1).sum() == (model.reader.holding > 0).sum()
    with pytest.raises(Problem, match="ridge=0; it has to be positive"):
        build("cca", F, V, ridge=0)
    with pytest.raises(Problem, match="cannot be solved with ridge=1e-30.*take a larger one"):
        build("cca", F, V, ridge=1e-30).begin(lambda: [batch()])                 # eight captions, more words


def test_cca_is_solved_in_a_run_without_an_epoch_that_is_saved_opened_and_gone_on_with(tmp_path, capsys):
    corpus, settings = toy(60, seed=2), Settings(model="cca", options=dict(dim=8), batch=16)
    run = fit(corpus, settings, out=tmp_path / "run", ui="text")
    assert "solved without an epoch  text R@1/5/10" in capsys.readouterr().out
    assert [line["epoch"] for line in run.log] == [0] and run.settings.epochs == 0 and "loss" not in run.log[0]
    assert run.log[0]["rsum"] > 1.2 * run.log[0]["chance"] and "solved without an epoch; 0.00 M parameters" in repr(run)
    again = vl.Run.load(tmp_path / "run")
    assert again.fingerprint == run.fingerprint == vl.Run.load(tmp_path / "run", "last").fingerprint
    assert all((tmp_path / "run" / name).exists() for name in ("metrics.json", "history.csv", "curves.png", "log.jsonl"))
    before = (tmp_path / "run" / "log.jsonl").read_bytes()
    for more in (settings, settings.but(epochs=4)):                              # the very same run, and nothing new is written
        assert fit(corpus, more, out=tmp_path / "run", ui="none").fingerprint == run.fingerprint
    assert (tmp_path / "run" / "log.jsonl").read_bytes() == before
    unsaved = fit(corpus, settings, ui="rich")
    assert unsaved.fingerprint == run.fingerprint
    assert "Solved without an epoch; rsum" in training(run.log, 3.0) and "Loss" not in training(run.log, 3.0)
    with pytest.raises(Problem, match="cca takes neither hinge nor margin.*CCA is solved without a loss; leave them out"):
        Settings(model="cca", margin=0.2)


def test_cca_is_solved_from_the_command_line(tmp_path, capsys):
    assert cli.main(["train", "--model", "cca", "--out", str(tmp_path / "run"), "--device", "cpu"]) in (0, None)
    said = capsys.readouterr().out
    assert "solved without an epoch" in said and "Run cca: rsum" in said and "Traceback" not in said
    assert vl.Run.load(tmp_path / "run").best["rsum"] > 2 * vl.Run.load(tmp_path / "run").best["chance"]


def test_ridge_guesses_the_sentence_and_shrinkage_is_a_share_of_each_sides_variance():
    torch.manual_seed(0)
    x, y = torch.randn(40, 6).double(), torch.randn(40, 3).double()
    row = torch.cat([x, y, torch.ones(40, 1).double()], 1)
    moments = row.T @ row
    (mean_x, axes), (mean_y, own), _ = guessed(moments, 6, 0.5, 0.2)
    a, b = x - x.mean(0), y - y.mean(0)
    covariance = a.T @ a / 39
    more = (0.5 + 0.2 * covariance.diagonal().mean()) * torch.eye(6).double()
    assert torch.allclose(axes, torch.linalg.inv(covariance + more) @ (a.T @ b / 39)) and torch.equal(own, torch.eye(3).double())
    assert torch.allclose(mean_x, x.mean(0)) and torch.allclose(mean_y, y.mean(0))
    small = canonical(moments, 6, 1e-9, 0.1)[2]
    large = torch.cat([1000 * x, y, torch.ones(40, 1).double()], 1)                  # the unit of a side does not matter
    assert torch.allclose(canonical(large.T @ large, 6, 1e-9, 0.1)[2], small, atol=1e-6) and small[0] < 1
    model = build("cca", F, V, text="mean", word_dim=5, solve="ridge")
    assert model.text.axes.shape == (5, 5) and model.image.axes.shape == (F, 5)
    with pytest.raises(Problem, match="solve='ridge' guesses the vector of a sentence; take text='mean' or text='minilm'"):
        build("cca", F, V, solve="ridge")
