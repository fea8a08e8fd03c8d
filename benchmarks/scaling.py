"""How do time and memory grow with images, pixels, epochs, and runs?

Each row is a command in a process of its own, imports included. `per unit` is the cost of one more, from the row above
to this one: where these values are alike, growth is linear.

    python -m benchmarks.scaling [WHAT ...]
"""

import argparse
import tempfile
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks.machine import Cost, describe, run_module
from benchmarks.photographs import photograph
from colorizer.workspace import checkpoints_folder

MEGAPIXEL = (1152, 864)
Setup = Callable[[int, Path], list[str]]
"""Creates what a command needs in a folder, and returns the command's arguments."""


def prepare(count: int, folder: Path) -> list[str]:
    """Prepare `count` tiny images from a ZIP file."""
    write_zip(folder / "many.zip", count)
    return ["prepare", str(folder / "many.zip"), "--name", "many", "--size", "8", "--no-images"]


def write_zip(path: Path, count: int) -> None:
    """Write `count` images of 8x8 pixels, one in ten of them for testing, with names as long as CIFAR-10's."""
    random = np.random.default_rng(0)
    files = []
    for _ in range(500):
        buffer = BytesIO()
        Image.fromarray(random.integers(0, 256, (8, 8, 3), dtype=np.uint8)).save(buffer, "BMP")
        files.append(buffer.getvalue())
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(count):
            split = "test" if number % 10 == 0 else "train"
            # The last pixel is the number, so no two images are the same.
            data = files[number % 500][:-4] + number.to_bytes(4)
            archive.writestr(f"{split}/automobile/station_wagon_s_{number:07d}.bmp", data)


def colorize(count: int, folder: Path) -> list[str]:
    """Colorize `count` photographs of 1 MP."""
    _link_runs(folder)
    (folder / "in").mkdir()
    data = photograph(*MEGAPIXEL)
    for number in range(count):
        (folder / "in" / f"{number}.jpg").write_bytes(data)
    return ["colorize", str(folder / "in"), "--output", str(folder / "out")]


def colorize_large(megapixels: int, folder: Path) -> list[str]:
    """Colorize one photograph."""
    _link_runs(folder)
    (folder / "large.jpg").write_bytes(photograph(*(round(side * megapixels**0.5) for side in MEGAPIXEL)))
    return ["colorize", str(folder / "large.jpg"), "--output", str(folder / "out")]


def train(epochs: int, folder: Path) -> list[str]:
    """Train FC-512 on the sample."""
    run_module("colorizer", "prepare", "sample", "--name", "sample", home=folder)
    return ["train", "--architecture", "fc512", "--dataset", "sample", "--run", "long", "--epochs", str(epochs)]


def list_runs(count: int, folder: Path) -> list[str]:
    """List `count` runs of 100 epochs each."""
    for number in range(count):
        run = folder / "checkpoints" / f"run-{number}"
        run.mkdir(parents=True)
        (run / "config.json").write_text('{"architecture": "fc512", "dataset": "sample", "epochs": 100}')
        lines = (f'{{"epoch": {epoch}, "train_loss": 0.005, "test_loss": 0.005}}\n' for epoch in range(1, 101))
        (run / "metrics.jsonl").write_text("".join(lines))
        (run / "status.json").write_text('{"state": "finished"}')
    return ["runs", "list"]


def _link_runs(folder: Path) -> None:
    (folder / "checkpoints").symlink_to(checkpoints_folder().resolve())


SCALING: dict[str, tuple[str, Setup, tuple[int, ...]]] = {
    "prepare": ("images", prepare, (5_000, 20_000, 80_000)),
    "colorize": ("photographs of 1 MP", colorize, (1, 10, 20, 40)),
    "colorize-large": ("megapixels", colorize_large, (1, 12, 24, 48)),
    "train": ("epochs", train, (1, 10, 20, 40)),
    "runs": ("runs", list_runs, (10, 500, 1000, 2000)),
}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("what", nargs="*", metavar="WHAT", help=", ".join(SCALING), default=list(SCALING))
    options = parser.parse_args()
    print(describe())
    for name in options.what:
        unit, setup, counts = SCALING[name]
        print(f"\n{unit:>20} {'seconds':>8} {'per unit':>13} {'MB':>6} {'per unit':>13}")
        previous: tuple[int, Cost] | None = None
        for count in counts:
            with tempfile.TemporaryDirectory() as folder:
                home = Path(folder)
                cost = run_module("colorizer", *setup(count, home), home=home, memory=True)
            time_each = memory_each = f"{'':13}"
            if previous:
                more, before = count - previous[0], previous[1]
                time_each = f"{(cost.seconds - before.seconds) / more * 1e3:10.2f} ms"
                memory_each = f"{(cost.peak_megabytes - before.peak_megabytes) / more * 1e3:10.1f} kB"
            print(f"{count:20,} {cost.seconds:8.2f} {time_each} {cost.peak_megabytes:6.0f} {memory_each}", flush=True)
            previous = count, cost


if __name__ == "__main__":
    main()
