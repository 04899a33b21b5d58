"""The equations by hand: numpy in float64, a function a line, written for reading.  Axes as in values.py, without I and T."""
import numpy as np

EPS = 1e-8


def unit(x, axis: int = -1):
    """Length one along an axis; zeros stay zeros."""
    return x / np.maximum(np.linalg.norm(x, axis=axis, keepdims=True), EPS)


def linear(p, name: str, x):
    """x (..., in) through the layer of that name: x W' + b, without b where the layer has none."""
    bias = p.weight(f"{name}.bias")
    return x @ p.weight(f"{name}.weight").T + (0 if bias is None else bias)


def sigmoid(x):
    """1 / (1 + exp(-x))"""
    return 1 / (1 + np.exp(-x))


def softmax(x, axis: int = -1):
    """exp(x) by its sum along an axis."""
    power = np.exp(x - x.max(axis=axis, keepdims=True))
    return power / power.sum(axis=axis, keepdims=True)


def leaky(x, slope: float = 0.1):
    """What is negative counts a tenth."""
    return np.where(x > 0, x, slope * x)


def batch_norm(p, name: str, x):
    """x (..., D) by the running mean and variance, scale and shift of the layer of that name."""
    mean, variance, scale, shift = (p.weight(f"{name}.{part}") for part in ("running_mean", "running_var", "weight", "bias"))
    return (x - mean) / np.sqrt(variance + 1e-5) * scale + shift


def layer_norm(p, name: str, x):
    """x (..., D) by its own mean and variance along D."""
    centred = x - x.mean(-1, keepdims=True)
    return centred / np.sqrt((centred ** 2).mean(-1, keepdims=True) + 1e-5) * p.weight(f"{name}.weight") + p.weight(f"{name}.bias")


def gru(p, name: str, x, back: bool = False) -> dict:
    """A GRU over x (P, F) in torch's convention, h = (1 - z) n + z h: {"z", "r", "n", "h"}, each (P, D).

    back  the direction that reads from the end
    """
    end = "_l0_reverse" if back else "_l0"
    w, u, b, c = (p.weight(f"{name}.{part}{end}") for part in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"))
    (w_r, w_z, w_n), (u_r, u_z, u_n), (b_r, b_z, b_n), (c_r, c_z, c_n) = (np.split(part, 3) for part in (w, u, b, c))
    h, found = np.zeros(len(u_r)), {key: [] for key in "zrnh"}
    for now in x[::-1] if back else x:
        r = sigmoid(w_r @ now + b_r + u_r @ h + c_r)
        z = sigmoid(w_z @ now + b_z + u_z @ h + c_z)
        n = np.tanh(w_n @ now + b_n + r * (u_n @ h + c_n))
        h = (1 - z) * n + z * h
        for key, value in zip("zrnh", (z, r, n, h)):
            found[key].append(value)
    return {key: np.array(values[::-1] if back else values) for key, values in found.items()}


def read_text(p, name: str) -> tuple:
    """The words of the pair through a TextEncoder of that name: states (W, D) and the vector (D,), neither of unit length."""
    x = p.weight(f"{name}.embed.weight")[p.words]
    ahead = gru(p, f"{name}.gru", x)["h"]
    if p.weight(f"{name}.gru.weight_ih_l0_reverse") is None:
        return ahead, ahead[-1]
    back = gru(p, f"{name}.gru", x, back=True)["h"]
    return (ahead + back) / 2, (ahead[-1] + back[0]) / 2


def costs(scores, right, margin: float):
    """(2, B, B): what each wrong answer costs, texts of an image first, images of a text second."""
    own = np.diagonal(scores)
    return np.where(right, 0, np.maximum(0, margin + scores - np.stack([np.broadcast_to(own[:, None], scores.shape),
                                                                        np.broadcast_to(own, scores.shape)])))


def sum_of_hinges(cost) -> float:
    """Every wrong answer counts: cost (2, B, B)."""
    return cost.sum()


def max_of_hinges(cost) -> float:
    """The costliest of each row and of each column counts."""
    return cost[0].max(1).sum() + cost[1].max(0).sum()
