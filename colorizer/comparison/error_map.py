"""Where a picture is wrong: its color difference from the truth, pixel by pixel, as a picture.

The difference is CIEDE2000, made so that equal numbers look equally different; 1 is just about visible. It is drawn
with `inferno`, a color map whose brightness rises evenly, so that it can be read without color vision too.
"""

import matplotlib
import numpy as np

from colorizer.metrics import ciede2000_by_pixel

MOST = 30
"""Differences from here on have the brightest color."""
_MAP = matplotlib.colormaps["inferno"]


def difference(true: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    """CIEDE2000 of each pixel, `(H, W)`, of two pictures `(H, W, 3)` uint8."""
    one, other = (pixels.astype(np.float32) / 255 for pixels in (true, predicted))
    return ciede2000_by_pixel(one, other)


def draw(values: np.ndarray) -> np.ndarray:
    """Differences `(H, W)` as a picture `(H, W, 3)` uint8."""
    return (_MAP(np.clip(values / MOST, 0, 1))[..., :3] * 255).round().astype(np.uint8)


def legend_gradient() -> str:
    """The color map as a CSS gradient from left to right."""
    colors = draw(np.linspace(0, MOST, 9)[None])[0]
    return f"linear-gradient(to right, {', '.join(f'rgb({r} {g} {b})' for r, g, b in colors)})"
