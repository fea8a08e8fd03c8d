"""Figures about the pictures of a dataset, measured once when it is made.

Sums are of whole numbers (luma in thousandths of a level), so they are the same in whatever order and by
however many processes they are added up.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from colorizer.color import LUMA_WEIGHTS

THOUSANDTHS = tuple(round(weight * 1000) for weight in LUMA_WEIGHTS)
CHANNELS = ("red", "green", "blue", "gray")
COLORFULNESS_STEP = 4
"""Width of a bar in the distribution of colorfulness; the last bar holds all from `COLORFULNESS_END`."""
COLORFULNESS_END = 120
_BATCH = 16  # pictures at a time, few enough to stay in the processor's cache


@dataclass
class Measured:
    """Sums over some pictures."""

    pictures: int
    pixels: int
    histograms: np.ndarray
    """`(4, 256)` int64: how many pixels have each level of red, green, blue and gray (luma, rounded)."""
    luma: int
    """Sum of luma over pixels, in thousandths of a level."""
    luma_squares: int
    chroma_squares: int
    """Sum over pixels and channels of the squared difference to luma."""
    colorfulness: np.ndarray
    """`(pictures,)` float32, see `metrics.colorfulness`."""


def measure(pixels: np.ndarray) -> Measured:
    """Measure pictures, `(N, H, W, 3)` uint8."""
    from colorizer.metrics import colorfulness

    total = Measured(0, 0, np.zeros((4, 256), np.int64), 0, 0, 0, np.empty(0, np.float32))
    colorful = []
    step = max(1, _BATCH * 1024 // (pixels.shape[1] * pixels.shape[2]))
    for start in range(0, len(pixels), step):
        batch = pixels[start : start + step]
        rgb = batch.reshape(-1, 3).astype(np.int32)
        gray = rgb @ np.array(THOUSANDTHS, np.int32)
        levels = (*rgb.T, (gray + 500) // 1000)
        total.histograms += np.stack([np.bincount(channel, minlength=256) for channel in levels])
        wide = gray.astype(np.int64)
        total.pictures += len(batch)
        total.pixels += len(gray)
        total.luma += int(wide.sum())
        total.luma_squares += int((wide * wide).sum())
        chroma = rgb * np.int32(1000) - gray[:, None]
        total.chroma_squares += int(np.square(chroma, dtype=np.int64).sum())
        planes = np.ascontiguousarray(np.moveaxis(batch, -1, 0)) / np.float32(255)
        colorful.append(colorfulness(np.moveaxis(planes, 0, -1)))  # Channel after channel is faster to add up.
    if colorful:
        total.colorfulness = np.concatenate(colorful).astype(np.float32)
    return total


def add_all(parts: Iterable[Measured]) -> Measured:
    """The sums over several sets of pictures, in order."""
    total = Measured(0, 0, np.zeros((4, 256), np.int64), 0, 0, 0, np.empty(0, np.float32))
    colorful = [total.colorfulness]
    for part in parts:
        total.histograms += part.histograms
        for name in ("pictures", "pixels", "luma", "luma_squares", "chroma_squares"):
            setattr(total, name, getattr(total, name) + getattr(part, name))
        colorful.append(part.colorfulness)
    total.colorfulness = np.concatenate(colorful)
    return total


def gray_mean_std(measured: Measured) -> tuple[float, float]:
    """Mean and standard deviation of luma over all pixels.

    Returns:
        Both in units of [0, 1]; the deviation is at least 1/255, so that dividing by it is safe.
    """
    scale = 255 * 1000
    mean = measured.luma / measured.pixels
    # Whole numbers to the last step: the difference of two huge floats would lose its digits.
    variance = (measured.luma_squares * measured.pixels - measured.luma**2) / measured.pixels**2
    return mean / scale, max(variance**0.5 / scale, 1 / 255)


def gray_copy_mse(measured: Measured) -> float:
    """Mean squared error in units of [0, 1] of atomic_write pictures by their luma."""
    return measured.chroma_squares / (3 * measured.pixels) / (255 * 1000) ** 2


def summary(measured: Measured) -> dict[str, Any]:
    """The figures of a split as statistics.json holds them."""
    mean, std = gray_mean_std(measured)
    levels = np.arange(256)
    color = [float(histogram @ levels / measured.pixels) for histogram in measured.histograms[:3]]
    edges = np.arange(0, COLORFULNESS_END + COLORFULNESS_STEP, COLORFULNESS_STEP)
    bars, _ = np.histogram(measured.colorfulness.clip(0, COLORFULNESS_END - 0.5), edges)
    return {
        "pictures": measured.pictures,
        "histograms": dict(zip(CHANNELS, measured.histograms.tolist(), strict=True)),
        "mean_color": color,
        "gray_mean": mean,
        "gray_std": std,
        "gray_copy_mse": gray_copy_mse(measured),
        "colorfulness_mean": float(measured.colorfulness.mean(dtype=np.float64)),
        "colorfulness": bars.tolist(),
    }
