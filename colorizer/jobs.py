"""A job is a process with a folder: it tells there how it is, and can be asked there to stop.

The folder is the only link between a job and those who watch it, so a job outlives the page that
started it, and any number of pages can watch.

    status.json     what the job last said about itself
    alive           touched every few seconds as long as its process lives
    stop            present when the job has been asked to stop
    pause           present when the job has been asked to pause
    log.txt         what it printed
"""

import contextlib
import json
import os
import platform
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import psutil

from colorizer import files

STALE_SECONDS = 60
"""A process that has shown no sign of life for so long is taken to hang."""
_BEAT_SECONDS = 5.0
_NICENESS = 19

_STATUS, _ALIVE, _STOP, _PAUSE, LOG = "status.json", "alive", "stop", "pause", "log.txt"
_TORCHRUN = ("TORCHELASTIC_", "RANK", "LOCAL_RANK", "GROUP_", "ROLE_", "WORLD_SIZE", "LOCAL_WORLD_SIZE", "MASTER_")


@dataclass(frozen=True)
class Status:
    """How a job is."""

    state: str
    """`queued`, `starting`, `running`, `paused`, `stopped`, `finished`, `failed`, `interrupted` or `unknown`."""
    message: str = ""
    """Why, in one sentence, where the state needs a reason."""
    pid: int | None = None
    process_started: float | None = None
    """When its process was started (seconds since 1970): process ids are used again."""
    heartbeat: float = 0.0
    """When it last wrote its status."""
    host: str = ""
    """The computer it is on: others that share the folder cannot look at its process."""
    progress: dict[str, Any] = field(default_factory=dict)

    @property
    def is_active(self) -> bool:
        """Whether a process is at work on it now, or pauses and could go on at once."""
        return self.state in _WITH_PROCESS and self.pid is not None


_WITH_PROCESS = ("starting", "running", "paused")


def write_status(folder: Path, state: str, message: str = "", progress: dict[str, Any] | None = None) -> None:
    """Say how this process's job in `folder` is."""
    process = psutil.Process()
    place = process.pid, process.create_time(), time.time(), platform.node()
    files.write_json(folder / _STATUS, asdict(Status(state, message, *place, progress or {})))


@contextlib.contextmanager
def heartbeat(folder: Path) -> Iterator[None]:
    """Show inside that this process lives, also while one step of its work takes minutes."""
    alive, ended = folder / _ALIVE, threading.Event()

    def beat() -> None:
        while True:
            with contextlib.suppress(OSError):
                alive.touch()
            if ended.wait(_BEAT_SECONDS):
                return

    thread = threading.Thread(target=beat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
        with contextlib.suppress(OSError):
            alive.unlink(missing_ok=True)


def read_status(folder: Path) -> Status:
    """How the job in `folder` really is.

    `interrupted` if it says it runs but its process is gone; a job that pauses saved its work first, so it stays
    `paused`, without a process.
    """
    try:
        status = Status(**json.loads((folder / _STATUS).read_text(encoding="utf-8")))
        if not isinstance(status.state, str) or not isinstance(status.progress, dict):
            raise TypeError("no status of ours")
        is_gone = status.state in _WITH_PROCESS and not _is_alive(status, folder)
    except (OSError, ValueError, TypeError):
        return Status("unknown", "It left no readable status.")
    if is_gone and status.state == "paused":
        return replace(status, pid=None)
    if is_gone:
        return Status(
            "interrupted",
            "Its process ended without a word: it was killed, memory ran out, or the computer went off. "
            "Resume goes on from the last checkpoint.",
            heartbeat=status.heartbeat, progress=status.progress,
        )  # fmt: skip
    return status


def _is_alive(status: Status, folder: Path) -> bool:
    try:
        beat = (folder / _ALIVE).stat().st_mtime
    except OSError:
        beat = 0.0
    if time.time() - max(status.heartbeat, beat) > STALE_SECONDS:
        return False
    if status.pid is None or status.process_started is None:
        return False
    if status.host not in ("", platform.node()):
        return True
    try:
        process = psutil.Process(status.pid)
        same = abs(process.create_time() - status.process_started) < 1
        return same and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def request_stop(folder: Path) -> None:
    """Ask the job to save its work and end."""
    (folder / _STOP).touch()


def stop_requested(folder: Path) -> bool:
    """Whether somebody asked the job to stop."""
    return (folder / _STOP).exists()


def clear_stop(folder: Path) -> None:
    """Forget an earlier wish to stop."""
    (folder / _STOP).unlink(missing_ok=True)


def request_pause(folder: Path) -> None:
    """Ask the job to save its work and wait."""
    (folder / _PAUSE).touch()


def pause_requested(folder: Path) -> bool:
    """Whether somebody asked the job to pause, and nobody to go on since."""
    return (folder / _PAUSE).exists()


def clear_pause(folder: Path) -> None:
    """Let a job that pauses go on."""
    (folder / _PAUSE).unlink(missing_ok=True)


def launch(folder: Path, arguments: Sequence[str]) -> None:
    """Start `python -m colorizer` with these arguments in a session of its own.

    It goes on when the caller ends. What it prints is appended to the folder's log.txt. The status
    is `starting`, in the new process's name, from the moment this returns.
    """
    clear_stop(folder)
    clear_pause(folder)
    package_root = str(Path(__file__).resolve().parent.parent)
    path = os.pathsep.join(filter(None, [package_root, os.environ.get("PYTHONPATH")]))
    with (folder / LOG).open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "colorizer", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            env={**_environment(), "PYTHONPATH": path, "PYTHONUNBUFFERED": "1"},
        )
    try:
        started = psutil.Process(process.pid).create_time()
    except psutil.Error:
        started = time.time()
    if read_status(folder).pid != process.pid:
        status = Status("starting", "", process.pid, started, time.time(), platform.node())
        files.write_json(folder / _STATUS, asdict(status))
    _children.append(process)
    reap()


def _environment() -> dict[str, str]:
    """Ours, without what would make the job take itself for one of several processes of torchrun."""
    return {name: value for name, value in os.environ.items() if not name.startswith(_TORCHRUN)}


def lower_priority() -> None:
    """Let other processes go first.

    Beside a training of equal priority, a network that colorizes in the app would wait for a core at each of its many
    layers; `benchmarks/thread_spinning.py` measures how long.
    """
    process = psutil.Process()
    if sys.platform == "win32":
        process.nice(psutil.BELOW_NORMAL_PRIORITY_CLASS)
    elif process.nice() < _NICENESS:
        process.nice(_NICENESS)


_children: list[subprocess.Popen[bytes]] = []


def reap() -> None:
    """Collect the exit codes of ended jobs that this process started, so none stays a zombie."""
    _children[:] = [child for child in _children if child.poll() is None]


def log_tail(folder: Path, lines: int = 200) -> str:
    """The end of what the job printed."""
    try:
        with (folder / LOG).open("rb") as file:
            file.seek(0, os.SEEK_END)
            file.seek(max(0, file.tell() - 200 * lines))
            return "\n".join(file.read().decode("utf-8", "replace").splitlines()[-lines:])
    except OSError:
        return ""
