"""A modified U-Net (after Ronneberger, Fischer and Brox 2015, arXiv 1505.04597).

Modified: convolutions are padded, so the output has the size of the input; batch normalization follows each; the
decoder has one convolution per level; and there are three levels of pooling instead of four, because three reduce
32 pixels to 4.
"""

from itertools import pairwise
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from colorizer.models.base import ColorizationModel

WIDTHS = (24, 48, 96, 192)
"""Channels at full, half, quarter and eighth resolution."""


def _conv(inputs: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel_size=3, padding=1, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(inplace=True),
    )


class Up(nn.Module):
    """Upsample deep features and merge them with the skip connection of that level."""

    def __init__(self, deep: int, skip: int) -> None:
        super().__init__()
        self.enlarge = nn.ConvTranspose2d(deep, skip, kernel_size=2, stride=2)
        self.merge = _conv(2 * skip, skip)

    def forward(self, deep: Tensor, skip: Tensor) -> Tensor:
        return cast(Tensor, self.merge(torch.cat([skip, self.enlarge(deep)], dim=1)))


class UNet(nn.Module):
    """From standardized gray `(N, 1, H, W)` to RGB `(N, 3, H, W)` in (0, 1), any H and W."""

    def __init__(self, widths: tuple[int, ...] = WIDTHS) -> None:
        super().__init__()
        self.stride = 2 ** (len(widths) - 1)
        self.encoder = nn.ModuleList(
            nn.Sequential(_conv(inputs, width), _conv(width, width))
            for inputs, width in zip((1, *widths), widths, strict=False)
        )
        self.decoder = nn.ModuleList(Up(deep, skip) for skip, deep in reversed(list(pairwise(widths))))
        self.head = nn.Conv2d(widths[0], 3, kernel_size=1)

    def forward(self, gray: Tensor) -> Tensor:
        height, width = gray.shape[-2:]
        bottom, right = -height % self.stride, -width % self.stride
        features = F.pad(gray, (0, right, 0, bottom), mode="replicate") if bottom or right else gray
        skips: list[Tensor] = []
        for level in self.encoder:
            if skips:
                features = F.max_pool2d(features, 2)
            features = level(features)
            skips.append(features)
        skips.pop()
        for up in self.decoder:
            features = up(features, skips.pop())
        return torch.sigmoid(self.head(features))[..., :height, :width]


class UNetModel(ColorizationModel):
    """The U-Net as a colorizer."""

    batch_norm_stride = 2 ** (len(WIDTHS) - 1)

    def build_network(self) -> UNet:
        return UNet()
