"""The stored runs of the lessons, made anew: three seeds of four models on scenes, the median one kept in half precision.

    python bench/lesson_runs.py --out runs/lessons            an hour on one quiet core; it goes on where it was stopped

It writes vsrlab/lesson_runs/NAME and vsrlab/lesson_runs/measured.json.
"""
import argparse
import shutil
from pathlib import Path

import torch
from study import SIX

import vsrlab as vl
from vsrlab import checkpoint, files
from vsrlab.lesson_runs import HERE, NAMES, measured

TRAIN, TEST = dict(images=1200, seed=1, split="train"), dict(images=200, seed=2, split="test")
# until rsum on held-out scenes has all but stopped rising: one vector a side learns more slowly than words and regions do
EPOCHS = {"vsepp": 18, "scan": 6, "vsrn": 18, "vsrpp": 6}
KEPT = ("config.json", "vocabulary.json", "log.jsonl", "env.json")


def settings(name: str, seed: int) -> vl.Settings:
    """The small run on scenes of `Settings.scenes`; those that still rise after its six epochs are trained three times as long."""
    return vl.Settings.scenes(name, seed=seed, epochs=EPOCHS[name], decay_after=5 * EPOCHS[name] // 6)


def store(run, folder: Path):
    """What is needed to open the run, with its weights in half precision and without its optimiser."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name in KEPT:
        shutil.copy(run.folder / name, folder / name)
    state = checkpoint.load(run.folder / "best.pt")
    state["model"] = {key: x.half() if x.is_floating_point() else x for key, x in state["model"].items()}
    checkpoint.save(folder / "best.pt", state)


def main():
    """Train what is not trained yet, measure, store."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--out", required=True, help="folder of the runs")
    parser.add_argument("--models", nargs="+", default=NAMES)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    given = parser.parse_args()
    train, test = vl.scenes(**TRAIN), vl.scenes(**TEST)
    told = {}
    for name in given.models:
        runs = {seed: vl.fit(train, settings(name, seed), out=Path(given.out) / f"{name}-s{seed}", ui="text")
                for seed in given.seeds}
        rsums = {seed: vl.evaluate(run, test)["rsum"] for seed, run in runs.items()}
        chosen = sorted(rsums, key=rsums.get)[len(rsums) // 2]                    # no lucky one, and no unlucky one
        store(runs[chosen], HERE / name)
        stored = vl.evaluate(vl.Run.load(HERE / name), test)
        told[name] = {"seed": chosen, "stored": {key: round(stored[key], 4) for key in (*SIX, "rsum")},
                      "rsum": {str(seed): round(rsum, 4) for seed, rsum in rsums.items()},
                      "epochs": EPOCHS[name], "minutes": round(sum(line["seconds"] for line in runs[chosen].log) / 60, 1)}
        print(name, told[name], flush=True)
    was = measured()["runs"] if (HERE / "measured.json").exists() else {}
    files.write_json(HERE / "measured.json", {"train": TRAIN, "test": TEST, "threads": torch.get_num_threads(), "runs": was | told})


if __name__ == "__main__":
    main()
