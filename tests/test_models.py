"""One contract, every row of the zoo and its main variants."""
import pytest
import torch
from torch.nn.functional import pad

from vsrlab.errors import Problem
from vsrlab.losses import hinge, info_nce, right_answers
from vsrlab.models.layers.blocks import Dropout
from vsrlab.models.matcher import Matcher
from vsrlab.papers import PAPERS
from vsrlab.settings import Settings
from vsrlab.values import Batch
from vsrlab.zoo import ZOO, build, options

VARIANTS = [(name, {}) for name in ZOO] + [
    ("vsepp", dict(text="bigru", image_norm=False)), ("vsepp", dict(measure="order", use_abs=True)),
    ("vsepp", dict(measure="order-root", use_abs=True)),
    ("uvs", dict(text="lstm")), ("uvs", dict(text="bow")), ("order", dict(measure="order-root")),
    ("scan", dict(direction="i-t")), ("scan", dict(pooling="lse", text="gru")),
    ("scan", dict(direction="i-t", pooling="lse", lse=20)), ("scan", dict(pooling="summax")),
    ("scan", dict(direction="i-t", pooling="max")), ("scan", dict(direction="both", pooling="sum")),
    ("scan", dict(direction="i-t", pooling="summax")), ("scan", dict(raw_norm="softmax", image_norm=False, text_norm=False)),
    ("vsrn", dict(layers=0, pool="mean")), ("vsrn", dict(order="reversed", region_norm="across", head="coco", caption=True)),
    ("vsrn", dict(order="random", head="paper", text="bigru")), ("vsrn", dict(layers=1, use_abs=True, image_norm=False)),
    ("vsrpp", dict(fusion="loss", caption=True)), ("vsrpp", dict(fusion="late", caption=True, text="gru")),
    ("vsrpp", dict(learn_mu=True, direction="both")), ("vsrpp", dict(direction="i-t", local_regions="raw", caption=True)),
    ("vsrpp", dict(region_norm="across", head="f30k", pooling="lse", mu=0.5)), ("vsrpp", dict(pooling="meanmax")),
    ("scan", dict(pooling="meanmax")), ("vsrpp-kit", dict(gru=2.0)),
    ("dvsa", dict(text="bigru", whole=False)), ("sm_lstm", dict(saliency="printed")), ("sm_lstm", dict(looks=1, context=False)),
    *(("mcnn", dict(level=level, word_dim=10)) for level in ("wd", "phs", "phl", "st")),
    ("saem", dict(text="gru", heads=2)), ("dual_path", dict(images=16, blocks="short")),
    ("chain_vse", dict(measure="cosine", towers=1)), ("chain_vse", dict(towers=2, filters=3, first=2)),
    ("sco", dict(image="sum", generation="shared", concepts=5)), ("sco", dict(image="context", generation="none", sentence=True)),
    ("sco", dict(image="concepts")), ("gxn", dict(levels=1, above="text", caption=False)), ("gxn", dict(imagine=True, share=0.2)),
    ("cca", dict(text="mean", word_dim=10, power=4.0)),
    ("dspe", dict(text="mean", word_dim=10)), ("dspe", dict(depth="linear", directions="texts", structure=0)),
    ("dspe", dict(keep=0, hidden=5)),
    ("rrf", dict(steps=0)), ("rrf", dict(fusion="sum", text="mean", word_dim=10, keep=2)), ("rrf", dict(fusion="none", steps=1))]
every = pytest.mark.parametrize("name, chosen", VARIANTS,
                                ids=lambda x: x if isinstance(x, str) else ",".join(f"{k}={v}" for k, v in x.items()))
B, R, F, W, V, D = 6, 7, 8, 9, 20, 16
EXTRA = {"sm_lstm": {"saliency"}, "saem": {"angular", "norms"}}           # losses that a paper always adds
STEPS = {"devise": 200, "dual_path": 200}   # one matrix alone, or fourteen blocks, are slow to learn sixteen pairs
WIDER = {"dan": 3, "gxn": 2}                # vectors several times as wide as dim: for each look and the start, each level


def batch(seed=0) -> Batch:
    """Six pairs: a region missing in the middle, three missing at the end, texts of 1 to 9 words."""
    torch.manual_seed(seed)
    regions, mask = torch.randn(B, R, F), torch.ones(B, R, dtype=torch.bool)
    mask[0, 2] = mask[1, 4:] = False
    word_mask = torch.arange(W) < torch.tensor([9, 3, 1, 5, 9, 2])[:, None]
    return Batch(regions * mask[..., None], mask, torch.randint(1, V, (B, W)) * word_mask, word_mask, torch.arange(B))


