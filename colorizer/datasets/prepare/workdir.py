"""The folder of a half-made dataset: `data/.<name>.building`, which becomes `data/<name>` or nothing.

    request.json      what it is to become
    status.json       how far it is (with stop and log.txt, see `jobs`)
    uploads/          archives that were dropped on the page
    staged/<number>/  what a source had to unpack or fetch
    plan.sqlite       every file, and what became of it
    dataset/          what will be renamed to `data/<name>`

An interruption leaves it as it is, and the next preparation with the same request goes on there. A source that
cannot be used, a full disk or a wish to discard it empties it.
"""

import contextlib
import json
import os
import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import filelock

from colorizer import files, jobs, workspace
from colorizer.datasets.prepare.config import PrepareConfig, from_json, to_json
from colorizer.datasets.prepare.workers import WorkerLostError
from colorizer.datasets.sources.base import Progress
from colorizer.errors import InputError, UserError

_REQUEST, _DISCARD = "request.json", "discard"
_NOTES = (_REQUEST, "status.json", jobs.LOG)
_TELL_SECONDS = 0.5


class StoppedError(UserError):
    """Somebody asked the preparation to stop. What was done is kept."""


@dataclass(frozen=True)
class Preparation:
    """A dataset in the making, or one whose making ended before its time."""

    name: str
    folder: Path
    config: PrepareConfig

    def status(self) -> jobs.Status:
        """How it is now."""
        return jobs.read_status(self.folder)


def workdir(name: str) -> Path:
    """Where a dataset is made."""
    return workspace.data_folder() / f".{workspace.validate_name(name, 'dataset')}.building"


def preparations() -> list[Preparation]:
    """All datasets in the making, by name."""
    found = []
    for folder in sorted(workspace.data_folder().glob(".*.building")):
        with contextlib.suppress(UserError):
            found.append(load_preparation(folder.name[1 : -len(".building")]))
    return found


def load_preparation(name: str) -> Preparation:
    """A dataset in the making.

    Raises:
        InputError: there is none of that name.
    """
    folder = workdir(name)
    try:
        return Preparation(name, folder, from_json(json.loads((folder / _REQUEST).read_text(encoding="utf-8"))))
    except (OSError, ValueError, KeyError, TypeError, UserError):
        raise InputError(
            f"There is no half-made dataset {name!r} to go on with: name its sources to make it."
        ) from None


def write_request(folder: Path, config: PrepareConfig) -> None:
    """Say what the dataset in a folder is to become."""
    files.write_json(folder / _REQUEST, to_json(config))


def discard(name: str) -> None:
    """Delete a half-made dataset; one at work ends first and then deletes itself."""
    folder = workdir(name)
    if not folder.is_dir():
        return
    (folder / _DISCARD).touch()
    jobs.request_stop(folder)
    if not jobs.read_status(folder).is_active:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def building(config: PrepareConfig, *, keep_note: bool) -> Iterator[Path]:
    """The folder to make a dataset in; on a clean exit its `dataset/` is renamed to the dataset.

    Args:
        config: what is to be made.
        keep_note: after a failure leave behind why, for those who watch from elsewhere.

    Raises:
        InputError: there is such a dataset, it is being made already, or nothing can be written.
    """
    target, folder = workspace.data_folder() / config.name, workdir(config.name)
    lock = filelock.FileLock(f"{folder}.lock")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire(blocking=False)
    except filelock.Timeout:
        raise InputError(f"The dataset {config.name!r} is being prepared already: wait for it.") from None
    except OSError as error:
        raise not_written(target, error) from None
    try:
        with _tidying(folder, keep_note):
            try:
                _open(folder, target, config)
                with jobs.heartbeat(folder):
                    yield folder
                (folder / "dataset").rename(target)
            except OSError as error:
                raise not_written(target, error) from None
            except sqlite3.Error as error:
                raise not_written(target, OSError(f"its plan: {error}")) from None
        shutil.rmtree(folder, ignore_errors=True)
    finally:
        lock.release()
        Path(lock.lock_file).unlink(missing_ok=True)


def _open(folder: Path, target: Path, config: PrepareConfig) -> None:
    if target.exists():
        raise InputError(f"There is a dataset {config.name!r} already: choose another name or delete {target}.")
    try:
        is_same = load_preparation(config.name).config == config
    except UserError:
        is_same = False
    if not is_same:
        shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(exist_ok=True)
    if not is_same:
        write_request(folder, config)
    if jobs.read_status(folder).pid != os.getpid():  # Otherwise it was launched, and a wish to stop is a new one.
        jobs.clear_stop(folder)
    jobs.write_status(folder, "running")


@contextmanager
def _tidying(folder: Path, keep_note: bool) -> Iterator[None]:
    """Keep or empty the folder when it comes to an end before its time."""
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
    except UserError as error:
        notes = _NOTES if keep_note else ()
        for path in list(folder.iterdir()) if folder.is_dir() else []:
            if path.name not in notes:
                shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            if keep_note:
                jobs.write_status(folder, "failed", str(error))
            else:
                folder.rmdir()
        raise


def not_written(target: Path, error: OSError) -> InputError:
    """The error for a disk that is full, or folders that cannot be written."""
    return InputError(
        f"The dataset {target.name!r} could not be written ({error.strerror or error}): free some disk space or "
        f"check the permissions of {target.parent}, then try again."
    )


class Ticker:
    """Tells the folder and the caller how far it is, and notices when somebody wants it to stop."""

    def __init__(self, folder: Path, progress: Progress, rest: dict[str, float]) -> None:
        """
        Args:
            folder: of the dataset in the making.
            progress: also told.
            rest: for a kind of work, how much longer all that follows takes than itself.
        """
        self._folder = folder
        self._progress = progress
        self._rest = rest
        self._what = ""
        self._began = self._told = 0.0
        self._first = 0

    def __call__(self, what: str, done: int, total: int) -> None:
        """Raises `StoppedError` if somebody asked for it."""
        now = time.monotonic()
        if what != self._what:
            self._what, self._began, self._first, self._told = what, now, done, 0.0
        self._progress(what, done, total)
        if now - self._told < _TELL_SECONDS:
            return
        self._told = now
        if jobs.stop_requested(self._folder):
            raise StoppedError("The preparation was stopped. What was done is kept: prepare it again to go on.")
        share, left = self._estimate(done, total, now)
        jobs.write_status(
            self._folder, "running",
            progress={"what": what, "done": done, "total": total, "share": share, "seconds_left": left},
        )  # fmt: skip

    def _estimate(self, done: int, total: int, now: float) -> tuple[float, float | None]:
        """The share of all work that is done, and how many seconds the rest will take."""
        if not total:
            return 0.0, None
        after = self._rest.get(self._what)
        share = done / total
        pace = (now - self._began) / (done - self._first) if done > self._first else None
        if after is None:
            return share, None if pace is None else pace * (total - done)
        left = None if pace is None else pace * (total - done + after * total)
        if after:
            return share / (1 + after), left
        before = max(self._rest.values()) if self._rest else 0.0
        return (1 + before * share) / (1 + before), left
