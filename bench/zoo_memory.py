"""Memory and processor time of every system: one training step, and scores of a gallery.

    python bench/zoo_memory.py [--models dan sco ...] [--images 200] [--texts 1000]

Each system runs in a process of its own on one thread.  A step has a batch of 64, 36 regions of 192 numbers, dim = 128 and
captions of 13.9 words on average; it is forward, loss, gradient and Adam, the best of three.  Memory is the growth of the
resident memory over what the process held before, at its peak.  Limits: 1 GB a step; for scores 500 MB, and 2 GB where a
network runs on each pair.  Scores are of so many images with so many texts, in the blocks of vl.score_all.
"""
import argparse
import json
import subprocess
import sys
import time

import torch

FEATURES, VOCABULARY, BATCH, REGIONS, DIM = 192, 600, 64, 36, 128


def drawn(images: int, texts: int, tokens: str, together: int):
    """A Batch-like pair of sides: (regions, mask), (words, mask), and the image of each text."""
    from bench_scores import captions
    torch.manual_seed(0)
    lengths = captions(texts) * (4 if tokens == "characters" else 1)
    mask = torch.arange(int(lengths.max())) < lengths[:, None]
    words = torch.randint(4, 40 if tokens == "characters" else VOCABULARY, mask.shape) * mask
    regions = torch.randn(images, REGIONS, FEATURES).relu()
    return (regions, torch.ones(images, REGIONS, dtype=torch.bool)), (words, mask), torch.arange(texts) % images


def measure(name: str, images: int, texts: int) -> dict:
    """What one system needs, in this process."""
    from bench_scores import Memory

    from vsrlab.scoring import score_all
    from vsrlab.settings import Settings
    from vsrlab.training.step import losses
    from vsrlab.values import Batch
    from vsrlab.zoo import build, row
    torch.set_num_threads(1)
    paper = row(name).paper
    options = {"dim": DIM} | {key: x for key, x in Settings.scenes(name).options.items() if key != "dim"}
    model = build(name, FEATURES, VOCABULARY, **row(name).model.sized(options, BATCH)).train()
    (regions, region_mask), (words, word_mask), owner = drawn(BATCH, BATCH, paper.tokens, paper.together)
    batch = Batch(regions, region_mask, words, word_mask, owner // paper.together)
    model.begin(lambda: iter([batch]))
    settings, found = Settings.scenes(name), {}
    trained = [p for p in model.parameters() if p.requires_grad]
    optimiser = torch.optim.Adam(trained) if trained else None
    model.epoch(5, 6)
    with Memory() as memory:
        seconds = []
        for _ in range(3 if trained else 0):
            began = time.process_time()
            loss = sum(losses(model, batch, settings)[0].values())
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            seconds.append(time.process_time() - began)
    found |= {"numbers": sum(p.numel() for p in model.parameters()), "step s": min(seconds, default=0), "step MB": memory.peak}
    model.eval()
    (regions, region_mask), (words, word_mask), _ = drawn(images, texts, paper.tokens, 1)
    with torch.no_grad():
        sides = [model.encode_images(regions, region_mask).lean(), model.encode_texts(words, word_mask).lean()]
    with Memory() as memory:
        began = time.process_time()
        score_all(model, *sides)
        found |= {"score s": time.process_time() - began}
    return found | {"score MB": memory.peak, "compares": model.compares}


def main():
    from vsrlab.zoo import ZOO
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--models", nargs="+", default=list(ZOO))
    parser.add_argument("--images", type=int, default=200)
    parser.add_argument("--texts", type=int, default=1000)
    parser.add_argument("--one", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.one:
        print(json.dumps(measure(asked.one, asked.images, asked.texts)))
        return
    print(f"| system | compares | numbers | a step, s | MB | {asked.images} x {asked.texts:,} scores, s | MB |")
    print("|---" * 7 + "|")
    for name in asked.models:
        told = subprocess.run([sys.executable, __file__, "--one", name, "--images", str(asked.images), "--texts", str(asked.texts)],
                              capture_output=True, text=True)
        if told.returncode:
            print(f"| {name} | failed: {told.stderr.strip().splitlines()[-1]} |", flush=True)
            continue
        x = json.loads(told.stdout.splitlines()[-1])
        print(f"| {name} | {x['compares']} | {x['numbers'] / 1e3:,.0f} k | {x['step s']:.3f} | {x['step MB']:.0f} "
              f"| {x['score s']:.1f} | {x['score MB']:.0f} |", flush=True)


if __name__ == "__main__":
    main()
