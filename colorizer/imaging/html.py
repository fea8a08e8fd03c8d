"""Images as data URLs, for HTML."""

import base64
import io

import numpy as np
from PIL import Image


def data_url(data: bytes, kind: str = "jpeg") -> str:
    """Return encoded image bytes as a data URL."""
    return f"data:image/{kind};base64,{base64.b64encode(data).decode()}"


def picture_url(pixels: np.ndarray, kind: str = "png") -> str:
    """Encode a picture as a data URL.

    Args:
        pixels: `(H, W, 3)` uint8.
        kind: `png`, or `jpeg` for photographs.
    """
    buffer = io.BytesIO()
    options = {"quality": 90, "subsampling": "4:4:4"} if kind == "jpeg" else {}
    Image.fromarray(np.ascontiguousarray(pixels)).save(buffer, kind, **options)
    return data_url(buffer.getvalue(), kind)
