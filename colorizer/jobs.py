"""Background processes. A job is a process with a folder, through which it reports its state and receives requests.

The folder is the only link between a job and its observers, so a job outlives the page that started it, and any number
of pages can watch it.

    status.json     the state that the job reported last
    alive           rewritten every few seconds while the process lives
    stop            exists when the job has been asked to stop
    pause           exists when the job has been asked to pause
    log.txt         what the job printed
"""

import contextlib
import math
import os
import platform
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import psutil

from colorizer import files

STALE_SECONDS = 60
"""A process without a heartbeat for this long is considered hung."""
_LONGEST_MESSAGE = 2000
_HEARTBEAT_SECONDS = 5.0
_NICENESS = 19
_MAX_LINE_BYTES = 200

_STATUS, _ALIVE, _STOP, _PAUSE, LOG = "status.json", "alive", "stop", "pause", "log.txt"
_TORCHRUN = ("TORCHELASTIC_", "RANK", "LOCAL_RANK", "GROUP_", "ROLE_", "WORLD_SIZE", "LOCAL_WORLD_SIZE", "MASTER_")
_WITH_PROCESS = ("starting", "running", "paused")
_STARTED = time.monotonic()
_STATES = (*_WITH_PROCESS, "queued", "stopped", "finished", "failed", "interrupted", "unknown")


@dataclass(frozen=True)
class Status:
    """The state of a job."""

    state: str
    """`queued`, `starting`, `running`, `paused`, `stopped`, `finished`, `failed`, `interrupted` or `unknown`."""
    message: str = ""
    """The reason in one sentence, if the state needs one."""
    pid: int | None = None
    process: str = ""
    """Distinguishes the process from others with the same id in the past or future, see `_identify`."""
    heartbeat: float = 0.0
    """When the status was written: seconds on the computer's monotonic clock, which cannot be set."""
    host: str = ""
    """The computer the job runs on; its process cannot be inspected from others that share the folder."""
    seconds: float = 0.0
    """How long the process had been running when it wrote the status."""
    progress: dict[str, Any] = field(default_factory=dict)

    @property
    def is_active(self) -> bool:
        """Whether the job has a process now, running or paused."""
        return self.state in _WITH_PROCESS and self.pid is not None


def write_status(folder: Path, state: str, message: str = "", progress: dict[str, Any] | None = None) -> None:
    """Report the state of the job in `folder`, which is this process.

    Raises:
        OutputError: the folder cannot be written.
    """
    pid, now = os.getpid(), time.monotonic()
    place = pid, _identify(pid) or "", now, platform.node(), now - _STARTED
    _write(folder, Status(state, message, *place, progress or {}))


def _write(folder: Path, status: Status) -> None:
    try:
        files.write_json(folder / _STATUS, asdict(status))
    except OSError as error:
        raise files.write_error(folder, error) from None


@contextlib.contextmanager
def heartbeat(folder: Path) -> Iterator[None]:
    """Send heartbeats for this process, even while one step of its work takes minutes."""
    alive, ended = folder / _ALIVE, threading.Event()

    def beat() -> None:
        while True:
            with contextlib.suppress(OSError):
                _write_beat(alive)
            if ended.wait(_HEARTBEAT_SECONDS):
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


def _write_beat(alive: Path) -> None:
    """Write the monotonic time with a single call and without truncating, so that no reader finds the file empty."""
    descriptor = os.open(alive, os.O_WRONLY | os.O_CREAT)
    try:
        os.write(descriptor, b"%020.3f" % time.monotonic())
    finally:
        os.close(descriptor)


def _read_beat(alive: Path) -> float:
    try:
        files.require_regular(alive)
        return float(alive.read_bytes())
    except (OSError, ValueError):
        return 0.0


def _identify(pid: int) -> str | None:
    """Return a string that no other process with this id has or had, or None if no such process is alive.

    On Linux, start times in seconds since 1970 change when the clock is set; the id of the boot and the ticks since do
    not.
    """
    try:
        values = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return None if values[0] in "ZX" else f"{boot} {values[19]}"
    except (OSError, IndexError, ValueError):
        pass
    try:
        process = psutil.Process(pid)
        return None if process.status() == psutil.STATUS_ZOMBIE else f"{process.create_time():.2f}"
    except (psutil.Error, ValueError, TypeError, OverflowError):
        return None


def read_status(folder: Path) -> Status:
    """Return the actual state of the job in `folder`; `unknown` if its status cannot be read.

    A job that says it is running but whose process is gone is `interrupted`. One that was paused has saved its work,
    so it stays `paused`, without a process.
    """
    try:
        status = _validated(files.read_json(folder / _STATUS))
    except (OSError, ValueError, TypeError):
        return Status("unknown", "Its status cannot be read.")
    if status.state not in _WITH_PROCESS or _is_alive(status, folder):
        return status
    if status.state == "paused":
        return replace(status, pid=None)
    return Status(
        "interrupted",
        "The process ended unexpectedly: it was killed, memory ran out, or the computer was switched off. "
        "Resume continues from the last checkpoint.",
        heartbeat=status.heartbeat, progress=status.progress,
    )  # fmt: skip


