"""The GPU path, tried on a GPU: training in two precisions, kill and resume, explanations, large scores, two processes.

    python bench/gpu.py                        on a machine with a GPU; some ten minutes
    python bench/gpu.py --device cpu --small   the same steps on a small scale: does the script itself work?

Prints one table in Markdown.  A step that fails is a row with its error, and the script ends with 1.
"""
import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import torch
from bench_scores import sides

import vsrlab as vl
from vsrlab.scoring import score_all
from vsrlab.zoo import build

SIZES = {False: dict(train=1200, test=300, epochs=6, dim=128, gallery=(5000, 25000, 1024)),
         True: dict(train=120, test=40, epochs=2, dim=16, gallery=(50, 250, 64))}
CHILD = """
import json, sys
import vsrlab as vl
out, images, settings = sys.argv[1], int(sys.argv[2]), vl.Settings(**json.loads(sys.argv[3]))
vl.fit(vl.scenes(images=images, seed=1), settings, out=out, ui="text")
"""


def settings(asked, size, **changes) -> vl.Settings:
    return vl.Settings.scenes("vsrpp", seed=3, epochs=size["epochs"], device=asked.device,
                              options={"dim": size["dim"]}).but(**changes)


def child(out, size, chosen: vl.Settings, *launcher) -> subprocess.Popen:
    """A training in a process of its own; torchrun starts several."""
    code = Path(out).parent / "child.py"
    code.write_text(CHILD)
    return subprocess.Popen([sys.executable, *launcher, str(code), str(out), str(size["train"]), chosen.to_json()],
                            stdout=subprocess.PIPE, text=True, start_new_session=True)


def training(asked, size, folder, precision):
    """Seconds an epoch, and the recall on scenes that were not seen."""
    began = time.perf_counter()
    chosen = settings(asked, size, precision=precision)
    run = vl.fit(vl.scenes(images=size["train"], seed=1), chosen, out=folder / precision, ui="none")
    seconds = (time.perf_counter() - began) / size["epochs"]
    result = vl.evaluate(run, vl.scenes(images=size["test"], seed=2, split="test"))
    return f"{seconds:.2f} s an epoch, rsum {result['rsum']:.1f} on {size['test']} scenes"


def resumed(asked, size, folder):
    """A training that is killed after its first epoch and called again has the weights of one that nobody killed."""
    chosen = settings(asked, size, precision="float32")
    one = child(folder / "killed", size, chosen)
    next(line for line in one.stdout if line.startswith("epoch"))
    os.killpg(one.pid, signal.SIGKILL)
    one.wait()
    if child(folder / "killed", size, chosen).wait():
        raise RuntimeError("the second call failed")
    whole, again = (vl.Run.load(folder / name).model.state_dict() for name in ("float32", "killed"))
    gap = max(float((whole[name].float() - again[name].float()).abs().max()) for name in whole)
    return "the very same weights" if gap == 0 else f"weights differ by at most {gap:.1e}"


def opened(device, size, folder) -> tuple:
    """The run that was trained in float32, on a device, and scenes that it has not seen."""
    run = vl.Run.load(folder / "float32").to(torch.device(device))
    return run, vl.scenes(images=size["test"], seed=2, split="test")


def explained(asked, size, folder):
    """The same pair on this device and on the CPU."""
    scores = []
    for device in (asked.device, "cpu"):
        run, corpus = opened(device, size, folder)
        scores.append(vl.explain(run, vl.index(run, corpus), 0, 0).score)
    return "score {:.6f}, on the CPU {:.6f}".format(*scores)


def attributed(asked, size, folder):
    from vsrlab.explain.attribution import attribute
    from vsrlab.explain.pair import Pair
    run, corpus = opened(asked.device, size, folder)
    pair = Pair(run, vl.index(run, corpus), 0, 0)
    found = [attribute(pair, side, "ig") for side in ("regions", "words")]
    return ", ".join(f"{x.side}: sum misses the change by {x.gap:.1e}" for x in found)


def believed(asked, size, folder):
    run, corpus = opened(asked.device, size, folder)
    test = vl.index(run, corpus)
    began = time.perf_counter()
    table = vl.faithfulness(run, test, n=1)
    return f"{len(table)} methods on one pair in {time.perf_counter() - began:.1f} s"


def scored(asked, size, folder):
    """The attention of every word of every text over every region of every image."""
    images, texts, _ = sides(*size["gallery"])
    device, found = torch.device(asked.device), []
    for direction in ("t-i", "i-t"):
        model = build("scan", 8, 8, dim=size["gallery"][2], direction=direction).eval().to(device)
        score_all(model, images.rows(slice(0, 32)).to(device), texts.rows(slice(0, 32)).to(device))         # warm
        began = time.perf_counter()
        matrix = score_all(model, images.to(device), texts.to(device))
        found.append(f"{direction} {time.perf_counter() - began:.1f} s")
        exact = build("scan", 8, 8, dim=size["gallery"][2], direction=direction).eval().double()
        few = score_all(exact, *(x.rows(slice(0, 8))._replace(vector=x.vector[:8].double(), parts=x.parts[:8].double())
                                 for x in (images, texts)))
        found[-1] += f" (error {np.abs(few - matrix[:8, :8]).max():.0e})"
    return ", ".join(found) + ("; asked: below 20 s" if not asked.small else "")


def together(asked, size, folder):
    """Two processes train as one.  With a single GPU both use it, which tries the code, not the speed."""
    chosen = settings(asked, size, precision="float32", epochs=1)
    launcher = ("-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2")
    if asked.device != "cpu" and torch.cuda.device_count() < 2:
        return "not tried: two processes of NCCL need two GPUs"
    if child(folder / "two", size, chosen, *launcher).wait():
        raise RuntimeError("torchrun ended with an error")
    return f"rsum {vl.Run.load(folder / 'two').best['rsum']:.1f} after one epoch"


STEPS = {"train in float32": lambda *a: training(*a, "float32"), "train in bfloat16": lambda *a: training(*a, "bfloat16"),
         "kill and resume": resumed, "explain": explained, "captum, through the GRU": attributed,
         "faithfulness of one pair": believed, "scores of a large gallery, D = 1,024": scored, "two processes": together}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--small", action="store_true", help="sizes that a CPU does in a minute or two")
    asked = parser.parse_args()
    if asked.device != "cpu" and not torch.cuda.is_available():
        print("skipped: torch finds no GPU here; the steps themselves can be tried with --device cpu --small")
        return 0
    name = torch.cuda.get_device_name(asked.device) if asked.device != "cpu" else "CPU"
    print(f"{name}, torch {torch.__version__}, vsrlab {vl.__version__}\n\n| step | found |\n|---|---|", flush=True)
    failed = False
    with tempfile.TemporaryDirectory() as place:
        for step, task in STEPS.items():
            try:
                said = task(asked, SIZES[asked.small], Path(place))
            except Exception as error:
                said, failed = f"FAILED: {type(error).__name__}: {error}", True
            print(f"| {step} | {json.dumps(said, ensure_ascii=False)[1:-1]} |", flush=True)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
