"""Give memory back to the operating system."""

import ctypes
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def memory_returned() -> Iterator[None]:
    """Return the memory that was freed in this block, however it ends, to the operating system.

    On Linux, glibc keeps the freed memory of each thread for later, and every rerun of a page is a thread.
    """
    try:
        yield
    finally:
        if sys.platform == "linux":
            trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # musl has none.
            if trim:
                trim(0)
