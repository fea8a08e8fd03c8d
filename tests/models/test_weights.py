"""Weights on disk: intact, damaged, and of another architecture."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from colorizer.errors import InputError
from colorizer.models.base import ColorizationModel, build_model
from colorizer.models.weights import load_weights, save_weights


@pytest.fixture
def model() -> ColorizationModel:
    torch.manual_seed(0)
    return build_model("unet", gray_mean=0.4375, gray_std=0.2371).eval()


@pytest.fixture
def path(model: ColorizationModel, tmp_path: Path) -> Path:
    save_weights(model, tmp_path / "w.safetensors")
    return tmp_path / "w.safetensors"


def test_parameters_round_trip_in_half_precision_and_statistics_exactly(model: ColorizationModel, path: Path) -> None:
    other = build_model("unet").eval()
    load_weights(other, path)
    assert other.gray_std == model.gray_std
    for name, value in model.named_parameters():
        assert torch.equal(other.get_parameter(name), value.half().float())
    gray = torch.rand(1, 1, 24, 24)
    with torch.no_grad():
        torch.testing.assert_close(other(gray), model(gray), atol=2e-3, rtol=0)


def test_file_has_two_bytes_per_parameter(model: ColorizationModel, path: Path) -> None:
    assert path.stat().st_size < 2.2 * model.parameters_count


def test_saving_leaves_no_temporary_file(path: Path) -> None:
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_failed_save_keeps_the_old_file(model: ColorizationModel, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = path.read_bytes()

    def fail(tensors: object, target: Path) -> None:
        target.write_bytes(b"half a file")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("colorizer.models.weights.save_file", fail)
    with pytest.raises(OSError, match="No space"):
        save_weights(model, path)
    assert path.read_bytes() == before
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_missing_file_is_refused(model: ColorizationModel, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"gone\.safetensors is missing: train the run again or restore"):
        load_weights(model, tmp_path / "gone.safetensors")


@pytest.mark.parametrize("share", [0.0, 0.0001, 0.1, 0.5, 0.999])
def test_truncated_file_is_refused(model: ColorizationModel, path: Path, share: float) -> None:
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(InputError, match="damaged"):
        load_weights(model, path)


@pytest.mark.parametrize("data", [b"garbage" * 100, bytes(1000), b"\xff" * 1000, b"PK\x03\x04" + bytes(99)])
def test_other_data_is_refused(model: ColorizationModel, path: Path, data: bytes) -> None:
    path.write_bytes(data)
    with pytest.raises(InputError, match="damaged or of another architecture"):
        load_weights(model, path)


@pytest.mark.parametrize("name", ["fc512", "fc2048"])
def test_weights_of_another_architecture_are_refused(name: str, path: Path) -> None:
    with pytest.raises(InputError, match="another architecture"):
        load_weights(build_model(name), path)


def test_fc512_weights_are_refused_by_fc2048(tmp_path: Path) -> None:
    save_weights(build_model("fc512"), tmp_path / "w")
    with pytest.raises(InputError, match="another architecture"):
        load_weights(build_model("fc2048"), tmp_path / "w")


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_nan_and_infinity_are_refused(model: ColorizationModel, path: Path, value: float) -> None:
    tensors = load_file(path)
    tensors["network.head.weight"][0] = value
    save_file(tensors, path)
    with pytest.raises(InputError, match="NaN or infinity"):
        load_weights(model, path)


def test_folder_instead_of_file_is_refused(model: ColorizationModel, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="missing"):
        load_weights(model, tmp_path)
