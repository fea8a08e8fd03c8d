"""The folder of an unfinished dataset: `data/.<name>.building`, whose `dataset/` becomes `data/<name>`.

    request.json      the configuration
    status.json       state and progress (with stop and log.txt, see `jobs`)
    uploads/          archives that were uploaded on the page
    staged/<number>/  what was unpacked or downloaded of a source
    plan.sqlite       every file, and what was decided about it
    dataset/          what will be renamed to `data/<name>`

A lock file beside it belongs to the process that writes to the folder. An interruption leaves the folder as it is,
and the next preparation with the same request resumes it. A source that cannot be used, a full disk or a request to
discard it empties it.
"""

import contextlib
import os
import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import filelock

from colorizer import files, jobs, workspace
from colorizer.datasets.prepare.config import PrepareConfig
from colorizer.datasets.prepare.workers import WorkerLostError
from colorizer.datasets.sources.base import OnProgress
from colorizer.errors import InputError, StoppedError, UserError

_SUFFIX = ".building"
_REQUEST, _DISCARD = "request.json", "discard"
_FAILURE_FILES = (_REQUEST, "status.json", jobs.LOG)
_REPORT_SECONDS = 0.5


def workdir(name: str) -> Path:
    """Return where a dataset is made."""
    return workspace.data_folder() / f".{workspace.validate_name(name, 'dataset')}{_SUFFIX}"


def unfinished_names() -> list[str]:
    """Return the names of all unfinished datasets, sorted. Remains of killed processes are deleted first."""
    remove_leftovers()
    return sorted(filter(_can_resume, _folder_names()))


def read_request(name: str) -> PrepareConfig:
    """Return the configuration of an unfinished dataset.

    Raises:
        InputError: there is none of that name.
    """
    try:
        return PrepareConfig.from_json(files.read_json(workdir(name) / _REQUEST))
    except (OSError, ValueError, LookupError, TypeError):
        raise InputError(f"There is no unfinished dataset {name!r} to resume: name its sources to make it.") from None


def write_request(name: str, config: PrepareConfig) -> None:
    """Save the configuration of an unfinished dataset."""
    files.write_json(workdir(name) / _REQUEST, config.to_json())


def request_discard(name: str) -> None:
    """Delete an unfinished dataset; if it is being prepared, its process stops and deletes it."""
    folder = workdir(name)
    if not folder.is_dir():
        return
    (folder / _DISCARD).touch()
    jobs.request_stop(folder)
    if not jobs.read_status(folder).is_active:
        shutil.rmtree(folder, ignore_errors=True)


def remove_leftovers() -> None:
    """Delete what killed processes have left in the data folder and nobody can resume."""
    files.remove_abandoned(workspace.data_folder())
    for name in _folder_names():
        if not _can_resume(name) or (workspace.data_folder() / name).exists():
            with contextlib.suppress(UserError, OSError), lock(name):
                shutil.rmtree(workdir(name), ignore_errors=True)
    for path in workspace.data_folder().glob(f".[!.]*{_SUFFIX}.lock"):
        if not path.with_suffix("").exists():
            with contextlib.suppress(UserError, OSError), lock(path.name[1 : -len(f"{_SUFFIX}.lock")]):
                pass  # Leaving it deletes the file.


def _folder_names() -> list[str]:
    folders = workspace.data_folder().glob(f".[!.]*{_SUFFIX}")
    return [folder.name[1 : -len(_SUFFIX)] for folder in folders]


def _can_resume(name: str) -> bool:
    try:
        read_request(name)
    except UserError:
        return False
    return not (workdir(name) / _DISCARD).exists()


@contextmanager
def lock(name: str) -> Iterator[None]:
    """Hold the right to write to an unfinished dataset; the system releases it if the process is killed.

    Raises:
        InputError: another process holds it.
        OSError: the lock file cannot be written.
    """
    path = workdir(name).with_name(f"{workdir(name).name}.lock")
    path.parent.mkdir(parents=True, exist_ok=True)
    held = filelock.FileLock(path)
    try:
        held.acquire(blocking=False)
    except filelock.Timeout:
        raise InputError(f"The dataset {name!r} is already being prepared: wait until it is finished.") from None
    try:
        yield
    finally:
        if os.name != "nt":  # While it is held, so that nobody else can have locked this file.
            path.unlink(missing_ok=True)
        held.release()
        with contextlib.suppress(OSError):
            if os.name == "nt":
                path.unlink(missing_ok=True)


