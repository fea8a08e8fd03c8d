"""Chroma as a choice among a few hundred colors, so that a network can predict how probable each one is.

A square grid covers the plane of Cb and Cr; the bins in use are those around colors that RGB can show (after
Zhang, Isola and Efros 2016, arXiv 1603.08511, who bin the ab plane of CIELAB). A color is soft-encoded: divided
bilinearly among the four bins around it, so that the weighted mean of the bins' centers is the color itself.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from colorizer.color import LUMA_WEIGHTS, chroma

STEP = 0.05
"""Distance between neighboring centers, where Cb and Cr have a range of 1."""
_SIDE = round(1 / STEP) + 3
"""Grid points along each axis, with one to spare at either end."""
_CUBE_SAMPLES = 41
"""Samples along each axis of the RGB cube that decide which bins are in use."""
_CORNERS = ((0, 0), (0, 1), (1, 0), (1, 1))
"""The four grid points around a color, relative to the lowest."""


def chroma_to_cbcr(chroma: Tensor) -> Tensor:
    """Convert chroma to Cb and Cr of ITU-R BT.601.

    Args:
        chroma: zero-luma color differences, `(..., 3, H, W)` in [-1, 1].

    Returns:
        `(..., 2, H, W)` in [-0.5, 0.5].
    """
    red, _, blue = chroma.unbind(-3)
    red_scale, _, blue_scale = _SCALES
    return torch.stack((blue / blue_scale, red / red_scale), dim=-3)


def cbcr_to_chroma(cbcr: Tensor) -> Tensor:
    """Convert Cb and Cr `(..., 2, H, W)` to zero-luma color differences `(..., 3, H, W)`."""
    cb, cr = cbcr.unbind(-3)
    red_scale, _, blue_scale = _SCALES
    weight_red, weight_green, weight_blue = LUMA_WEIGHTS
    red, blue = cr * red_scale, cb * blue_scale
    # Green follows from the other two, for the luma of chroma is zero: 0.299 R + 0.587 G + 0.114 B = 0.
    return torch.stack((red, -(weight_red * red + weight_blue * blue) / weight_green, blue), dim=-3)


_SCALES = tuple(2 - 2 * weight for weight in LUMA_WEIGHTS)
"""Range of each channel's difference from luma: Cr = (R - Y) / 1.402, Cb = (B - Y) / 1.772."""


class ColorBins(nn.Module):
    """The bins, and the conversion between colors and distributions over bins. It has no parameters."""

    centers: Tensor
    """Cb and Cr of each bin, `(Q, 2)`."""
    index: Tensor
    """Bin at each grid point, `(side, side)`; where no bin is in use, the nearest one."""

    def __init__(self) -> None:
        super().__init__()
        values = torch.linspace(0, 1, _CUBE_SAMPLES)
        colors = torch.stack(torch.meshgrid(values, values, values, indexing="ij")).reshape(3, 1, -1)
        low, _ = _grid_cell(chroma_to_cbcr(chroma(colors)))
        used = torch.zeros(_SIDE, _SIDE, dtype=torch.bool)
        for row, column in _CORNERS:
            used[low[0] + row, low[1] + column] = True
        points = used.nonzero()
        nearest = torch.cdist(torch.ones_like(used).nonzero().float(), points.float()).argmin(1)
        self.register_buffer("centers", (points.float() - 1) * STEP - 0.5, persistent=False)
        self.register_buffer("index", nearest.reshape(_SIDE, _SIDE), persistent=False)

    def __len__(self) -> int:
        return len(self.centers)

    def soft_encode(self, cbcr: Tensor) -> tuple[Tensor, Tensor]:
        """Divide each color among the four bins around it, bilinearly.

        Args:
            cbcr: `(N, 2, H, W)`.

        Returns:
            Indices of the bins and their weights, both `(N, 4, H, W)`; the weights of a color sum to 1.
        """
        low, fraction = _grid_cell(cbcr)
        indices, weights = [], []
        for row, column in _CORNERS:
            indices.append(self.index[low[:, 0] + row, low[:, 1] + column])
            cb = fraction[:, 0] if row else 1 - fraction[:, 0]
            cr = fraction[:, 1] if column else 1 - fraction[:, 1]
            weights.append(cb * cr)
        return torch.stack(indices, 1), torch.stack(weights, 1)

    def mean(self, probabilities: Tensor) -> Tensor:
        """Return the mean color of distributions, `(N, Q, H, W)` to `(N, 2, H, W)`."""
        with torch.autocast(probabilities.device.type, enabled=False):
            return F.conv2d(probabilities.float(), self.centers.T[:, :, None, None])

    def variance(self, probabilities: Tensor) -> Tensor:
        """Return the variance of distributions, of Cb and Cr together: `(N, Q, H, W)` to `(N, 1, H, W)`."""
        # E[|c|^2] - |E[c]|^2
        squares = F.conv2d(probabilities.float(), self.centers.square().sum(1)[None, :, None, None])
        return (squares - self.mean(probabilities).square().sum(1, keepdim=True)).clamp_min_(0)

    def smooth(self, values: Tensor, sigma: float) -> Tensor:
        """Blur one value per bin with a Gaussian over the plane of Cb and Cr.

        Args:
            values: `(Q,)`.
            sigma: standard deviation in steps of the grid.
        """
        weights = (-torch.cdist(self.centers, self.centers).square() / (2 * (sigma * STEP) ** 2)).exp()
        return (weights / weights.sum(1, keepdim=True)) @ values


def _grid_cell(cbcr: Tensor) -> tuple[Tensor, Tensor]:
    """Return the grid point below each color, and the color's distance from it in steps, in [0, 1]."""
    position = ((cbcr + 0.5) / STEP + 1).clamp(0, _SIDE - 1.001)
    low = position.floor()
    return low.long(), position - low
