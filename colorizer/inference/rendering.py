"""A prediction and a person's options, joined with the picture at its full size. No network runs here."""

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
_WARM = 0.1 * chroma(torch.tensor([1.0, 0.25, -1.0])[:, None, None])
"""What full warmth adds to a color's chroma: orange, as lamplight is; less of it is blue."""


@dataclass(frozen=True)
class ColorOptions:
    """What a person may change about a network's colors. It is cheap: no network runs again."""

    saturation: float = 1.0
    """Strength of the colors, 0 to 2: 0 gives gray, 1 what the network says."""
    warmth: float = 0.0
    """From -1, as under a blue sky, over 0, what the network says, to 1, as by candlelight."""
    vividness: float = NATURAL
    """From 0, safe, to 1, as vivid as can be; for networks that know how likely each color is."""

    def __post_init__(self) -> None:
        if not 0 <= self.saturation <= 2:
            raise InputError(f"The saturation must be from 0 to 2, not {self.saturation:g}.")
        if not -1 <= self.warmth <= 1:
            raise InputError(f"The warmth must be from -1 to 1, not {self.warmth:g}.")
        if not 0 <= self.vividness <= 1:
            raise InputError(f"The vividness must be from 0 to 1, not {self.vividness:g}.")


DEFAULT_OPTIONS = ColorOptions()
LOOKS = {"Safe": 0.0, "Natural": 0.5, "Vivid": 0.9}
"""Named values of vividness."""


@torch.inference_mode()
def render(pixels: np.ndarray, prediction: Prediction, options: ColorOptions = DEFAULT_OPTIONS) -> np.ndarray:
    """Join a picture's luma with predicted chroma; no network runs, so this can follow a slider.

    Args:
        pixels: the full-size picture, `(H, W, 3)` uint8, or gray `(H, W)` uint8 or uint16.
        prediction: what `Colorizer.predict` gave for it.
        options: saturation, warmth and vividness.

    Returns:
        `(H, W, 3)` of the same type. Works through the picture in strips, so little memory is needed.
    """
    height, width = pixels.shape[:2]
    result = np.empty((height, width, 3), pixels.dtype)
    white = np.iinfo(pixels.dtype).max
    for top, bottom, slope, offset in fit_lines(prediction.gray, prediction.chroma(options.vividness)).strips(
        height, width
    ):
        gray = luma_of(pixels[top:bottom])
        color = torch.addcmul(offset, slope, gray)
        if options.saturation != 1:
            color *= options.saturation
        if options.warmth:
            color += options.warmth * _WARM
        strip = fit_gamut(gray, color).mul_(white).round_()
        result[top:bottom] = strip.permute(1, 2, 0).numpy().astype(pixels.dtype)
    return result


@torch.inference_mode()
def to_gray(pixels: np.ndarray) -> np.ndarray:
    """A picture's luma in all three channels: what the network is given.

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


def colorize_picture(picture: Picture, prediction: Prediction, options: ColorOptions = DEFAULT_OPTIONS) -> Picture:
    """A decoded file in color; name, opacity and metadata stay with it, and so do 16 bits.

    Args:
        picture: the file.
        prediction: what `Colorizer.predict` gave for it.
        options: saturation, warmth and vividness.
    """
    source = picture.pixels if picture.gray16 is None else picture.gray16
    return picture.with_pixels(render(source, prediction, options))


def luma_of(pixels: np.ndarray) -> Tensor:
    """Luma of `(H, W, 3)` uint8, or gray `(H, W)` uint8 or uint16, as `(1, H, W)` in [0, 1]."""
    if pixels.ndim == 2:
        return torch.from_numpy(pixels.astype(np.float32))[None].div_(float(np.iinfo(pixels.dtype).max))
    return luma(torch.tensor(pixels).permute(2, 0, 1).float().div_(255))
