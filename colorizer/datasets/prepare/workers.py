"""Run tasks on all cores, with results in the order of the tasks.

Processes, because decoding holds the GIL; `spawn`ed, because forking a process with threads is unsafe, and Windows
cannot fork.
"""

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Self, TypeVar

from colorizer.errors import UserError

MIN_FILES = 512
"""Fewer files than this are done before worker processes have even started."""

Task = TypeVar("Task")
Result = TypeVar("Result")


class Workers:
    """A process per core, or none if there are few files. Use as a context manager.

    A script that prepares more than `MIN_FILES` images by calling `prepare` needs the usual
    `if __name__ == "__main__":`, as with all spawned processes.
    """

    def __init__(self, files: int) -> None:
        """
        Args:
            files: how many files there are to work on.
        """
        self._count = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        self._pool = None
        if files > MIN_FILES and self._count > 1:
            self._pool = ProcessPoolExecutor(
                self._count, multiprocessing.get_context("spawn"), initializer=_exit_with_parent
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *details: object) -> None:
        if self._pool:
            self._pool.shutdown(cancel_futures=True)

    def map(self, function: Callable[[Task], Result], tasks: Iterable[Task]) -> Iterator[tuple[Task, Result]]:
        """Yield each task with its result, in order. Only a few tasks are taken ahead of the one yielded.

        Raises:
            WorkerLostError: a process was killed, most likely for lack of memory.
        """
        if self._pool is None:
            for task in tasks:
                yield task, function(task)
            return
        pending: deque[tuple[Task, Future[Result]]] = deque()
        try:
            for task in tasks:
                pending.append((task, self._pool.submit(function, task)))
                if len(pending) > 2 * self._count:
                    first, future = pending.popleft()
                    yield first, future.result()
            for first, future in pending:
                yield first, future.result()
        except BrokenProcessPool:
            raise WorkerLostError(
                "A process that decodes images was killed, most likely for lack of memory: close other programs and "
                "resume."
            ) from None


class WorkerLostError(UserError):
    """A worker process was killed; finished work is saved."""


def _exit_with_parent() -> None:
    """Exit when the parent process does, and leave Ctrl+C to it; a worker would otherwise wait for tasks forever."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:

        def wait() -> None:
            parent.join()
            os._exit(1)

        threading.Thread(target=wait, daemon=True).start()
