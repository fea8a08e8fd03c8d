"""How wrong each picture of a dataset is: of runs as their measuring kept it, of the gray copy worked out here."""

from collections.abc import Callable, Sequence

import numpy as np
import torch

from colorizer import metrics
from colorizer.color import luma
from colorizer.datasets.batches import in_order
from colorizer.datasets.dataset import Dataset, load_dataset
from colorizer.errors import InputError
from colorizer.evaluation import picture_errors
from colorizer.runs.store import GRAY, Run

_BATCH = 1000
Errors = Callable[[str], np.ndarray | None]
"""Gives the mean squared error of each picture, `(N,)`, of a run or the gray copy, or None if it is not known."""


def gray_errors(dataset: Dataset, split: str = "test") -> np.ndarray:
    """Mean squared error of each picture left gray, `(N,)`."""
    batches = in_order(torch.from_numpy(dataset.images(split)), _BATCH)
    return np.concatenate(
        [metrics.mean_squared_errors(rgb.numpy(), luma(rgb).expand_as(rgb).numpy()) for rgb in batches]
    )


def errors_of(runs: Sequence[Run], dataset_name: str, of_gray: Callable[[Dataset], np.ndarray] = gray_errors) -> Errors:
    """The errors of runs on the test pictures of a dataset, which need not be here but for the gray copy's.

    Args:
        runs: whose errors can be asked for.
        dataset_name: what they were measured on.
        of_gray: works out the gray copy's errors.
    """
    by_name = {run.name: run for run in runs}

    def errors(name: str) -> np.ndarray | None:
        if name in by_name:
            return picture_errors(by_name[name], dataset_name, "test")
        try:
            return of_gray(load_dataset(dataset_name)) if name == GRAY else None
        except InputError:
            return None

    return errors
