"""Rows of pictures: the gray input, each network's colors and the original, each with its distance from the original.

`rows.html.j2` renders them; `view.css` and `view.js` give them style and behavior, on the page and in the report.
"""

import functools
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import matplotlib
import numpy as np
import torch
from markupsafe import Markup

from colorizer import metrics
from colorizer.color import luma
from colorizer.comparison.html import render
from colorizer.datasets.dataset import Dataset
from colorizer.imaging import decode_image
from colorizer.imaging.bundled import PHOTOGRAPHS, load
from colorizer.imaging.decode import read_file
from colorizer.imaging.monochrome import is_monochrome
from colorizer.inference import Colorizer, to_gray

MAX_SIDE = 400
"""Longest side in pixels at which photographs are compared: the width of a column."""
THUMBNAIL = 96
"""Images up to this size are enlarged pixel by pixel."""
MAX_DIFFERENCE = 30
"""The CIEDE2000 difference that has the brightest color in an error map."""
_COLOR_MAP = matplotlib.colormaps["inferno"]
"""Perceptually uniform, and readable without color vision."""


@dataclass(frozen=True)
class Sample:
    """An image to colorize."""

    name: str
    pixels: np.ndarray
    """`(H, W, 3)` uint8."""
    has_ground_truth: bool
    """False if the image is gray, so that its original colors are unknown."""
    of_dataset: bool = False
    """Whether it has the size the networks work at, so that nothing is enlarged."""

    @property
    def key(self) -> str:
        """A digest of the pixels and of how they are treated."""
        facts = f"{self.pixels.shape} {self.of_dataset}".encode()
        return hashlib.blake2b(self.pixels.tobytes() + facts, digest_size=16).hexdigest()


@dataclass(frozen=True)
class Cell:
    """One picture of a row."""

    label: str
    color: str | None
    """The color of the run; None for the gray input and the original."""
    pixels: np.ndarray
    psnr: float | None = None
    """In dB against the original."""
    ciede2000: float | None = None
    """Mean color difference from the original."""
    errors: np.ndarray | None = None
    """The error map, see `error_map`."""

    @property
    def is_thumbnail(self) -> bool:
        """Whether the browser enlarges it pixel by pixel."""
        return max(self.pixels.shape) <= THUMBNAIL


@dataclass(frozen=True)
class Row:
    """An image as each network colorizes it."""

    name: str
    cells: tuple[Cell, ...]

    @property
    def best(self) -> Cell | None:
        """The network's picture that is closest to the original; None for a single network."""
        measured = [cell for cell in self.cells if cell.color and cell.psnr is not None]
        return max(measured, key=lambda cell: cell.psnr or 0) if len(measured) > 1 else None


def from_dataset(dataset: Dataset, numbers: Sequence[int], split: str = "test") -> list[Sample]:
    """Return images of a dataset by their numbers, counted from 0."""
    pixels = dataset.images(split)
    return [Sample(f"{split.capitalize()} image {number}", np.array(pixels[number]), True, True) for number in numbers]


@functools.cache
def photographs() -> tuple[Sample, ...]:
    """Return the bundled photographs."""
    return tuple(Sample(item.name, load(item).thumbnail(MAX_SIDE).pixels, True) for item in PHOTOGRAPHS)


def from_file(data: bytes, name: str) -> Sample:
    """Return an uploaded image; if it has colors, they are the ground truth.

    Raises:
        InputError: it cannot be read.
    """
    picture = decode_image(data, name).thumbnail(MAX_SIDE)
    return Sample(name, picture.pixels, not is_monochrome(picture))


def from_path(path: Path) -> Sample:
    """Return an image on disk, see `from_file`."""
    return from_file(read_file(path), path.name)


def make_row(sample: Sample, renderers: Sequence[Callable[[Sample], Cell]]) -> Row:
    """Render an image in several ways, followed by the original where it is known.

    Args:
        sample: the image.
        renderers: `gray_cell`, and `network_cell` for each network.
    """
    cells = [renderer(sample) for renderer in renderers]
    if sample.has_ground_truth:
        cells.append(Cell("Original", None, sample.pixels))
    return Row(sample.name, tuple(cells))


def gray_cell(sample: Sample) -> Cell:
    """Render the gray input."""
    return _measure(sample, Cell("Gray", None, to_gray(sample.pixels)))


def network_cell(colorizer: Colorizer, label: str, color: str, sample: Sample) -> Cell:
    """Render an image as a network colorizes it."""
    return _measure(sample, Cell(label, color, colorize(colorizer, sample)))


def colorize(colorizer: Colorizer, sample: Sample) -> np.ndarray:
    """Return a network's colors as Colorize shows them, `(H, W, 3)` uint8.

    For images of a dataset these are the ones that are evaluated, unless the network predicts a distribution: then
    its mean colors are evaluated.
    """
    if sample.of_dataset and colorizer.size in (None, sample.pixels.shape[0]) and not colorizer.predicts_distribution:
        true = torch.from_numpy(sample.pixels).permute(2, 0, 1)[None].float() / 255
        rgb = colorizer.predict_thumbnails(luma(true))[0]
        return np.asarray((rgb * 255).round().to(torch.uint8).permute(1, 2, 0).numpy())
    return np.asarray(colorizer(to_gray(sample.pixels)))


def _measure(sample: Sample, cell: Cell) -> Cell:
    if not sample.has_ground_truth:
        return cell
    true, predicted = (pixels.astype(np.float32) / 255 for pixels in (sample.pixels, cell.pixels))
    difference = metrics.ciede2000_by_pixel(true, predicted)
    return replace(
        cell,
        psnr=metrics.psnr_of(sample.pixels, cell.pixels),
        ciede2000=float(difference.mean()),
        errors=error_map(difference),
    )


def error_map(difference: np.ndarray) -> np.ndarray:
    """Draw CIEDE2000 differences `(H, W)` as a picture `(H, W, 3)` uint8; a difference of 1 is just visible."""
    return (_COLOR_MAP(np.clip(difference / MAX_DIFFERENCE, 0, 1))[..., :3] * 255).round().astype(np.uint8)


def rows_html(rows: Sequence[Row]) -> Markup:
    """Render a grid with a switch to error maps. All rows must have the same networks, in the same order."""
    if not rows:
        return Markup("")
    columns = max((row.cells for row in rows), key=len)  # A row without an original has one picture less.
    return render(
        "rows",
        rows=rows,
        columns=columns,
        are_thumbnails=all(cell.is_thumbnail for cell in columns),
        has_errors=any(cell.errors is not None for row in rows for cell in row.cells),
        max_difference=MAX_DIFFERENCE,
        color_map=error_map(np.linspace(0, MAX_DIFFERENCE, 9)[None])[0].tolist(),
    )
