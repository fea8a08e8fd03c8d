"""How far a training is, and how fast."""

import time
from typing import Any

import psutil
import torch

from colorizer.training.checkpoint import TrainState

Progress = dict[str, Any]
"""What a training says about itself in its status; the keys are those of `Throughput.progress`."""


class Throughput:
    """The clock of one session of a training."""

    def __init__(self, seconds_before: float) -> None:
        """
        Args:
            seconds_before: time spent in earlier sessions.
        """
        now = time.monotonic()
        self._session, self._whole = now, now - seconds_before
        self.images = 0
        """Images trained on in this session."""

    @property
    def seconds(self) -> float:
        """Time spent so far, in all sessions together, without pauses."""
        return time.monotonic() - self._whole

    def leave_out(self, seconds: float) -> None:
        """Do not count a pause that has just ended."""
        self._session += seconds
        self._whole += seconds

    def progress(
        self, position: TrainState, *, epochs: int, batches: int, images: int, rate: float, device: torch.device
    ) -> Progress:
        """How far the training is.

        Args:
            position: where it is.
            epochs: epochs of the whole run.
            batches: batches of one epoch.
            images: training images of one epoch.
            rate: learning rate now.
            device: where it computes.
        """
        done = position.epoch + position.batch / batches
        speed = self.images / max(time.monotonic() - self._session, 1e-3)
        return {
            "epoch": position.epoch,
            "epochs": epochs,
            "batch": position.batch,
            "batches": batches,
            "share": done / epochs,
            "train_loss": position.squared_error / position.images if position.images else None,
            "best_epoch": position.best_epoch,
            "best_loss": position.best_loss if position.best_epoch else None,
            "images_per_second": speed,
            "seconds_left": (epochs - done) * images / speed if speed else None,
            "learning_rate": rate,
            "memory_bytes": psutil.Process().memory_info().rss,
            "gpu_memory_bytes": torch.cuda.max_memory_allocated(device) if device.type == "cuda" else None,
            "device": str(device),
        }
