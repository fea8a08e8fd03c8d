"""Mixed precision (bfloat16): where it is used, and that it learns as well."""

import pytest
import torch

from colorizer.datasets.dataset import Dataset
from colorizer.models.registry import ARCHITECTURES
from colorizer.runs import Run
from colorizer.training import learner as learner_module
from colorizer.training.distributed import DistContext
from colorizer.training.learner import Learner, supports_bf16
from colorizer.training.trainer import train
from tests.training.helpers import silent, tiny_config

CPU = torch.device("cpu")


@pytest.mark.parametrize("has_amx", [True, False])
def test_cpu_uses_bf16_only_with_amx(monkeypatch: pytest.MonkeyPatch, has_amx: bool) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"avx512_bf16": True, "amx_bf16": has_amx})
    assert supports_bf16(CPU) is has_amx
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"architecture": "aarch64"})
    assert not supports_bf16(CPU)
    assert not supports_bf16(torch.device("mps"))


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_bf16_learns_as_well_as_float32(name: str, tiny: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(learner_module, "supports_bf16", lambda device: True)  # Emulated without AMX.
    errors = {}
    for bf16 in (False, True):
        run = Run.create(f"bf16-{bf16}", tiny_config(name, epochs=2, bf16=bf16))
        train(run, silent)
        errors[bf16] = run.metrics().train_loss.to_numpy()
    assert errors[True] == pytest.approx(errors[False], rel=0.05)
    assert (errors[True] != errors[False]).any()


def test_weights_and_ema_stay_in_float32(tiny: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(learner_module, "supports_bf16", lambda device: True)
    learner = Learner(tiny_config("fc512", ema_decay=0.9), tiny.manifest, CPU, DistContext())
    error = learner.step(torch.rand(16, 3, 32, 32), 9, 1e-3, 16)
    assert error.dtype == torch.float64
    for model in (learner.model, learner.ema_model):
        assert {value.dtype for value in model.state_dict().values()} == {torch.float32}
