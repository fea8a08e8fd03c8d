"""From the colors of a thumbnail to those of a photograph, following the photograph's edges.

Around each pixel of the thumbnail, chroma is taken for a straight line over luma,
`chroma = slope * luma + offset`, as in a guided filter (He, Sun and Tang 2013; its fast form: He and
Sun 2015, arXiv 1505.00996). The lines are enlarged smoothly and evaluated with the photograph's own
luma, so colors change where the brightness does.

Unlike in a guided filter, each line runs exactly through its own pixel: only the slope is a mean over
the neighborhood. Where luma says nothing, this is plain bilinear enlargement, never blurrier.
`benchmarks/chroma_bleeding.py` measures both.
"""

from collections.abc import Iterator
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

    def enlarge(self, gray: Tensor) -> Tensor:
        """Chroma of a whole full-size picture.

        Args:
            gray: its luma, `(1, H, W)` in [0, 1].

        Returns:
            Zero-luma color differences `(3, H, W)`.
        """
        strips = self.strips(*gray.shape[-2:])
        return torch.cat(
            [torch.addcmul(offset, slope, gray[:, top:bottom]) for top, bottom, slope, offset in strips], dim=1
        )

    def strips(self, height: int, width: int) -> Iterator[tuple[int, int, Tensor, Tensor]]:
        """The lines enlarged bilinearly, pixel centers aligned, a strip of rows at a time.

        All rows of a strip lie between the same two rows of the thumbnail, which makes a strip cheap
        and small.

        Args:
            height, width: the full size in pixels.

        Yields:
            Number of the strip's first row and of the first after it, and slope and offset there,
            both `(3, rows, width)`.
        """
        lines = torch.cat([self.slope, self.offset])
        known = lines.shape[-2]
        wide = F.interpolate(lines[None], size=(known, width), mode="bilinear", align_corners=False)[0]
        centers = ((torch.arange(height) + 0.5) * (known / height) - 0.5).clamp(0, known - 1)
        rows, counts = torch.unique_consecutive(centers.long(), return_counts=True)
        top = 0
        for row, count in zip(rows.tolist(), counts.tolist(), strict=True):
            above, below = wide[:, row, None], wide[:, min(row + 1, known - 1), None]
            weight = (centers[top : top + count] - row)[:, None]
            slope, offset = torch.lerp(above, below, weight).split(3)
            yield top, top + count, slope, offset
            top += count


def fit_lines(gray: Tensor, chroma: Tensor) -> ChromaLines:
    """Fit the lines.

    Args:
        gray: the thumbnail's luma, `(1, h, w)` in [0, 1].
        chroma: its color differences, `(3, h, w)`.
    """
    gray_mean = _box(gray)
    covariance = _box(gray * chroma) - gray_mean * _box(chroma)
    variance = _box(gray * gray) - gray_mean * gray_mean
    slope = _box(covariance / (variance + EDGE_CONTRAST**2), radius=1)
    return ChromaLines(slope, chroma - slope * gray)


def _box(values: Tensor, radius: int = RADIUS) -> Tensor:
    """Mean over a square of side `2 * radius + 1`, cut off at the borders."""
    return F.avg_pool2d(values[None], 2 * radius + 1, 1, radius, count_include_pad=False)[0]
