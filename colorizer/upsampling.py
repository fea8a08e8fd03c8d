"""From the colours of a thumbnail to those of a photograph, following the photograph's edges.

Around each pixel of the thumbnail, chroma is taken for a straight line over luma,
`chroma = slope * luma + offset`, as in a guided filter (He, Sun and Tang 2013; its fast form: He and
Sun 2015, arXiv 1505.00996). The lines are enlarged smoothly and evaluated with the photograph's own
luma, so colours change where the brightness does.

Unlike in a guided filter, each line runs exactly through its own pixel: only the slope is a mean over
the neighbourhood. Where luma says nothing, this is plain bilinear enlargement, never blurrier.
`benchmarks/chroma_bleeding.py` measures both.
"""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

EDGE_CONTRAST = 0.03
"""Changes in luma well above this are taken for edges, well below for texture."""
RADIUS = 2
"""Pixels of the thumbnail that a line takes into account in each direction."""


@dataclass(frozen=True)
class ChromaLines:
    """Chroma of a picture as a straight line over luma around each pixel, at the thumbnail's size."""

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


def fit_lines(gray: Tensor, chroma: Tensor) -> ChromaLines:
    """Fit the lines.

    Args:
        gray: the thumbnail's luma, `(1, h, w)` in [0, 1].
        chroma: its colour differences, `(3, h, w)`.
    """
    gray_mean = _box(gray)
    covariance = _box(gray * chroma) - gray_mean * _box(chroma)
    variance = _box(gray * gray) - gray_mean * gray_mean
    slope = _box(covariance / (variance + EDGE_CONTRAST**2), radius=1)
    return ChromaLines(slope, chroma - slope * gray)


def _box(values: Tensor, radius: int = RADIUS) -> Tensor:
    """Mean over a square of side `2 * radius + 1`, cut off at the borders."""
    return F.avg_pool2d(values[None], 2 * radius + 1, 1, radius, count_include_pad=False)[0]
