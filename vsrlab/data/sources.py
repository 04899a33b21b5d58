"""Where features are from: the extractor's name, and a fingerprint of a few vectors, so that features of two are not mixed."""
import warnings

import numpy as np

from vsrlab.data.batches import as_float32
from vsrlab.data.corpus import Corpus
from vsrlab.errors import Problem
from vsrlab.inputs import Is, short

_IMAGES, _LEAST = 64, 16               # images that are looked at, and the fewest that say anything
_SKETCH, _SMALL = 128, 32              # numbers of a fingerprint; features of fewer dimensions have none
_CLEAR, _ALIKE, _LENGTHS = 4.0, 0.3, 4.0     # signal over noise of a mean; correlation of means; ratio of lengths
_NUMBERS = Is("numbers", lambda x: isinstance(x, list) and all(type(n) in (int, float) and abs(n) < 1e30 for n in x))
SHAPE = {"extractor": str, "mean?": _NUMBERS, "clear?": float,
         "length?": Is("a number above 0", lambda x: isinstance(x, int | float) and 0 < x < 1e30), "negative?": float}


def source_of(corpus: Corpus) -> dict:
    """{"extractor": name, and, where the features are large enough to tell, what their vectors are like on average}.

    "mean" is a sketch of the mean vector (random signs, 128 sums) without its own mean, and "clear" how far it stands out of
    chance; "length" is the mean length of a vector, "negative" the share of numbers below zero.  {} for what was not extracted.
    """
    images, _, features = corpus.regions.shape
    if not corpus.kind:
        return {}
    source = {"extractor": corpus.extractor}
    if images < _LEAST or features < _SMALL:
        return source
    rows = np.unique(np.linspace(0, images - 1, _IMAGES).astype(int))
    x = as_float32(corpus.regions[rows][:, :corpus.regions.shape[1] - len(corpus.nets)]).numpy().astype(np.float64)
    real = x.any(-1)
    x, of = x[real], np.repeat(np.arange(len(rows)), real.sum(1))
    if len(x) < _LEAST or not np.isfinite(x).all():
        return source
    each = np.stack([x[of == row].mean(0) for row in np.unique(of)])                # (images, F)
    mean = each.mean(0) - each.mean()
    noise = each.var(0).sum() / len(each)
    rng = np.random.default_rng(features)
    place, sign = rng.integers(_SKETCH, size=features), rng.choice([-1.0, 1.0], features)
    sketch = np.bincount(place, mean * sign, _SKETCH)
    return {**source, "mean": [float(f"{n:.4g}") for n in sketch], "clear": float(f"{(mean ** 2).sum() / max(noise, 1e-30):.4g}"),
            "length": float(f"{np.linalg.norm(x, axis=1).mean():.4g}"), "negative": float(f"{(x < 0).mean():.3g}")}


def same_source(trained: dict, corpus: Corpus, force: bool = False):
    """Refuse a corpus whose features are unlike those a run was trained on; with `force`, and for another name alone, warn."""
    if not trained or not corpus.kind:
        return
    here = source_of(corpus)
    unlike = _unlike(trained, here)
    named = trained["extractor"] and here["extractor"] and trained["extractor"] != here["extractor"]
    names = f" (extractor {short(trained['extractor'])} there, {short(here['extractor'])} here)" if named else ""
    if unlike and not force:
        raise Problem(f"{corpus.name} {corpus.split} holds features unlike those the run was trained on: {unlike}{names}; extract "
                      "both with the same extractor, or, to measure nevertheless, give force=True (--force).")
    if unlike or named:
        warnings.warn(f"{corpus.name} {corpus.split}: features of another extractor than the run was trained on"
                      f"{f': {unlike}' if unlike else ''}{names}; what is measured on them says little.", stacklevel=3)


def _unlike(one: dict, other: dict) -> str:
    """In what two sources differ more than data of one extractor do; "" where they do not, or it cannot be told."""
    if "mean" not in one or "mean" not in other:
        return ""
    ratio = other["length"] / one["length"]
    if not 1 / _LENGTHS < ratio < _LENGTHS:
        return f"their vectors are {max(ratio, 1 / ratio):,.0f} times as {'long' if ratio > 1 else 'short'}"
    low, high = sorted((one["negative"], other["negative"]))
    if low < 0.001 and high > 0.05:
        return "only " + ("these" if other["negative"] == high else "those of the run") + " have numbers below zero"
    if min(one["clear"], other["clear"]) > _CLEAR and len(one["mean"]) == len(other["mean"]):
        alike = float(np.dot(one["mean"], other["mean"]) / (np.linalg.norm(one["mean"]) * np.linalg.norm(other["mean"]) + 1e-30))
        if alike < _ALIKE:
            return f"their mean vectors correlate with {alike:.2f}"
    return ""
