"""Render a prediction onto the full-size picture, with the user's options. No network runs here."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from colorizer.color import chroma, fit_gamut, luma
from colorizer.errors import InputError
from colorizer.imaging import Picture
from colorizer.inference.upsampling import fit_lines
from colorizer.models.prediction import NATURAL, Prediction

_GRAY_ROWS = 128
_MIN_RANGE = 0.1
"""Narrowest range of luma that is stretched; a narrower one is fog or a blank page."""
_WARM = 0.1 * chroma(torch.tensor([1.0, 0.25, -1.0])[:, None, None])
"""Chroma added at full warmth: the orange of lamplight. Its negative is blue."""


@dataclass(frozen=True)
class ColorOptions:
    """Adjustments to predicted colors. Changing them is cheap: the network does not run again."""

    saturation: float = 1.0
    """Color strength, 0 to 2: 0 is gray, 1 is as predicted."""
    warmth: float = 0.0
    """-1 (cool, as in open shade) to 1 (warm, as by candlelight); 0 is as predicted."""
    vividness: float = NATURAL
    """0 (safe) to 1 (vivid); used by networks that predict color distributions."""
    restore_contrast: bool = False
    """Stretch the brightness of a faded photograph from black to white. This alone changes luma."""

    def __post_init__(self) -> None:
        if not 0 <= self.saturation <= 2:
            raise InputError(f"The saturation must be from 0 to 2, not {self.saturation:g}.")
        if not -1 <= self.warmth <= 1:
            raise InputError(f"The warmth must be from -1 to 1, not {self.warmth:g}.")
        if not 0 <= self.vividness <= 1:
            raise InputError(f"The vividness must be from 0 to 1, not {self.vividness:g}.")


DEFAULT_OPTIONS = ColorOptions()
LOOKS = {"Safe": 0.0, "Natural": NATURAL, "Vivid": 0.9}
"""Named values of vividness."""


@torch.inference_mode()
def render(
    pixels: np.ndarray,
    prediction: Prediction,
    options: ColorOptions = DEFAULT_OPTIONS,
    *,
    out: np.ndarray | None = None,
) -> np.ndarray:
    """Combine a picture's luma with predicted chroma. Fast enough to follow a slider.

    Args:
        pixels: the full-size picture, `(H, W, 3)` uint8, or gray `(H, W)` uint8 or uint16.
        prediction: from `Colorizer.predict`.
        options: saturation, warmth, vividness and contrast.
        out: where to put the result; may be `pixels` itself.

    Returns:
        `(H, W, 3)` of the same dtype.
    """
    height, width = pixels.shape[:2]
    result = np.empty((height, width, 3), pixels.dtype) if out is None else out
    white = np.iinfo(pixels.dtype).max
    lines = fit_lines(prediction.gray, prediction.chroma(options.vividness))
    black, white_point = luma_range(prediction.gray) if options.restore_contrast else (0.0, 1.0)
    for top, bottom, slope, offset in lines.strips(height, width):
        gray = luma_of(pixels[top:bottom])
        color = torch.addcmul(offset, slope, gray)  # c = a Y + b, see upsampling
        if options.restore_contrast:
            gray = gray.sub_(black).div_(white_point - black).clamp_(0, 1)
        if options.saturation != 1:
            color *= options.saturation
        if options.warmth:
            color += options.warmth * _WARM
        strip = fit_gamut(gray, color).mul_(white).round_()
        result[top:bottom] = strip.permute(1, 2, 0).numpy().astype(pixels.dtype)
    return result


def luma_range(gray: Tensor) -> tuple[float, float]:
    """Return the luma that becomes black and the luma that becomes white when contrast is restored.

    Args:
        gray: luma of the thumbnail, `(1, h, w)` in [0, 1]. Each value is a mean over a block of pixels, so dust,
            scratches and grain hardly move the range.

    Returns:
        The 0.5th and the 99.5th percentile, or (0, 1) if they are so close that there is no contrast to restore.
    """
    low, high = torch.quantile(gray.flatten().float(), torch.tensor([0.005, 0.995])).tolist()
    return (low, high) if high - low >= _MIN_RANGE else (0.0, 1.0)


@torch.inference_mode()
def to_gray(pixels: np.ndarray) -> np.ndarray:
    """Return a picture's luma in all three channels.

    Args:
        pixels: `(H, W, 3)` uint8.

    Returns:
        The same shape.
    """
    result = np.empty_like(pixels)
    for top in range(0, len(pixels), _GRAY_ROWS):
        rows = slice(top, top + _GRAY_ROWS)
        gray = luma_of(pixels[rows])[0]
        result[rows] = gray.mul_(255).round_().to(torch.uint8).numpy()[..., None]
    return result


def colorize_picture(
    picture: Picture, prediction: Prediction, options: ColorOptions = DEFAULT_OPTIONS, *, overwrite: bool = False
) -> Picture:
    """Colorize a decoded picture at full size and bit depth, keeping its name, opacity and metadata.

    Args:
        picture: the decoded file.
        prediction: from `Colorizer.predict`.
        options: saturation, warmth and vividness.
        overwrite: allow overwriting the pixels of `picture`, which saves memory.
    """
    source = picture.pixels if picture.gray16 is None else picture.gray16
    out = source if overwrite and source.ndim == 3 and source.flags.writeable else None
    return picture.with_pixels(render(source, prediction, options, out=out))


def luma_of(pixels: np.ndarray) -> Tensor:
    """Return the luma of `(H, W, 3)` uint8, or of gray `(H, W)` uint8 or uint16, as `(1, H, W)` in [0, 1]."""
    if pixels.ndim == 2:
        return torch.from_numpy(pixels.astype(np.float32))[None].div_(float(np.iinfo(pixels.dtype).max))
    return luma(torch.tensor(pixels).permute(2, 0, 1).float().div_(255))
