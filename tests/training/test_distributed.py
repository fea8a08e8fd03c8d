"""Two processes under torchrun train what one process trains."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import psutil
import pytest
from safetensors.numpy import load_file

from colorizer import jobs
from colorizer.datasets.dataset import Dataset
from colorizer.runs import Run, load_run
from colorizer.training import trainer
from tests.training.helpers import silent, tiny_config
from tests.waiting import PATIENCE

ROOT = Path(__file__).resolve().parents[2]
TOLERANCE = {"fc512": 1e-6, "unet": 1e-3}
SETTINGS = {"epochs": 3, "learning_rate": 1e-3}


def torchrun(name: str, *flags: str) -> subprocess.CompletedProcess[str]:
    """Run `train` in two processes."""
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
    command += ["-m", "colorizer", "train", "--name", name, "--resume", *flags]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE, check=False)


def weights(run: Run) -> dict[str, np.ndarray]:
    with_optimizer = load_file(run.state_file)
    return {name: values for name, values in with_optimizer.items() if name.startswith("model.")}


@pytest.mark.parametrize(("architecture", "batch"), [("unet", 16), ("fc512", 47)])
def test_two_processes_equal_one_up_to_rounding(architecture: str, batch: int, tiny: Dataset) -> None:
    # With 48 images in batches of 47 the last batch has one, so one process has none.
    config = tiny_config(architecture, batch_size=batch, bf16=False, **SETTINGS)
    one, two = Run.create("one", config), Run.create("two", config)
    trainer.train(one, silent)
    result = torchrun("two")
    assert result.returncode == 0, result.stderr
    assert two.status().state == "finished"
    assert [line.split()[1] for line in result.stdout.splitlines() if line.startswith("epoch")] == [
        "1/3",
        "2/3",
        "3/3",
    ], "only rank 0 logs"
    assert list(two.metrics().epoch) == [1, 2, 3]
    for name in ("train_loss", "test_loss"):
        assert list(two.metrics()[name]) == pytest.approx(list(one.metrics()[name]), rel=1e-4)
    ours, theirs = weights(one), weights(two)
    assert ours.keys() == theirs.keys()
    for name, values in ours.items():
        difference = np.abs(theirs[name].astype(np.float64) - values)
        # Without batch normalization every weight agrees. With it, sums of thousands of values are rounded differently,
        # and Adam takes a full step even for a gradient near zero, so a few weights differ more: compare the mean.
        assert (difference.max() if architecture == "fc512" else difference.mean()) < TOLERANCE[architecture], name


def test_finished_run_is_left_alone_by_all_processes(trained: Run) -> None:
    before = trained.state_file.read_bytes()
    result = torchrun("trained")
    assert result.returncode == 0, result.stderr
    assert "has already finished all of its 1 epochs" in result.stdout
    assert trained.state_file.read_bytes() == before


def test_stop_reaches_all_processes_and_one_process_resumes(tiny: Dataset) -> None:
    run = Run.create("r", tiny_config("fc512", epochs=100_000))
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
    command += ["-m", "colorizer", "train", "--name", "r", "--resume"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        assert any(line.startswith("epoch 1/") for line in process.stdout)
        jobs.request_stop(run.folder)
        rest = process.stdout.read()
        assert process.wait(PATIENCE) == 0
    assert "Progress is saved" in rest
    assert run.status().state == "stopped"
    done = len(run.metrics())
    assert done >= 1
    trainer.train(load_run("r"), lambda line: jobs.request_stop(run.folder))
    assert list(run.metrics().epoch) == list(range(1, len(run.metrics()) + 1))
    assert len(run.metrics()) > done


def test_killed_rank_is_reported_in_a_sentence(tiny: Dataset) -> None:
    run = Run.create("r", tiny_config("fc512", epochs=100_000))
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
    command += ["-m", "colorizer", "train", "--name", "r", "--resume"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert any(line.startswith("epoch 1/") for line in process.stdout)
        [other] = [
            child
            for child in psutil.Process(process.pid).children(recursive=True)
            if child.environ().get("RANK") == "1" and "colorizer" in child.cmdline()
        ]
        other.kill()
        _, errors = process.communicate(timeout=PATIENCE)
    assert process.returncode != 0
    status = run.status()
    assert status.state == "failed", errors
    assert "Another process of this training ended unexpectedly" in status.message
    assert "error: Another process of this training" in errors
