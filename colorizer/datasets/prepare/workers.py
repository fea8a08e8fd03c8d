"""Work on many pictures by all cores, results in the order of the work.

Processes, because decoding holds Python's lock; started fresh (`spawn`), because forking a process with
threads is not safe and Windows cannot.
"""

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from types import TracebackType
from typing import Self, TypeVar

from colorizer.errors import UserError

FEW = 512
"""So few pictures are done sooner here than processes start."""

Task = TypeVar("Task")
Result = TypeVar("Result")


class Workers:
    """A process for each core, or none where there is little to do. Use as a context manager.

    A program that prepares more than a few pictures by calling `prepare` itself needs the usual
    `if __name__ == "__main__":`, as with any processes started fresh.
    """

    def __init__(self, pictures: int) -> None:
        """
        Args:
            pictures: how many there are to work on in all.
        """
        self._count = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        self._pool = None
        if pictures > FEW and self._count > 1:
            self._pool = ProcessPoolExecutor(
                self._count, multiprocessing.get_context("spawn"), initializer=_end_with_parent
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._pool:
            self._pool.shutdown(cancel_futures=True)

    def in_order(self, function: Callable[[Task], Result], tasks: Iterable[Task]) -> Iterator[tuple[Task, Result]]:
        """Each task with its result, in the order of the tasks, only a few ahead of the one given out.

        Raises:
            InputError: a process was ended from outside, most likely for lack of memory.
        """
        if self._pool is None:
            for task in tasks:
                yield task, function(task)
            return
        waiting: deque[tuple[Task, Future[Result]]] = deque()
        try:
            for task in tasks:
                waiting.append((task, self._pool.submit(function, task)))
                if len(waiting) > 2 * self._count:
                    first, future = waiting.popleft()
                    yield first, future.result()
            for first, future in waiting:
                yield first, future.result()
        except BrokenProcessPool:
            raise WorkerLostError(
                "A process that reads pictures was ended from outside, most likely for lack of memory: "
                "close other programs, then go on."
            ) from None


class WorkerLostError(UserError):
    """A process was ended from outside; what was done before is kept."""


def _end_with_parent() -> None:
    """A worker whose parent was killed would wait for work for ever; Ctrl-C is for the parent alone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:

        def follow() -> None:
            parent.join()
            os._exit(1)

        threading.Thread(target=follow, daemon=True).start()
