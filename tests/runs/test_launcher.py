"""Trainings in processes of their own: started, watched, stopped, gone on with."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from colorizer import jobs
from colorizer.datasets.dataset import Dataset
from colorizer.errors import InputError
from colorizer.runs import launcher
from colorizer.runs.config import TrainingConfig
from colorizer.runs.store import Run, create_run, load_run
from colorizer.training.trainer import train
from tests.training.helpers import silent, tiny_config

ROOT = Path(__file__).resolve().parents[2]


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


def test_a_pause_and_a_resume_reach_the_process(tiny: Dataset) -> None:
    run = launcher.start("mine", tiny_config("fc512", epochs=100_000))
    wait_until(lambda: len(run.metrics()) >= 1, "an epoch was trained")
    pid = run.status().pid
    launcher.pause(run)
    wait_until(lambda: run.status().state == "paused", "it paused")
    paused_at = len(run.metrics())
    time.sleep(0.5)
    assert len(run.metrics()) == paused_at
    launcher.resume(run)
    wait_until(lambda: len(run.metrics()) > paused_at, "it went on")
    assert run.status().pid == pid
    launcher.pause(run)
    wait_until(lambda: run.status().state == "paused", "it paused again")
    launcher.stop(run)
    wait_until(lambda: run.status().state == "stopped", "it stopped out of its pause")


def test_a_stop_right_after_the_start_is_not_forgotten(tiny: Dataset) -> None:
    run = launcher.start("mine", tiny_config("fc512", epochs=100_000))
    launcher.stop(run)
    wait_until(lambda: not run.status().is_active, "it stopped")
    assert run.status().state == "stopped"


APP = """
import sys, time
from colorizer.runs import launcher
from colorizer.runs.config import TrainingConfig
run = launcher.start("mine", TrainingConfig("fc512", "tiny", epochs=100_000, batch_size=16, device="cpu"))
print(run.status().pid, flush=True)
time.sleep(600)
"""


@pytest.mark.parametrize("both", [False, True])
def test_a_killed_app_leaves_its_training_alone_and_the_truth_is_told(both: bool, tiny: Dataset) -> None:
    with subprocess.Popen([sys.executable, "-c", APP], cwd=ROOT, stdout=subprocess.PIPE, text=True) as app:
        assert app.stdout is not None
        trainer = psutil.Process(int(app.stdout.readline()))
        run = load_run("mine")
        wait_until(lambda: len(run.metrics()) >= 1, "an epoch was trained")
        app.kill()
    done = len(run.metrics())
    wait_until(lambda: len(run.metrics()) > done, "it went on without the app")
    assert run.status().state == "running"
    if both:
        trainer.kill()
        wait_until(lambda: run.status().state == "interrupted", "the kill was seen")
        done = len(run.metrics())
        launcher.resume(run)
        wait_until(lambda: len(run.metrics()) > done, "it was resumed")
        assert list(run.metrics().epoch) == list(range(1, len(run.metrics()) + 1))


STARTER = """
import sys
from colorizer.errors import InputError, UserError
from colorizer.runs import launcher
from colorizer.runs.store import load_run
from colorizer.runs.config import TrainingConfig
sys.stdin.readline()
try:
    if sys.argv[1] == "start":
        launcher.start("mine", TrainingConfig("fc512", "tiny", epochs=100_000, batch_size=16, device="cpu"))
    else:
        launcher.resume(load_run("mine"))
    print("won")
except UserError as error:
    print("lost:", error)
"""


@pytest.mark.parametrize("how", ["start", "resume"])
def test_of_two_starters_at_once_one_wins(how: str, tiny: Dataset, home: Path) -> None:
    if how == "resume":
        train(create_run("mine", tiny_config("fc512", epochs=100_000)), lambda line: jobs.request_stop(home_run(home)))
    command = [sys.executable, "-c", STARTER, how]
    starters = [
        subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(3)
    ]
    time.sleep(1)  # All have loaded what they need and wait.
    for starter in starters:
        assert starter.stdin is not None
        starter.stdin.write("now\n")
        starter.stdin.flush()
    said = [starter.communicate(timeout=60)[0] for starter in starters]
    assert sorted(line.split()[0].strip(":") for line in said) == ["lost", "lost", "won"], said
    assert load_run("mine").status().is_active


def home_run(home: Path) -> Path:
    return home / "checkpoints" / "mine"


def test_a_taken_name_starts_nothing(trained: Run) -> None:
    with pytest.raises(InputError, match="already"):
        launcher.start("trained", TrainingConfig())
    assert load_run("trained").status().state == "finished"