def made(name, chosen, seed=0) -> Matcher:
    torch.manual_seed(seed)
    model = build(name, F, V, dim=D, **chosen)
    for module in model.modules():                     # reasoning begins as the identity; here it should matter
        if isinstance(module, torch.nn.BatchNorm1d):
            torch.nn.init.normal_(module.weight, std=0.5), torch.nn.init.normal_(module.bias, std=0.5)
            module.running_var.uniform_(0.5, 2)
    return model.eval()


def encoded(model, b):
    return model.encode_images(b.regions, b.region_mask), model.encode_texts(b.words, b.word_mask)


def ranking(model, match, b, hardest):
    """The ranking loss of a step, each matrix by the loss that the model asks for."""
    right = right_answers(b.image)
    return sum(weight * (info_nce(s, right, model.log_scale) if own == ["nce"] else hinge(s, right, 0.2, hardest))
               for weight, s, *own in model.ranking_losses(match))


def added(name, chosen) -> set:
    """The losses that a model adds with these options."""
    there = {"caption": chosen.get("caption"), "imagine": chosen.get("imagine"), "rank": ZOO[name].paper.hinge == "own",
             "structure": name == "rrf" or name == "dspe" and chosen["structure"],
             **dict.fromkeys(("instance image", "instance text"), chosen.get("images"))}
    if name == "sco":
        there = {"concept": chosen["image"] != "context", "generation": chosen["generation"] != "none",
                 "sentence": chosen["sentence"]}
    return {loss for loss, asked in there.items() if asked} | EXTRA.get(name, set())


def scores(model, b):
    with torch.no_grad():
        return model.match(*encoded(model, b)).scores


@every
def test_shapes_are_those_of_the_contract(name, chosen):
    model = made(name, chosen)
    images, texts = encoded(model, batch())
    match = model.match(images, texts)
    wide = chosen.get("levels") or WIDER.get(name, 1)
    assert images.vector.shape == texts.vector.shape == (B, wide * D) and match.scores.shape == (B, B)
    assert images.parts.shape == (B, R, D) and texts.parts.shape == (B, W, D)
    assert images.mask.shape == (B, R) and texts.mask.shape == (B, W)
    assert not images.parts[~images.mask].any() and not texts.parts[~texts.mask].any(), "a padded part is not zero"
    assert all(len(x) == B for x in images.seen.values()) and all(x.shape[:2] == (B, B) for x in match.seen.values())


@every
def test_what_was_seen_has_its_shape_and_its_meaning(name, chosen):
    model, b = made(name, chosen), batch()
    images, texts = encoded(model, b)
    seen = model.match(images, texts).seen
    if "memory" in model.shows:
        steps = chosen.get("layers", 4)
        assert images.seen["affinity"].shape == (B, steps, R, R) and images.seen["layers"].shape == (B, steps + 1, R, D)
        assert ("memory" in images.seen) == (chosen.get("pool") != "mean")
    if "attention" in model.shows:
        i_t = model.knob("direction") == "i-t"
        back = " i-t" if i_t else ""
        total = seen["attention" + back].sum(2 if i_t else 3)                # over words for i-t, over regions for t-i
        real = (b.region_mask[:, None] if i_t else b.word_mask[None]).expand(total.shape).float()
        assert torch.allclose(total, real, atol=1e-5)
        assert seen["relevance" + back].shape == (B, B, R if i_t else W) and seen["cosine"].abs().max() <= 1 + 1e-5
        assert not seen["attention" + back].permute(1, 2, 0, 3)[~b.word_mask].any(), "padded words attend or are attended to"
        assert not seen["attention" + back].permute(0, 3, 1, 2)[~b.region_mask].any(), "padded regions attend or are attended to"


@every
def test_padding_changes_nothing(name, chosen):
    model, b = made(name, chosen), batch()
    wider = b._replace(regions=pad(b.regions, (0, 0, 0, 2)), region_mask=pad(b.region_mask, (0, 2)),
                       words=pad(b.words, (0, 3)), word_mask=pad(b.word_mask, (0, 3)))
    assert torch.allclose(scores(model, b), scores(model, wider), atol=1e-5), f"{name} reads its padding"


