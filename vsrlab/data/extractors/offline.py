"""The extractors that work without internet: boxes of SSD-MobileNetV2, vectors of EfficientNet-Lite0.

This is not the Visual Genome detector of bottom-up attention: expect lower recalls than published with it.
"""
import io

import torch

from vsrlab.data.extractors import Regions
from vsrlab.data.extractors.efficientnet import FEATURES, EfficientNetLite
from vsrlab.data.extractors.graphdef import constants
from vsrlab.data.extractors.pooling import cell_means, regions
from vsrlab.data.extractors.ssd import CLASSES, SSD
from vsrlab.data.extractors.whole import NETS
from vsrlab.errors import Problem
from vsrlab.frozen import weights


class Grid:
    """The map of EfficientNet-Lite0 as cells x cells vectors and one of the whole photo."""
    name, version, features, regions, nets = "grid of EfficientNet-Lite0", 1, FEATURES, 0, tuple(NETS)

    def __init__(self, side: int = 384, cells: int = 6):
        """side: pixels the photo is squashed to, a multiple of 32; cells: rows and columns of the grid."""
        if side < 32 or side % 32 or not 1 <= cells <= side // 32:
            raise Problem(f"side={side}, cells={cells}: side has to be a multiple of 32, and cells at most side / 32; "
                          "384 and 6 are the default.")
        self.side, self.cells = side, cells
        self.grid = {"rows": cells, "columns": cells, "whole": True}
        self.settings = {"side": side, "cells": cells, "sha256": {weights.LITE0.package: weights.LITE0.sha256}}
        self.net = EfficientNetLite.of(torch.load(io.BytesIO(weights.read(weights.LITE0)), weights_only=True))

    @torch.inference_mode()
    def __call__(self, photo) -> Regions:
        return Regions(None, None, cell_means(self.net.map(photo, self.side), self.cells, self.cells).numpy(), None, None)


class Detected(Grid):
    """The best boxes of SSD-MobileNetV2 after class-agnostic suppression, a vector inside each, and the grid."""
    name = "boxes of SSD-MobileNetV2, vectors of EfficientNet-Lite0"

    def __init__(self, side: int = 384, cells: int = 6, boxes: int = 36, overlap: float = 0.6):
        """side, cells: as in Grid; boxes: kept for each photo; overlap: IoU above which the weaker box goes."""
        if boxes < 1 or not 0 < overlap <= 1:
            raise Problem(f"boxes={boxes}, overlap={overlap}: at least one box, and an overlap above 0 and up to 1.")
        super().__init__(side, cells)
        self.regions, self.overlap = boxes, overlap
        self.settings.update(boxes=boxes, overlap=overlap)
        self.settings["sha256"][weights.SSD.package] = weights.SSD.sha256
        self.detector = SSD.of(constants(weights.read(weights.SSD)))

    @torch.inference_mode()
    def __call__(self, photo) -> Regions:
        boxes, scores = self.detector.detect(photo)
        features = self.net.map(photo, self.side)
        return regions(features, boxes, scores, CLASSES, self.regions, self.overlap, cell_means(features, self.cells, self.cells))
