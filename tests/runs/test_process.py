"""Trainings in processes of their own: start, pause, resume, stop, kill."""

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from colorizer import jobs
from colorizer.datasets.dataset import Dataset
from colorizer.errors import InputError
from colorizer.runs import Run, load_run
from colorizer.runs.config import TrainingConfig
from colorizer.training.trainer import train
from tests.training.helpers import silent, tiny_config
from tests.waiting import PATIENCE, wait_until

ROOT = Path(__file__).resolve().parents[2]


def started(name: str, config: TrainingConfig) -> Run:
    """Create a run and start it."""
    run = Run.create(name, config)
    run.start()
    return run


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


def test_training_runs_in_background_until_stopped(tiny: Dataset) -> None:
    run = started("mine", tiny_config("fc512", epochs=100_000))
    assert run.status().state in ("starting", "running")
    wait_until(lambda: len(run.metrics()) >= 2, "two epochs were trained")
    status = run.status()
    assert status.state == "running"
    assert status.pid != psutil.Process().pid
    assert run.best_weights.exists()

    with pytest.raises(InputError, match="already running"):
        run.resume()
    with pytest.raises(InputError, match="already being trained by another process"):
        train(run, silent)
    assert run.status().is_active

    run.stop()
    wait_until(lambda: run.status().state != "running", "it stopped")
    assert run.status().state == "stopped"
    assert run.state_file.exists()
    assert "continue with --resume" in jobs.log_tail(run.folder)


def test_stopped_run_resumes_to_its_end(tiny: Dataset) -> None:
    run = Run.create("mine", tiny_config("fc512", epochs=2))
    train(run, lambda line: jobs.request_stop(run.folder))
    assert run.status().state == "stopped"
    run.resume()
    wait_until(lambda: not run.status().is_active, "it ended")
    assert run.status().state == "finished", jobs.log_tail(run.folder)
    assert list(run.metrics().epoch) == [1, 2]
    with pytest.raises(InputError, match="has finished all of its 2 epochs"):
        run.resume()


def test_training_that_cannot_start_gives_the_reason() -> None:
    run = started("mine", TrainingConfig("fc512", "nowhere"))
    wait_until(lambda: not run.status().is_active, "it ended")
    assert run.status().state == "failed"
    assert "There is no dataset 'nowhere'" in run.status().message
    assert "Traceback" not in jobs.log_tail(run.folder)


def test_pause_and_resume_keep_the_process(tiny: Dataset) -> None:
    run = started("mine", tiny_config("fc512", epochs=100_000))
    wait_until(lambda: len(run.metrics()) >= 1, "an epoch was trained")
    pid = run.status().pid
    run.pause()
    wait_until(lambda: run.status().state == "paused", "it paused")
    paused_at = len(run.metrics())
    time.sleep(0.5)
    assert len(run.metrics()) == paused_at
    run.resume()
    wait_until(lambda: len(run.metrics()) > paused_at, "it went on")
    assert run.status().pid == pid
    run.pause()
    wait_until(lambda: run.status().state == "paused", "it paused again")
    run.stop()
    wait_until(lambda: run.status().state == "stopped", "it stopped out of its pause")


def test_stop_right_after_start(tiny: Dataset) -> None:
    run = started("mine", tiny_config("fc512", epochs=100_000))
    run.stop()
    wait_until(lambda: not run.status().is_active, "it stopped")
    assert run.status().state == "stopped"


APP = """
import sys, time
from colorizer.runs import Run, TrainingConfig
run = Run.create("mine", TrainingConfig("fc512", "tiny", epochs=100_000, batch_size=16, device="cpu"))
run.start()
print(run.status().pid, flush=True)
time.sleep(600)
"""


@pytest.mark.parametrize("both", [False, True])
def test_training_survives_a_killed_app_and_its_own_kill_is_noticed(both: bool, tiny: Dataset) -> None:
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
        run.resume()
        wait_until(lambda: len(run.metrics()) > done, "it was resumed")
        assert list(run.metrics().epoch) == list(range(1, len(run.metrics()) + 1))


STARTER = """
import sys
from colorizer.errors import UserError
from colorizer.runs import Run, TrainingConfig, load_run
print("ready", flush=True)
sys.stdin.readline()
try:
    if sys.argv[1] == "start":
        Run.create("mine", TrainingConfig("fc512", "tiny", epochs=100_000, batch_size=16, device="cpu")).start()
    else:
        load_run("mine").resume()
    print("won")
except UserError as error:
    print("lost:", error)
"""


@pytest.mark.parametrize("how", ["start", "resume"])
def test_concurrent_starts_start_one_process(how: str, tiny: Dataset, home: Path) -> None:
    if how == "resume":
        train(Run.create("mine", tiny_config("fc512", epochs=100_000)), lambda line: jobs.request_stop(home_run(home)))
    command = [sys.executable, "-c", STARTER, how]
    starters = [
        subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(3)
    ]
    for starter in starters:
        assert starter.stdout is not None
        assert starter.stdout.readline() == "ready\n"
    for starter in starters:
        assert starter.stdin is not None
        starter.stdin.write("now\n")
        starter.stdin.flush()
    said = [starter.communicate(timeout=PATIENCE)[0] for starter in starters]
    assert sorted(line.split()[0].strip(":") for line in said) == ["lost", "lost", "won"], said
    assert load_run("mine").status().is_active


def home_run(home: Path) -> Path:
    return home / "checkpoints" / "mine"


def test_taken_name_starts_nothing(trained: Run) -> None:
    with pytest.raises(InputError, match="already"):
        started("trained", TrainingConfig())
    assert load_run("trained").status().state == "finished"
