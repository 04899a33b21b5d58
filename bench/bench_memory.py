"""A folder of 31,000 images and 9 GB of features is read for training, and the memory it keeps is measured.

    python bench/bench_memory.py [folder for a sparse file] [--images 31000] [--steps 300]

The file is sparse: it has the size of real features and reads as zeros, but takes no room on the disk.
Two readers take the same random batches, `Stored` as vsrlab reads and a memory map, each in its own process; what
counts is the growth of its resident memory.  np.load without a map would hold the whole file.  At the end the doctor
reads every row once.
"""
import argparse
import itertools
import json
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

READERS = {"stored": "vsrlab: rows read from the file",
           "mapped": "np.load(mmap_mode='r')", "doctor": "vsrlab doctor, every row once"}


def status(field: str) -> float:
    """A field of this process's memory (VmRSS now, VmHWM at its peak), in GiB."""
    return int(next(line for line in open("/proc/self/status") if line.startswith(field)).split()[1]) / 2 ** 20


def sparse(folder: Path, images: int):
    """train_ims.npy (images, 36, 2048) float32 of nothing but a header and a hole, and its captions."""
    with open(folder / "train_ims.npy", "wb") as file:
        np.lib.format.write_array_header_1_0(file, {"descr": "<f4", "fortran_order": False, "shape": (images, 36, 2048)})
        file.truncate(file.tell() + images * 36 * 2048 * 4)
    (folder / "train_caps.txt").write_text("".join(f"a dog number {n % 997} runs on green grass beside a lake\n"
                                                   for n in range(5 * images)))


def measure(reader: str, folder: Path, steps: int) -> dict:
    """Batches of 128 random captions, as an epoch takes them: growth of resident memory (GiB) and seconds a batch."""
    from vsrlab.data.batches import batches
    from vsrlab.data.examine import examine
    from vsrlab.data.precomputed import precomputed
    from vsrlab.data.words import Vocabulary
    corpus = precomputed(folder, "train")
    if reader == "mapped":
        corpus = replace(corpus, regions=np.load(folder / "train_ims.npy", mmap_mode="r"))
    vocabulary = Vocabulary.of(corpus.texts[:5000])
    before, began, seen = status("VmRSS"), time.perf_counter(), 0
    if reader == "doctor":
        examine(folder)
        seen = len(corpus) // 128
    else:
        for _ in itertools.islice(batches(corpus, vocabulary, 128, seed=0), steps):
            seen += 1
    return {"growth": status("VmRSS") - before, "peak": status("VmHWM") - before, "seconds": (time.perf_counter() - began) / seen}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", nargs="?", help="where the sparse file may lie meanwhile; default: a temporary folder")
    parser.add_argument("--images", type=int, default=31000)
    parser.add_argument("--steps", type=int, default=300, help="batches of 128; an epoch has 1,210 of them")
    parser.add_argument("--reader", choices=READERS, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.reader:
        print(json.dumps(measure(given.reader, Path(given.folder), given.steps)))
        return
    folder = Path(tempfile.mkdtemp(dir=given.folder))
    try:
        sparse(folder, given.images)
        size = (folder / "train_ims.npy").stat().st_size / 2 ** 30
        print(f"{given.images:,} images x 36 x 2048 float32, {size:.1f} GiB; {given.steps} batches of 128 captions")
        print(f"{'reader':34s}{'resident':>12s}{'peak':>12s}{'ms a batch':>12s}")
        for reader, words in READERS.items():
            answer = subprocess.run([sys.executable, __file__, str(folder), "--reader", reader, "--steps", str(given.steps)],
                                    capture_output=True, text=True, check=True).stdout
            row = json.loads(answer)
            print(f"{words:34s}{row['growth']:8.2f} GiB{row['peak']:8.2f} GiB{row['seconds'] * 1000:12.0f}", flush=True)
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
