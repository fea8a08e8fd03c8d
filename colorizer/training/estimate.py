"""Estimate how long training will take on this computer, and how much disk space it will need."""

import time
from dataclasses import dataclass

import torch

from colorizer.datasets.dataset import Dataset
from colorizer.datasets.loader import to_device, training_batches
from colorizer.runs.config import TrainingConfig
from colorizer.text import duration
from colorizer.training.distributed import DistContext
from colorizer.training.failures import as_user_error
from colorizer.training.learner import Learner, choose_device, test_batch_size, validate_fits
from colorizer.training.records import SAMPLE_COUNT

MEASURED_SECONDS = 1.0
_STARTUP_SECONDS = 5.0
"""To start a process and load PyTorch."""
_WEIGHTS_BYTES = 2
"""Per parameter in the best weights, which are in half precision."""
_CHECKPOINT_BYTES = 4 * 3
"""Per parameter in the checkpoint: the parameter and Adam's two moments."""
_EMA_BYTES = 4
"""Per parameter in the checkpoint for the EMA, if there is one."""
_STRIP_BYTES_PER_PIXEL = 2.2
"""Of a strip of samples as PNG; measured on CIFAR-10."""


@dataclass(frozen=True)
class Speed:
    """How fast this computer trains and evaluates a network."""

    train: float
    """Images trained on per second."""
    test: float
    """Images evaluated per second."""
    parameters: int
    """Trainable parameters of the network."""


@dataclass(frozen=True)
class Estimate:
    """The time and disk space that training will take."""

    images_per_second: float
    """In training, without evaluation."""
    seconds: float
    """From start to end."""
    disk_bytes: int

    def sentence(self) -> str:
        """Return the estimate as a sentence."""
        return (
            f"About {duration(self.seconds)} at {self.images_per_second:,.0f} images per second, "
            f"and {self.disk_bytes / 1e6:,.0f} MB of disk space."
        )


def estimate_training(config: TrainingConfig, dataset: Dataset, speed: Speed) -> Estimate:
    """Estimate what the whole run will take at this speed."""
    epoch = dataset.manifest.train / speed.train + dataset.manifest.test / speed.test
    strip = min(SAMPLE_COUNT, dataset.manifest.test) * dataset.manifest.size**2 * _STRIP_BYTES_PER_PIXEL
    checkpoint = _CHECKPOINT_BYTES + (_EMA_BYTES if config.ema_decay else 0)
    # While one checkpoint replaces another, there are two.
    disk = speed.parameters * (_WEIGHTS_BYTES + 2 * checkpoint) + config.epochs * strip
    return Estimate(speed.train, _STARTUP_SECONDS + config.epochs * epoch, round(disk))


def measure_speed(config: TrainingConfig, dataset: Dataset, seconds: float = MEASURED_SECONDS) -> Speed:
    """Measure the speed by training a throwaway network for a moment.

    Args:
        config: the settings.
        dataset: the dataset to train on.
        seconds: how long to measure; at least two steps, however long they take.

    Raises:
        InputError: the network does not take these images, or the device does not exist.
        TrainingError: out of memory.
    """
    validate_fits(config, dataset)
    device = choose_device(config)
    rng_state = torch.get_rng_state()
    try:
        learner = Learner(config, dataset.manifest, device, DistContext(), is_new=False)
        train, test = to_device(dataset.images("train"), device), to_device(dataset.images("test"), device)
        began, images, steps = 0.0, 0, 0
        while steps < 2 or time.perf_counter() - began < seconds:
            for rgb in training_batches(
                train,
                config.batch_size,
                seed=0,
                epoch=steps,
                flip=config.flip,
                random_shift=config.random_shift,
                crop=config.crop,
            ):
                learner.step(rgb, steps, config.learning_rate, len(rgb)).item()
                if began:
                    steps, images = steps + 1, images + len(rgb)
                else:  # The first step warms up.
                    began = time.perf_counter()
                if steps >= 2 and time.perf_counter() - began >= seconds:
                    break
        speed = images / (time.perf_counter() - began)
        batch = test[: test_batch_size(test)]
        began = time.perf_counter()
        learner.test_error(batch)
        return Speed(speed, len(batch) / (time.perf_counter() - began), learner.model.parameters_count)
    except (RuntimeError, MemoryError) as error:
        shown = as_user_error(error)
        if shown is None:
            raise
        raise shown from error
    finally:
        torch.set_rng_state(rng_state)
