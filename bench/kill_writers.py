"""Kill a process that writes features, at any moment, call it again, and compare: nothing is mixed, all files are the same.

    python bench/kill_writers.py [--kills 40] [--seed 0]

For `vsrlab features` of photos and of a TSV: the same call is killed (SIGKILL) after a random time, again and again, each other
time while a second call of the same kind runs beside it; at last it runs to its end, and every file is compared, byte by byte, with
those of a call that nobody killed.
"""
import argparse
import base64
import filecmp
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image

PHOTOS = 60
CODE = """
import sys, time, warnings
from pathlib import Path
import numpy as np
warnings.simplefilter("ignore")
kind, place, out, pause = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), float(sys.argv[4])
print("begun", flush=True)
if kind == "tsv":
    import vsrlab.data.tsv as tsv
    tsv._EVERY, put = 1, tsv.Conversion.put
    tsv.Conversion.put = lambda self, record: (time.sleep(pause), put(self, record))
    tsv.convert(place / "a.tsv", place / "c.csv", out, 2, progress=False)
else:
    from vsrlab.data import extraction
    from vsrlab.data.extractors import Regions
    from vsrlab.data.photos import extract
    extraction.EVERY = 3
    class Mean:
        name, version, features, regions, settings = "mean", 1, 3, 1, {}
        grid = {"rows": 1, "columns": 1, "whole": False}
        def __call__(self, photo):
            time.sleep(pause)
            x = np.asarray(photo, np.float32).reshape(-1, 3).mean(0)[None] / 255
            return Regions(np.float32([[0, 0, 1, 1]]), x, x, ["all"], np.float32([1]))
    extract(place / "photos", place / "c.csv", out, Mean(), workers=2, progress=False)
"""


def make(place: Path):
    """Photos of one colour each, their captions, and a TSV with the same numbers."""
    (place / "photos").mkdir(parents=True)
    code = lambda x: base64.b64encode(np.asarray(x, "<f4").tobytes()).decode()
    with open(place / "a.tsv", "w") as tsv, open(place / "c.csv", "w") as captions:
        captions.write("image,caption,split\n")
        for n in range(PHOTOS):
            if n % 7 != 3:                                              # some photos are missing
                Image.new("RGB", (8, 8), (4 * n, 9, 99)).save(place / "photos" / f"{n}.png")
            captions.write("".join(f"{n}.png,photo {n} {k},{'train' if n % 3 else 'test'}\n" for k in range(1 + n % 2)))
            tsv.write(f"{n}\t64\t48\t1\t{code([[0, 0, 9, 9]])}\t{code(np.arange(1, 9) * (n + 1) / 9)}\n")


def call(kind: str, place: Path, out: str, pause: float = 0.0) -> subprocess.Popen:
    """The command in a process of its own; it is at work when it has printed a line."""
    child = subprocess.Popen([sys.executable, "-c", CODE, kind, str(place), str(place / out), str(pause)], stdout=subprocess.PIPE,
                             stderr=subprocess.DEVNULL)
    child.stdout.readline()
    return child


def survives(kind: str, place: Path, kills: int, seed: int) -> tuple:
    """(kills that hit a running process, whether all files are those of a call that nobody killed)."""
    rng, hit, done = random.Random(seed), 0, False
    assert call(kind, place, "whole").wait() == 0
    for n in range(kills):
        child, beside = call(kind, place, "out", 0.02), call(kind, place, "out", 0.02) if n % 2 else None
        time.sleep(rng.random() * 1.5)
        hit += child.poll() is None
        for one in filter(None, (child, beside)):
            one.kill()
            done |= one.wait() == 0
        if done:                                                         # the work was done before the kill
            break
    assert done or call(kind, place, "out").wait() == 0
    names = sorted(p.name for p in (place / "whole").iterdir())
    return hit, names == sorted(p.name for p in (place / "out").iterdir()) and all(
        filecmp.cmp(place / "whole" / name, place / "out" / name, shallow=False) for name in names)


def main(kills: int, seed: int) -> int:
    """Each kind in rounds of five kills, for they are done after some -> 1 when a round ended otherwise."""
    wrong = 0
    for kind in ("photos", "tsv"):
        hits, rounds = 0, 0
        while hits < kills // 2:
            with tempfile.TemporaryDirectory() as place:
                make(Path(place) / "x")
                hit, same = survives(kind, Path(place) / "x", 5, seed + rounds)
            hits, rounds, wrong = hits + hit, rounds + 1, wrong + (not same)
        print(f"{kind}: {hits} kills in {rounds} rounds, {wrong} ended otherwise")
    return 1 if wrong else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=40)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    sys.exit(main(given.kills, given.seed))
