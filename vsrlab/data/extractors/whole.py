"""Whole-photo vectors of other networks: one vector of 1280 numbers a photo and network, beside the regions of an extractor.

They know other things than the grid does, and are cheap to keep (2.5 kB a photo and network).  A model reads them when it is asked
to: vl.precomputed(folder, split, "grid+lite2+mobilenetv2") and options={"nets": "lite2+mobilenetv2"}.
"""
import io
from typing import Callable, NamedTuple

import numpy as np
import torch

from vsrlab.data.extractors.efficientnet import FEATURES, EfficientNetLite
from vsrlab.data.extractors.mobilenet import MobileNetV2
from vsrlab.errors import unknown
from vsrlab.frozen import weights
from vsrlab.frozen.weights import Weights

SIDE = 288                               # pixels that a photo is squashed to


class Net(NamedTuple):
    """A network of whole photos."""
    title: str
    weights: Weights
    build: Callable                      # the state of the file -> a module with `map(photo, side)`

    @property
    def about(self) -> dict:
        """What features.json keeps of it."""
        return {"net": self.title, "side": SIDE, "sha256": self.weights.sha256}

    def open(self) -> Callable:
        """-> a function that makes a photo's vector: an upright RGB PIL.Image -> (1280,) float32, the mean of the map."""
        net = self.build(torch.load(io.BytesIO(weights.read(self.weights)), weights_only=True))
        return lambda photo: _mean(net, photo)


@torch.inference_mode()
def _mean(net, photo) -> np.ndarray:
    return net.map(photo, SIDE).mean((1, 2)).numpy()


NETS = {"lite2": Net("EfficientNet-Lite2", weights.LITE2, lambda state: EfficientNetLite.of(state, 1.1, 1.2)),
        "mobilenetv2": Net("MobileNetV2", weights.MOBILENET, MobileNetV2.of)}
WIDE = FEATURES


def chosen(names) -> dict:
    """{name: Net} of some networks, or a sentence that names the nearest."""
    for name in names:
        if name not in NETS:
            raise unknown("network of whole photos", name, NETS)
    return {name: NETS[name] for name in names}
