"""Rows of pictures: gray, each network's colors, and the truth where it is known, each with its figures."""

import functools
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch

from colorizer import metrics
from colorizer.color import luma
from colorizer.comparison import error_map
from colorizer.datasets.dataset import Dataset
from colorizer.errors import InputError
from colorizer.imaging import Picture, decode_image
from colorizer.imaging.bundled import PHOTOGRAPHS, load
from colorizer.imaging.monochrome import is_monochrome
from colorizer.inference.colorizer import Colorizer
from colorizer.inference.rendering import to_gray

LARGEST_SIDE = 400
"""Longest side in pixels at which photographs are compared: as large as a column shows them."""
THUMBNAIL = 96
"""Pictures up to this size are shown pixel by pixel."""


@dataclass(frozen=True)
class Sample:
    """A picture to be colored."""

    name: str
    pixels: np.ndarray
    """`(H, W, 3)` uint8."""
    has_truth: bool
    """Whether its own colors are the truth, or it is gray."""
    of_dataset: bool = False
    """Whether it has the size the networks work at, so that nothing is enlarged."""

    @property
    def key(self) -> str:
        """The same for the same pixels, treated in the same way."""
        facts = f"{self.pixels.shape} {self.of_dataset}".encode()
        return hashlib.blake2b(self.pixels.tobytes() + facts, digest_size=16).hexdigest()


@dataclass(frozen=True)
class Cell:
    """One picture of a row."""

    label: str
    color: str | None
    """That of the run; None for gray and truth."""
    pixels: np.ndarray
    psnr: float | None = None
    """In dB against the truth."""
    ciede2000: float | None = None
    """Mean color difference from the truth."""
    errors: np.ndarray | None = None
    """The difference of each pixel, drawn; see `error_map`."""


@dataclass(frozen=True)
class Row:
    """A picture as each network colors it."""

    name: str
    cells: tuple[Cell, ...]


def from_dataset(dataset: Dataset, numbers: Sequence[int], split: str = "test") -> list[Sample]:
    """Pictures of a dataset by their numbers, from 0."""
    pixels = dataset.images(split)
    return [
        Sample(f"{split.capitalize()} picture {number}", np.array(pixels[number]), True, True) for number in numbers
    ]


@functools.cache
def photographs() -> tuple[Sample, ...]:
    """The photographs that come along."""
    return tuple(Sample(item.name, _small(load(item)).pixels, True) for item in PHOTOGRAPHS)


def from_file(data: bytes, name: str) -> Sample:
    """A picture somebody gave; colors it has are taken for the truth.

    Raises:
        InputError: it cannot be read.
    """
    picture = _small(decode_image(data, name))
    return Sample(name, picture.pixels, not is_monochrome(picture))


def from_path(path: Path) -> Sample:
    """The same, from disk."""
    try:
        return from_file(path.read_bytes(), path.name)
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}).") from None


def _small(picture: Picture) -> Picture:
    return picture.thumbnail(LARGEST_SIDE)


def make_row(sample: Sample, renderers: Sequence[Callable[[Sample], Cell]]) -> Row:
    """Show a picture in several ways, and at last its truth where it is known.

    Args:
        sample: the picture.
        renderers: `gray_cell`, and `network_cell` for each network.
    """
    cells = [make(sample) for make in renderers]
    return Row(sample.name, (*cells, Cell("Truth", None, sample.pixels)) if sample.has_truth else tuple(cells))


def gray_cell(sample: Sample) -> Cell:
    """The picture left gray."""
    return _measured(sample, Cell("Gray", None, to_gray(sample.pixels)))


def network_cell(colorizer: Colorizer, label: str, color: str, sample: Sample) -> Cell:
    """The picture as a network colors it."""
    return _measured(sample, Cell(label, color, paint(colorizer, sample)))


def paint(colorizer: Colorizer, sample: Sample) -> np.ndarray:
    """A network's colors as Colorize shows them, `(H, W, 3)` uint8.

    For pictures of datasets that is what was measured, unless the network knows likelihoods: measured are its mean
    colors.
    """
    if sample.of_dataset and colorizer.size in (None, sample.pixels.shape[0]) and not colorizer.predicts_distribution:
        true = torch.from_numpy(sample.pixels).permute(2, 0, 1)[None].float() / 255
        rgb = colorizer.predict_thumbnails(luma(true))[0]
        return np.asarray((rgb * 255).round().to(torch.uint8).permute(1, 2, 0).numpy())
    return np.asarray(colorizer(to_gray(sample.pixels)))


def _measured(sample: Sample, cell: Cell) -> Cell:
    if not sample.has_truth:
        return cell
    difference = error_map.difference(sample.pixels, cell.pixels)
    return replace(
        cell,
        psnr=metrics.psnr_of(sample.pixels, cell.pixels),
        ciede2000=float(difference.mean()),
        errors=error_map.draw(difference),
    )
