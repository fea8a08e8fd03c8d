"""How training reports a failure, even on a full disk."""

import contextlib
import re
from pathlib import Path
from types import TracebackType
from typing import Self

import torch
import torch.distributed
from safetensors import SafetensorError

from colorizer import jobs
from colorizer.errors import OutputError, TrainingError, UserError

_LOST_PEER = re.compile(r"Connection (closed by|reset by) peer|gloo.*(timed out|Timed out)|NCCL.*remote process exited")
"""PyTorch's messages after another process of the group has ended."""
_RESERVE = ".reserve"
_RESERVED_BYTES = 64 * 1024
"""More than the status and its temporary file take on any file system."""


def as_user_error(error: BaseException) -> UserError | None:
    """Return the error to show for a failure: what happened and what to do. None if the failure was not foreseen."""
    text = str(error)
    if isinstance(error, UserError):
        return error
    if isinstance(error, BrokenPipeError):
        return OutputError("The program reading this run's output has exited: resume the run. All progress is saved.")
    if isinstance(error, OSError | SafetensorError):
        reason = error.strerror if isinstance(error, OSError) and error.strerror else text
        if isinstance(error, SafetensorError):
            reason = re.sub(r".*I/O error: | \(os error.*", "", text)
        return OutputError(
            f"Reading or writing failed ({reason}): free some disk space, then resume. All progress so far is saved."
        )
    if isinstance(error, torch.distributed.DistError) or _LOST_PEER.search(text):
        return TrainingError(
            "Another process of this training ended unexpectedly: it was killed, or memory ran out. All progress up to "
            "the last checkpoint is saved: resume."
        )
    if isinstance(error, MemoryError | torch.OutOfMemoryError) or "allocate memory" in text:
        return TrainingError(
            "Out of memory: close other programs and resume, or start a new run with a smaller batch size. All "
            "progress so far is saved."
        )
    return None


class FailureReporter:
    """Reserves a little disk space during training, so that it can report that the disk is full."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._reserve = folder, folder / _RESERVE

    def __enter__(self) -> Self:
        with contextlib.suppress(OSError):
            self._reserve.write_bytes(bytes(_RESERVED_BYTES))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._release()

    def report(self, error: BaseException) -> None:
        """Write the reason for the failure to the run's status; its progress stays."""
        self._release()
        state = "stopped" if isinstance(error, KeyboardInterrupt) else "failed"
        unforeseen = f"The program failed ({type(error).__name__}: {error}); see the log for details."
        message = "" if state == "stopped" else str(as_user_error(error) or unforeseen)
        # If even that fails, the status on disk reads "interrupted", which is true.
        with contextlib.suppress(OSError):
            jobs.write_status(self._folder, state, message, jobs.read_status(self._folder).progress)

    def _release(self) -> None:
        with contextlib.suppress(OSError):
            self._reserve.unlink(missing_ok=True)
