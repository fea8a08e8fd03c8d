"""How long a training will take on this computer, and how much disk: measured, not guessed."""

import time
from dataclasses import dataclass

import torch

from colorizer.datasets.dataset import Dataset
from colorizer.datasets.loader import on_device, training_batches
from colorizer.errors import InputError
from colorizer.runs.config import TrainingConfig
from colorizer.text import duration
from colorizer.training.distributed import DistContext
from colorizer.training.failures import explain
from colorizer.training.learner import Learner, choose_device, test_batch, validate_fits
from colorizer.training.samples import COUNT

MEASURED_SECONDS = 1.0
_STARTING_SECONDS = 5.0
"""To start a process and load PyTorch."""
_WEIGHTS_BYTES = 2 + 2
"""A parameter in the best and in the last weights, which are in half precision."""
_STATE_BYTES = 4 * 3
"""A parameter in the state: itself and Adam's two moments."""
_AVERAGE_BYTES = 4
"""Its running average, if there is one."""
_STRIP_BYTES_A_PIXEL = 2.2
"""Of a strip of pictures as PNG; measured on CIFAR-10."""


@dataclass(frozen=True)
class Speed:
    """How fast this computer is with a network."""

    train: float
    """Images a second, trained on."""
    test: float
    """Images a second, looked at."""
    parameters: int
    """Trainable numbers in the network."""


@dataclass(frozen=True)
class Estimate:
    """What a training will take."""

    images_per_second: float
    """Trained on, without the looks at the test split."""
    seconds: float
    """From start to end."""
    disk_bytes: int

    def sentence(self) -> str:
        """For people."""
        return (
            f"About {duration(self.seconds)} at {self.images_per_second:,.0f} images a second, "
            f"and {self.disk_bytes / 1e6:,.0f} MB of disk."
        )


def estimate(config: TrainingConfig, dataset: Dataset, speed: Speed) -> Estimate:
    """What the whole run will take at this speed."""
    epoch = dataset.manifest.train / speed.train + dataset.manifest.test / speed.test
    strip = min(COUNT, dataset.manifest.test) * dataset.manifest.size**2 * _STRIP_BYTES_A_PIXEL
    state = _STATE_BYTES + (_AVERAGE_BYTES if config.averaging else 0)
    # There are two states for a moment, while one replaces the other.
    disk = speed.parameters * (_WEIGHTS_BYTES + 2 * state) + config.epochs * strip
    return Estimate(speed.train, _STARTING_SECONDS + config.epochs * epoch, round(disk))


def measure(config: TrainingConfig, dataset: Dataset, seconds: float = MEASURED_SECONDS) -> Speed:
    """Train a throw-away network for a moment.

    Args:
        config: the settings.
        dataset: what it will be trained on.
        seconds: how long to measure; at least two steps are made however long they take.

    Raises:
        InputError: the network does not take these images, the device is not there, or memory runs out.
    """
    validate_fits(config, dataset)
    device = choose_device(config)
    random = torch.get_rng_state()
    try:
        learner = Learner(config, dataset.manifest, device, DistContext(), is_new=False)
        train, test = on_device(dataset.images("train"), device), on_device(dataset.images("test"), device)
        began, images, steps = 0.0, 0, 0
        while steps < 2 or time.perf_counter() - began < seconds:
            for rgb in training_batches(
                train, config.batch_size, seed=0, epoch=steps, flip=config.flip, shift=config.shift, crop=config.crop
            ):
                learner.step(rgb, steps, config.learning_rate, len(rgb)).item()
                if began:
                    steps, images = steps + 1, images + len(rgb)
                else:  # The first step warms up.
                    began = time.perf_counter()
                if steps >= 2 and time.perf_counter() - began >= seconds:
                    break
        speed = images / (time.perf_counter() - began)
        looked_at = test[: test_batch(test)]
        began = time.perf_counter()
        learner.test_error(looked_at)
        return Speed(speed, len(looked_at) / (time.perf_counter() - began), learner.model.parameters_count)
    except (RuntimeError, MemoryError) as error:
        message = explain(error)
        if message is None:
            raise
        raise InputError(message) from error
    finally:
        torch.set_rng_state(random)
