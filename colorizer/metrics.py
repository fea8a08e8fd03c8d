"""Figures that compare pictures with the truth. All pictures are RGB, `(N, H, W, 3)`.

PSNR comes in two kinds that differ by several dB on the same pictures: `psnr` is that of the mean
squared error of all pixels together, `psnr_mean` the mean of each picture's own. Both reward dull
colors, so colorfulness stands beside them.
"""

import numpy as np
from skimage.color import deltaE_ciede2000, rgb2lab
from skimage.metrics import structural_similarity

_BEST_PSNR = 100.0
_WINDOW = 7


def measure(true: np.ndarray, predicted: np.ndarray) -> dict[str, np.ndarray]:
    """What there is to say of each picture by itself.

    Args:
        true: `(N, H, W, 3)` uint8, at least 7 pixels wide and high.
        predicted: the same pictures as predicted, float in [0, 1].

    Returns:
        Arrays `(N,)` by the name of the figure that their mean is:

        mse: mean squared error over pixels and channels, in units of [0, 1].
        psnr_mean: peak signal-to-noise ratio in dB, 100 at the most.
        ssim: see `ssim`.
        ciede2000: see `ciede2000`.
        colorfulness, colorfulness_true: see `colorfulness`.
        colorfulness_distance: how far the two are apart. Its mean is not the difference of their means,
            in which pictures that are too dull make up for others that are too vivid.
        within_2, within_5: see `share_within`, for 2 % and 5 %.
    """
    expected = true.astype(np.float32) / 255
    errors = mean_squared_errors(expected, predicted)
    colorful, colorful_true = colorfulness(predicted), colorfulness(expected)
    within_2, within_5 = share_within(expected, predicted, (0.02, 0.05))
    return {
        "mse": errors,
        "psnr_mean": psnr(errors),
        "ssim": ssim(expected, predicted),
        "ciede2000": ciede2000(expected, predicted),
        "within_2": within_2,
        "within_5": within_5,
        "colorfulness": colorful,
        "colorfulness_true": colorful_true,
        "colorfulness_distance": np.abs(colorful - colorful_true),
    }


def mean_squared_errors(true: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    """Mean squared error of each picture, `(N,)`, both in [0, 1]."""
    return np.square(true.astype(np.float64) - predicted).mean(axis=(1, 2, 3))


def psnr(mean_squared_error: np.ndarray | float) -> np.ndarray:
    """Peak signal-to-noise ratio in dB of errors in units of [0, 1], at most 100."""
    return -10 * np.log10(np.maximum(mean_squared_error, 10 ** (-_BEST_PSNR / 10)))


def psnr_of(true: np.ndarray, predicted: np.ndarray) -> float:
    """PSNR in dB of one picture, both `(H, W, 3)` uint8."""
    return float(psnr(np.square(true.astype(np.float32) - predicted).mean() / 255**2))


def ssim(true: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    """Structural similarity of each picture, `(N,)`, up to 1; both in [0, 1]. Mean over channels.

    Source:
        Wang, Bovik, Sheikh and Simoncelli 2004, "Image quality assessment: from error visibility to
        structural similarity", with plain windows of 7x7 pixels instead of Gaussian ones.
    """
    # All pictures are measured as one tall one, which takes a quarter of the time; windows that reach into
    # another picture are those left out at its edge anyway.
    tall = (-1, *true.shape[2:])
    _, local = structural_similarity(
        true.reshape(tall), predicted.reshape(tall), win_size=_WINDOW, channel_axis=-1, data_range=1.0, full=True
    )
    inside = slice(_WINDOW // 2, -(_WINDOW // 2))
    return np.asarray(local).reshape(true.shape)[:, inside, inside].mean(axis=(1, 2, 3))


def ciede2000(true: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    """Mean CIEDE2000 color difference of each picture, `(N,)`. Arguments as of `ciede2000_by_pixel`."""
    return ciede2000_by_pixel(true, predicted).mean(axis=(-2, -1))


def ciede2000_by_pixel(true: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    """CIEDE2000 color difference of each pixel, `(..., H, W)`; one unit is about one visible step.

    Args:
        true, predicted: sRGB `(..., H, W, 3)`, both in [0, 1].

    Source:
        Sharma, Wu and Dalal 2005, "The CIEDE2000 color-difference formula".
    """
    return np.asarray(deltaE_ciede2000(rgb2lab(true), rgb2lab(predicted)))


def share_within(true: np.ndarray, predicted: np.ndarray, tolerances: tuple[float, ...]) -> list[np.ndarray]:
    """Share of each picture's pixels that are right to within a tolerance in all three channels.

    Args:
        true, predicted: both in [0, 1].
        tolerances: shares of the range of a channel; 0.02 allows five levels of 255.

    Returns:
        For each tolerance `(N,)` in [0, 1].

    Source:
        After what Nazeri, Ng and Ebrahimi 2018 call accuracy, "Image colorization using generative
        adversarial networks", arXiv 1803.05400; here the channels are red, green and blue.
    """
    difference = np.abs(true - predicted)
    red, green, blue = np.moveaxis(difference, -1, 0)
    worst = np.maximum(np.maximum(red, green), blue)
    return [(worst <= tolerance).mean(axis=(1, 2)) for tolerance in tolerances]


def colorfulness(rgb: np.ndarray) -> np.ndarray:
    """How colorful each picture is, `(N,)`: 0 for gray, about 15 slightly, 45 quite, 80 very.

    Args:
        rgb: `(N, H, W, 3)` in [0, 1].

    Source:
        Hasler and Suesstrunk 2003, "Measuring colorfulness in natural images".
    """
    red, green, blue = np.moveaxis(rgb.astype(np.float64) * 255, -1, 0)
    red_green, yellow_blue = red - green, (red + green) / 2 - blue
    pixels = (1, 2)
    spread = np.hypot(red_green.std(pixels), yellow_blue.std(pixels))
    center = np.hypot(red_green.mean(pixels), yellow_blue.mean(pixels))
    return spread + 0.3 * center
