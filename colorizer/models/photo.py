"""A network for photographs: what is in the picture, where, and how likely each color is there.

An encoder that knows ImageNet says what is seen; a decoder with shortcuts, as in a U-Net, says where.
The whole picture's mean is added at the bottom, for the light of a scene. Out comes a distribution over
colors for each 4x4 pixels; fine edges are not its task, because chroma is enlarged along the edges of luma.
Color hints come in with the picture and at each level of the decoder, and each place takes the color of hints at
places like it.
"""

from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from colorizer.models.color_bins import ColorBins
from colorizer.models.efficientnet_lite import WIDTHS, EfficientNetLite

STRIDE = 32
"""Height and width are multiples of this."""
CELL = 4
"""Side in pixels of what gets one distribution."""
HINT_CHANNELS = 3
"""Cb and Cr where a hint is, and whether there is one."""
_DECODER = (144, 112, 96)
"""Channels at 1/16, 1/8 and 1/4 of the resolution."""
_SCENE = 96
"""What is kept of the mean of the whole picture."""
_HINT_SCALE = 4.0
"""Brings Cb and Cr, mostly within 0.25 of zero, to the range of the other inputs."""


def _convolution(inputs: int, outputs: int, kernel: int = 3) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(inplace=True),
    )


class HintAttention(nn.Module):
    """Each cell looks for hints at places that are like it, and near, and takes their color.

    How alike two places are is the product of what the network sees there (attention: Vaswani et al. 2017,
    arXiv 1706.03762); a hint far away counts less; and there is always the choice to follow none.
    """

    def __init__(self, channels: int, width: int = 32) -> None:
        """
        Args:
            channels: of the features.
            width: of what is compared.
        """
        super().__init__()
        self.query, self.key = nn.Conv2d(channels, width, 1), nn.Conv2d(channels, width, 1)
        self.none = nn.Parameter(torch.zeros(()))
        self.nearness = nn.Parameter(torch.tensor(2.0))

    def forward(self, features: Tensor, hints: Tensor) -> Tensor:
        """
        Args:
            features: `(N, C, h, w)`.
            hints: `(N, 3, h, w)`: color and 1 where a hint is, elsewhere zeros.

        Returns:
            `(N, 3, h, w)`: the color that hints give a cell, and how far it follows them, 0 to 1.
        """
        hints, places = hints.flatten(2).transpose(1, 2), _places(features)
        is_hint = hints[..., 2]
        # Only the cells with a hint are looked at; pictures with fewer than the most get some without, masked out.
        most = int(is_hint.sum(1).max()) if len(is_hint) else 0
        cells = is_hint.topk(most, dim=1).indices
        given = hints.gather(1, cells[..., None].expand(-1, -1, hints.shape[2]))
        key = self.key(features).flatten(2).gather(2, cells[:, None].expand(-1, self.key.out_channels, -1))
        alike = self.query(features).flatten(2).transpose(1, 2) @ key / key.shape[1] ** 0.5
        apart = torch.cdist(places[None], places[cells]) * self.nearness
        scores = (alike - apart).masked_fill(given[:, None, :, 2] == 0, -torch.inf)
        weights = torch.cat([scores, self.none.expand(*scores.shape[:2], 1)], 2).softmax(2)[..., :-1]
        followed = weights @ given
        color = followed[..., :2] / followed[..., 2:].clamp_min(1e-6)
        return torch.cat([color, followed[..., 2:]], 2).transpose(1, 2).unflatten(2, features.shape[-2:])


def gather_hints(hints: Tensor, side: int) -> Tensor:
    """Hints in squares of some pixels: their mean color, and 1 where there is one, `(N, 3, H / side, W / side)`."""
    mean = F.avg_pool2d(hints, side)
    share = mean[:, 2:]
    return torch.cat([mean[:, :2] / share.clamp_min(1 / side**2), (share > 0).to(mean.dtype)], 1)


def _places(features: Tensor) -> Tensor:
    """Where each of the features lies, `(h w, 2)`, the longer side of the picture from 0 to 1."""
    height, width = features.shape[-2:]
    down, across = torch.meshgrid(torch.arange(height) + 0.5, torch.arange(width) + 0.5, indexing="ij")
    return (torch.stack([down, across], -1).flatten(0, 1) / max(height, width)).to(features)


class PhotoNet(nn.Module):
    """From standardized gray and hints to scores of colors."""

    def __init__(self, grid: ColorBins) -> None:
        """
        Args:
            grid: the colors to choose from.
        """
        super().__init__()
        self.grid = grid
        self.encoder = EfficientNetLite(1 + HINT_CHANNELS)
        deep = WIDTHS[-1]
        self.scene = nn.Sequential(
            nn.Linear(deep + HINT_CHANNELS, _SCENE), nn.ReLU(inplace=True), nn.Linear(_SCENE, deep)
        )
        self.narrow, self.merge = nn.ModuleList(), nn.ModuleList()
        for width, shortcut in zip(_DECODER, reversed(WIDTHS[1:-1]), strict=True):
            self.narrow.append(_convolution(deep, width, 1))
            self.merge.append(_convolution(width + shortcut + HINT_CHANNELS, width))
            deep = width
        self.attention = HintAttention(deep)
        self.head = nn.Sequential(_convolution(deep + HINT_CHANNELS, deep), nn.Conv2d(deep, len(grid), 1))
        self.trust = nn.Parameter(torch.tensor(5.0))
        """What a hint that is followed adds to the score of its color."""

    def forward(self, gray: Tensor, hints: Tensor | None = None) -> Tensor:
        """
        Args:
            gray: standardized, `(N, 1, H, W)`; H and W are multiples of `STRIDE`.
            hints: `(N, 3, H, W)`: Cb, Cr and 1 where a hint is, elsewhere zeros; or none.

        Returns:
            Scores `(N, Q, H / 4, W / 4)`, whose softmax is a distribution.
        """
        scale = gray.new_tensor((_HINT_SCALE, _HINT_SCALE, 1.0))[:, None, None]
        drawn = scale * (gray.new_zeros(len(gray), HINT_CHANNELS, *gray.shape[-2:]) if hints is None else hints)
        *shortcuts, deep = self.encoder(torch.cat([gray, drawn], 1))
        seen = torch.cat([deep.mean((2, 3)), drawn.mean((2, 3))], 1)
        features = deep + self.scene(seen)[:, :, None, None]
        for narrow, merge, shortcut in zip(self.narrow, self.merge, reversed(shortcuts[1:]), strict=True):
            given = gather_hints(drawn, drawn.shape[-1] // shortcut.shape[-1])
            wide = F.interpolate(narrow(features), scale_factor=2.0, mode="nearest")
            features = merge(torch.cat([wide, shortcut, given], 1))
        followed = torch.zeros_like(given) if hints is None else self.attention(features, given)
        scores = cast(Tensor, self.head(torch.cat([features, followed], 1)))
        return scores if hints is None else self._with_evidence(scores, followed)

    def _with_evidence(self, scores: Tensor, followed: Tensor) -> Tensor:
        """Scores `(N, Q, h, w)`, higher for the colors that hints speak for."""
        color, share = followed.to(scores.dtype).split((2, 1), 1)
        numbers, shares = self.grid.soft_encode(color / _HINT_SCALE)
        return scores.scatter_add(1, numbers, self.trust * share * shares)
