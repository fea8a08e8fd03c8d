"""Whether a picture has colors of its own."""

import numpy as np

from colorizer.color import LUMA_WEIGHTS
from colorizer.imaging.decode import Picture

_LOOKED_AT = 512
"""Pixels along each side that are looked at, evenly spaced."""
_LEVELS = 32
_TONE_TOLERANCE = 6.0
_TONE_SHARE = 0.9
"""On nine prints of 1865 to 1940 at least 0.95 of the pixels lie within 6 levels of their tone's color. On 72
photographs in color at most 0.82 do, but for a close-up of bare wood, which has one hue indeed."""


def is_gray(picture: Picture, tolerance: int = 8) -> bool:
    """Whether the picture has no color: 99 % of pixels within `tolerance` levels of gray."""
    channels = _some(picture)
    return bool(((channels.max(-1) - channels.min(-1)) <= tolerance).mean() >= 0.99)


def is_monochrome(picture: Picture) -> bool:
    """Whether the picture is gray or toned, as old prints are: brightness alone decides the color."""
    channels = _some(picture).reshape(-1, 3).astype(np.float32)
    gray = channels @ np.array(LUMA_WEIGHTS, np.float32)
    level = (gray * (_LEVELS / 256)).astype(int)
    counts = np.bincount(level, minlength=_LEVELS).clip(1)
    differences = channels - gray[:, None]
    tone = np.stack([np.bincount(level, channel, _LEVELS) / counts for channel in differences.T], -1)
    apart = np.abs(differences - tone[level]).max(-1)
    return bool((apart <= _TONE_TOLERANCE).mean() >= _TONE_SHARE)


def _some(picture: Picture) -> np.ndarray:
    width, height = picture.size
    return picture.pixels[:: max(1, height // _LOOKED_AT), :: max(1, width // _LOOKED_AT)]
