"""One training step at batch 128: SCAN beside the loop over captions, VSRN with captions beside the official shape of the work.

    python bench/bench_training_step.py [--quick] [--threads 2] [--only scan|vsrn]

A step is encoding, scores, loss, gradient, clipping and Adam.  Both run in turns; the best of each is compared.
With --threads 1 processor time is measured, which other programs hardly change.
"""
import argparse

import torch
from bench_scores import captions, clock
from reference import OfficialShape, caption_by_caption, words_of
from torch.nn import functional as fn

from vsrlab.losses import hinge, right_answers
from vsrlab.values import Batch
from vsrlab.zoo import build

VOCABULARY = 8481


def drawn(size: int, features: int) -> Batch:
    """A batch like those of Flickr30K: 36 x 2,048 features, captions of 13.7 words on average."""
    torch.manual_seed(0)
    lengths = captions(size)
    mask = torch.arange(int(lengths.max())) < lengths[:, None]
    words = torch.randint(4, VOCABULARY, mask.shape) * mask
    return Batch(torch.randn(size, 36, features).relu(), torch.ones(size, 36, dtype=torch.bool), words, mask, torch.arange(size))


def ours(model, batch):
    images = model.encode_images(batch.regions, batch.region_mask)
    texts = model.encode_texts(batch.words, batch.word_mask)
    ranking = hinge(model.match(images, texts).scores, right_answers(batch.image))
    return ranking + sum(model.extra_loss(batch, images, texts).values())


def looped(model, batch):
    """The same weights in the official arrangement: torch's GRU reads the texts, and the scores come caption by caption."""
    regions, lengths = fn.normalize(model.embed(batch.regions), dim=-1), batch.word_mask.sum(1)
    words = words_of(model.text, batch.words, lengths)
    return hinge(caption_by_caption(regions, words, lengths.tolist(), model.direction, model.attention.sharpness),
                 right_answers(batch.image))


def step(model, loss):
    """A function that makes one step and returns its seconds."""
    optimiser = torch.optim.Adam(model.parameters(), lr=2e-4)

    def once():
        began = clock()
        value = loss()
        optimiser.zero_grad()
        value.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 2.0)
        optimiser.step()
        return clock() - began
    return once


def compare(name, fast, slow, limit, turns):
    times = [(fast(), slow()) for _ in range(turns)]
    a, b = (min(column) for column in zip(*times[min(1, turns - 1):]))
    print(f"{name}: {a:.2f} s, {b:.2f} s as the official programs do it: {b / a:.1f} x faster (asked: {limit} x)", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="batch 32, D = 512, one turn")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--only", choices=("scan", "vsrn"))
    asked = parser.parse_args()
    torch.set_num_threads(asked.threads)
    size, narrow, wide, turns = (32, 512, 512, 2) if asked.quick else (128, 1024, 2048, 3)
    batch = drawn(size, 2048)
    lengths = batch.word_mask.sum(1)
    print(f"batch {size}, captions of {lengths.float().mean():.1f} words, longest {int(lengths.max())}, {asked.threads} threads")
    for direction, limit in (("t-i", 3), ("i-t", 5)) if asked.only != "vsrn" else ():
        model = build("scan", 2048, VOCABULARY, dim=narrow, direction=direction).train()
        assert torch.allclose(ours(model, batch), looped(model, batch), rtol=1e-4)
        compare(f"SCAN {direction}, D = {narrow}", step(model, lambda m=model: ours(m, batch)),
                step(model, lambda m=model: looped(m, batch)), limit, turns)
    if asked.only != "scan":
        model = build("vsrn", 2048, VOCABULARY, dim=wide, caption=True, region_norm="across", head="f30k").train()
        official = OfficialShape(2048, VOCABULARY, wide).train()
        compare(f"VSRN with captions, D = {wide}", step(model, lambda: ours(model, batch)),
                step(official, lambda: official(batch.regions, batch.words, lengths)), 1.4, min(turns, 2))


if __name__ == "__main__":
    main()
