"""How long should PyTorch's threads spin while they wait for each other, before they sleep?

For each spin count the run `photo` is loaded in a fresh process and timed: alone, beside a second process that does the
same, and alongside training of FC-512, both at normal priority and at the lower one that `train` gives itself. Spinning
saves waking up a thread at each of the network's many small layers, and takes the processor from everything else. The
training's own speed, alone, is measured too.

    python -m colorizer prepare sample --name sample
    python -m benchmarks.thread_spinning [--rounds 5] [--seconds 1]
"""

import argparse
import itertools
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import torch

from benchmarks.machine import describe, median, rate
from benchmarks.training_speed import our_steps
from colorizer.datasets.dataset import load_dataset
from colorizer.inference import Colorizer
from colorizer.jobs import lower_priority
from colorizer.study import STUDY_BATCH
from colorizer.training.learner import supports_bf16
from colorizer.workspace import DEFAULT_RUN

SPIN_COUNTS = (0, 1_000, 10_000, 100_000)
"""GNU OpenMP's default is 300,000 where there are enough processors."""
_READY = "ready\n"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1.0, help="per measurement")
    parser.add_argument("--part", choices=("network", "training", "nice-training"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.part == "network":
        print(1000 * network_seconds(options.seconds))
        return
    if options.part:
        train_forever(options.seconds, nice=options.part == "nice-training")
        return
    rounds = [{count: measure(count, options.seconds) for count in SPIN_COUNTS} for _ in range(options.rounds)]
    print(describe())
    columns = list(rounds[0][SPIN_COUNTS[0]])
    print(f"\n{'spin count':>13} " + " ".join(f"{column:>19}" for column in columns))
    for count in SPIN_COUNTS:
        medians = (median([row[count][column] for row in rounds]) for column in columns)
        print(f"{count:>13,} " + " ".join(f"{value:19,.0f}" for value in medians))


def measure(count: int, seconds: float) -> dict[str, float]:
    """Return the network's milliseconds in each situation, and the images per second of the training alone."""
    [alone] = _results([_start("network", count, seconds)])
    pair = _results([_start("network", count, seconds) for _ in range(2)])
    measured = {"alone, ms": alone, "two of them": sum(pair) / 2}
    for part, column in (("training", "beside a training"), ("nice-training", "beside, low priority")):
        with _training(part, count, seconds):
            [measured[column]] = _results([_start("network", count, seconds)])
    with _training("training", count, seconds) as process:
        measured["training, images/s"] = float(process.stdout.readline() if process.stdout else 0)
    return measured


@contextmanager
def _training(part: str, count: int, seconds: float) -> "Iterator[subprocess.Popen[str]]":
    """Train in another process, which is killed at the end."""
    with _start(part, count, seconds) as process:
        if process.stdout is None or process.stdout.readline() != _READY:
            raise SystemExit("The training did not start.")
        yield process
        process.kill()


def _start(part: str, count: int, seconds: float) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "benchmarks.thread_spinning", "--part", part, "--seconds", str(seconds)]
    environment = {**os.environ, "GOMP_SPINCOUNT": str(count)}
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)


def _results(processes: "list[subprocess.Popen[str]]") -> list[float]:
    return [float(process.communicate()[0]) for process in processes]


def train_forever(seconds: float, *, nice: bool) -> None:
    """Train until killed; print when the training has warmed up, and then once its images per second."""
    if nice:
        lower_priority()
    steps = our_steps("fc512", load_dataset("sample"), bf16=supports_bf16(torch.device("cpu")))
    next(itertools.islice(steps, 10, None))
    print(_READY, end="", flush=True)
    print(STUDY_BATCH * rate(partial(next, steps), seconds), flush=True)
    for _ in steps:
        pass


@torch.inference_mode()
def network_seconds(seconds: float) -> float:
    """Return the median time of the network for an image of 256x256 pixels."""
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
    return median(times)


if __name__ == "__main__":
    main()
