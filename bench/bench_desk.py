"""The error desk beside its bars: python bench/bench_desk.py

A report of scores 5,000 x 25,010 with a second model beside it (limits: 20 s, 5 MB), the desk and its next failure (0.3 s), hubs
with CSLS, and how long noticing edits takes.  Each part prints the clock, the processor time of one thread, which other programs
hardly change, and the ratio to one pass that reads and compares the same scores.
"""
import argparse
import multiprocessing
import os
import tempfile
import time
from pathlib import Path

import numpy as np

WORDS = (["a", "two", "three"], ["red", "blue", "green", "old"], [f"thing{n}" for n in range(900)],
         [f"place{n}" for n in range(200)])


def timed(said, do, once=None):
    """Do it, print its time; -> (what it gave, seconds of processor)."""
    began, worked = time.perf_counter(), time.process_time()
    found = do()
    wall, cpu = time.perf_counter() - began, time.process_time() - worked
    beside = f", {cpu / once:.1f} passes" if once else ""
    print(f"{said}: {wall:.2f} s, {cpu:.2f} s of processor{beside}", flush=True)
    return found, cpu


def gallery(folder, seed, images=5000, texts=25_010):
    """Scores on disk, of which a quarter of the captions find their photo."""
    import vsrlab as vl
    rng, path = np.random.default_rng(seed), folder / f"model{seed}.npy"
    x = rng.standard_normal((images, texts), dtype=np.float32)
    x[np.arange(texts) % images, np.arange(texts)] += 3
    np.save(path, x)
    said = np.random.default_rng(0)
    each = zip(*(said.choice(words, texts) for words in WORDS))
    from PIL import Image
    photo = lambda row: Image.new("RGB", (500, 375), (row % 256, 90, 120))
    return vl.from_scores(path, [f"{a} {b} {c} on the {d}" for a, b, c, d in each], np.arange(texts) % images, photos=photo)


def report(folder):
    import vsrlab as vl
    one, other = (timed(f"scores of model {seed} opened", lambda seed=seed: gallery(folder, seed))[0] for seed in (0, 1))

    def compare():
        for start in range(0, 5000, 255):
            np.count_nonzero(np.asarray(one.scores[start:start + 255]) >= 3.0, axis=1)
    compare()
    once = timed("one pass that reads and compares", compare)[1]
    timed("digests of both", lambda: (one.digest, other.digest), once)
    made, _ = timed("report of one model, digests there", lambda: vl.report(folder / "one.html", one), once)
    made, _ = timed("report of two", lambda: vl.report(folder / "two.html", one, other, after="csls"), once)
    print(f"{made.path.stat().st_size / 1e6:.2f} MB")
    view, _ = timed("the desk opens", lambda: vl.desk(one), once)
    view.text()
    timed("... its next failure, as a page", lambda: view.part(view.step().why))
    timed("... a verdict, and the next failure", lambda: view.part(view.say("wrong").why))
    timed("... filtered by a word", lambda: view.filter(word="red"))
    timed("hubs with CSLS", lambda: vl.hubs(one, after="csls").text(), once)


def edits(folder):
    import torch

    import vsrlab as vl
    from vsrlab.data.words import Vocabulary
    from vsrlab.zoo import build
    corpus = vl.scenes(images=100, seed=5)
    torch.manual_seed(0)
    vocabulary = Vocabulary.of(corpus.texts)
    model = build("vsrpp", corpus.regions.shape[2], len(vocabulary))
    index = vl.index(vl.Run(vl.Settings(model="vsrpp"), corpus.regions.shape[2], vocabulary, model), corpus)
    made, _ = timed("500 captions edited", lambda: vl.edit(corpus, ("colour", "order", "object")))
    timed(f"{len(made):,} edits noticed by a VSR++", lambda: vl.notices(index, made).text())
    timed("mixtures of its branches tried", lambda: vl.mix(index).choose())


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--part", choices=("report", "edits"), help="one of the two")
    os.environ["OMP_NUM_THREADS"] = "1"
    asked, spawn = parser.parse_args(), multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory() as folder:
        for part in (report, edits):
            if asked.part in (None, part.__name__):
                process = spawn.Process(target=part, args=(Path(folder),))
                process.start()
                process.join()


if __name__ == "__main__":
    main()
