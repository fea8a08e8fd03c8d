"""The checkpoint of a run: everything needed to resume it as if it had not been interrupted.

One safetensors file: tensors of the model, of its EMA and of AdamW, the states of PyTorch's random number generators,
and the `TrainState` as JSON in the header.
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from colorizer import files
from colorizer.errors import InputError
from colorizer.training.learner import Learner


@dataclass
class TrainState:
    """The progress of a run."""

    epoch: int = 0
    """Epochs finished."""
    batch: int = 0
    """Batches finished in the current epoch."""
    squared_error: float = 0.0
    """Sum over these batches of mean squared error times images."""
    images: int = 0
    """Images in these batches."""
    seconds: float = 0.0
    """Duration so far, over all sessions."""
    best_epoch: int = 0
    best_loss: float = float("inf")
    """Lowest test loss so far, and its epoch."""
    dataset_fingerprint: str = ""
    cycle_start: int = 0
    """Epochs finished when the learning rate's current cycle began."""
    cycle_end: int = 0
    """Epochs finished when it will end; 0 before the first."""


def save_checkpoint(path: Path, learner: Learner, state: TrainState) -> None:
    """Write the checkpoint, atomically."""
    tensors = {f"model.{name}": value for name, value in learner.model.state_dict().items()}
    if learner.ema_model is not learner.model:
        tensors |= {f"ema.{name}": value for name, value in learner.ema_model.state_dict().items()}
    for index, values in learner.optimizer.state_dict()["state"].items():
        tensors |= {f"optimizer.{index}.{key}": value for key, value in values.items()}
    tensors["random.cpu"] = torch.get_rng_state()
    if torch.cuda.is_available():
        tensors["random.cuda"] = torch.cuda.get_rng_state()
    tensors = {name: value.detach().cpu().contiguous() for name, value in tensors.items()}
    with files.atomic_write(path) as temporary:
        save_file(tensors, temporary, metadata={"train_state": json.dumps(asdict(state))})


def load_checkpoint(path: Path, learner: Learner) -> TrainState:
    """Restore models, optimizer and random number generators.

    Raises:
        InputError: the file is damaged or belongs to another network.
    """
    optimizer = learner.optimizer
    try:
        with safe_open(path, framework="pt") as file:
            state = TrainState(**json.loads(file.metadata()["train_state"]))
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (not a dict)
        learner.model.load_state_dict(_with_prefix("model", tensors))
        if learner.ema_model is not learner.model:
            learner.ema_model.load_state_dict(_with_prefix("ema", tensors))
        moments: dict[int, dict[str, torch.Tensor]] = {}
        for name, value in _with_prefix("optimizer", tensors).items():
            index, _, key = name.partition(".")
            moments.setdefault(int(index), {})[key] = value
        optimizer.load_state_dict({"state": moments, "param_groups": optimizer.state_dict()["param_groups"]})
        _match_memory_format(optimizer)
        torch.set_rng_state(tensors["random.cpu"])
        if "random.cuda" in tensors and torch.cuda.is_available():
            torch.cuda.set_rng_state(tensors["random.cuda"])
        return state
    except (SafetensorError, OSError, KeyError, TypeError, ValueError, RuntimeError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise InputError(
            f"The checkpoint {path} cannot be read ({reason}), so the run cannot be resumed. Its best weights are "
            "intact. Delete the file to train from the beginning."
        ) from None


def _with_prefix(prefix: str, tensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Return the tensors whose names start with `prefix.`, without it."""
    return {name.removeprefix(f"{prefix}."): value for name, value in tensors.items() if name.startswith(f"{prefix}.")}


def _match_memory_format(optimizer: torch.optim.Optimizer) -> None:
    """Give Adam's moments the memory format of their parameters, as its fused implementation requires."""
    for parameter, values in optimizer.state.items():
        for key, value in values.items():
            if value.shape == parameter.shape:
                values[key] = torch.empty_like(parameter).copy_(value)