@contextmanager
def open_workdir(config: PrepareConfig, *, keep_failure: bool) -> Iterator[Path]:
    """Yield the folder in which to make a dataset; on a clean exit its `dataset/` becomes the dataset.

    Args:
        config: of the dataset.
        keep_failure: after a failure keep the status with its reason, for the pages to show.

    Raises:
        InputError: the dataset exists, or is being prepared already.
        OutputError: nothing can be written.
    """
    target, folder = workspace.data_folder() / config.name, workdir(config.name)
    remove_leftovers()
    try:
        with lock(config.name), _clean_up(folder, keep_failure):
            try:
                _prepare_folder(folder, target, config)
                with jobs.heartbeat(folder):
                    yield folder
                (folder / "dataset").rename(target)
            except sqlite3.Error as error:
                raise OSError(str(error)) from None
            shutil.rmtree(folder, ignore_errors=True)
    except OSError as error:
        raise files.write_error(f"The dataset {config.name!r}", error) from None


def _prepare_folder(folder: Path, target: Path, config: PrepareConfig) -> None:
    if target.exists():
        raise InputError(
            f"There is already a dataset {config.name!r}: choose another name or delete {target}.", setting="name"
        )
    try:
        is_same = read_request(config.name) == config
    except UserError:
        is_same = False
    if not is_same:
        shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(exist_ok=True)
    if not is_same:
        write_request(config.name, config)
    if jobs.read_status(folder).pid != os.getpid():  # Otherwise it was launched, and the stop request is a new one.
        jobs.clear_stop(folder)
    jobs.write_status(folder, "running")


@contextmanager
def _clean_up(folder: Path, keep_failure: bool) -> Iterator[None]:
    """After an interruption keep the folder, after a failure empty it."""
    try:
        yield
    except (StoppedError, WorkerLostError, KeyboardInterrupt) as error:
        if (folder / _DISCARD).exists():
            shutil.rmtree(folder, ignore_errors=True)
        else:
            with contextlib.suppress(OSError):
                state = "failed" if isinstance(error, WorkerLostError) else "stopped"
                jobs.write_status(folder, state, str(error), jobs.read_status(folder).progress)
        raise
    except (UserError, OSError) as error:
        for path in list(folder.iterdir()) if folder.is_dir() else []:
            if not (keep_failure and path.name in _FAILURE_FILES):
                shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            if keep_failure:
                message = files.write_error(folder.name, error) if isinstance(error, OSError) else error
                jobs.write_status(folder, "failed", str(message))
            else:
                folder.rmdir()
        raise


class ProgressReporter:
    """Writes the progress of a preparation to its status and notices requests to stop."""

    def __init__(self, folder: Path, on_progress: OnProgress, remaining: dict[str, float]) -> None:
        """
        Args:
            folder: of the unfinished dataset.
            on_progress: also called.
            remaining: for the long tasks, how long everything after a task takes relative to the task itself.
        """
        self._folder = folder
        self._on_progress = on_progress
        self._remaining = remaining
        self._task = ""
        self._started = self._reported = 0.0
        self._first = 0

    def __call__(self, task: str, done: int, total: int) -> None:
        """Report progress.

        Raises:
            StoppedError: somebody asked the preparation to stop.
        """
        now = time.monotonic()
        if task != self._task:
            self._task, self._started, self._first, self._reported = task, now, done, 0.0
        self._on_progress(task, done, total)
        if now - self._reported < _REPORT_SECONDS:
            return
        self._reported = now
        if jobs.stop_requested(self._folder):
            raise StoppedError("The preparation was stopped. Its progress is saved: prepare it again to resume.")
        fraction, left = self._estimate(done, total, now)
        jobs.write_status(
            self._folder, "running",
            progress={"task": task, "done": done, "total": total, "fraction": fraction, "seconds_left": left},
        )  # fmt: skip

    def _estimate(self, done: int, total: int, now: float) -> tuple[float, float | None]:
        """Return the fraction of all work that is done, and the seconds that the rest takes."""
        if not total:
            return 0.0, None
        after = self._remaining.get(self._task)
        fraction = done / total
        seconds = (now - self._started) / (done - self._first) if done > self._first else None
        if after is None:
            return fraction, None if seconds is None else seconds * (total - done)
        left = None if seconds is None else seconds * (total - done + after * total)
        if after:
            return fraction / (1 + after), left
        before = max(self._remaining.values())
        return (1 + before * fraction) / (1 + before), left
