"""What a network costs: multiply-adds, which are the same everywhere, and time, which is not."""

import statistics
import time

import torch
from torch.utils.flop_counter import FlopCounterMode

from colorizer.evaluation.threads import threads_restored
from colorizer.inference.colorizer import Colorizer
from colorizer.models.registry import architecture

_WARM_UP, _FEWEST, _MOST = 5, 5, 100
_SECONDS = 2.0
_clock = time.thread_time if time.get_clock_info("thread_time").resolution < 1e-5 else time.perf_counter
"""The time this thread computes, which other programs do not make longer; Windows knows it too roughly."""


def multiply_adds(architecture_name: str, size: int) -> int:
    """Multiply-adds of one picture, of convolutions and products of matrices (so of dense layers and attention too).

    All else, such as activations and normalization, is left out as usual.

    Args:
        architecture_name: a name in the registry.
        size: side of the picture in pixels.
    """
    # On the device `meta` nothing is computed, and all operations are made of those that PyTorch can count.
    network = architecture(architecture_name).build().eval().to("meta")
    with torch.device("meta"), torch.no_grad(), FlopCounterMode(display=False) as counter:
        network(torch.empty(1, 1, size, size))
    return int(counter.get_total_flops()) // 2


def milliseconds(colorizer: Colorizer, size: int) -> float:
    """Processor time of the network for one picture by itself, on one thread: the median of up to 100.

    Args:
        colorizer: what to time, on the CPU; it is warmed up first.
        size: side of the picture in pixels.
    """
    gray = torch.rand(1, 1, size, size)
    with threads_restored():
        torch.set_num_threads(1)
        for _ in range(_WARM_UP):
            colorizer.predict_thumbnails(gray)
        times: list[float] = []
        end = time.perf_counter() + _SECONDS
        while len(times) < _FEWEST or (len(times) < _MOST and time.perf_counter() < end):
            started = _clock()
            colorizer.predict_thumbnails(gray)
            times.append(_clock() - started)
    return statistics.median(times) * 1000
