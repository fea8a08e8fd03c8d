"""How many thumbnails per second does a network colorize, compared with the limit of the machine?

Batches of 100 images of 32x32 pixels, luma kept. The limit is what the network's multiply-adds alone would take as
products of large matrices.

    python -m benchmarks.thumbnails [RUN ...] [--rounds 7] [--seconds 2]
"""

import argparse
from functools import partial

import torch

from benchmarks.machine import describe, matrix_rate, median, rate, take_turns
from colorizer.evaluation.cost import multiply_adds
from colorizer.inference import Colorizer
from colorizer.runs import load_run
from colorizer.study import STUDY_RUNS

BATCH, SIDE = 100, 32


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("runs", nargs="*", metavar="RUN", default=list(STUDY_RUNS))
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=2.0, help="per run and round")
    options = parser.parse_args()
    print(describe())
    print(f"\n{'thumbnails per second':>22} {'ours':>7} {'limit':>7} {'of the limit':>13}")
    gray = torch.rand(BATCH, 1, SIDE, SIDE)
    for run in options.runs:
        predict = partial(Colorizer.load(run).predict_thumbnails, gray)
        rate(predict, 0.5)
        rates = take_turns({"ours": partial(rate, predict, options.seconds), "matrices": matrix_rate}, options.rounds)
        ours, limit = BATCH * rates["ours"], rates["matrices"] / flops_per_image(run)
        print(f"{run:>22} {median(ours):7.0f} {median(limit):7.0f} {median(ours / limit):13.0%}", flush=True)


def flops_per_image(run: str) -> int:
    """Return the floating-point operations of a run's network for one thumbnail."""
    return 2 * multiply_adds(load_run(run).config.architecture, SIDE)


if __name__ == "__main__":
    main()
