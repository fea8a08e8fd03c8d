"""Evaluations in a background process."""

import time
from collections.abc import Callable
from contextlib import suppress

import psutil
import pytest

from colorizer import jobs
from colorizer.datasets.dataset import Dataset
from colorizer.errors import InputError, StoppedError
from colorizer.evaluation import evaluate_runs, known_metrics
from colorizer.evaluation.job import cancel_evaluation, evaluation_status, job_folder, reporting, start_evaluation
from colorizer.runs import Run


def wait(is_done: Callable[[jobs.Status], bool]) -> jobs.Status:
    for _ in range(1200):
        status = evaluation_status("tiny")
        assert status
        if is_done(status):
            return status
        time.sleep(0.1)
    raise AssertionError(status)


def test_background_process_fills_the_cache(trained: Run, tiny: Dataset) -> None:
    assert evaluation_status("tiny") is None
    start_evaluation([trained], "tiny")
    started = evaluation_status("tiny")
    assert started
    assert started.is_active
    start_evaluation([trained], "tiny")
    again = evaluation_status("tiny")
    assert again
    assert again.pid == started.pid, "one process per dataset"
    assert wait(lambda status: not status.is_active).state == "finished"
    with suppress(psutil.NoSuchProcess):
        psutil.Process(started.pid).wait(60)
    jobs.reap()
    assert [row["run"] for row in known_metrics([trained], "tiny")] == ["gray", "trained"]


@pytest.mark.usefixtures("brief")
def test_cancel_stops_at_the_next_chunk(trained: Run, tiny: Dataset) -> None:
    def cancel(tiny: Dataset) -> None:
        with reporting("tiny") as on_progress:
            cancel_evaluation("tiny")
            evaluate_runs([trained], tiny, on_progress=on_progress)

    with pytest.raises(StoppedError):
        cancel(tiny)
    status = evaluation_status("tiny")
    assert status
    assert status.state == "stopped"
    assert known_metrics([trained], "tiny") == []


@pytest.mark.parametrize(("error", "message"), [(InputError("Bad weights."), "Bad weights."), (OSError(5), "OSError")])
def test_failure_is_reported(error: Exception, message: str) -> None:
    with pytest.raises(type(error)), reporting("tiny"):
        raise error
    status = evaluation_status("tiny")
    assert status
    assert status.state == "failed"
    assert message in status.message


def test_job_folder_rejects_paths() -> None:
    with pytest.raises(InputError):
        job_folder("../elsewhere")
