"""Lesson 04: cut relations between regions, of one pair and of a whole gallery, and see who is read."""
import numpy as np
import torch

from vsrlab.data.batches import read_images
from vsrlab.device import exact_products
from vsrlab.errors import Problem
from vsrlab.experiments.found import Found, own, percent
from vsrlab.explain.explanation import explain_pair
from vsrlab.explain.lacks import no_relations, who_has
from vsrlab.explain.pair import Pair
from vsrlab.explain.reasoning import Cuts, pairs
from vsrlab.measure.paired import difference_limits
from vsrlab.measure.ranks import AT, ranks, summary
from vsrlab.measure.units import units
from vsrlab.scoring import device_of, evaluating, score_all
from vsrlab.values import Encoding
from vsrlab.wording import decimals, signed, significant

DRAWS, BATCH = 20, 64
SIDES = (("text", "image looks for a text"), ("image", "text looks for its image"))


def cuts(run, index, image, text, counts=(1, 8), layer: int = -1) -> Found:
    """Cut the strongest 1, 8, ... relations of a layer, as many at random, and all of every layer: score and rank of one pair.

    numbers: "score"; "1", "8", ...: change in per cent of the score; "random 1", ...: the mean size of it over 20 draws;
    "all"; "rank", "rank 1", ..., "rank all", from 1
    """
    pair = Pair(run, index, image, text)
    cut = Cuts(pair, explain_pair(pair))
    every = pairs(cut.regions)
    counts = [k for k in counts if k <= len(every)]
    order = sorted(every, key=lambda e: -abs(cut.affinity[layer][e]))
    rng = np.random.default_rng(0)
    share = lambda change: 100 * np.asarray(change) / (abs(cut.score) or 1.0)
    rows, numbers = [("none", f"{cut.score:.4f}", "", f"{cut.rank + 1:,}")], {"score": cut.score, "rank": cut.rank + 1}
    for k in counts:
        one = cut.groups(layer, [order[:k]])
        some = cut.groups(layer, [[every[n] for n in rng.permutation(len(every))[:k]] for _ in range(DRAWS)])
        numbers |= {str(k): float(share(one.change)[0]), f"random {k}": float(np.abs(share(some.change)).mean()),
                    f"rank {k}": int(one.rank[0]) + 1}
        name = "the strongest" if k == 1 else f"the {k} strongest"
        rows.append((name, f"{cut.score + one.change[0]:.4f}", _share(numbers[str(k)]), f"{one.rank[0] + 1:,}"))
        size = numbers[f"random {k}"]
        rows.append((f"{k} at random (mean of {DRAWS})", f"{cut.score + some.change.mean():.4f}", f"±{size:.{decimals(size, 2)}f}",
                     f"{np.median(some.rank) + 1:,.0f}"))
    whole = cut.everything()
    numbers |= {"all": float(share(whole.change)[0]), "rank all": int(whole.rank[0]) + 1}
    rows.append((f"all, in all {cut.layers} layers", f"{cut.score + whole.change[0]:.4f}", _share(numbers["all"]),
                 f"{whole.rank[0] + 1:,}"))
    columns = "relations cut", "score", "change, % of the score", "rank of the photo"
    return Found(_cut_words(numbers, counts), columns, tuple(rows), numbers)


def _share(value: float) -> str:
    return signed(value, True, decimals(value, 2)) if value else "0"


def _cut_words(n, counts) -> str:
    first = counts[0] if counts else 1
    said = (f"Cutting the strongest relation changes the score by {significant(n['1'])} %" if first == 1 else "")
    stays = lambda key: "stays" if n[key] == n["rank"] else f"becomes {n[key]:,}"
    said += f", and the rank {stays('rank 1')}" if said else ""
    whole = f"Cutting all relations of all layers changes it by {significant(n['all'])} %, and the rank {stays('rank all')}."
    return f"{said}. {whole}" if said else whole


@exact_products()
def _without(run, index) -> np.ndarray:
    """(I, T) scores where no region reads another one: only this kit's `edges`, the weights are as they were trained."""
    model, corpus, found = run.model.eval(), index.corpus, []
    with torch.no_grad(), evaluating(model):
        for start in range(0, len(corpus), BATCH):
            regions, mask = (x.to(device_of(model)) for x in read_images(corpus, np.arange(start, min(start + BATCH, len(corpus)))))
            layers = len(model.reasoner.layers)
            edges = torch.eye(regions.shape[1], device=regions.device).expand(len(regions), layers, -1, -1)
            found.append(model.encode_images(regions, mask, edges=edges).lean())
    whole = Encoding(*(torch.cat([getattr(part, name) for part in found]) for name in ("vector", "parts", "mask")), {})
    return score_all(model, whole, index.texts)


