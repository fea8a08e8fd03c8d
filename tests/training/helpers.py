"""Shared by the tests of training."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from safetensors.numpy import load_file

from colorizer.runs import Run
from colorizer.runs.config import TrainingConfig


def silent(line: str) -> None:
    """Log nothing."""


def at_epoch(number: int, action: Callable[[], object]) -> Callable[[str], None]:
    """Return a `log` that calls `action` after this epoch."""

    def log(line: str) -> None:
        if line.startswith(f"epoch {number}/"):
            action()

    return log


def tiny_config(architecture: str = "unet", **settings: Any) -> TrainingConfig:
    """Return settings for the dataset `tiny`: three steps per epoch."""
    return TrainingConfig(**{"dataset": "tiny", "batch_size": 16, "epochs": 2, "device": "cpu", **settings,
                             "architecture": architecture})  # fmt: skip


def metrics_without_time(run: Run) -> pd.DataFrame:
    """Return all metrics except durations."""
    return run.metrics().drop(columns="seconds")


def assert_same_weights(one: Run, other: Run) -> None:
    """Compare best weights and checkpoints bit for bit."""
    for name in ("best.safetensors", "state.safetensors"):
        left, right = load_file(one.folder / name), load_file(other.folder / name)
        assert left.keys() == right.keys()
        different = [key for key in left if not np.array_equal(left[key], right[key])]
        assert not different, f"{name}: {different}"
