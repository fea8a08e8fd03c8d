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
    """A network that maps standardized gray `(N, 1, H, W)` to RGB `(N, 3, H, W)` in (0, 1)."""

    name: str
    title: str
    summary: str
    factory: str
    """`module:callable`, where the module is beside this file."""
    size: int | None
    """Side in pixels of the only images it takes, or None if it takes any height and width."""

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
        ),
    )
}


def architecture(name: str) -> Architecture:
    """The architecture of that name.

    Raises:
        InputError: there is none; the message lists those there are.
    """
    if name not in ARCHITECTURES:
        raise InputError(f"There is no architecture {name!r}: choose {', '.join(ARCHITECTURES)}.")
    return ARCHITECTURES[name]