def all_relations(run, index) -> Found:
    """Cut all relations of all layers in every image of an index, at test time: what happens to R@K?

    numbers: "text R@1" and "image R@1" as trained; "text R@1 cut", "text R@1 fall" in points, ...; "rsum change" in points with
    "rsum low" and "rsum high", the ends of the paired 95 % interval
    """
    if not getattr(getattr(run.model, "reasoner", None), "layers", None):
        raise Problem(f"{run.settings.model} has no relations between regions to cut; {who_has('relations')} have.")
    owner = np.asarray(index.corpus.image_of_text)
    before, after = index.ranks, ranks(_without(run, index), owner)
    ends = difference_limits(units(before, owner), units(after, owner))
    one, two = summary(before), summary(after)
    rows, numbers = [], {"rsum low": ends["rsum"].low, "rsum high": ends["rsum"].high, "rsum change": two["rsum"] - one["rsum"]}
    names = {f"{side} R@{k}": f"{asks}, R@{k}" for side, asks in SIDES for k in AT} | {"rsum": "sum of the six"}
    for name, told in names.items():
        change, limit = two[name] - one[name], ends[name]
        rows.append((told, f"{one[name]:.1f}", f"{two[name]:.1f}",
                     f"{signed(change, digits=1)} [{signed(limit.low, digits=1)}, {signed(limit.high, digits=1)}]"))
        if name.endswith("R@1"):
            numbers |= {name: one[name], f"{name} cut": two[name], f"{name} fall": -change}
    return Found(f"All relations of all layers cut, {run.settings.model} on {len(index.corpus):,} images: "
                 f"the sum of the six recalls {_moved(numbers)}.",
                 ("search", "as trained", "all cut", "change, points [95 %]"), tuple(rows), numbers)


def _moved(n) -> str:
    how = "falls" if n["rsum high"] < 0 else "rises" if n["rsum low"] > 0 else "does not change by more than chance"
    return f"{how} ({signed(n['rsum change'], digits=1)} points)"


def who_is_read(run, index, images: int = 20, seed: int = 0) -> Found:
    """What makes an affinity large: which region reads (its row), which one is read (its column), or who reads whom?

    The variance of the affinities of an image is divided as in a table with two margins: the part of the column means, the part of
    the row means, and the rest.  Means over some images drawn by a seed.
    numbers: "columns 1", "rows 1", "rest 1", ... for each layer, in per cent
    """
    rows = np.sort(np.random.default_rng(seed).permutation(len(index.corpus))[:images])
    owner, parts = np.asarray(index.corpus.image_of_text), []
    for image in rows:
        texts = np.flatnonzero(owner == image)
        record = explain_pair(Pair(run, index, int(image), int(texts[0]) if len(texts) else 0))
        if record.affinity is None or not len(record.affinity):
            raise Problem(no_relations(record))
        parts.append([margins(np.asarray(one, float)) for one in record.affinity])
    mean = 100 * np.array(parts).mean(0)                                             # (L, 3)
    told, numbers = [], {}
    for n, shares in enumerate(mean, 1):
        numbers |= {f"{name} {n}": float(x) for name, x in zip(("columns", "rows", "rest"), shares)}
        told.append((f"layer {n}", *(percent(x, 0) for x in shares)))
    last = mean[-1]
    return Found(f"In the last layer {last[0]:.0f} % of the differences between affinities is which region is read, "
                 f"{last[1]:.0f} % which one reads, and {last[2]:.0f} % who reads whom ({len(rows)} images).",
                 ("", "which one is read", "which one reads", "who reads whom"), tuple(told), numbers)


def margins(affinity) -> tuple:
    """(column, row, rest) shares of the variance of a matrix (R, R); they add up to one."""
    whole = affinity.var() or 1.0
    column, row = affinity.mean(0).var() / whole, affinity.mean(1).var() / whole
    return column, row, 1 - column - row


def own_step(run, index, image, text, relate=None, layer: int = -1) -> Found:
    """The student's `relate` with the trained maps of a layer, beside what the layer itself gives.

    numbers: "affinity", "regions": the largest difference; "yours": 1 where the function was the student's
    """
    pair = Pair(run, index, image, text)
    step = run.model.eval().reasoner.layers[layer]
    with torch.no_grad():
        seen = pair.encode_image().seen
        layers, affinity = seen["layers"][0], seen["affinity"][0]
        at = range(len(affinity))[layer]
        mask = torch.ones(1, layers.shape[1], dtype=torch.bool)
        given = layers[at], step.theta, step.phi, step.g, lambda x: step.norm(step.update(x)[None], mask)[0]
        found, whose = own(relate, lambda v, *_: (layers[at + 1], affinity[at]), "relate", *given,
                           check=lambda x: len(x) == 2 and x[0].shape == layers[at].shape and x[1].shape == affinity[at].shape)
    far = [float((mine - theirs).abs().max()) for mine, theirs in zip(found, (layers[at + 1], affinity[at]))]
    size = [float(x.abs().max()) for x in (layers[at + 1], affinity[at])]
    rows = tuple((name, f"{s:.4f}", f"{d:.1e}") for name, s, d in zip(("regions after the step", "affinities"), size, far))
    same = max(far) < 1e-4
    verdict = " It gives the numbers of the trained layer." if same else " Its numbers are not those of the trained layer."
    says = f"The step is {whose}.{verdict * (whose == 'yours')}"
    columns = f"layer {at + 1}", "largest value", "largest difference"
    return Found(says, columns, rows, {"regions": far[0], "affinity": far[1], "yours": float(whose == "yours")})
