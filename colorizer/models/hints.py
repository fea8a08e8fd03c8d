"""Colour hints: a few places of a picture whose colour is given.

To a network they are three more channels: Cb, Cr and 1 where there is a hint, elsewhere zeros (after Zhang
et al. 2017, arXiv 1705.02999, who also show them at random while training, as here).
"""

import torch
from torch import Tensor

from colorizer.color import chroma
from colorizer.models.chroma_grid import to_plane

_NONE = 0.4
"""Share of the training pictures without any hint."""
_MEAN_COUNT = 8
"""Mean number of hints in the others (geometric, at least one)."""
_MOST = 64
_SIDES = (1, 3, 5, 7, 9)
"""Sides in pixels of the squares that are shown while training."""


def random_hints(rgb: Tensor) -> Tensor:
    """Hints from true pictures: at random places, of random number and size, each of its square's mean colour.

    Args:
        rgb: `(N, 3, H, W)` in [0, 1].

    Returns:
        `(N, 3, H, W)`, from PyTorch's global random numbers.
    """
    plane = to_plane(chroma(rgb))
    counts = torch.empty(len(rgb)).geometric_(1 / _MEAN_COUNT).clamp_max(_MOST).int()
    counts[torch.rand(len(rgb)) < _NONE] = 0
    return torch.stack([scattered_hints(colours, int(count)) for colours, count in zip(plane, counts, strict=True)])


def scattered_hints(plane: Tensor, count: int) -> Tensor:
    """Some true colours of one picture.

    Args:
        plane: Cb and Cr, `(2, H, W)`.
        count: how many hints.

    Returns:
        `(3, H, W)`.
    """
    height, width = plane.shape[-2:]
    hints = plane.new_zeros(3, height, width)
    for down, across, size in torch.rand(count, 3).tolist():
        side = _SIDES[int(size * len(_SIDES))]
        top, left = int(down * height), int(across * width)
        rows = slice(max(0, top - side // 2), top + side // 2 + 1)
        columns = slice(max(0, left - side // 2), left + side // 2 + 1)
        hints[:2, rows, columns] = plane[:, rows, columns].mean((1, 2), keepdim=True)
        hints[2, rows, columns] = 1
    return hints
