"""Upsample predicted chroma from a thumbnail to the full-size photograph, following the photograph's edges.

A variant of the guided filter (He, Sun and Tang, "Guided image filtering", ECCV 2010 and PAMI 2013) in its fast form,
in which the filter is fitted at low resolution (He and Sun, "Fast guided filter", 2015, arXiv 1505.00996). Around each
pixel k of the thumbnail, chroma c is modeled as a linear function of luma Y:

    c = a_k Y + b_k

The coefficients are upsampled bilinearly and applied to the full-size luma, so colors change where brightness does.

One thing differs from the paper: it averages b over the windows as it does a, while here each line passes exactly
through the chroma predicted for its own pixel, and only the slope is averaged. Where luma carries no information
(a = 0), the result is plain bilinear upsampling, never blurrier. `benchmarks/chroma_bleeding.py` compares the two.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

EDGE_CONTRAST = 0.03
"""Square root of the paper's regularization epsilon: luma contrasts well above it count as edges, well below as
texture."""
RADIUS = 2
"""Radius in thumbnail pixels of the windows in which the lines are fitted."""

_SMALL = 2**17
"""Pixels of a picture that is upsampled at once, because calls for each strip would take longer than their work."""


@dataclass(frozen=True)
class ChromaLines:
    """Chroma as a linear function of luma around each pixel of the thumbnail."""

    slope: Tensor
    """a, `(3, h, w)`."""
    offset: Tensor
    """b, `(3, h, w)`."""

    def strips(self, height: int, width: int) -> Iterator[tuple[int, int, Tensor, Tensor]]:
        """Upsample the coefficients bilinearly, in strips of rows, which need little memory.

        All rows of a strip lie between the same two rows of the thumbnail; a small picture is one strip. Pixel centers
        are aligned, as in `F.interpolate(..., align_corners=False)`.

        Args:
            height, width: the full size in pixels.

        Yields:
            The first row of the strip, the row after its last, and the slope and offset there, both
            `(3, rows, width)`.
        """
        lines = torch.cat([self.slope, self.offset])
        thumbnail_height = lines.shape[-2]
        if height * width <= _SMALL:
            slope, offset = F.interpolate(lines[None], size=(height, width), mode="bilinear")[0].split(3)
            yield 0, height, slope, offset
            return
        wide = F.interpolate(lines[None], size=(thumbnail_height, width), mode="bilinear", align_corners=False)[0]
        # The position of each full-size row, in rows of the thumbnail.
        positions = ((torch.arange(height) + 0.5) * (thumbnail_height / height) - 0.5).clamp(0, thumbnail_height - 1)
        rows, counts = torch.unique_consecutive(positions.long(), return_counts=True)
        top = 0
        for row, count in zip(rows.tolist(), counts.tolist(), strict=True):
            above, below = wide[:, row, None], wide[:, min(row + 1, thumbnail_height - 1), None]
            weight = (positions[top : top + count] - row)[:, None]
            slope, offset = torch.lerp(above, below, weight).split(3)
            yield top, top + count, slope, offset
            top += count


def fit_lines(gray: Tensor, chroma: Tensor) -> ChromaLines:
    """Fit the coefficients by least squares in each window (equations 5 to 8 of the 2013 paper).

    Args:
        gray: luma of the thumbnail, `(1, h, w)` in [0, 1].
        chroma: its predicted color differences, `(3, h, w)`.
    """
    # a_k = cov(Y, c) / (var(Y) + epsilon), over the window around k.
    gray_mean = _box_mean(gray)
    covariance = _box_mean(gray * chroma) - gray_mean * _box_mean(chroma)
    variance = _box_mean(gray * gray) - gray_mean * gray_mean
    slope = covariance / (variance + EDGE_CONTRAST**2)
    # The paper averages a over all windows that contain a pixel; a mean over its direct neighbors is enough here.
    slope = _box_mean(slope, radius=1)
    # b_k such that the line passes through the pixel's own chroma, not through the mean of its window.
    return ChromaLines(slope, chroma - slope * gray)


def _box_mean(values: Tensor, radius: int = RADIUS) -> Tensor:
    """Return the mean over a square window of side `2 * radius + 1`, cropped at the borders."""
    return F.avg_pool2d(values[None], 2 * radius + 1, 1, radius, count_include_pad=False)[0]
