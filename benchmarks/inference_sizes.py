"""At which size should a network see a photograph?

Colorizes photographs at several inference sizes, with safe colors, and prints the mean gain in PSNR over the grayscale
baseline, its standard error relative to the first size, and the colorfulness relative to that of the true colors. The
`inference_sizes` of the models were chosen with it.

    python -m colorizer prepare photos256.zip --name photos256 --size 256
    python -m benchmarks.inference_sizes unet --dataset photos256
    python -m benchmarks.inference_sizes photo --dataset photos256 --sizes 224,160 192 224 256 224,160,256
    python -m benchmarks.inference_sizes photo --folder holidays --side 1280 --sizes 224,160 320,224 448,320,224
"""

import argparse

import numpy as np

from benchmarks import photo_data
from colorizer import metrics
from colorizer.inference import Colorizer, ColorOptions, to_gray

SIZES = ["32", "48", "64", "96", "128", "192"]


def main() -> None:
    parser = argparse.ArgumentParser()
    photo_data.add_arguments(parser)
    parser.add_argument("--sizes", nargs="+", default=SIZES, help="shorter side in pixels; several with commas between")
    options = parser.parse_args()
    true = photo_data.load_photographs(options)
    colorizer = Colorizer.load(options.run)
    grays = [to_gray(image) for image in true]
    baseline = np.array([metrics.psnr_of(*pair) for pair in zip(true, grays, strict=True)])
    colorful = np.mean([metrics.colorfulness_of(image) for image in true])
    print(f"{len(true)} photographs, {baseline.mean():.2f} dB in gray")
    print(f"{'size':>24} {'gain':>7} {'difference':>17} {'colorfulness':>14}")
    first = None
    for sizes in options.sizes:
        colorizer.inference_sizes = tuple(int(size) for size in sizes.split(","))
        results = [colorizer(image, ColorOptions(vividness=0)) for image in grays]
        gains = np.array([metrics.psnr_of(*pair) for pair in zip(true, results, strict=True)]) - baseline
        first = gains if first is None else first
        difference = gains - first
        error = difference.std(ddof=1) / len(difference) ** 0.5
        share = np.mean([metrics.colorfulness_of(image) for image in results]) / colorful
        print(f"{sizes:>24} {gains.mean():+7.3f} {difference.mean():+8.3f} ± {error:.3f} {share:14.2f}", flush=True)


if __name__ == "__main__":
    main()
