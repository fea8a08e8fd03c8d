"""The pictures that are voted on, and what a candidate makes of one."""

from dataclasses import dataclass

import numpy as np

from colorizer.comparison import rows
from colorizer.comparison.rows import Sample
from colorizer.datasets.dataset import Dataset, dataset_names, load_dataset
from colorizer.imaging.bundled import PHOTOGRAPHS
from colorizer.votes.store import TRUTH, Candidate, Picture
from pages.shared.models import colorizer_for
from pages.shared.pictures import to_enlarged_png, to_jpeg

PHOTOGRAPHS_SOURCE = "photographs"
"""What votes call the photographs that come along."""
SHOWN_SIDES = {"png": 288, "jpeg": rows.LARGEST_SIDE}
"""Longest side in pixels at which thumbnails and photographs are shown."""


@dataclass(frozen=True)
class PictureSet:
    """Pictures to vote on: a dataset's test pictures, or without one the photographs that come along."""

    dataset: Dataset | None = None

    @property
    def count(self) -> int:
        """How many pictures there are."""
        return self.dataset.manifest.test if self.dataset else len(PHOTOGRAPHS)

    def picture(self, number: int) -> Picture:
        """What identifies a picture in the votes."""
        if self.dataset:
            return Picture(self.dataset.name, self.dataset.manifest.fingerprint, str(number))
        return Picture(PHOTOGRAPHS_SOURCE, "", PHOTOGRAPHS[number].name)

    def sample(self, number: int) -> Sample:
        """A picture in its own colors. Raises InputError if the dataset is damaged."""
        if self.dataset:
            return rows.from_dataset(self.dataset, [number])[0]
        return rows.photographs()[number]


def album(dataset_name: str) -> PictureSet:
    """The test pictures of a dataset, or the photographs if it is not here. Raises InputError if it is damaged."""
    dataset = load_dataset(dataset_name) if dataset_name in dataset_names() else None
    return PictureSet(dataset if dataset and dataset.manifest.test else None)


def colored(who: Candidate, sample: Sample) -> np.ndarray:
    """A picture in a candidate's colors, `(H, W, 3)` uint8.

    Raises:
        InputError: the run or its weights cannot be used.
    """
    return sample.pixels if who == TRUTH else rows.paint(colorizer_for(who.run), sample)


def encoded(pixels: np.ndarray, longest: int | None = None) -> tuple[bytes, str]:
    """A picture as it is sent to the browser, and its format.

    Args:
        pixels: `(H, W, 3)` uint8.
        longest: about its longest side as shown, by default that of `SHOWN_SIDES`.

    Returns:
        PNG with each pixel multiplied for thumbnails, JPEG for photographs; and `png` or `jpeg`.
    """
    if max(pixels.shape) <= rows.THUMBNAIL:
        return to_enlarged_png(pixels, longest or SHOWN_SIDES["png"]), "png"
    return to_jpeg(pixels, longest or SHOWN_SIDES["jpeg"]), "jpeg"
