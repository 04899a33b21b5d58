"""What MobileNetV2 and EfficientNet-Lite share: convolutions padded as TensorFlow does, inverted residuals, folding."""
import torch
from torch import nn
from torch.nn import functional as fn

EPSILON = 1e-3           # of every batch normalisation in TensorFlow's graphs


def same_padding(size: int, kernel: int, stride: int) -> tuple:
    """TensorFlow's "SAME": (before, after) so that ceil(size / stride) places remain; an odd pixel goes after."""
    short = max((-(-size // stride) - 1) * stride + kernel - size, 0)
    return short // 2, short - short // 2


class SameConv(nn.Conv2d):
    """A convolution with "SAME" padding: with stride 2 and an even size it is not symmetric, which torch cannot say.

    even  pad both ends alike, as networks that were trained in torch do
    """

    def __init__(self, inside: int, outside: int, kernel: int = 1, stride: int = 1, groups: int = 1, even: bool = False):
        super().__init__(inside, outside, kernel, stride, groups=groups)
        self.even = even

    def forward(self, x):
        if self.even:
            return fn.conv2d(x, self.weight, self.bias, self.stride, self.kernel_size[0] // 2, 1, self.groups)
        top, bottom = same_padding(x.shape[2], self.kernel_size[0], self.stride[0])
        left, right = same_padding(x.shape[3], self.kernel_size[1], self.stride[1])
        if (top, left) == (bottom, right):
            return fn.conv2d(x, self.weight, self.bias, self.stride, (top, left), 1, self.groups)
        return fn.conv2d(fn.pad(x, (left, right, top, bottom)), self.weight, self.bias, self.stride, 0, 1, self.groups)


def fold(conv: nn.Conv2d, weight, gamma, beta, mean, variance, epsilon: float = EPSILON):
    """Give a convolution its weight (O, I, k, k) with the batch normalisation (O,) that follows it worked in."""
    scale = gamma / torch.sqrt(variance + epsilon)
    conv.weight.data.copy_(weight * scale[:, None, None, None])
    conv.bias.data.copy_(beta - mean * scale)


def relu6(x):
    """Clipped between 0 and 6, in place."""
    return fn.relu6(x, inplace=True)


class Inverted(nn.Module):
    """Inverted residual (Sandler et al., CVPR 2018, table 1): widen 1x1, depthwise k x k, narrow 1x1, add."""

    def __init__(self, inside: int, outside: int, kernel: int, stride: int, expand: int, even: bool = False):
        super().__init__()
        wide = inside * expand
        self.expand = SameConv(inside, wide) if expand > 1 else None
        self.depthwise = SameConv(wide, wide, kernel, stride, wide, even)
        self.project = SameConv(wide, outside)
        self.adds = stride == 1 and inside == outside

    def widen(self, x):
        """(N, C, H, W) -> (N, expansion x C, H, W)."""
        return x if self.expand is None else relu6(self.expand(x))

    def narrow(self, x, wide):
        """The block's output from its widened input; x itself is added where nothing changes its shape."""
        y = self.project(relu6(self.depthwise(wide)))
        return y.add_(x) if self.adds else y

    def forward(self, x):
        return self.narrow(x, self.widen(x))
