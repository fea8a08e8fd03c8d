"""The state of a training on disk."""

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from colorizer import jobs
from colorizer.errors import InputError
from colorizer.runs.store import Run
from colorizer.training.checkpoint import Position, load_state, save_state
from colorizer.training.loop import train
from tests.training.helping import silent


def trained_network(steps: int = 2) -> tuple[nn.Sequential, torch.optim.Adam]:
    torch.manual_seed(0)
    network = nn.Sequential(nn.Conv2d(2, 3, 3), nn.BatchNorm2d(3)).to(memory_format=torch.channels_last)
    optimizer = torch.optim.Adam(network.parameters(), lr=0.1, fused=True)
    for _ in range(steps):
        optimizer.zero_grad()
        network(torch.rand(2, 2, 5, 5)).square().sum().backward()
        optimizer.step()
    return network, optimizer


def test_a_state_comes_back_whole(tmp_path: Path) -> None:
    network, optimizer = trained_network()
    position = Position(3, 7, 0.1 + 0.2, 70, 12.5, 2, 1 / 3, "abc")
    save_state(tmp_path / "state", network, optimizer, position)
    other_network, other_optimizer = trained_network(0)
    assert load_state(tmp_path / "state", other_network, other_optimizer) == position
    for name, value in network.state_dict().items():
        assert torch.equal(other_network.state_dict()[name], value)
    for one, other in zip(network.parameters(), other_network.parameters(), strict=True):
        for key, value in optimizer.state[one].items():
            assert torch.equal(other_optimizer.state[other][key], value)
            assert other_optimizer.state[other][key].stride() == value.stride()


def test_a_position_without_a_best_epoch_comes_back(tmp_path: Path) -> None:
    network, optimizer = trained_network()
    save_state(tmp_path / "state", network, optimizer, Position())
    assert load_state(tmp_path / "state", network, optimizer) == Position()


def test_a_state_of_another_network_is_refused(tmp_path: Path) -> None:
    save_state(tmp_path / "state", *trained_network(), Position())
    other = nn.Linear(2, 2)
    with pytest.raises(InputError, match=r"cannot be read.*Delete the file"):
        load_state(tmp_path / "state", other, torch.optim.Adam(other.parameters()))


@pytest.mark.parametrize("damage", ["cut", "garbage", "empty", "no position", "odd position"])
def test_a_damaged_state_is_refused_and_the_best_weights_stay(damage: str, trained: Run) -> None:
    jobs.write_status(trained.folder, "stopped")
    data = trained.state_file.read_bytes()
    if damage in ("no position", "odd position"):
        metadata = {"position": json.dumps({"era": 1})} if damage == "odd position" else None
        save_file({"model.x": torch.zeros(1)}, trained.state_file, metadata=metadata)
    else:
        trained.state_file.write_bytes({"cut": data[: len(data) // 2], "garbage": b"\x07" * 999, "empty": b""}[damage])
    best = trained.best_weights.read_bytes()
    metrics = trained.metrics()
    with pytest.raises(InputError, match=r"saved state .* cannot be read.*best weights"):
        train(trained, silent)
    assert trained.status().state == "failed"
    assert trained.best_weights.read_bytes() == best
    assert trained.metrics().equals(metrics)
