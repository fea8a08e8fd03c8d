"""The architectures that can be trained. A new one is a file beside this one and a line in `ARCHITECTURES`.

The command line and the pages read this table before PyTorch is loaded, so a line names the class of the model, and
the class is imported when it is used. Everything else about an architecture is an attribute of that class.
"""

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

from colorizer.errors import InputError

if TYPE_CHECKING:
    from colorizer.models.base import ColorizationModel

SCRATCH, IMAGENET = "scratch", "imagenet"
"""Initial weights other than those of a run: random weights, or an ImageNet encoder."""


@dataclass(frozen=True)
class Architecture:
    """One entry of the registry."""

    name: str
    title: str
    summary: str
    model: str
    """`module:class` of the `ColorizationModel`, the module beside this file."""

    @property
    def model_class(self) -> "type[ColorizationModel]":
        """The class of the model; the first use imports PyTorch."""
        module, _, name = self.model.partition(":")
        model: type[ColorizationModel] = getattr(import_module(f"colorizer.models.{module}"), name)
        return model

    @property
    def image_size(self) -> int | None:
        """Side in pixels of the only images it takes, or None if it takes any height and width."""
        return self.model_class.image_size

    @property
    def predicts_distribution(self) -> bool:
        """Whether it predicts a distribution over colors, so that vividness, hints and variants apply."""
        return self.model_class.predicts_distribution


ARCHITECTURES = {
    architecture.name: architecture
    for architecture in (
        Architecture(
            "fc512",
            "FC-512",
            "The network of the 2021 study: six convolutions and a fully connected decoder with 512 hidden units that "
            "redraws a 32x32 image.",
            "fully_connected:FC512",
        ),
        Architecture(
            "fc2048",
            "FC-2048",
            "FC-512 with 2,048 hidden units: a bottleneck four times as wide.",
            "fully_connected:FC2048",
        ),
        Architecture(
            "unet",
            "U-Net",
            "A convolutional encoder and decoder with skip connections that carry detail past the bottleneck. Takes "
            "images of any size.",
            "unet:UNetModel",
        ),
        Architecture(
            "photo",
            "Photo",
            "For photographs. An ensemble of two networks with ImageNet-pretrained encoders; each predicts a "
            "distribution over colors for every 4x4 block, so you can choose safe or vivid colors, or guide them with "
            "hints.",
            "photo:PhotoModel",
        ),
    )
}


def architecture(name: str) -> Architecture:
    """Return the architecture of that name.

    Raises:
        InputError: there is none; the message lists the known names.
    """
    if name not in ARCHITECTURES:
        raise InputError(f"There is no architecture {name!r}: choose {', '.join(ARCHITECTURES)}.")
    return ARCHITECTURES[name]


def validate_image_size(name: str, size: int, dataset: str) -> None:
    """Make sure that an architecture accepts the images of a dataset.

    Args:
        name: of the architecture.
        size: side of the dataset's images in pixels.
        dataset: its name, for the message.

    Raises:
        InputError: it does not.
    """
    expected = architecture(name).image_size
    if expected not in (None, size):
        raise InputError(
            f"{name} takes images of {expected}x{expected} pixels, but the dataset {dataset!r} has {size}x{size}: "
            f"prepare one with --size {expected}, or choose unet, which takes any size.",
            setting="dataset",
        )
