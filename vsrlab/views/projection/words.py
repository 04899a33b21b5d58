"""The map in words: what is on it, and how far it can be believed."""
from vsrlab.space.atlas import TRUSTED, Atlas
from vsrlab.wording import signed, thousands

WIDE = 0.8                 # a gap that fills the map; unit vectors of two unrelated directions are 1.4 apart


def said(atlas: Atlas, method: str, colour: str) -> str:
    """The sample, the map of a method and what colours it, its trustworthiness, and the gap between images and captions."""
    return " ".join((sampled(atlas, method, colour), trusted(atlas, method), gap(atlas, method)))


def verdict(atlas: Atlas, method: str) -> str:
    """Do images and captions lie apart, and can the map be believed?  At most 20 words."""
    q = atlas.quality(method)
    apart = q.gap.pairs - q.gap.others
    sides = "Images and captions lie apart" if q.gap.distance > WIDE else "Images and captions mix"
    trust = "the map keeps neighbours" if q.trust >= TRUSTED else "the map tears neighbours apart"
    nearer = f"nearer by {signed(apart, False)}" if apart >= 0.005 else "no nearer"
    return f"{sides} (gap {q.gap.distance:.2f}); right pairs are {nearer}; {trust} ({q.trust:.2f})."


def sampled(atlas: Atlas, method: str, colour: str) -> str:
    """'PCA of 300 images (all) and one caption of each, coloured by rank.'"""
    n, told = len(atlas.images), len(atlas.told)
    drawn = "all" if n == told else f"a random sample of {thousands(told)}, seed {atlas.seed}"
    if atlas.added:
        drawn += ", with the pair it opened on"
    closed = ", the mean image laid on the mean caption" if atlas.closed else ""
    return f"{method.upper()} of {thousands(n)} images ({drawn}) and one caption of each, coloured by {colour}{closed}."


def trusted(atlas: Atlas, method: str) -> str:
    """How many neighbours on the map are neighbours in the space, and how many another seed of UMAP keeps."""
    q = atlas.quality(method)
    kept = f", and another seed keeps {100 * q.seeds:.0f} % of the neighbours" if method == "umap" else ""
    low = " (low: look at the true neighbours, not at the map)" if q.trust < TRUSTED else ""
    return f"Trustworthiness {q.trust:.2f} at k = 15{kept}{low}."


def gap(atlas: Atlas, method: str) -> str:
    """How far images and captions lie apart, and that a wide gap hides everything else."""
    g = atlas.quality(method).gap
    hides = "; so wide a gap hides the rest, closed=True takes it out of the map" if g.distance > WIDE and not atlas.closed else ""
    return (f"Modality gap {g.distance:.2f}: a caption has cosine {signed(g.pairs, False)} with its image and "
            f"{signed(g.others, False)} with others{hides}.")
