"""Extractors: a photo becomes regions.  One protocol, three of ours, and any object of yours that fits.

    default   boxes of SSD-MobileNetV2 (COCO), vectors of EfficientNet-Lite0 inside them, and its grid; offline
    grid      the grid of EfficientNet-Lite0 alone; offline, without the detector
    hub       boxes of RT-DETR, vectors of CLIP or DINOv2; their weights come over the internet, once
"""
import importlib
import inspect
from typing import NamedTuple, Protocol

import numpy as np

from vsrlab.errors import Problem, unknown


class Regions(NamedTuple):
    """What an extractor makes of one photo.  Without a detector all but the grid is None."""
    boxes: np.ndarray | None         # (R, 4)  x1 y1 x2 y2, fractions of the photo, best first
    vectors: np.ndarray | None       # (R, F)  float32; a row of zeros is padding
    grid: np.ndarray | None          # (G, F)  float32, cells in reading order, the whole photo last
    labels: list | None              # R strings, the detector's word for a box
    confidence: np.ndarray | None    # (R,)    the detector's score, 0 to 1


class Extractor(Protocol):
    """What `extract` asks of an extractor.  Calls come from several threads at once."""
    name: str                        # for the reader, and to tell features of different extractors apart
    version: int                     # another number: not the same features any more
    features: int                    # F
    regions: int                     # R, the same for every photo; 0 without a detector
    grid: dict | None                # {"rows", "columns", "whole"} as `precomputed` reads it, or None
    settings: dict                   # JSON: sizes, thresholds and SHA-256 of the weights
    # nets, where it is there: names of `whole.NETS` whose whole-photo vectors, as long as F, can stand beside these regions

    def __call__(self, photo) -> Regions:
        """An upright RGB PIL.Image -> its Regions."""


_KINDS = {"default": ("offline", "Detected"), "grid": ("offline", "Grid"), "hub": ("hub", "Hub")}


def extractor(kind, **options) -> Extractor:
    """An extractor by name ("default", "grid", "hub") with its options, or the object given, as it is."""
    if not isinstance(kind, str):
        lacks = [name for name in Extractor.__annotations__ if not hasattr(kind, name)] + ["__call__"] * (not callable(kind))
        if lacks or options:
            raise Problem(f"{kind!r} is no extractor: it lacks {', '.join(lacks)}; see vsrlab.data.extractors.Extractor." if lacks
                          else f"options {', '.join(options)} go with an extractor's name; set them on your object instead.")
        return kind
    if kind not in _KINDS:
        raise unknown("extractor", kind, _KINDS)
    module, name = _KINDS[kind]
    made = getattr(importlib.import_module(f"{__name__}.{module}"), name)
    known = inspect.signature(made).parameters
    for option in options:
        if option not in known:
            raise unknown(f"option of the extractor {kind!r}", option, known)
    return made(**options)
