"""ONNX Runtime gives the colours that PyTorch gives, from a file that is made once."""

import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

from colorizer import onnx_engine
from colorizer.batch import colorize_files
from colorizer.errors import InputError
from colorizer.inference import ONNX, Colorizer
from colorizer.models.colorization import build_model
from colorizer.models.hints import Hint
from colorizer.models.weights import load_weights, save_weights
from colorizer.runs.store import Run
from tests.making import smooth, write_picture

SHIPPED = Path(__file__).resolve().parent.parent / "checkpoints" / "photo"


def apart(one: np.ndarray, other: np.ndarray) -> int:
    return int(np.abs(one.astype(int) - other.astype(int)).max())


def test_colours_are_the_same_and_the_network_is_converted_once(
    trained: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    pictures = [smooth(1, 60, 90), smooth(2, 32, 32), smooth(3, 32, 32)]
    expected = Colorizer.load("trained").batch(pictures)
    for told in (True, False):
        given = Colorizer.load("trained", engine=ONNX).batch(pictures)
        assert max(apart(np.asarray(one), np.asarray(two)) for one, two in zip(given, expected, strict=True)) <= 1
        assert ("Converting" in capsys.readouterr().err) is told


def test_a_file_of_other_weights_or_a_damaged_one_is_made_again(trained: Run) -> None:
    picture = smooth(1, 32, 32)
    Colorizer.load("trained", engine=ONNX)
    kept = trained.folder / "network.onnx"
    kept.write_bytes(kept.read_bytes()[:1000])
    before = Colorizer.load("trained", engine=ONNX)(picture)
    model = build_model(trained.config.architecture)
    load_weights(model, trained.best_weights)
    with torch.no_grad():
        for weights in model.network.parameters():
            weights.mul_(1.5)
    save_weights(model, trained.best_weights)
    after = Colorizer.load("trained", engine=ONNX)(picture)
    assert apart(after, before) > 1
    assert apart(after, Colorizer.load("trained")(picture)) <= 1


def test_photographs_of_any_shape_and_hints(home: Path) -> None:
    shutil.copytree(SHIPPED, home / "checkpoints" / "photo")
    ours, theirs = Colorizer.load(), Colorizer.load(engine=ONNX)
    for height, width in ((256, 256), (40, 300), (333, 270), (5, 7)):
        picture = smooth(height, height, width)
        assert apart(theirs(picture), ours(picture)) <= 1
    picture, hints = smooth(4, 64, 64), [Hint(0.5, 0.5, (200, 30, 30))]
    assert apart(theirs(picture, hints=hints), ours(picture, hints=hints)) <= 1
    assert apart(theirs(picture, hints=hints), ours(picture)) > 1


def test_what_is_not_installed_is_said(trained: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(onnx_engine, "find_spec", lambda name: None if name == "onnxscript" else name)
    picture = write_picture(tmp_path / "one.png", smooth(1, 20, 20))
    with pytest.raises(InputError, match="pip install onnxscript"):
        colorize_files([str(picture)], tmp_path / "results", model="trained", engine=ONNX)
    assert not (tmp_path / "results").exists()


@pytest.mark.parametrize(("engine", "device"), [("tensorflow", "cpu"), (ONNX, "cuda")])
def test_engines_that_there_are_not_are_refused(engine: str, device: str, trained: Run) -> None:
    with pytest.raises(InputError, match="onnx on the cpu"):
        Colorizer.load("trained", device, engine)
