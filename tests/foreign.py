"""Scores and vectors as another program might have written them: 8 images, five texts each."""
from pathlib import Path

import numpy as np
import torch

I, T = 8, 40
OWNER = np.repeat(np.arange(I), 5)
IDS = [f"photo{i}.jpg" for i in range(I)]
TEXTS = [f"sentence {t} about photo {t // 5}" for t in range(T)]
RNG = np.random.default_rng(0)
SCORES = RNG.standard_normal((I, T)).astype(np.float32)
IMAGES, WORDS = RNG.standard_normal((I, 16)).astype(np.float32), RNG.standard_normal((T, 16)).astype(np.float32)


def write(path, x=SCORES):
    """The array in the format of its ending."""
    kind = Path(path).suffix
    if kind == ".npy":
        np.save(path, x)
    elif kind == ".npz":
        np.savez(path, sims=x)
    elif kind in (".pt", ".pth"):
        torch.save(torch.from_numpy(x), path)
    else:
        np.savetxt(path, x, delimiter="\t" if kind == ".tsv" else ",", fmt="%.9g")
    return path
