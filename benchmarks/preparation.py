"""How long does it take to prepare CIFAR-10's 60,000 files, and how much memory?

Compared are a plain loop (one process, one file after the other, all pixels in float32, then saved and written as PNG
files), decoding alone (the package's decoder on all cores, nothing else), and `prepare` with and without the flat
folder of images. The last line is how long training waits for its first batch.

    python -m benchmarks.preparation path/to/cifar10.zip

The ZIP file is laid out as {train,test}/<class>/<name>.
"""

import argparse
import io
import multiprocessing
import os
import tempfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks.machine import Cost, run_module
from colorizer.color import LUMA_WEIGHTS
from colorizer.imaging import SUFFIXES, decode_image


def prepare_plainly(path: Path, folder: Path) -> None:
    """Decode one file after the other, with everything in memory."""
    with zipfile.ZipFile(path) as archive:
        names = sorted(name for name in archive.namelist() if name.lower().endswith(SUFFIXES))
        for split in ("train", "test"):
            (folder / split).mkdir(parents=True)
            pixels = []
            for name in names:
                if name.startswith(split):
                    picture = Image.open(io.BytesIO(archive.read(name))).convert("RGB")
                    pixels.append(np.asarray(picture, dtype=np.float32) / 255)
                    picture.save(folder / split / f"{'_'.join(Path(name).with_suffix('').parts[1:])}.png")
            array = np.stack(pixels)
            gray = array @ np.array(LUMA_WEIGHTS, dtype=np.float32)
            print(split, array.shape, gray.mean(), gray.std())
            np.save(folder / f"{split}.npy", array)


def decode_files(task: tuple[Path, list[str]]) -> int:
    """Decode some files of a ZIP archive, and return how many."""
    with zipfile.ZipFile(task[0]) as archive:
        return sum(decode_image(archive.read(name)).pixels.shape[2] == 3 for name in task[1])


def decode_only(path: Path) -> None:
    """Decode on all cores and drop the pixels."""
    with zipfile.ZipFile(path) as archive:
        names = [name for name in archive.namelist() if name.lower().endswith(SUFFIXES)]
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    with multiprocessing.get_context("spawn").Pool(cores) as pool:
        print(sum(pool.map(decode_files, [(path, names[first::cores]) for first in range(cores)])))


def read_first_batch(dataset: str) -> None:
    """Open a dataset and print the seconds until the first training batch."""
    import torch

    from colorizer.datasets.dataset import load_dataset
    from colorizer.datasets.loader import to_device, training_batches

    started = time.perf_counter()
    tensor = to_device(load_dataset(dataset).images("train"), torch.device("cpu"))
    next(training_batches(tensor, 100, seed=0, epoch=0, flip=True))
    print(f"{time.perf_counter() - started:.3f}")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("path", type=Path)
    parser.add_argument("--part", choices=("plain", "decode", "read"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    path = options.path.resolve()
    if options.part:
        parts: dict[str, Callable[[], None]] = {
            "plain": lambda: prepare_plainly(path, Path(os.environ["COLORIZER_HOME"]) / "plain"),
            "decode": lambda: decode_only(path),
            "read": lambda: read_first_batch("cifar10"),
        }
        parts[options.part]()
        return
    own = ["benchmarks.preparation", str(path), "--part"]
    prepare = ["colorizer", "prepare", str(path), "--name", "cifar10"]
    commands = {
        "plain loop": [*own, "plain"],
        "decoding alone": [*own, "decode"],
        "prepare": prepare,
        "prepare --no-images": [*prepare, "--no-images"],
    }
    print(f"{'':22} {'seconds':>8} {'vs plain':>9} {'vs decoding':>12} {'MB':>7}")
    costs: dict[str, Cost] = {}
    for name, command in commands.items():
        with tempfile.TemporaryDirectory() as folder:
            cost = costs[name] = run_module(*command, home=Path(folder), memory=True)
            if name == "prepare":
                first_batch = run_module(*own, "read", home=Path(folder)).output.strip()
        decoding = costs.get("decoding alone")
        to_decoding = f"{cost.seconds / decoding.seconds:12.2f}" if decoding else " " * 12
        to_plain = cost.seconds / costs["plain loop"].seconds
        print(f"{name:22} {cost.seconds:8.1f} {to_plain:9.2f} {to_decoding} {cost.peak_megabytes:7.0f}", flush=True)
    print(f"first training batch after {first_batch} s")


if __name__ == "__main__":
    main()
