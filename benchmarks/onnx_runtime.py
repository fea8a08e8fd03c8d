"""Would ONNX Runtime run the networks faster than PyTorch does?

Each network is exported and put in the place of the one it came from; all around it stays the same, so whole
answers are timed, by turns, each side for a while, after a pause in which the other's threads go to sleep. The last
column is how far apart the colours of both are at most. It needs `pip install onnx onnxscript onnxruntime`.

    python -m benchmarks.onnx_runtime [--rounds 5] [--seconds 1]
"""

import argparse
import copy
import io
import logging
import statistics
import tempfile
import time
import warnings
from collections.abc import Callable
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn

from benchmarks.machine import describe
from benchmarks.photographs import SIZES, photograph
from colorizer.inference import Colorizer
from colorizer.study import STUDY_RUNS
from colorizer.workspace import DEFAULT_RUN

THUMBNAILS = (100, 1, 32, 32)
PAUSE = 0.3
"""Seconds; ONNX Runtime's threads look for work that long."""

Answer = Callable[[Colorizer], Any]
"""Colours something."""


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1.0, help="of each in each round")
    options = parser.parse_args()
    if not all(find_spec(name) for name in ("onnx", "onnxscript", "onnxruntime")):
        parser.error("ONNX Runtime is not installed: pip install onnx onnxscript onnxruntime")
    warnings.filterwarnings("ignore")
    logging.disable(logging.WARNING)
    print(describe())
    print(f"ONNX Runtime {import_module('onnxruntime').__version__}\n")
    print(f"{'milliseconds':>26} {'ours':>8} {'ONNX':>8} {'faster':>7}  apart")
    gray = torch.rand(THUMBNAILS)
    for run in STUDY_RUNS:
        compare(f"{run}, 100 thumbnails", run, lambda colorizer: 255 * colorizer.predict_thumbnails(gray), options)
    for size in ("0.25 MP", "1 MP"):
        picture = np.asarray(Image.open(io.BytesIO(photograph(*SIZES[size]))))
        compare(f"{DEFAULT_RUN}, {size}", DEFAULT_RUN, partial(Colorizer.__call__, image=picture), options)


def compare(title: str, run: str, answer: Answer, options: argparse.Namespace) -> None:
    """Print how long an answer takes with either engine, and the network alone within it."""
    ours = Colorizer.load(run)
    seen: list[tuple[Tensor, ...]] = []
    hook = ours.model.network.register_forward_pre_hook(lambda _, given: seen.append(given))
    expected = answer(ours)
    hook.remove()
    [inputs] = seen
    theirs = copy.copy(ours)
    theirs.model = copy.deepcopy(ours.model)
    theirs.model.network = Exported(ours.model.network, inputs)
    apart = np.abs(np.asarray(expected, np.float32) - np.asarray(answer(theirs), np.float32)).max()
    ways = (ours, theirs)
    whole = timed([partial(answer, way) for way in ways], options)
    alone = timed([partial(way.model.network, *inputs) for way in ways], options)
    print(f"{title:>26} {_columns(whole)}  {apart:.2f}/255")
    print(f"{'its network alone':>26} {_columns(alone)}", flush=True)


def _columns(rounds: list[list[float]]) -> str:
    ours, theirs = (1000 * statistics.median(side) for side in zip(*rounds, strict=True))
    return f"{ours:8.1f} {theirs:8.1f} {statistics.median(one / other for one, other in rounds):6.2f}x"


@torch.inference_mode()
def timed(ways: list[Callable[[], Any]], options: argparse.Namespace) -> list[list[float]]:
    """Median seconds of each way, in each round."""
    rounds: list[list[float]] = [[] for _ in range(options.rounds)]
    for medians in rounds:
        for way in ways:
            time.sleep(PAUSE)
            way()
            times, end = [], time.perf_counter() + options.seconds
            while time.perf_counter() < end:
                started = time.perf_counter()
                way()
                times.append(time.perf_counter() - started)
            medians.append(statistics.median(times))
    return rounds


class Exported(nn.Module):
    """The same network in ONNX Runtime, on as many threads, for inputs of the shape it is made with."""

    def __init__(self, network: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        super().__init__()
        onnxruntime = import_module("onnxruntime")
        settings = onnxruntime.SessionOptions()
        settings.intra_op_num_threads = torch.get_num_threads()
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "network.onnx"
            torch.onnx.export(network, inputs, str(file), dynamo=True, verbose=False)
            self.session = onnxruntime.InferenceSession(str(file), settings, providers=["CPUExecutionProvider"])

    def forward(self, *inputs: Tensor | None) -> Tensor:
        names = [entry.name for entry in self.session.get_inputs()]
        given = [item.numpy() for item in inputs if item is not None]
        return torch.from_numpy(self.session.run(None, dict(zip(names, given, strict=True)))[0])


if __name__ == "__main__":
    main()
