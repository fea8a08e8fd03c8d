"""Pictures for a page, encoded at the size at which they are shown."""

import io

import numpy as np
from PIL import Image

DISPLAY_SIDE = 1400
"""Longest side in pixels at which a photograph is sent to the browser."""


def to_jpeg(pixels: np.ndarray, max_side: int = DISPLAY_SIDE) -> bytes:
    """Encode a photograph as JPEG, scaled down to at most `max_side` pixels.

    Args:
        pixels: `(H, W, 3)` or gray `(H, W)` uint8.
        max_side: limit on the longest side.
    """
    image = Image.fromarray(pixels)
    image.thumbnail((max_side, max_side), Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    image.save(buffer, format="JPEG", quality=92, subsampling="4:4:4")
    return buffer.getvalue()


def to_enlarged_png(pixels: np.ndarray, side: int = 128) -> bytes:
    """Encode a thumbnail as PNG, each pixel repeated by a whole factor (nearest neighbor).

    Args:
        pixels: `(H, W, 3)` uint8, smaller than `side`.
        side: approximate height of the result in pixels.
    """
    factor = max(1, side // pixels.shape[0])
    buffer = io.BytesIO()
    Image.fromarray(pixels.repeat(factor, 0).repeat(factor, 1)).save(buffer, format="PNG", compress_level=1)
    return buffer.getvalue()
