"""How long a training will take on this computer, and how much disk: measured, not guessed."""

import time
from dataclasses import dataclass

import torch

from colorizer.datasets.batches import on_device, training_batches
from colorizer.datasets.dataset import Dataset
from colorizer.training.config import TrainingConfig
from colorizer.training.distributed import Team
from colorizer.training.learner import TEST_BATCH, Learner, check_fits, choose_device
from colorizer.training.samples import COUNT

MEASURED_SECONDS = 1.0
_STARTING_SECONDS = 5.0
"""To start a process and load PyTorch."""
_BYTES_A_PARAMETER = 2 + 2 + 12 + 12
"""Best and last weights in half precision; weights and Adam's two moments in the state, and while it is replaced."""
_STRIP_BYTES_A_PIXEL = 2.2
"""Of a strip of pictures as PNG; measured on CIFAR-10."""


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
            f"About {_duration(self.seconds)} at {self.images_per_second:,.0f} images a second, "
            f"and {self.disk_bytes / 1e6:,.0f} MB of disk."
        )


def estimate(config: TrainingConfig, dataset: Dataset, seconds: float = MEASURED_SECONDS) -> Estimate:
    """Train a throw-away network for a moment and work out what the whole run will take.

    Args:
        config: the settings.
        dataset: what it will be trained on.
        seconds: how long to measure; at least two steps are made however long they take.

    Raises:
        InputError: the network does not take these images, or the device is not there.
    """
    check_fits(config, dataset)
    device = choose_device(config)
    random = torch.get_rng_state()
    try:
        learner = Learner(config, dataset.manifest, device, Team())
    finally:
        torch.set_rng_state(random)
    train, test = on_device(dataset.images("train"), device), on_device(dataset.images("test"), device)
    steps, began = 0, 0.0
    while steps < 2 or time.perf_counter() - began < seconds:
        for rgb in training_batches(train, config.batch_size, seed=0, epoch=steps, flip=config.flip):
            learner.step(rgb, config.learning_rate, len(rgb)).item()
            if began == 0.0:
                began, images = time.perf_counter(), 0  # The first step warms up.
                continue
            steps, images = steps + 1, images + len(rgb)
            if steps >= 2 and time.perf_counter() - began >= seconds:
                break
    speed = images / (time.perf_counter() - began)
    began = time.perf_counter()
    looked_at = test[:TEST_BATCH]
    learner.test_error(looked_at)
    test_speed = len(looked_at) / (time.perf_counter() - began)
    epoch = len(train) / speed + len(test) / test_speed
    parameters = learner.model.parameters_count
    strip = min(COUNT, len(test)) * dataset.manifest.size**2 * _STRIP_BYTES_A_PIXEL
    disk = parameters * _BYTES_A_PARAMETER + config.epochs * strip
    return Estimate(speed, _STARTING_SECONDS + config.epochs * epoch, round(disk))


def _duration(seconds: float) -> str:
    minutes = round(seconds / 60)
    if seconds < 90:
        return f"{seconds:.0f} seconds"
    return f"{minutes} minutes" if minutes < 90 else f"{seconds / 3600:.1f} hours"
