"""Turn a bit of best.pt or last.pt, and open the run, or go on with it: refused, or the same numbers; and what the digest costs.

    python bench/flip_checkpoints.py [--flips 200] [--seed 0] [--megabytes 200]

Exits with 1 when a changed file was taken with other numbers, or ended in anything but one sentence of the kit.
"""
import argparse
import random
import shutil
import sys
import tempfile
import time
import warnings
from collections import Counter
from pathlib import Path

import torch

from vsrlab import checkpoint
from vsrlab.data.scenes.corpus import scenes
from vsrlab.errors import Problem
from vsrlab.files import write
from vsrlab.run import Run
from vsrlab.settings import Settings
from vsrlab.training.fit import fit

SETTINGS = Settings(model="vsrpp", epochs=2, batch=16, rate=1e-3, options={"dim": 16, "layers": 1}, device="cpu")


def made(folder: Path) -> tuple:
    """(corpus, {"best": fingerprint, "last": ..., "on": after one more epoch}) of a small run in `folder`/run."""
    corpus = scenes(images=40, seed=1)
    fit(corpus, SETTINGS, out=folder / "run", ui="none")
    shutil.copytree(folder / "run", folder / "on")
    told = {name: Run.load(folder / "run", name).fingerprint for name in ("best", "last")}
    fit(corpus, SETTINGS.but(epochs=3), out=folder / "on", ui="none")
    return corpus, {**told, "on": Run.load(folder / "on", "last").fingerprint}


def turned(folder: Path, name: str, rng: random.Random):
    """A copy of the run as it was made, with one bit of a checkpoint turned."""
    shutil.rmtree(folder / "copy", ignore_errors=True)
    shutil.copytree(folder / "run", folder / "copy")
    data = bytearray((folder / "copy" / f"{name}.pt").read_bytes())
    data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    (folder / "copy" / f"{name}.pt").write_bytes(data)


def outcome(folder: Path, name: str, rng: random.Random, corpus, told: dict, goes_on: bool) -> str:
    """"refused", "same numbers" or what went wrong, after one bit of a checkpoint was turned."""
    turned(folder, name, rng)
    try:
        found = Run.load(folder / "copy", name).fingerprint
        if goes_on:
            fit(corpus, SETTINGS.but(epochs=3), out=folder / "copy", ui="none")
            found, name = Run.load(folder / "copy", "last").fingerprint, "on"
    except Problem as problem:
        said = str(problem)
        return "refused" if "\n" not in said and len(said) < 600 else f"said {said!r}"
    except Exception as error:
        return f"ended in {type(error).__name__}: {error}"
    return "same numbers" if found == told[name] else "OTHER NUMBERS"


def flips(count: int, seed: int = 0) -> dict:
    """{name: {outcome: how often}} of `count` turned bits in each file; every tenth copy of last.pt is trained on."""
    with tempfile.TemporaryDirectory() as place, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        corpus, told = made(Path(place))
        return {name: Counter(outcome(Path(place), name, random.Random(f"{seed} {name} {n}"), corpus, told,
                                      name == "last" and n % 10 == 0) for n in range(count)) for name in ("best", "last")}


def cost(megabytes: int, times: int = 9) -> float:
    """How many times as much time of a processor saving takes with a digest as without, the two in turn; the least of each."""
    content = {"model": {f"w{n}": torch.randn(megabytes << 14) for n in range(16)}, "log": [{"epoch": 1, "rsum": 3.0}] * 30}
    took = {"with": [], "without": []}
    with tempfile.TemporaryDirectory() as place:
        for _ in range(times):
            for how, save in (("without", lambda p: write(p, lambda file: torch.save(content, file))),
                              ("with", lambda p: checkpoint.save(p, content))):
                began = time.process_time()
                save(Path(place) / "x.pt")
                took[how].append(time.process_time() - began)
    return min(took["with"]) / min(took["without"])


def main(count: int, seed: int, megabytes: int) -> int:
    """Prints both tables -> 1 when a changed file was taken with other numbers."""
    found = flips(count, seed)
    for name, outcomes in found.items():
        print(f"{name}.pt, {count} bits turned: {dict(outcomes)}")
    print(f"saving {megabytes} MB: {cost(megabytes):.2f} x of saving without a digest")
    print(f"saving 2 MB: {cost(2, 40):.2f} x")
    return int(any(set(outcomes) - {"refused", "same numbers"} for outcomes in found.values()))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--flips", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--megabytes", type=int, default=200)
    given = parser.parse_args()
    sys.exit(main(given.flips, given.seed, given.megabytes))
