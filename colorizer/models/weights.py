"""Weights on disk: safetensors, parameters in half precision.

Half precision halves the file and changes the mean squared error of the shipped networks by less than 0.000001
(metrics.jsonl is measured in single precision, evaluations/ in half). Statistics of normalization layers stay in
single precision.
"""

from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import nn

from colorizer import files
from colorizer.errors import InputError


def save_weights(model: nn.Module, path: Path) -> None:
    """Write a model's weights, atomically."""
    parameters = dict(model.named_parameters())
    tensors = {
        name: (value.half() if name in parameters else value).detach().cpu().contiguous()
        for name, value in model.state_dict().items()
    }
    with files.atomic_write(path) as temporary:
        save_file(tensors, temporary)


def load_weights(model: nn.Module, path: Path) -> None:
    """Load weights into a model of the same architecture.

    Raises:
        InputError: the file is missing, damaged or of another architecture.
    """
    if not path.is_file():
        raise InputError(f"The weights file {path} is missing: train the run again or restore the file.")
    try:
        tensors = {
            name: value.float() if value.is_floating_point() else value for name, value in load_file(path).items()
        }
        missing, unexpected = model.load_state_dict(tensors, strict=False)
    except (SafetensorError, OSError, RuntimeError, ValueError) as error:
        reason = str(error).splitlines()[0]
        raise InputError(
            f"The weights file {path} is damaged or of another architecture ({reason}): restore it or train again."
        ) from None
    if missing or unexpected:
        raise InputError(
            f"The weights file {path} belongs to another architecture: "
            f"{len(missing)} tensors are missing and {len(unexpected)} are unknown."
        )
    if not all(bool(torch.isfinite(value).all()) for value in tensors.values()):
        raise InputError(f"The weights file {path} is damaged (it contains NaN or infinity): restore it.")
