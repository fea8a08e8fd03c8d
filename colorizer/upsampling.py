"""From the colours of a thumbnail to those of a photograph, following the photograph's edges.

A guided filter (He, Sun and Tang 2013, "Guided Image Filtering") describes the chroma around each
pixel as a straight line over luma, `chroma = slope * luma + offset`. The lines are fitted at a
moderate size, smoothly enlarged, and evaluated with the photograph's own luma at full size (the
fast form, He and Sun 2015, arXiv 1505.00996), so colours change where the brightness does.
"""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

GUIDE_SIDE = 768
"""Longest side in pixels at which the lines are fitted."""
EDGE_CONTRAST = 0.03
"""Changes in luma well above this are taken for edges, well below for texture."""


@dataclass(frozen=True)
class ChromaLines:
    """Chroma of a picture as a straight line over luma around each pixel, at moderate size."""

    slope: Tensor
    """`(3, h, w)`."""
    offset: Tensor
    """`(3, h, w)`."""

    def at(self, gray: Tensor, top: int, height: int) -> Tensor:
        """Chroma of some rows of the full-size picture.

        Args:
            gray: luma of these rows, `(1, rows, W)` in [0, 1].
            top: number of the first of them.
            height: height of the whole picture.

        Returns:
            Zero-luma colour differences `(3, rows, W)`.
        """
        lines = torch.cat([self.slope, self.offset])
        rows, width = gray.shape[-2:]
        known = lines.shape[-2]
        # Bilinear, pixel centres aligned: rows here, columns by interpolate.
        centre = (torch.arange(top, top + rows) + 0.5) * (known / height) - 0.5
        above = centre.floor().clamp(0, known - 1)
        weight = (centre - above).clamp(0, 1)[:, None]
        first = int(above[0])
        last = min(int(above[-1]) + 2, known)
        wide = F.interpolate(
            lines[None, :, first:last], size=(last - first, width), mode="bilinear", align_corners=False
        )[0]
        upper = above.long() - first
        lower = (upper + 1).clamp_max(last - first - 1)
        slope, offset = torch.lerp(wide[:, upper], wide[:, lower], weight).split(3)
        return torch.addcmul(offset, slope, gray)


def guide_size(height: int, width: int) -> tuple[int, int]:
    """Height and width at which the lines of a picture of this size are fitted."""
    scale = min(1.0, GUIDE_SIDE / max(height, width))
    return max(1, round(height * scale)), max(1, round(width * scale))


def fit_lines(guide: Tensor, chroma: Tensor) -> ChromaLines:
    """Fit the lines.

    Args:
        guide: luma at `guide_size`, `(1, h, w)` in [0, 1].
        chroma: the network's colour differences, `(3, h', w')`, at most that size.
    """
    height, width = guide.shape[-2:]
    if chroma.shape[-2:] == guide.shape[-2:]:
        return ChromaLines(torch.zeros_like(chroma), chroma)  # Nothing to enlarge, so nothing to blur.
    enlarged = F.interpolate(chroma[None], size=(height, width), mode="bicubic", align_corners=False)[0]
    radius = max(1, round(max(height / chroma.shape[-2], width / chroma.shape[-1])))
    guide_mean, chroma_mean = _box(guide, radius), _box(enlarged, radius)
    covariance = _box(guide * enlarged, radius) - guide_mean * chroma_mean
    variance = _box(guide * guide, radius) - guide_mean * guide_mean
    slope = covariance / (variance + EDGE_CONTRAST**2)
    offset = chroma_mean - slope * guide_mean
    return ChromaLines(_box(slope, radius), _box(offset, radius))


def _box(values: Tensor, radius: int) -> Tensor:
    """Mean over a square of side `2 * radius + 1`, cut off at the borders."""
    side = 2 * radius + 1
    for kernel, padding in (((side, 1), (radius, 0)), ((1, side), (0, radius))):
        values = F.avg_pool2d(values[None], kernel, 1, padding, count_include_pad=False)[0]
    return values
