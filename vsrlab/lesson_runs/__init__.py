"""Four trained runs that come with the kit, so that a lesson opens one in place of training: VSE++, SCAN, VSRN, VSR++ on scenes.

They lie beside this file, inside the package, and not among the assets: a clone, an editable install and a wheel then have them at
the same place, and `vl.lesson_run` reads them from there.  A folder holds what an ordinary run needs to be opened (config.json,
vocabulary.json, log.jsonl, best.pt without optimiser) with weights in half precision.  `measured.json` tells what they were trained
and measured on, the rsum of the stored one, and those of three seeds.  `bench/lesson_runs.py` makes all of it anew.
"""
from dataclasses import replace
from functools import cache
from pathlib import Path

from vsrlab.data.scenes import scenes
from vsrlab.errors import unknown
from vsrlab.inputs import read_json
from vsrlab.run import Run
from vsrlab.run.files import read_config
from vsrlab.settings import Settings
from vsrlab.training.fit import fit

HERE = Path(__file__).parent
NAMES = ("vsepp", "scan", "vsrn", "vsrpp")
MADE_BY = "what bench/lesson_runs.py wrote"


def lesson_run(name: str = "vsrpp", train: bool = False, *, out=None, ui: str = "auto") -> Run:
    """The stored run of a model, ready in a second: "vsepp", "scan", "vsrn" or "vsrpp".

    train  train it anew in place of opening it: the same settings and seed on the same scenes, minutes on a laptop
    out    where a newly trained run is kept, as in `vl.fit`; None: not kept

    One seed of three is stored, that of the median rsum; `measured()` has all three.  Words and regions (SCAN, VSR++) were trained
    for 6 epochs, one vector a side (VSE++, VSRN) for 18, as rsum rose for so long; all else is the same.  What a person notes
    about failures goes to runs/NAME in the working folder, for the package itself may be read-only.
    """
    if not isinstance(name, str) or name not in NAMES:
        raise unknown("lesson run", name, NAMES)
    if train:
        return fit(scenes(**measured()["train"]), settings(name), out=out, ui=ui)
    return replace(Run.load(HERE / name), desk=Path("runs") / name)


def settings(name: str) -> Settings:
    """What the stored run of a model was trained with."""
    if name not in NAMES:
        raise unknown("lesson run", name, NAMES)
    return Settings(**read_config(HERE / name)["settings"])


@cache
def measured() -> dict:
    """How the runs were trained and measured, with their numbers.

    "train", "test"  arguments of `vl.scenes`
    "runs"           name -> {"stored": numbers of the stored weights on the test scenes, "rsum": {seed: rsum}, "epochs", "minutes"}
    """
    return read_json(HERE / "measured.json", MADE_BY, {"train": dict, "test": dict, "runs": dict})
