"""How many threads PyTorch computes with, which is one number for the whole process, whoever changes it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import torch

_changing = threading.RLock()


@contextmanager
def threads_restored() -> Iterator[int]:
    """Inside, the number of threads may be changed; two that do so at once would each restore what the other left.

    Yields:
        How many there are.
    """
    with _changing:
        threads = torch.get_num_threads()
        try:
            yield threads
        finally:
            torch.set_num_threads(threads)
