"""How a process behaves that computes for long while people do something else: it steps aside for them."""

import sys

import psutil

_NICENESS = 19


def lower_priority() -> None:
    """Let other processes go first.

    Beside a training of the same priority, a network that colorizes in the app would wait for a processor at each of
    its many layers: `benchmarks/thread_spinning.py` shows how long.
    """
    process = psutil.Process()
    if sys.platform == "win32":
        process.nice(psutil.BELOW_NORMAL_PRIORITY_CLASS)
    elif process.nice() < _NICENESS:
        process.nice(_NICENESS)
