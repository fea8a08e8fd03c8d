"""How long does it take to evaluate runs on all test images, the first time and from the cache?

Compared are a plain loop (one process, scikit-image's metrics of one image after the other, no intervals) and the
command `evaluate`, twice in a row, each in a process of its own. `CPU` adds up all cores, which a busy machine
distorts less than the wall clock. The last line is the largest relative difference between the metrics of the two.

    python -m benchmarks.evaluation [RUN ...] [--dataset cifar10]

Nothing is cached: the dataset and the runs are copied to a temporary folder first.
"""

import argparse
import json
import shutil
import tempfile
from pathlib import Path

import numpy as np
import torch
from skimage.color import deltaE_ciede2000, rgb2lab
from skimage.metrics import structural_similarity

from benchmarks.machine import Cost, run_module
from colorizer import metrics, workspace
from colorizer.color import luma
from colorizer.datasets.dataset import load_dataset
from colorizer.datasets.loader import sequential_batches
from colorizer.inference import Colorizer

COMPARED = ("mse", "psnr_mean", "ssim", "ciede2000", "colorfulness")


def evaluate_plainly(runs: list[str], dataset: str) -> list[dict[str, float]]:
    """Return the metrics of the grayscale baseline and of each run, computed one image after the other."""
    true = load_dataset(dataset).images("test")
    rows = []
    for name in ("", *runs):
        colorizer = Colorizer.load(name) if name else None
        values = []
        for rgb in sequential_batches(torch.from_numpy(true), 100):
            gray = luma(rgb)
            predicted = colorizer.predict_thumbnails(gray) if colorizer else gray.expand(-1, 3, -1, -1)
            for one, other in zip(rgb, predicted, strict=True):
                values.append(image_metrics(one.permute(1, 2, 0).numpy(), other.permute(1, 2, 0).numpy()))
        rows.append(dict(zip(COMPARED, np.mean(values, axis=0).tolist(), strict=True)))
    return rows


def image_metrics(true: np.ndarray, predicted: np.ndarray) -> tuple[float, ...]:
    """Return the metrics `COMPARED` of one image, both `(H, W, 3)` in [0, 1]."""
    error = np.square(true.astype(np.float64) - predicted).mean()
    return (
        float(error),
        float(metrics.psnr(error)),
        float(structural_similarity(true, predicted, channel_axis=-1, data_range=1.0)),
        float(deltaE_ciede2000(rgb2lab(true), rgb2lab(predicted)).mean()),
        float(metrics.colorfulness(predicted[None])[0]),
    )


def copy_home(runs: list[str], dataset: str, home: Path) -> None:
    """Copy what `evaluate` reads, without cached metrics."""
    sources = {workspace.data_folder() / dataset: ("manifest.json", "test.npy")}
    sources |= {workspace.checkpoints_folder() / run: ("config.json", "best.safetensors") for run in runs}
    for folder, names in sources.items():
        target = home / folder.parent.name / folder.name
        target.mkdir(parents=True)
        for name in names:
            shutil.copyfile(folder / name, target / name)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("runs", nargs="*", default=["fc512", "fc2048", "unet"])
    parser.add_argument("--dataset", default="cifar10")
    parser.add_argument("--plain", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.plain:
        options.plain.write_text(json.dumps(evaluate_plainly(options.runs, options.dataset)))
        return
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        copy_home(options.runs, options.dataset, home)
        arguments = [*options.runs, "--dataset", options.dataset]
        evaluate = ["colorizer", "evaluate", *arguments, "--json", str(home / "evaluate.json")]
        commands = {
            "plain loop": ["benchmarks.evaluation", *arguments, "--plain", str(home / "plain.json")],
            "evaluate": evaluate,
            "evaluate, cached": evaluate,
        }
        print(f"{'':17} {'seconds':>8} {'vs plain':>9} {'CPU':>8} {'vs plain':>9}")
        costs: dict[str, Cost] = {}
        for name, command in commands.items():
            cost = costs[name] = run_module(*command, home=home)
            plain = costs["plain loop"]
            print(f"{name:17} {cost.seconds:8.1f} {cost.seconds / plain.seconds:9.3f} "
                  f"{cost.cpu_seconds:8.1f} {cost.cpu_seconds / plain.cpu_seconds:9.3f}", flush=True)  # fmt: skip
        both = [json.loads((home / name).read_text()) for name in ("plain.json", "evaluate.json")]
        differences = [abs(own[key] / plain[key] - 1) for plain, own in zip(*both, strict=True) for key in COMPARED
                       if abs(plain[key]) > 1e-3]  # fmt: skip
        print(f"largest relative difference: {max(differences):.1e}")


if __name__ == "__main__":
    main()
