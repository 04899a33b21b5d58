"""Lesson 07: what the settings of a map change, what closing the gap does, and whether neighbours on the map are neighbours."""
import numpy as np

from vsrlab.experiments.found import Found, percent
from vsrlab.space import maps, nearness
from vsrlab.space.atlas import Atlas

TEN, K = 10, 15            # neighbours of the prediction, and of trustworthiness


def gap(atlas: Atlas) -> Found:
    """The modality gap of an atlas, what it hides of a map by PCA, and what closing it changes.

    numbers: "gap" distance of the two means; "pairs", "others" mean cosines; "variance", "variance closed" per cent that two
    directions hold; "trust", "trust closed" trustworthiness of PCA
    """
    here, other = (atlas, atlas.other) if not atlas.closed else (atlas.other, atlas)
    g, numbers, rows = here.quality("pca").gap, {}, []
    for name, one, key in (("as it is", here, ""), ("closed", other, " closed")):
        made = one.map("pca")
        held, trust = 100 * made.settings["variance"], nearness.trustworthiness(one.points, made.places, K)
        apart = float(np.linalg.norm(one.points[~one.is_text].mean(0) - one.points[one.is_text].mean(0)))
        numbers |= {f"variance{key}": held, f"trust{key}": trust}
        rows.append((name, f"{apart:.2f}", percent(held, 0), f"{trust:.2f}"))
    numbers |= {"gap": g.distance, "pairs": g.pairs, "others": g.others}
    says = (f"The mean image and the mean caption lie {g.distance:.2f} apart. A caption has cosine {g.pairs:.2f} with its own "
            f"image and {g.others:.2f} with others.")
    columns = "gap", "distance of the means, points drawn", "two directions hold", "trustworthiness of PCA"
    return Found(says, columns, tuple(rows), numbers)


def settings_of_maps(atlas: Atlas, neighbours=(5, 15, 50)) -> Found:
    """Maps of the same points: PCA, and UMAP with few and many neighbours, each twice with another seed.

    numbers: "pca", "umap 5", ...: trustworthiness; "kept 5", ...: per cent of the ten nearest that another seed keeps
    """
    points = atlas.points
    made = maps.pca(points)
    numbers = {"pca": nearness.trustworthiness(points, made.places, K)}
    rows = [("PCA", f"{numbers['pca']:.2f}", "100 % (it has no seed)")]
    for k in neighbours:
        one, two = (maps.umap(points, neighbours=k, seed=seed).places for seed in (atlas.seed, atlas.seed + 1))
        numbers |= {f"umap {k}": nearness.trustworthiness(points, one, K), f"kept {k}": 100 * nearness.overlap(one, two, TEN)}
        rows.append((f"UMAP, {k} neighbours", f"{numbers[f'umap {k}']:.2f}", percent(numbers[f"kept {k}"], 0)))
    at = 15 if 15 in neighbours else neighbours[0]
    says = (f"Two maps by UMAP that differ in their seed alone share {numbers[f'kept {at}']:.0f} % of the ten nearest neighbours "
            "of a point.")
    return Found(says, ("map", f"trustworthiness, k = {K}", "ten nearest kept by another seed"), tuple(rows), numbers)


def true_neighbours(atlas: Atlas, method: str = "pca", k: int = TEN) -> Found:
    """How many of the nearest points on a map are among the nearest in the space?

    numbers: "share" per cent of them, the mean over all points
    """
    points, places = atlas.points, atlas.map(method).places
    rows, _ = nearness.nearest(points, points, k, skip_self=True)
    far = np.square(np.asarray(places, float)[:, None] - np.asarray(places, float)[None]).sum(-1)
    np.fill_diagonal(far, np.inf)
    beside = np.argsort(far, axis=1, kind="stable")[:, :rows.shape[1]]
    share = 100 * float(np.mean([len(set(a) & set(b)) / len(a) for a, b in zip(rows.tolist(), beside.tolist())]))
    near = rows.shape[1]
    return Found(f"Of the {near} points nearest on the map by {method.upper()}, {share / 100 * near:.1f} are among the {near} "
                 "nearest in the space.", numbers={"share": share})
