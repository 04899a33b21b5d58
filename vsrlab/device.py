"""Where and how exactly numbers are computed: device, precision, the product of float32, seeds."""
import os
import re
import time
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from functools import cache
from typing import NamedTuple

import numpy as np
import torch

from vsrlab.errors import Problem
from vsrlab.settings import Settings

PRODUCTS = ("highest", "medium")        # of torch.set_float32_matmul_precision; on a CPU: MKL, and oneDNN where torch has it
EXACT = 1e-6                            # error of an exact product of float32, relative to its largest number
GAIN = 1.25                             # "medium" has to be so much faster, so that chance does not choose between equals
TURNS = 7
_open = ContextVar("product", default="")       # of the block of `exact_products` that is open


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
    with _set("high") if auto else nullcontext(), torch.autocast(device.type, torch.bfloat16, enabled=half):
        yield


class Tried(NamedTuple):
    """One product of float32, as this CPU computes it."""
    seconds: tuple      # of each turn, processor time where the system counts it finely
    error: float        # against float64, relative to the largest number


def tried() -> dict:
    """{"highest": Tried, "medium": Tried}: both products in turns, on some threads as torch has them now.  About 0.1 s.

    "medium" allows torch to compute in bfloat16.  CPUs that cannot do that compute in float32, and torch then asks another
    library, which is twice as fast on many AMD processors.
    """
    draw = np.random.default_rng(0)
    a, b = (torch.from_numpy(draw.standard_normal(shape, np.float32)) for shape in ((192, 768), (768, 512)))
    clock = time.process_time if time.get_clock_info("process_time").resolution < 1e-5 else time.perf_counter
    exact, seconds, error = a.double() @ b.double(), {name: [] for name in PRODUCTS}, {}
    with torch.inference_mode():
        for turn in range(TURNS + 1):                                    # the first one is not measured
            for name in PRODUCTS:
                with _set(name):
                    began = clock()
                    found = a @ b
                    seconds[name] += [clock() - began] * bool(turn)
                error[name] = float((found.double() - exact).abs().max() / exact.abs().max())
    return {name: Tried(tuple(seconds[name]), error[name]) for name in PRODUCTS}


def fastest(products: dict) -> str:
    """"medium" where it is exact and, in all turns but one, clearly faster; otherwise torch's own choice, "highest".

    Processes of one machine should choose alike, also on a busy one.
    """
    own, other = products["highest"], products["medium"]
    won = sum(b * GAIN < a for a, b in zip(own.seconds, other.seconds))
    return "medium" if other.error < EXACT and won >= len(own.seconds) - 1 else "highest"


@cache
def product() -> str:
    """The product of float32 that this process uses on a CPU: tried once; VSRLAB_PRODUCT=highest or medium decides it by hand."""
    asked = os.environ.get("VSRLAB_PRODUCT", "") or "auto"
    if asked not in ("auto", *PRODUCTS):
        raise Problem(f"VSRLAB_PRODUCT={asked}: it is 'auto', 'highest' or 'medium'.")
    return fastest(tried()) if asked == "auto" else asked


def same_product(former: str | None) -> str:
    """The product that an earlier process took, if it is exact here; else this process's own.  None: nothing is known of it."""
    known = former in PRODUCTS and (former == "highest" or tried()[former].error < EXACT)
    return former if known else product()


@contextmanager
def exact_products(name: str = ""):
    """Products of float32 as fast as they are exact: `name`, or what `product` says.  Also a decorator.

    Afterwards torch is as it was.  A block within another keeps the outer one's product.  Where torch sees a GPU, or where a
    person has set a precision of their own, nothing is changed.
    """
    if _open.get() or torch.cuda.is_available() or _precision() != "highest":
        yield
        return
    chosen = name or product()
    token = _open.set(chosen)
    try:
        with _set(chosen):
            yield
    finally:
        _open.reset(token)


@contextmanager
def _set(name: str):
    former = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision(name)
    try:
        yield
    finally:
        torch.set_float32_matmul_precision(former)


def _precision() -> str:
    """What the person has set; "" when it was set by torch's newer switches, which this one must not be mixed with."""
    try:
        return torch.get_float32_matmul_precision()
    except RuntimeError:
        return ""


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
