"""Figures that compare pictures with the truth. All pictures are RGB, `(N, H, W, 3)`.

PSNR comes in two kinds that differ by several dB on the same pictures: `psnr` is that of the mean
squared error of all pixels together, `psnr_mean` the mean of each picture's own. Both reward dull
colours, so colourfulness stands beside them.
"""

from collections.abc import Iterable

import numpy as np
from skimage.color import deltaE_ciede2000, rgb2lab
from skimage.metrics import structural_similarity

STUDY_BATCH = 100
"""The study summed its losses over batches of this many images."""
_BEST_PSNR = 100.0


def summarize(true: np.ndarray, batches: Iterable[np.ndarray]) -> dict[str, float]:
    """All figures of a set of pictures.

    Args:
        true: `(N, H, W, 3)` uint8.
        batches: the same pictures as predicted, in order, in batches `(n, H, W, 3)` float in [0, 1].

    Returns:
        mse: mean squared error over pictures, pixels and channels, in units of [0, 1].
        loss_sum: the study's figure, the sum of the `mse` of each 100 pictures in order.
        psnr: peak signal-to-noise ratio of `mse`, in dB.
        psnr_mean: mean of the pictures' own PSNR, in dB; 100 at the most for one picture.
        ssim: mean structural similarity over pictures (Wang et al. 2004; 7x7 windows), up to 1.
        ciede2000: mean colour difference over pixels, in units of just about one visible step.
        colorfulness, colorfulness_true: mean over pictures, see `colorfulness`.
    """
    squared, similar, differences, colourful, colourful_true = [], [], [], [], []
    start = 0
    for predicted in batches:
        expected = true[start : start + len(predicted)].astype(np.float32) / 255
        start += len(predicted)
        squared.append(mean_squared_errors(expected, predicted))
        similar += [
            structural_similarity(one, other, channel_axis=-1, data_range=1.0)
            for one, other in zip(expected, predicted, strict=True)
        ]
        differences.append(ciede2000(expected, predicted))
        colourful.append(colorfulness(predicted))
        colourful_true.append(colorfulness(expected))
    errors = np.concatenate(squared)
    return {
        "mse": float(errors.mean()),
        "loss_sum": study_sum(errors),
        "psnr": float(psnr(errors.mean())),
        "psnr_mean": float(psnr(errors).mean()),
        "ssim": float(np.mean(similar)),
        "ciede2000": float(np.concatenate(differences).mean()),
        "colorfulness": float(np.concatenate(colourful).mean()),
        "colorfulness_true": float(np.concatenate(colourful_true).mean()),
    }


def mean_squared_errors(true: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    """Mean squared error of each picture, `(N,)`, both in [0, 1]."""
    return np.square(true.astype(np.float64) - predicted).mean(axis=(1, 2, 3))


def study_sum(errors: np.ndarray) -> float:
    """Sum over batches of 100 pictures, in order, of the batch's mean squared error."""
    return float(sum(errors[first : first + STUDY_BATCH].mean() for first in range(0, len(errors), STUDY_BATCH)))


def psnr(mean_squared_error: np.ndarray | float) -> np.ndarray:
    """Peak signal-to-noise ratio in dB of errors in units of [0, 1], at most 100."""
    return -10 * np.log10(np.maximum(mean_squared_error, 10 ** (-_BEST_PSNR / 10)))


def psnr_of(true: np.ndarray, predicted: np.ndarray) -> float:
    """PSNR in dB of one picture, both `(H, W, 3)` uint8."""
    return float(psnr(np.square(true.astype(np.float32) - predicted).mean() / 255**2))


def ciede2000(true: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    """Mean CIEDE2000 colour difference of each picture, `(N,)`, both sRGB in [0, 1]."""
    return np.asarray(deltaE_ciede2000(rgb2lab(true), rgb2lab(predicted))).mean(axis=(1, 2))


def colorfulness(rgb: np.ndarray) -> np.ndarray:
    """How colourful each picture is, `(N,)`: 0 for gray, about 15 slightly, 45 quite, 80 very.

    Args:
        rgb: `(N, H, W, 3)` in [0, 1].

    Source:
        Hasler and Suesstrunk 2003, "Measuring colourfulness in natural images".
    """
    red, green, blue = np.moveaxis(rgb.astype(np.float64) * 255, -1, 0)
    red_green, yellow_blue = red - green, (red + green) / 2 - blue
    pixels = (1, 2)
    spread = np.hypot(red_green.std(pixels), yellow_blue.std(pixels))
    centre = np.hypot(red_green.mean(pixels), yellow_blue.mean(pixels))
    return spread + 0.3 * centre
