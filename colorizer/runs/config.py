"""The settings of a run. The flags of `train` and the form of the Train page are generated from them."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from colorizer import workspace
from colorizer.errors import InputError, UserError
from colorizer.models.registry import ARCHITECTURES, IMAGENET, SCRATCH, architecture
from colorizer.options import option, validate_option

SCHEDULES = ("one_cycle", "constant")
LOSSES = ("mse", "l1", "smooth_l1")
NO_TEACHER = "none"
RESERVED_NAMES = (SCRATCH, IMAGENET, NO_TEACHER)
"""Values of `init_from` and `teacher` that are not names of runs."""
DEVICES = ("auto", "cpu", "cuda", "mps")
WARM_UP = 0.2
"""Fraction of a one-cycle run during which the learning rate rises."""
_INITIAL_LR_SCALE = 0.04
"""Learning rate of the first step relative to the highest (1 / `div_factor` of PyTorch's OneCycleLR)."""


@dataclass(frozen=True)
class TrainingConfig:
    """Everything that determines how a run is trained; validated on construction.

    Raises:
        InputError: a value is out of range; the message names the setting and the range.
    """

    architecture: str = option("fc512", "Network to train.", label="Architecture", choices=tuple(ARCHITECTURES))
    dataset: str = option("sample", "Name of the dataset to train on, a folder in data/.", label="Dataset")
    epochs: int = option(30, "Passes over the training set.", label="Epochs", low=1, high=100_000)
    batch_size: int = option(100, "Images per optimizer step.", label="Batch size", low=1, high=10_000)
    learning_rate: float = option(
        2e-3, "Learning rate of AdamW; the peak if the schedule varies it.",
        label="Learning rate", low=1e-8, high=1.0,
    )  # fmt: skip
    schedule: str = option(
        "one_cycle",
        "Learning rate schedule. one_cycle: cosine warm-up over a fifth of the run, then cosine decay to zero.",
        label="Schedule", choices=SCHEDULES,
    )  # fmt: skip
    loss: str = option(
        "mse",
        "Training loss: mean squared error (mse), mean absolute error (l1), or smooth_l1, which is between the two. "
        "The photo network adds the cross-entropy of the true colors. Curves always show the mean squared error.",
        label="Loss", choices=LOSSES,
    )  # fmt: skip
    keep_luma: bool = option(
        True, "Predict color only and keep the brightness of the input exactly.", label="Keep luma"
    )
    flip: bool = option(True, "Augmentation: mirror a random half of the images in each epoch.", label="Random flip")
    random_shift: int = option(
        0, "Augmentation: shift each image by up to this many pixels; the border is filled by reflection.",
        label="Random shift", low=0, high=64,
    )  # fmt: skip
    crop: int = option(
        0,
        "Augmentation: train on random crops of random scale, resized to this many pixels; 0 uses whole images.",
        label="Random crop", low=0, high=4096,
    )  # fmt: skip
    weight_decay: float = option(
        0.0, "Weight decay of AdamW, which reduces overfitting.", label="Weight decay", low=0.0, high=1.0
    )
    ema_decay: float = option(
        0.0,
        "Evaluate and save an exponential moving average of the weights with this decay: 0.998 averages over about "
        "500 steps; 0 turns it off.",
        label="EMA decay", low=0.0, high=0.99999,
    )  # fmt: skip
    seed: int = option(0, "Random seed: the same seed gives the same run.", label="Seed", low=0, high=2**31 - 1)
    init_from: str = option(
        SCRATCH,
        "Initial weights: scratch (random), imagenet (pretrained encoder, photo only), or the name of a run of the "
        "same architecture.",
        label="Initialize from",
    )
    teacher: str = option(
        NO_TEACHER,
        "Distillation: name of a run whose predictions are part of the target, or none. They average the plausible "
        "colors, whereas the true color is only one of many. Slower, because the teacher processes every image too.",
        label="Teacher",
    )
    device: str = option("auto", "Device to train on; auto prefers a GPU.", label="Device", choices=DEVICES)
    bf16: bool = option(
        True,
        "Mixed precision (bfloat16) where it is faster: on NVIDIA GPUs from 2020 on and Intel CPUs with AMX. "
        "Weights stay in float32. Ignored on other hardware.",
        label="Mixed precision (bf16)",
    )

    def __post_init__(self) -> None:
        for item in fields(self):
            _check(item.name, getattr(self, item.name), item.type, item.metadata)

    def learning_rate_at(self, step: int, steps: int) -> float:
        """Return the learning rate of one step.

        one_cycle is PyTorch's OneCycleLR with cosine annealing (Smith and Topin 2017, arXiv 1708.07120), as a plain
        function of the step, so that there is no scheduler state to save.

        Args:
            step: number of the step in its cycle, from 0. A run is one cycle, and each extension another.
            steps: steps in the whole cycle.
        """
        if self.schedule == "constant":
            return self.learning_rate
        peak = WARM_UP * steps
        if step < peak:
            scale = _INITIAL_LR_SCALE + (1 - _INITIAL_LR_SCALE) * (1 - math.cos(math.pi * step / peak)) / 2
        else:
            scale = (1 + math.cos(math.pi * (step - peak) / (steps - peak))) / 2
        return self.learning_rate * scale


def problems(settings: Mapping[str, Any]) -> dict[str, str]:
    """Validate the fields of a form together: a message for each setting that is wrong, by its name.

    Args:
        settings: values by the names of `TrainingConfig`'s fields; missing ones are not checked.
    """
    found = {}
    for item in fields(TrainingConfig):
        if item.name in settings:
            try:
                _check(item.name, settings[item.name], item.type, item.metadata)
            except UserError as error:
                found[item.name] = str(error)
    return found


def _check(field_name: str, value: Any, kind: Any, about: Any) -> None:
    if field_name == "architecture":
        architecture(str(value))
    if field_name in ("init_from", "teacher"):
        try:
            workspace.validate_name(str(value), "run")
        except UserError as error:
            raise InputError(f"{field_name.replace('_', ' ').capitalize()}: {error}") from None
    if field_name == "dataset":
        workspace.validate_name(str(value), "dataset")
    validate_option(field_name, value, kind, about)


PRESETS: dict[str, dict[str, Any]] = {
    "fast": {"random_shift": 4, "weight_decay": 0.01, "ema_decay": 0.998},
    "study": {
        "epochs": 2000,
        "batch_size": 100,
        "learning_rate": 1e-4,
        "schedule": "constant",
        "keep_luma": False,
        "flip": False,
        "random_shift": 0,
        "crop": 0,
        "init_from": SCRATCH,
        "teacher": NO_TEACHER,
        "weight_decay": 0.0,
        "ema_decay": 0.0,
        "loss": "mse",
        "bf16": False,
    },
}
"""How each preset differs from the defaults. `study` is the setup of the 2021 study."""


def from_preset(preset: str, **settings: Any) -> TrainingConfig:
    """Return the configuration of a preset with some settings replaced.

    Raises:
        InputError: there is no such preset, or a setting is out of range.
    """
    if preset not in PRESETS:
        raise InputError(f"There is no preset {preset!r}: choose {', '.join(PRESETS)}.")
    return TrainingConfig(**{**PRESETS[preset], **settings})
