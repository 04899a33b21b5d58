"""Equations of the systems whose training goes in stages, worked out by plain float64 loops, one pair and one part at a time."""
import numpy as np
import torch
from test_equations_pairs import X as SENTENCES
from test_equations_pairs import affine, close, weights

import vsrlab as vl

X = {**SENTENCES, "states": torch.randn(4, 6, 3, generator=torch.Generator().manual_seed(5)).double()}


def given(name):
    """(weights by the paper's names, what the model makes of X)."""
    equation = vl.zoo_equation(name)
    w = weights(equation)
    equation.load({key: value.numpy() for key, value in w.items()})
    return w, {key: value.detach() for key, value in equation.run(X).items()}


# SAEM


def layer_norm(w, name, x):
    return (x - x.mean()) / ((x - x.mean()).square().mean() + 1e-5).sqrt() * w[f"{name}.weight"] + w[f"{name}.bias"]


def saem_image(w, i, heads=2):
    """v of an image and the attention of its real regions (H, R, R)."""
    xs = [affine(w, "embed", f) for f, real in zip(X["regions"][i], X["region_mask"][i]) if real]
    q, k, v = ([affine(w, name, x).view(heads, -1) for x in xs] for name in ("query", "key", "value"))
    attention, out = torch.zeros(heads, len(xs), len(xs)).double(), []
    for r, x in enumerate(xs):
        read = []
        for h in range(heads):
            e = torch.stack([torch.exp(q[r][h] @ k[s][h] / q[r].shape[1] ** 0.5) for s in range(len(xs))])
            attention[h, r] = e / e.sum()
            read.append(sum(attention[h, r, s] * v[s][h] for s in range(len(xs))))
        x = layer_norm(w, "norm_attention", x + affine(w, "out", torch.cat(read)))
        inner = affine(w, "inner", x)
        out.append(layer_norm(w, "norm_inner", x + affine(w, "outer", inner * (1 + torch.erf(inner / 2 ** 0.5)) / 2)))
    mean = sum(out) / len(out)
    return mean / mean.norm(), attention


def saem_text(w, t):
    """t of a text, from the vectors of its words."""
    words, most = X["states"][t][X["word_mask"][t]], []
    for width in (1, 2, 3):
        kernel, bias = w[f"conv.{width}.weight"], w[f"conv.{width}.bias"]
        sums = [sum(kernel[:, :, n] @ words[at + n] for n in range(width)) + bias for at in range(len(words) - width + 1)]
        most.append(torch.relu(torch.stack(sums)).amax(0))
    t = affine(w, "fc", torch.cat(most))
    return t / t.norm()


def test_saem():
    w, found = given("saem")
    images, t = [saem_image(w, i) for i in range(4)], torch.stack([saem_text(w, n) for n in range(4)])
    v = torch.stack([image[0] for image in images])
    close(found["v"], v), close(found["t"], t)
    for i, (_, attention) in enumerate(images):
        short = 5 - attention.shape[1]
        close(found["attention"][i], np.pad(attention, ((0, 0), (0, short), (0, short))))
    scores, angular, rank = v @ t.T, 0.0, 0.0
    for a, p, s in ((v, t, scores), (t, v, scores.T)):
        for b in range(4):
            wrong = [n for n in range(4) if n != b]
            angular += float(torch.log(1 + torch.exp(max(4 * (a[b] + p[b]) @ p[n] - 4 * a[b] @ p[b] for n in wrong))))
            rank += max(max(0.0, 0.2 - float(s[b, b] - s[b, n])) for n in wrong)
    matrices = ("embed", "query", "key", "value", "out", "inner", "outer")
    norms = sum(float(w[f"{name}.weight"].square().sum().sqrt()) for name in matrices)
    close(found["angular"], angular), close(found["norms"], norms), close(found["rank"], rank)
    close(found["loss"], rank + 0.5 * angular + 0.01 * norms)