def _validated(values: dict[str, Any]) -> Status:
    status = Status(**values)
    texts = (status.message, status.host, status.process)
    if status.state not in _STATES or not all(isinstance(text, str) for text in texts):
        raise TypeError("not a status")
    numbers = (status.pid or 0, status.heartbeat, status.seconds)
    if not all(type(number) in (int, float) for number in numbers) or not isinstance(status.progress, dict):
        raise TypeError("not a status")
    return replace(status, message=status.message[:_LONGEST_MESSAGE])


def _is_alive(status: Status, folder: Path) -> bool:
    """Return whether the process of a job exists and has had a recent heartbeat.

    Clocks that people or computers set play no part in it: on the same computer, heartbeats are compared on its
    monotonic clock, and those of another by the clock of the file system that both write to.
    """
    if status.pid is None:
        return False
    if status.host not in ("", platform.node()):
        return min(_age(folder / _ALIVE), _age(folder / _STATUS)) <= STALE_SECONDS
    if not status.process or _identify(status.pid) != status.process:
        return False
    if status.state == "starting":  # On a busy computer it may take minutes until the process can show a sign of life.
        return True
    return time.monotonic() - max(status.heartbeat, _read_beat(folder / _ALIVE)) <= STALE_SECONDS


def _age(path: Path) -> float:
    """Return the seconds since a file was written, by the clock of its file system."""
    try:
        written = path.stat().st_mtime
    except OSError:
        return math.inf
    try:
        with tempfile.TemporaryFile(dir=path.parent) as probe:
            return os.fstat(probe.fileno()).st_mtime - written
    except OSError:  # The folder cannot be written.
        return time.time() - written


def request_stop(folder: Path) -> None:
    """Ask the job to save its work and end."""
    _touch(folder / _STOP)


def stop_requested(folder: Path) -> bool:
    """Whether the job has been asked to stop."""
    return (folder / _STOP).exists()


def clear_stop(folder: Path) -> None:
    """Withdraw the request to stop."""
    (folder / _STOP).unlink(missing_ok=True)


def request_pause(folder: Path) -> None:
    """Ask the job to save its work and wait."""
    _touch(folder / _PAUSE)


def pause_requested(folder: Path) -> bool:
    """Whether the job has been asked to pause and has not been asked to continue since."""
    return (folder / _PAUSE).exists()


def clear_pause(folder: Path) -> None:
    """Let a paused job continue."""
    (folder / _PAUSE).unlink(missing_ok=True)


def _touch(path: Path) -> None:
    try:
        path.touch()
    except OSError as error:
        raise files.write_error(path, error) from None


def launch(folder: Path, arguments: Sequence[str]) -> None:
    """Start `python -m colorizer` with these arguments in its own session; it outlives this process.

    Its output is appended to the folder's log.txt. From the moment this returns, the status is `starting`, with the
    id of the new process.

    Raises:
        OutputError: the folder cannot be written.
    """
    clear_stop(folder)
    clear_pause(folder)
    package_root = str(Path(__file__).resolve().parent.parent)
    path = os.pathsep.join(filter(None, [package_root, os.environ.get("PYTHONPATH")]))
    try:
        with (folder / LOG).open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "colorizer", *arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                env={**_environment(), "PYTHONPATH": path, "PYTHONUNBUFFERED": "1"},
            )
    except OSError as error:
        raise files.write_error(folder / LOG, error) from None
    _children.append(process)
    if read_status(folder).pid != process.pid:
        identity = _identify(process.pid) or ""
        _write(folder, Status("starting", "", process.pid, identity, time.monotonic(), platform.node()))
    reap()


def _environment() -> dict[str, str]:
    """Return the environment without variables that concern only this process.

    These are the variables by which torchrun would make the job one of its ranks, and how the app's threads wait.
    """
    return {
        name: value for name, value in os.environ.items() if not name.startswith(_TORCHRUN) and name != "GOMP_SPINCOUNT"
    }


_children: list[subprocess.Popen[bytes]] = []


def reap() -> None:
    """Collect the exit codes of ended jobs that this process started, so that none stays a zombie."""
    _children[:] = [child for child in _children if child.poll() is None]


def lower_priority() -> None:
    """Run at the lowest priority, so that other processes go first, unless `COLORIZER_KEEP_PRIORITY` is set.

    Alongside training at the same priority, a network that colorizes in the app would wait for a processor at each of
    its many layers: `benchmarks/thread_spinning.py` shows how long.
    """
    if os.environ.get("COLORIZER_KEEP_PRIORITY"):
        return
    process = psutil.Process()
    if sys.platform == "win32":
        process.nice(psutil.BELOW_NORMAL_PRIORITY_CLASS)
    elif process.nice() < _NICENESS:
        process.nice(_NICENESS)


def log_tail(folder: Path, lines: int = 200) -> str:
    """Return the end of what the job printed."""
    try:
        files.require_regular(folder / LOG)
        with (folder / LOG).open("rb") as file:
            file.seek(0, os.SEEK_END)
            file.seek(max(0, file.tell() - _MAX_LINE_BYTES * lines))
            return "\n".join(file.read().decode("utf-8", "replace").splitlines()[-lines:])
    except (OSError, ValueError):
        return ""
