"""Color hints: a few places of a picture whose color is given.

To a network, hints are three more channels: Cb, Cr and a mask, zero where there is no hint (after Zhang et al. 2017,
arXiv 1705.02999, who also sample hints from the true colors during training, as here).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from colorizer.color import chroma
from colorizer.errors import InputError, UserError
from colorizer.models.color_bins import chroma_to_cbcr

REACHES = {"Small": 0.25, "Object": 0.5, "Whole photo": 1.0}
"""Named values of a hint's reach."""
_SIDE = 7
"""Side in pixels of the square that a user's hint is rasterized to."""
_PATH_COST = 0.01
"""Cost of a step of the geodesic distance where luma is constant; elsewhere its slope is added."""
_INFLUENCE_WEIGHTS = (-1.287, -1.328, -0.423, -0.424)
"""Of distance (as a share of the longer side), difference in luma, and geodesic distance (its root, itself)."""
_INFLUENCE_BIAS = 1.578
_INFLUENCE_SHARPNESS = 4.0
"""1 is the fitted probability. Sharper limits and a bias of 0.9 more reach all of the object and less beyond."""
_REACH_BIAS = 3.0
"""Added to the bias per unit of reach above the default."""


@dataclass(frozen=True)
class Hint:
    """The color a user wants at a place of a picture.

    Raises:
        InputError: the place is outside the picture, or the color out of range.
    """

    x: float
    """Place from left to right, 0 to 1."""
    y: float
    """Place from top to bottom, 0 to 1."""
    color: tuple[int, int, int]
    """sRGB, 0 to 255. Only its chroma counts: the picture determines brightness."""
    reach: float = REACHES["Object"]
    """How far the hint reaches, 0 to 1: 0.25 part of its object, 0.5 its object, 1 wherever the network takes it."""
    strength: float = 1.0
    """How firmly its object takes the color, 0 to 1: at 0, as far as the network finds it likely."""

    def __post_init__(self) -> None:
        if not (0 <= self.x <= 1 and 0 <= self.y <= 1):
            raise InputError(f"A hint must be inside the picture, from 0 to 1, not at ({self.x:g}, {self.y:g}).")
        if len(self.color) != 3 or not all(0 <= value <= 255 for value in self.color):
            raise InputError(f"A hint's color must be three numbers from 0 to 255, not {self.color}.")
        if not 0 <= self.reach <= 1:
            raise InputError(f"A hint's reach must be from 0 to 1, not {self.reach:g}.")
        if not 0 <= self.strength <= 1:
            raise InputError(f"A hint's strength must be from 0 to 1, not {self.strength:g}.")

    def cell(self, height: int, width: int) -> tuple[int, int]:
        """Return the row and column of its place in a grid."""
        return min(int(self.y * height), height - 1), min(int(self.x * width), width - 1)


def parse_hint(text: str) -> Hint:
    """Parse a hint such as `0.5,0.3,#b42828` or `0.5,0.3,#b42828,1`: from the left, from the top, color, reach.

    Raises:
        InputError: it is not of this form.
    """
    try:
        x, y, color, *reach = text.split(",")
        if len(color) != 7 or color[0] != "#" or len(reach) > 1:
            raise ValueError
        red, green, blue = bytes.fromhex(color[1:])
        return Hint(float(x), float(y), (red, green, blue), *map(float, reach))
    except ValueError as error:
        if isinstance(error, UserError):
            raise
        raise InputError(f"A hint must look like 0.5,0.3,#b42828 or 0.5,0.3,#b42828,1, not {text!r}.") from None


def rasterize_hints(hints: Sequence[Hint], height: int, width: int) -> Tensor:
    """Draw hints for a network, `(3, height, width)`; where two overlap, the later one counts."""
    channels = torch.zeros(3, height, width)
    for hint in hints:
        row, column = hint.cell(height, width)
        rows, columns = centered_slice(row, _SIDE), centered_slice(column, _SIDE)
        color = torch.tensor(hint.color, dtype=torch.float32)[:, None, None] / 255
        channels[:2, rows, columns] = chroma_to_cbcr(chroma(color))
        channels[2, rows, columns] = 1
    return channels


def hint_influence(gray: Tensor, hints: Sequence[Hint]) -> Tensor:
    """Estimate which cells a hint reaches: by default those that show the same object as its place.

    A logistic regression on what separates two places: their distance, their difference in luma, and the luma edges
    on the easiest way from one to the other (geodesic distance, as Yatziv and Sapiro 2006 use it to spread scribbles).
    Its weights were fitted to segments of training photographs.

    Args:
        gray: luma of the cells, `(1, h, w)` in [0, 1].
        hints: any number K of hints.

    Returns:
        `(K, h, w)` in [0, 1].
    """
    from skimage.graph import MCP_Geometric  # Only hints need it.

    luma = gray[0].cpu().double().numpy()
    height, width = luma.shape
    padded = np.pad(luma, 1, mode="edge")
    slope = np.hypot(padded[2:, 1:-1] - padded[:-2, 1:-1], padded[1:-1, 2:] - padded[1:-1, :-2]) / 2
    y, x = np.mgrid[:height, :width]
    influence = []
    for hint in hints:
        row, column = hint.cell(height, width)
        edges, _ = MCP_Geometric(_PATH_COST + slope).find_costs([(row, column)])
        place = luma[max(0, row - 1) : row + 2, max(0, column - 1) : column + 2].mean()
        distance = np.hypot(y - row, x - column) / max(height, width)
        score = (
            _INFLUENCE_BIAS
            + _REACH_BIAS * (hint.reach - Hint.reach)
            + np.tensordot(_INFLUENCE_WEIGHTS, [distance, np.abs(luma - place), np.sqrt(edges), edges], 1)
        )
        influence.append(1 / (1 + np.exp(-_INFLUENCE_SHARPNESS * score)))
    return torch.from_numpy(np.stack(influence)).float()


def centered_slice(position: int, side: int) -> slice:
    """Return the indices of a side of pixels around a position."""
    return slice(max(0, position - side // 2), position + side // 2 + 1)
