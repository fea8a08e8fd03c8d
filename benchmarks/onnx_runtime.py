"""How much faster is `--engine onnx`, ONNX Runtime, than PyTorch?

Whole answers are timed, and the network alone within them. Each engine works in a process of its own, by turns: in
one process their threads get in each other's way. The last column is how far apart their colours are at most.

    python -m benchmarks.onnx_runtime [--rounds 5] [--seconds 1]
"""

import argparse
import io
import statistics
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from importlib import import_module
from multiprocessing import get_context
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from benchmarks.machine import describe
from benchmarks.photographs import SIZES, photograph
from colorizer.inference import ENGINES, Colorizer
from colorizer.study import STUDY_RUNS
from colorizer.workspace import DEFAULT_RUN

THUMBNAILS = "100 thumbnails"
CASES = [(run, THUMBNAILS) for run in STUDY_RUNS] + [(DEFAULT_RUN, size) for size in ("0.25 MP", "1 MP")]


class Times(NamedTuple):
    """Milliseconds, medians of one process."""

    whole: float
    network: float


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1.0, help="of each in each round")
    options = parser.parse_args()
    print(describe())
    print(f"ONNX Runtime {import_module('onnxruntime').__version__}\n")
    print(f"{'milliseconds':>26} {'PyTorch':>8} {'ONNX':>8} {'faster':>7}  apart")
    for run, what in CASES:
        ours, theirs = (in_another_process(answer, run, what, engine) for engine in ENGINES)
        rounds = [
            [in_another_process(timed, run, what, engine, options.seconds) for engine in ENGINES]
            for _ in range(options.rounds)
        ]
        whole = _columns([[side.whole for side in sides] for sides in rounds])
        print(f"{f'{run}, {what}':>26} {whole}  {np.abs(ours - theirs).max():.2f}/255")
        alone = _columns([[side.network for side in sides] for sides in rounds])
        print(f"{'its network alone':>26} {alone}", flush=True)


def _columns(rounds: list[list[float]]) -> str:
    ours, theirs = (statistics.median(side) for side in zip(*rounds, strict=True))
    return f"{ours:8.1f} {theirs:8.1f} {statistics.median(one / other for one, other in rounds):6.2f}x"


def in_another_process(function: Callable[..., Any], *values: object) -> Any:
    """What a function of this module answers in a fresh process."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
        return process.submit(function, *values).result()


@torch.inference_mode()
def timed(run: str, what: str, engine: str, seconds: float) -> Times:
    """How long a whole answer takes, and the network within it."""
    colorizer = Colorizer.load(run, engine=engine)
    within: list[float] = []
    whole: list[float] = []
    network: list[float] = []
    _answer(colorizer, what)
    colorizer.model.network.register_forward_pre_hook(lambda *_: within.append(time.perf_counter()))
    colorizer.model.network.register_forward_hook(lambda *_: within.append(time.perf_counter()))
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        within.clear()
        started = time.perf_counter()
        _answer(colorizer, what)
        whole.append(time.perf_counter() - started)
        network.append(sum(within[1::2]) - sum(within[::2]))  # A photograph is looked at twice.
    return Times(1000 * statistics.median(whole), 1000 * statistics.median(network))


def answer(run: str, what: str, engine: str) -> NDArray[np.float32]:
    """Coloured thumbnails `(100, 3, 32, 32)` or a photograph `(H, W, 3)`, 0 to 255; gray is the same each time."""
    return _answer(Colorizer.load(run, engine=engine), what)


def _answer(colorizer: Colorizer, what: str) -> NDArray[np.float32]:
    if what == THUMBNAILS:
        gray = torch.rand((100, 1, 32, 32), generator=torch.Generator().manual_seed(0))
        return np.asarray(255 * colorizer.predict_thumbnails(gray), np.float32)
    return np.asarray(colorizer(_photograph(what)), np.float32)


@cache
def _photograph(size: str) -> NDArray[np.uint8]:
    return np.asarray(Image.open(io.BytesIO(photograph(*SIZES[size]))))


if __name__ == "__main__":
    main()
