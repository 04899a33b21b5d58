"""Which relations of a graph of regions are worth an arrow."""
import numpy as np


def strongest(affinity, each=2, percentile=95.0, region=None, most=None):
    """The `each` strongest relations of every region that lie above a percentile of all sizes.

    affinity (R, R): row the region that reads, column the one it reads; signed, so size is what counts.
    A region's relation to itself is no arrow.  With `region`, only what it reads and what reads it, without
    the percentile.  `most` cuts the list.  -> edges [(reader, read), ...] and weights (E,), strongest first.
    """
    size = np.abs(np.array(affinity, float))
    np.fill_diagonal(size, -1.0)
    others = size[size >= 0]
    least = np.percentile(others, percentile) if len(others) and region is None else 0.0
    kept = []
    for reader in range(len(size)):
        best = np.argsort(-size[reader], kind="stable")[:each]
        kept += [(reader, int(read)) for read in best if size[reader, read] >= max(least, 1e-12)]
    if region is not None:
        inward = np.argsort(-size[:, region], kind="stable")[:each]
        kept = [e for e in kept if e[0] == region] + [(int(r), region) for r in inward if size[r, region] > 1e-12]
    kept = sorted(dict.fromkeys(kept), key=lambda e: -size[e])[:most]
    return kept, np.array([affinity[e] for e in kept])


def moved(layers):
    """layers (L+1, R, D) -> (L, R): how far each layer turns each region, 1 - cosine between before and after."""
    unit = layers / np.maximum(np.linalg.norm(layers, axis=-1, keepdims=True), 1e-12)
    return 1 - (unit[:-1] * unit[1:]).sum(-1)
