"""Decode files to images of equal size, and compute what cleaning needs. Runs in the worker processes."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from PIL import Image

from colorizer.datasets.prepare.near_duplicates import edges
from colorizer.datasets.prepare.plan import File
from colorizer.datasets.sources import Source
from colorizer.datasets.sources.base import readable
from colorizer.errors import UserError
from colorizer.imaging import Picture, decode_image
from colorizer.imaging.monochrome import is_gray


@dataclass(frozen=True)
class DecodeTask:
    """A chunk of files to be decoded."""

    files: Sequence[File]
    sources: tuple[Source, ...]
    size: int
    resize_mode: str
    """`crop`, `resize` or `reject`, see `PrepareConfig`."""


@dataclass
class Decoded:
    """The images of a chunk. Arrays have one row per usable file, in the order of the files."""

    problems: dict[int, tuple[str, str]] = field(default_factory=dict)
    """By position in the chunk: the step that leaves a file out, `unreadable` or `size`, and the reason."""
    dimensions: list[tuple[int, int]] = field(default_factory=list)
    """Original width and height of each file; (0, 0) if it is unreadable."""
    pixels: np.ndarray = field(default_factory=lambda: np.empty(0, np.uint8))
    """`(n, size, size, 3)` uint8 RGB."""
    edges: np.ndarray = field(default_factory=lambda: np.empty(0, np.float32))
    """See `near_duplicates.edges`."""
    is_gray: list[bool] = field(default_factory=list)
    digests: list[bytes] = field(default_factory=list)
    """SHA-256 of the pixels."""


def decode_files(task: DecodeTask) -> Decoded:
    """Read, decode and resize a chunk of files."""
    result, images = Decoded(), []
    for position, file in enumerate(task.files):
        name = readable(file.entry.name)
        try:
            picture = decode_image(task.sources[file.source].read(file.entry), name)
        except UserError as error:
            result.problems[position] = ("unreadable", readable(str(error)))
            result.dimensions.append((0, 0))
            continue
        result.dimensions.append(picture.size)
        if task.resize_mode == "reject" and picture.size != (task.size, task.size):
            width, height = picture.size
            result.problems[position] = ("size", f"{name} has {width} x {height} pixels.")
            continue
        pixels = _resize(picture, task.size, task.resize_mode)
        images.append(pixels)
        result.is_gray.append(is_gray(Picture(pixels)))
        result.digests.append(hashlib.sha256(pixels.tobytes()).digest())
    result.pixels = np.stack(images) if images else np.empty((0, task.size, task.size, 3), np.uint8)
    result.edges = edges(result.pixels)
    return result


def _resize(picture: Picture, size: int, resize_mode: str) -> np.ndarray:
    if resize_mode == "resize" and picture.size != (size, size):
        return np.asarray(Image.fromarray(picture.pixels).resize((size, size), Image.Resampling.LANCZOS))
    return picture.square_thumbnail(size)
