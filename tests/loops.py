"""Readers and losses step by step in numpy, by the names that an Equation gives its weights; independent of the models."""
import numpy as np


def unit(x):
    """Length one."""
    return x / np.sqrt((x * x).sum())


def lstm(x, w, name, h=None):
    """States (W, D) of an LSTM over x (W, E), from h and an empty cell; weights by the names of PyTorch."""
    d = w[f"{name}.weight_hh"].shape[1]
    h, cell, states = np.zeros(d) if h is None else h, np.zeros(d), []
    for now in x:
        a = w[f"{name}.weight_ih"] @ now + w[f"{name}.bias_ih"] + w[f"{name}.weight_hh"] @ h + w[f"{name}.bias_hh"]
        i, f, o = (1 / (1 + np.exp(-a[k * d:(k + 1) * d])) for k in (0, 1, 3))
        cell = f * cell + i * np.tanh(a[2 * d:3 * d])
        h = o * np.tanh(cell)
        states.append(h)
    return np.array(states)


def gru(x, w, name, h=None):
    """States (W, D) of a GRU over x (W, E), from h; weights by the names of PyTorch."""
    d = w[f"{name}.weight_hh"].shape[1]
    h, states = np.zeros(d) if h is None else h, []
    for now in x:
        a, b = w[f"{name}.weight_ih"] @ now + w[f"{name}.bias_ih"], w[f"{name}.weight_hh"] @ h + w[f"{name}.bias_hh"]
        r, z = (1 / (1 + np.exp(-(a + b)[k * d:(k + 1) * d])) for k in (0, 1))
        h = (1 - z) * np.tanh(a[2 * d:] + r * b[2 * d:]) + z * h
        states.append(h)
    return np.array(states)


def bce(p, said):
    """Minus the log-likelihood of a thing that is said, or not."""
    return -np.log(p if said else 1 - p)


def softmax_loss(logits, right):
    """Minus the log-likelihood of the right one."""
    return np.log(np.exp(logits).sum()) - logits[right]
