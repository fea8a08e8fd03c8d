"""Failures during training: they are reported, and nothing saved so far is lost."""

import contextlib
import json
import multiprocessing
import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from safetensors import safe_open
from safetensors.numpy import load_file

from colorizer import jobs
from colorizer.datasets.dataset import Dataset
from colorizer.errors import InputError, OutputError
from colorizer.imaging import decode_image
from colorizer.runs import Run, load_run
from colorizer.training import trainer
from colorizer.training.checkpoint import TrainState, save_checkpoint
from colorizer.training.learner import Learner
from tests.training.helpers import assert_same_weights, at_epoch, metrics_without_time, silent, tiny_config

resource = pytest.importorskip("resource", reason="limits and forks are those of Unix")
KILLS = 20
ROOT = Path(__file__).resolve().parents[2]


def train_in_child(home: str, name: str) -> None:
    """Train a run with a checkpoint after every step."""
    os.environ["COLORIZER_HOME"] = home

    trainer.CHECKPOINT_SECONDS = trainer.STATUS_SECONDS = 0.0
    trainer.train(load_run(name), silent)


def assert_intact(run: Run) -> None:
    """Read every file of a run."""
    load_run(run.name)
    for path in run.folder.glob("*.safetensors"):
        assert all(np.isfinite(values).all() for values in load_file(path).values()), path.name
    if run.state_file.exists():
        with safe_open(run.state_file, framework="np") as file:
            json.loads(file.metadata()["train_state"])
    assert jobs.read_status(run.folder).state != "unknown"
    for path in run.samples.glob("[!.]*.png"):
        decode_image(path.read_bytes(), path.name)
    assert list(run.metrics().epoch) == list(range(1, len(run.metrics()) + 1))


def test_killed_at_random_moments_run_matches_uninterrupted_run(tiny: Dataset, home: Path) -> None:
    straight = Run.create("straight", tiny_config("fc512", epochs=8))
    trainer.train(straight, silent)
    killed = Run.create("killed", tiny_config("fc512", epochs=8))
    context = multiprocessing.get_context("forkserver")  # Forked from a process that has PyTorch loaded already.
    context.set_forkserver_preload(["colorizer.training.trainer"])
    moments = random.Random(0)
    in_time = 0
    for _ in range(KILLS):
        child = context.Process(target=train_in_child, args=(str(home), "killed"))
        child.start()
        wrote = time.monotonic() + 30
        while killed.status().pid != child.pid and child.is_alive() and time.monotonic() < wrote:
            time.sleep(0.002)
        time.sleep(moments.uniform(0.0, 0.35))
        in_time += child.is_alive()
        child.kill()
        child.join()
        assert_intact(killed)
        if killed.is_finished():
            # Start over, so that each of the twenty kills hits a running training.
            shutil.rmtree(killed.folder)
            killed = Run.create("killed", tiny_config("fc512", epochs=8))
    assert in_time >= KILLS // 2, "most kills came too late"
    trainer.train(killed, silent)
    assert [path.name for path in killed.folder.glob(".*")] == []
    pd.testing.assert_frame_equal(metrics_without_time(straight), metrics_without_time(killed), check_exact=True)
    assert_same_weights(straight, killed)


