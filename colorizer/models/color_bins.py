"""Chroma as a choice among a few hundred colors, so that a network can say how sure it is of each.

The plane of Cb and Cr is covered with a square grid, of which only the points around colors that RGB
can show are used (after Zhang, Isola and Efros 2016, arXiv 1603.08511, who do so in CIELAB). A color
is shared out among the four points around it, linearly, so the mean over the points is the color itself.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from colorizer.color import LUMA_WEIGHTS, chroma

STEP = 0.05
"""Distance of the grid's points, where Cb and Cr have a range of 1."""
_SIDE = round(1 / STEP) + 3
"""Points along each axis, with one to spare on either side."""
_LATTICE = 41
"""Colors along each axis of the RGB cube that are looked at to find the points in use."""


def chroma_to_cbcr(chroma: Tensor) -> Tensor:
    """Chroma as a point of a plane: Cb and Cr of ITU-R BT.601.

    Args:
        chroma: zero-luma color differences, `(..., 3, H, W)` in [-1, 1].

    Returns:
        `(..., 2, H, W)` in [-0.5, 0.5].
    """
    red, _, blue = chroma.unbind(-3)
    red_scale, _, blue_scale = _SCALES
    return torch.stack((blue / blue_scale, red / red_scale), dim=-3)


def cbcr_to_chroma(plane: Tensor) -> Tensor:
    """The other way: `(..., 2, H, W)` to zero-luma color differences `(..., 3, H, W)`."""
    cb, cr = plane.unbind(-3)
    red_scale, _, blue_scale = _SCALES
    weight_red, weight_green, weight_blue = LUMA_WEIGHTS
    red, blue = cr * red_scale, cb * blue_scale
    return torch.stack((red, -(weight_red * red + weight_blue * blue) / weight_green, blue), dim=-3)


_SCALES = tuple(2 - 2 * weight for weight in LUMA_WEIGHTS)
"""Range of each channel's difference from luma."""


class ColorBins(nn.Module):
    """The points, and the way from colors to points and back. Has no weights."""

    points: Tensor
    """`(Q, 2)`: Cb and Cr of each point."""
    number: Tensor
    """`(side, side)`: which point is at a place of the grid; a neighbor's number where there is none."""

    def __init__(self) -> None:
        super().__init__()
        values = torch.linspace(0, 1, _LATTICE)
        colors = torch.stack(torch.meshgrid(values, values, values, indexing="ij")).reshape(3, 1, -1)
        low, _ = _cell(chroma_to_cbcr(chroma(colors)))
        used = torch.zeros(_SIDE, _SIDE, dtype=torch.bool)
        for down, across in ((0, 0), (0, 1), (1, 0), (1, 1)):
            used[low[0] + down, low[1] + across] = True
        places = used.nonzero()
        everywhere = torch.ones_like(used).nonzero().float()
        nearest = torch.cdist(everywhere, places.float()).argmin(1)
        self.register_buffer("points", (places.float() - 1) * STEP - 0.5, persistent=False)
        self.register_buffer("number", nearest.reshape(_SIDE, _SIDE), persistent=False)

    def __len__(self) -> int:
        return len(self.points)

    def soft_encode(self, plane: Tensor) -> tuple[Tensor, Tensor]:
        """The four points around each color.

        Args:
            plane: `(N, 2, H, W)`.

        Returns:
            Their numbers and their shares, both `(N, 4, H, W)`; shares add up to 1.
        """
        low, part = _cell(plane)
        numbers, shares = [], []
        for down, across in ((0, 0), (0, 1), (1, 0), (1, 1)):
            numbers.append(self.number[low[:, 0] + down, low[:, 1] + across])
            cb = part[:, 0] if down else 1 - part[:, 0]
            cr = part[:, 1] if across else 1 - part[:, 1]
            shares.append(cb * cr)
        return torch.stack(numbers, 1), torch.stack(shares, 1)

    def mean(self, probabilities: Tensor) -> Tensor:
        """Mean color of distributions, `(N, Q, H, W)` to `(N, 2, H, W)`."""
        with torch.autocast(probabilities.device.type, enabled=False):
            return F.conv2d(probabilities.float(), self.points.T[:, :, None, None])

    def variance(self, probabilities: Tensor) -> Tensor:
        """How far apart the colors of distributions lie, `(N, Q, H, W)` to `(N, 1, H, W)`: of Cb and Cr together."""
        squares = F.conv2d(probabilities.float(), self.points.square().sum(1)[None, :, None, None])
        return (squares - self.mean(probabilities).square().sum(1, keepdim=True)).clamp_min_(0)

    def blurred(self, values: Tensor, deviation: float) -> Tensor:
        """Values of points, each mixed with those around it.

        Args:
            values: `(Q,)`.
            deviation: of the Gaussian, in steps of the grid.
        """
        weights = (-torch.cdist(self.points, self.points).square() / (2 * (deviation * STEP) ** 2)).exp()
        return (weights / weights.sum(1, keepdim=True)) @ values


def _cell(plane: Tensor) -> tuple[Tensor, Tensor]:
    """The grid's place below each color, and how far the color is from it towards the next, in [0, 1]."""
    where = ((plane + 0.5) / STEP + 1).clamp(0, _SIDE - 1.001)
    low = where.floor()
    return low.long(), where - low
