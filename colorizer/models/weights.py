"""Weights on disk: safetensors, parameters in half precision.

Half precision halves the file; the shipped networks measure the same with it to within 0.000001 of
mean squared error (metrics.jsonl has single precision, evaluations/ half). Statistics of
normalization layers stay in single precision.
"""

from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from colorizer import files
from colorizer.errors import InputError
from colorizer.models.base import ColorizationModel


def save_weights(model: ColorizationModel, path: Path) -> None:
    """Write a model's weights, atomically."""
    parameters = dict(model.named_parameters())
    tensors = {
        name: (value.half() if name in parameters else value).detach().cpu().contiguous()
        for name, value in model.state_dict().items()
    }
    with files.atomic_write(path) as temporary:
        save_file(tensors, temporary)


def load_weights(model: ColorizationModel, path: Path) -> None:
    """Read weights into a model of the same architecture.

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
            f"it lacks {len(missing)} and adds {len(unexpected)} tensors."
        )
    if not all(bool(torch.isfinite(value).all()) for value in tensors.values()):
        raise InputError(f"The weights file {path} is damaged (it holds values that are no numbers): restore it.")
