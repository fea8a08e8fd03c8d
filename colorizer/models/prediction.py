"""What a network predicts for one picture, at the resolution at which it decides colors."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from torch import Tensor

from colorizer.models.hints import Hint

NATURAL = 0.5
"""Default vividness; `benchmarks/photo_metrics.py` measures several."""

Color = tuple[int, int, int]
"""sRGB, 0 to 255."""


@dataclass(frozen=True)
class Prediction(ABC):
    """The predicted chroma of one picture, to be upsampled and joined with the picture's luma."""

    gray: Tensor
    """Luma of the picture at the resolution of the prediction, `(1, h, w)` in [0, 1]."""

    @abstractmethod
    def chroma(self, vividness: float) -> Tensor:
        """Return zero-luma color differences `(3, h, w)`.

        Args:
            vividness: 0 (safe) to 1 (vivid); only a distribution of colors leaves a choice.
        """

    def restrict_hints(self, plain: Self, hints: Sequence[Hint]) -> Self:
        """Return this prediction, made with hints, on the objects that they lie on, and `plain` elsewhere.

        Args:
            plain: the prediction for the same picture without hints.
            hints: the hints.
        """
        raise NotImplementedError("a network that takes no hints")


@dataclass(frozen=True)
class PointEstimate(Prediction):
    """One color per pixel."""

    colors: Tensor
    """Zero-luma color differences, `(3, h, w)`."""

    def chroma(self, vividness: float) -> Tensor:
        """Return the predicted colors; `vividness` makes no difference."""
        return self.colors
