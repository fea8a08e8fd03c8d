"""Train a run: `trainer` is the loop, `learner` one step of it, `checkpoint` the state that makes it resumable."""

from colorizer.training.distributed import DistContext, init_distributed
from colorizer.training.estimate import estimate_training, measure_speed
from colorizer.training.learner import choose_device, validate_fits, validate_init_from
from colorizer.training.trainer import train

__all__ = [
    "DistContext",
    "choose_device",
    "estimate_training",
    "init_distributed",
    "measure_speed",
    "train",
    "validate_fits",
    "validate_init_from",
]
