"""Equations that no file of golden numbers here holds, worked out by plain float64 loops, one pair and one part at a time."""
import numpy as np
import pytest
import torch

import vsrlab as vl
from vsrlab.zoo import build

X = {"regions": torch.randn(4, 5, 6, generator=torch.Generator().manual_seed(0)).double(), "region_mask": torch.ones(4, 5).bool(),
     "words": torch.tensor([[1, 5, 7, 9, 4, 2], [1, 6, 2, 0, 0, 0], [1, 8, 10, 2, 0, 0], [1, 11, 6, 5, 2, 0]]),
     "image": torch.tensor([0, 1, 1, 2]), "wrong_text": torch.tensor([3, 0, 0, 1])}
X["word_mask"], X["region_mask"][3, 4], X["regions"][3, 4], X["regions"][2] = X["words"] > 0, False, 0, X["regions"][1].clone()
sigma = torch.sigmoid


def weights(equation, seed=3) -> dict:
    """Random weights by the paper's names, in the shapes of the small model."""
    torch.manual_seed(seed)
    sizes, w = dict(equation.sizes), {}
    state = build(equation.name, sizes.pop("features"), sizes.pop("vocabulary"), **sizes).state_dict()
    for name, key in equation.names.items():
        key, how = key if isinstance(key, tuple) else (key, "")
        shape = state[key].squeeze(int(how.split()[1])).shape if how.startswith("unsqueeze") else state[key].shape
        w[name] = (torch.randn(shape) * 0.7).double()
    return w


def given(name):
    """(weights by the paper's names, what the model makes of X)."""
    equation = vl.zoo_equation(name)
    w = weights(equation)
    equation.load({key: value.numpy() for key, value in w.items()})
    return w, {key: value.detach() for key, value in equation.run(X).items()}


def lstm_step(w, name, x, h, c):
    """One step of an LSTM: gates input, forget, cell, output."""
    z = w[f"{name}.weight_ih"] @ x + w[f"{name}.bias_ih"] + w[f"{name}.weight_hh"] @ h + w[f"{name}.bias_hh"]
    i, f, g, o = z.chunk(4)
    c = sigma(f) * c + sigma(i) * torch.tanh(g)
    return sigma(o) * torch.tanh(c), c


def bilstm(w, words):
    """words (W,) ids -> forward and backward states, a list (W,) of each."""
    found = []
    for name, order in (("lstm", 1), ("lstm_back", -1)):
        d = w[f"{name}.weight_hh"].shape[1]
        h, c, states = torch.zeros(d).double(), torch.zeros(d).double(), []
        for word in words.tolist()[::order]:
            h, c = lstm_step(w, name, w["words.weight"][word], h, c)
            states.append(h)
        found.append(states[::order])
    return found


def affine(w, name, x):
    return w[f"{name}.weight"] @ x + w.get(f"{name}.bias", torch.zeros(1).double())


def hinges(scores, margin=0.2):
    """Sum of hinges; every other answer is wrong."""
    n = len(scores)
    return sum(max(0.0, margin - float(scores[i, i]) + float(wrong)) for i in range(n) for j in range(n) if j != i
               for wrong in (scores[i, j], scores[j, i]))


def close(found, wanted):
    assert np.allclose(found, wanted, rtol=0, atol=1e-9)


# sm-LSTM


def saliency(w, side, form, parts, context, state):
    """(P,) of one side of one pair."""
    of_c, of_h = affine(w, f"{side}.of_context", context), affine(w, f"{side}.of_state", state)
    p = []
    for part in parts:
        of_p = affine(w, f"{side}.of_part", part)
        inside = sigma(of_c + of_p + of_h) if form == "joint" else sigma(of_c) + sigma(of_p) + sigma(of_h)
        p.append(torch.exp(w[f"{side}.strength.weight"][0] @ inside))
    return torch.stack(p) / sum(p)


