"""How good are a photo network's colors: safe, vivid, and with hints?

For the test photographs of a dataset, of which the network has seen none, or for others, prints the mean of
PSNR, of colorfulness and of CIELAB's a* and b*, for the gray copy, for several vividnesses, and with true
colors given at random places; and the median time of the network on one picture. Everything is measured on what
the app shows: chroma enlarged along the edges, luma kept.

    python -m colorizer prepare photos256.zip --name photos256 --size 256 --no-images
    python -m benchmarks.photo_figures photo --dataset photos256
    python -m benchmarks.photo_figures photo --dataset photos256 --split train --count 400    # learned by heart?
    python -m benchmarks.photo_figures photo --folder holidays    # or any folder of color photographs
"""

import argparse
import statistics
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image
from skimage.color import rgb2lab

from colorizer import metrics
from colorizer.datasets.dataset import load_dataset
from colorizer.imaging import decode_image
from colorizer.imaging.monochrome import is_monochrome
from colorizer.inference.colorizer import Colorizer
from colorizer.inference.rendering import ColorOptions, render, to_gray
from colorizer.models.hints import Hint
from colorizer.models.prediction import NATURAL

VIVIDNESS = (0.0, 0.25, 0.5, 0.75, 1.0)
HINTS = (1, 3, 10)
_SAFE = ColorOptions(vividness=0.0)
_SIDE = 256
_PATCH = 3
"""Pixels in each direction whose mean is a hint's color."""


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("run")
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--dataset", help="photographs of one of its splits")
    source.add_argument("--folder", type=Path, help="photographs in it, made smaller to 256 pixels")
    parser.add_argument("--split", choices=("test", "train"), default="test", help="of the dataset")
    parser.add_argument("--count", type=int, default=10_000, help="photographs to use")
    options = parser.parse_args()
    true = _photographs(options.folder) if options.folder else [*load_dataset(options.dataset).images(options.split)]
    true = [true[number] for number in np.linspace(0, len(true) - 1, min(options.count, len(true))).round().astype(int)]
    colorizer = Colorizer.load(options.run)
    gray = [to_gray(picture) for picture in true]
    seconds, predictions = [], []
    for picture in gray:
        started = time.perf_counter()
        predictions.append(colorizer.predict(picture))
        seconds.append(time.perf_counter() - started)
    print(f"{len(true)} photographs; network: median {1000 * statistics.median(seconds):.0f} ms a picture")
    print(f"{'':>16} {'PSNR mean':>10} {'to gray':>8} {'colorful':>10} {'of truth':>9} {'a*':>6} {'b*':>6}")
    left, truth = _figures(true, gray), _figures(true, true)

    def show(label: str, pictures: Sequence[np.ndarray]) -> None:
        _print(label, _figures(true, pictures), left, truth)

    show("left gray", gray)
    for vividness in sorted({*VIVIDNESS, NATURAL}):
        pictures = [render(*pair, ColorOptions(vividness=vividness)) for pair in zip(gray, predictions, strict=True)]
        show(f"vividness {vividness:g}" + (" *" if vividness == NATURAL else ""), pictures)
    random = np.random.default_rng(0)
    for count in HINTS:
        predictions = [
            colorizer.predict(picture, _hints(original, count, random))
            for picture, original in zip(gray, true, strict=True)
        ]
        show(f"{count} hints, safe", [render(*pair, _SAFE) for pair in zip(gray, predictions, strict=True)])
    show("truth", true)


def _photographs(folder: Path) -> list[np.ndarray]:
    """Color photographs, the shorter side 256 pixels."""
    found = []
    for path in sorted(folder.iterdir()):
        picture = decode_image(path.read_bytes(), path.name)
        if not is_monochrome(picture):
            scale = _SIDE / min(picture.size)
            size = [round(length * scale) for length in picture.size]
            found.append(np.asarray(Image.fromarray(picture.pixels).resize(size, Image.Resampling.LANCZOS)))
    return found


def _hints(truth: np.ndarray, count: int, random: np.random.Generator) -> list[Hint]:
    height, width = truth.shape[:2]
    hints = []
    for x, y in random.random((count, 2)):
        row, column = int(y * height), int(x * width)
        around = truth[max(0, row - _PATCH) : row + _PATCH + 1, max(0, column - _PATCH) : column + _PATCH + 1]
        red, green, blue = around.reshape(-1, 3).mean(0).round().astype(int).tolist()
        hints.append(Hint(float(x), float(y), (red, green, blue)))
    return hints


def _figures(true: Sequence[np.ndarray], pictures: Sequence[np.ndarray]) -> np.ndarray:
    """Means over photographs of PSNR, colorfulness, a* and b*."""
    rows = [
        (
            metrics.psnr_of(truth, picture),
            metrics.colorfulness(picture[None] / np.float32(255))[0],
            *rgb2lab(picture)[..., 1:].mean((0, 1)),
        )
        for truth, picture in zip(true, pictures, strict=True)
    ]
    return np.mean(rows, axis=0)


def _print(label: str, figures: np.ndarray, gray: np.ndarray, truth: np.ndarray) -> None:
    psnr, colorful, a, b = figures
    print(
        f"{label:>16} {psnr:10.3f} {psnr - gray[0]:+8.3f} {colorful:10.2f} {colorful / truth[1]:9.2f} "
        f"{a:6.2f} {b:6.2f}",
        flush=True,
    )


if __name__ == "__main__":
    main()
