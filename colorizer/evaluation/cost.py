"""What a network costs: multiply-adds, which are the same on every computer, and time, which is not."""

import functools
import statistics
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch.utils.flop_counter import FlopCounterMode

from colorizer.inference import Colorizer
from colorizer.models import build_model

_WARM_UP, _MIN_RUNS, _MAX_RUNS = 5, 5, 100
_SECONDS = 2.0
_clock = time.thread_time if time.get_clock_info("thread_time").resolution < 1e-5 else time.perf_counter
"""CPU time of this thread, which other programs do not stretch; too coarse on Windows."""
_threads_lock = threading.RLock()


@functools.cache
def multiply_adds(architecture_name: str, size: int) -> int:
    """Count the multiply-adds (MACs) of one image, in convolutions and matrix products.

    Activations, normalization and the like are left out, as is customary.

    Args:
        architecture_name: a name in the registry.
        size: side of the image in pixels.
    """
    # On the `meta` device nothing is computed, and every operation decomposes into those PyTorch can count.
    network = build_model(architecture_name).network.eval().to("meta")
    with torch.device("meta"), torch.no_grad(), FlopCounterMode(display=False) as counter:
        network(torch.empty(1, 1, size, size))
    return int(counter.get_total_flops()) // 2


def milliseconds(colorizer: Colorizer, size: int) -> float:
    """Measure the CPU time of the network for a single image on one thread: the median of up to 100 runs.

    Args:
        colorizer: on the CPU; it is warmed up first.
        size: side of the image in pixels.
    """
    gray = torch.rand(1, 1, size, size)
    with preserve_num_threads():
        torch.set_num_threads(1)
        for _ in range(_WARM_UP):
            colorizer.predict_thumbnails(gray)
        times: list[float] = []
        end = time.perf_counter() + _SECONDS
        while len(times) < _MIN_RUNS or (len(times) < _MAX_RUNS and time.perf_counter() < end):
            started = _clock()
            colorizer.predict_thumbnails(gray)
            times.append(_clock() - started)
    return statistics.median(times) * 1000


@contextmanager
def preserve_num_threads() -> Iterator[int]:
    """Restore PyTorch's number of threads on exit, and yield it.

    The number belongs to the whole process. Of two callers at the same time each would restore what the other had
    set, so the second waits.
    """
    with _threads_lock:
        threads = torch.get_num_threads()
        try:
            yield threads
        finally:
            torch.set_num_threads(threads)
