"""The color photographs that benchmarks of photo networks are run on: a split of a dataset, or a folder."""

import argparse
from pathlib import Path

import numpy as np
from PIL import Image

from colorizer.datasets.dataset import load_dataset
from colorizer.imaging import decode_image
from colorizer.imaging.monochrome import is_monochrome


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the run, and the options that choose the photographs."""
    parser.add_argument("run")
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--dataset", help="measure on one of its splits")
    source.add_argument("--folder", type=Path, help="measure on its photographs")
    parser.add_argument("--side", type=int, default=256, help="resize those of a folder to this shorter side in pixels")
    parser.add_argument("--split", choices=("test", "train"), default="test", help="split of the dataset")
    parser.add_argument("--count", type=int, default=10_000, help="number of photographs, spread over all")


def load_photographs(options: argparse.Namespace) -> list[np.ndarray]:
    """Read the chosen photographs as `(H, W, 3)` uint8."""
    pictures = (
        _folder(options.folder, options.side)
        if options.folder
        else list(load_dataset(options.dataset).images(options.split))
    )
    return [pictures[number] for number in _spread(len(pictures), options.count)]


def _spread(total: int, count: int) -> list[int]:
    numbers: list[int] = np.linspace(0, total - 1, min(count, total)).round().astype(int).tolist()
    return numbers


def _folder(folder: Path, side: int) -> list[np.ndarray]:
    """Read the color photographs of a folder, resized to `side` pixels on the shorter side if that is smaller."""
    found = []
    for path in sorted(folder.iterdir()):
        picture = decode_image(path.read_bytes(), path.name)
        if not is_monochrome(picture):
            scale = min(1.0, side / min(picture.size))
            size = [round(length * scale) for length in picture.size]
            found.append(np.asarray(Image.fromarray(picture.pixels).resize(size, Image.Resampling.LANCZOS)))
    return found
