"""A resumed training ends as if it had not been interrupted."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import filelock
import numpy as np
import pandas as pd
import pytest
from safetensors import safe_open
from safetensors.numpy import load_file
from safetensors.torch import load_file as load_tensors
from safetensors.torch import save_file

from colorizer import jobs
from colorizer.datasets.dataset import Dataset
from colorizer.datasets.prepare.pipeline import prepare
from colorizer.errors import InputError, TrainingError
from colorizer.runs import Run
from colorizer.training import trainer
from tests.factories import write_class_folders
from tests.training.helpers import assert_same_weights, metrics_without_time, silent, tiny_config

ROOT = Path(__file__).resolve().parents[2]

TRAIN_AND_HANG = """
import sys, time
from colorizer.runs import Run, load_run
from colorizer.training import trainer
trainer.CHECKPOINT_SECONDS = trainer.STATUS_SECONDS = 0

def log(line):
    if line.startswith("epoch 2/"):
        print("ready", flush=True)
        time.sleep(600)

trainer.train(load_run("killed"), log)
"""


def stop_after(run: Run, epoch: int) -> Callable[[str], None]:
    """Return a `log` that requests a stop after this epoch."""

    def log(line: str) -> None:
        if line.startswith(f"epoch {epoch}/"):
            jobs.request_stop(run.folder)

    return log


@pytest.mark.parametrize(
    ("architecture", "settings"),
    [
        ("fc512", {}),
        ("unet", {}),
        ("unet", {"random_shift": 2, "weight_decay": 0.1, "ema_decay": 0.9, "batch_size": 3}),
    ],
    ids=["fc512", "unet", "regularized"],
)
def test_stop_within_epoch_then_resume_matches_uninterrupted_run(
    architecture: str, settings: dict[str, Any], tiny: Dataset
) -> None:
    config = tiny_config(architecture, epochs=3, **settings)
    straight = Run.create("straight", config)
    trainer.train(straight, silent)

    resumed = Run.create("resumed", config)
    trainer.train(resumed, stop_after(resumed, 1))
    status = resumed.status()
    assert status.state == "stopped"
    assert (status.progress["epoch"], status.progress["batch"]) == (1, 1)
    trainer.train(resumed, silent)

    assert resumed.status().state == "finished"
    pd.testing.assert_frame_equal(metrics_without_time(straight), metrics_without_time(resumed), check_exact=True)
    assert_same_weights(straight, resumed)


def test_seconds_accumulate_over_sessions(tiny: Dataset) -> None:
    run = Run.create("r", tiny_config("fc512", epochs=3))
    trainer.train(run, stop_after(run, 1))
    trainer.train(run, silent)
    seconds = run.metrics().seconds
    assert list(seconds) == sorted(seconds)
    assert list(run.metrics().epoch) == [1, 2, 3]


def test_killed_run_reads_interrupted_and_resumes_exactly(tiny: Dataset) -> None:
    straight = Run.create("straight", tiny_config("fc512", epochs=3))
    trainer.train(straight, silent)
    killed = Run.create("killed", tiny_config("fc512", epochs=3))
    with subprocess.Popen(
        [sys.executable, "-c", TRAIN_AND_HANG], cwd=ROOT, stdout=subprocess.PIPE, text=True, env={**os.environ}
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        assert killed.status().state == "running"
        with pytest.raises(InputError, match="being trained by another process"):
            trainer.train(killed, silent)
        process.kill()
    assert killed.status().state == "interrupted"
    assert killed.status().progress["epoch"] == 2

    trainer.train(killed, silent)
    assert killed.status().state == "finished"
    pd.testing.assert_frame_equal(metrics_without_time(straight), metrics_without_time(killed), check_exact=True)
    assert_same_weights(straight, killed)


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_signal_stops_training_with_progress_saved(name: str, tiny: Dataset) -> None:
    run = Run.create("r", tiny_config("fc512", epochs=50))

    def log(line: str) -> None:
        if line.startswith("epoch 1/"):
            os.kill(os.getpid(), getattr(signal, name))
        elif name == "SIGHUP":
            raise OSError(5, "Input/output error")  # The terminal is gone.

    trainer.train(run, log)
    assert run.status().state == "stopped"
    assert run.state_file.exists()


def test_signal_handlers_are_restored(tiny: Dataset) -> None:
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    trainer.train(Run.create("r", tiny_config("fc512", epochs=1)), silent)
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before


def test_finished_run_is_left_alone(trained: Run) -> None:
    trained.state_file.unlink()  # As in a bundled run.
    before = {path.name: path.read_bytes() for path in trained.folder.iterdir() if path.is_file()}
    lines: list[str] = []
    trainer.train(trained, lines.append)
    assert "finished" in lines[0]
    after = {path.name: path.read_bytes() for path in trained.folder.iterdir() if path.is_file()}
    assert before == after


def test_changed_dataset_is_refused(trained: Run, tiny: Dataset, home: Path) -> None:
    jobs.write_status(trained.folder, "stopped")
    shutil.rmtree(tiny.folder)
    prepare([str(write_class_folders(home / "others", train=48, test=12, seed=7))], "tiny")
    best = trained.best_weights.read_bytes()
    with pytest.raises(InputError, match="has changed since this run was started"):
        trainer.train(trained, silent)
    assert trained.status().state == "failed"
    assert "restore" in trained.status().message
    assert trained.best_weights.read_bytes() == best


def test_missing_dataset_is_refused(trained: Run, tiny: Dataset) -> None:
    jobs.write_status(trained.folder, "stopped")
    shutil.rmtree(tiny.folder)
    with pytest.raises(InputError, match="There is no dataset 'tiny'"):
        trainer.train(trained, silent)


def test_second_trainer_of_a_run_is_refused(tiny: Dataset) -> None:
    run = Run.create("r", tiny_config())
    jobs.write_status(run.folder, "running")
    before = (run.folder / "status.json").read_bytes()
    with (
        filelock.FileLock(run.folder / "lock"),
        pytest.raises(InputError, match="already being trained by another process"),
    ):
        trainer.train(run, silent)
    assert (run.folder / "status.json").read_bytes() == before


@pytest.mark.parametrize("tensor", ["head.weight", "encoder.0.0.1.running_mean"])
def test_nan_loss_fails_run_and_keeps_best_weights(tiny: Dataset, tensor: str) -> None:
    run = Run.create("r", tiny_config("unet", epochs=3))
    trainer.train(run, stop_after(run, 1))
    state = load_tensors(run.state_file)
    state[f"model.network.{tensor}"].fill_(float("nan"))
    with safe_open(run.state_file, framework="np") as file:
        metadata = file.metadata()
    save_file(state, run.state_file, metadata=metadata)
    best = run.best_weights.read_bytes()
    with pytest.raises(TrainingError, match=r"no longer a finite number in epoch 2.*lower learning rate"):
        trainer.train(run, silent)
    assert run.status().state == "failed"
    assert "lower learning rate" in run.status().message
    assert run.best_weights.read_bytes() == best
    assert all(np.isfinite(value).all() for value in load_file(run.best_weights).values())
