"""How long the workspace takes: opening, and from one query to the next, as processor time; beside another version of the kit.

    python bench/bench_views.py --images 1000 --run runs/vsrpp            # a run, or none: fresh weights
    python bench/bench_views.py --before ../older                          # a folder that holds the older package: side by side

The corpus is generated, and each of its pictures is painted when it is asked for (about 0.1 s), which a photo file is not.  So
everything is done twice, and the second time is measured, with new views of a new index: pictures are read from JPEG bytes then,
and libraries are loaded.  Both versions run one after the other in processes of their own, on the same scores.
"""
import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

QUERIES = 15


class Files:
    """Photos as if they were files: each is painted once, and read again from JPEG bytes."""

    def __init__(self, photo):
        self.photo, self.kept = photo, {}

    def __call__(self, row):
        import io

        from PIL import Image
        if row not in self.kept:
            buffer = io.BytesIO()
            self.photo(row).save(buffer, "JPEG", quality=85)
            self.kept[row] = buffer.getvalue()
        return Image.open(io.BytesIO(self.kept[row]))


def clock(act) -> float:
    """Seconds of processor time of `act` and of the threads that it started."""
    started = time.process_time()
    act()
    for thread in threading.enumerate():
        if thread.daemon and thread is not threading.current_thread() and "_ahead" in thread.name:
            thread.join()
    return time.process_time() - started


def world(images: int, run: str | None, folder: Path):
    """(run, index): the scores are computed once and kept in `folder`."""
    import torch

    import vsrlab as vl
    torch.set_num_threads(1)
    corpus = vl.scenes(images=images, seed=3)
    corpus = replace(corpus, photo=Files(corpus.photo))
    if run:
        run = vl.Run.load(run)
    else:
        run = vl.fit(vl.scenes(images=64, seed=1), vl.Settings(model="vsrpp", epochs=1), out=folder / "run", ui="none")
    index, kept = vl.index(run, corpus), folder / f"scores-{images}.npy"
    if kept.exists():
        index.__dict__["scores"] = np.load(kept)
    else:
        np.save(kept, index.scores)
    return run, index


def measure(images: int, run: str | None, folder: Path) -> dict:
    """{what: seconds of processor time}, the second time that it is done."""
    run, index = world(images, run, folder)
    once(run, index)
    again = type(index)(run, replace(index.corpus), index.images, index.texts)     # nothing that views keep of a corpus is known
    again.__dict__["scores"] = index.scores
    again.ranks.of_texts.sum()
    return once(run, again)


def once(run, index) -> dict:
    """Open both views and walk on."""
    import vsrlab as vl
    found, held = {}, {}

    def opened():
        held["view"] = vl.dashboard(run, index)
        held["live"] = held["view"].widget()
        held["view"].hurried = True                                                # as `show` does while a person waits
        held["view"].alone()
        held["view"].hurried = False
    found["dashboard: opening, live"] = clock(opened)
    found["dashboard: its still picture"] = clock(lambda: held["view"].png())
    view = held["view"]
    found["dashboard: next failure"] = statistics.median(clock(view.gallery.step) for _ in range(QUERIES))
    held.pop("live").close()

    def gallery():
        held["gallery"] = vl.gallery(index)
        held["alive"] = held["gallery"].widget()
        held["gallery"].alone()
    found["gallery: opening, live"] = clock(gallery)
    found["gallery: its still picture"] = clock(lambda: held["gallery"].png())
    found["gallery: next failure"] = statistics.median(clock(held["gallery"].step) for _ in range(QUERIES))
    held["alive"].close()
    return found


def main():
    """Measure this version, or both, and print them side by side."""
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--images", type=int, default=1000)
    ask.add_argument("--run")
    ask.add_argument("--before", help="folder that holds the older package")
    ask.add_argument("--into", help=argparse.SUPPRESS)
    given = ask.parse_args()
    if given.into:
        print(json.dumps(measure(given.images, given.run, Path(given.into))))
        return
    with tempfile.TemporaryDirectory() as folder:
        here = Path(__file__).resolve().parents[1]
        both = {}
        for name, place in (("before", given.before), ("now", str(here))):
            if place:
                command = [sys.executable, __file__, "--images", str(given.images), "--into", folder]
                command += ["--run", given.run] if given.run else []
                done = subprocess.run(command, env={**os.environ, "PYTHONPATH": place, "OMP_NUM_THREADS": "1"}, check=True,
                                      capture_output=True, text=True)
                both[name] = json.loads(done.stdout.splitlines()[-1])
    print(f"{given.images:,} images, {5 * given.images:,} captions; seconds of processor time, one thread; next failure: median of "
          f"{QUERIES}")
    for what in both["now"]:
        line = "   ".join(f"{name} {found[what]:7.3f}" for name, found in both.items())
        print(f"{what:30s} {line}" + (f"   {both['before'][what] / both['now'][what]:5.1f} times" if "before" in both else ""))


if __name__ == "__main__":
    main()
