"""Scores of 1,000 images x 5,000 captions at D = 1,024, beside the one matrix product they need.

    python bench/bench_scores.py [--quick] [--threads 2]

Ours is vl.score_all.  The product is that of all words with all regions in blocks of the same size into one buffer.  Both run
in turns in the same process, so that a busy machine slows both; what counts is the ratio (limit 1.5, aim 1.3).  The
loop over captions that the official evaluation is made of runs on a few captions and is extrapolated.  With
--threads 1 processor time is measured, which other programs hardly change.
"""
import argparse
import threading
import time

import torch
from reference import caption_by_caption
from torch.nn.functional import normalize

from vsrlab.scoring import score_all
from vsrlab.values import Encoding
from vsrlab.zoo import build


def captions(texts: int, seed: int = 0) -> torch.Tensor:
    """Lengths like those of Flickr30K captions with their markers: 13.7 words on average."""
    drawn = torch.distributions.Gamma(5.0, 5.0 / 9.7)
    torch.manual_seed(seed)
    return (4 + drawn.sample((texts,))).round().clamp(5, 60).long()


def sides(images: int, texts: int, dim: int) -> tuple:
    """Random unit regions and words as Encodings, without running an encoder."""
    torch.manual_seed(0)
    lengths = captions(texts)
    mask = torch.arange(int(lengths.max())) < lengths[:, None]
    regions = normalize(torch.randn(images, 36, dim), dim=-1)
    words = normalize(torch.randn(*mask.shape, dim), dim=-1) * mask[..., None]
    return (Encoding(regions[:, 0].clone(), regions, torch.ones(images, 36, dtype=torch.bool), {}),
            Encoding(words[:, 0].clone(), words, mask, {}), lengths)


@torch.inference_mode()
def product(regions, words):
    """All products of words with regions, 1,024 words x 16 images at a time, into one buffer."""
    buffer = torch.empty(1024, 16 * 36)
    for v in regions.split(16):
        v = v.flatten(0, 1).T
        for e in words.split(1024):
            torch.mm(e, v, out=buffer[:len(e), :v.shape[1]] if v.shape[1] == 576 else torch.empty(len(e), v.shape[1]))


class Memory:
    """Peak of resident memory while the block runs, in MB above the beginning."""

    def __enter__(self):
        self.before, self.peak, self.watching = resident(), 0.0, True
        self.thread = threading.Thread(target=self.watch)
        self.thread.start()
        return self

    def watch(self):
        while self.watching:
            self.peak = max(self.peak, resident() - self.before)
            time.sleep(0.01)

    def __exit__(self, *_):
        self.watching = False
        self.thread.join()


def resident() -> float:
    return next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmRSS")) / 1024


def clock() -> float:
    return time.process_time() if torch.get_num_threads() == 1 else time.perf_counter()


def timed(task, *inputs) -> float:
    began = clock()
    task(*inputs)
    return clock() - began


def compare(direction: str, images: Encoding, texts: Encoding, lengths: torch.Tensor):
    """Print one line for a direction."""
    model = build("scan", 8, 8, dim=images.parts.shape[-1], direction=direction).eval()
    words, ours, alone, peak = texts.parts[texts.mask], 0.0, 0.0, 0.0
    score_all(model, images.rows(slice(0, 64)), texts.rows(slice(0, 64)))        # warm
    for start in range(0, len(images.mask), 256):
        some = images.rows(slice(start, start + 256))
        alone += timed(product, some.parts, words)
        with Memory() as memory:
            ours += timed(score_all, model, some, texts)
        peak = max(peak, memory.peak)
    t, temperature = 24, model.attention.sharpness
    few, said = images.parts[:128], texts.parts[:t]
    with torch.inference_mode():
        loop = timed(caption_by_caption, few, said, lengths[:t], direction, temperature)
        exact = caption_by_caption(few[:4].double(), said.double(), lengths[:t], direction, temperature)
    loop *= len(images.mask) / len(few) * float(lengths.sum() / lengths[:t].sum())
    error = (torch.from_numpy(score_all(model, images.rows(range(4)), texts.rows(range(t)))).double() - exact).abs().max()
    print(f"{direction}: {ours:.1f} s, the product alone {alone:.1f} s, ratio {ours / alone:.2f} (limit 1.5); extra memory "
          f"{peak:.0f} MB; caption by caption {loop:.0f} s, {loop / ours:.1f} x; against float64 {error:.1e}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="256 images x 640 captions")
    parser.add_argument("--threads", type=int, default=2)
    asked = parser.parse_args()
    torch.set_num_threads(asked.threads)
    size = (256, 640, 1024) if asked.quick else (1000, 5000, 1024)
    images, texts, lengths = sides(*size)
    print(f"{size[0]} images x {size[1]} captions, D = {size[2]}, {lengths.float().mean():.1f} words a caption, {asked.threads} "
          f"threads: {2 * size[0] * 36 * int(lengths.sum()) * size[2] / 1e12:.2f} TFLOP")
    for direction in ("t-i", "i-t"):
        compare(direction, images, texts, lengths)


if __name__ == "__main__":
    main()
