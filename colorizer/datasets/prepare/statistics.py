"""Statistics of the images of a dataset, computed once when it is made.

Sums are integers (luma in thousandths of a level), so they do not depend on the order or the number of processes in
which they are added up.
"""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Self

import numpy as np

from colorizer.color import LUMA_WEIGHTS
from colorizer.datasets.dataset import SplitStatistics

_THOUSANDTHS = tuple(round(weight * 1000) for weight in LUMA_WEIGHTS)
CHANNELS = ("red", "green", "blue", "gray")
COLORFULNESS_BIN = 4
"""Width of a bin in the histogram of colorfulness; the last one holds all above `COLORFULNESS_MAX`."""
COLORFULNESS_MAX = 120
_BATCH_PIXELS = 16 * 1024  # Few enough to stay in the processor's cache.


@dataclass
class ImageSums:
    """Sums over images, from which the statistics are computed."""

    images: int = 0
    pixels: int = 0
    histograms: np.ndarray = field(default_factory=lambda: np.zeros((4, 256), np.int64))
    """`(4, 256)` int64: pixels of each level of red, green, blue and gray (luma, rounded)."""
    luma: int = 0
    """Sum of luma over pixels, in thousandths of a level."""
    luma_squares: int = 0
    chroma_squares: int = 0
    """Sum over pixels and channels of the squared difference to luma."""
    colorfulness: np.ndarray = field(default_factory=lambda: np.empty(0, np.float32))
    """`(images,)` float32, see `metrics.colorfulness`."""

    def to_json(self) -> str:
        """Return the sums as JSON."""
        arrays = {"histograms": self.histograms.tolist(), "colorfulness": self.colorfulness.tolist()}
        return json.dumps({**asdict(self), **arrays})

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Return the sums that `to_json` has written."""
        values = json.loads(text)
        values["histograms"] = np.array(values["histograms"], np.int64)
        values["colorfulness"] = np.array(values["colorfulness"], np.float32)
        return cls(**values)


def measure(pixels: np.ndarray) -> ImageSums:
    """Sum up images, `(N, H, W, 3)` uint8 RGB."""
    from colorizer.metrics import colorfulness

    total = ImageSums()
    values = [total.colorfulness]
    step = max(1, _BATCH_PIXELS // (pixels.shape[1] * pixels.shape[2]))
    for start in range(0, len(pixels), step):
        batch = pixels[start : start + step]
        rgb = batch.reshape(-1, 3).astype(np.int32)
        gray = rgb @ np.array(_THOUSANDTHS, np.int32)
        levels = (*rgb.T, (gray + 500) // 1000)
        total.histograms += np.stack([np.bincount(channel, minlength=256) for channel in levels])
        wide = gray.astype(np.int64)
        total.images += len(batch)
        total.pixels += len(gray)
        total.luma += int(wide.sum())
        total.luma_squares += int((wide * wide).sum())
        chroma = rgb * np.int32(1000) - gray[:, None]
        total.chroma_squares += int(np.square(chroma, dtype=np.int64).sum())
        planes = np.ascontiguousarray(np.moveaxis(batch, -1, 0)) / np.float32(255)
        values.append(colorfulness(np.moveaxis(planes, 0, -1)))  # Planar memory is faster to add up.
    total.colorfulness = np.concatenate(values).astype(np.float32)
    return total


def add_up(parts: Iterable[ImageSums]) -> ImageSums:
    """Return the sums over several sets of images, in order."""
    total = ImageSums()
    values = [total.colorfulness]
    for part in parts:
        total.histograms += part.histograms
        for name in ("images", "pixels", "luma", "luma_squares", "chroma_squares"):
            setattr(total, name, getattr(total, name) + getattr(part, name))
        values.append(part.colorfulness)
    total.colorfulness = np.concatenate(values)
    return total


def gray_mean_std(sums: ImageSums) -> tuple[float, float]:
    """Return mean and standard deviation of luma over all pixels.

    Returns:
        Both in units of [0, 1]; the deviation is at least 1/255, so that dividing by it is safe.
    """
    scale = 255 * 1000
    mean = sums.luma / sums.pixels
    # Integers up to the last step: the difference of two huge floats would lose its digits.
    variance = (sums.luma_squares * sums.pixels - sums.luma**2) / sums.pixels**2
    return mean / scale, max(variance**0.5 / scale, 1 / 255)


def grayscale_mse(sums: ImageSums) -> float:
    """Return the mean squared error, in units of [0, 1], of predicting luma for each of R, G and B."""
    return sums.chroma_squares / (3 * sums.pixels) / (255 * 1000) ** 2


def summary(sums: ImageSums) -> SplitStatistics:
    """Return the statistics of a split."""
    mean, std = gray_mean_std(sums)
    levels = np.arange(256)
    color = [float(histogram @ levels / sums.pixels) for histogram in sums.histograms[:3]]
    edges = np.arange(0, COLORFULNESS_MAX + COLORFULNESS_BIN, COLORFULNESS_BIN)
    bins, _ = np.histogram(sums.colorfulness.clip(0, COLORFULNESS_MAX - 0.5), edges)
    return SplitStatistics(
        images=sums.images,
        histograms={channel: tuple(row) for channel, row in zip(CHANNELS, sums.histograms.tolist(), strict=True)},
        mean_color=(color[0], color[1], color[2]),
        gray_mean=mean,
        gray_std=std,
        grayscale_mse=grayscale_mse(sums),
        colorfulness_mean=float(sums.colorfulness.mean(dtype=np.float64)),
        colorfulness=tuple(bins.tolist()),
    )
