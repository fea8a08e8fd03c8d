"""Start, pause and stop trainings in processes of their own."""

import dataclasses

from colorizer import files, jobs
from colorizer.errors import InputError
from colorizer.runs import queue
from colorizer.runs.config import TrainingConfig
from colorizer.runs.store import Run, create_run, load_run, starting_lock


def start(name: str, config: TrainingConfig) -> Run:
    """Create a run and train it in a new process, now or when the runs before it have ended.

    Raises:
        InputError: the name is taken or cannot be a folder.
    """
    run = create_run(name, config)
    queue.enqueue(run)
    return run


def resume(run: Run) -> None:
    """Go on with a run: at once if it pauses, else from its last checkpoint in a new process when it is its turn.

    Raises:
        InputError: it is running or waiting already, or has finished.
    """
    status = run.status()
    if status.state == "paused" and status.is_active:
        jobs.clear_pause(run.folder)
        return
    if run.is_finished():
        raise InputError(
            f"The run {run.name!r} has finished all its {run.config.epochs} epochs: it can go on for more epochs."
        )
    queue.enqueue(run)


def pause(run: Run) -> None:
    """Ask a running training to save its state and wait; it keeps its process and its turn."""
    jobs.request_pause(run.folder)


def stop(run: Run) -> None:
    """Ask a running training to save its state and end; it does so within a second or two."""
    jobs.request_stop(run.folder)


def extend(run: Run, epochs: int) -> Run:
    """Raise the number of epochs of a run that is not at work. Its learning rate gets a new cycle if it had finished.

    Args:
        run: the run.
        epochs: its epochs in all, from the first.

    Raises:
        InputError: that is no more than it has, it is at work, or its state is not here to go on from.
    """
    if epochs <= run.config.epochs:
        raise InputError(f"The run {run.name!r} has {run.config.epochs} epochs: ask for more than that.")
    if not run.state_file.exists():
        raise InputError(
            f"The run {run.name!r} came without the state that is needed to go on: start a new run with its settings."
        )
    with starting_lock():
        if run.status().is_active:
            raise InputError(f"The run {run.name!r} is running: stop it first, or wait for its end.")
        config = dataclasses.replace(run.config, epochs=epochs)
        files.write_json(run.folder / "config.json", dataclasses.asdict(config))
    return load_run(run.name)
