"""What does each way to train faster give? Steps of 100 pictures, by turns in one process.

From the plain loop on, each line adds one thing to the line above, up to what `train` does, which takes bf16 only
where the processor is faster with it. Then come two that `train` does not do, in float32: PyTorch's compiler (what it
takes to start is given too; it needs a C++ compiler), and halves of the batch in two threads, each with its own
statistics of normalization.

    python -m benchmarks.training_tricks [ARCHITECTURE ...] [--rounds 7] [--seconds 3]
"""

import argparse
import copy
import statistics
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from benchmarks.machine import describe
from benchmarks.training_speed import speed
from colorizer.color import luma
from colorizer.models.base import ColorizationModel, build_model
from colorizer.study import STUDY_BATCH, STUDY_RUNS

SIDE, HALVES = 32, 2


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("architectures", nargs="*", metavar="ARCHITECTURE", default=list(STUDY_RUNS))
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=3.0, help="of each in each round")
    options = parser.parse_args()
    print(describe())
    for name in options.architectures:
        print(f"\n{name:>34} {'images/s':>9} {'to plain':>9} {'start':>8}")
        ways = {
            "plain": stepping(name, channels_last=False, fused=False, asked=True),
            "+ loss not asked for": stepping(name, channels_last=False, fused=False),
            "+ fused Adam": stepping(name, channels_last=False),
            "+ channels last": stepping(name),
            "+ bf16, as in train": stepping(name, bf16=True),
            "with torch.compile": stepping(name, compiled=True),
            "with halves in two threads": in_threads(name),
        }
        starts = {way: seconds_of(step) for way, step in ways.items()}
        for step in ways.values():
            speed(iter(step, None), 1)
        rounds = [{way: speed(iter(step, None), options.seconds) for way, step in ways.items()}
                  for _ in range(options.rounds)]  # fmt: skip
        for way in ways:
            rate = statistics.median(row[way] for row in rounds)
            ratio = statistics.median(row[way] / row["plain"] for row in rounds)
            print(f"{way:>34} {rate:9.0f} {ratio:9.2f} {starts[way]:6.1f} s", flush=True)


def stepping(
    name: str,
    *,
    channels_last: bool = True,
    fused: bool = True,
    asked: bool = False,
    bf16: bool = False,
    compiled: bool = False,
) -> Callable[[], bool]:
    """A function that trains on one batch."""
    model, rgb = _model(name, channels_last), _pictures(channels_last)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-4, fused=fused or None)
    network: Callable[[Tensor], Tensor] = torch.compile(model) if compiled else model

    def step() -> bool:
        with torch.autocast("cpu", torch.bfloat16, enabled=bf16):
            predicted = network(luma(rgb))
        loss = F.mse_loss(predicted.float(), rgb)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return bool(loss.item() >= 0) if asked else True

    return step


def in_threads(name: str) -> Callable[[], bool]:
    """The same with halves of the batch in threads of their own, which share the weights."""
    model, halves = _model(name, True), _pictures(True).chunk(HALVES)
    replicas = [copy.deepcopy(model) for _ in halves]
    for replica in replicas:
        for own, shared in zip(replica.parameters(), model.parameters(), strict=True):
            own.data = shared.data
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-4, fused=True)
    pool = ThreadPoolExecutor(HALVES, initializer=torch.set_num_threads, initargs=(1,))

    def learn(replica: nn.Module, rgb: Tensor) -> None:
        replica.zero_grad()
        (F.mse_loss(replica(luma(rgb)), rgb) / HALVES).backward()

    def step() -> bool:
        list(pool.map(learn, replicas, halves))
        for parameters in zip(model.parameters(), *(replica.parameters() for replica in replicas), strict=True):
            gradients = [parameter.grad for parameter in parameters[1:] if parameter.grad is not None]
            parameters[0].grad = torch.stack(gradients).sum(0)
        optimizer.step()
        return True

    return step


def seconds_of(step: Callable[[], bool]) -> float:
    """What a step takes, the first one say."""
    started = time.perf_counter()
    step()
    return time.perf_counter() - started


def _model(name: str, channels_last: bool) -> ColorizationModel:
    model = build_model(name).train()
    return model.to(memory_format=torch.channels_last) if channels_last else model


def _pictures(channels_last: bool) -> Tensor:
    rgb = torch.rand(STUDY_BATCH, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(0))
    return rgb.contiguous(memory_format=torch.channels_last) if channels_last else rgb


if __name__ == "__main__":
    main()
