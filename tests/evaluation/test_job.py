"""Evaluations in a background process."""

from contextlib import suppress

import psutil
import pytest

from colorizer import jobs
from colorizer.datasets.dataset import Dataset
from colorizer.errors import InputError, StoppedError
from colorizer.evaluation import evaluate_runs, known_metrics
from colorizer.evaluation.job import cancel_evaluation, evaluation_status, job_folder, reporting, start_evaluation
from colorizer.runs import Run
from tests.waiting import PATIENCE, wait_until


def status_of_job() -> jobs.Status:
    status = evaluation_status("tiny")
    assert status
    return status


def test_background_process_fills_the_cache(trained: Run, tiny: Dataset) -> None:
    assert evaluation_status("tiny") is None
    start_evaluation([trained], "tiny")
    started = status_of_job()
    assert started.is_active
    start_evaluation([trained], "tiny")
    assert status_of_job().pid == started.pid, "one process per dataset"
    wait_until(lambda: not status_of_job().is_active, "it ended")
    assert status_of_job().state == "finished"
    with suppress(psutil.NoSuchProcess):
        psutil.Process(started.pid).wait(PATIENCE)
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
    assert status_of_job().state == "stopped"
    assert known_metrics([trained], "tiny") == []


@pytest.mark.parametrize(("error", "message"), [(InputError("Bad weights."), "Bad weights."), (OSError(5), "OSError")])
def test_failure_is_reported(error: Exception, message: str) -> None:
    with pytest.raises(type(error)), reporting("tiny"):
        raise error
    assert status_of_job().state == "failed"
    assert message in status_of_job().message


def test_job_folder_rejects_paths() -> None:
    with pytest.raises(InputError):
        job_folder("../elsewhere")
