"""An altered U-Net (after Ronneberger, Fischer and Brox 2015, arXiv 1505.04597).

What is altered: convolutions are padded, so a picture keeps its size; batch normalization follows
each; the decoder has one convolution per level; and there are three halvings, not four, because
32 pixels are 4 after three.
"""

from itertools import pairwise
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

WIDTHS = (24, 48, 96, 192)
"""Channels at full, half, quarter and eighth resolution."""


def _convolution(inputs: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel_size=3, padding=1, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(inplace=True),
    )


class Up(nn.Module):
    """Double the resolution of deep features and merge them with the shortcut of that level."""

    def __init__(self, deep: int, shortcut: int) -> None:
        super().__init__()
        self.enlarge = nn.ConvTranspose2d(deep, shortcut, kernel_size=2, stride=2)
        self.merge = _convolution(2 * shortcut, shortcut)

    def forward(self, deep: Tensor, shortcut: Tensor) -> Tensor:
        return cast(Tensor, self.merge(torch.cat([shortcut, self.enlarge(deep)], dim=1)))


class UNet(nn.Module):
    """From standardized gray `(N, 1, H, W)` to RGB `(N, 3, H, W)` in (0, 1), any H and W."""

    def __init__(self, widths: tuple[int, ...] = WIDTHS) -> None:
        super().__init__()
        self.stride = 2 ** (len(widths) - 1)
        self.encoder = nn.ModuleList(
            nn.Sequential(_convolution(inputs, width), _convolution(width, width))
            for inputs, width in zip((1, *widths), widths, strict=False)
        )
        self.decoder = nn.ModuleList(Up(deep, shortcut) for shortcut, deep in reversed(list(pairwise(widths))))
        self.head = nn.Conv2d(widths[0], 3, kernel_size=1)

    def forward(self, gray: Tensor) -> Tensor:
        height, width = gray.shape[-2:]
        bottom, right = -height % self.stride, -width % self.stride
        features = F.pad(gray, (0, right, 0, bottom), mode="replicate") if bottom or right else gray
        shortcuts: list[Tensor] = []
        for level in self.encoder:
            if shortcuts:
                features = F.max_pool2d(features, 2)
            features = level(features)
            shortcuts.append(features)
        shortcuts.pop()
        for up in self.decoder:
            features = up(features, shortcuts.pop())
        return torch.sigmoid(self.head(features))[..., :height, :width]
