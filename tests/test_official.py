"""Official weights: every key has its place; encodings and scores are those of the official equations, as plain loops."""
import plain
import pytest
import torch

from vsrlab.errors import Problem
from vsrlab.models.layers.attention import RAW_NORMS
from vsrlab.official import KINDS, official_model

F, D, E, V, R = 12, 16, 6, 30, 5
LENGTHS = (7, 4, 1)
torch.manual_seed(0)
REGIONS = torch.randn(4, R, F)
MASK = torch.ones(4, R, dtype=torch.bool)
WORDS = torch.zeros(3, max(LENGTHS), dtype=torch.long)
WORD_MASK = torch.arange(max(LENGTHS)) < torch.tensor(LENGTHS)[:, None]
WORDS[WORD_MASK] = torch.randint(1, V, (sum(LENGTHS),))
GRU = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")


def draw(*shape):
    return torch.randn(*shape) / (shape[-1] if len(shape) > 1 else 4) ** 0.5


def gru_state(name, inputs, suffix=""):
    shapes = ((3 * D, inputs), (3 * D, D), (3 * D,), (3 * D,))
    return {f"{name}.{part}_l0{suffix}": draw(*shape) for part, shape in zip(GRU, shapes)}


def norm_state(name, scale=0.2):
    """A small scale: affinities are cubic in the regions, and with a large one four layers leave float32's range."""
    return {f"{name}.weight": scale * draw(D), f"{name}.bias": scale * draw(D), f"{name}.running_mean": draw(D),
            f"{name}.running_var": torch.rand(D) + 0.5}


def image_state(kind, seed=1):
    torch.manual_seed(seed)
    state = {"fc.weight": draw(D, F), "fc.bias": draw(D)}
    if kind.startswith("vsrn"):
        state |= gru_state("img_rnn", D)
        for n in range(1, 5):
            for part in ("g", "theta", "phi", "W.0"):
                state |= {f"Rs_GCN_{n}.{part}.weight": draw(D, D)[..., None], f"Rs_GCN_{n}.{part}.bias": draw(D)}
            state |= norm_state(f"Rs_GCN_{n}.W.1")
    return state | (norm_state("bn") if kind == "vsrn-f30k" else {})


def text_state(kind, both=True, seed=2):
    torch.manual_seed(seed)
    state = {"embed.weight": draw(V, E), **gru_state("rnn", E)}
    return state | (gru_state("rnn", E, "_reverse") if kind.startswith("scan") and both else {})


def gru_of(state, name, suffix=""):
    return [state[f"{name}.{part}_l0{suffix}"] for part in GRU]


def normalised(x, state, name):
    scale, shift, mean, var = (plain.double(state[f"{name}.{k}"]) for k in ("weight", "bias", "running_mean", "running_var"))
    return (plain.double(x) - mean) / (var + 1e-5).sqrt() * scale + shift


def across(v):
    """The official helper divides by the norm along dimension 1: of (I, R, D) that is the axis of regions."""
    return v / (v ** 2).sum(1, keepdim=True).sqrt()


def vsrn_images(kind, state):
    v = plain.double(REGIONS) @ plain.double(state["fc.weight"]).T + plain.double(state["fc.bias"])
    v = v if kind == "vsrn-f30k" else across(v)
    for n in range(1, 5):
        part = lambda p, n=n: (state[f"Rs_GCN_{n}.{p}.weight"][..., 0], state[f"Rs_GCN_{n}.{p}.bias"])
        statistics = [state[f"Rs_GCN_{n}.W.1.{k}"] for k in ("running_mean", "running_var", "weight", "bias")]
        v, _ = plain.reason(v, part("theta"), part("phi"), part("g"), part("W.0"), statistics)
    v = across(v)
    last = torch.stack([plain.gru(image, *gru_of(state, "img_rnn"))[0][-1] for image in v])
    last = normalised(last, state, "bn") if kind == "vsrn-f30k" else last
    return last / last.norm(dim=1, keepdim=True), v


