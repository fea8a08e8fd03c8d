"""Luma, chroma and the gamut: the arithmetic every network and every page shares.

A color splits into its luma Y, one gray value, and its chroma, the rest:
`rgb = Y + chroma`, with `luma(chroma) = 0`. A colorizer is given Y and only has to find the
chroma, so a network's output is projected on the colors that have the luma of its input.

All tensors are RGB with the channels third from the end, `(..., 3, H, W)`, in [0, 1].
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:  # The weights are also wanted where loading PyTorch would cost more than the work itself.
    from torch import Tensor

LUMA_WEIGHTS = (0.299, 0.587, 0.114)
"""Weights of R, G and B in luma (ITU-R BT.601), the gray of the study and of JPEG."""


def luma(rgb: Tensor) -> Tensor:
    """Gray value of each pixel: 0.299 R + 0.587 G + 0.114 B.

    Args:
        rgb: `(..., 3, H, W)`.

    Returns:
        `(..., 1, H, W)`, in the range of the input.
    """
    red, green, blue = rgb.unbind(-3)
    weight_red, weight_green, weight_blue = LUMA_WEIGHTS
    return (weight_red * red + weight_green * green + weight_blue * blue).unsqueeze(-3)


def chroma(rgb: Tensor) -> Tensor:
    """What is left of a color without its luma: `rgb - luma(rgb)`, `(..., 3, H, W)` in [-1, 1]."""
    return rgb - luma(rgb)


def fit_gamut(gray: Tensor, chroma: Tensor) -> Tensor:
    """Add chroma to gray, with as much of it as stays inside the RGB cube.

    Where `gray + chroma` would leave [0, 1], the chroma is shortened until it fits, which keeps
    hue and luma; clipping the channels instead would change both.

    Args:
        gray: luma, `(..., 1, H, W)` in [0, 1].
        chroma: zero-luma color differences, `(..., 3, H, W)`.

    Returns:
        RGB `(..., 3, H, W)` in [0, 1] whose luma is `gray`.
    """
    above = chroma.amax(-3, keepdim=True).clamp_min(1e-12)
    below = chroma.amin(-3, keepdim=True).neg().clamp_min(1e-12)
    share = ((1 - gray) / above).minimum(gray / below).clamp(0, 1)
    return gray.addcmul(share, chroma).clamp(0, 1)


def keep_luma(gray: Tensor, rgb: Tensor, *, fit: bool = True) -> Tensor:
    """Give a network's colors the luma of its input: `gray + (rgb - luma(rgb))`.

    Args:
        gray: the network's input as luma, `(..., 1, H, W)` in [0, 1].
        rgb: the network's output, `(..., 3, H, W)`.
        fit: shorten out-of-gamut chroma. Off while training, where the plain projection is
            linear and a gradient reaches every pixel.

    Returns:
        `(..., 3, H, W)`, in [0, 1] if `fit`.
    """
    return fit_gamut(gray, chroma(rgb)) if fit else gray + chroma(rgb)
