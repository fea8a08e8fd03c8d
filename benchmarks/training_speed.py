"""How fast does a network train, compared with a plain loop and with the limit of the machine?

The plain loop keeps float32 images in memory, uses PyTorch's default memory format and optimizer, and reads the loss
at each step; it trains the same network with the same batch size, also with luma kept. All take turns in one process:
ours in float32 and, where the processor is faster with it, in bf16, which is what `train` then uses. The limit is what
the network's multiply-adds alone, forward and backward (three times the forward pass), would take as products of large
float32 matrices, so bf16 may exceed it.

    python -m colorizer prepare sample --name sample
    python -m benchmarks.training_speed [ARCHITECTURE ...] [--dataset sample] [--rounds 7] [--seconds 4]
"""

import argparse
import itertools
from collections.abc import Iterator
from functools import partial
from typing import Any

import torch

from benchmarks.baseline import PlainLoop, Setup
from benchmarks.machine import describe, matrix_rate, median, rate, take_turns
from colorizer.datasets.dataset import Dataset, load_dataset
from colorizer.datasets.loader import to_device, training_batches
from colorizer.evaluation.cost import multiply_adds
from colorizer.runs.config import from_preset
from colorizer.study import STUDY_BATCH, STUDY_RUNS
from colorizer.training.distributed import DistContext
from colorizer.training.learner import Learner, supports_bf16

_WARM_UP = 10


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("architectures", nargs="*", metavar="ARCHITECTURE", default=list(STUDY_RUNS))
    parser.add_argument("--dataset", default="sample")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=4.0, help="per measurement")
    options = parser.parse_args()
    dataset = load_dataset(options.dataset)
    precisions = {"float32": False, "bf16": True} if supports_bf16(torch.device("cpu")) else {"float32": False}
    print(describe())
    print(f"\n{'images per second':>17} {'':>7} {'plain':>7} {'ours':>7} {'vs plain':>9} {'limit':>7} "
          f"{'of the limit':>13}")  # fmt: skip
    for name in options.architectures:
        loops: dict[str, Iterator[Any]] = {"plain": plain_steps(name, dataset)}
        loops |= {precision: our_steps(name, dataset, bf16=bf16) for precision, bf16 in precisions.items()}
        for steps in loops.values():
            next(itertools.islice(steps, _WARM_UP, None))
        measures = {way: partial(rate, partial(next, steps), options.seconds) for way, steps in loops.items()}
        rates = take_turns({**measures, "matrices": matrix_rate}, options.rounds)
        plain = STUDY_BATCH * rates["plain"]
        limit = rates["matrices"] / (6 * multiply_adds(name, dataset.manifest.size))
        for precision in precisions:
            ours = STUDY_BATCH * rates[precision]
            print(f"{name:>17} {precision:>7} {median(plain):7.0f} {median(ours):7.0f} {median(ours / plain):9.2f} "
                  f"{median(limit):7.0f} {median(ours / limit):13.0%}", flush=True)  # fmt: skip


def plain_steps(name: str, dataset: Dataset) -> Iterator[float]:
    """Train epoch after epoch with the plain loop; yields after each step."""
    plain = PlainLoop(name, dataset, Setup(scramble_layout=False, keep_luma=True))
    while True:
        yield from plain.steps()


def our_steps(name: str, dataset: Dataset, *, bf16: bool) -> Iterator[torch.Tensor]:
    """Train epoch after epoch as `train` does with its preset `fast`; yields after each step."""
    config = from_preset("fast", architecture=name, dataset=dataset.name, batch_size=STUDY_BATCH, bf16=bf16)
    device = torch.device("cpu")
    learner = Learner(config, dataset.manifest, device, DistContext())
    images = to_device(dataset.images("train"), device)
    loss, number = torch.zeros((), dtype=learner.precise), 0
    for epoch in itertools.count():
        batches = training_batches(
            images, config.batch_size, flip=config.flip, random_shift=config.random_shift, seed=config.seed, epoch=epoch
        )
        for rgb in batches:
            loss += learner.step(rgb, number, config.learning_rate, len(rgb))
            number += 1
            yield loss


if __name__ == "__main__":
    main()
