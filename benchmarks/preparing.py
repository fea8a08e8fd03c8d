"""How long does it take to make a dataset of CIFAR-10's 60,000 files, and how much memory?

Compared are the plain way (one process, one file after the other, all pixels kept in float32, then saved and
written as PNG files), the floor (the same decoder on all cores and nothing else), and the package's `prepare`
with and without the flat folder. Memory is the most that all processes of a way held together, each shared
page counted once (PSS, on Linux). The last line is how long a training waits for its first batch.

    python -m benchmarks.preparing path/to/cifar10.zip

The ZIP file is laid out as {train,test}/<class>/<name>.
"""

import argparse
import io
import multiprocessing
import os
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import psutil
from PIL import Image

from colorizer.imaging import SUFFIXES, decode_image

WAYS = ("plain", "floor", "prepare", "prepare --no-images", "read")
_SAMPLE_SECONDS = 0.1


def plain(path: Path, folder: Path) -> None:
    """One file after the other, everything in memory."""
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
            gray = array @ np.array([0.299, 0.587, 0.114], dtype=np.float32)
            print(split, array.shape, gray.mean(), gray.std())
            np.save(folder / f"{split}.npy", array)


def decode_names(task: tuple[Path, list[str]]) -> int:
    """Decode some files of a ZIP; how many."""
    with zipfile.ZipFile(task[0]) as archive:
        return sum(decode_image(archive.read(name)).pixels.shape[2] == 3 for name in task[1])


def floor(path: Path, folder: Path) -> None:
    """Decode on all cores and throw the pixels away."""
    with zipfile.ZipFile(path) as archive:
        names = [name for name in archive.namelist() if name.lower().endswith(SUFFIXES)]
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    with multiprocessing.get_context("spawn").Pool(cores) as pool:
        print(sum(pool.map(decode_names, [(path, names[first::cores]) for first in range(cores)])))


def prepare(path: Path, folder: Path, flat_images: bool) -> None:
    """The package."""
    from colorizer.datasets.prepare.pipeline import prepare

    prepare([str(path)], "made", flat_images=flat_images)


def read(path: Path, folder: Path) -> None:
    """Open the dataset and make the first batch of a training."""
    import torch

    from colorizer.datasets.dataset import load_dataset
    from colorizer.datasets.loader import on_device, training_batches

    started = time.perf_counter()
    tensor = on_device(load_dataset("made").images("train"), torch.device("cpu"))
    next(training_batches(tensor, 100, seed=0, epoch=0, flip=True))
    print(f"{time.perf_counter() - started:.3f}")


def memory(process: psutil.Process) -> int:
    """Bytes that a process and its children hold now."""
    total = 0
    for one in (process, *process.children(recursive=True)):
        try:
            full = one.memory_full_info()
            total += getattr(full, "pss", full.rss)
        except psutil.Error:
            continue
    return total


def measure(way: str, path: Path, home: Path) -> tuple[float, float, str]:
    """Run one way in a process of its own: seconds, megabytes, and what it printed last."""
    command = [sys.executable, "-m", "benchmarks.preparing", str(path), "--way", way]
    started, most = time.perf_counter(), 0
    with subprocess.Popen(
        command, env={**os.environ, "COLORIZER_HOME": str(home)}, stdout=subprocess.PIPE, text=True
    ) as process:
        printed: list[str] = []
        reader = threading.Thread(target=lambda: printed.extend(process.stdout or ()))
        reader.start()
        while process.poll() is None:
            most = max(most, memory(psutil.Process(process.pid)))
            time.sleep(_SAMPLE_SECONDS)
        reader.join()
    if process.returncode:
        raise SystemExit(f"{way} ended with {process.returncode}")
    return time.perf_counter() - started, most / 1e6, printed[-1].strip() if printed else ""


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("path", type=Path)
    parser.add_argument("--way", choices=WAYS, help="run only this, without the table (used by the program itself)")
    options = parser.parse_args()
    if options.way:
        home = Path(os.environ["COLORIZER_HOME"])
        ways: dict[str, Callable[[], None]] = {
            "plain": lambda: plain(options.path, home / "plain"),
            "floor": lambda: floor(options.path, home),
            "prepare": lambda: prepare(options.path, home, True),
            "prepare --no-images": lambda: prepare(options.path, home, False),
            "read": lambda: read(options.path, home),
        }
        ways[options.way]()
        return
    print(f"{'way':22} {'seconds':>8} {'to plain':>9} {'to floor':>9} {'MB':>7}")
    rows: dict[str, tuple[float, float, str]] = {}
    for way in ("plain", "floor", "prepare", "prepare --no-images"):
        with tempfile.TemporaryDirectory() as folder:
            rows[way] = measure(way, options.path, Path(folder))
            if way == "prepare --no-images":
                rows["read"] = measure("read", options.path, Path(folder))
        seconds, megabytes, _ = rows[way]
        to_floor = f"{seconds / rows['floor'][0]:9.2f}" if "floor" in rows else " " * 9
        print(f"{way:22} {seconds:8.1f} {seconds / rows['plain'][0]:9.2f} {to_floor} {megabytes:7.0f}", flush=True)
    print(f"first batch of a training after {rows['read'][2]} s")


if __name__ == "__main__":
    main()
