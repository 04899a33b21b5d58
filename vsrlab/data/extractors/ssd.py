"""SSD-MobileNetV2, trained on COCO: a photo -> 1,917 boxes with the scores of 80 classes.

Liu et al., SSD: Single Shot MultiBox Detector, ECCV 2016; Sandler et al., MobileNetV2, CVPR 2018.  Weights are those of
tensorflow/models' detection zoo, ssd_mobilenet_v2_coco_2018_03_29; the order and sizes of the anchors, the box code and
the names of the layers are that graph's.
"""
import numpy as np
import torch
from PIL import Image
from torch import nn
from torch.nn import functional as fn

from vsrlab.data.extractors.layers import Inverted, SameConv, fold, relu6

SIDE, LARGEST = 300, 640           # pixels: what the network reads; the long side of the photos it was trained on
# COCO's classes by their number, from 1; "-" is a number without a class.
_NUMBERED = """person,bicycle,car,motorcycle,airplane,bus,train,truck,boat,traffic light,fire hydrant,-,stop sign,parking meter,
bench,bird,cat,dog,horse,sheep,cow,elephant,bear,zebra,giraffe,-,backpack,umbrella,-,-,handbag,tie,suitcase,frisbee,skis,snowboard,
sports ball,kite,baseball bat,baseball glove,skateboard,surfboard,tennis racket,bottle,-,wine glass,cup,fork,knife,spoon,bowl,
banana,apple,sandwich,orange,broccoli,carrot,hot dog,pizza,donut,cake,chair,couch,potted plant,bed,-,dining table,-,-,toilet,-,
tv,laptop,mouse,remote,keyboard,cell phone,microwave,oven,toaster,sink,refrigerator,-,book,clock,vase,scissors,teddy bear,
hair drier,toothbrush""".replace("\n", "").split(",")
CLASSES = [name for name in _NUMBERED if name != "-"]
_NUMBERS = np.array([number for number, name in enumerate(_NUMBERED, 1) if name != "-"])       # 0 is the background

_BLOCKS = [(16, 1, 1), *[(24, 2, 6), (24, 1, 6)], *[(32, 2, 6), (32, 1, 6), (32, 1, 6)], *[(64, 2, 6)], *[(64, 1, 6)] * 3,
           *[(96, 1, 6)] * 3, *[(160, 2, 6), (160, 1, 6), (160, 1, 6)], (320, 1, 6)]          # width, stride, expansion
_TAP = 13                                                                    # the first map is this block's widened input
_EXTRAS = [(256, 512), (128, 256), (128, 256), (64, 128)]                    # narrow, wide
_MAPS = [(19, 576, 3), (10, 1280, 6), (5, 512, 6), (3, 256, 6), (2, 256, 6), (1, 128, 6)]      # side, width, anchors a place


def anchors() -> torch.Tensor:
    """(1917, 4) centre x, centre y, width, height, in fractions of the photo: SSD, section 2.2, with scales 0.2 to 0.95."""
    scales = [*np.linspace(0.2, 0.95, 6), 1.0]
    found = []
    for k, (side, _, count) in enumerate(_MAPS):
        shapes = [(0.1, 1.0), (scales[0], 2.0), (scales[0], 0.5)]            # fewer small ones on the largest map
        if count == 6:
            shapes = [(scales[k], ratio) for ratio in (1, 2, 0.5, 3, 0.3333)] + [((scales[k] * scales[k + 1]) ** 0.5, 1.0)]
        found += [((x + 0.5) / side, (y + 0.5) / side, scale * ratio ** 0.5, scale / ratio ** 0.5)
                  for y in range(side) for x in range(side) for scale, ratio in shapes]
    return torch.tensor(found, dtype=torch.float32)


def prepare(photo) -> torch.Tensor:
    """A photo -> (1, 3, 300, 300) in -1 to 1, channels last.

    Squashed as the graph does it, by interpolation between the four nearest pixels without averaging the others: a
    smoother picture costs confidence (a person of .81 becomes .73).  Photos larger than COCO's are first reduced to
    their size, smoothly, for otherwise most of their pixels would never be read.
    """
    if max(photo.size) > LARGEST:
        photo = photo.copy()
        photo.thumbnail((LARGEST, LARGEST), Image.Resampling.BILINEAR)
    values = torch.from_numpy(np.asarray(photo, np.float32)).permute(2, 0, 1)[None]
    return fn.interpolate(values, (SIDE, SIDE), mode="bilinear") / 127.5 - 1


