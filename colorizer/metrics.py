"""Image quality metrics against the ground truth. All images are RGB, `(N, H, W, 3)`.

PSNR is reported in two ways that differ by several dB on the same images: `psnr` of the mean squared error over all
pixels, and `psnr_mean`, the mean over images. Both reward dull colors, so colorfulness is reported with them.
"""

import numpy as np

_BEST_PSNR = 100.0
_WINDOW = 7


def measure(true: np.ndarray, predicted: np.ndarray) -> dict[str, np.ndarray]:
    """Compute the metrics of each image.

    Args:
        true: `(N, H, W, 3)` uint8, at least 7 pixels wide and high.
        predicted: the predictions, float in [0, 1].

    Returns:
        Arrays `(N,)` by the name of the metric:

        mse: mean squared error over pixels and channels, in units of [0, 1].
        psnr_mean: peak signal-to-noise ratio in dB, at most 100.
        ssim: see `ssim`.
        ciede2000: see `ciede2000`.
        colorfulness, colorfulness_true: see `colorfulness`.
        colorfulness_distance: absolute difference of the two. Unlike the difference of their means, its mean does not
            let images that are too dull offset others that are too vivid.
        within_2, within_5: see `share_within`, for 2% and 5%.
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
    """Return the mean squared error of each image, `(N,)`; both in [0, 1]."""
    return np.square(true.astype(np.float64) - predicted).mean(axis=(1, 2, 3))


def psnr(mean_squared_error: np.ndarray | float) -> np.ndarray:
    """Return the peak signal-to-noise ratio in dB for errors in units of [0, 1], at most 100."""
    return -10 * np.log10(np.maximum(mean_squared_error, 10 ** (-_BEST_PSNR / 10)))


def psnr_of(true: np.ndarray, predicted: np.ndarray) -> float:
    """Return the PSNR in dB of one image, both `(H, W, 3)` uint8."""
    return float(psnr(np.square(true.astype(np.float32) - predicted).mean() / 255**2))


def ssim(true: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    """Return the structural similarity (SSIM) of each image, `(N,)`, at most 1; both in [0, 1]. Mean over channels.

    Source:
        Wang, Bovik, Sheikh and Simoncelli 2004, "Image quality assessment: from error visibility to
        structural similarity", with uniform 7x7 windows instead of Gaussian ones.
    """
    from skimage.metrics import structural_similarity  # Takes long to import, and pages only need `psnr_of`.

    # Stacking all images into one tall one takes a quarter of the time. Windows that span two images are among those
    # discarded at the borders anyway.
    tall = (-1, *true.shape[2:])
    _, local = structural_similarity(
        true.reshape(tall), predicted.reshape(tall), win_size=_WINDOW, channel_axis=-1, data_range=1.0, full=True
    )
    inside = slice(_WINDOW // 2, -(_WINDOW // 2))
    return np.asarray(local).reshape(true.shape)[:, inside, inside].mean(axis=(1, 2, 3))


def ciede2000(true: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    """Return the mean CIEDE2000 color difference of each image, `(N,)`. Arguments as for `ciede2000_by_pixel`."""
    return ciede2000_by_pixel(true, predicted).mean(axis=(-2, -1))


def ciede2000_by_pixel(true: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    """Return the CIEDE2000 color difference of each pixel, `(..., H, W)`; 1 is about a just noticeable difference.

    Args:
        true, predicted: sRGB `(..., H, W, 3)`, both in [0, 1].

    Source:
        Sharma, Wu and Dalal 2005, "The CIEDE2000 color-difference formula".
    """
    from skimage.color import deltaE_ciede2000, rgb2lab  # As above.

    return np.asarray(deltaE_ciede2000(rgb2lab(true), rgb2lab(predicted)))


def share_within(true: np.ndarray, predicted: np.ndarray, tolerances: tuple[float, ...]) -> list[np.ndarray]:
    """Return the fraction of each image's pixels that are within a tolerance in all three channels.

    Args:
        true, predicted: both in [0, 1].
        tolerances: fractions of the range of a channel; 0.02 allows five levels of 255.

    Returns:
        For each tolerance `(N,)` in [0, 1].

    Source:
        The accuracy of Nazeri, Ng and Ebrahimi 2018, "Image colorization using generative adversarial networks",
        arXiv 1803.05400, here on RGB channels.
    """
    difference = np.abs(true - predicted)
    red, green, blue = np.moveaxis(difference, -1, 0)
    worst = np.maximum(np.maximum(red, green), blue)
    return [(worst <= tolerance).mean(axis=(1, 2)) for tolerance in tolerances]


def colorfulness(rgb: np.ndarray) -> np.ndarray:
    """Return the colorfulness of each image, `(N,)`: 0 for gray, about 15 slightly, 45 quite, 82 highly colorful.

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


def colorfulness_of(image: np.ndarray) -> float:
    """Return the colorfulness of one image, `(H, W, 3)` uint8."""
    return float(colorfulness(image[None] / np.float32(255))[0])
