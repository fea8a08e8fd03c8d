"""The settings of a training. The command line's flags and the page's fields are made from them."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from colorizer import workspace
from colorizer.errors import InputError, UserError
from colorizer.models.registry import ARCHITECTURES, architecture
from colorizer.options import option, validate_option

SCHEDULES = ("one_cycle", "constant")
LOSSES = ("mse", "l1", "huber")
NOTHING, IMAGENET = "nothing", "imagenet"
"""What a training may start from, beside runs."""
DEVICES = ("auto", "cpu", "cuda", "mps")


@dataclass(frozen=True)
class TrainingConfig:
    """Everything that decides what a training does. Checked when made.

    Raises:
        InputError: a value is out of its range; the message names the setting and the range.
    """

    architecture: str = option("fc512", "The network to train.", label="Architecture", choices=tuple(ARCHITECTURES))
    dataset: str = option("sample", "The dataset to train on, by its name in data/.", label="Dataset")
    epochs: int = option(30, "How often the network sees every training image.", label="Epochs", low=1, high=100_000)
    batch_size: int = option(100, "Images per step of the optimizer.", label="Batch size", low=1, high=10_000)
    learning_rate: float = option(
        2e-3, "Size of Adam's steps; at its highest, if the schedule changes it.",
        label="Learning rate", low=1e-8, high=1.0,
    )  # fmt: skip
    schedule: str = option(
        "one_cycle",
        "one_cycle warms up for a fifth of the run and then falls to zero along a cosine.",
        label="Schedule", choices=SCHEDULES,
    )  # fmt: skip
    loss: str = option(
        "mse",
        "What is made small: squared errors (mse), absolute ones (l1), or huber, between the two. The photo network "
        "adds the cross-entropy of the true colors under its distributions. Curves show mse.",
        label="Loss", choices=LOSSES,
    )  # fmt: skip
    keep_luma: bool = option(
        True, "Let the network decide only the color; brightness is the input's.", label="Keep luma"
    )
    flip: bool = option(True, "Mirror half of the images, at random, in each epoch.", label="Mirror images")
    shift: int = option(
        0, "Move each image by up to this many pixels, at random, in each epoch; its border is mirrored.",
        label="Shift images", low=0, high=64,
    )  # fmt: skip
    crop: int = option(
        0,
        "Train on squares of this many pixels, cut out at random places and in random sizes; 0 takes whole images.",
        label="Crop", low=0, high=4096,
    )  # fmt: skip
    weight_decay: float = option(
        0.0, "Pull weights towards zero (AdamW), which keeps a network from learning images by heart.",
        label="Weight decay", low=0.0, high=1.0,
    )  # fmt: skip
    averaging: float = option(
        0.0,
        "Test and keep the running average of the weights, in which each step leaves this share of the old one: "
        "0.998 averages over about 500 steps; 0 keeps the weights as they are.",
        label="Average weights", low=0.0, high=0.99999,
    )  # fmt: skip
    seed: int = option(
        0, "Where random numbers start: the same seed gives the same run.", label="Seed", low=0, high=2**31 - 1
    )
    start: str = option(
        NOTHING,
        "What the network knows at first: nothing, imagenet (the photo network's encoder), or what a run of the same "
        "architecture has learned, by its name.",
        label="Start from",
    )
    teacher: str = option(
        NOTHING,
        "A run whose colors are learned beside the true ones: they are the mean of what is plausible, where the truth "
        "is one of many (distillation). Takes longer, for the teacher looks at each image too.",
        label="Learn from",
    )
    device: str = option("auto", "Where to compute; auto takes a GPU if there is one.", label="Device", choices=DEVICES)
    bf16: bool = option(
        True,
        "Multiply 16-bit numbers (bfloat16) where that is faster: on NVIDIA's GPUs since 2020 and Intel's CPUs with "
        "AMX. Weights keep 32 bits. Elsewhere it changes nothing.",
        label="bf16",
    )

    def __post_init__(self) -> None:
        for item in fields(self):
            _check(item.name, getattr(self, item.name), item.type, item.metadata)


def problems(settings: Mapping[str, Any]) -> dict[str, str]:
    """What is wrong with each setting, by its name: all of it at once, for a form.

    Args:
        settings: values by the names of `TrainingConfig`'s fields; those left out are not looked at.
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
    if field_name in ("start", "teacher"):
        try:
            workspace.validate_name(str(value), "run")
        except UserError as error:
            raise InputError(f"{field_name}: {error}") from None
    if field_name == "dataset":
        workspace.validate_name(str(value), "dataset")
    validate_option(field_name, value, kind, about)


PRESETS: dict[str, dict[str, Any]] = {
    "fast": {"shift": 4, "weight_decay": 0.01, "averaging": 0.998},
    "study": {
        "epochs": 2000,
        "batch_size": 100,
        "learning_rate": 1e-4,
        "schedule": "constant",
        "keep_luma": False,
        "flip": False,
        "shift": 0,
        "crop": 0,
        "start": NOTHING,
        "teacher": NOTHING,
        "weight_decay": 0.0,
        "averaging": 0.0,
        "loss": "mse",
        "bf16": False,
    },
}
"""What each preset sets apart from the defaults. `study` is what the study did."""


def from_preset(preset: str, **settings: Any) -> TrainingConfig:
    """The configuration of a preset with some settings replaced.

    Raises:
        InputError: there is no such preset, or a setting is out of range.
    """
    if preset not in PRESETS:
        raise InputError(f"There is no preset {preset!r}: choose {', '.join(PRESETS)}.")
    return TrainingConfig(**{**PRESETS[preset], **settings})
