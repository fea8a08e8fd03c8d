"""Trainings in processes of their own: started, watched, stopped, gone on with."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from colorizer import jobs
from colorizer.datasets.dataset import Dataset
from colorizer.errors import InputError
from colorizer.runs import launcher
from colorizer.runs.store import Run, create_run, load_run
from colorizer.training.config import TrainingConfig
from colorizer.training.loop import train
from tests.training.helping import silent, tiny_config


def wait_until(true: Callable[[], bool], what: str) -> None:
    """Wait for another process, a minute at most."""
    end = time.monotonic() + 60
    while not true():
        assert time.monotonic() < end, f"waited in vain until {what}"
        time.sleep(0.05)


@pytest.fixture(autouse=True)
def _leave_no_process(home: Path) -> Iterator[None]:
    yield
    for folder in (home / "checkpoints").glob("*"):
        pid = jobs.read_status(folder).pid
        if pid and psutil.pid_exists(pid) and pid != psutil.Process().pid:
            psutil.Process(pid).kill()
    for child in jobs._children:
        child.wait(60)
    jobs.reap()


def test_a_training_runs_on_its_own_until_it_is_asked_to_stop(tiny: Dataset) -> None:
    run = launcher.start("mine", tiny_config("fc512", epochs=100_000))
    assert run.status().state in ("starting", "running")
    wait_until(lambda: len(run.metrics()) >= 2, "two epochs were trained")
    status = run.status()
    assert status.state == "running"
    assert status.pid != psutil.Process().pid
    assert run.best_weights.exists()

    with pytest.raises(InputError, match="running already"):
        launcher.resume(run)
    with pytest.raises(InputError, match="another process already"):
        train(run, silent)
    assert run.status().is_active

    launcher.stop(run)
    wait_until(lambda: run.status().state != "running", "it stopped")
    assert run.status().state == "stopped"
    assert run.state_file.exists()
    assert "Go on with --resume" in jobs.log_tail(run.folder)


def test_a_stopped_run_is_gone_on_with_to_its_end(tiny: Dataset) -> None:
    run = create_run("mine", tiny_config("fc512", epochs=2))
    train(run, lambda line: jobs.request_stop(run.folder))
    assert run.status().state == "stopped"
    launcher.resume(run)
    wait_until(lambda: not run.status().is_active, "it ended")
    assert run.status().state == "finished", jobs.log_tail(run.folder)
    assert list(run.metrics().epoch) == [1, 2]
    with pytest.raises(InputError, match="has finished all its 2 epochs"):
        launcher.resume(run)


def test_a_training_that_cannot_start_says_why() -> None:
    run = launcher.start("mine", TrainingConfig("fc512", "nowhere"))
    wait_until(lambda: not run.status().is_active, "it ended")
    assert run.status().state == "failed"
    assert "There is no dataset 'nowhere'" in run.status().message
    assert "Traceback" not in jobs.log_tail(run.folder)


def test_a_taken_name_starts_nothing(trained: Run) -> None:
    with pytest.raises(InputError, match="already"):
        launcher.start("trained", TrainingConfig())
    assert load_run("trained").status().state == "finished"
