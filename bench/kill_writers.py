"""Kill a process that writes, at any moment, call it again, and compare: nothing is mixed, all files and weights are the same.

    python bench/kill_writers.py [--kills 40] [--seed 0] [--kinds fit photos tsv]

For `vl.fit`, and for `vsrlab features` of photos and of a TSV: the same call is killed (SIGKILL) after a random time, again and
again, each other time while a second call of the same kind runs beside it; at last it runs to its end, and what it wrote is
compared with what a call wrote that nobody killed: features byte by byte, checkpoints by a digest of all but the seconds.
Processes are forked, so it runs where there is os.fork.
"""
import argparse
import base64
import json
import os
import random
import signal
import sys
import tempfile
import time
import traceback
import warnings
from pathlib import Path

import numpy as np
from PIL import Image

from vsrlab import checkpoint
from vsrlab.data import batches, extraction, tsv
from vsrlab.data.corpus import Corpus
from vsrlab.data.extractors import Regions
from vsrlab.data.photos import extract
from vsrlab.draw.curves import curves
from vsrlab.errors import Problem
from vsrlab.run import Run
from vsrlab.settings import Settings
from vsrlab.training.fit import fit

PHOTOS, REFUSED = 60, 3
SETTINGS = Settings(model="vsrpp", epochs=4, batch=8, rate=1e-3, options={"dim": 8, "layers": 1}, device="cpu")


class Mean:
    """An extractor whose region is the mean colour of its photo."""
    name, version, features, regions, settings = "mean", 1, 3, 1, {}
    grid = {"rows": 1, "columns": 1, "whole": False}

    def __init__(self, pause: float):
        self.pause = pause

    def __call__(self, photo):
        time.sleep(self.pause)
        x = np.asarray(photo, np.float32).reshape(-1, 3).mean(0)[None] / 255
        return Regions(np.float32([[0, 0, 1, 1]]), x, x, ["all"], np.float32([1]))


def photos(place: Path, out: Path, pause: float):
    """`vsrlab features` of photos, safe on the disk every three of them."""
    extraction.EVERY = 3
    extract(place / "photos", place / "c.csv", out, Mean(pause), workers=2, progress=False)


def table(place: Path, out: Path, pause: float):
    """`vsrlab features` of a TSV, with a note after each record."""
    put = tsv.Conversion.put
    tsv._EVERY, tsv.Conversion.put = 1, lambda self, record: (time.sleep(pause), put(self, record))
    tsv.convert(place / "a.tsv", place / "c.csv", out, 2, progress=False)


def training(place: Path, out: Path, pause: float):
    """`vl.fit` of a small model; it is killed while it trains, and while it saves."""
    read = batches.read
    batches.read = lambda *given: (time.sleep(pause), read(*given))[1]
    fit(corpus(), SETTINGS, out=out, ui="none")


def corpus() -> Corpus:
    """Random vectors and captions of one number each."""
    x = np.random.default_rng(0).normal(size=(40, 3, 8)).astype("float32")
    return Corpus("colours", x, [f"a dog, number {n}" for n in range(40)], np.arange(40))


def warm():
    """What is imported late is imported before the first fork; nothing is trained, for torch's gradients do not go through one."""
    with tempfile.TemporaryDirectory() as place:
        fit(corpus(), SETTINGS.but(epochs=0), out=Path(place) / "run", ui="none")
        curves([{"loss": 1.0, "rsum": 1.0, "epoch": 1}] * 2).savefig(Path(place) / "curves.png")


KINDS = {"fit": training, "photos": photos, "tsv": table}


def make(place: Path):
    """Photos of one colour each, their captions, and a TSV with the same numbers."""
    (place / "photos").mkdir(parents=True)
    code = lambda x: base64.b64encode(np.asarray(x, "<f4").tobytes()).decode()
    with open(place / "a.tsv", "w") as records, open(place / "c.csv", "w") as captions:
        captions.write("image,caption,split\n")
        for n in range(PHOTOS):
            if n % 7 != 3:                                              # some photos are missing
                Image.new("RGB", (8, 8), (4 * n, 9, 99)).save(place / "photos" / f"{n}.png")
            captions.write("".join(f"{n}.png,photo {n} {k},{'train' if n % 3 else 'test'}\n" for k in range(1 + n % 2)))
            records.write(f"{n}\t64\t48\t1\t{code([[0, 0, 9, 9]])}\t{code(np.arange(1, 9) * (n + 1) / 9)}\n")


