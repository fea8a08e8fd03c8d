"""Rows of pictures: gray, each network's colours, and the truth where it is known, each with its figures."""

import functools
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch

from colorizer import images, metrics
from colorizer.color import luma
from colorizer.comparison import error_map
from colorizer.datasets.dataset import Dataset
from colorizer.errors import InputError
from colorizer.inference import Colorizer
from colorizer.monochrome import is_monochrome
from colorizer.photographs import PHOTOGRAPHS, load
from colorizer.rendering import to_gray

LARGEST_SIDE = 400
"""Longest side in pixels at which photographs are compared: as large as a column shows them."""
THUMBNAIL = 96
"""Pictures up to this size are shown pixel by pixel."""


@dataclass(frozen=True)
class Subject:
    """A picture to be coloured."""

    name: str
    pixels: np.ndarray
    """`(H, W, 3)` uint8."""
    has_truth: bool
    """Whether its own colours are the truth, or it is gray."""
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
    """Mean colour difference from the truth."""
    errors: np.ndarray | None = None
    """The difference of each pixel, drawn; see `error_map`."""


@dataclass(frozen=True)
class Row:
    """A picture as each network colours it."""

    name: str
    cells: tuple[Cell, ...]


def from_dataset(dataset: Dataset, numbers: Sequence[int], split: str = "test") -> list[Subject]:
    """Pictures of a dataset by their numbers, from 0."""
    pixels = dataset.images(split)
    return [
        Subject(f"{split.capitalize()} picture {number}", np.array(pixels[number]), True, True) for number in numbers
    ]


@functools.cache
def photographs() -> tuple[Subject, ...]:
    """The photographs that come along."""
    return tuple(Subject(item.name, _small(load(item)).pixels, True) for item in PHOTOGRAPHS)


def from_file(data: bytes, name: str) -> Subject:
    """A picture somebody gave; colours it has are taken for the truth.

    Raises:
        InputError: it cannot be read.
    """
    picture = _small(images.decode(data, name))
    return Subject(name, picture.pixels, not is_monochrome(picture))


def from_path(path: Path) -> Subject:
    """The same, from disk."""
    try:
        return from_file(path.read_bytes(), path.name)
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}).") from None


def _small(picture: images.Picture) -> images.Picture:
    return images.fit(picture, LARGEST_SIDE)


def make_row(subject: Subject, makers: Sequence[Callable[[Subject], Cell]]) -> Row:
    """Show a picture in several ways, and at last its truth where it is known.

    Args:
        subject: the picture.
        makers: `gray_cell`, and `network_cell` for each network.
    """
    cells = [make(subject) for make in makers]
    return Row(subject.name, (*cells, Cell("Truth", None, subject.pixels)) if subject.has_truth else tuple(cells))


def gray_cell(subject: Subject) -> Cell:
    """The picture left gray."""
    return _measured(subject, Cell("Gray", None, to_gray(subject.pixels)))


def network_cell(colorizer: Colorizer, label: str, color: str, subject: Subject) -> Cell:
    """The picture as a network colours it."""
    return _measured(subject, Cell(label, color, paint(colorizer, subject)))


def paint(colorizer: Colorizer, subject: Subject) -> np.ndarray:
    """A network's colours as Colorize shows them, `(H, W, 3)` uint8.

    For pictures of datasets that is what was measured, unless the network knows likelihoods: measured are its mean
    colours.
    """
    if subject.of_dataset and colorizer.size in (None, subject.pixels.shape[0]) and not colorizer.knows_likelihoods:
        true = torch.from_numpy(subject.pixels).permute(2, 0, 1)[None].float() / 255
        rgb = colorizer.predict_thumbnails(luma(true))[0]
        return np.asarray((rgb * 255).round().to(torch.uint8).permute(1, 2, 0).numpy())
    return np.asarray(colorizer(to_gray(subject.pixels)))


def _measured(subject: Subject, cell: Cell) -> Cell:
    if not subject.has_truth:
        return cell
    difference = error_map.difference(subject.pixels, cell.pixels)
    return replace(
        cell,
        psnr=metrics.psnr_of(subject.pixels, cell.pixels),
        ciede2000=float(difference.mean()),
        errors=error_map.draw(difference),
    )
