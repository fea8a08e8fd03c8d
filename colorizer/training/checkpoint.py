"""The state of a training: all that is needed to go on as if nothing had happened.

One safetensors file: tensors of the model, of its running average and of Adam, the state of
PyTorch's random numbers, and the position in its header as JSON.
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
    """How far a training is."""

    epoch: int = 0
    """Epochs finished."""
    batch: int = 0
    """Batches done of the epoch under way."""
    squared_error: float = 0.0
    """Sum over those batches of (mean squared error x images)."""
    images: int = 0
    """Images in those batches."""
    seconds: float = 0.0
    """Time spent so far, in all sessions together."""
    best_epoch: int = 0
    best_loss: float = float("inf")
    """Lowest test loss so far, and its epoch."""
    dataset_fingerprint: str = ""
    cycle_start: int = 0
    """Epochs finished when the learning rate's cycle began."""
    cycle_end: int = 0
    """Epochs finished when it will end; 0 before the first."""


def save_state(path: Path, learner: Learner, position: TrainState) -> None:
    """Write the state, atomically."""
    tensors = {f"model.{name}": value for name, value in learner.model.state_dict().items()}
    if learner.kept is not learner.model:
        tensors |= {f"kept.{name}": value for name, value in learner.kept.state_dict().items()}
    for index, values in learner.optimizer.state_dict()["state"].items():
        tensors |= {f"optimizer.{index}.{key}": value for key, value in values.items()}
    tensors["random.cpu"] = torch.get_rng_state()
    if torch.cuda.is_available():
        tensors["random.cuda"] = torch.cuda.get_rng_state()
    tensors = {name: value.detach().cpu().contiguous() for name, value in tensors.items()}
    with files.atomic_write(path) as temporary:
        save_file(tensors, temporary, metadata={"position": json.dumps(asdict(position))})


def load_state(path: Path, learner: Learner) -> TrainState:
    """Put networks, optimizer and random numbers back where they were.

    Raises:
        InputError: the file is damaged or belongs to another network.
    """
    optimizer = learner.optimizer
    try:
        with safe_open(path, framework="pt") as file:
            position = TrainState(**json.loads(file.metadata()["position"]))
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (not a dict)
        learner.model.load_state_dict(_of("model", tensors))
        if learner.kept is not learner.model:
            learner.kept.load_state_dict(_of("kept", tensors))
        state: dict[int, dict[str, torch.Tensor]] = {}
        for name, value in _of("optimizer", tensors).items():
            index, _, key = name.partition(".")
            state.setdefault(int(index), {})[key] = value
        optimizer.load_state_dict({"state": state, "param_groups": optimizer.state_dict()["param_groups"]})
        _align(optimizer)
        torch.set_rng_state(tensors["random.cpu"])
        if "random.cuda" in tensors and torch.cuda.is_available():
            torch.cuda.set_rng_state(tensors["random.cuda"])
        return position
    except (SafetensorError, OSError, KeyError, TypeError, ValueError, RuntimeError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise InputError(
            f"The saved state {path} cannot be read ({reason}): the run cannot be resumed; its best weights "
            "are still there. Delete the file to start the run again."
        ) from None


def _of(kind: str, tensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Those of one kind, without its name before theirs."""
    return {name.removeprefix(f"{kind}."): value for name, value in tensors.items() if name.startswith(f"{kind}.")}


def _align(optimizer: torch.optim.Optimizer) -> None:
    """Give Adam's moments the memory order of their parameters: its fused step takes that for granted."""
    for parameter, values in optimizer.state.items():
        for key, value in values.items():
            if value.shape == parameter.shape:
                values[key] = torch.empty_like(parameter).copy_(value)
