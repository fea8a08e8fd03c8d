"""How good are the colors of a network for photographs: safe, vivid, and with hints?

For the test photographs of a dataset, or those of a folder, prints the means of PSNR, colorfulness, and CIELAB's a*
and b*: for the grayscale baseline, at several vividness settings, and with true colors given as hints at random
places. Also prints the network's median time per photograph. Everything is measured on what the app shows: chroma
upsampled along edges, luma kept.

    python -m colorizer prepare photos256.zip --name photos256 --size 256 --no-images
    python -m benchmarks.photo_metrics photo --dataset photos256
    python -m benchmarks.photo_metrics photo --dataset photos256 --split train --count 400    # has it memorized?
    python -m benchmarks.photo_metrics photo --folder holidays    # or any folder of color photographs
"""

import argparse
import statistics
import time
from collections.abc import Sequence

import numpy as np
from skimage.color import rgb2lab

from benchmarks import photo_data
from colorizer import metrics
from colorizer.inference import Colorizer, ColorOptions, render, to_gray
from colorizer.models.hints import Hint
from colorizer.models.prediction import NATURAL

VIVIDNESS = (0.0, 0.25, 0.5, 0.75, 1.0)
HINTS = (1, 3, 10)
_SAFE = ColorOptions(vividness=0.0)
_PATCH = 3
"""A hint's color is the mean within this many pixels."""


def main() -> None:
    parser = argparse.ArgumentParser()
    photo_data.add_arguments(parser)
    options = parser.parse_args()
    true = photo_data.load_photographs(options)
    colorizer = Colorizer.load(options.run)
    gray = [to_gray(picture) for picture in true]
    seconds, predictions = [], []
    for picture in gray:
        started = time.perf_counter()
        predictions.append(colorizer.predict(picture))
        seconds.append(time.perf_counter() - started)
    print(f"{len(true)} photographs; network: median {1000 * statistics.median(seconds):.0f} ms per photograph")
    print(f"{'':>16} {'mean PSNR':>10} {'vs gray':>8} {'colorful':>10} {'of true':>9} {'a*':>6} {'b*':>6}")
    baseline, target = _metrics(true, gray), _metrics(true, true)

    def show(label: str, pictures: Sequence[np.ndarray]) -> None:
        _print(label, _metrics(true, pictures), baseline, target)

    show("gray", gray)
    for vividness in sorted({*VIVIDNESS, NATURAL}):
        pictures = [render(*pair, ColorOptions(vividness=vividness)) for pair in zip(gray, predictions, strict=True)]
        show(f"vividness {vividness:g}" + (" *" if vividness == NATURAL else ""), pictures)
    random = np.random.default_rng(0)
    for count in HINTS:
        predictions = [
            colorizer.predict(picture, true_hints(original, count, random))
            for picture, original in zip(gray, true, strict=True)
        ]
        show(f"{count} hints, safe", [render(*pair, _SAFE) for pair in zip(gray, predictions, strict=True)])
    show("true colors", true)


def true_hints(true: np.ndarray, count: int, random: np.random.Generator) -> list[Hint]:
    """Return true colors at random places of a photograph."""
    height, width = true.shape[:2]
    hints = []
    for x, y in random.random((count, 2)):
        row, column = int(y * height), int(x * width)
        around = true[max(0, row - _PATCH) : row + _PATCH + 1, max(0, column - _PATCH) : column + _PATCH + 1]
        red, green, blue = around.reshape(-1, 3).mean(0).round().astype(int).tolist()
        hints.append(Hint(float(x), float(y), (red, green, blue)))
    return hints


def _metrics(true: Sequence[np.ndarray], pictures: Sequence[np.ndarray]) -> np.ndarray:
    """Return the means over photographs of PSNR, colorfulness, a*, and b*."""
    rows = [
        (
            metrics.psnr_of(target, picture),
            metrics.colorfulness_of(picture),
            *rgb2lab(picture)[..., 1:].mean((0, 1)),
        )
        for target, picture in zip(true, pictures, strict=True)
    ]
    return np.mean(rows, axis=0)


def _print(label: str, values: np.ndarray, baseline: np.ndarray, target: np.ndarray) -> None:
    psnr, colorful, a, b = values
    print(
        f"{label:>16} {psnr:10.3f} {psnr - baseline[0]:+8.3f} {colorful:10.2f} {colorful / target[1]:9.2f} "
        f"{a:6.2f} {b:6.2f}",
        flush=True,
    )


if __name__ == "__main__":
    main()
