"""Does a color hint stay on its object?

In each photograph, one Felzenszwalb segment (scale 400, sigma 0.8) of 2 to 20% of the area and at least 800 pixels is
given a hint at its most interior point: the opposite hue of its true mean color, with chroma 45. Prints the mean change
of a* and b* that the hint makes inside the segment, and farther from it than 5% of the photograph's longer side; the
second over the first is the leak. For comparison, prints the gain of true hints at random places, which a hint that
stays too close to its place lowers.

    python -m benchmarks.hint_leak photo --dataset photos256 --count 100
"""

import argparse
import statistics

import numpy as np
from scipy.ndimage import distance_transform_edt
from skimage.color import lab2rgb, rgb2lab
from skimage.segmentation import felzenszwalb

from benchmarks import photo_data
from benchmarks.photo_metrics import true_hints
from colorizer import metrics
from colorizer.inference import Colorizer, ColorOptions, render, to_gray
from colorizer.inference.rendering import LOOKS
from colorizer.models.hints import Hint

_AREAS = (0.02, 0.2)
_LEAST_PIXELS = 800
_CHROMA = 45.0
_MARGIN = 0.05
_TRUE_HINTS = (1, 10)


def main() -> None:
    parser = argparse.ArgumentParser()
    photo_data.add_arguments(parser)
    options = parser.parse_args()
    colorizer = Colorizer.load(options.run)
    safe = ColorOptions(vividness=LOOKS["Safe"])
    inside, outside = [], []
    gains: dict[int, list[float]] = {count: [] for count in (0, *_TRUE_HINTS)}
    random = np.random.default_rng(0)
    for true in photo_data.load_photographs(options):
        gray = to_gray(true)
        plain = colorizer.predict(gray)
        baseline = metrics.psnr_of(true, gray)
        for count, values in gains.items():
            prediction = colorizer.predict(gray, true_hints(true, count, random)) if count else plain
            values.append(metrics.psnr_of(true, render(gray, prediction, safe)) - baseline)
        found = opposite_hint(true)
        if found is not None:
            segment, hint = found
            before, after = render(gray, plain), render(gray, colorizer.predict(gray, [hint]))
            change = np.linalg.norm(rgb2lab(after)[..., 1:] - rgb2lab(before)[..., 1:], axis=-1)
            far = distance_transform_edt(~segment) > _MARGIN * max(segment.shape)
            if far.any():
                inside.append(float(change[segment].mean()))
                outside.append(float(change[far].mean()))
    print(f"{len(inside)} photographs with an opposite hint; change of a*, b* at the default look")
    print(f"inside {statistics.mean(inside):.2f}, outside {statistics.mean(outside):.2f}, ", end="")
    print(f"leak {statistics.mean(outside) / statistics.mean(inside):.3f}")
    for count, values in gains.items():
        print(f"{count} true hints, Safe: gain {statistics.mean(values):+.2f} dB ({len(values)} photographs)")


def opposite_hint(true: np.ndarray) -> tuple[np.ndarray, Hint] | None:
    """Choose the segment with the most interior point, and give it a hint of the opposite hue.

    Args:
        true: a photograph `(H, W, 3)` uint8.

    Returns:
        Mask of the segment `(H, W)` and the hint, or None if no segment has the right size.
    """
    labels, colors = felzenszwalb(true, scale=400, sigma=0.8, min_size=100), rgb2lab(true)
    deepest, chosen = 0.0, None
    for number, pixels in enumerate(np.bincount(labels.ravel())):
        if pixels >= _LEAST_PIXELS and _AREAS[0] <= pixels / labels.size <= _AREAS[1]:
            segment = labels == number
            depth = distance_transform_edt(np.pad(segment, 1))[1:-1, 1:-1]
            if depth.max() > deepest:
                deepest, chosen = depth.max(), (segment, np.unravel_index(depth.argmax(), depth.shape))
    if chosen is None:
        return None
    segment, (row, column) = chosen
    lightness, a, b = colors[segment].mean(0)
    hue = np.arctan2(b, a) + np.pi
    rgb = lab2rgb(np.array([[[lightness, _CHROMA * np.cos(hue), _CHROMA * np.sin(hue)]]]))[0, 0]
    red, green, blue = np.clip(np.round(255 * rgb), 0, 255).astype(int).tolist()
    height, width = segment.shape
    return segment, Hint((int(column) + 0.5) / width, (int(row) + 0.5) / height, (red, green, blue))


if __name__ == "__main__":
    main()
