"""Reproduce the study: as it was done, with the layout mistake corrected, and with luma kept.

Trains each architecture with the study's settings (Adam, learning rate 0.0001, batch size 100, no augmentation) for a
few epochs in each of the three ways, and writes the losses, a figure of the curves, and example images. Finished runs
are read from the output folder, so the program can be interrupted and continued.

    python -m colorizer prepare cifar10.zip --name cifar10
    python -m benchmarks.study fc512 fc2048 --dataset cifar10 --epochs 4 --output docs/study
    python -m benchmarks.study unet --dataset cifar10 --epochs 2 --output docs/study
"""

import argparse
import json
import time
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
import torch
from PIL import Image
from torch.nn import functional as F

matplotlib.use("Agg")
from matplotlib import pyplot as plt
from matplotlib.ticker import MaxNLocator

from benchmarks.baseline import PlainLoop, Setup
from colorizer import files
from colorizer.color import luma
from colorizer.datasets.dataset import Dataset, load_dataset
from colorizer.datasets.loader import sequential_batches
from colorizer.models.registry import architecture
from colorizer.study import STUDY_BATCH, STUDY_RUNS

WAYS = {
    "as in the study": Setup(scramble_layout=True),
    "correct layout": Setup(scramble_layout=False),
    "luma kept": Setup(scramble_layout=False, keep_luma=True),
}
_EXAMPLES = 8


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("architectures", nargs="*", metavar="ARCHITECTURE", default=list(STUDY_RUNS))
    parser.add_argument("--dataset", required=True)
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--output", type=Path, required=True, metavar="DIR")
    options = parser.parse_args()
    options.output.mkdir(parents=True, exist_ok=True)
    dataset = load_dataset(options.dataset)
    about = {"dataset": dataset.manifest.fingerprint}
    file = options.output / "results.json"
    results = json.loads(file.read_text()) if file.exists() else []
    for name in options.architectures:
        for way in WAYS:
            wanted = {"architecture": name, "way": way, "epochs": options.epochs, **about}
            if not any(wanted.items() <= result.items() for result in results):
                results.append({**wanted, **_train(name, way, dataset, options)})
                files.write_json(file, results)
    # The file may hold results of other datasets.
    results = [result for result in results if about.items() <= result.items()]
    gray = _gray_sum(dataset)
    print(f"\n{'':8} {'':18} {'epochs':>6} {'train sum':>10} {'test sum':>10}   (grayscale baseline: {gray:.4f})")
    for result in results:
        last = f"{result['epochs']:6} {result['train'][-1]:10.4f} {result['test'][-1]:10.4f}"
        print(f"{result['architecture']:8} {result['way']:18} {last}")
    _draw_curves(results, gray, options.output / "curves.png")


def _train(name: str, way: str, dataset: Dataset, options: argparse.Namespace) -> dict[str, Any]:
    plain, train, test = PlainLoop(name, dataset, WAYS[way]), [], []
    started = time.perf_counter()
    for epoch in range(options.epochs):
        train.append(sum(plain.steps()))
        test.append(plain.test_sum())
        print(
            f"{name}, {way}: epoch {epoch + 1}/{options.epochs}  train {train[-1]:.4f}  test {test[-1]:.4f}", flush=True
        )
    _draw_examples(plain, options.output / f"{name}-{way.replace(' ', '-')}.png")
    return {"train": train, "test": test, "seconds": round(time.perf_counter() - started)}


@torch.no_grad()
def _draw_examples(plain: PlainLoop, path: Path) -> None:
    """Draw three rows: inputs, targets, outputs."""
    rows = torch.linspace(0, len(plain.gray["test"]) - 1, _EXAMPLES).long()
    gray, target = plain.gray["test"][rows], plain.targets["test"][rows]
    strips = [torch.cat(list(part), dim=-1) for part in (gray.expand(-1, 3, -1, -1), target, plain.predict(gray))]
    pixels = (torch.cat(strips, dim=-2).clamp(0, 1) * 255).round().byte().permute(1, 2, 0).numpy()
    Image.fromarray(np.ascontiguousarray(pixels.repeat(3, 0).repeat(3, 1))).save(path, optimize=True)


def _draw_curves(results: list[dict[str, Any]], gray: float, path: Path) -> None:
    names = [name for name in STUDY_RUNS if any(result["architecture"] == name for result in results)]
    figure, axes = plt.subplots(
        1, len(names), figsize=(4 * len(names), 3.4), sharey=True, squeeze=False, layout="constrained"
    )
    for axis, name in zip(axes[0], names, strict=True):
        for result in results:
            if result["architecture"] == name:
                axis.plot(range(1, len(result["test"]) + 1), result["test"], marker="o", ms=3, label=result["way"])
        axis.axhline(gray, color="gray", linestyle="--", label="grayscale baseline")
        axis.set(title=architecture(name).title, xlabel="Epoch", yscale="log")
        axis.xaxis.set_major_locator(MaxNLocator(integer=True))
        axis.yaxis.set_major_formatter("{x:g}")
        axis.yaxis.set_minor_formatter("{x:g}")
    axes[0][0].set_ylabel("Test loss (sum over batches)")
    axes[0][-1].legend(fontsize="small")
    figure.savefig(path, dpi=110)


def _gray_sum(dataset: Dataset) -> float:
    batches = sequential_batches(torch.from_numpy(dataset.images("test")), STUDY_BATCH)
    return sum(F.mse_loss(luma(rgb).expand_as(rgb), rgb).item() for rgb in batches)


if __name__ == "__main__":
    main()
