"""How many thumbnails a second does a network color, beside the limit of the machine?

Batches of 100 pictures of 32x32, whose chroma is joined with luma. The limit is what the network's multiply-adds alone
would take if they were products of matrices.

    python -m benchmarks.thumbnails [RUN ...] [--rounds 7] [--seconds 2]
"""

import argparse
import statistics
import time

import torch
from torch import Tensor

from benchmarks.machine import describe, matrix_rate
from colorizer.evaluation.cost import multiply_adds
from colorizer.inference.colorizer import Colorizer
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
    print(f"\n{'thumbnails a second':>20} {'ours':>7} {'limit':>7} {'of the limit':>13}")
    gray = torch.rand(BATCH, 1, SIDE, SIDE)
    for run in options.runs:
        colorizer = Colorizer.load(run)
        speed(colorizer, gray, 0.5)
        rounds: list[dict[str, float]] = []
        for _ in range(options.rounds):
            ours = speed(colorizer, gray, options.seconds)
            limit = matrix_rate() / (2 * multiply_adds(load_run(run).config.architecture, SIDE))
            rounds.append({"ours": ours, "limit": limit, "share": ours / limit})
        medians = {key: statistics.median(row[key] for row in rounds) for key in rounds[0]}
        print(f"{run:>20} {medians['ours']:7.0f} {medians['limit']:7.0f} {medians['share']:13.0%}", flush=True)


def speed(colorizer: Colorizer, gray: Tensor, seconds: float) -> float:
    """Pictures a second over this time."""
    count, started = 0, time.perf_counter()
    while time.perf_counter() < started + seconds:
        colorizer.predict_thumbnails(gray)
        count += len(gray)
    return count / (time.perf_counter() - started)


if __name__ == "__main__":
    main()