class SSD(nn.Module):
    """The detector, without its own suppression of overlapping boxes."""

    def __init__(self):
        super().__init__()
        widths = [32, *(width for width, _, _ in _BLOCKS)]
        self.stem = SameConv(3, 32, 3, 2)
        self.blocks = nn.ModuleList(Inverted(inside, outside, 3, stride, expand)
                                    for inside, (outside, stride, expand) in zip(widths, _BLOCKS))
        self.head = SameConv(320, 1280)
        self.extras = nn.ModuleList(nn.ModuleList([SameConv(inside, narrow), SameConv(narrow, narrow, 3, 2, groups=narrow),
                                                   SameConv(narrow, wide)])
                                    for inside, (narrow, wide) in zip((1280, 512, 256, 256), _EXTRAS))
        self.classes = nn.ModuleList(SameConv(width, count * len(CLASSES), 3) for _, width, count in _MAPS)
        self.offsets = nn.ModuleList(SameConv(width, count * 4, 3) for _, width, count in _MAPS)
        self.register_buffer("anchors", anchors(), persistent=False)

    def maps(self, x) -> list:
        """(1, 3, 300, 300) in -1 to 1 -> six maps, 19 x 19 to 1 x 1."""
        x = relu6(self.stem(x))
        for block in self.blocks[:_TAP]:
            x = block(x)
        wide = self.blocks[_TAP].widen(x)
        x = self.blocks[_TAP].narrow(x, wide)
        for block in self.blocks[_TAP + 1:]:
            x = block(x)
        found = [wide, relu6(self.head(x))]
        for extra in self.extras:
            x = found[-1]
            for layer in extra:
                x = relu6(layer(x))
            found.append(x)
        return found

    def forward(self, x):
        """(1, 3, 300, 300) -> boxes (1917, 4) x1 y1 x2 y2 cut to the photo, scores (1917, 80)."""
        maps = self.maps(x)
        flat = lambda layers, size: torch.cat([layer(m)[0].permute(1, 2, 0).reshape(-1, size) for layer, m in zip(layers, maps)])
        scores, code = flat(self.classes, len(CLASSES)).sigmoid(), flat(self.offsets, 4)
        centre = code[:, [1, 0]] / 10 * self.anchors[:, 2:] + self.anchors[:, :2]     # the code is y x h w, times 10 10 5 5
        half = (code[:, [3, 2]] / 5).exp() * self.anchors[:, 2:] / 2
        return torch.cat([centre - half, centre + half], 1).clamp(0, 1), scores

    @torch.inference_mode()
    def detect(self, photo):
        """A photo -> boxes (1917, 4) in fractions, scores (1917, 80)."""
        return self(prepare(photo))

    @classmethod
    def of(cls, constants: dict) -> "SSD":
        """The detector with the weights of the frozen graph (graphdef.constants)."""
        get = lambda name: torch.from_numpy(np.array(constants[name], np.float32))
        model, root = cls(), "FeatureExtractor/MobilenetV2/"

        def put(conv, scope, axes=(3, 2, 0, 1), weights="/weights"):
            fold(conv, get(root + scope + weights).permute(axes),
                 *(get(f"{root}{scope}/BatchNorm/{n}") for n in ("gamma", "beta", "moving_mean", "moving_variance")))

        def put_depthwise(conv, scope):
            put(conv, scope, (2, 3, 0, 1), "/depthwise_weights")

        put(model.stem, "Conv")
        put(model.head, "Conv_1")
        for number, block in enumerate(model.blocks):
            scope = f"expanded_conv_{number}" if number else "expanded_conv"
            if block.expand is not None:
                put(block.expand, scope + "/expand")
            put_depthwise(block.depthwise, scope + "/depthwise")
            put(block.project, scope + "/project")
        for number, ((narrow, wide), extra) in enumerate(zip(_EXTRAS, model.extras), 2):
            put(extra[0], f"layer_19_1_Conv2d_{number}_1x1_{narrow}")
            put_depthwise(extra[1], f"layer_19_2_Conv2d_{number}_3x3_s2_{wide}_depthwise")
            put(extra[2], f"layer_19_2_Conv2d_{number}_3x3_s2_{wide}")
        _put_predictors(model, get)
        return model.eval().to(memory_format=torch.channels_last)


def _put_predictors(model: SSD, get):
    """The last layers; of the 91 classes an anchor has in the graph, the 80 that have a name."""
    for number, (_, _, count) in enumerate(_MAPS):
        rows = torch.from_numpy((np.arange(count)[:, None] * 91 + _NUMBERS).ravel())
        for layer, kind, chosen in ((model.classes[number], "Class", rows), (model.offsets[number], "BoxEncoding", slice(None))):
            scope = f"BoxPredictor_{number}/{kind}Predictor"
            layer.weight.data.copy_(get(scope + "/weights").permute(3, 2, 0, 1)[chosen])
            layer.bias.data.copy_(get(scope + "/biases")[chosen])
