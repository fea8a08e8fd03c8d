"""Runs that wait for their turn: one training at a time, so that none slows another.

A waiting run's status says `queued`, with its place. Whoever is alive moves the queue on: a training that ends
starts the next, and so does an open page. Both do it under one lock, so no run is started twice.
"""

import time

import filelock

from colorizer import jobs
from colorizer.errors import InputError, UserError
from colorizer.runs.store import Run, load_run, run_names, starting_lock

_PLACE = "place"


def runs_at_work() -> list[Run]:
    """Runs with a process of their own now; a paused one counts, for it will want to go on."""
    return [run for run in _readable_runs() if run.status().is_active]


def waiting() -> list[Run]:
    """Runs that wait, the next one first."""
    places = [(status.progress.get(_PLACE, 0.0), run.name, run) for run in _readable_runs()
              if (status := run.status()).state == "queued"]  # fmt: skip
    return [run for _, _, run in sorted(places, key=lambda place: place[:2])]


def enqueue(run: Run) -> None:
    """Start a run, now or when those before it have ended.

    Raises:
        InputError: it is running or waiting already.
    """
    with starting_lock():
        status = run.status()
        if status.is_active:
            raise InputError(f"The run {run.name!r} is running already.")
        if status.state == "queued":
            raise InputError(f"The run {run.name!r} is waiting for its turn already.")
        _write_place(run, time.time())
        _start_next()


def advance() -> None:
    """Start the next run if none is at work. Cheap if there is nothing to do; never fails."""
    if waiting() and not runs_at_work():
        try:
            with starting_lock():
                _start_next()
        except (OSError, filelock.Timeout):
            return  # Somebody else is at it, or nothing can be written here; then nothing can be started either.


def move(run: Run, places: int) -> None:
    """Let a waiting run go before (-1) or after (+1) its neighbor.

    Raises:
        InputError: it is not waiting any more.
    """
    with starting_lock():
        queue = waiting()
        here = _position(queue, run)
        there = here + places
        if 0 <= there < len(queue):
            other = queue[there]
            mine, theirs = (entry.status().progress.get(_PLACE, 0.0) for entry in (run, other))
            _write_place(run, theirs)
            _write_place(other, mine)


def move_first(run: Run) -> None:
    """Let a waiting run be the next.

    Raises:
        InputError: it is not waiting any more.
    """
    with starting_lock():
        queue = waiting()
        if _position(queue, run) > 0:
            _write_place(run, queue[0].status().progress.get(_PLACE, 0.0) - 1)


def cancel(run: Run) -> None:
    """Take a waiting run out of the queue; what it has is kept.

    Raises:
        InputError: it is not waiting any more.
    """
    with starting_lock():
        _position(waiting(), run)
        progress = {key: value for key, value in run.status().progress.items() if key != _PLACE}
        jobs.write_status(run.folder, "stopped", "Taken out of the queue.", progress)


def _position(queue: list[Run], run: Run) -> int:
    names = [entry.name for entry in queue]
    if run.name not in names:
        raise InputError(f"The run {run.name!r} does not wait any more.")
    return names.index(run.name)


def _start_next() -> None:
    queue = waiting()
    if queue and not runs_at_work():
        jobs.launch(queue[0].folder, ["train", "--run", queue[0].name, "--resume"])


def _write_place(run: Run, place: float) -> None:
    jobs.write_status(run.folder, "queued", progress={**run.status().progress, _PLACE: place})


def _readable_runs() -> list[Run]:
    runs = []
    for name in run_names():
        try:
            runs.append(load_run(name))
        except UserError:
            continue
    return runs
