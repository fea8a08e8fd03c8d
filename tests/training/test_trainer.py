"""Training on a tiny dataset, from its first step to its model card."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from colorizer import jobs
from colorizer.datasets.dataset import Dataset
from colorizer.datasets.prepare.pipeline import prepare
from colorizer.errors import InputError
from colorizer.imaging import decode_image
from colorizer.inference import Colorizer, to_gray
from colorizer.runs import Run
from colorizer.runs.curve import MetricsReader
from colorizer.runs.store import METRICS, STEP_METRICS
from colorizer.training import records, trainer
from colorizer.training.checkpoint import TrainState
from colorizer.training.learner import choose_device
from colorizer.training.records import StepLog
from tests.factories import plain_luma, write_class_folders
from tests.training.helpers import at_epoch, metrics_without_time, silent, tiny_config


def test_loss_decreases(tiny: Dataset) -> None:
    run = Run.create("r", tiny_config("unet", epochs=6))
    trainer.train(run, silent)
    losses = run.metrics()
    assert losses.train_loss.iloc[-1] < 0.8 * losses.train_loss.iloc[0]
    assert losses.test_loss.min() < tiny.manifest.grayscale_mse


def test_metrics_have_their_columns(trained: Run) -> None:
    record = json.loads((trained.folder / "metrics.jsonl").read_text())
    assert tuple(record) == METRICS
    assert record["epoch"] == 1
    assert record["step"] == 3


def test_test_loss_is_that_of_saved_weights(trained: Run, tiny: Dataset) -> None:
    colorizer = Colorizer.load("trained")
    true = tiny.images("test")
    gray = np.stack([plain_luma(pixels) for pixels in true])[:, None] / 255
    rgb = colorizer.predict_thumbnails(_tensor(gray)).permute(0, 2, 3, 1).numpy()
    mse = np.square(rgb - true / 255).mean()
    # Weights on disk are rounded to half precision.
    assert trained.metrics().test_loss[0] == pytest.approx(mse, rel=0.01)


def test_run_depends_on_seed_alone(tiny: Dataset) -> None:
    runs = [
        Run.create(f"r{number}", tiny_config("fc512", epochs=1, seed=seed)) for number, seed in enumerate((0, 0, 1))
    ]
    for run in runs:
        trainer.train(run, silent)
    first, second, other = (run.best_weights.read_bytes() for run in runs)
    assert first == second
    assert first != other


def test_finished_run_has_status_card_and_samples(trained: Run, tiny: Dataset) -> None:
    assert trained.status().state == "finished"
    assert trained.status().progress["share"] == 1
    card = (trained.folder / "README.md").read_text(encoding="utf-8")
    assert "U-Net" in card
    assert "| batch_size | 16 |" in card
    assert f"{trained.metrics().test_loss[0]:.6f}" in card
    true = decode_image((trained.samples / "true.png").read_bytes()).pixels
    assert true.shape == (32, 12 * 32, 3)
    assert np.array_equal(true[:, :32], tiny.images("test")[0])
    gray = decode_image((trained.samples / "gray.png").read_bytes()).pixels
    assert np.array_equal(gray, to_gray(true))
    colored = decode_image((trained.samples / "epoch-00001.png").read_bytes()).pixels
    assert np.abs(plain_luma(colored) - plain_luma(true)).max() <= 1


def test_status_is_updated_during_training(tiny: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trainer, "STATUS_SECONDS", 0)
    run = Run.create("r", tiny_config("fc512", epochs=2))
    seen = []
    trainer.train(run, lambda line: seen.append((line, run.status())))
    lines, statuses = zip(*seen, strict=True)
    assert [line.split()[1] for line in lines] == ["1/2", "2/2"]
    assert {status.state for status in statuses} == {"running"}
    assert [status.progress["epoch"] for status in statuses] == [1, 2]
    assert [status.progress["share"] for status in statuses] == [0.5, 1]
    assert statuses[0].progress["best_loss"] == run.metrics().test_loss[0]


def test_without_keep_luma_network_redraws_brightness(tiny: Dataset) -> None:
    run = Run.create("r", tiny_config("fc512", epochs=1, keep_luma=False))
    trainer.train(run, silent)
    assert run.metrics().test_loss[0] > tiny.manifest.grayscale_mse
    assert not Colorizer.load("r").model.keep_luma


def test_smaller_last_batch_is_weighted_by_its_size(tiny: Dataset) -> None:
    run = Run.create("r", tiny_config("fc512", epochs=1, batch_size=47, learning_rate=1e-8, flip=False))
    trainer.train(run, silent)
    whole = Run.create("whole", tiny_config("fc512", epochs=1, batch_size=48, learning_rate=1e-8, flip=False))
    trainer.train(whole, silent)
    assert run.metrics().train_loss[0] == pytest.approx(whole.metrics().train_loss[0], rel=1e-4)
    assert run.metrics().step[0] == 2


@pytest.mark.parametrize("architecture", ["fc512", "fc2048"])
def test_dataset_of_wrong_size_is_refused_before_training(architecture: str, home: Path) -> None:
    prepare([str(write_class_folders(home / "pictures", train=6, test=3))], "large", 64)
    run = Run.create("r", tiny_config(architecture, dataset="large"))
    with pytest.raises(InputError, match=r"takes images of 32x32 pixels.*64x64.*--size 32"):
        trainer.train(run, silent)
    assert run.status().state == "failed"
    assert "32x32" in run.status().message
    assert metrics_without_time(run).empty


def test_unet_trains_on_images_of_any_size(home: Path) -> None:
    prepare([str(write_class_folders(home / "pictures", train=6, test=3))], "odd", 20)
    run = Run.create("r", tiny_config("unet", dataset="odd", epochs=1))
    trainer.train(run, silent)
    assert run.status().state == "finished"


def test_missing_device_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    with pytest.raises(InputError, match="no cuda device"):
        choose_device(tiny_config(device="cuda"))
    assert choose_device(tiny_config(device="cpu")).type == "cpu"


def _tensor(values: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(values).float()


def read_steps(run: Run) -> pd.DataFrame:
    return MetricsReader(run.folder / "steps.jsonl", STEP_METRICS).read()


def test_steps_are_logged_within_epochs(tiny: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trainer, "STATUS_SECONDS", 0)
    run = Run.create("r", tiny_config("fc512", epochs=2))
    trainer.train(run, silent)
    steps = read_steps(run)
    assert list(steps.step) == [1, 2, 3, 4, 5, 6]
    assert list(steps.epoch) == pytest.approx([1 / 3, 2 / 3, 1, 4 / 3, 5 / 3, 2], abs=1e-5)
    assert steps.train_loss[:3].mean() == pytest.approx(run.metrics().train_loss[0])
    assert steps.learning_rate[5] == run.metrics().learning_rate[1]
    assert (steps.images_per_second > 0).all()
    assert (steps.memory_bytes > 0).all()


def test_resumed_training_drops_later_steps(tiny: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trainer, "STATUS_SECONDS", 0)
    run = Run.create("r", tiny_config("fc512", epochs=2))
    trainer.train(run, at_epoch(1, lambda: jobs.request_stop(run.folder)))
    path = run.folder / "steps.jsonl"
    lines = path.read_text().splitlines()
    assert [json.loads(line)["step"] for line in lines] == [1, 2, 3, 4]
    path.write_text("\n".join([*lines, lines[-1].replace('"step": 4', '"step": 5'), '{"step": 6, "ep']))
    trainer.train(run, silent)
    assert list(read_steps(run).step) == [1, 2, 3, 4, 5, 6]


def test_step_log_is_thinned_out(tiny: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "_MAX_STEP_LINES", 10)
    run, state = Run.create("r", tiny_config("fc512")), TrainState()
    log = StepLog(run, state, 0, torch.device("cpu"))
    for second in range(1, 200):
        state.squared_error, state.images = state.squared_error + 1, state.images + 1
        state.batch = second
        log.add(state, step=second, batches=1000, seconds=float(second), learning_rate=0.1)
    steps = read_steps(run)
    assert 10 <= len(steps) < 20
    assert steps.step.iloc[-1] > 170
    assert steps.step.diff().max() <= 40