def smlstm(w, form, i, t, looks=3):
    """Score of a pair and its saliencies (K, R), (K, W)."""
    a = [affine(w, "embed", f) for f, real in zip(X["regions"][i], X["region_mask"][i]) if real]
    ahead, back = bilstm(w, X["words"][t][X["word_mask"][t]])
    words, n, m = [torch.cat(both) for both in zip(ahead, back)], torch.cat([ahead[-1], back[0]]), sum(a) / len(a)
    h, c, ps, qs = torch.zeros(4).double(), torch.zeros(4).double(), [], []
    for _ in range(looks):
        p, q = saliency(w, "image", form, a, m, h), saliency(w, "text", form, words, n, h)
        one, other = sum(x * y for x, y in zip(p, a)), sum(x * y for x, y in zip(q, words))
        both = torch.relu(affine(w, "compare.image", one) + affine(w, "compare.text", other))
        h, c = lstm_step(w, "looks", affine(w, "compare.out", both), h, c)
        ps.append(p), qs.append(q)
    return affine(w, "score", sigma(affine(w, "score.hidden", h)))[0], torch.stack(ps), torch.stack(qs)


@pytest.mark.parametrize("form", ["joint", "printed"])
def test_sm_lstm(form):
    w, found = given("sm_lstm")
    scores, penalty = torch.zeros(4, 4).double(), 0.0
    for i in range(4):
        for t in range(4):
            scores[i, t], p, q = smlstm(w, form, i, t)
            close(found[f"saliency_image_{form}"][i, t], np.pad(p, ((0, 0), (0, 5 - p.shape[1]))))
            close(found[f"saliency_text_{form}"][i, t], np.pad(q, ((0, 0), (0, 6 - q.shape[1]))))
            if i == t:
                penalty += float(sum((1 - x.sum(0)).square().sum() for x in (p, q))) / 4
    close(found[f"scores_{form}"], scores)
    close(found[f"rank_{form}"], hinges(scores))
    close(found[f"regulariser_{form}"], penalty)
    close(found[f"loss_{form}"], hinges(scores) + 0.1 * penalty)


# m-CNN


def mcnn(w, level, i, t, length=30):
    """Score of a pair at one level, over all slots of the sentence."""
    regions = X["regions"][i][X["region_mask"][i]]
    image = torch.relu(affine(w, "embed", sum(regions) / len(regions)))
    slots = [w["words.weight"][word] for word in X["words"][t][X["word_mask"][t]].tolist()]
    real = [True] * len(slots) + [False] * (length - len(slots))
    slots += [torch.zeros(3).double()] * (length - len(slots))
    for n, joins in enumerate(("wd", "phs", "phl")):
        windows = [torch.cat(slots[at:at + 3] + ([image] if level == joins else [])) for at in range(len(slots) - 2)]
        gate = [any(real[at:at + 3]) for at in range(len(slots) - 2)]
        maps = [torch.relu(affine(w, f"{level}.{n + 1}", x)) * g for x, g in zip(windows, gate)]
        slots = [torch.maximum(maps[at], maps[at + 1]) for at in range(0, len(maps) - 1, 2)]
        real = [gate[at] or gate[at + 1] for at in range(0, len(maps) - 1, 2)]
    joint = torch.cat(slots + ([image] if level == "st" else []))
    return affine(w, f"{level}.score", torch.relu(affine(w, f"{level}.hidden", joint)))[0]


def test_mcnn():
    w, found = given("mcnn")
    total = 0
    for level in ("wd", "phs", "phl", "st", ""):
        scores = torch.stack([torch.stack([mcnn(w, level, i, t) for t in range(4)]) for i in range(4)]) if level else total
        total = total + scores if level else total
        close(found[f"scores_{level}".rstrip("_")], scores)
        close(found[f"loss_{level}".rstrip("_")], sum(max(0.0, 0.5 - float(scores[i, i] - scores[i, t]))
                                                      for i, t in enumerate(X["wrong_text"].tolist())))
