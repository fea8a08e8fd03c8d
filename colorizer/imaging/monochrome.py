"""Detect gray and toned (sepia, cyanotype) pictures."""

import numpy as np

from colorizer.color import LUMA_WEIGHTS
from colorizer.imaging.decode import Picture

_MAX_SAMPLES = 256
"""Most pixels sampled along each side, evenly spaced."""
_LEVELS = 32
_TONE_TOLERANCE = 6.0
_TONE_SHARE = 0.9
"""In nine prints from 1865 to 1940 at least 95% of the pixels are within 6 levels of their tone. In 72 color
photographs at most 82% are, except in a close-up of bare wood, which does have a single hue."""


def is_gray(picture: Picture, tolerance: int = 8) -> bool:
    """Return whether 99% of the pixels are within `tolerance` levels of gray."""
    channels = _sample(picture)
    return bool(((channels.max(-1) - channels.min(-1)) <= tolerance).mean() >= 0.99)


def is_monochrome(picture: Picture) -> bool:
    """Return whether the picture is gray or toned, as old prints are: whether its luma alone determines its color.

    A toned print has one color per luma level: its tone, estimated here as the mean chroma of the pixels of each level.
    """
    rgb = _sample(picture).reshape(-1, 3).astype(np.float32)
    luma = rgb @ np.array(LUMA_WEIGHTS, np.float32)
    level = (luma * (_LEVELS / 256)).astype(int)
    counts = np.bincount(level, minlength=_LEVELS).clip(1)
    chroma = rgb - luma[:, None]
    # Mean chroma of each level, (levels, 3).
    tone = np.stack([np.bincount(level, channel, _LEVELS) / counts for channel in chroma.T], -1)
    deviation = np.abs(chroma - tone[level]).max(-1)
    return bool((deviation <= _TONE_TOLERANCE).mean() >= _TONE_SHARE)


def _sample(picture: Picture) -> np.ndarray:
    width, height = picture.size
    return picture.pixels[:: -(-height // _MAX_SAMPLES), :: -(-width // _MAX_SAMPLES)]
