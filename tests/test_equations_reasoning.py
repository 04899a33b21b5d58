"""The equation of VSR++, worked out by plain float64 loops, one region, one word and one pair at a time."""
import plain
import torch
from test_equations_pairs import X, affine, close, weights

import vsrlab as vl


def given(name):
    """(weights by the paper's names, what the model makes of X)."""
    equation = vl.zoo_equation(name)
    w = weights(equation)
    for key in w:                                                               # four steps of three products each: small numbers
        w[key] = w[key].abs() + 0.5 if "running_var" in key else w[key] / 2 if key.startswith("layer") else w[key]
    equation.load({key: value.numpy() for key, value in w.items()})
    return w, {key: value.detach() for key, value in equation.run(X).items()}


def gru(w, name, x):
    return plain.gru(x, *(w[f"{name}.{part}"] for part in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")))[0]


def reasoned(w, i, layers=4):
    """The regions of an image before and after each step, and the affinity of each step: of its real regions."""
    v = torch.stack([affine(w, "embed", f) for f, real in zip(X["regions"][i], X["region_mask"][i]) if real])
    v, affinities = plain.rows_of_length_one(v), []
    steps = [v]
    for n in range(1, layers + 1):
        q, k, g = (torch.stack([affine(w, f"layer.{n}.{part}", x) for x in v]) for part in ("theta", "phi", "g"))
        r = torch.stack([torch.stack([a @ b / len(v) for b in k]) for a in q])
        y = torch.stack([w[f"layer.{n}.update.weight"] @ sum(r[a, b] * g[b] for b in range(len(v))) for a in range(len(v))])
        bn = {part: w[f"layer.{n}.bn.{part}"] for part in ("weight", "bias", "running_mean", "running_var")}
        v = v + (y - bn["running_mean"]) / (bn["running_var"] + 1e-5).sqrt() * bn["weight"] + bn["bias"]
        affinities.append(r), steps.append(v)
    return torch.stack(steps), torch.stack(affinities)


def test_vsrpp():
    w, found = given("vsrpp")
    images, texts = [], []
    for i in range(4):
        steps, affinity = reasoned(w, i)
        real = len(steps[0])
        close(found["layers"][i, :, :real], steps), close(found["affinity"][i, :, :real, :real], affinity)
        u = plain.rows_of_length_one(steps[-1])
        last = gru(w, "memory", u)[-1]
        images.append((last / last.norm(), u))
    for t in range(4):
        x = torch.stack([w["words.weight"][word] for word in X["words"][t][X["word_mask"][t]]])
        there, back = gru(w, "gru", x), gru(w, "gru_back", x.flip(0)).flip(0)
        whole = (there[-1] + back[0]) / 2
        texts.append((whole / whole.norm(), plain.rows_of_length_one((there + back) / 2)))
    close(found["v"], torch.stack([v for v, _ in images])), close(found["t"], torch.stack([t for t, _ in texts]))
    whole, local = (torch.zeros(4, 4).double() for _ in range(2))
    for i, (v, u) in enumerate(images):
        for t, (c, e) in enumerate(texts):
            whole[i, t] = v @ c
            local[i, t], attention, _ = plain.scan(u, e)
            close(found["attention"][i, t, :len(e), :len(u)], torch.as_tensor(attention))
    close(found["global"], whole), close(found["local"], local), close(found["scores"], local + 2 * whole)
    hardest = lambda s: sum(max(max(0.0, float(0.2 - s[b, b] + x)) for n, x in enumerate(line) if n != b)
                            for b in range(4) for line in (s[b], s[:, b]))
    close(found["loss_simi"], hardest(local + 2 * whole)), close(found["loss_loss"], hardest(local) + 2 * hardest(whole))
