"""How long should PyTorch's threads spin before they sleep, while they wait for each other?

The network for photographs runs in a fresh process for each setting, by turns: alone, and beside a second process
that does the same. Spinning saves the time to wake up a thread at each of the network's many small layers, and takes
processors away from whatever else runs.

    python -m benchmarks.waiting_threads [--rounds 5] [--seconds 1]
"""

import argparse
import os
import statistics
import subprocess
import sys
import time

import torch

from benchmarks.machine import describe
from colorizer.inference import Colorizer
from colorizer.workspace import DEFAULT_RUN

COUNTS = (0, 1_000, 10_000, 100_000, 1_000_000)
"""Looks at the memory that another thread is to change; 300,000 by default, on a computer with enough processors."""


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1.0, help="of each in each round")
    parser.add_argument("--count", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.count is not None:
        print(1000 * network_seconds(options.seconds))
        return
    alone: dict[int, list[float]] = {count: [] for count in COUNTS}
    beside: dict[int, list[float]] = {count: [] for count in COUNTS}
    for _ in range(options.rounds):
        for count in COUNTS:
            alone[count] += finished([started(count, options.seconds)])
            beside[count] += finished([started(count, options.seconds) for _ in range(2)])
    print(describe())
    print(f"\n{'milliseconds':>14} {'alone':>8} {'beside another':>16}")
    for count in COUNTS:
        print(
            f"{f'{count:,} looks':>14} {statistics.median(alone[count]):8.0f} {statistics.median(beside[count]):16.0f}"
        )


def started(count: int, seconds: float) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "benchmarks.waiting_threads", "--count", str(count), "--seconds", str(seconds)]
    environment = {**os.environ, "GOMP_SPINCOUNT": str(count), "OMP_WAIT_POLICY": "PASSIVE"}
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)


def finished(processes: "list[subprocess.Popen[str]]") -> list[float]:
    return [float(process.communicate()[0]) for process in processes]


@torch.inference_mode()
def network_seconds(seconds: float) -> float:
    """Median of what the network takes for a picture of 256x256 pixels."""
    model = Colorizer.load(DEFAULT_RUN).model
    gray = torch.rand(1, 1, 256, 256, generator=torch.Generator().manual_seed(0))
    times: list[float] = []
    for _ in range(3):
        model(gray)
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        started = time.perf_counter()
        model(gray)
        times.append(time.perf_counter() - started)
    return statistics.median(times)


if __name__ == "__main__":
    main()
