"""A network for photographs: what is in the picture, where, and how likely each colour is there.

An encoder that knows ImageNet says what is seen; a decoder with shortcuts, as in a U-Net, says where.
The whole picture's mean is added at the bottom, for the light of a scene. Out comes a distribution over
colours for each 4x4 pixels; fine edges are not its task, because chroma is enlarged along the edges of luma.
Colour hints come in with the picture and once more where the decision falls.
"""

from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from colorizer.models.chroma_grid import ChromaGrid
from colorizer.models.efficientnet_lite import WIDTHS, EfficientNetLite

STRIDE = 32
"""Height and width are padded to multiples of this."""
CELL = 4
"""Side in pixels of what gets one distribution."""
HINT_CHANNELS = 3
"""Cb and Cr where a hint is, and whether there is one."""
_DECODER = (192, 128, 96)
"""Channels at 1/16, 1/8 and 1/4 of the resolution."""
_HINT_SCALE = 4.0
"""Brings Cb and Cr, mostly within 0.25 of zero, to the range of the other inputs."""


def _convolution(inputs: int, outputs: int, kernel: int = 3) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(inplace=True),
    )


class PhotoNet(nn.Module):
    """From standardized gray and hints to scores of colours."""

    def __init__(self, colours: int) -> None:
        """
        Args:
            colours: how many there are to choose from.
        """
        super().__init__()
        self.encoder = EfficientNetLite(1 + HINT_CHANNELS)
        deep = WIDTHS[-1]
        self.scene = nn.Sequential(nn.Linear(deep, deep), nn.ReLU(inplace=True), nn.Linear(deep, deep))
        self.narrow, self.merge = nn.ModuleList(), nn.ModuleList()
        for width, shortcut in zip(_DECODER, reversed(WIDTHS[1:-1]), strict=True):
            self.narrow.append(_convolution(deep, width, 1))
            extra = HINT_CHANNELS if width == _DECODER[-1] else 0
            self.merge.append(_convolution(width + shortcut + extra, width))
            deep = width
        self.head = nn.Sequential(_convolution(deep, deep), nn.Conv2d(deep, colours, 1))

    def forward(self, gray: Tensor, hints: Tensor | None = None) -> Tensor:
        """
        Args:
            gray: standardized, `(N, 1, H, W)`.
            hints: `(N, 3, H, W)`: Cb, Cr and 1 where a hint is, elsewhere zeros; or none.

        Returns:
            Scores `(N, colours, ceil(H / 4), ceil(W / 4))`, whose softmax is a distribution.
        """
        height, width = gray.shape[-2:]
        if hints is None:
            hints = gray.new_zeros(len(gray), HINT_CHANNELS, height, width)
        hints = hints * hints.new_tensor((_HINT_SCALE, _HINT_SCALE, 1.0))[:, None, None]
        inputs = torch.cat([gray, hints], 1)
        bottom, right = -height % STRIDE, -width % STRIDE
        if bottom or right:
            inputs = F.pad(inputs, (0, right, 0, bottom), mode="replicate")
        *shortcuts, deep = self.encoder(inputs)
        features = deep + self.scene(deep.mean((2, 3)))[:, :, None, None]
        for narrow, merge, shortcut in zip(self.narrow, self.merge, reversed(shortcuts[1:]), strict=True):
            parts = [F.interpolate(narrow(features), scale_factor=2.0, mode="nearest"), shortcut]
            if merge is self.merge[-1]:
                parts.append(_of_cells(inputs[:, 1:]))
            features = merge(torch.cat(parts, 1))
        scores = cast(Tensor, self.head(features))
        return scores[..., : -(-height // CELL), : -(-width // CELL)]


def photo() -> PhotoNet:
    """The network with one score for each point of the grid of chroma."""
    return PhotoNet(len(ChromaGrid()))


def _of_cells(hints: Tensor) -> Tensor:
    """Hints at the resolution of the decision: the mean colour of those in a cell."""
    mean = F.avg_pool2d(hints, CELL)
    share = mean[:, 2:]
    return torch.cat([mean[:, :2] / share.clamp_min(1 / CELL**2), (share > 0).to(mean.dtype)], 1)
