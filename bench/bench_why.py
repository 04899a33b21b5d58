"""How long does `why` take?  python bench/bench_why.py

Of scores alone, 5,000 x 25,010 (limits: 0.3 s, the next failure 0.3 s), and of a VSR++ with fresh weights on generated scenes,
whose digest is there (limit 1 s; the gallery is not scored again).  Processor time of one thread
stands beside the clock, because other programs hardly change it.  A scene is drawn when it is looked at, and its time stands apart.
"""
import time

import numpy as np
import torch

import vsrlab as vl
from vsrlab.data.words import Vocabulary
from vsrlab.retrieval.scored import Scored
from vsrlab.zoo import build


def timed(said, do):
    began, worked = time.perf_counter(), time.process_time()
    found = do()
    print(f"{said}: {time.perf_counter() - began:.3f} s, {time.process_time() - worked:.3f} s of processor", flush=True)
    return found


def scores(images=5000, texts=25_010):
    rng = np.random.default_rng(0)
    x = rng.standard_normal((images, texts), dtype=np.float32)
    x[np.arange(texts) % images, np.arange(texts)] += 3
    draw = lambda words: rng.choice(words, texts)
    words = zip(draw(["a", "two", "three"]), draw(["red", "blue", "green", "old"]), draw([f"thing{n}" for n in range(900)]),
                draw([f"place{n}" for n in range(200)]))
    scored = Scored("scores", x, [], [f"{a} {b} {c} on the {d}" for a, b, c, d in words], np.arange(texts) % images)
    timed(f"digest of {images} x {texts}", lambda: scored.digest)
    timed("what draws it imported", lambda: vl.why)
    view = timed("why of scores, the first", lambda: vl.why(scored))
    timed("why of scores, the next failure", view.step)
    timed("... of an image", lambda: vl.why(scored, image=77))
    timed("... its page", view.html)
    timed("... its figure", view.figure)


def run(images=60):
    corpus = vl.scenes(images=images, seed=5)
    torch.manual_seed(0)
    vocabulary = Vocabulary.of(corpus.texts)
    model = build("vsrpp", corpus.regions.shape[2], len(vocabulary))
    index = vl.index(vl.Run(vl.Settings(model="vsrpp"), corpus.regions.shape[2], vocabulary, model), corpus)
    timed(f"digest of {images} scenes, the gallery scored for it", lambda: index.scored.digest)
    timed("two scenes drawn", lambda: (corpus.photo(0), corpus.photo(1)))
    view = timed("why of a run, the first", lambda: vl.why(index))
    timed("why of a run, the next failure", view.step)
    timed("... its page", view.html)


if __name__ == "__main__":
    torch.set_num_threads(1)
    scores()
    run()
