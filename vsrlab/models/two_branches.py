"""The mean region and a text without its order, each through a branch of its own: what DSPE, RRF-Net and CCA have in common."""
from torch import Tensor, nn
from torch.nn import functional as fn

from vsrlab.models.batchnorm import BatchNorm
from vsrlab.models.blocks import Dropout, linear, mean, unit
from vsrlab.models.matcher import Matcher
from vsrlab.values import Encoding


class Branch(nn.Module):
    """Two layers from one vector into the joint space, with batch norm where a paper has it: DSPE's branch, RRF-Net's beginning.

    x -> norm "enter" -> fc1 -> norm "middle" -> ReLU, dropout -> fc2 -> norm "leave";  `norms` names those that are there
    """

    def __init__(self, inputs: int, hidden: int, dim: int, norms: tuple, dropout: float = 0.0):
        super().__init__()
        self.fc1, self.fc2, self.dropout = linear(inputs, hidden), linear(hidden, dim), Dropout(dropout)
        self.enter, self.middle, self.leave = (BatchNorm(width) if name in norms else nn.Identity() for name, width in (
            ("enter", inputs), ("middle", hidden), ("leave", dim)))

    def forward(self, x: Tensor) -> Tensor:
        """x (..., inputs) -> (..., D), of any length."""
        return self.leave(self.fc2(self.dropout(fn.relu(self.middle(self.fc1(self.enter(x)))))))


class TwoBranches(Matcher):
    """v = unit(image(mean_r f_r)),  t = unit(text(reader(words))): two vectors of length one.

    `parts` are what a region, or a word, would be as an image, or as a text, of it alone.  In training nobody asks for them: they
    are the vector then.  How a branch is asked is `_through`.
    """
    compares = "vectors"

    def __init__(self, reader: nn.Module, image: nn.Module, text: nn.Module):
        super().__init__()
        self.reader, self.image, self.text = reader, image, text

    def begin(self, batches):
        self.reader.begin(batches)

    def encode_images(self, regions: Tensor, mask: Tensor) -> Encoding:
        vector, seen = self._through(self.image, mean(regions, mask))
        if self.training:
            return Encoding(vector, vector[:, None], mask.any(1, keepdim=True), seen)
        return Encoding(vector, self._through(self.image, regions)[0] * mask[..., None], mask, seen)

    def encode_texts(self, words: Tensor, mask: Tensor) -> Encoding:
        vector, seen = self._through(self.text, self.reader(words, mask))
        if self.training:
            return Encoding(vector, vector[:, None], mask.any(1, keepdim=True), seen)
        different, at = words.unique(return_inverse=True)
        alone, _ = self._through(self.text, self.reader(different[:, None], different[:, None] > 0))
        return Encoding(vector, alone[at] * mask[..., None], mask, seen)

    def _through(self, branch: nn.Module, x: Tensor) -> tuple[Tensor, dict]:
        """x (..., inputs) -> vectors (..., D) of length one, and what was seen on the way."""
        return unit(branch(x)), {}
