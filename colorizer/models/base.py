"""A network made into a colorizer: gray in [0, 1] in, RGB in [0, 1] out."""

from importlib import import_module
from typing import cast

import torch
from torch import Tensor, nn

from colorizer.color import keep_luma
from colorizer.models.registry import architecture


def build_model(
    architecture_name: str, *, gray_mean: float = 0.5, gray_std: float = 0.25, keep_luma: bool = True
) -> "ColorizationModel":
    """An architecture's network with random weights, made into a colorizer. Arguments as of `ColorizationModel`."""
    module, _, name = architecture(architecture_name).model.partition(":")
    kind: type[ColorizationModel] = getattr(import_module(f"colorizer.models.{module}"), name)
    return kind(architecture_name, gray_mean=gray_mean, gray_std=gray_std, keep_luma=keep_luma)


class ColorizationModel(nn.Module):
    """Standardize the gray input, run the network, keep the input's luma.

    The statistics travel with the weights, so a weights file is enough to colorize.
    """

    gray_mean: Tensor
    gray_std: Tensor

    def __init__(
        self,
        architecture_name: str,
        *,
        gray_mean: float = 0.5,
        gray_std: float = 0.25,
        keep_luma: bool = True,
    ) -> None:
        """
        Args:
            architecture_name: a name in the registry.
            gray_mean: mean of the training set's luma, in [0, 1].
            gray_std: its standard deviation.
            keep_luma: project the output on the input's luma; off reproduces the study.

        Raises:
            InputError: there is no such architecture.
        """
        super().__init__()
        self.network = architecture(architecture_name).build()
        self.keep_luma = keep_luma
        self.register_buffer("gray_mean", torch.tensor(gray_mean))
        self.register_buffer("gray_std", torch.tensor(gray_std))

    def forward(self, gray: Tensor) -> Tensor:
        """Colorize.

        Args:
            gray: luma `(N, 1, H, W)` in [0, 1].

        Returns:
            RGB `(N, 3, H, W)`. In evaluation mode it is in [0, 1] and, with `keep_luma`, its luma
            is `gray`; in training mode out-of-gamut colors are left as they are.
        """
        rgb = cast(Tensor, self.network((gray - self.gray_mean) / self.gray_std))
        return keep_luma(gray, rgb, fit=not self.training) if self.keep_luma else rgb

    @property
    def parameters_count(self) -> int:
        """Trainable numbers in the network."""
        return sum(parameter.numel() for parameter in self.parameters())
