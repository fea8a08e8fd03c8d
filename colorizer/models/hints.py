"""Color hints: a few places of a picture whose color is given.

To a network they are three more channels: Cb, Cr and 1 where there is a hint, elsewhere zeros (after Zhang
et al. 2017, arXiv 1705.02999, who also show them at random while training, as here).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from colorizer.color import chroma
from colorizer.errors import InputError, UserError
from colorizer.models.color_bins import chroma_to_cbcr

_NONE = 0.4
"""Share of the training pictures without any hint."""
_MEAN_COUNT = 8
"""Mean number of hints in the others (geometric, at least one)."""
_MOST = 64
_SIDES = (1, 3, 5, 7, 9)
"""Sides in pixels of the squares that are shown while training."""
_DRAWN = 7
"""Side in pixels of the square that stands for a hint of a person."""


@dataclass(frozen=True)
class Hint:
    """A color that a person gives for a place of a picture."""

    x: float
    """Place from left to right, 0 to 1."""
    y: float
    """Place from top to bottom, 0 to 1."""
    color: tuple[int, int, int]
    """sRGB, 0 to 255. Only its chroma counts: brightness is the picture's."""

    def __post_init__(self) -> None:
        if not (0 <= self.x <= 1 and 0 <= self.y <= 1):
            raise InputError(f"A hint must lie inside the picture, from 0 to 1, not at ({self.x:g}, {self.y:g}).")
        if len(self.color) != 3 or not all(0 <= value <= 255 for value in self.color):
            raise InputError(f"A hint's color must be three numbers from 0 to 255, not {self.color}.")


def parse_hint(text: str) -> Hint:
    """A hint as people write it: `0.5,0.3,#b42828`, from the left, from the top, and its color.

    Raises:
        InputError: it is not of this form.
    """
    x, _, rest = text.partition(",")
    y, _, color = rest.partition(",")
    try:
        if len(color) != 7 or color[0] != "#":
            raise ValueError
        red, green, blue = bytes.fromhex(color[1:])
        return Hint(float(x), float(y), (red, green, blue))
    except ValueError as error:
        if isinstance(error, UserError):
            raise
        raise InputError(f"A hint must look like 0.5,0.3,#b42828, not {text!r}.") from None


def rasterize_hints(hints: Sequence[Hint], height: int, width: int) -> Tensor:
    """Hints as a network takes them, `(3, height, width)`; of two in one place the later counts."""
    drawn = torch.zeros(3, height, width)
    for hint in hints:
        row, column = min(int(hint.y * height), height - 1), min(int(hint.x * width), width - 1)
        rows, columns = _around(row, _DRAWN), _around(column, _DRAWN)
        color = torch.tensor(hint.color, dtype=torch.float32)[:, None, None] / 255
        drawn[:2, rows, columns] = chroma_to_cbcr(chroma(color))
        drawn[2, rows, columns] = 1
    return drawn


Plan = list[list[float]]
"""Where hints of one picture are to be, and how large: of each from top to bottom, from left to right, size, 0 to 1."""


def hint_plans(count: int, seed: int, step: int) -> list[Plan]:
    """Random numbers and places of hints for the pictures of a batch, decided by seed and step alone.

    Args:
        count: of pictures.
        seed: of the training.
        step: its number in the training.
    """
    random = torch.Generator().manual_seed(seed * 1_000_003 + step)
    counts = torch.empty(count).geometric_(1 / _MEAN_COUNT, generator=random).clamp_max(_MOST).int()
    counts[torch.rand(count, generator=random) < _NONE] = 0
    return [torch.rand((number, 3), generator=random).tolist() for number in counts.tolist()]


def sample_hints(rgb: Tensor, plans: Sequence[Plan]) -> Tensor:
    """Hints from true pictures, each the mean color of a square.

    Args:
        rgb: `(N, 3, H, W)` in [0, 1].
        plans: one for each.

    Returns:
        `(N, 3, H, W)`.
    """
    plane, (height, width) = chroma_to_cbcr(chroma(rgb)), rgb.shape[-2:]
    hints = torch.zeros_like(rgb)
    for number, plan in enumerate(plans):
        for down, across, size in plan:
            side = _SIDES[int(size * len(_SIDES))]
            rows, columns = _around(int(down * height), side), _around(int(across * width), side)
            hints[number, :2, rows, columns] = plane[number, :, rows, columns].mean((1, 2), keepdim=True)
            hints[number, 2, rows, columns] = 1
    return hints


def _around(place: int, side: int) -> slice:
    return slice(max(0, place - side // 2), place + side // 2 + 1)
