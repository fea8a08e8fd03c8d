"""Start and stop trainings in processes of their own."""

from colorizer import jobs
from colorizer.errors import InputError
from colorizer.runs.store import Run, create_run
from colorizer.training.config import TrainingConfig


def start(name: str, config: TrainingConfig) -> Run:
    """Create a run and train it in a new process.

    Raises:
        InputError: the name is taken or cannot be a folder.
    """
    run = create_run(name, config)
    jobs.launch(run.folder, ["train", "--run", name, "--resume"])
    return run


def resume(run: Run) -> None:
    """Go on with a run from its last checkpoint, in a new process.

    Raises:
        InputError: it is running, or has finished.
    """
    status = run.status()
    if status.is_active:
        raise InputError(f"The run {run.name!r} is running already.")
    if status.state == "finished":
        raise InputError(f"The run {run.name!r} has finished all its {run.config.epochs} epochs.")
    jobs.launch(run.folder, ["train", "--run", run.name, "--resume"])


def stop(run: Run) -> None:
    """Ask a running training to save its state and end; it does so within a second or two."""
    jobs.request_stop(run.folder)
