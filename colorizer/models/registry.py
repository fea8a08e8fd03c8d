"""Every architecture that can be trained. A new one is a file beside this and a line below.

The table is read by the command line and the pages before PyTorch is loaded, so a network's
class is named here and imported only when it is built.
"""

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

from colorizer.errors import InputError

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True)
class Architecture:
    """A network that maps standardized gray `(N, 1, H, W)` to RGB `(N, 3, H, W)` in (0, 1), or to scores of colors
    (see `likelihoods`)."""

    name: str
    title: str
    summary: str
    factory: str
    """`module:callable`, where the module is beside this file."""
    size: int | None
    """Side in pixels of the only images it takes, or None if it takes any height and width."""
    inference_sizes: tuple[int, ...] = (32,)
    """Shorter sides in pixels at which a network that takes any size looks at a photograph. One that knows
    likelihoods may look several times; the mean of what it says then counts, at the first of them.

    That of the thumbnails the shipped U-Net was trained on is also where it does best:
    `benchmarks/inference_sizes.py` measures others.
    """
    stride: int = 0
    """Side in pixels of what its deepest layer sees as one, where it normalizes by the statistics of a batch."""
    members: int = 1
    """Networks that it is made of, each of which learns from its share of a batch."""
    model: str = "base:ColorizationModel"
    """`module:class` of what makes the network a colorizer."""
    likelihoods: bool = False
    """Whether it says how likely each color is, so that vividness and hints make a difference. Such a network
    decides only chroma: it cannot redraw brightness even if asked to."""
    pretrained: bool = False
    """Whether a part of it can start from weights that others have published."""

    def build(self) -> "nn.Module":
        """A new network with random weights."""
        module, _, attribute = self.factory.partition(":")
        network: nn.Module = getattr(import_module(f"colorizer.models.{module}"), attribute)()
        return network


ARCHITECTURES = {
    architecture.name: architecture
    for architecture in (
        Architecture(
            "fc512",
            "FC-512",
            "The study's network: six convolutions, then a fully connected decoder with 512 hidden units "
            "that redraws a 32x32 picture.",
            "fully_connected:fc512",
            size=32,
        ),
        Architecture(
            "fc2048",
            "FC-2048",
            "The same network with 2,048 hidden units: four times the room in its bottleneck.",
            "fully_connected:fc2048",
            size=32,
        ),
        Architecture(
            "unet",
            "U-Net",
            "Convolutions only, with shortcuts that carry detail past the bottleneck. Takes pictures of any size.",
            "unet:UNet",
            size=None,
            stride=8,
        ),
        Architecture(
            "photo",
            "Photo",
            "For photographs: two networks whose mean counts, each with an encoder that knows ImageNet, the whole "
            "scene in view, and for each place a distribution over colors, so that they can be safe, vivid or led by "
            "hints.",
            "photo_pair:photo",
            size=None,
            stride=32,
            members=2,
            inference_sizes=(224, 160),
            model="distribution:DistributionModel",
            likelihoods=True,
            pretrained=True,
        ),
    )
}


def validate_takes(name: str, size: int, dataset: str) -> None:
    """Make sure that an architecture takes the images of a dataset.

    Args:
        name: of the architecture.
        size: side of the dataset's images in pixels.
        dataset: its name, for the message.

    Raises:
        InputError: it does not.
    """
    needed = architecture(name).size
    if needed not in (None, size):
        raise InputError(
            f"{name} takes images of {needed}x{needed} pixels, but the dataset {dataset!r} has {size}x{size}: prepare "
            f"one with --size {needed}, or take the unet, which takes any size.",
            setting="dataset",
        )


def architecture(name: str) -> Architecture:
    """The architecture of that name.

    Raises:
        InputError: there is none; the message lists those there are.
    """
    if name not in ARCHITECTURES:
        raise InputError(f"There is no architecture {name!r}: choose {', '.join(ARCHITECTURES)}.")
    return ARCHITECTURES[name]
