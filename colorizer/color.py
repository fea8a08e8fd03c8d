"""Luma, chroma and the RGB gamut.

A color is the sum of its luma Y, a gray value, and its chroma: `rgb = Y + chroma`, with `luma(chroma) = 0`. A colorizer
is given Y and has to predict only the chroma, so a network's output is projected onto the colors that have the luma of
its input.

All tensors are RGB with the channels third from the end, `(..., 3, H, W)`, in [0, 1].
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:  # LUMA_WEIGHTS is also used where PyTorch is not loaded.
    from torch import Tensor

LUMA_WEIGHTS = (0.299, 0.587, 0.114)
"""Weights of R, G and B in luma (ITU-R BT.601), as in JPEG and in the 2021 study."""


def luma(rgb: Tensor) -> Tensor:
    """Return the luma of each pixel, 0.299 R + 0.587 G + 0.114 B.

    Args:
        rgb: `(..., 3, H, W)`.

    Returns:
        `(..., 1, H, W)`, in the range of the input.
    """
    red, green, blue = rgb.unbind(-3)
    weight_red, weight_green, weight_blue = LUMA_WEIGHTS
    return (weight_red * red + weight_green * green + weight_blue * blue).unsqueeze(-3)


def chroma(rgb: Tensor) -> Tensor:
    """Return the color differences `rgb - luma(rgb)`, `(..., 3, H, W)` in [-1, 1]; their luma is 0."""
    return rgb - luma(rgb)


def fit_gamut(gray: Tensor, chroma: Tensor) -> Tensor:
    """Add chroma to gray, scaled down where the sum would leave the RGB cube.

    Scaling chroma keeps luma and hue (the ratios of the color differences); clipping the channels would change both.
    This is desaturation along the line to the gray axis at constant luma, the simplest of the gamut-mapping algorithms
    in Morovic and Luo 2001, "The fundamentals of gamut mapping: a survey".

    Args:
        gray: luma, `(..., 1, H, W)` in [0, 1].
        chroma: zero-luma color differences, `(..., 3, H, W)`.

    Returns:
        RGB `(..., 3, H, W)` in [0, 1] whose luma is `gray`.
    """
    # The largest s in [0, 1] with 0 <= Y + s c <= 1 in every channel: s max(c) <= 1 - Y, and s (-min(c)) <= Y.
    largest = chroma.amax(-3, keepdim=True).clamp_min(1e-12)
    smallest = chroma.amin(-3, keepdim=True).neg().clamp_min(1e-12)
    scale = ((1 - gray) / largest).minimum(gray / smallest).clamp(0, 1)
    return gray.addcmul(scale, chroma).clamp(0, 1)


def keep_luma(gray: Tensor, rgb: Tensor, *, fit: bool = True) -> Tensor:
    """Replace the luma of a network's output by that of its input: `gray + (rgb - luma(rgb))`.

    Args:
        gray: the network's input as luma, `(..., 1, H, W)` in [0, 1].
        rgb: the network's output, `(..., 3, H, W)`.
        fit: scale down out-of-gamut chroma. Off in training, where the plain linear projection lets gradients reach
            every pixel.

    Returns:
        `(..., 3, H, W)`, in [0, 1] if `fit`.
    """
    return fit_gamut(gray, chroma(rgb)) if fit else gray + chroma(rgb)
