"""Lesson 04: does the order of reading matter, and what does a GRU hold before it has learnt anything?"""
import numpy as np
import torch

from vsrlab.data.batches import read_images
from vsrlab.device import exact_products, seeded
from vsrlab.errors import Problem
from vsrlab.experiments.found import Found, own, percent
from vsrlab.explain.pair import Pair
from vsrlab.measure.ranks import ranks, recall
from vsrlab.scoring import device_of, evaluating, score_all
from vsrlab.values import join
from vsrlab.zoo import build

BATCH, LAST = 64, 3


def _reader(run):
    reasoner = getattr(run.model, "reasoner", None)
    if getattr(reasoner, "gru", None) is None:
        raise Problem(f"{run.settings.model} reads no regions one after the other; take a run of vsrn or vsrpp.")
    return reasoner


@exact_products()
def reading_orders(run, index, seed: int = 0) -> Found:
    """The same images with their regions in another order: as given, from the last to the first, shuffled anew for every image.

    The graph of regions does not mind the order; the GRU that reads them may.
    numbers: "as given", "reversed", "shuffled": R@1 of texts; "as given image", ...: of images
    """
    _reader(run)
    model, corpus, owner = run.model.eval(), index.corpus, np.asarray(index.corpus.image_of_text)
    rng = np.random.default_rng(seed)
    ways = {"as given": lambda real: np.arange(real), "reversed": lambda real: np.arange(real)[::-1], "shuffled": rng.permutation}
    rows, numbers = [], {}
    for name, way in ways.items():
        with torch.no_grad(), evaluating(model):
            found = [_encoded(model, corpus, start, way) for start in range(0, len(corpus), BATCH)]
            r = ranks(score_all(model, join(found), index.texts), owner)
        both = recall(r.of_images, 1), recall(r.of_texts, 1)
        numbers |= {name: both[0], f"{name} image": both[1]}
        rows.append((name, *(f"{x:.1f}" for x in both)))
    lost = numbers["as given"] - numbers["shuffled"]
    how = f"loses {lost:.1f} points" if lost > 0 else f"gains {-lost:.1f} points" if lost < 0 else "stays the same"
    return Found(f"Read in shuffled order, R@1 of images that look for their text {how} "
                 f"({run.settings.model}, {len(corpus):,} images).",
                 ("regions are read", "image looks for a text, R@1", "text looks for its image, R@1"), tuple(rows), numbers)


def _encoded(model, corpus, start: int, way):
    """The images of a batch with their real regions in another order."""
    regions, mask = read_images(corpus, np.arange(start, min(start + BATCH, len(corpus))))
    for n, real in enumerate(mask.sum(1).tolist()):
        regions[n, :real] = regions[n, torch.as_tensor(way(real).copy())]
    device = device_of(model)
    return model.encode_images(regions.to(device), mask.to(device)).lean()


@exact_products()
def two_starts(run, index, images: int = 10, seeds: int = 3) -> Found:
    """Which regions does the last memory hold before any training, in a GRU as torch begins it and in one with a long memory?

    Each region of an image is replaced by the mean region, one at a time, and the change of the last memory is measured.  Told is
    the share of all change that belongs to the last 3 regions read; an even memory of R regions would have 3 / R.  Nothing is
    trained here; the trained run stands beside.
    numbers: "torch", "long", "trained", "even": per cent; "own": how this run's GRU began, 1 for "long"
    """
    _reader(run)
    rows = np.sort(np.random.default_rng(0).permutation(len(index.corpus))[:images])
    regions, mask = read_images(index.corpus, rows)
    made = {}
    for start in ("torch", "long"):
        shares = []
        for seed in range(seeds):
            with seeded(seed, torch.device("cpu")):
                model = build(run.settings.model, run.features, len(run.vocabulary), **dict(run.settings.options, start=start))
            shares.append(last_share(model.eval().reasoner, regions, mask))
        made[start] = 100 * float(np.mean(shares))
    trained = 100 * last_share(run.model.eval().reasoner, regions.to(device_of(run.model)), mask.to(device_of(run.model)))
    even = 100 * LAST / float(mask.sum(1).float().mean())
    began = run.settings.options.get("start", "long")
    numbers = made | {"trained": trained, "even": even, "own": float(began == "long")}
    table = (("untrained, as torch begins", percent(made["torch"], 0)), ("untrained, long memory", percent(made["long"], 0)),
             (f"this run, trained (it began with: {began})", percent(trained, 0)), ("an even memory", percent(even, 0)))
    return Found(f"Begun as torch does, the last {LAST} regions make {made['torch']:.0f} % of the memory, begun with a long memory "
                 f"{made['long']:.0f} %; an even memory would have {even:.0f} % ({seeds} random starts, {len(rows)} images).",
                 ("GRU", f"share of the last {LAST} regions"), table, numbers)


