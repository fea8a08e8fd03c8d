"""Evaluate runs in a background process, which outlives the page that started it. There is one job per dataset."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from colorizer import files, jobs, workspace
from colorizer.errors import StoppedError, UserError
from colorizer.evaluation.evaluate import ProgressCallback
from colorizer.runs import Run

_WRITE_SECONDS = 0.5


def job_folder(dataset_name: str) -> Path:
    """Return the folder of the job that evaluates runs on a dataset.

    Raises:
        InputError: `dataset_name` cannot name a dataset.
    """
    name = workspace.validate_name(dataset_name, "dataset")
    return workspace.data_folder() / ".cache" / "evaluation-jobs" / name


def start_evaluation(runs: Sequence[Run], dataset_name: str) -> None:
    """Evaluate runs on the test split of a dataset in a new process, unless one is already running for this dataset.

    Raises:
        OutputError: the folder of the job cannot be written.
    """
    folder = job_folder(dataset_name)
    if not jobs.read_status(folder).is_active:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            jobs.launch(folder, ["evaluate", *(run.name for run in runs), "--dataset", dataset_name, "--job"])
        except OSError as error:
            raise files.write_error(folder, error) from None


def evaluation_status(dataset_name: str) -> jobs.Status | None:
    """Return the state of the job, with `run` and `fraction` in its progress; None if there never was one."""
    folder = job_folder(dataset_name)
    return jobs.read_status(folder) if folder.is_dir() else None


def cancel_evaluation(dataset_name: str) -> None:
    """Ask the job to stop. The runs that it has finished stay evaluated."""
    jobs.request_stop(job_folder(dataset_name))


@contextmanager
def reporting(dataset_name: str) -> Iterator[ProgressCallback]:
    """Report the progress of this process as the job of a dataset.

    Yields:
        What to call with the progress. It raises StoppedError once the job has been asked to stop.
    """
    folder, written = job_folder(dataset_name), 0.0

    def on_progress(name: str, fraction: float) -> None:
        nonlocal written
        if jobs.stop_requested(folder):
            raise StoppedError("The evaluation was canceled.")
        if time.monotonic() - written > _WRITE_SECONDS:
            written = time.monotonic()
            jobs.write_status(folder, "running", progress={"run": name, "fraction": fraction})

    folder.mkdir(parents=True, exist_ok=True)
    with jobs.heartbeat(folder):
        jobs.write_status(folder, "running")
        try:
            yield on_progress
        except StoppedError:
            jobs.write_status(folder, "stopped")
            raise
        except UserError as error:
            jobs.write_status(folder, "failed", str(error))
            raise
        except BaseException as error:
            jobs.write_status(folder, "failed", f"An unexpected error: {error!r}.")
            raise
        jobs.write_status(folder, "finished")
