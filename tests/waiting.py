"""Waiting for other processes and threads."""

import time
from collections.abc import Callable

PATIENCE = 240
"""Seconds to wait at most: beside other programs, processes take long to start."""


def wait_until(condition: Callable[[], object], what: str = "it happened") -> None:
    """Wait until a condition is true; fail if it never is."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, f"timed out waiting until {what}"
        time.sleep(0.05)
