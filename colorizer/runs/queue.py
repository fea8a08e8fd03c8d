"""The queue of runs: one run trains at a time, so that none slows another down.

The status of a run in the queue is `queued`, with its place. Any living process advances the queue: a run that ends
starts the next one, and so does an open page. They do so under one lock, so no run is started twice.

This module knows runs by their folders; `Run` has methods for everything here.
"""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import filelock

from colorizer import files, jobs, workspace
from colorizer.errors import InputError

_PLACE = "place"


@contextlib.contextmanager
def lock() -> Iterator[None]:
    """Keep other processes from starting, queuing, renaming, or deleting a run.

    Raises:
        InputError: another process has held the lock for long.
        OutputError: the folder of runs cannot be written.
    """
    folder = workspace.checkpoints_folder()
    guard = filelock.FileLock(folder / ".lock", timeout=20)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        guard.acquire()
    except filelock.Timeout:
        raise InputError("Another process is changing the queue: try again in a minute.") from None
    except OSError as error:
        raise files.write_error(folder, error) from None
    try:
        yield
    finally:
        guard.release()


def active() -> list[Path]:
    """Return the runs that have a process now; a paused one counts, because it will continue."""
    return [folder for folder, status in _statuses() if status.is_active]


def waiting() -> list[Path]:
    """Return the runs in the queue, the next one first."""
    places = [(_place(status), folder) for folder, status in _statuses() if status.state == "queued"]
    return [folder for _, folder in sorted(places)]


def add(run: Path) -> None:
    """Put a run at the end of the queue, and start it if no other is before it.

    Raises:
        InputError: it is running or queued already.
        OutputError: its folder cannot be written.
    """
    with lock():
        status = jobs.read_status(run)
        if status.is_active:
            raise InputError(f"The run {run.name!r} is already running.")
        if status.state == "queued":
            raise InputError(f"The run {run.name!r} is already in the queue.")
        places = [_place(other) for _, other in _statuses() if other.state == "queued"]
        _write_place(run, max(places, default=0.0) + 1)
        _start_next()


def advance() -> None:
    """Start the next run if none is active. Cheap if there is nothing to do; never fails."""
    if waiting() and not active():
        # Another process is doing it, or nothing can be written here; then no run can be started either.
        with contextlib.suppress(OSError, InputError), lock():
            _start_next()


def move(run: Path, places: int) -> None:
    """Swap a queued run with its neighbor before (-1) or after (+1) it.

    Raises:
        InputError: it is not queued.
    """
    with lock():
        queue = waiting()
        position = _position(queue, run)
        if 0 <= position + places < len(queue):
            other = queue[position + places]
            place, other_place = _place(jobs.read_status(run)), _place(jobs.read_status(other))
            _write_place(run, other_place)
            _write_place(other, place)


def move_first(run: Path) -> None:
    """Move a queued run to the front.

    Raises:
        InputError: it is not queued.
    """
    with lock():
        queue = waiting()
        if _position(queue, run) > 0:
            _write_place(run, _place(jobs.read_status(queue[0])) - 1)


def remove(run: Path) -> None:
    """Take a run out of the queue; its files are kept.

    Raises:
        InputError: it is not queued.
    """
    with lock():
        _position(waiting(), run)
        progress = {key: value for key, value in jobs.read_status(run).progress.items() if key != _PLACE}
        jobs.write_status(run, "stopped", "Removed from the queue.", progress)


def _position(queue: list[Path], run: Path) -> int:
    if run not in queue:
        raise InputError(f"The run {run.name!r} is not in the queue.")
    return queue.index(run)


def _start_next() -> None:
    queue = waiting()
    if queue and not active():
        jobs.launch(queue[0], ["runs", "train", queue[0].name])


def _place(status: jobs.Status) -> float:
    place = status.progress.get(_PLACE)
    return float(place) if isinstance(place, int | float) else 0.0


def _write_place(run: Path, place: float) -> None:
    jobs.write_status(run, "queued", progress={**jobs.read_status(run).progress, _PLACE: place})


def _statuses() -> list[tuple[Path, jobs.Status]]:
    folders = [path.parent for path in workspace.checkpoints_folder().glob("[!.]*/config.json")]
    return [(folder, jobs.read_status(folder)) for folder in folders]
