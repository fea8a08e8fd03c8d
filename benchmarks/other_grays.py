"""How far is a gray copy from the truth, by the ways others make gray?

A network that starts from a gray nearer to the colors has less to do, so errors of networks under different grays are
compared as ratios to their own gray copies. Prints the mean squared error of each copy on the test pictures.

    python -m colorizer prepare cifar10.zip --name cifar10
    python -m benchmarks.other_grays --dataset cifar10
"""

import argparse

import numpy as np

from colorizer.color import LUMA_WEIGHTS
from colorizer.datasets.dataset import load_dataset

GRAYS = {
    "luma (ours)": LUMA_WEIGHTS,
    "luma, red taken for blue": tuple(reversed(LUMA_WEIGHTS)),
    "mean of the channels": (1 / 3, 1 / 3, 1 / 3),
}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--dataset", required=True)
    options = parser.parse_args()
    rgb = load_dataset(options.dataset).images("test") / np.float32(255)
    for name, weights in GRAYS.items():
        gray = rgb @ np.asarray(weights, np.float32)
        print(f"{name:>25} {np.square(rgb - gray[..., None]).mean():.6f}")


if __name__ == "__main__":
    main()
