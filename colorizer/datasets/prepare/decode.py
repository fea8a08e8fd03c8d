"""Files become pictures of equal size, and what has to be known to clean them. Runs in the worker processes."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from PIL import Image

from colorizer.datasets.prepare.near_duplicates import edges
from colorizer.datasets.prepare.plan import File
from colorizer.datasets.sources import Source, readable
from colorizer.errors import UserError
from colorizer.imaging import Picture, decode_image
from colorizer.imaging.monochrome import is_gray


@dataclass(frozen=True)
class Reading:
    """A few files to be read."""

    files: Sequence[File]
    sources: tuple[Source, ...]
    size: int
    sizes: str
    """`crop`, `resize` or `reject`, see `PrepareConfig`."""


@dataclass
class Decoded:
    """The same files as pictures. Arrays have one row per readable file, in the order of the files."""

    problems: dict[int, tuple[str, str]] = field(default_factory=dict)
    """By position: the step that leaves a file out, `unreadable` or `size`, and why."""
    dimensions: list[tuple[int, int]] = field(default_factory=list)
    """Original width and height of each file, readable or not (0, 0)."""
    pixels: np.ndarray = field(default_factory=lambda: np.empty(0, np.uint8))
    """`(n, size, size, 3)` uint8."""
    edges: np.ndarray = field(default_factory=lambda: np.empty(0, np.float32))
    """See `near_duplicates.edges`."""
    is_gray: list[bool] = field(default_factory=list)
    digests: list[bytes] = field(default_factory=list)
    """SHA-256 of the pixels."""


def decode_files(reading: Reading) -> Decoded:
    """Read, decode and resize files."""
    result, kept = Decoded(), []
    for position, file in enumerate(reading.files):
        name = readable(file.entry.name)
        try:
            picture = decode_image(reading.sources[file.source].read(file.entry), name)
        except UserError as error:
            result.problems[position] = ("unreadable", readable(str(error)))
            result.dimensions.append((0, 0))
            continue
        result.dimensions.append(picture.size)
        if reading.sizes == "reject" and picture.size != (reading.size, reading.size):
            width, height = picture.size
            result.problems[position] = ("size", f"{name} has {width} x {height} pixels.")
            continue
        pixels = _fitted(picture, reading.size, reading.sizes)
        kept.append(pixels)
        result.is_gray.append(is_gray(Picture(pixels)))
        result.digests.append(hashlib.sha256(pixels.tobytes()).digest())
    result.pixels = np.stack(kept) if kept else np.empty((0, reading.size, reading.size, 3), np.uint8)
    result.edges = edges(result.pixels)
    return result


def _fitted(picture: Picture, size: int, sizes: str) -> np.ndarray:
    if sizes == "resize" and picture.size != (size, size):
        return np.asarray(Image.fromarray(picture.pixels).resize((size, size), Image.Resampling.LANCZOS))
    return picture.square_thumbnail(size)
