"""Where and how exactly numbers are computed: device, precision, seeds."""
import os
import re
from contextlib import contextmanager

import numpy as np
import torch

from vsrlab.errors import Problem
from vsrlab.settings import Settings


def choose_device(name: str) -> torch.device:
    """"auto": a GPU if there is one (each process of torchrun its own); otherwise the device of that name."""
    local = int(os.environ.get("LOCAL_RANK", 0))
    if not re.fullmatch("auto|cpu|cuda(:(0|[1-9][0-9]?))?", str(name)):
        raise Problem(f"no device {name!r}; there are 'auto', 'cpu', 'cuda' and 'cuda:1'.")
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    device = torch.device(name)
    if device.type == "cuda" and (device.index or local) >= torch.cuda.device_count():
        raise Problem(f"device={name!r} was asked for, but torch finds {torch.cuda.device_count() or 'no'} GPU here; "
                      "take device='auto' or 'cpu', or install a torch built for your GPU (vsrlab doctor says which you have).")
    return torch.device("cuda", local) if name == "cuda" else device


@contextmanager
def precision(settings: Settings, device: torch.device):
    """bfloat16 products and TF32 where the GPU has them and the settings allow; float32 on a CPU unless asked otherwise."""
    auto = settings.precision == "auto" and device.type == "cuda"
    half = settings.precision == "bfloat16" or auto and torch.cuda.is_bf16_supported()
    former = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision("high" if auto else former)
    try:
        with torch.autocast(device.type, torch.bfloat16, enabled=half):
            yield
    finally:
        torch.set_float32_matmul_precision(former)


@contextmanager
def seeded(seed: int, device: torch.device):
    """Everything random in here follows from the seed; outside, random numbers go on as if nothing had been."""
    if seed < 0:
        raise Problem(f"seed={seed}: a seed is 0 or more.")
    with torch.random.fork_rng([device] if device.type == "cuda" else []):
        torch.manual_seed(seed)
        yield


def seed_of(*numbers: int) -> int:
    """One seed from several numbers: (seed, epoch, step, process)."""
    return int(np.random.SeedSequence(numbers).generate_state(1, np.uint64)[0] >> np.uint64(1))
