"""At which size should a network look at a photograph?

Colorizes the test photographs of a dataset, in safe colors, with the network looking at them at several sizes, and
prints the mean PSNR over photographs beside that of leaving them gray. This is where `inference_sizes` in
`colorizer/models/registry.py` comes from.

    python -m colorizer prepare photos256.zip --name photos256 --size 256
    python -m benchmarks.working_size unet --dataset photos256
    python -m benchmarks.working_size photo --dataset photos256 --sides 192 224 256 224,160 224,160,256
"""

import argparse

import numpy as np

from colorizer import metrics
from colorizer.datasets.dataset import load_dataset
from colorizer.inference.colorizer import Colorizer
from colorizer.inference.rendering import ColorOptions, to_gray

SIDES = ["32", "48", "64", "96", "128", "192"]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("run")
    parser.add_argument("--dataset", required=True)
    parser.add_argument("--count", type=int, default=200, help="photographs to use")
    parser.add_argument("--sides", nargs="+", default=SIDES, help="one of each look, or several with commas between")
    options = parser.parse_args()
    true = load_dataset(options.dataset).images("test")
    true = true[np.linspace(0, len(true) - 1, min(options.count, len(true))).round().astype(int)]
    colorizer = Colorizer.load(options.run)
    gray = np.stack([to_gray(picture) for picture in true])
    print(f"{len(true)} photographs of {true.shape[2]}x{true.shape[1]} pixels")
    print(f"{'side':>24} {'PSNR mean':>10} {'colorfulness':>14}")
    _print("gray", true, gray)
    for sides in options.sides:
        colorizer.inference_sizes = tuple(int(side) for side in sides.split(","))
        _print(sides, true, np.stack([colorizer(picture, ColorOptions(vividness=0)) for picture in gray]))
    print(f"{'truth':>24} {'':>10} {metrics.colorfulness(true / np.float32(255)).mean():14.2f}")


def _print(label: str, true: np.ndarray, predicted: np.ndarray) -> None:
    shown = predicted / np.float32(255)
    errors = metrics.mean_squared_errors(true / np.float32(255), shown)
    print(f"{label:>24} {metrics.psnr(errors).mean():10.3f} {metrics.colorfulness(shown).mean():14.2f}", flush=True)


if __name__ == "__main__":
    main()