@torch.no_grad()
def last_share(reasoner, regions, mask) -> float:
    """Share of the change of the last memory that the last regions make when each region is replaced by the mean one."""
    mean, shares = (regions * mask[..., None]).sum((0, 1)) / mask.sum(), []
    for image, real in zip(regions, mask.sum(1).tolist()):
        changed = image[None, :real].repeat(real + 1, 1, 1)
        changed[torch.arange(real), torch.arange(real)] = mean
        order = reasoner.fixed_order(real)
        last = int(order[-1]) if order is not None else real - 1
        memory = reasoner(changed, torch.ones(changed.shape[:2], dtype=torch.bool, device=changed.device))[3]["memory"][:, last]
        far = (memory[:real] - memory[real]).norm(dim=1)
        far = far if order is None else far[order]
        shares.append(float(far[-LAST:].sum() / far.sum().clamp_min(1e-12)))
    return float(np.mean(shares))


def own_memory(run, index, image, text, gru_step=None) -> Found:
    """The student's `gru_step` reads the regions of a photo with the trained weights, beside what the model's own GRU remembers.

    numbers: "far": the largest difference of the last memory; "yours": 1 where the function was the student's
    """
    pair, reasoner = Pair(run, index, image, text), _reader(run)
    gru = reasoner.gru
    weights = gru.weight_ih_l0, gru.weight_hh_l0, gru.bias_ih_l0, gru.bias_hh_l0
    with torch.no_grad():
        found = pair.encode_image()
        regions, states = found.parts[0], found.seen["memory"][0]
        order = reasoner.fixed_order(len(regions))
        order = range(len(regions)) if order is None else order.tolist()
        theirs = states[order]

        def read(step):
            memory, kept = torch.zeros(states.shape[1]), []
            for n in order:
                memory, gate = step(regions[n], memory, *weights)
                kept.append((memory, gate))
            return torch.stack([m for m, _ in kept]), torch.stack([z for _, z in kept])

        gates = found.seen["gates"][0][order]
        (memories, kept), whose = own(gru_step, lambda: (theirs, gates), "gru_step", call=read,
                                      check=lambda x: x[0].shape == theirs.shape and bool(x[0].isfinite().all()))
    steps = sorted({0, len(theirs) // 2, len(theirs) - 1})
    near = lambda memory: float(torch.cosine_similarity(memory, theirs[-1], dim=0))
    rows = tuple((f"region {n + 1}", f"{near(memories[n]):.4f}", f"{near(theirs[n]):.4f}", f"{float(kept[n].mean()):.2f}")
                 for n in steps)
    far = float((memories - theirs).abs().max())
    same = " It remembers what the model remembers." if far < 1e-4 else f" Its memory differs from the model's, by up to {far:.2g}."
    columns = "after", "cosine with the last memory", "by the model itself", "share kept (gate)"
    return Found(f"The step is {whose}.{same * (whose == 'yours')}", columns, rows, {"far": far, "yours": float(whose == "yours")})
