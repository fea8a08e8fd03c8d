"""How fast does a network train, beside the study's plain loop and beside the limit of the machine?

The plain loop has float32 pictures in memory, the default memory order, Adam as it comes, and asks for the loss at
each step; it trains the same network on as many pictures at a time, with luma kept too. Both take turns in one
process, ours in float32 and, where the processor is faster with it, in bf16, which is what `train` then does. The
limit is what the network's multiply-adds alone would take, forth and back (three times as many as forth), if they
were products of float32 matrices, whose rate is measured in the same turns; so bf16 may be above it.

    python -m colorizer prepare sample --name sample
    python -m benchmarks.training_speed [ARCHITECTURE ...] [--dataset sample] [--rounds 7] [--seconds 4]
"""

import argparse
import itertools
import statistics
import time
from collections.abc import Iterator
from typing import Any

import torch

from benchmarks.machine import describe, matrix_rate
from benchmarks.plain_loop import Plain, Setup
from colorizer.datasets.dataset import Dataset, load_dataset
from colorizer.datasets.loader import on_device, training_batches
from colorizer.evaluation.cost import multiply_adds
from colorizer.runs.config import from_preset
from colorizer.study import STUDY_BATCH, STUDY_RUNS
from colorizer.training.distributed import DistContext
from colorizer.training.learner import Learner, multiplies_bf16

_WARM_UP = 10


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("architectures", nargs="*", metavar="ARCHITECTURE", default=list(STUDY_RUNS))
    parser.add_argument("--dataset", default="sample")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=4.0, help="of each in each round")
    options = parser.parse_args()
    dataset = load_dataset(options.dataset)
    precisions = {"float32": False, "bf16": True} if multiplies_bf16(torch.device("cpu")) else {"float32": False}
    print(describe())
    print(
        f"\n{'images a second':>15} {'':>7} {'plain':>7} {'ours':>7} {'to plain':>9} {'limit':>7} {'of the limit':>13}"
    )
    for name in options.architectures:
        ways: dict[str, Iterator[Any]] = {"plain": plain_steps(name, dataset)}
        ways |= {way: our_steps(name, dataset, bf16=bf16) for way, bf16 in precisions.items()}
        for steps in ways.values():
            speed(itertools.islice(steps, _WARM_UP), 60)
        rounds: list[dict[str, float]] = []
        for _ in range(options.rounds):
            measured = {way: speed(steps, options.seconds) for way, steps in ways.items()}
            rounds.append({**measured, "limit": matrix_rate() / (6 * multiply_adds(name, dataset.manifest.size))})
        for way in precisions:
            ratio = statistics.median(row[way] / row["plain"] for row in rounds)
            share = statistics.median(row[way] / row["limit"] for row in rounds)
            plain, ours, limit = (statistics.median(row[key] for row in rounds) for key in ("plain", way, "limit"))
            print(f"{name:>15} {way:>7} {plain:7.0f} {ours:7.0f} {ratio:9.2f} {limit:7.0f} {share:13.0%}", flush=True)


def speed(steps: Iterator[Any], seconds: float) -> float:
    """Images a second over this time."""
    count, started = 0, time.perf_counter()
    while time.perf_counter() < started + seconds and next(steps, None) is not None:
        count += 1
    return count * STUDY_BATCH / (time.perf_counter() - started)


def plain_steps(name: str, dataset: Dataset) -> Iterator[float]:
    """Epoch after epoch of the plain loop."""
    plain = Plain(name, dataset, Setup(layout_mistake=False, keep_luma=True))
    while True:
        yield from plain.steps()


def our_steps(name: str, dataset: Dataset, *, bf16: bool) -> Iterator[torch.Tensor]:
    """Epoch after epoch of what `train` does, with its fast preset."""
    config = from_preset("fast", architecture=name, dataset=dataset.name, batch_size=STUDY_BATCH, bf16=bf16)
    device = torch.device("cpu")
    learner = Learner(config, dataset.manifest, device, DistContext())
    images = on_device(dataset.images("train"), device)
    error, number = torch.zeros((), dtype=learner.precise), 0
    for epoch in itertools.count():
        batches = training_batches(
            images, config.batch_size, flip=config.flip, shift=config.shift, seed=config.seed, epoch=epoch
        )
        for rgb in batches:
            error += learner.step(rgb, number, config.learning_rate, len(rgb))
            number += 1
            yield error


if __name__ == "__main__":
    main()
