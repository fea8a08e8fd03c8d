"""How long does it take to compare runs on all test pictures, the first time and from what was kept?

Compared are the plain way (one process, scikit-image's figures of one picture after the other, no intervals) and
the command `evaluate`, twice in a row, imports and all. Each is a process of its own. `CPU` adds up what all cores
did, which a busy computer falsifies less than the clock. The last line is how far the figures are apart.

    python -m benchmarks.evaluating [RUN ...] [--dataset cifar10]

Nothing is kept: datasets and runs are copied to a temporary folder first.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import torch
from skimage.color import deltaE_ciede2000, rgb2lab
from skimage.metrics import structural_similarity

from colorizer import metrics, workspace
from colorizer.color import luma
from colorizer.datasets.dataset import load_dataset
from colorizer.datasets.loader import in_order
from colorizer.inference.colorizer import Colorizer

COMPARED = ("mse", "psnr_mean", "ssim", "ciede2000", "colorfulness")


def plain(runs: list[str], dataset: str) -> list[dict[str, float]]:
    """Figures of the gray copy and of runs, one picture after the other."""
    true = load_dataset(dataset).images("test")
    rows = []
    for name in ("", *runs):
        colorizer = Colorizer.load(name) if name else None
        values = []
        for rgb in in_order(torch.from_numpy(true), 100):
            gray = luma(rgb)
            predicted = colorizer.predict_thumbnails(gray) if colorizer else gray.expand(-1, 3, -1, -1)
            for one, other in zip(rgb, predicted, strict=True):
                values.append(figures_of(one.permute(1, 2, 0).numpy(), other.permute(1, 2, 0).numpy()))
        rows.append(dict(zip(COMPARED, np.mean(values, axis=0).tolist(), strict=True)))
    return rows


def figures_of(true: np.ndarray, predicted: np.ndarray) -> tuple[float, ...]:
    """`COMPARED` of one picture, both `(H, W, 3)` in [0, 1]."""
    error = np.square(true.astype(np.float64) - predicted).mean()
    return (
        float(error),
        float(metrics.psnr(error)),
        float(structural_similarity(true, predicted, channel_axis=-1, data_range=1.0)),
        float(deltaE_ciede2000(rgb2lab(true), rgb2lab(predicted)).mean()),
        float(metrics.colorfulness(predicted[None])[0]),
    )


def copy_home(runs: list[str], dataset: str, home: Path) -> None:
    """What `evaluate` reads, and no figures measured before."""
    sources = {workspace.data_folder() / dataset: ("manifest.json", "test.npy")}
    sources |= {workspace.checkpoints_folder() / run: ("config.json", "best.safetensors") for run in runs}
    for folder, names in sources.items():
        target = home / folder.parent.name / folder.name
        target.mkdir(parents=True)
        for name in names:
            shutil.copyfile(folder / name, target / name)


def measure(command: list[str], home: Path) -> tuple[float, float]:
    """Run a command: seconds by the clock and of all cores."""
    before, started = os.times(), time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", *command], env={**os.environ, "COLORIZER_HOME": str(home)}, check=True,
        stdout=subprocess.DEVNULL,
    )  # fmt: skip
    after = os.times()
    cores = after.children_user - before.children_user + after.children_system - before.children_system
    return time.perf_counter() - started, cores


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("runs", nargs="*", default=["fc512", "fc2048", "unet"])
    parser.add_argument("--dataset", default="cifar10")
    parser.add_argument("--plain", type=Path, help="write the plain figures here (used by the program itself)")
    options = parser.parse_args()
    if options.plain:
        options.plain.write_text(json.dumps(plain(options.runs, options.dataset)))
        return
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        copy_home(options.runs, options.dataset, home)
        asked = [*options.runs, "--dataset", options.dataset]
        evaluate = ["colorizer", "evaluate", *asked, "--json", str(home / "evaluate.json")]
        ways = {
            "plain": ["benchmarks.evaluating", *asked, "--plain", str(home / "plain.json")],
            "evaluate, first": evaluate,
            "evaluate, cached": evaluate,
        }
        print(f"{'way':17} {'seconds':>8} {'to plain':>9} {'CPU':>8} {'to plain':>9}")
        rows: dict[str, tuple[float, float]] = {}
        for way, command in ways.items():
            rows[way] = measure(command, home)
            cells = [f"{own:8.1f} {own / first:9.3f}" for own, first in zip(rows[way], rows["plain"], strict=True)]
            print(f"{way:17} {' '.join(cells)}", flush=True)
        both = [json.loads((home / name).read_text()) for name in ("plain.json", "evaluate.json")]
        apart = [abs(own[key] / first[key] - 1) for first, own in zip(*both, strict=True) for key in COMPARED
                 if abs(first[key]) > 1e-3]  # fmt: skip
        print(f"figures are apart by {max(apart):.1e} at the most")


if __name__ == "__main__":
    main()
