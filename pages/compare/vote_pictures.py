"""The pictures that are voted on, and what a contender makes of one."""

from dataclasses import dataclass

import numpy as np
import streamlit as st
import torch

from colorizer import images
from colorizer.color import luma
from colorizer.datasets.dataset import Dataset, dataset_names, load_dataset
from colorizer.datasets.sample import PHOTOGRAPHS, load
from colorizer.inference import to_gray
from colorizer.runs.store import load_run
from colorizer.votes.store import TRUTH, Contender, Picture, contender
from pages.shared.models import colorizer_for
from pages.shared.pictures import enlarged, shown

PHOTOGRAPHS_SOURCE = "photographs"
"""What the photographs that come along are called among the datasets."""
_PREFERRED = "cifar10"
THUMBNAIL_SIDE = 64
"""Longest side in pixels of pictures that are shown pixel by pixel."""
SHOWN_SIDES = {"png": 288, "jpeg": 640}
"""Longest side in pixels at which thumbnails and photographs are shown."""


@dataclass(frozen=True)
class Album:
    """Pictures to vote on: a dataset's test pictures, or without one the photographs that come along."""

    dataset: Dataset | None = None

    @property
    def source(self) -> str:
        """What votes call it."""
        return self.dataset.name if self.dataset else PHOTOGRAPHS_SOURCE

    @property
    def count(self) -> int:
        """How many pictures there are."""
        return self.dataset.manifest.test if self.dataset else len(PHOTOGRAPHS)

    def picture(self, number: int) -> Picture:
        """What identifies a picture in the votes."""
        if self.dataset:
            return Picture(self.source, self.dataset.manifest.fingerprint, str(number))
        return Picture(self.source, "", PHOTOGRAPHS[number].name)

    def pixels(self, number: int) -> np.ndarray:
        """A picture in its own colours, `(H, W, 3)` uint8. Raises InputError if the dataset is damaged."""
        if self.dataset:
            return np.array(self.dataset.images("test")[number])
        return images.fit(load(PHOTOGRAPHS[number]), SHOWN_SIDES["jpeg"]).pixels


def album_names() -> list[str]:
    """Datasets with test pictures, the best known first; the photographs where there are none."""
    names = [name for name in dataset_names() if load_dataset(name).manifest.test]
    return sorted(names, key=lambda name: name != _PREFERRED) or [PHOTOGRAPHS_SOURCE]


def album(name: str) -> Album:
    """Open one of `album_names`. Raises InputError if the dataset is damaged."""
    return Album(None if name == PHOTOGRAPHS_SOURCE and name not in dataset_names() else load_dataset(name))


def contender_of(run: str) -> Contender:
    """A run as its weights are now. Raises InputError if they cannot be read."""
    path = load_run(run).best_weights
    return _contender(run, str(path), path.stat().st_mtime_ns if path.is_file() else 0)


@st.cache_data(max_entries=64, show_spinner=False)
def _contender(run: str, path: str, version: int) -> Contender:
    return contender(load_run(run))


def coloured(who: Contender, pixels: np.ndarray) -> np.ndarray:
    """A picture in a contender's colours.

    Args:
        who: a run that is there, or the truth.
        pixels: `(H, W, 3)` uint8.

    Returns:
        The same shape. Of a thumbnail it is what `evaluate` measures, with the network's own luma if it redraws that.

    Raises:
        InputError: the run or its weights cannot be used.
    """
    if who == TRUTH:
        return pixels
    colorizer = colorizer_for(who.run)
    if max(pixels.shape) > THUMBNAIL_SIDE or colorizer.size not in (None, pixels.shape[0]):
        return colorizer(to_gray(pixels))
    rgb = torch.from_numpy(pixels).permute(2, 0, 1)[None].float().div(255)
    result = colorizer.predict_thumbnails(luma(rgb))[0]
    return result.mul(255).round().byte().permute(1, 2, 0).numpy()


def encoded(pixels: np.ndarray, longest: int | None = None) -> tuple[bytes, str]:
    """A picture as it is sent to the browser, and its format.

    Args:
        pixels: `(H, W, 3)` uint8.
        longest: about its longest side as shown, by default that of `SHOWN_SIDES`.

    Returns:
        PNG with each pixel multiplied for thumbnails, JPEG for photographs; and `png` or `jpeg`.
    """
    if max(pixels.shape) <= THUMBNAIL_SIDE:
        return enlarged(pixels, longest or SHOWN_SIDES["png"]), "png"
    return shown(pixels, longest or SHOWN_SIDES["jpeg"]), "jpeg"
