"""Maps of the joint space: PCA at once, UMAP when asked for.  Arrays in, arrays out: N points, D dimensions, places (N, 2).

Every point is scaled to length one first.  How far a map can be believed is measured in nearness.py.
"""
import json
import time
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from vsrlab import arrays, files
from vsrlab.errors import Missing, Problem
from vsrlab.inputs import parse_json
from vsrlab.space.nearness import nearest, unit

FORMAT, WHAT = "vsrlab map 1", "a map that Map.save wrote"
SETTINGS = {"seed?": int, "neighbours?": int, "distance?": float, "variance?": float}
HEADER = {"format": str, "method": str, "settings?": SETTINGS, "about?": dict}
_SPEED = {"start": 9.0, "point": 1.4e-3}  # seconds: import and compilation; a point of one fit of 500 epochs (measured, one core)
_TOOK: list = []                          # seconds of the fits so far in this process, as a multiple of what was expected


@dataclass(frozen=True, eq=False)
class Map:
    """Points of the joint space in the plane, with all that is needed to place new ones."""
    method: str                           # "pca" or "umap"
    places: np.ndarray                    # (N, 2)
    points: np.ndarray                    # (N, D)  unit length, float16: a saved map answers as the living one
    settings: dict = field(default_factory=dict)    # seed, neighbours, distance, share of the variance
    basis: np.ndarray | None = None       # (1 + 2, D)  PCA: the mean and the two directions
    about: dict = field(default_factory=dict)       # what the points are, for whoever opens the file: rows, sample, run

    def __repr__(self) -> str:
        return f"Map of {len(self.places):,} points by {self.method}, {self.settings}"

    def made(self) -> str:
        """How it was made, in words."""
        words = {"variance": lambda v: f"two directions that hold {100 * v:.0f} % of the variance", "seed": "seed {}".format,
                 "neighbours": "{} neighbours".format, "distance": "least distance {:g}".format}
        told = ", ".join(words[key](value) for key, value in self.settings.items() if key in words)
        return f"{self.method.upper()}: {told}" if told else self.method.upper()

    def transform(self, points) -> np.ndarray:
        """New points (M, D) on the same map: (M, 2).

        PCA projects them.  On a UMAP a new point stands at the mean of its 5 nearest neighbours' places, weighted by
        exp(-(distance - nearest distance) / mean excess): the start of UMAP's own `transform` without the optimisation that
        follows it, so that a map that was saved answers as the living one does, exactly and at once.
        """
        points = unit(points)
        if points.shape[1] != self.points.shape[1]:
            raise Problem(f"the map holds points of {self.points.shape[1]} dimensions, these have {points.shape[1]}; "
                          "encode them with the run that the map was made of.")
        if self.method == "pca":
            return (points - self.basis[0]) @ self.basis[1:].T
        rows, cosines = nearest(self.points, points, min(5, len(self.points)))
        excess = cosines[:, :1] - cosines
        weight = np.exp(-excess / np.maximum(excess.mean(1, keepdims=True), 1e-9))
        return np.einsum("mk,mkc->mc", weight / weight.sum(1, keepdims=True), self.places[rows])

    def save(self, path) -> Path:
        """One .npz file without pickle (places and points); a former file is replaced in one step."""
        header = json.dumps({"format": FORMAT, "method": self.method, "settings": self.settings, "about": self.about},
                            default=lambda x: x.tolist())
        values = {"places": self.places, "points": self.points, "header": np.frombuffer(header.encode(), np.uint8)}
        if self.basis is not None:
            values["basis"] = self.basis
        return files.write(path, lambda file: np.savez_compressed(file, **values))

    @classmethod
    def open(cls, path) -> "Map":
        """Read what `save` wrote."""
        path = Path(path)
        if not path.is_file():
            raise Missing(f"there is no map at {path}; write one with view.map.save({str(path)!r}).")
        try:
            found = arrays.npz(path, WHAT)
            header = found.pop("header", np.zeros(0, np.uint8))
            header = parse_json(header.tobytes().decode("utf-8", "replace"), path, WHAT, HEADER)
        except Problem as problem:
            raise Problem(f"{path} is not a map ({problem}); project again and save it.") from None
        known = {name: found[name] for name in ("places", "points", "basis") if name in found}
        if header.pop("format") != FORMAT or not {"places", "points"} <= {*known} or not _fits(header["method"], **known):
            raise Problem(f"{path} is not a map of this version, or its points and places do not fit; project again and save it.")
        return cls(**{name: header[name] for name in ("method", "settings", "about") if name in header}, **known)


def _fits(method: str, places, points, basis=None) -> bool:
    """Are these places (N, 2) of points (N, D), and the basis (3, D) that PCA needs?"""
    kinds = all(x.dtype.kind == "f" and np.isfinite(x).all() for x in (places, points, basis) if x is not None)
    return (kinds and places.ndim == points.ndim == 2 and places.shape == (len(points), 2) and len(points) > 0
            and (basis is not None and basis.shape == (3, points.shape[1]) if method == "pca" else method == "umap"))