@every
def test_a_score_depends_on_its_own_pair_only(name, chosen):
    model, b = made(name, chosen), batch()
    together = scores(model, b)
    for i, t in ((2, 4), (1, 2), (0, 0)):
        real, said = b.region_mask[i], b.word_mask[t]
        alone = Batch(b.regions[i, real][None], real[real][None], b.words[t, said][None], said[said][None], b.image[:1])
        assert torch.allclose(together[i, t], scores(model, alone)[0, 0], atol=1e-5), f"{name} scores a pair by its neighbours"


@every
def test_lean_and_prepared_encodings_score_the_same(name, chosen):
    model, b = made(name, chosen), batch()
    images, texts = encoded(model, b)
    whole = model.match(images, texts).scores
    assert torch.equal(whole, model.match(images.lean(), texts.lean()).scores)
    assert torch.allclose(whole, model.match(model.prepare(images), model.prepare(texts)).scores, atol=1e-6)


@every
def test_training_and_evaluation_score_alike_where_nothing_is_normalised_over_the_batch(name, chosen):
    model, b = made(name, chosen), batch()
    images, texts = encoded(model, b)
    asked = model.match(images, texts).scores
    model.train()
    assert torch.allclose(asked, model.match(images, texts).scores, atol=1e-5), "groups of similar length change a score"


@every
def test_weights_survive_saving_and_loading(name, chosen, tmp_path):
    model, b = made(name, chosen), batch()
    torch.save(model.state_dict(), tmp_path / "model.pt")
    again = made(name, chosen, seed=1)
    assert not torch.allclose(scores(again, b), scores(model, b))
    again.load_state_dict(torch.load(tmp_path / "model.pt", weights_only=True))
    assert torch.equal(scores(again, b), scores(model, b))


@every
def test_every_weight_learns_and_no_gradient_is_infinite(name, chosen):
    model, b = made(name, chosen).train(), batch()
    b.regions[3] = 0                                                             # nothing but zeros, all said to be real
    b.region_mask[4] = torch.arange(R) < 1                                       # a single region
    images, texts = encoded(model, b)
    match = model.match(images, texts)
    loss = ranking(model, match, b, False)
    if ZOO[name].paper.hinge == "none":                # solved: no loss, no weight
        assert not list(model.parameters()) and not loss and model.extra_loss(b, images, texts) == {}
        return
    loss = loss + sum(model.extra_loss(b, images, texts).values())
    loss.backward()
    assert torch.isfinite(loss)
    for key, weight in model.named_parameters():
        assert weight.grad is not None and torch.isfinite(weight.grad).all(), key
    assert set(model.extra_loss(b, images, texts)) == added(name, options(name) | chosen)


@every
def test_images_without_any_real_region_and_texts_without_words_stay_finite(name, chosen):
    model, b = made(name, chosen), batch()
    b.region_mask[0], b.word_mask[0] = False, False
    empty = b._replace(regions=b.regions * b.region_mask[..., None], words=b.words * b.word_mask)
    assert torch.isfinite(scores(model, empty)).all()


@pytest.mark.parametrize("name", ZOO)
def test_sixteen_random_pairs_are_learned_by_heart(name):
    torch.manual_seed(0)
    small = {"word_dim": 16, "images": 16}
    model = build(name, F, V, dim=32, **{key: value for key, value in small.items() if key in options(name)})
    b = Batch(torch.randn(16, R, F), torch.ones(16, R, dtype=torch.bool), torch.randint(4, V, (16, W)),
              torch.ones(16, W, dtype=torch.bool), torch.arange(16))
    solved = ZOO[name].paper.hinge == "none"
    if solved:
        model.begin(lambda: [b])
    optimiser, loss = torch.optim.Adam([{"params": list(model.parameters())}], lr=1e-2), 0.0
    for step in range(0 if solved else STEPS.get(name, 80)):
        images, texts = encoded(model, b)
        match = model.match(images, texts)
        hardest = ZOO[name].paper.hinge == "max" and step >= 10
        loss = ranking(model, match, b, hardest)
        loss = loss + (sum(model.extra_loss(b, images, texts).values()) if ZOO[name].paper.hinge == "own" else 0)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    assert solved or (match.scores.argmax(1) == torch.arange(16)).float().mean() > 0.9, f"loss {float(loss):.2f}"
    rest = scores(model.eval(), b)                     # with the running numbers of a batch norm
    assert (rest.argmax(1) == torch.arange(16)).float().mean() > 0.9, "learnt in training, and lost when it measures"


def test_a_row_knows_its_hinge_and_the_settings_may_overrule_it():
    assert Settings(model="vse0").ranking == ("sum", 0.2) and Settings(model="vsepp").ranking == ("max", 0.2)
    assert Settings(model="vse0", hinge="max", margin=0.1).ranking == ("max", 0.1)
    assert all(Settings(model=name).ranking == (ZOO[name].paper.hinge, ZOO[name].paper.margin) for name in ZOO)


