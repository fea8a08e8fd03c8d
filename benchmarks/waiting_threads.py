"""How long should PyTorch's threads spin before they sleep, while they wait for each other?

The network for photographs runs in a fresh process for each setting, by turns: alone, beside a second process that
does the same, and beside a training of FC-512 with the same setting, at the same priority and at the lower one that
`train` gives itself. Spinning saves the time to wake up a thread at each of the network's many small layers, and takes
processors away from whatever else runs. What the training does alone is given too.

    python -m benchmarks.waiting_threads [--rounds 5] [--seconds 1]
"""

import argparse
import itertools
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import torch

from benchmarks.machine import describe
from benchmarks.training_speed import our_steps, speed
from colorizer.background import lower_priority
from colorizer.datasets.dataset import load_dataset
from colorizer.inference.colorizer import Colorizer
from colorizer.training.learner import multiplies_bf16
from colorizer.workspace import DEFAULT_RUN

COUNTS = (0, 1_000, 10_000, 100_000)
"""Looks at the memory that another thread is to change; 300,000 by default, on a computer with enough processors."""
_READY = "ready\n"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1.0, help="of each in each round")
    parser.add_argument("--part", choices=("network", "training", "aside"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.part == "network":
        print(1000 * network_seconds(options.seconds))
        return
    if options.part:
        training(options.seconds, aside=options.part == "aside")
        return
    rounds = [{count: measured(count, options.seconds) for count in COUNTS} for _ in range(options.rounds)]
    print(describe())
    columns = list(rounds[0][COUNTS[0]])
    print(f"\n{'':>13} " + " ".join(f"{column:>17}" for column in columns))
    for count in COUNTS:
        medians = (statistics.median(row[count][column] for row in rounds) for column in columns)
        print(f"{count:>7,} looks " + " ".join(f"{median:17,.0f}" for median in medians))


def measured(count: int, seconds: float) -> dict[str, float]:
    """Milliseconds of the network in each company, and images a second of the training alone."""
    [alone] = finished([started("network", count, seconds)])
    pair = finished([started("network", count, seconds) for _ in range(2)])
    found = {"alone, ms": alone, "beside its like": statistics.mean(pair)}
    for part, column in (("training", "beside a training"), ("aside", "..., lower")):
        with begun(part, count, seconds):
            [found[column]] = finished([started("network", count, seconds)])
    with begun("training", count, seconds) as lone:
        found["training, images/s"] = float(lone.stdout.readline() if lone.stdout else 0)
    return found


@contextmanager
def begun(part: str, count: int, seconds: float) -> "Iterator[subprocess.Popen[str]]":
    """A training that is at work, and is killed at the end."""
    with started(part, count, seconds) as process:
        if process.stdout is None or process.stdout.readline() != _READY:
            raise SystemExit("The training did not start.")
        yield process
        process.kill()


def started(part: str, count: int, seconds: float) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "benchmarks.waiting_threads", "--part", part, "--seconds", str(seconds)]
    environment = {**os.environ, "GOMP_SPINCOUNT": str(count)}
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)


def finished(processes: "list[subprocess.Popen[str]]") -> list[float]:
    return [float(process.communicate()[0]) for process in processes]


def training(seconds: float, *, aside: bool) -> None:
    """Train until killed; say when it has begun, and once how many images a second there were."""
    if aside:
        lower_priority()
    steps = our_steps("fc512", load_dataset("sample"), bf16=multiplies_bf16(torch.device("cpu")))
    for _ in itertools.islice(steps, 10):
        pass
    print(_READY, end="", flush=True)
    print(speed(steps, seconds), flush=True)
    for _ in steps:
        pass


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