@contextmanager
def small_files(size: int) -> Iterator[None]:
    """No file may grow beyond `size` bytes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_file_size_limit_fails_run_and_keeps_best_weights(trained: Run) -> None:
    jobs.write_status(trained.folder, "stopped")
    longer = load_longer(trained, 3)
    best = trained.best_weights.read_bytes()
    with small_files(100_000), pytest.raises(OutputError, match=r"File too large.*free some disk space"):
        trainer.train(longer, silent)
    assert longer.status().state == "failed"
    assert "free some disk space" in longer.status().message
    assert trained.best_weights.read_bytes() == best
    assert_intact(longer)
    trainer.train(longer, silent)
    assert longer.status().state == "finished"
    assert list(longer.metrics().epoch) == [1, 2, 3]


def load_longer(run: Run, epochs: int) -> Run:
    values = json.loads((run.folder / "config.json").read_text())
    (run.folder / "config.json").write_text(json.dumps({**values, "epochs": epochs}))
    return load_run(run.name)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 40 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=40m", "tmpfs", str(folder)]
    if shutil.which("mount") is None or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("a small disk can only be mounted by root")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_full_disk_is_reported_on_the_full_disk(
    prepared_home: Path, small_disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLORIZER_HOME", str(small_disk))
    shutil.copytree(prepared_home / "data", small_disk / "data")
    shutil.copytree(prepared_home / "checkpoints", small_disk / "checkpoints")
    run = load_longer(load_run("trained"), 4)
    best = run.best_weights.read_bytes()

    def fill(line: str) -> None:
        if line.startswith("epoch 2/"):
            with contextlib.suppress(OSError), (small_disk / "big").open("wb", buffering=0) as file:
                while file.write(bytes(4096)):
                    pass

    with pytest.raises(OutputError, match=r"disk is full|No space left"):
        trainer.train(run, fill)
    assert run.status().state == "failed"
    assert "free some" in run.status().message
    assert run.best_weights.read_bytes() != best
    assert all(np.isfinite(values).all() for values in load_file(run.best_weights).values())
    (small_disk / "big").unlink()
    assert_intact(run)
    trainer.train(run, silent)
    assert run.status().state == "finished"
    assert list(run.metrics().epoch) == [1, 2, 3, 4]


LOW_MEMORY = """
import resource, sys
from colorizer.cli import main
import colorizer.training.trainer, torch
used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + 40_000_000, -1))
sys.exit(main(["train", "--run", "r", "--resume"]))
"""


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="memory cannot be limited on this system")
def test_out_of_memory_is_reported(tiny: Dataset) -> None:
    run = Run.create("r", tiny_config("fc2048", epochs=2))
    result = subprocess.run([sys.executable, "-c", LOW_MEMORY], cwd=ROOT, capture_output=True, text=True)
    assert result.returncode == 4, result.stderr
    assert result.stderr.startswith("error: Out of memory")
    assert result.stderr.count("\n") == 1
    assert run.status().state == "failed"
    assert "smaller batch size" in run.status().message


def test_missing_dataset_fails_run_with_progress_saved(
    tiny: Dataset, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trainer, "STATUS_SECONDS", 0.0)
    run, straight = (Run.create(name, tiny_config("fc512", epochs=5)) for name in ("r", "straight"))
    trainer.train(straight, silent)
    with pytest.raises(InputError, match="There is no dataset 'tiny'"):
        trainer.train(run, at_epoch(2, lambda: tiny.folder.rename(home / "elsewhere")))
    assert run.status().state == "failed"
    assert "no dataset 'tiny'" in run.status().message
    assert_intact(run)
    (home / "elsewhere").rename(tiny.folder)
    trainer.train(run, silent)
    assert_same_weights(straight, run)


def test_checkpoints_are_saved_within_an_epoch(tiny: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    assert trainer.CHECKPOINT_SECONDS <= 60
    monkeypatch.setattr(trainer, "CHECKPOINT_SECONDS", 0.0)
    batches = []

    def save(path: Path, learner: Learner, state: TrainState) -> None:
        batches.append(state.batch)
        save_checkpoint(path, learner, state)

    monkeypatch.setattr(trainer, "save_checkpoint", save)
    trainer.train(Run.create("r", tiny_config("fc512", epochs=1)), silent)
    assert batches[:3] == [1, 2, 3]


def test_incomplete_last_line_of_metrics_is_written_again(tiny: Dataset) -> None:
    run = Run.create("r", tiny_config("fc512", epochs=4))
    trainer.train(run, at_epoch(2, lambda: jobs.request_stop(run.folder)))
    path = run.folder / "metrics.jsonl"
    path.write_text(path.read_text() + '{"epoch": 3, "train_lo')
    trainer.train(run, silent)
    assert list(run.metrics().epoch) == [1, 2, 3, 4]