def texts_of(state, both=False):
    """Word states and last state of every text."""
    found = []
    for words, n in zip(WORDS, LENGTHS):
        x = state["embed.weight"][words[:n]]
        if both:
            found.append(plain.bigru(x, gru_of(state, "rnn"), gru_of(state, "rnn", "_reverse")))
        else:
            found.append((plain.gru(x, *gru_of(state, "rnn"))[0],) * 2)
            found[-1] = found[-1][0], found[-1][0][-1]
    return found


def close(ours, theirs):
    return torch.allclose(ours.double(), theirs.double(), rtol=1e-4, atol=1e-5)


@torch.no_grad()
def encoded(model, regions=REGIONS):
    return model.encode_images(regions, MASK[:, :regions.shape[1]]), model.encode_texts(WORDS, WORD_MASK)


@pytest.mark.parametrize("kind", ["vsrn-f30k", "vsrn-coco"])
def test_vsrn_encodes_and_scores_as_the_official_code(kind):
    images, texts = encoded(official_model(kind, image_state(kind), text_state(kind)))
    vectors, reasoned = vsrn_images(kind, image_state(kind))
    sentences = torch.stack([last / last.norm() for _, last in texts_of(text_state(kind))])
    assert close(images.vector, vectors) and close(images.parts, reasoned) and close(texts.vector, sentences)
    model = official_model(kind, image_state(kind), text_state(kind))
    assert close(model.match(images, texts).scores, vectors @ sentences.T) and not model.training


@pytest.mark.parametrize("setting", [{}, dict(no_imgnorm=True), dict(use_abs=True), dict(measure="order", use_abs=True)])
def test_vsepp_encodes_and_scores_as_the_official_code(setting):
    model = official_model("vsepp", image_state("vsepp"), text_state("vsepp"), **setting)
    images, texts = encoded(model, REGIONS[:, :1])                               # one vector an image, as the official features
    state = image_state("vsepp")
    x = plain.double(REGIONS[:, 0]) @ plain.double(state["fc.weight"]).T + plain.double(state["fc.bias"])
    x = x if setting.get("no_imgnorm") else plain.rows_of_length_one(x)
    t = torch.stack([last / last.norm() for _, last in texts_of(text_state("vsepp"))])
    x, t = (x.abs(), t.abs()) if setting.get("use_abs") else (x, t)
    scores = x @ t.T
    if "measure" in setting:
        scores = torch.stack([torch.stack([-torch.relu(b - a).pow(2).sum().sqrt() for b in t]) for a in x])
    assert close(images.vector, x) and close(texts.vector, t) and close(model.match(images, texts).scores, scores)


@pytest.mark.parametrize("both", [True, False])
@pytest.mark.parametrize("agg", ["LogSumExp", "Mean", "Sum", "Max"])
@pytest.mark.parametrize("norm", RAW_NORMS)
@pytest.mark.parametrize("kind", ["scan-t2i", "scan-i2t"])
def test_scan_scores_as_the_official_code_in_every_variant(kind, norm, agg, both):
    loud = dict(no_imgnorm=True, no_txtnorm=True) if agg == "Sum" else {}
    model = official_model(kind, image_state(kind), text_state(kind, both), raw_feature_norm=norm, agg_func=agg, lambda_softmax=7,
                           lambda_lse=3.5, **loud)
    images, texts = encoded(model)
    state = image_state(kind)
    v = plain.double(REGIONS) @ plain.double(state["fc.weight"]).T + plain.double(state["fc.bias"])
    words = [states for states, _ in texts_of(text_state(kind, both), both)]
    if not loud:
        v, words = torch.stack([plain.rows_of_length_one(x) for x in v]), [plain.rows_of_length_one(x) for x in words]
    assert close(images.parts, v) and all(close(texts.parts[n, :len(x)], x) for n, x in enumerate(words))
    pool = {"LogSumExp": "lse"}.get(agg, agg.lower())
    wanted = [[plain.scan(a, b, "t-i" if kind == "scan-t2i" else "i-t", pool, 7, 3.5, norm)[0] for b in words] for a in v]
    assert close(model.match(images, texts).scores, torch.tensor(wanted))


def test_the_defaults_are_those_of_the_official_program():
    attention = official_model("scan-i2t", image_state("scan-i2t"), None).attention
    assert (attention.direction, attention.pooling, attention.sharpness, attention.lse) == ("i-t", "lse", 9, 6)