def pca(points) -> Map:
    """The two directions in which points (N, D) differ most, each turned so that its largest entry is positive."""
    points = _enough(points, 2)
    mean = points.mean(0)
    centred = (points - mean).astype(np.float64)
    few = len(points) < points.shape[1]                                          # the smaller of the two products
    values, vectors = np.linalg.eigh(centred @ centred.T if few else centred.T @ centred)
    top = vectors[:, :-3:-1].T                                                   # (2, N or D), largest first
    top = top @ centred if few else top
    top = top / np.maximum(np.linalg.norm(top, axis=1, keepdims=True), 1e-12)
    top = top * np.sign(top[np.arange(len(top)), np.abs(top).argmax(1)])[:, None]
    share = float(values[-2:].clip(0).sum() / max(values.clip(0).sum(), 1e-12))
    basis = np.concatenate([mean[None], top]).astype(np.float32)
    return Map("pca", (points - basis[0]) @ basis[1:].T, points.astype(np.float16), {"variance": round(share, 4)}, basis)


def umap(points, neighbours: int = 15, distance: float = 0.1, seed: int = 0, start=None) -> Map:
    """UMAP (McInnes, Healy, Melville 2018) of points (N, D) with fixed seed, and so on one core: the same map every time.

    Its neighbours are found exactly and not by its approximate search, whose compilation alone takes longer than the
    comparison of 5,000 points.  It begins from `start` (N, 2), or from the PCA: a spectral start falls apart when images and
    texts are two islands, and maps that begin alike can be compared.

    Equal points, such as a caption that stands five times, are one point to it and get one place: as several they would be
    each other's nearest neighbours, and be pushed apart over a third of the map.
    """
    points = _enough(points, 3)
    _, first, same = np.unique(np.round(points, 6), axis=0, return_index=True, return_inverse=True)
    if 3 < len(first) < len(points):
        order = np.argsort(first)                                                # in the order in which they come
        found = umap(points[first[order]], neighbours, distance, seed, None if start is None else np.asarray(start)[first[order]])
        back = np.argsort(order)[same.reshape(-1)]
        return replace(found, places=found.places[back], points=points.astype(np.float16))
    k = min(neighbours, len(points) - 1)
    if k < 2:
        raise Problem(f"neighbours={neighbours}: UMAP needs at least 2.")
    began, expected = time.perf_counter(), umap_seconds(len(points))
    import umap as library
    rows, cosines = nearest(points, points, k)
    start = pca(points).places if start is None else np.asarray(start, float)
    start = np.random.default_rng(seed).normal(0, 1e-4, start.shape) + 10 * start / max(np.abs(start).max(), 1e-12)
    fit = library.UMAP(n_neighbors=k, min_dist=distance, metric="cosine", random_state=seed, n_jobs=1,
                       init=start.astype(np.float32), precomputed_knn=(rows, np.clip(1 - cosines, 0, 2), None),
                       force_approximation_algorithm=True)
    places = np.asarray(_quietly(fit.fit_transform, points), np.float32)
    _TOOK.append((time.perf_counter() - began) / expected)
    return Map("umap", places, points.astype(np.float16), {"neighbours": k, "distance": distance, "seed": seed})


def umap_seconds(n: int, fits: int = 1) -> float:
    """Expected seconds of so many UMAPs of n points: 1.4 ms a point and fit (0.6 above 10,000, where it makes fewer rounds),
    9 s once for import and compilation.  Later expectations are corrected by how long the first fits really took.
    """
    factor = float(np.clip(np.median(_TOOK), 0.2, 20)) if _TOOK else 1.0
    each = _SPEED["point"] * (1 if n <= 10_000 else 0.43)
    return factor * (fits * n * each) + (0 if _TOOK else _SPEED["start"])


def align(places, reference) -> np.ndarray:
    """A map (N, 2) shifted, turned, mirrored and scaled as a whole so that it lies on `reference` (N, 2) as well as it can.

    Orthogonal Procrustes with scale (Schoenemann 1966); rows are the same points in both.
    """
    places, reference = np.asarray(places, float), np.asarray(reference, float)
    if places.shape != reference.shape:
        raise Problem(f"maps of {len(places)} and {len(reference)} points cannot be laid on each other; project the same points.")
    moved, still = places - places.mean(0), reference - reference.mean(0)
    u, values, v = np.linalg.svd(moved.T @ still)
    return moved @ (u @ v) * (values.sum() / max((moved ** 2).sum(), 1e-12)) + reference.mean(0)


def clusters(points, count: int = 8, seed: int = 0) -> np.ndarray:
    """k-means in the full space, (N,) numbers from 0, the largest cluster first."""
    from sklearn.cluster import KMeans
    points = unit(points)
    found = _quietly(KMeans(min(count, len(points)), n_init=3, random_state=seed).fit_predict, points)
    order = np.argsort(-np.bincount(found), kind="stable")
    return np.argsort(order)[found]


def regions(layers) -> Map:
    """The regions of one image before and after each layer, on one map: layers (S, R, D) -> a Map whose places are (S * R, 2).

    One PCA of all of them, so that a step on the map is a move in the space.
    """
    return pca(np.asarray(layers).reshape(-1, np.shape(layers)[-1]))


def sample(n: int, most: int, seed: int = 0) -> np.ndarray:
    """A random sample of rows in ascending order; all of them when there are no more than `most`."""
    return np.arange(n) if n <= most else np.sort(np.random.default_rng(seed).choice(n, most, replace=False))


def _enough(points, least):
    points = unit(points)
    if len(points) < least:
        raise Problem(f"a map needs at least {least} points, and {len(points)} came; choose more images.")
    if points.shape[1] < 2:
        raise Problem("a map needs points of at least 2 dimensions; these have 1.")
    return points


def _quietly(call, *arguments):
    """umap and scikit-learn warn of their own choices (one thread with a seed, equal points); this kit says what matters itself."""
    import warnings
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return call(*arguments)