def call(kind: str, place: Path, out: str, pause: float = 0.01) -> int:
    """The number of a process that does the work: it ends with 0, with REFUSED after a sentence of the kit, or with 1."""
    if child := os.fork():
        return child
    try:
        warnings.simplefilter("ignore")
        KINDS[kind](place, place / out, pause)
        os._exit(0)
    except Problem:
        os._exit(REFUSED)
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(1)


def ended(child: int) -> int | None:
    """How a process ended: its status, None where it was killed."""
    status = os.waitpid(child, 0)[1]
    return None if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)


def contents(folder: Path) -> dict:
    """{name: what a file holds}; of a checkpoint the digest, and of all that is written of a run all but the seconds."""
    found = {}
    for path in folder.iterdir():
        if path.suffix == ".pt":
            content = checkpoint.load(path)
            found[path.name] = checkpoint.digest({k: v for k, v in content.items() if k not in ("log", "seconds")}
                                                 | {"log": [_timeless(line) for line in content["log"]]})
        elif path.name == "log.jsonl":
            found[path.name] = [_timeless(json.loads(line)) for line in path.read_text().splitlines()]
        else:
            found[path.name] = path.name in ("history.csv", "curves.png") or path.read_bytes()
    return found


def _timeless(line: dict) -> dict:
    return {name: x for name, x in line.items() if name != "seconds"}


def survives(kind: str, place: Path, kills: int, seed: int) -> tuple:
    """(kills that hit a running process, calls that were refused beside another, "" or what was otherwise than without kills)."""
    rng, hit, refused, began = random.Random(seed), 0, 0, time.monotonic()
    if ended(call(kind, place, "whole")):
        return 0, 0, "the call that nobody killed failed"
    took, done = time.monotonic() - began, False
    for n in range(kills):
        several = [call(kind, place, "out") for _ in range(1 + n % 2)]
        time.sleep(rng.random() * took / 2)
        for one in several:
            os.kill(one, signal.SIGKILL)
        how = [ended(one) for one in several]
        hit, refused, done = hit + how.count(None), refused + how.count(REFUSED), done or 0 in how
        if 1 in how:
            return hit, refused, "a call ended with an error that is none of the kit's"
        if kind == "fit" and (place / "out" / "best.pt").exists():
            with warnings.catch_warnings(action="ignore"):
                Run.load(place / "out")
        if done:                                                         # the work was done before the kill
            break
    if not done and (how := ended(call(kind, place, "out"))):
        return hit, refused, f"the last call ended with {how}"
    one, other = contents(place / "whole"), contents(place / "out")
    return hit, refused, ", ".join(name for name in sorted({*one, *other}) if one.get(name) != other.get(name))


def main(kills: int, seed: int, kinds) -> int:
    """Each kind in rounds of five kills, for they are done after some -> 1 when a round ended otherwise."""
    wrong = 0
    warm()
    for kind in kinds:
        hits, refusals, rounds, bad = 0, 0, 0, []
        while hits < kills:
            with tempfile.TemporaryDirectory() as place:
                make(Path(place) / "x")
                hit, refused, otherwise = survives(kind, Path(place) / "x", 5, seed + rounds)
            hits, refusals, rounds = hits + hit, refusals + refused, rounds + 1
            bad += [otherwise] if otherwise else []
        wrong += len(bad)
        print(f"{kind}: {hits} kills in {rounds} rounds, {refusals} calls refused beside another, {len(bad)} rounds ended "
              f"otherwise {bad or ''}", flush=True)
    return 1 if wrong else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=40, help="of each kind")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=list(KINDS))
    given = parser.parse_args()
    sys.exit(main(given.kills, given.seed, given.kinds))
