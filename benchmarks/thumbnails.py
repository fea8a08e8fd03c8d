"""How many thumbnails a second does a network colour, beside the limit of the machine, and beside ONNX Runtime?

Batches of 100 pictures of 32x32, whose chroma is joined with luma. The limit is what the network's multiply-adds alone
would take if they were products of matrices. ONNX Runtime, if it is installed (`pip install onnx onnxscript
onnxruntime`), runs the same network; the last column is how far the colours of both are apart.

    python -m benchmarks.thumbnails [RUN ...] [--rounds 7] [--seconds 2]
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import torch
from torch import Tensor

from benchmarks.machine import describe, matrix_rate
from colorizer.evaluation.cost import multiply_adds
from colorizer.inference import Colorizer
from colorizer.runs.store import load_run
from colorizer.study import STUDY_RUNS

BATCH, SIDE = 100, 32


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("runs", nargs="*", metavar="RUN", default=list(STUDY_RUNS))
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=2.0, help="of each in each round")
    options = parser.parse_args()
    print(describe())
    has_onnx = all(find_spec(name) for name in ("onnx", "onnxscript", "onnxruntime"))
    columns = f"{'ONNX Runtime':>13} {'to ours':>8} {'apart':>8}" if has_onnx else ""
    print(f"\n{'thumbnails a second':>20} {'ours':>7} {'limit':>7} {'of the limit':>13} {columns}")
    gray = torch.rand(BATCH, 1, SIDE, SIDE)
    for run in options.runs:
        colorizer = Colorizer.load(run)
        ways: dict[str, Callable[[Tensor], Tensor]] = {"ours": colorizer.predict_thumbnails}
        if has_onnx:
            ways["onnx"] = onnx_session(colorizer.model)
        for way in ways.values():
            speed(way, gray, 0.5)
        rounds: list[dict[str, float]] = []
        for _ in range(options.rounds):
            measured = {name: speed(way, gray, options.seconds) for name, way in ways.items()}
            limit = matrix_rate() / (2 * multiply_adds(load_run(run).config.architecture, SIDE))
            rounds.append({**measured, "limit": limit, "share": measured["ours"] / limit})
        medians = {key: statistics.median(row[key] for row in rounds) for key in rounds[0]}
        print(f"{run:>20} {medians['ours']:7.0f} {medians['limit']:7.0f} {medians['share']:13.0%}", end=" ")
        if has_onnx:
            ratio = statistics.median(row["onnx"] / row["ours"] for row in rounds)
            apart = float((ways["onnx"](gray) - ways["ours"](gray)).abs().max())
            print(f"{medians['onnx']:13.0f} {ratio:8.2f} {apart * 255:6.3f}/255", end="")
        print(flush=True)


def speed(way: Callable[[Tensor], Tensor], gray: Tensor, seconds: float) -> float:
    """Pictures a second over this time."""
    count, started = 0, time.perf_counter()
    while time.perf_counter() < started + seconds:
        way(gray)
        count += len(gray)
    return count / (time.perf_counter() - started)


def onnx_session(model: torch.nn.Module) -> Callable[[Tensor], Tensor]:
    """The same network in ONNX Runtime, on as many threads."""
    onnxruntime = import_module("onnxruntime")
    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = torch.get_num_threads()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "network.onnx"
        torch.onnx.export(model.eval(), (torch.rand(BATCH, 1, SIDE, SIDE),), str(file), dynamo=True)
        session = onnxruntime.InferenceSession(str(file), settings, providers=["CPUExecutionProvider"])
    [name] = [entry.name for entry in session.get_inputs()]
    return lambda gray: torch.from_numpy(session.run(None, {name: gray.numpy()})[0]).clamp(0, 1)


if __name__ == "__main__":
    main()
