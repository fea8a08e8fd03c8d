"""What a network said about a picture, at the size where it decided. The person's options comes later."""

from abc import ABC, abstractmethod
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from colorizer.color import fit_gamut
from colorizer.inference.upsampling import ChromaLines, fit_lines
from colorizer.models.color_bins import STEP, cbcr_to_chroma
from colorizer.models.distribution import DistributionModel

NATURAL = 0.9
"""Vividness unless a person chooses another; `benchmarks/photo_figures.py` measures several."""
_APART = 2.5 * STEP
"""Colors nearer to each other than this are taken for the same suggestion."""
_AROUND = 2
"""Cells in each direction that are asked together for likely colors."""

Color = tuple[int, int, int]
"""sRGB, 0 to 255."""


@dataclass(frozen=True)
class Prediction(ABC):
    """Colors of a picture, to be joined with its luma at full size."""

    gray: Tensor
    """The picture's luma where the network decided, `(1, h, w)` in [0, 1]."""

    @abstractmethod
    def chroma(self, vividness: float) -> Tensor:
        """Zero-luma color differences there, `(3, h, w)`."""

    def lines(self, vividness: float = NATURAL) -> ChromaLines:
        """The chroma, ready to be enlarged along the edges of the picture."""
        return fit_lines(self.gray, self.chroma(vividness))


@dataclass(frozen=True)
class PointEstimate(Prediction):
    """Of a network that knows only one color for each place."""

    colors: Tensor
    """Zero-luma color differences, `(3, h, w)`."""

    def chroma(self, vividness: float) -> Tensor:
        """The same, however vivid colors are wanted."""
        return self.colors


@dataclass(frozen=True)
class ColorDistribution(Prediction):
    """Of a network that says how likely each color is at each place."""

    scores: Tensor
    """`(Q, h, w)`, in half precision: pages remember many of these."""
    model: DistributionModel

    @torch.inference_mode()
    def chroma(self, vividness: float) -> Tensor:
        """Colors between the safe (0) and the vivid (1)."""
        return self.model.chroma(self.scores.float()[None], vividness)[0].cpu()

    @torch.inference_mode()
    def likely(self, x: float, y: float, count: int) -> list[Color]:
        """Colors that a place may well have, clearly different ones, the likeliest first.

        Args:
            x, y: the place, from left to right and from top to bottom, 0 to 1.
            count: how many; there may be fewer.
        """
        height, width = self.gray.shape[1:]
        row, column = min(int(y * height), height - 1), min(int(x * width), width - 1)
        rows = slice(max(0, row - _AROUND), row + _AROUND + 1)
        columns = slice(max(0, column - _AROUND), column + _AROUND + 1)
        grid, scores = self.model.grid, self.model.rebalance(self.scores.float()[None], NATURAL)[0]
        weights = grid.blurred(scores[:, rows, columns].softmax(0).mean((1, 2)), 1.0)
        gray = self.gray[:, row : row + 1, column : column + 1]
        found: list[Color] = []
        for _ in range(count):
            best = int(weights.argmax())
            if weights[best] <= 0:
                break
            rgb = fit_gamut(gray, cbcr_to_chroma(grid.points[best][:, None, None].cpu()))
            found.append((_level(rgb[0]), _level(rgb[1]), _level(rgb[2])))
            weights = weights * ((grid.points - grid.points[best]).norm(dim=1) > _APART)
        return found

    @torch.inference_mode()
    def doubt(self) -> Tensor:
        """How far apart the likely colors of each place are, with its surroundings: `(h, w)`, variance."""
        probabilities = self.model.rebalance(self.scores.float()[None], NATURAL).softmax(1)
        variance = self.model.grid.variance(probabilities)[0, 0]
        side = 2 * max(1, min(variance.shape) // 12) + 1
        return F.avg_pool2d(variance[None], side, 1, side // 2, count_include_pad=False)[0].cpu()


def _level(value: Tensor) -> int:
    return round(float(value) * 255)
