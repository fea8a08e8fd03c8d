"""Two networks for photographs that learn apart, and whose mean counts.

What a network has learned from too few photographs is partly chance, of another kind in each network; in the mean of
what two of them say it counts half (deep ensembles: Lakshminarayanan et al. 2017, arXiv 1612.01474). They start from
other random numbers, learn from other halves of each batch, and the second sees everything in the mirror.
"""

from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from colorizer.models.color_bins import ColorBins
from colorizer.models.distribution import ensemble_logits
from colorizer.models.efficientnet_lite import EfficientNetLite
from colorizer.models.photo import CELL, STRIDE, PhotoNet


class PhotoEnsemble(nn.Module):
    """From standardized gray and hints, of any height and width, to scores of colors."""

    def __init__(self, grid: ColorBins) -> None:
        """
        Args:
            grid: the colors to choose from.
        """
        super().__init__()
        self.plain, self.mirrored = PhotoNet(grid), PhotoNet(grid)

    @property
    def encoders(self) -> list[EfficientNetLite]:
        """The parts that may have learned before."""
        return [self.plain.encoder, self.mirrored.encoder]

    def forward(self, gray: Tensor, hints: Tensor | None = None) -> Tensor:
        """
        Args:
            gray: standardized, `(N, 1, H, W)`.
            hints: `(N, 3, H, W)`: Cb, Cr and 1 where a hint is, elsewhere zeros; or none.

        Returns:
            Scores `(N, Q, ceil(H / 4), ceil(W / 4))`, whose softmax is a distribution. In evaluation mode it is the
            mean of both networks'; in training mode the first half of the pictures is looked at by one, the rest by
            the other.
        """
        height, width = gray.shape[-2:]
        edges = (0, -width % STRIDE, 0, -height % STRIDE)
        if any(edges):
            gray = F.pad(gray, edges, mode="replicate")
            hints = None if hints is None else F.pad(hints, edges)
        if self.training:
            half = (len(gray) + 1) // 2
            first, rest = (None, None) if hints is None else (hints[:half], hints[half:])
            scores = torch.cat([self._plain(gray[:half], first), self._mirrored(gray[half:], rest)])
        else:
            scores = ensemble_logits([self._plain(gray, hints), self._mirrored(gray, hints)])
        return scores[..., : -(-height // CELL), : -(-width // CELL)]

    def _plain(self, gray: Tensor, hints: Tensor | None) -> Tensor:
        return cast(Tensor, self.plain(gray, hints))

    def _mirrored(self, gray: Tensor, hints: Tensor | None) -> Tensor:
        scores = self.mirrored(gray.flip(3), None if hints is None else hints.flip(3))
        return cast(Tensor, scores).flip(3)


def photo() -> PhotoEnsemble:
    """Both networks, with one score for each point of the grid of chroma."""
    return PhotoEnsemble(ColorBins())
