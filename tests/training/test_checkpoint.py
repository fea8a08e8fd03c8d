"""Checkpoints on disk."""

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from colorizer import jobs
from colorizer.datasets.dataset import Dataset
from colorizer.errors import InputError
from colorizer.runs import Run
from colorizer.runs.config import TrainingConfig
from colorizer.training.checkpoint import TrainState, load_checkpoint, save_checkpoint
from colorizer.training.distributed import DistContext
from colorizer.training.learner import Learner
from colorizer.training.trainer import train
from tests.training.helpers import silent


def learner(dataset: Dataset, steps: int = 20, architecture: str = "unet", ema_decay: float = 0.9) -> Learner:
    config = TrainingConfig(architecture, ema_decay=ema_decay, device="cpu")
    random = torch.Generator().manual_seed(0)
    learning = Learner(config, dataset.manifest, torch.device("cpu"), DistContext())
    for step in range(steps):
        learning.step(torch.rand((2, 3, 32, 32), generator=random), step, 0.01, 2)
    return learning


def test_checkpoint_round_trips(tiny: Dataset, tmp_path: Path) -> None:
    one, other = learner(tiny), learner(tiny, 0)
    state = TrainState(3, 7, 0.1 + 0.2, 70, 12.5, 2, 1 / 3, "abc")
    save_checkpoint(tmp_path / "state", one, state)
    assert load_checkpoint(tmp_path / "state", other) == state
    for mine, yours in ((one.model, other.model), (one.ema_model, other.ema_model)):
        for name, value in mine.state_dict().items():
            assert torch.equal(yours.state_dict()[name], value)
    for left, right in zip(one.model.parameters(), other.model.parameters(), strict=True):
        for key, value in one.optimizer.state[left].items():
            assert torch.equal(other.optimizer.state[right][key], value)
            assert other.optimizer.state[right][key].stride() == value.stride()


def test_initial_state_round_trips(tiny: Dataset, tmp_path: Path) -> None:
    save_checkpoint(tmp_path / "state", learner(tiny, 1), TrainState())
    assert load_checkpoint(tmp_path / "state", learner(tiny, 0)) == TrainState()


def test_checkpoint_of_another_network_is_refused(tiny: Dataset, tmp_path: Path) -> None:
    save_checkpoint(tmp_path / "state", learner(tiny, 1), TrainState())
    with pytest.raises(InputError, match=r"cannot be read.*Delete the file"):
        load_checkpoint(tmp_path / "state", learner(tiny, 0, "fc512"))


def test_checkpoint_without_ema_is_refused_if_ema_is_on(tiny: Dataset, tmp_path: Path) -> None:
    save_checkpoint(tmp_path / "state", learner(tiny, 1, ema_decay=0.0), TrainState())
    with pytest.raises(InputError, match=r"cannot be read.*Delete the file"):
        load_checkpoint(tmp_path / "state", learner(tiny, 0))


@pytest.mark.parametrize("damage", ["cut", "garbage", "empty", "no state", "unknown state"])
def test_damaged_checkpoint_is_refused_and_best_weights_stay(damage: str, trained: Run) -> None:
    jobs.write_status(trained.folder, "stopped")
    data = trained.state_file.read_bytes()
    if damage in ("no state", "unknown state"):
        metadata = {"train_state": json.dumps({"era": 1})} if damage == "unknown state" else None
        save_file({"model.x": torch.zeros(1)}, trained.state_file, metadata=metadata)
    else:
        trained.state_file.write_bytes({"cut": data[: len(data) // 2], "garbage": b"\x07" * 999, "empty": b""}[damage])
    best = trained.best_weights.read_bytes()
    metrics = trained.metrics()
    with pytest.raises(InputError, match=r"checkpoint .* cannot be read.*best weights"):
        train(trained, silent)
    assert trained.status().state == "failed"
    assert trained.best_weights.read_bytes() == best
    assert trained.metrics().equals(metrics)
