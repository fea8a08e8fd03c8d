"""At which size should a network see a photograph?

Colorizes the test photographs of a dataset at several inference sizes, with safe colors, and prints the mean PSNR
beside that of the grayscale baseline. The `inference_sizes` of the models were chosen with it.

    python -m colorizer prepare photos256.zip --name photos256 --size 256
    python -m benchmarks.inference_sizes unet --dataset photos256
    python -m benchmarks.inference_sizes photo --dataset photos256 --sizes 192 224 256 224,160 224,160,256
"""

import argparse

import numpy as np

from colorizer import metrics
from colorizer.datasets.dataset import load_dataset
from colorizer.inference import Colorizer, ColorOptions, to_gray

SIZES = ["32", "48", "64", "96", "128", "192"]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("run")
    parser.add_argument("--dataset", required=True)
    parser.add_argument("--count", type=int, default=200, help="number of photographs")
    parser.add_argument("--sizes", nargs="+", default=SIZES, help="shorter side in pixels; several with commas between")
    options = parser.parse_args()
    true = load_dataset(options.dataset).images("test")
    true = true[np.linspace(0, len(true) - 1, min(options.count, len(true))).round().astype(int)]
    colorizer = Colorizer.load(options.run)
    gray = np.stack([to_gray(image) for image in true])
    print(f"{len(true)} photographs of {true.shape[2]}x{true.shape[1]} pixels")
    print(f"{'size':>24} {'mean PSNR':>10} {'colorfulness':>14}")
    _print("gray", true, gray)
    for sizes in options.sizes:
        colorizer.inference_sizes = tuple(int(size) for size in sizes.split(","))
        _print(sizes, true, np.stack([colorizer(image, ColorOptions(vividness=0)) for image in gray]))
    print(f"{'true colors':>24} {'':>10} {metrics.colorfulness(true / np.float32(255)).mean():14.2f}")


def _print(label: str, true: np.ndarray, predicted: np.ndarray) -> None:
    shown = predicted / np.float32(255)
    errors = metrics.mean_squared_errors(true / np.float32(255), shown)
    print(f"{label:>24} {metrics.psnr(errors).mean():10.3f} {metrics.colorfulness(shown).mean():14.2f}", flush=True)


if __name__ == "__main__":
    main()
