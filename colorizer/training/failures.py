"""How a training that fails says so, even where the disk is full."""

import contextlib
import re
from pathlib import Path
from types import TracebackType
from typing import Self

import torch
from safetensors import SafetensorError

from colorizer import jobs
from colorizer.errors import UserError

_RESERVE = ".reserve"
_RESERVED_BYTES = 64 * 1024
"""More than the status and its temporary file take on any file system."""


def explain(error: BaseException) -> str | None:
    """What happened and what to do, for the person who started the training; None if it was not foreseen."""
    text = str(error)
    if isinstance(error, BrokenPipeError):
        return "What reads this training's lines is gone: resume it. All saved so far is kept."
    if isinstance(error, OSError | SafetensorError):
        reason = error.strerror if isinstance(error, OSError) and error.strerror else text
        if isinstance(error, SafetensorError):
            reason = re.sub(r".*I/O error: | \(os error.*", "", text)
        return f"Writing or reading failed ({reason}): free some disk space, then resume. All saved so far is kept."
    if isinstance(error, MemoryError | torch.OutOfMemoryError) or "allocate memory" in text:
        return (
            "Memory ran out: close other programs and resume, or start a new run with a smaller batch size. "
            "All saved so far is kept."
        )
    return text if isinstance(error, UserError) else None


class FailureReporter:
    """Keeps a little disk space back while a training runs, so that it can say that the disk is full."""

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

    def write(self, error: BaseException) -> None:
        """Say in the folder why the training ended, and how far it was."""
        self._release()
        state = "stopped" if isinstance(error, KeyboardInterrupt) else "failed"
        unforeseen = f"The program failed ({type(error).__name__}: {error}); the log has the details."
        message = "" if state == "stopped" else explain(error) or unforeseen
        # Should even that fail, the status on disk reads "interrupted", which is true.
        with contextlib.suppress(OSError):
            jobs.write_status(self._folder, state, message, jobs.read_status(self._folder).progress)

    def _release(self) -> None:
        with contextlib.suppress(OSError):
            self._reserve.unlink(missing_ok=True)
