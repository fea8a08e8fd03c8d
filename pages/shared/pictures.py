"""Pictures on a page: always as encoded bytes of the size at which they are shown."""

import io

import numpy as np
from PIL import Image

SHOWN_SIDE = 1400
"""Longest side in pixels at which a photograph is sent to the browser."""


def shown(pixels: np.ndarray, longest: int | None = None) -> bytes:
    """A picture as JPEG bytes, made smaller if it is larger than the page can show.

    Args:
        pixels: `(H, W, 3)` uint8.
        longest: longest side in pixels, by default `SHOWN_SIDE`.
    """
    image = Image.fromarray(pixels)
    longest = longest or SHOWN_SIDE
    image.thumbnail((longest, longest), Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    image.save(buffer, format="JPEG", quality=92, subsampling="4:4:4")
    return buffer.getvalue()


def enlarged(pixels: np.ndarray, side: int = 128) -> bytes:
    """A thumbnail as PNG bytes, its pixels multiplied rather than blurred.

    Args:
        pixels: `(H, W, 3)` uint8, smaller than `side`.
        side: about how high it becomes, in pixels.
    """
    factor = max(1, side // pixels.shape[0])
    buffer = io.BytesIO()
    Image.fromarray(pixels.repeat(factor, 0).repeat(factor, 1)).save(buffer, format="PNG", compress_level=1)
    return buffer.getvalue()