def test_prefixes_counters_and_weight_norm_of_checkpoints_are_understood():
    state = {f"module.{k}": v for k, v in image_state("vsrn-coco").items()}
    state["module.Rs_GCN_1.W.1.num_batches_tracked"] = torch.tensor(9)
    found = official_model("vsrn-coco", state, None).encode_images(REGIONS, MASK).vector
    assert close(found, vsrn_images("vsrn-coco", image_state("vsrn-coco"))[0])
    plainly = image_state("scan-t2i")
    normed = {"fc.weight_v": plainly["fc.weight"] * 3, "fc.weight_g": plainly["fc.weight"].norm(), "fc.bias": plainly["fc.bias"]}
    a, b = (official_model("scan-t2i", state, None).encode_images(REGIONS, MASK).parts for state in (plainly, normed))
    assert close(a, b)


def test_a_side_without_weights_refuses_and_the_other_works():
    model = official_model("scan-t2i", None, text_state("scan-t2i"))
    assert model.encode_texts(WORDS, WORD_MASK).parts.shape == (3, 7, D)
    with pytest.raises(Problem, match="without image_state, so it encodes no images"):
        model.encode_images(REGIONS, MASK)
    with pytest.raises(Problem, match="without text_state, so it encodes no texts"):
        official_model("vsepp", image_state("vsepp"), None).encode_texts(WORDS, WORD_MASK)
    with pytest.raises(Problem, match="needs image_state or text_state"):
        official_model("vsepp", None, None)


@pytest.mark.parametrize("change, said", [
    (lambda s: s.pop("Rs_GCN_3.phi.bias"), r"image_state lacks Rs_GCN_3\.phi\.bias: it is not of an official vsrn-f30k"),
    (lambda s: s.update({"cnn.0.weight": draw(2)}), r"has cnn\.0\.weight, for which there is no place"),
    (lambda s: s.pop("bn.weight"), r"lacks bn\.weight"),
    (lambda s: s.update({"img_rnn.weight_hh_l0": draw(3, 3)}), r"img_rnn\.weight_hh_l0 is \(3, 3\), the other .* \(48, 16\)"),
    (lambda s: s.update({"fc.weight": draw(D)}), r"fc\.weight is \(16,\), expected a matrix"),
])
def test_weights_without_a_place_or_missing_are_named(change, said):
    state = image_state("vsrn-f30k")
    change(state)
    with pytest.raises(Problem, match=said):
        official_model("vsrn-f30k", state, None)


def test_all_layers_missing_is_not_a_model_without_layers():
    state = {k: v for k, v in image_state("vsrn-coco").items() if not k.startswith("Rs_GCN")}
    with pytest.raises(Problem, match="lacks Rs_GCN_1.theta.weight.*Rs_GCN_4"):
        official_model("vsrn-coco", state, None)


def test_wrong_kinds_settings_values_and_pairs_are_told_what_there_is():
    state = image_state("vsepp")
    with pytest.raises(Problem, match="did you mean 'scan-t2i'"):
        official_model("scan-ti", state, None)
    with pytest.raises(Problem, match="did you mean 'lambda_softmax'"):
        official_model("scan-t2i", state, None, lambda_sofmax=3)
    with pytest.raises(Problem, match="no value of agg_func 'Avg'"):
        official_model("scan-t2i", state, None, agg_func="Avg")
    with pytest.raises(Problem, match="space has 16 dimensions, the texts' 8"):
        official_model("vsepp", state, text_state("vsepp") | {"rnn.weight_hh_l0": draw(24, 8)})
    with pytest.raises(Problem, match="text_state is a list, not a state dict"):
        official_model("vsepp", None, [1])
    with pytest.raises(Problem, match="_reverse, for which there is no place"):
        official_model("vsepp", None, text_state("scan-t2i"))


def test_every_kind_is_a_row_of_the_zoo_and_can_be_trained_on():
    for kind in KINDS:
        model = official_model(kind, image_state(kind), text_state(kind)).train()
        images, texts = model.encode_images(REGIONS[:3], MASK[:3]), model.encode_texts(WORDS, WORD_MASK)
        model.match(images, texts).scores.sum().backward()
        assert all(p.grad is None or p.grad.isfinite().all() for p in model.parameters())
