"""What the training tests share."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from safetensors.numpy import load_file

from colorizer.runs.config import TrainingConfig
from colorizer.runs.store import Run


def silent(line: str) -> None:
    """Say nothing."""


def at_epoch(number: int, action: Callable[[], object]) -> Callable[[str], None]:
    """A `say` that does something once this epoch is finished."""

    def say(line: str) -> None:
        if line.startswith(f"epoch {number}/"):
            action()

    return say


def tiny_config(architecture: str = "unet", **settings: Any) -> TrainingConfig:
    """Settings for the dataset `tiny`: three steps an epoch."""
    return TrainingConfig(**{"dataset": "tiny", "batch_size": 16, "epochs": 2, "device": "cpu", **settings,
                             "architecture": architecture})  # fmt: skip


def metrics_without_time(run: Run) -> pd.DataFrame:
    """All metrics but how long they took."""
    return run.metrics().drop(columns="seconds")


def assert_same_weights(one: Run, other: Run) -> None:
    """Best weights, last weights and the state of the optimizer are equal bit for bit."""
    for name in ("best.safetensors", "last.safetensors", "state.safetensors"):
        left, right = load_file(one.folder / name), load_file(other.folder / name)
        assert left.keys() == right.keys()
        different = [key for key in left if not np.array_equal(left[key], right[key])]
        assert not different, f"{name}: {different}"