@pytest.mark.parametrize("paper, data", [(paper, data) for paper in PAPERS for data in PAPERS[paper].official])
def test_the_settings_of_every_paper_can_be_built(paper, data):
    asked = Settings.paper(paper, data)
    assert set(asked.options) <= set(options(paper))
    small = {**asked.options, "dim": 8}
    assert isinstance(build(paper, F, V, **small), Matcher)


@pytest.mark.parametrize("name, chosen, said", [
    ("vsrm", {}, "no model 'vsrm'; did you mean 'vsrn'"),
    ("vsrn", {"layer": 3}, "no option of vsrn 'layer'; did you mean 'layers'"),
    ("scan", {"direction": "ti"}, "no direction 'ti'; did you mean 't-i'"),
    ("scan", {"pooling": "avg"}, "no pooling 'avg'.*mean, lse, sum, max, summax"),
    ("scan", {"raw_norm": "l3"}, "no raw_norm 'l3'"),
    ("vsrn", {"region_norm": "accross"}, "did you mean 'across'"), ("vsrn", {"head": "flickr"}, "no head 'flickr'"),
    ("vsrn", {"order": "size"}, "no order 'size'"), ("vsrn", {"pool": "max"}, "no pool 'max'"),
    ("vsrpp", {"fusion": "early"}, "no fusion 'early'"), ("vsrpp", {"text": "lstm"}, "no text encoder 'lstm'"),
    ("vsrpp", {"learn_mu": True, "fusion": "loss"}, "learn_mu=True needs fusion='simi'"),
    ("vsepp", {"measure": "dot"}, "no measure 'dot'"),
    ("vsepp", {"dim": "256"}, "cannot take dim='256'; it is an int"), ("vsepp", {"dim": 0}, "has to be positive"),
    ("scan", {"sharpness": True}, "cannot take sharpness=True; it is a float"), ("vsrn", {"caption": 1}, "it is a bool"),
    ("vsrn", {"layers": -1}, "cannot take layers=-1"), ("vsrn", {"dropout": 1.5}, "dropout=1.5; it is a share"),
    ("vsrpp", {"lse": 0}, "lse=0; it has to be positive"), ("vsrpp", {"mu": float("nan")}, "mu=nan")])
def test_what_cannot_be_built_is_said_in_one_sentence(name, chosen, said):
    with pytest.raises(Problem, match=said):
        build(name, F, V, **chosen)


def test_a_base_matcher_says_what_it_cannot_read():
    with pytest.raises(TypeError, match="Matcher does not read images"):
        Matcher().encode_images(None, None)


def test_dropout_drops_its_share_keeps_the_mean_and_rests_outside_of_training():
    torch.manual_seed(0)
    drop, x = Dropout(0.2), torch.ones(100, 7, 143)
    y = drop(x)
    assert abs(float((y == 0).float().mean()) - 0.2) < 0.01 and abs(float(y.mean()) - 1) < 0.01
    assert y.unique().numel() == 2 and not torch.equal(y, drop(x))
    assert torch.equal(drop.eval()(x), x) and torch.equal(Dropout(0.0)(x), x)


def test_word_vectors_made_elsewhere_are_a_beginning():
    model = build("vsrpp", F, V, dim=D, word_dim=5, fusion="late")
    model.load_word_vectors(torch.tensor([4, 7]), torch.arange(10.0).view(2, 5))
    for encoder in (model.text, model.apart.text):
        assert encoder.embed.weight[7].tolist() == [5, 6, 7, 8, 9] and encoder.embed.weight.requires_grad
    with pytest.raises(Problem, match="have 3 dimensions, the model 5; build it with word_dim=3"):
        model.load_word_vectors([4], torch.zeros(1, 3))


@pytest.mark.parametrize("small", [Settings.scenes, Settings.photos])
@pytest.mark.parametrize("name", list(ZOO))
def test_the_small_settings_for_scenes_and_photos_fit_every_model(name, small):
    asked = small(name, seed=3)
    assert asked.model == name and asked.seed == 3 and asked.options["dropout"] == 0.2
    build(name, F, V, **asked.options)
    assert asked.epochs == (ZOO[name].paper.epochs or 6) and small(name, epochs=3).epochs == 3
    assert 1 < asked.epochs / asked.decay_after < 2, "the rate falls before the last epochs, not once every few"
